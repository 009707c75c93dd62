package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// Steps by which one of two routes that are in each other's way goes.

// withoutRoute is the way to remove a route, and the backends that it alone
// leads to.
func (p *Pass) withoutRoute(r *flow.Route) diag.Suggestion {
	if len(r.Group) > 0 {
		return way(withoutHost(r))
	}
	steps := []diag.Step{removeAll(inRoute(r))}
	for _, t := range r.Targets {
		others := slices.ContainsFunc(p.Topology.Routes, func(o *flow.Route) bool {
			return o != r && slices.ContainsFunc(o.Targets, func(ot *flow.Target) bool { return ot.Backend == t.Backend })
		})
		if t.Backend != nil && !others && !t.Backend.Supplied() {
			steps = append(steps, removeAll(inBackend(t.Backend)))
		}
	}
	return way(steps...)
}

// withoutHost is the step by which a route is not for its host: of several, the others
// stay.
func withoutHost(r *flow.Route) diag.Step {
	if len(r.Group) == 0 {
		return remove(inRoute(r), diag.FactHost, r.Host.At, r.Host.V)
	}
	var was, others []string
	for _, o := range r.Group {
		was = append(was, o.Host.V)
		if o != r {
			others = append(others, o.Host.V)
		}
	}
	return change(inRoute(r), diag.FactHost, r.Host.At, was, others...)
}

// withoutTraffic is the way to remove a route that no traffic is meant to take: the
// requests that take it go as well, except those that fail as they expect.
func (p *Pass) withoutTraffic(r *flow.Route) diag.Suggestion {
	steps := p.withoutRoute(r).Steps
	for _, q := range p.model.asked().taking[r] {
		if c := p.course(q); !q.Derived && (c.cause == nil || !c.expected || !expectsFailure(q)) {
			steps = append(steps, removeAll(inRequest(q)))
		}
	}
	return given(way(steps...), "no traffic is meant to take route %q", r.Name)
}

// withoutBackend is the way to remove a backend to which no route leads, with the requests
// that expect an answer of it.
func (p *Pass) withoutBackend(b *flow.Backend) diag.Suggestion {
	steps := []diag.Step{removeAll(inBackend(b))}
	for _, q := range p.Topology.Requests {
		named := func(e flow.Expect) bool { return e.From == b.Name || strings.HasPrefix(e.From, b.Name+"/") }
		if !q.Derived && slices.ContainsFunc(q.Expect, named) {
			steps = append(steps, removeAll(inRequest(q)))
		}
	}
	return given(way(steps...), "no route is meant to lead to it")
}

// oneOf are the ways to keep one of two routes that claim the same: the one of
// which requests expect an answer, where they do of one of the two, else the
// one that is chosen.
func (p *Pass) oneOf(chosen, other *flow.Route) []diag.Suggestion {
	switch a, b := p.expectedOf(chosen), p.expectedOf(other); {
	case a && b:
		return nil
	case b:
		return []diag.Suggestion{given(p.withoutRoute(chosen), "route %q is meant to take the requests of both", other.Name)}
	}
	return []diag.Suggestion{given(p.withoutRoute(other), "route %q is meant to take the requests of both", chosen.Name)}
}

// expectedOf reports whether a request expects its outcome from a server of a
// route.
func (p *Pass) expectedOf(r *flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool {
		return slices.ContainsFunc(q.Expect, func(e flow.Expect) bool {
			return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
				return t.Backend != nil && strings.HasPrefix(e.From, t.Backend.Name+"/")
			})
		})
	})
}

// freeRoute is a name that no route of a namespace has yet.
func (p *Pass) freeRoute(namespace, base string) string {
	return strings.TrimPrefix(freeName(namespace+"/"+base, p.Topology.Routes, func(r *flow.Route) string { return r.Name }), namespace+"/")
}
