package flowtext

import (
	"cmp"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

func backend(d *flow.BackendDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclBackend, &d.Decl)
	if s == nil {
		return nil
	}
	s.in(d.Zone)
	s.speaks(d)
	s.servers(d)
	if d.AllBackups.IsSet() {
		s.say("backups", map[bool]string{false: "first", true: "all"}[d.AllBackups.V])
	}
	s.flag("accept-proxy", d.AcceptProxy)
	if c := d.Check; c.IsSet() && c.V.Kind != "" {
		s.say(check(c.V)...)
	}
	if is(d.ConnectionClose) {
		s.say("connection", "close")
	}
	return s
}

var protocols = map[flow.Protocol]string{
	flow.SpeaksHTTP: "http", flow.SpeaksHTTPS: "https", flow.SpeaksH2C: "h2c", flow.SpeaksTCP: "tcp", flow.SpeaksTLS: "tls",
}

// speaks says what the servers speak, with their end of TLS.
func (s *statement) speaks(d *flow.BackendDraft) {
	speaks := say("speaks")
	speaks.serverEnd(&d.End)
	if !d.Speaks.IsSet() {
		if len(speaks.inner) > 0 { // of what, is not stated
			speaks.lost = true
			s.add(speaks)
		}
		return
	}
	speaks.words = append(speaks.words, one(protocols, d.Speaks.V))
	s.add(speaks)
}

// servers says which servers there are: those that are names alone on one line.
func (s *statement) servers(d *flow.BackendDraft) {
	if is(d.NoServers) {
		s.say("server", "none")
	}
	var plain []*statement
	flush := func() {
		switch {
		case len(plain) == 1 && plain[0].words[1] == "none": // would say that there is none
			plain[0].lost = true
			s.add(plain[0])
		case len(plain) == 1:
			s.add(plain[0])
		case len(plain) > 1:
			line := s.add(say("server"))
			for _, p := range plain {
				line.list = append(line.list, p.words[1])
			}
		}
		plain = nil
	}
	if len(d.Servers) == 0 && d.ServerPort != 0 && !is(d.NoServers) {
		s.add(server(&flow.ServerDraft{Decl: flow.Decl{Name: d.Name + "-1"}, ServerFacts: flow.ServerFacts{Port: d.ServerPort}}))
	}
	for _, x := range d.Servers {
		if x == nil || x.Supplied() {
			continue
		}
		one := server(x)
		if len(one.words) == 2 && len(one.list) == 0 && one.trail == "" {
			plain = append(plain, one)
			continue
		}
		flush()
		s.add(one)
	}
	flush()
}

var serverStates = map[flow.ServerState]string{flow.ServerDown: "down", flow.ServerRefuses: "refuses", flow.ServerSilent: "silent"}

func server(d *flow.ServerDraft) *statement {
	s := say("server", word(d.Name))
	s.at, s.trail = d.Whole, d.Label
	switch {
	case d.Port == 0 && d.Address != "" && !strings.ContainsAny(d.Address, ".:"): // of a statement it would be an option
		s.trail = cmp.Or(s.trail, "at "+d.Address)
	case d.Address != "" || d.Port != 0:
		s.words = append(s.words, address(d.Address, d.Port))
	}
	if is(d.SamePort) {
		s.words = append(s.words, "same-port")
	}
	if d.Offset.IsSet() {
		s.words = append(s.words, "offset", number(d.Offset.V))
	}
	if d.Weight.IsSet() {
		s.words = append(s.words, "weight", number(d.Weight.V))
	}
	if is(d.Backup) {
		s.words = append(s.words, "backup")
	}
	if d.State.IsSet() && d.State.V != flow.ServerUp {
		s.words = append(s.words, one(serverStates, d.State.V))
	}
	if len(d.Labels) > 0 {
		s.words, s.list = append(s.words, "labels"), labels(d.Labels)
	}
	return s
}

func check(c flow.Check) []string {
	out := []string{"check", word(c.Kind)}
	switch {
	case c.Method != "":
		out = append(out, word(c.Method), word(cmp.Or(c.Path, "/")))
	case c.Path != "" && (c.Kind != "http" || c.Path != "/"):
		out = append(out, word(c.Path))
	}
	if c.Protocol != "" {
		out = append(out, strings.ToLower(c.Protocol))
	}
	if c.Plain {
		out = append(out, "plain")
	}
	if c.SNI != "" {
		out = append(out, "sni", word(c.SNI))
	}
	if c.Port != 0 {
		out = append(out, "port", number(c.Port))
	}
	return out
}
