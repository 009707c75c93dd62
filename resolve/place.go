package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// place finds the proxies that serve each route, in what order each of them
// looks at its routes, and that chains of proxies come to an end.
func (r *resolver) place() {
	front := map[*flow.Proxy]bool{} // with a route to another proxy
	for _, chained := range []bool{true, false} {
		for _, route := range r.t.Routes {
			if leadsToProxy(route) != chained {
				continue
			}
			r.checkOn(route)
			route.Proxies = r.proxiesOf(route, front)
			for _, p := range route.Proxies {
				front[p] = front[p] || chained
			}
			r.checkSubdomain(route)
		}
	}
	for _, route := range r.t.Routes {
		for _, p := range route.Proxies {
			p.Routes = append(p.Routes, route)
		}
	}
	for _, p := range r.t.Proxies {
		slices.SortStableFunc(p.Routes, func(a, b *flow.Route) int {
			order, _ := p.Compare(a, b)
			return order
		})
	}
	for _, route := range r.t.Routes {
		for _, t := range route.Targets {
			r.checkTargetPort(route, t)
		}
	}
	r.breakProxyCycles()
	r.findFronts()
}

func leadsToProxy(route *flow.Route) bool {
	return slices.ContainsFunc(route.Targets, func(t *flow.Target) bool { return t.Proxy != nil })
}

// proxiesOf returns the proxies that serve a route: those after on; without
// on, the only one, or each whose every admit line matches; the only one may
// leave a route out, too. The proxy that the route leads to is not meant by that.
func (r *resolver) proxiesOf(route *flow.Route, front map[*flow.Proxy]bool) []*flow.Proxy {
	var out []*flow.Proxy
	for _, on := range route.On {
		if !slices.Contains(out, on.Proxy) {
			out = append(out, on.Proxy)
		}
	}
	if len(out) > 0 {
		return out
	}
	if len(r.t.Proxies) == 1 && !saysAdmit(r.t.Proxies[0]) {
		return r.t.Proxies[:1:1]
	}
	for _, p := range r.t.Proxies {
		own := slices.ContainsFunc(route.Targets, func(t *flow.Target) bool { return t.Proxy == p })
		if !own && admits(p, route) && (saysAdmit(p) || fits(route, p, front[p])) {
			out = append(out, p)
		}
	}
	return out
}

func saysAdmit(p *flow.Proxy) bool { return len(p.Admit)+len(p.AdmitNamespaces) > 0 }

// fits reports whether a route can be meant for a proxy that does not say what
// it admits: not one in front of another, like a load balancer before its
// ingresses, nor one without the domain that a subdomain needs.
func fits(route *flow.Route, p *flow.Proxy, front bool) bool {
	return (!front || leadsToProxy(route)) && (route.Subdomain.V == "" || len(p.Domains) > 0)
}

func proxyNames(list []*flow.Proxy, separator string) string {
	var out []string
	for _, p := range list {
		out = append(out, p.Name)
	}
	return strings.Join(out, separator)
}

// admits reports whether every admit line of a proxy matches a route.
func admits(p *flow.Proxy, route *flow.Route) bool {
	var namespace []flow.Label
	if route.Namespace != nil {
		namespace = route.Namespace.Labels
	}
	for _, sel := range p.Admit {
		if !selects(sel, route.Labels) {
			return false
		}
	}
	for _, sel := range p.AdmitNamespaces {
		if !selects(sel, namespace) {
			return false
		}
	}
	return true
}

// checkOn reports ports after on on which the proxy does not listen.
func (r *resolver) checkOn(route *flow.Route) {
	for i, on := range route.On {
		if on.Port != 0 && !listensOn(on.Proxy, on.Port) {
			r.wrongPort(on.At, on.Proxy, fmt.Sprintf(":%d", on.Port))
			route.On[i].Port = 0
		}
	}
}

// checkTargetPort reports a proxy after to that does not listen on the port
// that it is given, or else on any port that the route is served on.
func (r *resolver) checkTargetPort(route *flow.Route, t *flow.Target) {
	switch {
	case t.Proxy == nil:
	case t.Port != 0 && !listensOn(t.Proxy, t.Port):
		r.wrongPort(t.At, t.Proxy, fmt.Sprintf(":%d", t.Port))
		t.Port = 0
	case t.Port == 0 && len(route.Proxies) > 0:
		var ports []string
		for _, l := range listenersOf(route) {
			if listensOn(t.Proxy, l.Port) {
				return
			}
			ports = append(ports, fmt.Sprintf(":%d", l.Port))
		}
		if len(ports) > 0 {
			r.wrongPort(t.At, t.Proxy, strings.Join(ports, " or ")+", where the route is served")
		}
	}
}

func (r *resolver) wrongPort(at source.Span, p *flow.Proxy, port string) {
	if r.hurt[p] {
		return
	}
	var ports []string
	for _, l := range p.Listeners {
		ports = append(ports, fmt.Sprintf(":%d", l.Port))
	}
	d := r.report(codePort, at, "%s does not listen on %s", p.Name, port)
	d.Help = "it listens on " + strings.Join(ports, ", ")
	d.Related = declaredHere(p.At)
}

func listensOn(p *flow.Proxy, port int) bool { return p.Listens(port) != nil }

// listenersOf returns the listeners on which a route is served.
func listenersOf(route *flow.Route) []*flow.Listener {
	var out []*flow.Listener
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
func (r *resolver) checkSubdomain(route *flow.Route) {
	if route.Subdomain.V == "" {
		return
	}
	candidates := route.Proxies
	if len(candidates) == 0 && !slices.ContainsFunc(r.t.Proxies, func(p *flow.Proxy) bool { return len(p.Domains) > 0 }) {
		candidates = r.t.Proxies[:1]
	}
	for _, p := range candidates {
		if len(p.Domains) > 0 {
			continue
		}
		if route.Host.V == "" {
			route.Host = flow.Default(route.Subdomain.V)
		}
		if r.hurt[p] {
			continue
		}
		d := r.report(codeNoDomain, route.Subdomain.At, "%s has no domain for the subdomain %q", p.Name, route.Subdomain.V)
		d.Related, d.Help = declaredHere(p.At), "give it one: domain apps.example.test"
	}
}

// breakProxyCycles reports chains of proxies that point back to themselves and
// takes the last link out of each, so that every request comes to an end.
func (r *resolver) breakProxyCycles() {
	done, last := map[*flow.Proxy]bool{}, map[*flow.Target]bool{}
	var way []*flow.Proxy
	var visit func(p *flow.Proxy)
	visit = func(p *flow.Proxy) {
		way = append(way, p)
		for _, route := range p.Routes {
			for _, t := range route.Targets {
				if t.Proxy == nil || done[t.Proxy] || last[t] {
					continue
				}
				i := slices.Index(way, t.Proxy)
				if i < 0 {
					visit(t.Proxy)
					continue
				}
				last[t] = true
				r.report(codeProxyCycle, t.At, "proxies point in a circle: %s -> %s", proxyNames(way[i:], " -> "), t.Proxy.Name)
			}
		}
		way = way[:len(way)-1]
		done[p] = true
	}
	for _, p := range r.t.Proxies {
		if !done[p] {
			visit(p)
		}
	}
	for _, route := range r.t.Routes {
		route.Targets = slices.DeleteFunc(route.Targets, func(t *flow.Target) bool { return last[t] })
	}
}

// findFronts notes for each proxy the first one with a route that points to it.
func (r *resolver) findFronts() {
	for _, front := range r.t.Proxies {
		for _, route := range front.Routes {
			for _, t := range route.Targets {
				if t.Proxy != nil && r.fronts[t.Proxy] == nil {
					r.fronts[t.Proxy] = front
				}
			}
		}
	}
}
