package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// scope is what --only, --route and --around leave of a model. A route is kept if it is
// named, or, where no route is named, if one of its nodes is; a node is kept if
// it, or a server of it, is named or a kept route needs it.
type scope struct {
	in     *Input
	routes []*flow.Route
	kept   map[*flow.Route]bool // the same
	nodes  map[string]bool      // nil: all
	near   *neighbourhood       // of --around; nil without
	// passing are the routes whose courses are drawn where they pass what is kept: with
	// --around more than those that are kept themselves.
	passing []*flow.Route
}

func newScope(in *Input) *scope {
	s := choose(in)
	if len(in.Around) > 0 {
		s.around(newNeighbourhood(in))
	} else {
		s.passing = s.routes
	}
	return s
}

// choose is what --only and --route leave.
func choose(in *Input) *scope {
	s := &scope{in: in, kept: map[*flow.Route]bool{}}
	if in.Extract != nil {
		s.extract(in.Extract)
		return s
	}
	names := named(in)
	all := in.Topology.Routes
	if in.Route != nil {
		all = []*flow.Route{in.Route}
		if len(in.Route.Group) > 0 {
			all = in.Route.Group
		}
	}
	byName := slices.ContainsFunc(all, func(r *flow.Route) bool { return slices.Contains(in.Only, r.Name) })
	for _, r := range all {
		switch {
		case len(in.Only) == 0, byName && slices.Contains(in.Only, r.Name):
			s.keep(r)
		case !byName && slices.ContainsFunc(nodesOf(r), func(n string) bool { return names[n] }):
			s.keep(r)
		}
	}
	if len(in.Only) == 0 && in.Route == nil {
		return s
	}
	s.nodes = names
	s.needed()
	return s
}

// extract is what a caller chose: these routes with what they lead over, and these nodes.
func (s *scope) extract(p *Extract) {
	s.nodes = map[string]bool{}
	for _, n := range p.Nodes {
		s.nodes[n] = true
	}
	for _, r := range s.in.Topology.Routes {
		if slices.Contains(p.Routes, r) {
			s.keep(r)
		}
	}
	s.needed()
}

// needed keeps the nodes that the kept routes need.
func (s *scope) needed() {
	for _, r := range s.routes {
		for _, n := range nodesOf(r) {
			s.nodes[n] = true
		}
		if l := s.in.meant(r); l != nil {
			for _, p := range l.Participants {
				s.nodes[node(p)] = true
			}
		}
	}
}

func (s *scope) keep(r *flow.Route) {
	s.routes = append(s.routes, r)
	s.kept[r] = true
}

// named are the names that --only has, a backend for its servers ("shop/shop-1").
func named(in *Input) map[string]bool {
	out := map[string]bool{}
	for _, n := range in.Only {
		out[n] = true
	}
	for _, b := range in.Topology.Backends {
		for _, s := range b.Servers {
			if out[b.Name+"/"+s.Name] {
				out[b.Name] = true
			}
		}
	}
	return out
}

// nodesOf names the proxies and targets of a route.
func nodesOf(r *flow.Route) []string {
	var out []string
	for _, p := range r.Proxies {
		out = append(out, p.Name)
	}
	for _, f := range r.Refused {
		out = append(out, f.Proxy.Name)
	}
	for _, t := range r.Targets {
		out = append(out, t.Name())
	}
	return out
}

// node reports whether a client, proxy or backend is kept.
func (s *scope) node(name string) bool { return s.nodes == nil || s.nodes[name] }

// route reports whether a route is kept.
func (s *scope) route(r *flow.Route) bool { return s.kept[r] }

// collapse reports whether the caller asks to fold a kind of thing.
func (s *scope) collapse(what string) bool { return slices.Contains(s.in.Collapse, what) }

// routesOn returns the kept routes of a proxy in the order of evaluation.
func (s *scope) routesOn(p *flow.Proxy) []*flow.Route {
	var out []*flow.Route
	for _, r := range p.Routes {
		if s.route(r) {
			out = append(out, r)
		}
	}
	return out
}
