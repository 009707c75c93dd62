package diff

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// Parties are routes, clients, proxies and backends of a topology.
type Parties []any

// Routes are the routes among parties.
func (p Parties) Routes() []*flow.Route {
	var out []*flow.Route
	for _, x := range p {
		if r, ok := x.(*flow.Route); ok {
			out = append(out, r)
		}
	}
	return out
}

// Nodes are the names of the clients, proxies and backends among parties.
func (p Parties) Nodes() []string {
	var out []string
	for _, x := range p {
		switch x.(type) {
		case *flow.Client, *flow.Proxy, *flow.Backend:
			out = append(out, declOf(x).Name)
		}
	}
	return out
}

// mostSubjects is of how many subjects of a difference the routes are looked at.
const mostSubjects = 64

// Touched lists the parties of each topology that differences are about, of the gravest first: at
// most so many routes, and as many others. all is how many routes there are.
func (r *Result) Touched(most int) (old, is Parties, all int) {
	seen := map[any]bool{}
	nodes := 0
	add := func(x any, isNew bool) {
		if x == nil || seen[x] {
			return
		}
		o := r.pairs.of[x].other
		seen[x] = true
		if o != nil {
			seen[o] = true
		}
		n := &nodes
		if _, ok := x.(*flow.Route); ok {
			n = &all
		}
		if *n++; *n > most {
			return
		}
		if isNew {
			x, o = o, x
		}
		if x != nil {
			old = append(old, x)
		}
		if o != nil {
			is = append(is, o)
		}
	}
	for _, d := range r.Differences {
		for _, s := range d.Subjects[:min(len(d.Subjects), mostSubjects)] {
			for i, c := range []Course{s.Old, s.New} {
				for _, route := range routesOf(c) {
					add(route, i == 1)
				}
			}
		}
		for _, ch := range d.Causes {
			for _, x := range ch.about {
				switch x.(type) {
				case *flow.Route, *flow.Client, *flow.Proxy, *flow.Backend:
					add(x, !r.isOld(x))
				}
			}
		}
	}
	return old, is, all
}

// routesOf are the routes on a course.
func routesOf(c Course) []*flow.Route {
	if c.Path == nil {
		return nil
	}
	var out []*flow.Route
	add := func(r *flow.Route) {
		if r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	add(c.Path.Route)
	for i := range c.Path.Hops {
		add(c.Path.Hops[i].Route)
		add(c.Path.Hops[i].Relayed)
	}
	return out
}

// isOld reports whether a declaration is one of the old topology.
func (r *Result) isOld(x any) bool {
	if r.old == nil {
		r.old = map[any]bool{}
		for _, d := range declarations(r.Old) {
			r.old[d.is] = true
		}
	}
	return r.old[x]
}

// Facts are the facts of the parties and routes of the new topology that are the cause of
// differences, by what pictures call them.
func (r *Result) Facts() map[string][]string {
	out := map[string][]string{}
	for _, d := range r.Differences {
		if d.Grade() == Safe {
			continue
		}
		for _, ch := range d.Causes {
			for _, x := range ch.about {
				if ch.Fact == "" || r.isOld(x) {
					continue
				}
				name := ""
				switch x := x.(type) {
				case *flow.Route:
					name = "route " + x.Name
				case *flow.Client, *flow.Proxy, *flow.Backend:
					name = declOf(x).Name
				}
				if name != "" && !slices.Contains(out[name], ch.Fact) {
					out[name] = append(out[name], ch.Fact)
				}
			}
		}
	}
	return out
}
