package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var verifyNone = &Rule{
	Code: "FL406", Name: "verify-none", Severity: diag.Error, Since: "0.2",
	Doc: "a reencrypt route verifies the server",
	Why: "encryption without authentication: whoever stands between proxy and server answers in its place (HAProxy " +
		"configuration manual, verify; measured: 200 from a server of a wrong CA)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			v := r.Upstream.End.Verify
			if !v.Said() || v.V {
				return
			}
			d := p.Report(v.At, "route %q encrypts to whoever answers: it verifies neither CA nor name", r.Name)
			d.Help = "say whose signature and which name the certificate must have: trust CA and name HOST"
		}, flow.ModeReencrypt)
	},
}
