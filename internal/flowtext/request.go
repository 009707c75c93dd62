package flowtext

import (
	"cmp"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

func request(d *flow.RequestDraft) *statement {
	if d == nil {
		return nil
	}
	s := declare(flow.DeclRequest, &d.Decl)
	if s == nil {
		return nil
	}
	s.name("from", d.From)
	s.name("via", d.Via)
	for _, c := range d.Calls {
		s.call(c)
	}
	s.name("check", d.Check)
	s.asks(d)
	s.name("after", d.After)
	if d.Resume.IsSet() {
		s.say("resume", word(d.Resume.V))
	}
	s.flag("early-data", d.EarlyData)
	if d.Stop.IsSet() && d.Stop.V != flow.StopNever {
		s.say("stop", "after", one(stops, d.Stop.V))
	}
	var expect []string
	for _, e := range d.Expect {
		if e.Ending != nil {
			expect = append(expect, outcome(e))
		}
	}
	s.several(expect, "expect")
	return s
}

// asks says what the client sends beside its URLs.
func (s *statement) asks(d *flow.RequestDraft) {
	s.sniOrNone(d.SNI)
	s.text("host", d.HostField)
	for _, f := range d.Fields {
		s.say("header", word(f.Name), quote(f.Value))
	}
	s.versions(d.TLS)
	if d.Times.IsSet() {
		s.say("times", number(d.Times.V))
	}
	s.flag("close", d.Close)
	if d.Body.IsSet() {
		s.say("body", bytes(d.Body.V))
	}
	s.text("upgrade", d.Upgrade)
	s.flag("follow", d.Follow)
}

var stops = map[flow.StopAfter]string{
	flow.StopAfterConnect: "connect", flow.StopAfterHello: "hello", flow.StopAfterHandshake: "handshake",
}

// defaultPorts of schemes.
var defaultPorts = map[string]int{"http": 80, "https": 443}

// call says what is asked for. What is left out is completed as flow does it.
func (s *statement) call(c flow.Call) {
	scheme := cmp.Or(c.Scheme, "https")
	port := c.Port
	if scheme == "tls" || scheme == "tcp" {
		port = cmp.Or(port, 443)
	} else if port == defaultPorts[scheme] {
		port = 0
	}
	host := c.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	url := scheme + "://" + host
	if port != 0 {
		url += ":" + number(port)
	}
	keyword := strings.ToLower(cmp.Or(c.Method, "get"))
	if scheme == "tls" || scheme == "tcp" {
		keyword = "connect"
	} else {
		url += cmp.Or(c.Path, "/")
	}
	s.say(word(keyword), word(url))
}

func outcome(e flow.ExpectDraft) string {
	var out string
	switch end := e.Ending.(type) {
	case flow.Answered:
		out = number(end.Status)
	case flow.Alerted:
		out = "alert " + end.Alert.String()
	case flow.Closed:
		out = "close"
	case flow.TimedOut:
		out = "timeout"
	case flow.RedirectLoop:
		out = "redirect-loop"
	case flow.Passed:
		out = "ok"
	case flow.Unseen:
		out = "#unseen" // no form of the language says it
	default:
		panic("flowtext: unknown ending")
	}
	if named(e.From) {
		out += " from " + word(e.From.V)
	}
	return out
}
