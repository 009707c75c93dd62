package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var notAdmitted = &Rule{
	Code: "FL606", Name: "not-admitted", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "every route is admitted by a proxy",
	Why: "a controller serves the routes that its selectors match, and a route that none matches has no " +
		"RouteIngress: it is served nowhere (OpenShift, ingress sharding; route API, RouteIngress)",
	Wire: "whichever controller the name leads to shows its default certificate, completes the handshake and " +
		"answers 503 itself; a port that only relays closes after the ClientHello; no server is contacted (measured, " +
		"with a host that no route has)",
	Except: "the route waits for a controller that the model does not state",
	Bad: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Good: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true, tier=web
    tls edge
    to media
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Proxies) > 0 || len(r.On) > 0 || len(p.Topology.Proxies) == 0 || p.meantHost(r) {
				return
			}
			p.explainHost(r)
			at := r.At
			if len(r.Labels) > 0 {
				at = known(r.Labels[0].At, at)
			}
			d := p.Report(at, "no proxy admits route %q: no client gets to it", r.Name)
			for _, proxy := range p.Topology.Proxies {
				for _, s := range append(proxy.Admit, proxy.AdmitNamespaces...) {
					related(d, s.At, fmt.Sprintf("proxy %q admits this", proxy.Name))
				}
			}
			d.Help = fmt.Sprintf("give route %q, or its namespace, labels that a proxy admits; or write on %s after the route's name",
				r.Name, p.Topology.Proxies[0].Name)
		}, flow.Modes...)
	},
}

// meantHost reports whether requests ask for a route's host and all of them
// say that they fail.
func (p *Pass) meantHost(r *flow.Route) bool {
	if r.Host.V == "" {
		return false
	}
	asking := p.model.asked().of(r.Host.V)
	return len(asking) > 0 && !slices.ContainsFunc(asking, func(q *flow.Request) bool { return !expectsFailure(q) })
}
