package flowtext

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Tidy leaves out of a draft what has no effect, says conditions on paths in the shorter
// form, and makes one route of those that say the same of two proxies: a front end that
// makes several proxies of one part of a configuration makes its routes anew for each. Each
// proxy keeps its routes, with all that is stated of them, in their order.
func Tidy(d *flow.Draft) {
	for _, x := range d.Declarations {
		if r, ok := x.(*flow.RouteDraft); ok && r != nil {
			tidyRoute(r)
		}
	}
	t := &tidying{first: map[string]*served{}}
	proxies, ok := routesByProxy(d)
	if !ok {
		return
	}
	for _, p := range proxies {
		t.join(p)
	}
	if t.joined {
		d.Declarations = arranged(d.Declarations, proxies)
	}
}

// tidyRoute is Tidy of one route.
func tidyRoute(r *flow.RouteDraft) {
	if (r.Answer.IsSet() || r.Redirect.IsSet()) && len(r.Targets) == 0 { // its requests go to no server
		r.Headers = slices.DeleteFunc(slices.Clone(r.Headers), func(h flow.HeaderAction) bool { return h.On == "request" })
	}
	paths := 0
	for _, m := range r.Matches {
		if m.Kind == flow.MatchPath && !m.Not {
			paths++
		}
	}
	if i := slices.IndexFunc(r.Matches, isPath); paths == 1 && i >= 0 && !r.Path.IsSet() {
		r.Path = flow.State("", r.Matches[i].At)
	}
}

// routesByProxy are the routes of proxies that share none; ok is false where that cannot
// be said of any.
func routesByProxy(d *flow.Draft) (proxies []*served, ok bool) {
	by := map[string]*served{}
	shared := map[string]bool{}
	for _, x := range d.Declarations {
		switch x := x.(type) {
		case *flow.ViewDraft:
			return nil, false // it may name a route
		case *flow.RouteDraft:
			if x == nil || len(x.On) == 0 {
				return nil, false
			}
			name := x.On[0].Proxy.V
			if by[name] == nil {
				by[name] = &served{name: name}
				proxies = append(proxies, by[name])
			}
			by[name].routes = append(by[name].routes, keyed{x, keyOf(x)})
			if !onOne(x) {
				for _, on := range x.On {
					shared[on.Proxy.V] = true
				}
			}
		}
	}
	return slices.DeleteFunc(proxies, func(p *served) bool { return shared[p.name] }), true
}

// served are the routes of a proxy in their order.
type served struct {
	name   string
	routes []keyed
	into   *served // with whose routes they are
	grows  bool    // those of others are with them
}

// keyed is a route with what it says beside its name and its proxy.
type keyed struct {
	*flow.RouteDraft
	key string
}

// tidying goes through the proxies in their order.
type tidying struct {
	first  map[string]*served // the first proxy that has a route of a key
	joined bool
}

// onOne reports whether a route is on the ports of one proxy.
func onOne(r *flow.RouteDraft) bool {
	return len(r.On) > 0 && !slices.ContainsFunc(r.On, func(on flow.OnDraft) bool { return on.Proxy.V != r.On[0].Proxy.V })
}

func keyOf(r *flow.RouteDraft) string {
	s := route(r)
	if s == nil {
		return ""
	}
	lines := s.lines()
	lines[0] = r.Label
	return strings.Join(lines, "\n")
}

// join puts the routes of a proxy among those of an earlier one that has most of them.
func (t *tidying) join(p *served) {
	shared := map[*served]int{}
	var best *served
	for _, r := range p.routes {
		if o := t.first[r.key]; o != nil {
			if shared[o]++; best == nil || shared[o] > shared[best] {
				best = o
			}
		}
	}
	var pairs [][2]int
	if best != nil {
		pairs = common(best.routes, p.routes)
	}
	if len(pairs) < 2 || len(pairs)*2 < len(p.routes) {
		for _, r := range p.routes {
			if t.first[r.key] == nil {
				t.first[r.key] = p
			}
		}
		return
	}
	var out []keyed
	i, j := 0, 0
	for _, at := range pairs {
		out = append(append(out, best.routes[i:at[0]]...), p.routes[j:at[1]]...)
		both := best.routes[at[0]]
		both.On = slices.Concat(both.On, p.routes[at[1]].On)
		out = append(out, both)
		i, j = at[0]+1, at[1]+1
	}
	best.routes = append(append(out, best.routes[i:]...), p.routes[j:]...)
	p.into, best.grows, t.joined = best, true, true
}

// common are the places of routes that both say, in the order of both: of those that
// each says once, as many as can be (the longest increasing subsequence).
func common(a, b []keyed) [][2]int {
	at := onceIn(a)
	other := onceIn(b)
	var pairs [][2]int
	for j, r := range b {
		if i, ok := at[r.key]; ok && i >= 0 && other[r.key] == j {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	var ends []int // by length, the pair that ends a sequence of it lowest
	before := make([]int, len(pairs))
	for k, p := range pairs {
		n, _ := slices.BinarySearchFunc(ends, p[0], func(e, i int) int { return pairs[e][0] - i })
		before[k] = -1
		if n > 0 {
			before[k] = ends[n-1]
		}
		if n < len(ends) {
			ends[n] = k
		} else {
			ends = append(ends, k)
		}
	}
	var out [][2]int
	if len(ends) > 0 {
		for k := ends[len(ends)-1]; k >= 0; k = before[k] {
			out = append(out, pairs[k])
		}
	}
	slices.Reverse(out)
	return out
}

// onceIn are the places of routes by what they say; -1 where several say it.
func onceIn(all []keyed) map[string]int {
	out := map[string]int{}
	for i, r := range all {
		if _, twice := out[r.key]; twice {
			out[r.key] = -1
		} else {
			out[r.key] = i
		}
	}
	return out
}

// arranged are declarations with the routes of proxies that have some in common where
// the first of them is.
func arranged(all []flow.Declaration, proxies []*served) []flow.Declaration {
	of := map[*flow.RouteDraft]*served{}
	for _, p := range proxies {
		to := p.into
		if p.grows {
			to = p
		}
		for _, r := range p.routes {
			if to != nil && of[r.RouteDraft] == nil {
				of[r.RouteDraft] = to
			}
		}
	}
	done := map[*served]bool{}
	var out []flow.Declaration
	for _, x := range all {
		r, _ := x.(*flow.RouteDraft)
		p := of[r]
		switch {
		case r == nil || p == nil:
			out = append(out, x)
		case !done[p]:
			done[p] = true
			for _, own := range p.routes {
				out = append(out, own.RouteDraft)
			}
		}
	}
	return out
}
