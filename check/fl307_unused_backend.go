package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unusedBackend = &Rule{
	Code: "FL307", Name: "unused-backend", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "every backend is the target of a route",
	Why: "it gets no request. HAProxy accepts such a section without a warning (HAProxy configuration manual, " +
		"backend)",
	Wire: "its servers get no connection except health checks. So they serve no client, and no client notices if " +
		"they fail",
	Except: "the backend is a reserve, or something outside the model sends requests to it",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-green
}
backend shop-blue
backend shop-green
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-blue weight 90
    to shop-green weight 10
}
backend shop-blue
backend shop-green
`,
	Run: func(p *Pass) {
		unread := func(u flow.Unmodelled) bool { return u.Anywhere }
		if slices.ContainsFunc(p.Topology.Unmodelled, unread) {
			return // what is not modelled may lead there
		}
		led := map[string]bool{}
		for _, u := range p.Topology.Unmodelled {
			led[u.Leads] = true
		}
		used := map[*flow.Backend]bool{}
		for _, r := range p.Topology.Routes {
			for _, t := range r.Targets {
				used[t.Backend] = true
			}
		}
		for _, q := range p.Topology.Requests {
			used[q.Check] = true
		}
		for _, b := range p.Topology.Backends {
			if used[b] || led[b.Name] || b.Imported() || b.Supplied() || len(p.Topology.Routes) == 0 {
				continue
			}
			d := p.Report(b.At, "no route leads to backend %q: it gets no request", b.Name)
			d.Suggest(p.withoutBackend(b))
		}
	},
}
