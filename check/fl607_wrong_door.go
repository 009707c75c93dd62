package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var wrongDoor = &Rule{
	Code: "FL607", Name: "wrong-door", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "the name of a route's host leads to a proxy that serves it",
	Why: "clients go where the name leads, which is the controller of its domain, and one that does not admit the " +
		"route does not know it (OpenShift, ingress sharding; route API, RouteIngress)",
	Wire: "the controller of the domain shows its default certificate, completes the handshake and answers 503 " +
		"itself; a port that only relays closes after the ClientHello; the controller that serves the route is never " +
		"asked (measured, with a host that no route has)",
	Except: "the host has a DNS record of its own, which leads to the right controller: state it there as a " +
		"domain; of a request that is meant to fail say so: expect 503",
	Bad: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route media {
    host media.apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Good: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route media {
    host media.shard-apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			entry := p.elsewhere(r)
			if entry == nil || p.meantHost(r) {
				return
			}
			p.explainHost(r)
			d := p.Report(r.Host.At, "clients that ask for %s come to proxy %q, which does not serve route %q: proxy %q does", r.Host.V, entry.Name, r.Name, r.Proxies[0].Name)
			related(d, entry.Domains[0].At, "the domain is stated here")
			d.Help = fmt.Sprintf("let proxy %q admit route %q", entry.Name, r.Name)
			if here := r.Proxies[0]; len(here.Domains) > 0 {
				d.Help = fmt.Sprintf("give route %q a host below %s, the domain of proxy %q, or %s", r.Name, here.Domains[0].V, here.Name, d.Help)
			}
		}, flow.Modes...)
	},
}

// elsewhere is the proxy to which the name of a route's host leads, where that
// is none that can get to the route; nil where it is not so.
func (p *Pass) elsewhere(r *flow.Route) *flow.Proxy {
	host := oneHost(r.Host.V)
	if host == "" || len(r.Proxies) == 0 {
		return nil
	}
	entry := p.Topology.Entry(host)
	if entry == nil || !inDomains(entry, host) || p.leadsTo(entry, r) {
		return nil
	}
	return entry
}

func inDomains(proxy *flow.Proxy, host string) bool {
	return slices.ContainsFunc(proxy.Domains, func(d flow.Fact[string]) bool { return flow.InDomain(d.V, host) })
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
