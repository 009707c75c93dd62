package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var passthroughHTTP = &Rule{
	Code: "FL203", Name: "passthrough-http", Severity: diag.Error, Since: "0.1", Scope: ScopeStated,
	Doc: "a passthrough route has no cookie affinity, rewrite or HSTS",
	Why: "they work on HTTP, which the proxy does not see; the OpenShift router's be_tcp backends have none of them",
	Wire: "the answer is byte for byte the server's: no Set-Cookie and no Strict-Transport-Security is added, and the path " +
		"arrives as the client wrote it. The client's next connection goes to the next server in turn, which does not " +
		"know it",
	Bad: `route shop {
    host shop.apps.example.test
    tls passthrough
    affinity cookie shop-node
    to shop
}
backend shop {
    server shop-1, shop-2
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls reencrypt
    affinity cookie shop-node
    to shop
}
backend shop {
    server shop-1, shop-2
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			for _, f := range []struct {
				at   source.Span
				what string
			}{
				{r.Affinity.At, "set the affinity cookie: clients change servers"},
				{r.Rewrite.At, "rewrite the path: the server gets it as it is"},
				{r.HSTS.At, "add the HSTS header: no client gets it"},
			} {
				if !f.at.Known() {
					continue
				}
				d := p.Report(f.at, "route %q is passthrough, sees no HTTP and cannot %s", r.Name, f.what)
				related(d, r.Mode.At, "passthrough is stated here")
				d.Help = "let the server do it, or " + endTLS(r)
			}
		}, flow.ModePassthrough)
	},
}
