package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var foreignDomain = &Rule{
	Code: "FL614", Name: "foreign-domain", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "a route's host is at or below a domain of the shard that admits it",
	Why: "the names below a shard's domain lead to the shard and are covered by its default certificate; of " +
		"another name the model says neither (OpenShift, ingress sharding)",
	Wire: "where the name leads is decided elsewhere: to another controller, which answers 503 itself, or here, " +
		"where the default certificate does not name the host and clients end the session after the handshake",
	Except: "a DNS record of the name's own leads to the shard, and nothing says yet which certificate it will have",
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
			for _, proxy := range p.Topology.Proxies {
				if inDomains(proxy, host) || slices.Contains(r.Proxies, proxy) && (len(proxy.Domains) == 0 || len(proxy.Admit) == 0) {
					return
				}
			}
			proxy := r.Proxies[0]
			d := p.Report(r.Host.At, "%s of route %q is not below %s, the domain of proxy %q that serves it: nothing says that it leads there",
				r.Host.V, r.Name, proxy.Domains[0].V, proxy.Name)
			related(d, proxy.Domains[0].At, "the domain is stated here")
			d.Suggest(way(p.rehosted(r, proxy.Domains[0].V)...), way(add(inProxy(proxy), diag.FactDomain, strings.TrimPrefix(r.Host.V, "*."))))
		}, flow.Modes...)
	},
}
