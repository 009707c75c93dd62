package view

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// neighbourhood is what --around leaves of a model: what is named, and what that is
// connected to directly, with the routes by which it is.
type neighbourhood struct {
	in     *Input
	named  map[string]bool // nodes: those that are named, and those of named zones
	routes map[*flow.Route]bool
	passes map[*flow.Route]bool // whose courses have a connection to or from a named node
	nodes  map[string]bool
}

func newNeighbourhood(in *Input) *neighbourhood {
	n := &neighbourhood{in: in, named: map[string]bool{}, routes: map[*flow.Route]bool{}, passes: map[*flow.Route]bool{}, nodes: map[string]bool{}}
	n.name()
	for _, r := range in.Topology.Routes {
		whole := slices.Contains(in.Around, r.Name)
		if whole {
			n.routes[r] = true
		}
		for _, p := range r.Proxies {
			for _, t := range r.Targets {
				n.join(r, whole, p.Name, t.Name())
			}
		}
		for _, f := range r.Refused {
			n.join(r, whole, f.Proxy.Name, f.Proxy.Name)
		}
		for _, l := range n.courses(r) {
			n.course(r, whole, l)
		}
	}
	for _, q := range in.Topology.Requests {
		if l := in.Derive(q); !takesAny(l) {
			n.course(nil, false, l)
		}
	}
	return n
}

// takesAny reports whether a course takes a route.
func takesAny(l *flow.Lifecycle) bool {
	return slices.ContainsFunc(l.Exchanges, func(x *flow.Exchange) bool { return x.Route != nil }) ||
		slices.ContainsFunc(l.Connections, func(c *flow.Connection) bool { return c.Route != nil })
}

// name finds the nodes that are named, a backend for its servers.
func (n *neighbourhood) name() {
	names := map[string]bool{}
	for _, name := range n.in.Around {
		names[name] = true
	}
	add := func(name string, z *flow.Zone) {
		if names[name] || z != nil && names[z.Name] {
			n.named[name], n.nodes[name] = true, true
		}
	}
	for _, c := range n.in.Topology.Clients {
		add(c.Name, c.Zone)
	}
	for _, p := range n.in.Topology.Proxies {
		add(p.Name, p.Zone)
	}
	for _, b := range n.in.Topology.Backends {
		add(b.Name, b.Zone)
		for _, s := range b.Servers {
			if names[b.Name+"/"+s.Name] {
				n.named[b.Name], n.nodes[b.Name] = true, true
			}
		}
	}
}

// courses are the usual course of a route and those of the requests of the model that take
// it.
func (n *neighbourhood) courses(r *flow.Route) []*flow.Lifecycle {
	var out []*flow.Lifecycle
	if l := n.in.meant(r); l != nil {
		out = append(out, l)
	}
	for _, a := range n.in.askedOf(r) {
		out = append(out, n.in.Derive(a.q))
	}
	return out
}

// course joins the two ends of each connection of a course by the route that takes what it
// carries: r at its own proxies, none where r is nil.
func (n *neighbourhood) course(r *flow.Route, whole bool, l *flow.Lifecycle) {
	for _, c := range l.Connections {
		from, to := node(c.From), node(c.To)
		if r != nil && (n.named[from] || n.named[to]) {
			n.passes[r] = true
		}
		if from == to || r != nil && (c.To.Proxy == nil || !slices.Contains(r.Proxies, c.To.Proxy)) {
			continue
		}
		n.join(r, whole, from, to)
	}
}

// join keeps two nodes and the route between them, where one of the three is named.
func (n *neighbourhood) join(r *flow.Route, whole bool, a, b string) {
	if !whole && !n.named[a] && !n.named[b] {
		return
	}
	if r != nil {
		n.routes[r] = true
	}
	n.nodes[a], n.nodes[b] = true, true
}

// around narrows a scope to a neighbourhood.
func (s *scope) around(n *neighbourhood) {
	s.passing = slices.DeleteFunc(slices.Clone(s.routes), func(r *flow.Route) bool { return !n.routes[r] && !n.passes[r] })
	s.routes = slices.DeleteFunc(s.routes, func(r *flow.Route) bool { return !n.routes[r] })
	clear(s.kept)
	for _, r := range s.routes {
		s.kept[r] = true
	}
	s.near = n
	kept := map[string]bool{}
	for name := range n.nodes {
		kept[name] = s.node(name)
	}
	s.nodes = kept
}

// draws reports whether a course is drawn: with --around, one with a connection to or from
// what is named, or one that takes a route that is.
func (s *scope) draws(l *flow.Lifecycle) bool {
	if s.near == nil {
		return true
	}
	return slices.ContainsFunc(l.Connections, func(c *flow.Connection) bool {
		return s.near.named[node(c.From)] || s.near.named[node(c.To)]
	}) || slices.ContainsFunc(s.routes, func(r *flow.Route) bool {
		return slices.Contains(s.in.Around, r.Name) && l.Takes(r)
	})
}

// nearby reports which participants of a course --around leaves: those that are named and
// those that they are connected to; false where none is named.
func nearby(in *Input, l *flow.Lifecycle) (kept map[*flow.Participant]bool, ok bool) {
	n := &neighbourhood{in: in, named: map[string]bool{}, nodes: map[string]bool{}}
	n.name()
	for _, r := range in.Topology.Routes {
		if slices.Contains(in.Around, r.Name) && l.Takes(r) {
			for _, p := range r.Proxies {
				n.named[p.Name] = true
			}
		}
	}
	kept = map[*flow.Participant]bool{}
	for _, p := range l.Participants {
		if n.named[node(p)] {
			kept[p], ok = true, true
		}
	}
	for _, c := range l.Connections {
		if n.named[node(c.From)] || n.named[node(c.To)] {
			kept[c.From], kept[c.To] = true, true
		}
	}
	return kept, ok
}

// aroundFoot says what a picture is limited to.
func aroundFoot(in *Input) []string {
	if len(in.Around) == 0 {
		return nil
	}
	return []string{"around " + strings.Join(in.Around, ", ") + ": what is not connected to it directly is left out"}
}
