package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noServer = &Rule{
	Code: "FL603", Name: "no-server", Severity: diag.Error, Since: "0.2",
	Doc: "every route has a usable server",
	Why: "a usable server is up and has a weight above zero. Without one the balancer cannot choose any (HAProxy " +
		"configuration manual, 5.2, disabled and weight; OpenShift route API, RouteSpec)",
	Wire: "in edge, reencrypt and plain the proxy itself answers 503 at once, inside the client's session. In " +
		"passthrough it sends FIN after the ClientHello, without an alert or a status. It connects to no server " +
		"(measured)",
	Except: "the service is scaled down on purpose: declare that in its request with expect 503, or expect close in " +
		"passthrough",
	Bad: `backend cart {
    server cart-1 10.0.1.11:8080 down
    server cart-2 10.0.1.12:8080 down
}

route cart {
    host cart.apps.example.test
    tls edge
    to cart
}
`,
	Good: `backend cart {
    server cart-1 10.0.1.11:8080 down
    server cart-2 10.0.1.12:8080
}

route cart {
    host cart.apps.example.test
    tls edge
    to cart
}
`,
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
			if !weighed || p.expectedFailure(r, flow.FaultNoServer) {
				return
			}
			p.explainRoute(r, flow.FaultNoServer)
			t := r.Targets[slices.IndexFunc(r.Targets, func(t *flow.Target) bool { return t.Weight.V > 0 })]
			b := t.Backend
			d := p.Report(t.At, "%s", so(fmt.Sprintf("route %q has no usable server, as %s", r.Name, whyUnusable(b)), p.clientsGet(r, flow.FaultNoServer)))
			if b != nil {
				related(d, b.At, "backend %q is declared here", b.Name)
			}
			d.Suggest(reviving(r)...)
		}, flow.Modes...)
	},
}

// whyUnusable says why no server of a backend can be chosen.
func whyUnusable(b *flow.Backend) string {
	down, unweighted := 0, 0
	for _, s := range b.Servers {
		switch {
		case s.State.V == flow.ServerDown:
			down++
		case s.Weight.V == 0:
			unweighted++
		}
	}
	switch {
	case len(b.Servers) == 0:
		return fmt.Sprintf("backend %q has none", b.Name)
	case unweighted == 0:
		return fmt.Sprintf("every server of backend %q is down", b.Name)
	case down == 0:
		return fmt.Sprintf("every server of backend %q has weight 0", b.Name)
	}
	return fmt.Sprintf("every server of backend %q is down or has weight 0", b.Name)
}

// reviving are the ways to have a server of a route that can be tried: one that
// is there, else a new one.
func reviving(r *flow.Route) []diag.Suggestion {
	for _, t := range r.Targets {
		if t.Backend == nil || t.Weight.V == 0 {
			continue
		}
		if len(t.Backend.Servers) == 0 {
			return []diag.Suggestion{way(diag.Step{Do: diag.Change, In: inBackend(t.Backend), Fact: diag.FactServer, Was: []string{"none"}, Value: []string{t.Backend.Name + "-1"}})}
		}
		return []diag.Suggestion{way(usable(t.Backend.Servers[0])...)}
	}
	return nil
}
