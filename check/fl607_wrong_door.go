package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var wrongDoor = &Rule{
	Code: "FL607", Name: "wrong-door", Severity: diag.Error, Since: "0.2",
	Doc: "the name of a route's host leads to a proxy that serves it",
	Why: "DNS leads clients to the proxy of the domain, which does not know the route: its default certificate and 503, or " +
		"a close (OpenShift, ingress sharding; measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Host.V == "" || len(r.Proxies) == 0 {
				return
			}
			host := oneHost(r.Host.V)
			entry := p.Topology.Entry(host)
			if entry == nil || !inDomains(entry, host) || p.leadsTo(entry, r) || p.meantHost(r) {
				return
			}
			p.explainHost(r)
			d := p.Report(r.Host.At, "%s leads to %q, and route %q is served by %q", r.Host.V, entry.Name, r.Name, r.Proxies[0].Name)
			related(d, entry.Domains[0].At, "its domain")
			d.Help = "move the host below a domain of " + r.Proxies[0].Name + ", or let " + entry.Name + " admit the route"
		}, flow.Modes...)
	},
}

func inDomains(proxy *flow.Proxy, host string) bool {
	return slices.ContainsFunc(proxy.Domains, func(d flow.Stated[string]) bool { return flow.InDomain(d.V, host) })
}

// leadsTo reports whether traffic that comes to a proxy can get to one that
// serves the route.
func (p *Pass) leadsTo(entry *flow.Proxy, r *flow.Route) bool {
	seen := map[*flow.Proxy]bool{}
	next := []*flow.Proxy{entry}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		if slices.Contains(r.Proxies, at) {
			return true
		}
		for _, on := range at.Routes {
			for _, t := range on.Targets {
				if t.Proxy != nil {
					next = append(next, t.Proxy)
				}
			}
		}
	}
	return false
}
