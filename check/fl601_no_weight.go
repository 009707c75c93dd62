package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noWeight = &Rule{
	Code: "FL601", Name: "no-weight", Severity: diag.Error, Since: "0.1",
	Doc: "at least one target of a route has a weight above zero",
	Why: "a target with weight zero gets no requests. If all targets have weight zero, the client gets 503 " +
		"(OpenShift route API, RouteSpec; HAProxy configuration manual, 5.2, weight)",
	Wire: "in edge, reencrypt and plain the proxy itself answers 503 at once, inside the client's session. In " +
		"passthrough it sends FIN after the ClientHello, without an alert or a status. It connects to no server " +
		"(measured)",
	Except: "the route is switched off on purpose: declare that in its request with expect 503, or expect close in " +
		"passthrough",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-blue weight 0
    to shop-green weight 0
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-blue weight 0
    to shop-green weight 100
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Targets) == 0 || p.expectedFailure(r, flow.FaultNoServer) {
				return
			}
			for _, t := range r.Targets {
				if t.Weight.V != 0 && (t.Backend == nil || someWeight(t.Backend)) {
					return
				}
			}
			p.explainRoute(r, flow.FaultNoServer)
			d := p.Report(r.Targets[0].At, "%s", so(fmt.Sprintf("no server of route %q can be chosen, as every target or server of it has weight 0", r.Name),
				p.clientsGet(r, flow.FaultNoServer)))
			for _, t := range r.Targets {
				relatedWeights(d, t)
			}
			d.Suggest(way(weighing(r)...))
		}, flow.Modes...)
	},
}

// relatedWeights names the weights of zero by which a target gets nothing: its own, else those
// of its servers.
func relatedWeights(d *diag.Diagnostic, t *flow.Target) {
	if t.Weight.V == 0 {
		related(d, t.Weight.At, "target %q has weight 0 here", t.Name())
		return
	}
	for _, s := range t.Backend.Servers {
		if len(d.Related) < few {
			related(d, s.Weight.At, "server %q of backend %q has weight 0 here", s.Name, t.Backend.Name)
		}
	}
}

func someWeight(b *flow.Backend) bool {
	for _, s := range b.Servers {
		if s.Weight.V != 0 {
			return true
		}
	}
	return len(b.Servers) == 0
}

// weighing are the steps by which a target of a route has a weight, and a server
// of it: the last one, which is the one that a change ends with.
func weighing(r *flow.Route) []diag.Step {
	t := r.Targets[len(r.Targets)-1]
	var steps []diag.Step
	if t.Weight.V == 0 {
		steps = append(steps, diag.Step{Do: diag.Change, In: inTarget(r, t), Fact: diag.FactWeight, At: t.Weight.At, Was: []string{"0"}, Value: []string{"1"}})
	}
	if t.Backend != nil && !slices.ContainsFunc(t.Backend.Servers, (*flow.Server).Usable) && len(t.Backend.Servers) > 0 {
		steps = append(steps, usable(t.Backend.Servers[0])...)
	}
	return steps
}

// usable are the steps by which a server is up and has a weight.
func usable(s *flow.Server) []diag.Step {
	var steps []diag.Step
	if s.Weight.V == 0 {
		steps = append(steps, diag.Step{Do: diag.Change, In: inServer(s), Fact: diag.FactWeight, At: s.Weight.At, Was: []string{"0"}, Value: []string{"1"}})
	}
	if s.State.V == flow.ServerDown {
		steps = append(steps, remove(inServer(s), diag.FactState, s.State.At, "down"))
	}
	return steps
}
