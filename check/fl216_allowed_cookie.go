package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var allowedCookie = &Rule{
	Code: "FL216", Name: "allowed-cookie", Severity: diag.Warning, Since: "0.2", Scope: ScopeStated,
	Doc: "a route with an affinity cookie does not allow plaintext",
	Why: "the cookie is sent in plaintext and loses its Secure attribute (OpenShift router template: secure only " +
		"if the policy is not Allow; measured)",
	Wire: "the request on :80 gets 200 like the request on :443, and its Set-Cookie has no Secure. From then on the " +
		"client sends the cookie also over http://. Anyone who reads such a request can use the cookie, and " +
		"reaches the same server as this client",
	Except: "the cookie contains only a server's name, and the pages are public",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    insecure allow
    affinity cookie shop-node
    to shop
}
backend shop {
    server shop-1, shop-2
}
request typed { get http://shop.apps.example.test/cart }
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    insecure redirect
    affinity cookie shop-node
    to shop
}
backend shop {
    server shop-1, shop-2
}
request typed {
    get http://shop.apps.example.test/cart
    follow
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !r.Affinity.IsSet() || r.Insecure.V != flow.InsecureAllow {
				return
			}
			d := p.Report(r.Insecure.At, "route %q allows plaintext: its cookie %q is sent without Secure, for anyone to read", r.Name, r.Affinity.V)
			related(d, r.Affinity.At, "route %q states the cookie here", r.Name)
			d.Suggest(way(p.redirecting(r)...))
		}, flow.ModeEdge, flow.ModeReencrypt)
	},
}
