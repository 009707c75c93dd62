package flow

import (
	"slices"
	"strings"
)

// place finds the proxies that serve each route, in what order each of them
// looks at its routes, and that chains of proxies come to an end.
func (c *completion) place() {
	front := map[*Proxy]bool{} // with a route to another proxy
	admission := newAdmission(c.t.Proxies)
	for _, chained := range []bool{true, false} {
		for _, route := range c.t.Routes {
			if leadsToProxy(route) != chained {
				continue
			}
			c.checkOn(route)
			route.Proxies = c.proxiesOf(route, admission, front)
			for _, p := range route.Proxies {
				front[p] = front[p] || chained
			}
			c.checkSubdomain(route)
		}
	}
	c.refuseForeign()
	for _, route := range c.t.Routes {
		for _, p := range route.Proxies {
			p.Routes = append(p.Routes, route)
		}
	}
	for _, p := range c.t.Proxies {
		slices.SortStableFunc(p.Routes, func(a, b *Route) int {
			order, _ := p.Compare(a, b)
			return order
		})
	}
	for _, route := range c.t.Routes {
		for _, t := range route.Targets {
			c.checkTargetPort(route, t)
		}
	}
	c.breakProxyCycles()
	c.findFronts()
}

func leadsToProxy(route *Route) bool {
	return slices.ContainsFunc(route.Targets, func(t *Target) bool { return t.Proxy != nil })
}

// proxiesOf returns the proxies that serve a route: those after on; without
// on, the only one, or each whose every admit line matches; the only one may
// leave a route out, too. The proxy that the route leads to is not meant by that.
func (c *completion) proxiesOf(route *Route, admission *admission, front map[*Proxy]bool) []*Proxy {
	var out []*Proxy
	for _, on := range route.On {
		if !slices.Contains(out, on.Proxy) {
			out = append(out, on.Proxy)
		}
	}
	if len(out) > 0 {
		return out
	}
	if len(c.t.Proxies) == 1 && !saysAdmit(c.t.Proxies[0]) {
		return c.t.Proxies[:1:1]
	}
	for _, i := range admission.of(route) {
		p := c.t.Proxies[i]
		own := slices.ContainsFunc(route.Targets, func(t *Target) bool { return t.Proxy == p })
		if !own && admits(p, route) && (saysAdmit(p) || fits(route, p, front[p])) {
			out = append(out, p)
		}
	}
	return out
}

// fits reports whether a route can be meant for a proxy that does not say what
// it admits: not one in front of another, like a load balancer before its
// ingresses, nor one without the domain that a subdomain needs.
func fits(route *Route, p *Proxy, front bool) bool {
	return (!front || leadsToProxy(route)) && (route.Subdomain.V == "" || len(p.Domains) > 0)
}

func proxyNames(list []*Proxy) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return out
}

// checkOn reports ports after on on which the proxy does not listen.
func (c *completion) checkOn(route *Route) {
	for i, on := range route.On {
		if on.Port != 0 && !listensOn(on.Proxy, on.Port) {
			c.wrongPort(Mistake{Kind: MistakeNoPort, At: on.At, Ports: []int{on.Port}}, on.Proxy)
			route.On[i].Port = 0
		}
	}
}

// checkTargetPort reports a proxy after to that does not listen on the port
// that it is given, or else on any port that the route is served on.
func (c *completion) checkTargetPort(route *Route, t *Target) {
	switch {
	case t.Proxy == nil:
	case t.Port != 0 && !listensOn(t.Proxy, t.Port):
		c.wrongPort(Mistake{Kind: MistakeNoPort, At: t.At, Ports: []int{t.Port}}, t.Proxy)
		t.Port = 0
	case t.Port == 0 && len(route.Proxies) > 0:
		var ports []int
		for _, l := range listenersOf(route) {
			if listensOn(t.Proxy, l.Port) {
				return
			}
			ports = append(ports, l.Port)
		}
		if len(ports) > 0 {
			c.wrongPort(Mistake{Kind: MistakeNoPortOfRoute, At: t.At, Ports: ports}, t.Proxy)
		}
	}
}

func (c *completion) wrongPort(p Mistake, on *Proxy) {
	if c.incomplete[on] {
		return
	}
	p.Name, p.Related = on.Name, on.At
	for _, l := range on.Listeners {
		p.Listens = append(p.Listens, l.Port)
	}
	c.report(p)
}

func listensOn(p *Proxy, port int) bool { return p.Listens(port) != nil }

// listenersOf returns the listeners on which a route is served.
func listenersOf(route *Route) []*Listener {
	var out []*Listener
	for _, p := range route.Proxies {
		for _, l := range p.Listeners {
			if route.Serves(l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// checkSubdomain reports a subdomain on a proxy that has no domain, where it
// would be no host at all.
func (c *completion) checkSubdomain(route *Route) {
	if route.Subdomain.V == "" {
		return
	}
	candidates := route.Proxies
	if len(candidates) == 0 && !slices.ContainsFunc(c.t.Proxies, func(p *Proxy) bool { return len(p.Domains) > 0 }) {
		candidates = c.t.Proxies[:1]
	}
	for _, p := range candidates {
		if len(p.Domains) > 0 {
			continue
		}
		if route.Host.V == "" {
			route.Host = Default(route.Subdomain.V)
		}
		if c.incomplete[p] {
			continue
		}
		c.report(Mistake{
			Kind: MistakeNoDomain, At: route.Subdomain.At, Related: p.At, Decl: p.Name, Name: route.Subdomain.V, Names: c.likelyDomain(p)})
	}
}

// likelyDomain is the domain that a proxy without one probably has: what a proxy
// in front of it sends there, else what leads to that one.
func (c *completion) likelyDomain(p *Proxy) []string {
	if !c.listing() {
		return nil
	}
	var fronts []string
	for _, r := range c.t.Routes {
		if !slices.ContainsFunc(r.Targets, func(t *Target) bool { return t.Proxy == p }) {
			continue
		}
		if domain, wild := strings.CutPrefix(r.Host.V, "*."); wild {
			return []string{domain}
		}
		for _, up := range r.Proxies {
			for _, d := range up.Domains {
				fronts = append(fronts, d.V)
			}
		}
	}
	return fronts
}

// breakProxyCycles reports chains of proxies that point back to themselves and
// takes the last link out of each, so that every request comes to an end.
func (c *completion) breakProxyCycles() {
	done, last := map[*Proxy]bool{}, map[*Target]bool{}
	var way []*Proxy
	at := map[*Proxy]int{} // where a proxy is on the way
	var visit func(p *Proxy)
	visit = func(p *Proxy) {
		at[p] = len(way)
		way = append(way, p)
		for _, route := range p.Routes {
			for _, t := range route.Targets {
				if t.Proxy == nil || done[t.Proxy] || last[t] {
					continue
				}
				i, on := at[t.Proxy]
				if !on {
					visit(t.Proxy)
					continue
				}
				last[t] = true
				c.report(Mistake{Kind: MistakeProxyCircle, At: t.At, Names: append(proxyNames(way[i:]), t.Proxy.Name)})
			}
		}
		way = way[:len(way)-1]
		delete(at, p)
		done[p] = true
	}
	for _, p := range c.t.Proxies {
		if !done[p] {
			visit(p)
		}
	}
	for _, route := range c.t.Routes {
		route.Targets = slices.DeleteFunc(route.Targets, func(t *Target) bool { return last[t] })
	}
}

// findFronts finds the proxies that no route points to.
func (c *completion) findFronts() {
	pointed := map[*Proxy]bool{}
	for _, route := range c.t.Routes {
		for _, t := range route.Targets {
			pointed[t.Proxy] = pointed[t.Proxy] || len(route.Proxies) > 0
		}
	}
	for _, p := range c.t.Proxies {
		if !pointed[p] {
			c.outer = append(c.outer, p)
		}
	}
}
