package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughHeaders = &Rule{
	Code: "FL202", Name: "passthrough-headers", Severity: diag.Error, Since: "0.1", Scope: ScopeStated,
	Doc: "a passthrough route changes no request or response header",
	Why: "headers are inside the ciphertext; OpenShift's validation: only edge and re-encrypt routes are supported " +
		"for providing customized headers",
	Wire: "the request crosses the proxy as TLS records, as the client encrypted them: the proxy sets and deletes " +
		"no header, and the server gets no X-Forwarded-For. HAProxy warns that http-request needs mode http, and " +
		"starts",
	Bad: `route pay {
    host pay.apps.example.test
    tls passthrough
    header request set X-Forwarded-Proto "https"
    to payments
}
`,
	Good: `route pay {
    host pay.apps.example.test
    tls reencrypt
    header request set X-Forwarded-Proto "https"
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			for _, h := range r.Headers {
				d := p.Report(h.At, "route %q is passthrough: the proxy sees no HTTP and cannot %s the %s header %q", r.Name, h.Do, h.On, h.Name)
				relatedMode(d, r)
				d.Suggest(given(way(remove(inRoute(r), diag.FactHeader, h.At, headerWords(h)...)), "the servers do that themselves, or it is not needed"))
				if w, ok := p.endingTLS(r); ok {
					d.Suggest(w)
				}
			}
		}, flow.ModePassthrough)
	},
}
