package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var upstreamTLSWithoutSession = &Rule{
	Code: "FL205", Name: "upstream-without-session", Severity: diag.Error, Since: "0.1",
	Doc: "only a reencrypt route states how the server is verified",
	Why: "behind edge and none the proxy speaks plaintext to the server, and there is no TLS to verify; OpenShift's " +
		"validation: edge termination does not support destination certificates",
	Wire: "there is no ClientHello towards the server: after the client's handshake the request goes on in plaintext, " +
		"cookies and X-Forwarded headers included, to any process that answers at that address. No certificate is asked for, so " +
		"none can fail",
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
			d := p.Report(r.Upstream.At, "route %q is %s: the proxy sends plaintext to %s, and verifies nothing", r.Name, modeOf(r), endOf(r))
			related(d, r.Mode.At, "the mode is stated here")
			d.Suggest(way(removeUpstream(r)))
			if steps, ok := p.reencrypting(r); ok {
				d.Suggest(way(steps...))
			}
		}, flow.ModeNone, flow.ModeEdge)
	},
}
