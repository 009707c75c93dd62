package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughAllow = &Rule{
	Code: "FL209", Name: "passthrough-allow", Severity: diag.Error, Since: "0.1", Scope: ScopeStated,
	Doc: "a passthrough route does not allow plaintext requests",
	Why: "the server speaks TLS and cannot serve a plaintext request. OpenShift's validation: for passthrough " +
		"routes insecureEdgeTerminationPolicy is None or Redirect",
	Wire: "a plaintext request that is relayed to a server that expects a ClientHello gets 400. OpenShift refuses " +
		"the route. Without allow the proxy answers 503 itself, with redirect 302",
	Bad: `route vault {
    host vault.apps.example.test
    tls passthrough
    insecure allow
    to vault
}
request typed { get http://vault.apps.example.test/ }
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    insecure redirect
    to vault
}
request typed { get http://vault.apps.example.test/ }
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Insecure.V == flow.InsecureAllow && r.Insecure.IsSet() {
				d := p.Report(r.Insecure.At, "%s", so(fmt.Sprintf("route %q is passthrough and cannot allow plaintext, as its servers speak TLS", r.Name), p.clientsGet(r, flow.FaultInsecure)))
				relatedMode(d, r)
				d.Suggest(way(p.redirecting(r)...))
				if !p.askedIn(r, "http") {
					d.Suggest(way(insecure(r, flow.InsecureNone)))
				}
				p.explainHost(missing{route: r, faults: []flow.Fault{flow.FaultInsecure}})
			}
		}, flow.ModePassthrough)
	},
}
