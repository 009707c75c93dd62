package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noWeight = &Rule{
	Code: "FL601", Name: "no-weight", Severity: diag.Error, Since: "0.1",
	Doc: "not every weight of a route is zero",
	Why: "then no server is ever chosen: 503 for edge, reencrypt and plain, a bare close for passthrough (OpenShift " +
		"route API, RouteSpec; measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Targets) == 0 || p.meant(r) {
				return
			}
			for _, t := range r.Targets {
				if t.Weight.V != 0 && (t.Backend == nil || someWeight(t.Backend)) {
					return
				}
			}
			p.explainRoute(r, flow.FaultNoServer)
			d := p.Report(r.Targets[0].At, "every weight of route %q is zero: no server is ever chosen", r.Name)
			d.Help = "give one target a weight from 1 to 256, or leave the weights out"
		}, flow.Modes...)
	},
}

func someWeight(b *flow.Backend) bool {
	for _, s := range b.Servers {
		if s.Weight.V != 0 {
			return true
		}
	}
	return len(b.Servers) == 0
}
