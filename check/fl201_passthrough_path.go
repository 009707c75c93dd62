package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughPath = &Rule{
	Code: "FL201", Name: "passthrough-path", Severity: diag.Error, Since: "0.1", Scope: ScopeStated,
	Doc: "a passthrough route matches no path, method, header or cookie: they are encrypted",
	Why: "the proxy relays the client's TLS and reads no further than the ClientHello (RFC 8446, 9.3); " +
		"OpenShift refuses the route: passthrough termination does not support paths",
	Wire: "the path is sent inside the client's own session with the server, after the handshake. The proxy has " +
		"read the SNI, the ALPN and the versions, and relays every byte unchanged: the server gets every path of " +
		"the host, and nothing reports it. OpenShift refuses the route, and the host is not served",
	Bad: `route vault {
    host vault.apps.example.test
    path /v1
    tls passthrough
    to vault
}
`,
	Good: `route vault {
    host vault.apps.example.test
    path /v1
    tls reencrypt
    to vault
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Path.IsSet() && r.Path.V != "" {
				d := p.Report(r.Path.At, "route %q cannot match the path %q, as it is passthrough: HTTP is encrypted, and the route takes every request", r.Name, r.Path.V)
				relatedMode(d, r)
				d.Suggest(way(remove(inRoute(r), diag.FactPath, r.Path.At, r.Path.V)))
				if w, ok := p.endingTLS(r); ok {
					d.Suggest(w)
				}
			}
			for _, m := range unseen(r) {
				d := p.Report(m.At, "route %q cannot match the %s, as it is passthrough: HTTP is encrypted, and the route takes every request", r.Name, askedAbout(m))
				relatedMode(d, r)
				d.Suggest(way(withoutMatch(r, m)))
				if w, ok := p.endingTLS(r); ok {
					d.Suggest(w)
				}
			}
		}, flow.ModePassthrough)
	},
}
