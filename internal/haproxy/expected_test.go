package haproxy_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/source"
)

// readAs is a configuration as it is read, to be held against what is true of it.
type readAs struct {
	*asked.Parts
	draft    *flow.Draft
	backends map[string][]*flow.BackendDraft // of each section
	found    diag.List
}

// TestExpected holds what configurations are read as against what is true of them, which
// was written by hand and measured.
func TestExpected(t *testing.T) {
	dirs, err := filepath.Glob(configurations + "/*/haproxy.cfg")
	if err != nil || len(dirs) < 20 {
		t.Fatal(len(dirs), err)
	}
	known := unmetIn(t, "testdata/expected.unmet")
	for _, file := range dirs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			p := asked.PartsOf(t, dir)
			r := &readAs{Parts: p, draft: readIn(t, dir, p), backends: map[string][]*flow.BackendDraft{}}
			for _, d := range r.draft.Declarations {
				if b, ok := d.(*flow.BackendDraft); ok {
					section := first(b.Label, b.Name)
					r.backends[section] = append(r.backends[section], b)
				}
			}
			topology, mistakes := flow.Complete(dated(draftOf(t, dir, p)))
			r.found = slices.Concat(check.Mistakes(mistakes), check.Run(topology, flow.NewCache(topology)))
			for _, l := range asked.Lines(t, filepath.Join(dir, "expected.txt")) {
				known.hold(t, filepath.Base(dir)+": "+l.Text, r.differs(l.Words))
			}
		})
	}
}

// dated states the day on which a model is looked at.
func dated(d *flow.Draft) *flow.Draft {
	d.Date = "2026-11-30"
	return d
}

// at reports whether a place is in a line, written FILE:LINE or LINE.
func at(place source.Span, line string) bool {
	if !place.Known() {
		return false
	}
	if !strings.Contains(line, ":") {
		line = "haproxy.cfg:" + line
	}
	return strings.HasSuffix("/"+place.File.Path+":"+strconv.Itoa(place.File.Position(place.Start).Line), "/"+line)
}

// differs says how a fact is not what is read; "" where it is.
func (r *readAs) differs(words []string) string {
	line, kind, rest := words[0], words[1], words[2:]
	switch kind {
	case "listener":
		return r.listener(line, rest)
	case "server":
		return r.server(line, rest)
	case "route":
		return r.route(line, rest)
	case "stage":
		return r.stage(line, rest)
	case "answer":
		return r.answer(line, rest)
	case "redirect":
		return r.redirect(line, rest)
	case "left-out":
		return r.leftOut(line, rest)
	case "finding":
		return r.finding(line, rest)
	}
	return "no such kind"
}

// value is the word behind "KEY=" of some words, and whether there is one.
func value(words []string, key string) (string, bool) {
	for _, w := range words {
		if v, ok := strings.CutPrefix(w, key+"="); ok {
			return v, true
		}
	}
	return "", false
}

// same reports "what: got, want" where two differ.
func same[T comparable](what string, got, want T) string {
	if got == want {
		return ""
	}
	return fmt.Sprintf("%s: %v, and %v is true", what, got, want)
}

func (r *readAs) listener(line string, words []string) string {
	if slices.Contains(words, "off") || words[2] == "peers" {
		return ""
	}
	l := r.listenerAt(line, words[1])
	if l == nil && r.inner(line) {
		return "" // the second stage of a port
	}
	if l == nil {
		return "no such port"
	}
	folded := l.Kind == flow.ListenHTTPS && words[2] == "tcp"
	kind := map[string]flow.ListenKind{"tcp plain": flow.ListenTCP, "tcp sni": flow.ListenTCP, "tcp tls": flow.ListenTCP, "http plain": flow.ListenHTTP, "http tls": flow.ListenHTTPS}[words[2]+" "+words[3]]
	if folded {
		kind = flow.ListenHTTPS
	}
	alpn, _ := value(words, "alpn")
	mode := ""
	if l.End.ClientCertificate.IsSet() {
		mode = map[flow.AuthMode]string{flow.AuthOptional: "optional", flow.AuthRequired: "required"}[l.End.ClientCertificate.V.Mode]
	}
	wantMode, _ := value(words, "client-certificate")
	ca, _ := value(words, "ca")
	wants := first(
		same("kind", l.Kind, kind),
		same("PROXY", l.AcceptProxy.V, slices.Contains(words, "proxy")),
		same("ends TLS", len(l.End.Certificates) > 0, words[3] == "tls" || folded),
	)
	if folded {
		return wants
	}
	return first(wants,
		same("strict-sni", l.End.StrictSNI.V, slices.Contains(words, "strict-sni")),
		same("alpn", strings.Join(l.End.ALPN.V, ","), alpn),
		same("client certificate", mode, wantMode),
		same("ca", l.End.ClientCertificate.V.CA.V, ca),
		r.certificates(l, words),
	)
}

func (r *readAs) certificates(l *flow.ListenerDraft, words []string) string {
	want, ok := value(words, "certs")
	if !ok {
		return ""
	}
	var got []string
	for _, c := range l.End.Certificates {
		got = append(got, c.V)
	}
	return same("certificates", strings.Join(got, ","), want)
}

// listenerAt is the port of a bind line with an address: HOST:PORT, or a socket.
func (r *readAs) listenerAt(line, address string) *flow.ListenerDraft {
	i := strings.LastIndex(address, ":")
	host, port := "", ""
	socket := strings.Contains(address, "@") // it is shown as a port, whatever its number
	if i >= 0 && !socket {
		host, port = strings.Trim(address[:i], "[]"), address[i+1:]
	}
	if host == "*" || host == "::" {
		host = ""
	}
	for _, d := range r.draft.Declarations {
		p, ok := d.(*flow.ProxyDraft)
		if !ok {
			continue
		}
		for _, l := range p.Listeners {
			own := strconv.Itoa(l.Port)
			number := own == port || l.LastPort != 0 && own+"-"+strconv.Itoa(l.LastPort) == port
			switch {
			case socket && at(l.At, line):
				return l
			case number && strings.TrimPrefix(l.Address, "::") == host && (at(l.At, line) || host == ""):
				return l
			}
		}
	}
	return nil
}

// inner reports whether a line is the second stage of a port.
func (r *readAs) inner(line string) bool {
	return slices.ContainsFunc(r.draft.Declarations, func(d flow.Declaration) bool {
		p, ok := d.(*flow.ProxyDraft)
		return ok && p.Inner.V.On && at(p.Inner.At, line)
	})
}

// section is the head of the section in which a place is: "backend web".
func section(place source.Span) string {
	head := ""
	for n := 1; place.Known() && n <= place.File.Position(place.Start).Line; n++ {
		if text := place.File.Line(n); text != "" && text[0] > ' ' && text[0] != '#' {
			head = strings.Join(strings.Fields(text), " ")
		}
	}
	return head
}

func (r *readAs) server(line string, words []string) string {
	if slices.Contains(words, "off") {
		return ""
	}
	if _, ok := value(words, "stage"); ok {
		return ""
	}
	all := r.backends[words[0]]
	if len(all) == 0 {
		return "no such backend"
	}
	named := func(s *flow.ServerDraft) bool { return s.Name == words[1] }
	of := slices.IndexFunc(all, func(b *flow.BackendDraft) bool { return slices.ContainsFunc(b.Servers, named) })
	if of < 0 {
		return "no such server"
	}
	b := all[of]
	s := b.Servers[slices.IndexFunc(b.Servers, named)]
	address := s.Address + ":" + strconv.Itoa(s.Port)
	if s.SamePort.V {
		address = s.Address + ":{port}"
	}
	if strings.Contains(s.Address, ":") {
		address = "[" + s.Address + "]:" + strconv.Itoa(s.Port)
	}
	weight, _ := value(words, "weight")
	got := ""
	if s.Weight.IsSet() {
		got = strconv.Itoa(s.Weight.V)
	}
	wrong := first(
		same("address", address, words[2]),
		same("weight", got, weight),
		same("backup", s.Backup.V, slices.Contains(words, "backup")),
		same("down", s.State.V == flow.ServerDown, slices.Contains(words, "disabled")),
		r.checked(b, words),
	)
	if wrong != "" {
		return wrong
	}
	return r.session(b, words)
}

func (r *readAs) checked(b *flow.BackendDraft, words []string) string {
	want, _ := value(words, "check")
	kind := map[string]string{"tcp": "tcp", "tls": "tls", "http": "http", "https": "http", "smtp": "tcp", "tcp-script": "tcp"}[want]
	return first(same("check", b.Check.V.Kind, kind))
}

// session is how the servers of a backend are spoken to.
func (r *readAs) session(b *flow.BackendDraft, words []string) string {
	tls := words[3] == "tls"
	for _, d := range r.draft.Declarations {
		x, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		to := slices.IndexFunc(x.Targets, func(t flow.TargetDraft) bool { return t.To.V == b.Name })
		if to < 0 {
			continue
		}
		checked := first(x.Targets[to].Certified.V, x.Upstream.Name.V)
		proxy := ""
		if x.SendProxy.V != 0 {
			proxy = "v" + strconv.Itoa(int(x.SendProxy.V))
		}
		wantProxy, _ := value(words, "proxy")
		sni, _ := value(words, "sni")
		name, _ := value(words, "name")
		verify, verifies := value(words, "verify")
		if wrong := same("PROXY", proxy, wantProxy); wrong != "" {
			return wrong
		}
		if !verifies {
			continue // plaintext, or relayed: what is in it is between client and server
		}
		sent := x.Upstream.SNI.V
		if x.Upstream.SNIHost {
			sent = "{host}"
		}
		alpn, _ := value(words, "alpn")
		cert, _ := value(words, "client-certificate")
		if wrong := first(
			same("TLS", x.Mode.V == flow.ModeReencrypt, tls),
			same("verify none", x.Upstream.End.Verify.IsSet() && !x.Upstream.End.Verify.V, verify == "none"),
			same("sni", sent, sni), same("name", checked, name),
			same("alpn", strings.Join(x.Upstream.End.ALPN.V, ","), alpn), same("client certificate", x.Upstream.End.Certificate.V, cert),
		); wrong != "" {
			return wrong
		}
	}
	return same("h2c", b.Speaks.V == flow.SpeaksH2C, words[3] == "h2c")
}

// routesAt are the routes of a line.
func (r *readAs) routesAt(line string) []*flow.RouteDraft {
	var out []*flow.RouteDraft
	for _, d := range r.draft.Declarations {
		if x, ok := d.(*flow.RouteDraft); ok && (at(x.Whole, line) || at(x.At, line)) {
			out = append(out, x)
		}
	}
	return out
}

func (r *readAs) route(line string, words []string) string {
	i := slices.Index(words, "->")
	backend, want := words[i+1], strings.Split(words[i+2], ",")
	all := r.backends[backend]
	var got []string
	some := false
	for _, d := range r.draft.Declarations {
		x, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		to := slices.ContainsFunc(x.Targets, func(t flow.TargetDraft) bool {
			return slices.ContainsFunc(all, func(b *flow.BackendDraft) bool { return t.To.V == b.Name })
		})
		answered := len(all) == 0 && x.Answer.IsSet() && section(x.Answer.At) == "backend "+backend // by the backend itself
		listen := words[0] == backend && to && strings.HasPrefix(section(x.At)+" ", "listen "+words[0]+" ")
		some = some || answered || listen || (to || x.Answer.IsSet()) && (at(x.Whole, line) || at(x.At, line) || at(x.Host.At, line))
		if to {
			got = append(got, r.modes(x)...)
		}
	}
	if !some {
		return "no such route"
	}
	for _, m := range want {
		if len(all) > 0 && len(got) > 0 && !slices.Contains(got, m) {
			return fmt.Sprintf("mode: %v, and %v is true", got, want)
		}
	}
	return ""
}

// modes are those of a route in the words of expected.txt.
func (r *readAs) modes(x *flow.RouteDraft) []string {
	tcp := false
	for _, o := range x.On {
		for _, d := range r.draft.Declarations {
			if p, ok := d.(*flow.ProxyDraft); ok && p.Name == o.Proxy.V {
				tcp = tcp || slices.ContainsFunc(p.Listeners, func(l *flow.ListenerDraft) bool { return l.Port == o.Port && l.Kind == flow.ListenTCP })
			}
		}
	}
	switch {
	case x.Mode.V == flow.ModePassthrough:
		return []string{"passthrough", "relay"}
	case x.Mode.V == flow.ModeNone && tcp:
		return []string{"relay"}
	case x.Mode.V == flow.ModeReencrypt:
		return []string{"reencrypt", "originate"}
	case x.Mode.V == flow.ModeEdge && x.Insecure.V == flow.InsecureAllow:
		return []string{"edge", "plain"}
	case x.Mode.V == flow.ModeEdge:
		return []string{"edge"}
	}
	return []string{"plain"}
}

func (r *readAs) stage(line string, words []string) string {
	section := words[len(words)-1]
	for _, x := range r.routesAt(line) {
		for _, t := range x.Targets {
			if t.To.V == section {
				return ""
			}
		}
	}
	for _, d := range r.draft.Declarations { // the stage is one port with the one before it
		if p, ok := d.(*flow.ProxyDraft); ok && p.Inner.V.On {
			return ""
		}
	}
	return "no such stage"
}

func (r *readAs) answer(line string, words []string) string {
	i := slices.Index(words, "->")
	want := words[i+1]
	all := r.routesAt(line)
	for _, x := range all {
		switch {
		case x.Answer.IsSet() && (strconv.Itoa(x.Answer.V.Status) == want || want == "close" && x.Answer.V.Status == 0):
			return ""
		case x.WithoutCertificate.IsSet() && strconv.Itoa(x.WithoutCertificate.V) == want:
			return ""
		}
	}
	for _, d := range r.draft.Declarations { // said of routes: an answer to those that an allow list, or a certificate, leaves out
		x, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		if at(x.WithoutCertificate.At, line) && strconv.Itoa(x.WithoutCertificate.V) == want || at(x.Answer.At, line) && strconv.Itoa(x.Answer.V.Status) == want {
			return ""
		}
		if want == "close" && slices.ContainsFunc(x.Allow, func(a flow.Fact[string]) bool { return at(a.At, line) }) {
			return ""
		}
	}
	if strings.Contains(strings.Join(words, " "), "no default_backend") {
		return "" // what no rule takes
	}
	return "no such answer"
}

func (r *readAs) redirect(line string, words []string) string {
	i := slices.Index(words, "->")
	target, status := words[i+1], words[len(words)-1]
	for _, d := range r.draft.Declarations {
		x, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		if x.Insecure.V == flow.InsecureRedirect && at(x.Insecure.At, line) && target == "https" && strconv.Itoa(x.RedirectStatus.V) == status {
			return ""
		}
		if !x.Redirect.IsSet() || !at(x.Whole, line) && !at(x.Host.At, line) && !slices.ContainsFunc(x.Hosts, func(h flow.Fact[string]) bool { return at(h.At, line) }) || strconv.Itoa(x.Redirect.V.Status) != status {
			continue
		}
		to := x.Redirect.V.To
		if x.Redirect.V.Kind != flow.RedirectScheme {
			to = x.Redirect.V.Kind.String() + "=" + to
		}
		if x.Redirect.V.Kind == flow.RedirectPrefix && "location="+x.Redirect.V.To+"{uri}" == target || to == target {
			return ""
		}
	}
	return "no such redirect"
}

func (r *readAs) leftOut(line string, words []string) string {
	kinds := map[string]flow.UnmodelledKind{"harmless": flow.NoEffect, "loses": flow.LosesDetail, "changes": flow.ChangesRouting}
	got := flow.UnmodelledKind(0)
	for _, u := range r.draft.Unmodelled {
		if at(u.At, line) {
			got = max(got, u.Kind)
		}
	}
	return same("kind", got, kinds[words[0]])
}

func (r *readAs) finding(line string, words []string) string {
	if words[0] == "-" || slices.ContainsFunc(r.found, func(d diag.Diagnostic) bool { return string(d.Code) == words[0] && at(d.At, line) }) {
		return ""
	}
	var elsewhere []string
	for _, d := range r.found {
		if string(d.Code) == words[0] && d.At.Known() {
			elsewhere = append(elsewhere, strconv.Itoa(d.At.File.Position(d.At.Start).Line))
		}
	}
	return "found in lines " + strings.Join(elsewhere, ", ")
}
