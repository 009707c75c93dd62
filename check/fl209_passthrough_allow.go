package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughAllow = &Rule{
	Code: "FL209", Name: "passthrough-allow", Severity: diag.Error, Since: "0.1",
	Doc: "a passthrough route does not allow insecure requests",
	Why: "they would arrive in plaintext at a server that speaks TLS; OpenShift allows None and Redirect here",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Insecure.V == flow.InsecureAllow && r.Insecure.Said() {
				d := p.Report(r.Insecure.At, "route %q is passthrough and cannot allow plaintext: its server speaks TLS", r.Name)
				related(d, r.Mode.At, "passthrough is stated here")
				d.Help = "say insecure redirect, or insecure none"
			}
		}, flow.ModePassthrough)
	},
}
