package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// plaintextHop is a hop of a route that is plaintext, in words, and what makes
// it so, a statement of a route, with the ways to mend it; "" where there is none.
func (p *Pass) plaintextHop(r *flow.Route) (where string, by *flow.Route, at source.Span, ways []diag.Suggestion) {
	switch {
	case r.Mode.V == flow.ModeNone && !r.Relayed():
		return "each hop from client to server", r, known(r.Mode.At, r.At), p.encrypting(r)
	case r.Mode.V == flow.ModeEdge:
		return "the hop to " + endOf(r), r, r.Mode.At, p.encrypting(r)
	case r.Insecure.V == flow.InsecureAllow && p.anyHTTP(r):
		return "the hop from client to proxy", r, r.Insecure.At, []diag.Suggestion{way(p.redirecting(r)...)}
	}
	p.over(r, func(path *flow.Path) bool {
		for i, h := range path.Hops {
			plain := slices.ContainsFunc(path.Classes, func(c *flow.Class) bool { return c.Summary.Plain[i] })
			if plain && h.From != nil && h.Route != r {
				p.on = []*flow.Path{path}
				where = fmt.Sprintf("the hop from proxy %q to %s", h.From.Name, farEndOf(h).name)
				by, at, ways = h.Route, h.Route.Mode.At, p.encrypting(h.Route)
			}
		}
		return where == ""
	})
	return where, by, at, ways
}

// anyHTTP reports whether a port takes plaintext for the route.
func (p *Pass) anyHTTP(r *flow.Route) bool {
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if l.Kind == flow.ListenHTTP && l.Takes(r) {
				return true
			}
		}
	}
	return false
}

// plainHop is a connection over which a request was sent in plaintext.
type plainHop struct {
	from, to hopEnd
	client   bool        // opened it
	route    *flow.Route // by which its opener chose it; of a client's, the route that answered
}

// hopEnd is one end of a hop, in words: backend "shop".
type hopEnd struct {
	name string
	zone *flow.Zone
}

// plainHops are the connections of a lifecycle on which a request that a
// server was asked travelled in plaintext.
func plainHops(lc *flow.Lifecycle) []plainHop {
	var out []plainHop
	seen := map[*flow.Connection]bool{}
	for _, s := range lc.Steps {
		x := s.Exchange
		if s.Op != flow.OpRequest || s.Protected || x == nil || x.Server == nil || seen[s.Connection] {
			continue
		}
		seen[s.Connection] = true
		r := s.Connection.Route
		if r == nil {
			r = x.Route
		}
		if r == nil || s.From.Kind == flow.KindInner || s.To.Kind == flow.KindInner {
			continue
		}
		out = append(out, plainHop{
			from: hopEnd{inKind(s.From), s.From.Zone}, to: hopEnd{inKind(s.To), s.To.Zone},
			client: s.From.Kind == flow.KindClient, route: r,
		})
	}
	return out
}
