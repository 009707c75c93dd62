package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var allowedCookie = &Rule{
	Code: "FL216", Name: "allowed-cookie", Severity: diag.Warning, Since: "0.2",
	Doc: "a route with an affinity cookie does not allow plaintext",
	Why: "the cookie travels in clear and loses its Secure attribute (OpenShift router template: secure only where the " +
		"policy is not Allow; measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !r.Affinity.Said() || r.Insecure.V != flow.InsecureAllow {
				return
			}
			d := p.Report(r.Insecure.At, "route %q allows plaintext, in which its cookie %q is readable", r.Name, r.Affinity.V)
			related(d, r.Affinity.At, "the cookie is set here")
			d.Help = "say insecure redirect"
		}, flow.ModeEdge, flow.ModeReencrypt)
	},
}
