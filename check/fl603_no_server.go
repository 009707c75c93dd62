package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noServer = &Rule{
	Code: "FL603", Name: "no-server", Severity: diag.Error, Since: "0.2",
	Doc: "every route has a server that can be tried",
	Why: "503 from the proxy for edge, reencrypt and plain, a bare close for passthrough (OpenShift route API; measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			weighed := false
			for _, t := range r.Targets {
				if t.Weight.V == 0 {
					continue
				}
				if t.Backend == nil {
					return
				}
				weighed = weighed || someWeight(t.Backend)
				for _, s := range t.Backend.Servers {
					if s.Usable() {
						return
					}
				}
			}
			if !weighed || p.meant(r) {
				return
			}
			p.explainRoute(r, flow.FaultNoServer)
			b := r.Targets[0].Backend
			d := p.Report(r.Targets[0].At, "route %q has no server that can be tried", r.Name)
			if b != nil {
				related(d, b.At, "declared here")
			}
			d.Help = "give the backend a server that is up and has a weight"
		}, flow.Modes...)
	},
}
