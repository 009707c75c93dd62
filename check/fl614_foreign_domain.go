package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

var foreignDomain = &Rule{
	Code: "FL614", Name: "foreign-domain", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "a route's host is in a domain of the shard that admits the route",
	Why: "names in a shard's domain resolve to the shard, and its default certificate covers them. For another " +
		"name the model states neither (OpenShift, ingress sharding)",
	Wire: "the DNS decides where the name resolves to. If that is another controller, it answers 503 itself. If it " +
		"is this one, its default certificate does not cover the host, and clients end the session after the " +
		"handshake",
	Except: "the name has a DNS record of its own that resolves to the shard, and its certificate is not stated yet",
	Bad: `proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route shop {
    host shop.example.test
    labels sharded=true
    tls edge
    to shop
}
`,
	Good: `proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route shop {
    host shop.shard-apps.example.test
    labels sharded=true
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			host := flow.OneHost(r.Host.V)
			if host == "" || len(r.On) > 0 || len(r.Proxies) == 0 || r.Certificate.IsSet() {
				return
			}
			if _, domain := p.Topology.ProxiesOfDomain(host); domain != "" || slices.ContainsFunc(r.Proxies, p.opensTo(r, host)) || p.askedByWay(r, host) {
				return
			}
			proxy := r.Proxies[0]
			domain := nearestDomain(proxy, host)
			d := p.Report(r.Host.At, "host %s of route %q is not below %s, the domain of proxy %q, which serves the route: the model states nothing that leads clients of that host to the proxy",
				r.Host.V, r.Name, domain.V, proxy.Name)
			related(d, domain.At, "proxy %q states its domain here", proxy.Name)
			d.Suggest(way(p.rehosted(r, domain.V, !p.servedElsewhere(r, r.Host.V))...))
			d.Suggest(given(way(add(inProxy(proxy), diag.FactDomain, strings.TrimPrefix(r.Host.V, "*."))), "DNS leads clients of that host to proxy %q", proxy.Name))
		}, flow.Modes...)
	},
}

// nearestDomain is the domain of a proxy that is most like what a host is below, else its
// first one.
func nearestDomain(proxy *flow.Proxy, host string) flow.Fact[string] {
	_, below, _ := strings.Cut(host, ".")
	near, ok := spell.Nearest(below, valuesOf(proxy.Domains))
	i := slices.IndexFunc(proxy.Domains, func(d flow.Fact[string]) bool { return ok && d.V == near })
	return proxy.Domains[max(i, 0)]
}

// opensTo reports whether something says that a host of a route leads to a proxy:
// a route of a proxy in front names it; or its ports state for which names they
// have certificates, of which FL401 speaks; or the proxy is no shard with names of
// its own.
func (p *Pass) opensTo(r *flow.Route, host string) func(*flow.Proxy) bool {
	return func(proxy *flow.Proxy) bool {
		if len(proxy.Domains) == 0 || len(proxy.Admit)+len(proxy.AdmitNamespaces) == 0 {
			return true
		}
		for _, l := range proxy.Listeners {
			for _, c := range l.End.Certificates {
				if l.Ends(r) && len(c.V.Names) > 0 {
					return true
				}
			}
		}
		return p.Topology.NamedBefore(proxy, host)
	}
}

// askedByWay reports whether a request says by which proxy it comes to a host of
// the route, and comes to the route so.
func (p *Pass) askedByWay(r *flow.Route, host string) bool {
	return slices.ContainsFunc(p.model.asked().of(r.Host.V), func(q *flow.Request) bool {
		return q.ViaStated && p.Topology.Reaches(q.Via, r, host)
	})
}
