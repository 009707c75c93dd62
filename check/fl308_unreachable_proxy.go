package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unreachableProxy = &Rule{
	Code: "FL308", Name: "unreachable-proxy", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "every proxy with routes can be reached by a client, or by a proxy in front of it",
	Why: "from limits the zones from which the proxy can be reached. If no client and no other proxy is there, its " +
		"routes get no request (language reference, proxy)",
	Wire:   "no client's SYN arrives. A client that resolves the host gets no response",
	Except: "the clients are outside the model; it is better to declare one of them",
	Bad: `zone internet untrusted
zone office trusted
client browser in internet
proxy haproxy { from office }

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `zone internet untrusted
zone office trusted
client browser in internet
proxy haproxy { from internet, office }

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			if len(proxy.From) == 0 || len(proxy.Routes) == 0 || p.reachable(proxy) {
				continue
			}
			d := p.Report(proxy.From[0].At, "no client and no other proxy is in a zone from which proxy %q can be reached (%s): it gets no connection", proxy.Name, strings.Join(zonesOf(proxy), ", "))
			zone := proxy.From[0].V.Name
			name := freeName(zone+"-client", p.Topology.Clients, func(c *flow.Client) string { return c.Name })
			with := []diag.Setting{setting(diag.FactZone, zone)}
			if slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool { return l.AcceptProxy.IsSet() }) {
				with = append(with, setting(diag.FactSendProxy, "v2"))
			}
			d.Suggest(given(way(declare(diag.KindClient, name, with...)), "clients come from zone %q", zone))
			if more := p.zones(); len(more) > 0 {
				was := zonesOf(proxy)
				w := way(state(inProxy(proxy), diag.FactReachableFrom, proxy.From[len(proxy.From)-1], was, append(slices.Clone(was), more...)...))
				d.Suggest(given(w, "clients of these zones are meant to get in"))
			}
		}
	},
}

// zones are those in which clients are.
func (p *Pass) zones() []string {
	var out []string
	for _, c := range p.Topology.Clients {
		if c.Zone != nil && !slices.Contains(out, c.Zone.Name) {
			out = append(out, c.Zone.Name)
		}
	}
	return out
}

// from reports whether a proxy can be reached from a zone. Of one that is not
// stated nothing is concluded.
func from(proxy *flow.Proxy, z *flow.Zone) bool {
	return z == nil || len(proxy.From) == 0 ||
		slices.ContainsFunc(proxy.From, func(s flow.Fact[*flow.Zone]) bool { return s.V == z })
}

func (p *Pass) reachable(proxy *flow.Proxy) bool {
	if slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool { return from(proxy, c.Zone) }) {
		return true
	}
	// a request or a route that leads here from the wrong zone is a finding of its own
	return slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool { return q.Via == proxy && comesFromOutside(q) }) || slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool {
		return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Proxy == proxy })
	})
}
