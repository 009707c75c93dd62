package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noDrain = &Rule{
	Code: "FL602", Name: "no-drain", Severity: diag.Warning, Since: "0.2",
	Doc: "a passthrough route has no target of weight zero with servers that are up: it does not drain them",
	Why: "in edge and reencrypt a cookie keeps a client at a target of weight zero. Passthrough has no cookie, and " +
		"OpenShift's router removes such servers from its configuration at once (its template: \"ne $weight 0\" " +
		"for passthrough, \"ge $weight 0\" for the others)",
	Wire: "the next connection of a client that was at this target goes to another one, which does not know its " +
		"tickets and cookies: there is a full handshake instead of a resumed one, and the user must log in again. " +
		"No alert and no status reports it",
	Except: "no client has to stay there, because the servers share their state, or were never in use",
	Bad: `backend shop-blue {
    server blue-1, blue-2
}
backend shop-green {
    server green-1, green-2
}

route shop {
    host shop.apps.example.test
    tls passthrough
    to shop-blue weight 0
    to shop-green weight 100
}
`,
	Good: `backend shop-blue {
    server blue-1, blue-2
}
backend shop-green {
    server green-1, green-2
}

route shop {
    host shop.apps.example.test
    tls passthrough
    to shop-blue weight 1
    to shop-green weight 100
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			some := false
			for _, t := range r.Targets {
				some = some || t.Weight.V > 0
			}
			for _, t := range r.Targets {
				if !some || !t.Weight.IsSet() || t.Weight.V != 0 || !inUse(t) {
					continue
				}
				d := p.Report(t.Weight.At, "passthrough route %q sends no client to %s at weight 0, not even those that used it before: the proxy cannot see in TLS which these are", r.Name, targetOf(t))
				one := diag.Step{Do: diag.Change, In: inTarget(r, t), Fact: diag.FactWeight, At: t.Weight.At, Was: []string{"0"}, Value: []string{"1"}}
				if !p.expectedOf(r) { // otherwise the balance changes which server answers
					d.Suggest(given(way(one), "clients still use %s, which then also gets new ones", targetOf(t)))
				}
				d.Suggest(p.withoutTarget(r, t))
			}
		}, flow.ModePassthrough)
	},
}

// inUse reports whether a target has a server that a client could be at.
func inUse(t *flow.Target) bool {
	return t.Backend == nil || slices.ContainsFunc(t.Backend.Servers, (*flow.Server).Usable)
}

// withoutTarget is the way to remove a target of a route, and its backend where
// no other route leads there.
func (p *Pass) withoutTarget(r *flow.Route, t *flow.Target) diag.Suggestion {
	steps := []diag.Step{removeAll(inTarget(r, t))}
	if t.Backend != nil && !t.Backend.Supplied() && !p.alsoLeads(t.Backend, r) {
		steps = append(steps, removeAll(inBackend(t.Backend)))
	}
	return given(way(steps...), "no client uses %s any more", targetOf(t))
}

// alsoLeads reports whether another route leads to a backend, or a request
// checks it.
func (p *Pass) alsoLeads(b *flow.Backend, but *flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return r != but && slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	}) || slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool { return q.Check == b })
}
