package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughHost = &Rule{
	Code: "FL305", Name: "passthrough-host", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "the host of a passthrough route is the host of no other TLS route",
	Why: "the proxy reads the SNI first, so the passthrough route takes all TLS of the host, whatever the path. " +
		"OpenShift's router refuses a younger TLS route; it admits a younger passthrough route, and the older " +
		"route then gets no TLS request (hostindex, hasExistingMatch; measured)",
	Wire: "every ClientHello with that SNI is relayed to the passthrough server. It gets the requests of the other " +
		"route and answers them itself, mostly with 404. Only plaintext requests still reach the other route",
	Bad: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
route console {
    host vault.apps.example.test
    path /ui
    tls edge
    to console
}
request look { get https://vault.apps.example.test/ui }
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
route console {
    host console.apps.example.test
    path /ui
    tls edge
    to console
}
request look { get https://console.apps.example.test/ui }
`,
	Run: func(p *Pass) {
		first := once[*flow.Route]()
		p.pairs(func(proxy *flow.Proxy, a, b *flow.Route) {
			if b.Mode.V == flow.ModePassthrough {
				a, b = b, a
			}
			other := a.NamespaceName() != b.NamespaceName() && a.NamespaceName() != "" && b.NamespaceName() != ""
			if other || a.SNI.V != flow.SNIHost || !flow.SameHost(proxy, a, b) || !overtakes(proxy, a, b) || !first(b) {
				return
			}
			p.explainHost(missing{route: b, taker: a})
			d := p.Report(hostAt(b), "%s", takesAll(proxy, a, []*flow.Route{b}))
			related(d, hostAt(a), "passthrough route %q states the host here", a.Name)
			if w, ok := p.endingTLS(a); ok && !sameClaim(proxy, a, b) {
				d.Suggest(w)
			}
			d.Suggest(p.oneOf(a, b)...)
		})
	},
}
