package check

import (
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var passthroughHTTP = &Rule{
	Code: "FL203", Name: "passthrough-http", Severity: diag.Error, Since: "0.1", Scope: ScopeStated,
	Doc: "a passthrough route has no cookie affinity, rewrite or HSTS",
	Why: "they work on HTTP, which the proxy cannot read; the OpenShift router's be_tcp backends have none of them",
	Wire: "the response is byte for byte the server's: the proxy adds no Set-Cookie and no " +
		"Strict-Transport-Security, and the path arrives as the client sent it. The client's next connection goes " +
		"to the next server in turn, which does not know the client",
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
				set   bool
				at    source.Span
				fact  diag.Fact
				value string
				what  string
			}{
				{r.Affinity.IsSet(), r.Affinity.At, diag.FactAffinity, r.Affinity.V, "set the affinity cookie: each connection of a client can get another server"},
				{r.Rewrite.IsSet(), r.Rewrite.At, diag.FactRewrite, r.Rewrite.V, "rewrite the path: the server gets the path that the client sent"},
				{r.HSTS.IsSet(), r.HSTS.At, diag.FactHSTS, inTime(r.HSTS.V), "add the HSTS header: no client gets it"},
				{r.WithoutCertificate.IsSet(), r.WithoutCertificate.At, diag.FactWithoutCertificate, strconv.Itoa(r.WithoutCertificate.V), "answer requests without a client certificate"},
			} {
				if !f.set {
					continue
				}
				d := p.Report(f.at, "route %q is passthrough: the proxy sees no HTTP and cannot %s", r.Name, f.what)
				relatedMode(d, r)
				d.Suggest(given(way(remove(inRoute(r), f.fact, f.at, f.value)), "the servers do that themselves, or it is not needed"))
				if w, ok := p.endingTLS(r); ok {
					d.Suggest(w)
				}
			}
		}, flow.ModePassthrough)
	},
}
