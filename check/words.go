package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// The words that findings share: a name is said with its kind, what clients
// get of a fault is what is derived, and help says where its words go.

// openerOf is who opens the session of a handshake: client "browser".
func openerOf(h flow.Handshake) string {
	if h.Client != nil {
		return fmt.Sprintf("client %q", h.Client.Name)
	}
	return fmt.Sprintf("proxy %q", h.Proxy.Name)
}

// inKind is a participant with its kind: backend "shop" of a server.
func inKind(who *flow.Participant) string {
	switch {
	case who.Client != nil:
		return fmt.Sprintf("client %q", who.Client.Name)
	case who.Server != nil:
		return fmt.Sprintf("backend %q", who.Server.Backend.Name)
	}
	return fmt.Sprintf("proxy %q", who.Proxy.Name)
}

// farEnd is who answers the ClientHello of a handshake: backend "shop".
func farEnd(h flow.Handshake) string {
	if h.Backend != nil {
		return fmt.Sprintf("backend %q", h.Backend.Name)
	}
	return fmt.Sprintf("proxy %q", h.Listener.Proxy.Name)
}

// refusal is how every finding about a certificate begins: client "browser"
// refuses certificate "shop" of proxy "haproxy".
func refusal(h flow.Handshake) string {
	return fmt.Sprintf("%s refuses certificate %q of %s", openerOf(h), h.Certificate.Name, farEnd(h))
}

// modeOf is a route's mode after "is": edge, without TLS.
func modeOf(r *flow.Route) string {
	if r.Mode.V == flow.ModeNone {
		return "without TLS"
	}
	return r.Mode.V.String()
}

// targetOf is where a target leads: backend "shop".
func targetOf(t *flow.Target) string {
	if t.Proxy != nil {
		return fmt.Sprintf("proxy %q", t.Name())
	}
	return fmt.Sprintf("backend %q", t.Name())
}

// endOf is where a route's bytes go: backend "shop" where there is one target.
func endOf(r *flow.Route) string {
	if len(r.Targets) != 1 {
		return "its backends"
	}
	return targetOf(r.Targets[0])
}

// portOf is a port with the proxy that it is of: :443 of proxy "haproxy".
func portOf(l *flow.Listener) string { return fmt.Sprintf(":%d of proxy %q", l.Port, l.Proxy.Name) }

// asksFor is the host that a client of a handshake asks for; that of the route
// where flowc chose one that the route's wildcard matches.
func asksFor(h flow.Handshake) string {
	if h.Request.Derived && h.Route != nil && (h.Opened == nil || h.Opened.Upstream.SNIHost) {
		for _, proxy := range h.Route.Proxies {
			if host := h.Route.HostOn(proxy); strings.HasPrefix(host, "*.") {
				return host
			}
		}
	}
	return h.Name
}

// routesInWords names routes, at most three of them: route "a", "b", ….
func routesInWords(routes []*flow.Route) string {
	var out []string
	for _, r := range routes {
		out = append(out, strconv.Quote(r.Name))
	}
	if len(out) > 3 {
		out = append(out[:3], "…")
	}
	if len(out) == 1 {
		return "route " + out[0]
	}
	return "routes " + strings.Join(out, ", ")
}

// clientsGet is what clients of a route get where they meet one of the faults,
// as it is derived: "clients get 503"; "" where no course shows it.
func (p *Pass) clientsGet(r *flow.Route, faults ...flow.Fault) string {
	for _, scheme := range []string{"https", "http"} {
		q, c := p.showing(r, scheme)
		if c != nil && p.sound(q, c) && slices.Contains(faults, c.outcome.Fault) && (q.From == nil || c.outcome.FromID() != q.From.Name) {
			return inWords(c.outcome)
		}
	}
	return ""
}

// inWords says what clients get: "clients get 502 or 503", "the connection is
// closed".
func inWords(o flow.Outcome) string {
	var status []int
	for _, e := range o.Endings {
		switch e := e.(type) {
		case flow.Closed:
			return "the connection is closed"
		case flow.Alerted:
			return "the handshake fails"
		case flow.TimedOut:
			return "clients get no answer"
		case flow.Answered:
			status = append(status, e.Status)
		case flow.Passed, flow.Unseen: // of a health check, and of a capture
		}
	}
	slices.Sort(status)
	var out []string
	for _, s := range status {
		out = append(out, strconv.Itoa(s))
	}
	return "clients get " + strings.Join(out, " or ")
}

// so ends a message with its consequence, where there is one.
func so(message, consequence string) string {
	if consequence == "" {
		return message
	}
	return message + ": " + consequence
}

// inTime says a time in the language's words: 1500ms, 3s, 2m, 1h.
func inTime(millis int64) string { return words.Time(millis) }
