package flow

import (
	"iter"
	"slices"
	"strings"
)

// index notes what derivations ask of a topology again and again: which routes
// can take a host, what a port does with its connections, which routes lead to
// a proxy. It is called once, when nothing of that changes any more. Without
// it every answer is the same, and is looked for among all routes.
func (t *Topology) index() {
	t.into = map[*Proxy][]*Route{}
	for _, r := range t.Routes {
		for i, to := range r.Targets {
			same := func(o *Target) bool { return o.Proxy == to.Proxy }
			if to.Proxy != nil && !slices.ContainsFunc(r.Targets[:i], same) {
				t.into[to.Proxy] = append(t.into[to.Proxy], r)
			}
		}
	}
	t.ups, t.domains = map[*Proxy][]*Proxy{}, indexDomains(t)
	for _, p := range t.Proxies {
		t.ups[p] = proxiesOfRoutes(t.into[p])
	}
	for _, p := range t.Proxies {
		p.index = newHostIndex(p)
		for _, l := range p.Listeners {
			l.facts = factsOf(l)
		}
	}
}

// leadingTo returns the routes with a proxy as a target, in the order of
// declaration.
func (t *Topology) leadingTo(p *Proxy) []*Route {
	if t.into != nil {
		return t.into[p]
	}
	var out []*Route
	for _, r := range t.Routes {
		if slices.ContainsFunc(r.Targets, func(to *Target) bool { return to.Proxy == p }) {
			out = append(out, r)
		}
	}
	return out
}

// proxiesBefore returns the proxies with a route to a proxy.
func (t *Topology) proxiesBefore(p *Proxy) []*Proxy {
	if t.ups != nil {
		return t.ups[p]
	}
	return proxiesOfRoutes(t.leadingTo(p))
}

// proxiesOfRoutes are the proxies that serve any of the routes, each once.
func proxiesOfRoutes(routes []*Route) []*Proxy {
	var out []*Proxy
	seen := map[*Proxy]bool{}
	for _, r := range routes {
		for _, p := range r.Proxies {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// portFacts are what is true of a port because of all of its routes.
type portFacts struct {
	inspects, onlyRelays bool
	relays               bool // some route
	certificates         bool // some route has one of its own
	terms                bool // some route has terms of its own
}

func factsOf(l *Listener) *portFacts {
	return &portFacts{
		inspects: l.inspects(), onlyRelays: l.onlyRelays(),
		relays:       slices.ContainsFunc(l.Proxy.Routes, l.Relays),
		terms:        slices.ContainsFunc(l.Proxy.Routes, (*Route).ownTerms),
		certificates: slices.ContainsFunc(l.Proxy.Routes, func(r *Route) bool { return r.Certificate.V != nil }),
	}
}

// hostIndex finds the routes of a proxy by their hosts. The lists hold
// positions in Proxy.Routes, so that several make one in the order of
// evaluation again.
type hostIndex struct {
	exact    map[string][]int // by the host, folded
	wildcard map[string][]int // by what is behind "*."
	open     []int            // without a host, or by sni none or any
}

func newHostIndex(p *Proxy) *hostIndex {
	x := &hostIndex{exact: map[string][]int{}, wildcard: map[string][]int{}}
	for i, r := range p.Routes {
		host := r.HostOn(p)
		if host == "" || r.SNI.V != SNIHost {
			x.open = append(x.open, i)
		}
		if host == "" {
			continue
		}
		host = Fold(host)
		if rest, ok := strings.CutPrefix(host, "*."); ok {
			x.wildcard[rest] = append(x.wildcard[rest], i)
		} else {
			x.exact[host] = append(x.exact[host], i)
		}
	}
	return x
}

// of returns the positions of the routes that can take a name, in three lists.
func (x *hostIndex) of(name string) [3][]int {
	if name == "" {
		return [3][]int{x.open}
	}
	name = Fold(name)
	lists := [3][]int{x.open, x.exact[name]}
	if label, below, found := strings.Cut(name, "."); found && label != "" {
		lists[2] = x.wildcard[below]
	}
	return lists
}

// RoutesFor yields the routes that a name, "" for none, can lead to, be it the
// host of a request or an SNI: those whose host covers it, those without a
// host, and those by sni none or any. They are in the order of evaluation.
func (p *Proxy) RoutesFor(name string) iter.Seq[*Route] {
	if p.index == nil {
		return func(yield func(*Route) bool) {
			for _, r := range p.Routes {
				if (r.SNI.V != SNIHost || HostMatches(r.HostOn(p), name)) && !yield(r) {
					return
				}
			}
		}
	}
	return func(yield func(*Route) bool) {
		for lists := p.index.of(name); ; {
			first := len(p.Routes)
			for _, l := range lists {
				if len(l) > 0 {
					first = min(first, l[0])
				}
			}
			for i, l := range lists {
				if len(l) > 0 && l[0] == first { // a route may be in two of them
					lists[i] = l[1:]
				}
			}
			if first == len(p.Routes) || !yield(p.Routes[first]) {
				return
			}
		}
	}
}
