package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var plaintextToTLS = &Rule{
	Code: "FL206", Name: "plaintext-to-tls", Severity: diag.Error, Since: "0.1",
	Doc: "the backend of an edge or plain route speaks plaintext",
	Why: "the proxy sends its request in clear to a TLS port; the server answers 400 in clear and the client gets that " +
		"400 (measured; HAProxy's server line without ssl)",
	Wire: "the client's handshake succeeds. The GET goes to the server in plaintext, the server answers 400 in plaintext " +
		"and closes, and the client gets that 400 in its TLS session. One attempt: an answer is an answer (measured)",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
backend shop {
    speaks https
    server shop-1 10.0.1.11:8443
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls reencrypt
    to shop
}
backend shop {
    speaks https
    server shop-1 10.0.1.11:8443
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) { p.speaks(r, true) },
			flow.ModeNone, flow.ModeEdge)
	},
}

// speaks reports targets that speak TLS, or plaintext, where the route's mode
// sends them the other: backends that state it, and the ports of other proxies.
// A port that relays is the server's own.
func (p *Pass) speaks(r *flow.Route, tls bool) {
	if r.Mode.V == flow.ModeNone && relayed(r) || misplaced(r) {
		return
	}
	sent := map[flow.Mode]string{
		flow.ModeNone: "plaintext", flow.ModeEdge: "plaintext",
		flow.ModeReencrypt: "a ClientHello", flow.ModePassthrough: "the client's ClientHello",
	}[r.Mode.V]
	wrong := func(t *flow.Target, declared source.Span, spoken string, ways []diag.Suggestion) {
		if p.expectedFailure(r, flow.FaultProtocol) {
			return
		}
		p.explainRoute(r, flow.FaultProtocol)
		if r.Mode.V == flow.ModeNone { // it may be the tls that is missing
			p.explainHost(r)
		}
		d := p.Report(t.At, "%s", so(fmt.Sprintf("route %q is %s and sends %s to %s, which speaks %s", r.Name, modeOf(r), sent, targetOf(t), spoken),
			p.clientsGet(r, flow.FaultProtocol)))
		related(d, declared, "declared here")
		d.Suggest(ways...)
	}
	for _, t := range r.Targets {
		if b := t.Backend; b != nil && b.Speaks.IsSet() && b.Speaks.V.TLS() == tls {
			other := flow.SpeaksHTTPS
			if tls {
				other = flow.SpeaksHTTP
			}
			ways := p.otherMode(r, tls)
			if r.Mode.V != flow.ModeNone || !p.askedIn(r, "https") {
				ways = append(ways, given(way(speaking(b, other)), "its servers do"))
			}
			wrong(t, b.Speaks.At, b.Speaks.V.String(), ways)
		}
		if l := nextPort(r, t); l != nil && spokenOn(l, nil) == protocolOf(tls) {
			wrong(t, l.At, fmt.Sprintf("%s on :%d", protocolOf(tls), l.Port), append(p.otherMode(r, tls), otherPort(r, t, tls)...))
		}
	}
}

// otherMode is the way to give a route the mode in which it sends TLS, or
// plaintext, to its targets, where all of them take that.
func (p *Pass) otherMode(r *flow.Route, tls bool) []diag.Suggestion {
	for _, t := range r.Targets {
		if t.Backend != nil && t.Backend.Speaks.IsSet() && t.Backend.Speaks.V.TLS() != tls {
			return nil
		}
		if l := nextPort(r, t); l != nil && spokenOn(l, nil) != protocolOf(tls) {
			return nil
		}
	}
	m := flow.ModeEdge
	if tls {
		m = flow.ModeReencrypt
	}
	steps, ok := p.terminating(r, m)
	if !ok && tls {
		steps, ok = p.passing(r)
	}
	if !ok {
		return nil
	}
	return []diag.Suggestion{way(steps...)}
}

// otherPort is the way to send a target's requests to a port of the next proxy
// that speaks plaintext, or TLS. The route that waits behind it comes along
// where no other one takes them there.
func otherPort(r *flow.Route, t *flow.Target, tls bool) []diag.Suggestion {
	for _, l := range t.Proxy.Listeners {
		if spokenOn(l, nil) != protocolOf(!tls) {
			continue
		}
		was, port := t.Name(), fmt.Sprintf("%s:%d", t.Name(), l.Port)
		if t.Port != 0 {
			was = fmt.Sprintf("%s:%d", was, t.Port)
		}
		steps := []diag.Step{{Do: diag.Change, In: inRoute(r), Fact: diag.FactTarget, At: t.At, Was: []string{was}, Value: []string{port}}}
		if !answers(r, l) {
			next := behind(r, t.Proxy)
			if len(next) != 1 {
				continue
			}
			steps = append(steps, movedTo(next[0], l)...)
		}
		return []diag.Suggestion{way(steps...)}
	}
	return nil
}

// behind are the routes of the next proxy for the hosts of a route.
func behind(front *flow.Route, proxy *flow.Proxy) []*flow.Route {
	var out []*flow.Route
	for _, r := range proxy.Routes {
		if slices.ContainsFunc(front.Proxies, func(up *flow.Proxy) bool { return sharesHost(front, up, r, proxy) }) {
			out = append(out, r)
		}
	}
	return out
}

// movedTo are the steps by which a route is served on a port and takes what
// comes there.
func movedTo(r *flow.Route, l *flow.Listener) []diag.Step {
	var steps []diag.Step
	for _, on := range r.On {
		if on.Proxy == l.Proxy && on.Port != 0 && on.Port != l.Port {
			steps = append(steps, diag.Step{
				Do: diag.Change, In: inRoute(r), Fact: diag.FactServedBy, At: on.At,
				Was: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, on.Port)}, Value: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, l.Port)},
			})
		}
	}
	switch {
	case l.Kind == flow.ListenHTTP && r.Mode.V != flow.ModeNone:
		steps = append(steps, mode(r, flow.ModeNone))
	case l.Kind != flow.ListenHTTP && r.Mode.V == flow.ModeNone:
		steps = append(steps, mode(r, flow.ModeEdge))
	}
	return steps
}

// answers reports whether a port has a route for the requests that another
// route sends to its proxy.
func answers(front *flow.Route, l *flow.Listener) bool {
	return slices.ContainsFunc(l.Proxy.Routes, func(r *flow.Route) bool {
		return r.Serves(l) && l.Takes(r) && (l.Kind == flow.ListenHTTP || r.Mode.V != flow.ModeNone) &&
			slices.ContainsFunc(front.Proxies, func(up *flow.Proxy) bool { return sharesHost(front, up, r, l.Proxy) })
	})
}

// nextPort is the port of another proxy to which a target sends what came to a
// port that serves the route; nil where there is none.
func nextPort(r *flow.Route, t *flow.Target) *flow.Listener {
	if t.Proxy == nil {
		return nil
	}
	if t.Port != 0 {
		return t.Proxy.Listens(t.Port)
	}
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if l.Ends(r) || l.Relays(r) || r.Mode.V == flow.ModeNone && l.Takes(r) {
				return t.Proxy.Listens(l.Port)
			}
		}
	}
	return nil
}

// spokenOn is what a port speaks, http or https; "" where only the client
// knows. A port that relays speaks what all of its routes lead to, and TLS
// where it chooses among them by the SNI.
func spokenOn(l *flow.Listener, via []*flow.Listener) string {
	if l.Kind == flow.ListenHTTP {
		return protocolOf(false)
	}
	if l.Kind == flow.ListenHTTPS || len(l.End.Certificates) > 0 || choosesBySNI(l) {
		return protocolOf(true)
	}
	if slices.Contains(via, l) {
		return ""
	}
	var all []string
	for _, r := range l.Proxy.Routes {
		for _, t := range r.Targets {
			switch next := nextPort(r, t); {
			case !l.Relays(r):
			case t.Backend != nil && t.Backend.Speaks.IsSet():
				all = append(all, protocolOf(t.Backend.Speaks.V.TLS()))
			case next != nil:
				all = append(all, spokenOn(next, append(via, l)))
			default:
				return ""
			}
		}
	}
	if all = slices.Compact(all); len(all) == 1 {
		return all[0]
	}
	return ""
}

// choosesBySNI reports whether a tcp port takes no connection without SNI:
// each of its routes has a host.
func choosesBySNI(l *flow.Listener) bool {
	if l.Kind != flow.ListenTCP {
		return false
	}
	some := false
	for _, r := range l.Proxy.Routes {
		if !r.Serves(l) {
			continue
		}
		if r.HostOn(l.Proxy) == "" || r.SNI.V != flow.SNIHost {
			return false
		}
		some = true
	}
	return some
}

func protocolOf(tls bool) string {
	if tls {
		return "https"
	}
	return "http"
}

// relayed reports whether every port that serves the route passes it on as
// bytes, so that the client decides what is in them.
func relayed(r *flow.Route) bool {
	some := false
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if !r.Serves(l) {
				continue
			}
			if !l.Relays(r) && l.Kind != flow.ListenHTTPS {
				return false
			}
			some = some || l.Relays(r)
		}
	}
	return some
}
