package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var upstreamTLSWithoutSession = &Rule{
	Code: "FL205", Name: "upstream-without-session", Severity: diag.Error, Since: "0.1",
	Doc: "only a reencrypt route states how the server is verified",
	Why: "in the modes none and edge, the proxy sends plaintext to the server, so there is no TLS to verify. " +
		"OpenShift's validation: edge termination does not support destination certificates",
	Wire: "the proxy sends no ClientHello to the server. After the client's handshake it sends the request in " +
		"plaintext, with cookies and X-Forwarded headers, to any process that listens at that address. It asks " +
		"for no certificate, so no verification can fail",
	Bad: `ca service-ca

route shop {
    host shop.apps.example.test
    tls edge {
        trust service-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Good: `ca service-ca

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust service-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !r.Upstream.IsSet() {
				return
			}
			d := p.Report(r.Upstream.At, "route %q is %s: the proxy sends plaintext to %s, and the settings in this block have no effect", r.Name, modeOf(r), endOf(r))
			d.Suggest(way(removeUpstream(r)))
			if steps, ok := p.reencrypting(r); ok {
				d.Suggest(because(way(steps...), "the settings then have an effect"))
			}
		}, flow.ModeNone, flow.ModeEdge)
	},
}
