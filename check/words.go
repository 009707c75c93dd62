package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// The words that findings share: a name is said with its kind, what clients
// get of a fault is what is derived, and help says where its words go.

// openerOf names the end that opens the session of a handshake: client "browser".
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
func portOf(l *flow.Listener) string {
	return fmt.Sprintf(":%s of proxy %q", words.Ports(l), l.Proxy.Name)
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

// relatedMode names where a route states its mode: route "vault" states tls passthrough here.
func relatedMode(d *diag.Diagnostic, r *flow.Route) {
	related(d, r.Mode.At, "route %q states tls %s here", r.Name, r.Mode.V)
}

// relatedSpeaks names where a backend states what its servers speak.
func relatedSpeaks(d *diag.Diagnostic, b *flow.Backend) {
	related(d, b.Speaks.At, "backend %q states speaks %s here", b.Name, b.Speaks.V)
}

// relatedPorts names the first of the ports that serve a route.
func relatedPort(d *diag.Diagnostic, r *flow.Route) {
	l := portsOf(r)[0]
	related(d, l.At, "proxy %q serves route %q on this port", l.Proxy.Name, r.Name)
}

// relatedShown names where the far end of a handshake states the certificate that it shows.
func relatedShown(d *diag.Diagnostic, h flow.Handshake, at source.Span) {
	related(d, at, "%s presents certificate %q here", farEnd(h), h.Certificate.Name)
}

// relatedIssuer names where a certificate states who signed it.
func relatedIssuer(d *diag.Diagnostic, c *flow.Certificate) {
	related(d, c.Issuer.At, "certificate %q states its issuer here", c.Name)
}

// relatedRequired names who requires the client certificate of a route: the route, or a port
// of it.
func relatedRequired(d *diag.Diagnostic, r *flow.Route, auth flow.Fact[flow.ClientAuth]) {
	who := fmt.Sprintf("route %q", r.Name)
	for _, l := range portsOf(r) {
		if l.End.ClientCertificate.At == auth.At && auth.At.Known() {
			who = portOf(l)
		}
	}
	related(d, auth.At, "%s requires a client certificate here", who)
}

// asking names a request, or what flowc asks for where the model states none: request "r", a
// request for route "shop".
func asking(q *flow.Request) string {
	if q.Derived {
		return fmt.Sprintf("a request for route %q", q.Name)
	}
	return fmt.Sprintf("request %q", q.Name)
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
