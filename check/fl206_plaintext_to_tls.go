package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var plaintextToTLS = &Rule{
	Code: "FL206", Name: "plaintext-to-tls", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "the backend of an edge or plain route speaks plaintext",
	Why: "the proxy sends its request in plaintext to a TLS port. The server answers 400 in plaintext, and the " +
		"client gets that 400 (measured; HAProxy's server line without ssl)",
	Wire: "the client's handshake succeeds. The proxy sends the GET in plaintext, the server answers 400 in " +
		"plaintext and closes, and the client gets that 400 in its TLS session. There is one attempt: HAProxy " +
		"does not retry after a response (measured)",
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
		p.relayed(true)
	},
}

// speaks reports targets that speak TLS, or plaintext, where the route's mode
// sends them the other: backends that state it, and the ports of other proxies.
// A port that relays is the server's own.
func (p *Pass) speaks(r *flow.Route, tls bool) {
	if r.Mode.V == flow.ModeNone && (r.Relayed() || p.model.doubt.portsOf(r)) || misplaced(r) || p.model.doubt.adrift(r) {
		return
	}
	sent := map[flow.Mode]string{
		flow.ModeNone: "plaintext", flow.ModeEdge: "plaintext",
		flow.ModeReencrypt: "a ClientHello", flow.ModePassthrough: "the client's ClientHello",
	}[r.Mode.V]
	wrong := func(t *flow.Target, spoken string, ways []diag.Suggestion) *diag.Diagnostic {
		if p.expectedFailure(r, flow.FaultProtocol) {
			return nil
		}
		p.explainRoute(r, flow.FaultProtocol)
		if r.Mode.V == flow.ModeNone { // it may be the tls that is missing
			p.explainHost(missing{route: r, noPort: true})
		}
		d := p.Report(t.At, "%s", so(fmt.Sprintf("route %q is %s and sends %s to %s, which speaks %s", r.Name, modeOf(r), sent, targetOf(t), spoken),
			p.clientsGet(r, flow.FaultProtocol)))
		d.Suggest(ways...)
		return d
	}
	sentTo(r, func(t *flow.Target) {
		if b := t.Backend; b != nil && b.Speaks.IsSet() && b.Speaks.V.TLS() == tls {
			other := flow.SpeaksHTTPS
			if tls {
				other = flow.SpeaksHTTP
			}
			ways := p.otherMode(r, tls)
			if (r.Mode.V != flow.ModeNone || !p.askedIn(r, "https")) && (len(ways) == 0 || !p.alsoSent(b, tls, r)) {
				ways = append(ways, way(speaking(b, other)))
			}
			if d := wrong(t, b.Speaks.V.String(), ways); d != nil {
				relatedSpeaks(d, b)
			}
		}
		if l := r.NextPort(t); l != nil && !p.model.doubt.spoken(l) && !(t.Port == 0 && p.model.doubt.portsOf(r)) && spokenOn(l, nil) == protocolOf(tls) {
			if d := wrong(t, fmt.Sprintf("%s on :%d", protocolOf(tls), l.Port), append(p.otherMode(r, tls), otherPort(r, t, tls)...)); d != nil {
				related(d, l.At, "proxy %q declares :%d here", l.Proxy.Name, l.Port)
			}
		}
	})
}

// otherMode is the way to give a route the mode in which it sends TLS, or
// plaintext, to its targets, where all of them take that.
func (p *Pass) otherMode(r *flow.Route, tls bool) []diag.Suggestion {
	for _, t := range r.Targets {
		if t.Backend != nil && t.Backend.Speaks.IsSet() && t.Backend.Speaks.V.TLS() != tls {
			return nil
		}
		if l := r.NextPort(t); l != nil && spokenOn(l, nil) != protocolOf(tls) {
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
