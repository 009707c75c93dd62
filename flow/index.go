package flow

import "slices"

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
		if len(t.into[p]) == 0 {
			t.outer = append(t.outer, p)
		}
		p.index = newProxyIndex(p)
		for _, l := range p.Listeners {
			l.facts = factsOf(l)
			l.End.names = newNameIndex(l.End.Certificates)
		}
	}
	for _, b := range t.Backends {
		b.End.names = newNameIndex(b.End.Certificates)
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

// IsBehind reports whether a route of another proxy, or of its own, leads to a proxy.
func (t *Topology) IsBehind(p *Proxy) bool { return len(t.leadingTo(p)) > 0 }

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
	sources              bool // some route is chosen by the client's address
}

func factsOf(l *Listener) *portFacts {
	return &portFacts{
		inspects: l.inspects(), onlyRelays: l.onlyRelays(),
		relays:       slices.ContainsFunc(l.Proxy.Routes, l.Relays),
		sources:      slices.ContainsFunc(l.Proxy.Routes, (*Route).AsksForSource),
		terms:        slices.ContainsFunc(l.Proxy.Routes, (*Route).ownTerms),
		certificates: slices.ContainsFunc(l.Proxy.Routes, func(r *Route) bool { return r.Certificate.V != nil }),
	}
}
