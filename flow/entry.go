package flow

import (
	"slices"
	"strings"
)

// Entry returns the proxy to which a client's traffic for a host goes. It is nil
// where the model does not say which one that is.
func (t *Topology) Entry(host string) *Proxy {
	if entries, _ := t.EntryProxies(host); len(entries) == 1 {
		return entries[0]
	}
	return nil
}

// EntryProxies returns the proxies to which a client's traffic for a host can go.
// Where a domain is over the host, these are the proxies of the longest one, or
// rather those in front of them that take the host there, and domain is that one.
// Else they are those that no route points to.
func (t *Topology) EntryProxies(host string) (entries []*Proxy, domain string) {
	if owners, domain := t.ProxiesOfDomain(host); domain != "" {
		return t.outermost(owners, host), domain
	}
	if t.into != nil {
		return slices.Clip(t.outer), ""
	}
	for _, p := range t.Proxies {
		if len(t.leadingTo(p)) == 0 {
			entries = append(entries, p)
		}
	}
	return entries, ""
}

// ProxiesOfDomain returns the proxies with the longest domain over a host, and that
// domain; several where they say the same, none and "" where none has one.
func (t *Topology) ProxiesOfDomain(host string) (proxies []*Proxy, domain string) {
	if t.domains != nil {
		return t.domainOver(host)
	}
	for _, p := range t.Proxies {
		for _, d := range p.Domains {
			switch {
			case !InDomain(d.V, host) || len(d.V) < len(domain):
			case len(d.V) > len(domain):
				proxies, domain = []*Proxy{p}, d.V
			case !slices.Contains(proxies, p):
				proxies = append(proxies, p)
			}
		}
	}
	return proxies, domain
}

// domainOver is ProxiesOfDomain by the index: the host itself, then what is
// behind each of its dots.
func (t *Topology) domainOver(host string) ([]*Proxy, string) {
	for rest := strings.ToLower(host); ; {
		if x := t.domains[rest]; x != nil {
			return x.proxies, x.domain
		}
		_, below, more := strings.Cut(rest, ".")
		if !more {
			return nil, ""
		}
		rest = below
	}
}

// domainIndex are the proxies that state a domain.
type domainIndex struct {
	domain  string // as the first of them states it
	proxies []*Proxy
}

func indexDomains(t *Topology) map[string]*domainIndex {
	out := map[string]*domainIndex{}
	for _, p := range t.Proxies {
		for _, d := range p.Domains {
			key := strings.ToLower(d.V)
			x := out[key]
			if x == nil {
				x = &domainIndex{domain: d.V}
				out[key] = x
			}
			if n := len(x.proxies); n == 0 || x.proxies[n-1] != p {
				x.proxies = append(x.proxies, p)
			}
		}
	}
	return out
}

// outermost replaces each proxy that others stand in front of, and take a host
// to it, by the first of these: a load balancer before its shards is where the
// names of the shards lead. They are in the order of declaration.
func (t *Topology) outermost(proxies []*Proxy, host string) []*Proxy {
	seen, outer := map[*Proxy]bool{}, map[*Proxy]bool{}
	var climb func(p *Proxy)
	climb = func(p *Proxy) {
		if seen[p] {
			return
		}
		seen[p] = true
		inner := false
		for _, up := range t.proxiesBefore(p) {
			if up != p && up.fronts(p, host) {
				inner = true
				climb(up)
			}
		}
		outer[p] = !inner
	}
	for _, p := range proxies {
		climb(p)
	}
	if len(seen) == len(proxies) && !slices.ContainsFunc(proxies, func(p *Proxy) bool { return !outer[p] }) {
		return proxies
	}
	var out []*Proxy
	for _, p := range t.Proxies {
		if outer[p] {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return proxies // in a circle, which is reported
	}
	return out
}

// fronts reports whether a host's name leads to this proxy, which takes it to
// another one that has the name's domain: a route names the host; or a route
// takes every host, and no domain says that other names lead here.
func (p *Proxy) fronts(next *Proxy, host string) bool {
	leads := func(t *Target) bool { return t.Proxy == next }
	anyName := len(p.Domains) == 0 || slices.ContainsFunc(p.Domains, func(d Fact[string]) bool { return InDomain(d.V, host) })
	return slices.ContainsFunc(p.routesOfName(host), func(r *Route) bool {
		named := r.HostOn(p) != "" && r.SNI.V == SNIHost
		return (named || anyName) && slices.ContainsFunc(r.Targets, leads)
	})
}

// NamedBefore reports whether a route of a proxy in front of another one names a
// host and leads it there.
func (t *Topology) NamedBefore(p *Proxy, host string) bool {
	return slices.ContainsFunc(t.proxiesBefore(p), func(up *Proxy) bool {
		return slices.ContainsFunc(up.routesOfName(host), func(r *Route) bool {
			return r.HostOn(up) != "" && slices.ContainsFunc(r.Targets, func(t *Target) bool { return t.Proxy == p })
		})
	})
}

// routesOfName returns the routes that a client who knows nothing but a host's
// name can take at a proxy, on any of its ports: the one that its SNI leads to
// where a port relays it, else those of the host, be their paths what they may.
func (p *Proxy) routesOfName(host string) []*Route {
	var out []*Route
	for _, l := range p.Listeners {
		if relayed := l.SNIRoute(host); relayed != nil {
			out = union(out, relayed)
			continue
		}
		for r := range p.RoutesFor(host) {
			if l.Takes(r) && !l.Relays(r) && HostMatches(r.HostOn(p), host) && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// Reaches reports whether traffic for a host can get from a proxy to one that serves
// a route. What is read on the way may go on by another name: from
// there on every route of the next proxy counts.
func (t *Topology) Reaches(entry *Proxy, r *Route, host string) bool {
	type stop struct {
		at   *Proxy
		read bool
	}
	seen := map[stop]bool{}
	next := []stop{{at: entry}}
	for len(next) > 0 {
		s := next[0]
		next = next[1:]
		if seen[s] {
			continue
		}
		seen[s] = true
		if slices.Contains(r.Proxies, s.at) {
			return true
		}
		routes := s.at.Routes
		if !s.read {
			routes = s.at.routesOfName(host)
		}
		for _, on := range routes {
			for _, to := range on.Targets {
				if to.Proxy != nil {
					next = append(next, stop{to.Proxy, s.read || terminates(on)})
				}
			}
		}
	}
	return false
}

// arrivals are the last proxies that traffic for a host reaches from a proxy: they lead
// it to no other one.
func (t *Topology) arrivals(entry *Proxy, host string) []*Proxy {
	var out []*Proxy
	seen := map[*Proxy]bool{}
	for next := []*Proxy{entry}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		last := true
		for _, r := range at.routesOfName(host) {
			for _, to := range r.Targets {
				if to.Proxy != nil {
					last = false
					next = append(next, to.Proxy)
				}
			}
		}
		if last {
			out = append(out, at)
		}
	}
	return out
}

// Astray is a host of a route whose name leads to proxies that do not get it to
// any proxy that serves the route.
type Astray struct {
	Host    string
	Entries []*Proxy
	Ends    []*Proxy     // where traffic for the host ends
	Domain  Fact[string] // over the host
	Owner   *Proxy       // that states it
}

// Astray returns the first host of a route that leads elsewhere; nil for none.
// Of a name that no domain is over nothing is known.
func (t *Topology) Astray(r *Route) *Astray {
	if r.SNI.V != SNIHost {
		return nil
	}
	seen := map[string]bool{}
	for _, p := range r.Proxies {
		host := r.HostOn(p)
		if host == "" || seen[host] {
			continue
		}
		seen[host] = true
		if a := t.astray(r, host); a != nil {
			return a
		}
	}
	return nil
}

func (t *Topology) astray(r *Route, host string) *Astray {
	name := OneHost(host)
	entries, domain := t.EntryProxies(name)
	if domain == "" || slices.ContainsFunc(entries, func(p *Proxy) bool { return t.Reaches(p, r, name) }) {
		return nil
	}
	owners, _ := t.ProxiesOfDomain(name)
	a := &Astray{Host: host, Entries: entries, Owner: owners[0]}
	for _, entry := range entries {
		a.Ends = union(a.Ends, t.arrivals(entry, name)...)
	}
	for _, d := range a.Owner.Domains {
		if strings.EqualFold(d.V, domain) {
			a.Domain = d
		}
	}
	return a
}
