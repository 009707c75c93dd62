package check

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// asked is a model's requests by what they ask for, in their order.
type asked struct {
	taking map[*flow.Route][]*flow.Request // by each route that they take
	all    []*flow.Request                 // that call somebody
	host   map[string][]*flow.Request      // by the host of their first call, folded
	below  map[string][]*flow.Request      // by the domain above that host
}

func newAsked(t *flow.Topology, all *courses, paths *ways) *asked {
	a := &asked{
		taking: map[*flow.Route][]*flow.Request{},
		host:   map[string][]*flow.Request{}, below: map[string][]*flow.Request{},
	}
	for _, q := range t.Requests {
		take := func(r *flow.Route) {
			if by := a.taking[r]; r != nil && (len(by) == 0 || by[len(by)-1] != q) {
				a.taking[r] = append(by, q)
			}
		}
		for _, r := range all.of(q).taken {
			take(r)
		}
		for _, path := range paths.of[q] {
			for _, h := range path.Hops {
				take(h.Route)
			}
			take(path.Route)
		}
		if len(q.Calls) == 0 {
			continue
		}
		host := flow.Fold(q.Calls[0].Host)
		_, domain, _ := strings.Cut(host, ".")
		a.all = append(a.all, q)
		a.host[host] = append(a.host[host], q)
		a.below[domain] = append(a.below[domain], q)
	}
	return a
}

// of are the requests whose host a route's host, "*.X" or "" for all, matches.
func (a *asked) of(pattern string) []*flow.Request {
	candidates := a.host[flow.Fold(pattern)]
	if rest, ok := strings.CutPrefix(flow.Fold(pattern), "*."); ok {
		candidates = a.below[rest]
	}
	if pattern == "" {
		candidates = a.all
	}
	var out []*flow.Request
	for _, q := range candidates {
		if flow.HostMatches(pattern, q.Calls[0].Host) {
			out = append(out, q)
		}
	}
	return out
}
