package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
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

// openersPlace is where the opener's end is stated: client "browser", or the
// block of the route by which a proxy opens the session.
func openersPlace(h flow.Handshake) string {
	if h.Opened != nil {
		return upstreamOf(h.Opened)
	}
	return openerOf(h)
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

// toMode is the help to give a route another mode.
func toMode(r *flow.Route, words string) string {
	if !r.Mode.IsSet() {
		return fmt.Sprintf("add %s to route %q", words, r.Name)
	}
	return fmt.Sprintf("change tls %s to %s in route %q", r.Mode.V, words, r.Name)
}

// toTLS is the help to encrypt the hop to a route's servers, which must then
// speak TLS where they are not said to.
func toTLS(r *flow.Route, words string) string {
	help := toMode(r, words)
	for _, t := range r.Targets {
		if t.Backend != nil && !t.Backend.Speaks.V.TLS() {
			return help + "; " + endOf(r) + " must then speak https"
		}
	}
	return help
}

// toInsecure is the help to state another insecure of a route.
func toInsecure(r *flow.Route, words string) string {
	if !r.Insecure.IsSet() {
		return fmt.Sprintf("add %s to route %q", words, r.Name)
	}
	return fmt.Sprintf("change insecure %s to %s in route %q", r.Insecure.V, words, r.Name)
}

// showing is the help to have a route show another certificate.
func showing(r *flow.Route, name string) string {
	if !r.Certificate.IsSet() {
		return fmt.Sprintf("add certificate %s to route %q", name, r.Name)
	}
	return fmt.Sprintf("change certificate %s to certificate %s in route %q", r.Certificate.V.Name, name, r.Name)
}

// upstreamOf is the block that says what a proxy does towards a route's servers.
func upstreamOf(r *flow.Route) string {
	return fmt.Sprintf("the tls reencrypt block of route %q", r.Name)
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

// endTLS is the help for what a passthrough route cannot do.
func endTLS(r *flow.Route) string {
	return fmt.Sprintf("end TLS at the proxy: tls reencrypt in route %q, and a certificate for its host", r.Name)
}

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

// certificateFor is the first declared certificate that is good for something;
// NAME where there is none.
func (p *Pass) certificateFor(good func(*flow.Certificate) bool) string {
	if i := slices.IndexFunc(p.Topology.Certificates, good); i >= 0 {
		return p.Topology.Certificates[i].Name
	}
	return "NAME"
}

// certificateSigned is a declared certificate of a CA that names no host, as
// those of clients are; NAME where there is none.
func (p *Pass) certificateSigned(ca *flow.CA) string {
	return p.certificateFor(func(c *flow.Certificate) bool { return ca != nil && c.Issuer.V == ca && len(c.Names) == 0 })
}

// signedBy goes on after a certificate: ", one signed by CA "partners"".
func signedBy(ca *flow.CA) string {
	if ca == nil {
		return ""
	}
	return fmt.Sprintf(", one signed by CA %q", ca.Name)
}

// clientsGet is what clients of a route get where they meet one of the faults,
// as it is derived: "clients get 503"; "" where no course shows it.
func (p *Pass) clientsGet(r *flow.Route, faults ...flow.Fault) string {
	for _, scheme := range []string{"https", "http"} {
		if _, c := p.showing(r, scheme); c != nil && slices.Contains(faults, c.outcome.Fault) {
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
func inTime(millis int64) string {
	for _, u := range []struct {
		millis int64
		name   string
	}{{3_600_000, "h"}, {60_000, "m"}, {1000, "s"}} {
		if millis%u.millis == 0 && (millis > 0 || u.name == "s") {
			return strconv.FormatInt(millis/u.millis, 10) + u.name
		}
	}
	return strconv.FormatInt(millis, 10) + "ms"
}
