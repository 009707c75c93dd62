package haproxy

import (
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// server is one server of a backend.
type server struct {
	address
	u           *unit
	name        string
	line        *haproxycfg.Line
	tls         bool
	tlsAt       source.Span
	verify      flow.Fact[bool]
	trust       []flow.Ref
	system      bool // it trusts the authorities of the system
	authority   bool // it has a ca-file
	sni         flow.Fact[string]
	sniHost     bool
	sniOdd      bool              // what is sent is not known
	checked     flow.Fact[string] // verifyhost
	crt         flow.Ref
	tlsRange    flow.Fact[flow.Versions]
	alpn        flow.Fact[[]string]
	h2c         bool
	backup      source.Span
	down        source.Span
	weight      flow.Fact[int]
	proxy       flow.Fact[flow.ProxyVersion]
	check       source.Span
	checkTLS    flow.Fact[bool]
	checkSNI    string
	portOfCheck flow.Fact[int]
	cookie      string
	track       haproxycfg.Word // another server whose checks count
	resolvers   haproxycfg.Word
	stage       *bind // of another frontend of the process; nil for a server elsewhere
}

// servers reads the server lines of a unit.
func (m *model) servers(u *unit) {
	seen := map[string]*server{}
	var base []option // of default-server
	for _, l := range u.inherited("default-server") {
		base = append(base, m.options(serverOptions, l.From(1), "server")...)
	}
	add := func(l *haproxycfg.Line, name, at haproxycfg.Word, from int) {
		if p := serverProblem(at.Text); p != nil {
			m.report(p.code, at.At, p.Help, "%s", p.Message)
			return
		}
		a, ok := m.addressOf(at, at.Text)
		if !ok {
			return
		}
		s := &server{address: a, u: u, name: name.Text, line: l}
		m.serverOptions(s, append(append([]option(nil), base...), m.options(serverOptions, l.From(from), "server")...))
		if other := seen[s.name]; other != nil {
			m.report(haproxycfg.FaultTwice, name.At, "give one of them another name", "server %s is there already in %s, in %s", s.name, u.name, m.lineOf(other.line.At))
			return
		}
		seen[s.name] = s
		u.servers = append(u.servers, s)
	}
	for _, l := range u.section.Lines {
		switch {
		case l.Is("server") && len(l.Words) > 2:
			add(l, l.Words[1], l.Words[2], 3)
		case l.Is("server-template") && len(l.Words) > 3:
			for n := range m.templated(l) {
				name := l.Words[1]
				name.Text += strconv.Itoa(n)
				add(l, name, l.Words[3], 4)
			}
		case l.Is("dispatch") && len(l.Words) > 1:
			add(l, haproxycfg.Word{Text: "dispatch", At: l.Words[0].At}, l.Words[1], 2)
		}
	}
}

// mostTemplated is how many servers of a template are drawn.
const mostTemplated = 16

// templated yields the numbers of a server-template: N, or FROM-TO.
func (m *model) templated(l *haproxycfg.Line) func(func(int) bool) {
	from, to, ranged := strings.Cut(l.Arg(2), "-")
	first, errA := strconv.Atoi(from)
	last, errB := first, error(nil)
	if ranged {
		last, errB = strconv.Atoi(to)
	} else {
		first = 1
	}
	if errA != nil || errB != nil || last < first || first < 0 {
		m.report(haproxycfg.FaultValue, l.Words[2].At, "write a number, or FROM-TO", "invalid number of servers %q", l.Arg(2))
		last = first - 1
	}
	if last-first >= mostTemplated {
		m.listLine(flow.LosesDetail, l)
		last = first + mostTemplated - 1
	}
	return func(yield func(int) bool) {
		for n := first; n <= last; n++ {
			if !yield(n) {
				return
			}
		}
	}
}

// serverOptions reads what a server line says beside its address.
func (m *model) serverOptions(s *server, options []option) {
	v := m.defaultVersions("ssl-default-server-options")
	for _, o := range options {
		if v.take(m, o) {
			continue
		}
		m.serverOption(s, o)
	}
	if s.tls {
		s.tlsRange = v.fact()
	}
}

func (m *model) serverOption(s *server, o option) {
	at := o.name.At
	switch o.name.Text {
	case "ssl":
		s.tls, s.tlsAt = true, at
	case "no-ssl":
		s.tls = false
	case "verify":
		switch o.arg.Text {
		case "none":
			s.verify = flow.State(false, span(at, o.arg.At))
		case "required":
			s.verify = flow.State(true, span(at, o.arg.At))
		default:
			m.report(haproxycfg.FaultValue, o.arg.At, "write verify none or verify required", "invalid value %q of verify", o.arg.Text)
		}
	case "ca-file":
		s.authority = true
		if o.arg.Text == "@system-ca" {
			s.system = true
			break
		}
		s.trust = append(s.trust[:0:0], m.authority(o.arg))
	case "verifyhost":
		s.checked = flow.State(o.arg.Text, o.arg.At)
	case "no-verifyhost":
		s.checked = flow.Fact[string]{}
	case "sni":
		s.sniOf(o.arg)
	case "crt":
		s.crt = m.certificate(o.arg.Text, o.arg.At)
	case "alpn":
		s.alpn = alpnOf(o.arg)
	case "proto":
		s.h2c = o.arg.Text == "h2"
		if o.arg.Text == "fcgi" {
			m.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
		}
	case "backup":
		s.backup = at
	case "no-backup":
		s.backup = source.Span{}
	case "disabled":
		s.down = at
	case "enabled":
		s.down = source.Span{}
	case "weight":
		m.weight(s, o)
	case "send-proxy":
		s.proxy = flow.State[flow.ProxyVersion](1, at)
	case "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn":
		s.proxy = flow.State[flow.ProxyVersion](2, at)
	case "no-send-proxy", "no-send-proxy-v2":
		s.proxy = flow.Fact[flow.ProxyVersion]{}
	case "check":
		s.check = at
	case "no-check":
		s.check = source.Span{}
	case "check-ssl":
		s.checkTLS = flow.State(true, at)
	case "no-check-ssl":
		s.checkTLS = flow.State(false, at)
	case "check-sni":
		s.checkSNI = o.arg.Text
	case "port":
		if n, err := strconv.Atoi(o.arg.Text); err == nil {
			s.portOfCheck = flow.State(n, o.arg.At)
		} else {
			m.badPort(o.arg, o.arg.Text)
		}
	case "cookie":
		s.cookie = o.arg.Text
	case "resolvers":
		s.resolvers = o.arg
	case "track":
		s.track = o.arg
		m.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	case "redir", "socks4", "source", "agent-check", "addr":
		m.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	}
}

func (m *model) weight(s *server, o option) {
	n, err := strconv.Atoi(o.arg.Text)
	if err != nil || n < 0 || n > 256 {
		m.report(haproxycfg.FaultValue, o.arg.At, "write a weight from 0 to 256", "invalid weight %q", o.arg.Text)
		return
	}
	s.weight = flow.State(n, o.arg.At)
}

// sniOf is what a server line sends as SNI: a text, the host of the request, or what
// is not known here.
func (s *server) sniOf(w haproxycfg.Word) {
	e, rest, ok := haproxycfg.ParseExpr(w.Text)
	s.sniHost, s.sniOdd, s.sni = false, false, flow.Fact[string]{}
	if !ok || rest != "" {
		s.sniOdd = true
		return
	}
	if e[0].Name == "str" && len(e) == 1 {
		s.sni = flow.State(e[0].Arg(0), w.At)
		return
	}
	if on, _, ok := subjectOf(e); ok && on == onHost {
		s.sni, s.sniHost = flow.State("", w.At), true
		return
	}
	if e[0].Name == "var" { // a variable that nothing sets sends none, as flowc writes it
		s.sni = flow.State("", w.At)
		return
	}
	s.sniOdd = true
}

func span(a, b source.Span) source.Span {
	a.End = b.End
	return a
}
