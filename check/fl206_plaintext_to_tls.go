package check

import (
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
		"and closes, and the client gets that 400 in its TLS session. One attempt: an answer is an answer",
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
		p.routes(func(r *flow.Route) { p.speaks(r, true, "say tls reencrypt, or let the backend speak http") },
			flow.ModeNone, flow.ModeEdge)
	},
}

// speaks reports backends that state to speak TLS, or plaintext, where the
// route's mode sends them the other. A port that relays is the server's own.
func (p *Pass) speaks(r *flow.Route, tls bool, help string) {
	if r.Mode.V == flow.ModeNone && relayed(r) {
		return
	}
	backends(r, func(b *flow.Backend, at source.Span) {
		if !b.Speaks.Said() || b.Speaks.V.TLS() != tls {
			return
		}
		sent := map[flow.Mode]string{
			flow.ModeNone: "plaintext", flow.ModeEdge: "plaintext",
			flow.ModeReencrypt: "a ClientHello", flow.ModePassthrough: "the client's ClientHello",
		}[r.Mode.V]
		p.explainRoute(r, flow.FaultProtocol)
		d := p.Report(at, "route %q is %s and sends %s to %q, which speaks %s", r.Name, r.Mode.V, sent, b.Name, b.Speaks.V)
		related(d, b.Speaks.At, "declared here")
		d.Help = help
	})
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
