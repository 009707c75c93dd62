package haproxy

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
	"github.com/flowc-lang/flowc/source"
)

// address is where a bind line listens, or where a server is.
type address struct {
	host     string // an address or a name; "" for every address
	port     int    // 0 for none
	last     int    // of a range; the port itself for one
	offset   int    // of a server: +N, added to the port that the client came to
	shifted  bool   // the port has a sign
	socket   string // of a socket within the machine: "unix@/run/x", "abns@x"
	quic     bool
	foreign  string // a kind of address that is not read: fd@3
	wildcard bool   // every address
	at       source.Span
}

// addressOf reads an address of a bind or server line (HAProxy configuration manual,
// 4.2 bind, 5.2 server, 11).
func (m *model) addressOf(w haproxycfg.Word, text string) (address, bool) {
	a := address{at: w.At}
	text, missing := m.cfg.Expand(text)
	if missing != "" {
		m.report(haproxycfg.FaultVariable, w.At, "give it with --env "+missing+"=VALUE, or add \"presetenv "+missing+" VALUE\" to the global section", "environment variable %s has no value", missing)
		return a, false
	}
	if kind, rest, ok := strings.Cut(text, "@"); ok {
		switch kind {
		case "ipv4", "ipv6", "tcp", "tcp4", "tcp6", "stream", "mptcp", "mptcp4", "mptcp6":
			text = rest
		case "quic4", "quic6", "quic":
			a.quic, text = true, rest
		case "unix", "abns", "abnsz", "uxst":
			a.socket = kind + "@" + strings.TrimPrefix(rest, "/")
			if kind == "unix" || kind == "uxst" {
				a.socket = "unix@" + rest
			}
			return a, true
		default:
			a.foreign = kind
			return a, true
		}
	}
	if strings.HasPrefix(text, "/") {
		a.socket = "unix@" + text
		return a, true
	}
	host, port := text, ""
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasSuffix(text, "]") { // also of ::1:443
		host, port = text[:i], text[i+1:]
	}
	a.host = strings.Trim(host, "[]")
	if a.host == "*" || a.host == "0.0.0.0" || a.host == "::" || a.host == "" {
		a.host, a.wildcard = "", true
	}
	return a, m.port(&a, w, port)
}

// port reads a port, a range of them, or one with a sign.
func (m *model) port(a *address, w haproxycfg.Word, text string) bool {
	if text == "" {
		return true
	}
	if text[0] == '+' || text[0] == '-' {
		n, err := strconv.Atoi(text)
		a.offset, a.shifted = n, true
		if err != nil {
			m.badPort(w, text)
		}
		return err == nil
	}
	from, to, ranged := strings.Cut(text, "-")
	first, err := strconv.Atoi(from)
	if err != nil || first < 0 || first > 65535 {
		m.badPort(w, from)
		return false
	}
	a.port, a.last = first, first
	if !ranged {
		return true
	}
	last, err := strconv.Atoi(to)
	switch {
	case err != nil || last < 1 || last > 65535:
		m.badPort(w, to)
		return false
	case last < first:
		m.report(haproxycfg.FaultValue, w.At, "write the lower port first: "+to+"-"+from, "the range of ports %s ends before it begins", text)
		return false
	}
	a.last = last
	return true
}

func (m *model) badPort(w haproxycfg.Word, text string) {
	m.report(haproxycfg.FaultValue, w.At, "write a port from 1 to 65535", "invalid port %q in %s", text, w.Text)
}

// isAddress reports whether a host is an address, and no name.
func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// problem is what is wrong with an address.
type problem struct {
	haproxycfg.Problem
	code haproxycfg.Code
}

// addressProblem says what is wrong with an address of a bind or server line; nil for
// nothing that the text alone shows.
func addressProblem(text string) *problem {
	wrong := func(code haproxycfg.Code, message, help string) *problem {
		return &problem{haproxycfg.Problem{Message: message, Help: help}, code}
	}
	const fill = "render the template first, and give flowc what it makes"
	switch open := strings.IndexByte(text, '<'); {
	case open >= 0 && strings.IndexByte(text[open:], '>') > 0:
		return wrong(haproxycfg.FaultVariable, text+" has a placeholder of a template", fill)
	case strings.Count(text, "@") > 1 && !strings.Contains(text, "{"), braced(text):
		return wrong(haproxycfg.FaultVariable, text+" has a placeholder of a template", fill)
	case strings.Contains(text, "://"):
		_, rest, _ := strings.Cut(text, "://")
		return wrong(haproxycfg.FaultValue, text+" is a URL, and no address", "write: "+strings.TrimSuffix(rest, "/"))
	}
	if _, rest, ok := strings.Cut(text, "@"); ok {
		text = rest
	}
	if strings.HasPrefix(text, "/") || strings.HasPrefix(text, "[") || strings.Contains(text, "$") {
		return nil
	}
	host, port, _ := strings.Cut(text, ":")
	if host == "" || strings.Trim(host, "0123456789.") != "" {
		return nil
	}
	if i := strings.LastIndexByte(text, ':'); isAddress(text[:max(i, 0)]) {
		return nil // of IPv6, without brackets
	}
	if strings.Contains(port, ":") {
		return wrong(haproxycfg.FaultValue, text+" has two ports", "write ADDRESS:PORT")
	}
	if !isAddress(host) && strings.Count(host, ".") > 0 {
		return wrong(haproxycfg.FaultValue, host+" is not a valid address", "an IPv4 address is four numbers from 0 to 255")
	}
	return nil
}

// serverProblem says what is wrong with the address of a server.
func serverProblem(text string) *problem {
	if p := addressProblem(text); p != nil {
		return p
	}
	wrong := func(message, help string) *problem {
		return &problem{haproxycfg.Problem{Message: message, Help: help}, haproxycfg.FaultValue}
	}
	if _, option := serverOptions[text]; option {
		return wrong(text+" stands where the address belongs: HAProxy takes it for a name", "write: server NAME ADDRESS:PORT "+text)
	}
	if i := strings.LastIndexByte(text, ':'); i >= 0 && !strings.HasPrefix(text, "/") {
		if from, _, ranged := strings.Cut(text[i+1:], "-"); ranged && from != "" {
			return wrong("a server has one port, and no range: "+text[i+1:], "write a server line for each port")
		}
	}
	return nil
}

// braced reports whether a text has a word in braces that is no environment variable.
func braced(text string) bool {
	open := strings.IndexByte(text, '{')
	return open >= 0 && (open == 0 || text[open-1] != '$') && strings.IndexByte(text[open:], '}') > 1
}
