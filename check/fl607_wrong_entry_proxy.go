package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var wrongEntryProxy = &Rule{
	Code: "FL607", Name: "wrong-entry-proxy", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
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
			if entry == nil || p.expectedFailureAt(r) {
				return
			}
			p.explainHost(r)
			d := p.Report(r.Host.At, "clients that ask for %s come to proxy %q, which does not serve route %q: proxy %q does", r.Host.V, entry.Name, r.Name, r.Proxies[0].Name)
			related(d, entry.Domains[0].At, "the domain is stated here")
			d.Suggest(p.reached(r, entry)...)
		}, flow.Modes...)
	},
}

// elsewhere is the proxy to which the name of a route's host leads, where that
// is none that can get to the route; nil where it is not so.
func (p *Pass) elsewhere(r *flow.Route) *flow.Proxy {
	host := flow.OneHost(r.Host.V)
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

// reached are the ways to have clients come to a route whose host leads to
// another proxy: where the route is in front of that one, the domain belongs to
// its own proxy; else it has a host of its own proxy's, or is served there.
func (p *Pass) reached(r *flow.Route, entry *flow.Proxy) []diag.Suggestion {
	here := r.Proxies[0]
	if p.comesTo(here, entry) {
		return []diag.Suggestion{because(way(movingDomain(entry, here, flow.OneHost(r.Host.V))...), "clients come to proxy %q first", here.Name)}
	}
	var out []diag.Suggestion
	if len(here.Domains) > 0 {
		out = append(out, way(p.rehosted(r, here.Domains[0].V)...))
	}
	if p.shows(entry, r) {
		served := add(inRoute(r), diag.FactServedBy, entry.Name)
		if len(r.On) > 0 {
			served = diag.Step{Do: diag.Change, In: inRoute(r), Fact: diag.FactServedBy, At: r.On[0].At, Was: []string{r.On[0].Proxy.Name}, Value: []string{entry.Name}}
		}
		out = append(out, way(served))
	}
	return out
}

// comesTo reports whether traffic that comes to one proxy can get to another.
func (p *Pass) comesTo(front, proxy *flow.Proxy) bool {
	return p.leadsTo(front, &flow.Route{Proxies: []*flow.Proxy{proxy}})
}

// movingDomain are the steps by which the domains over a host are those of
// another proxy. What was below them without saying so says it then.
func movingDomain(from, to *flow.Proxy, host string) []diag.Step {
	var steps []diag.Step
	for i, d := range from.Domains {
		if !flow.InDomain(d.V, host) {
			continue
		}
		steps = append(steps, remove(inProxy(from), diag.FactDomain, d.At, d.V), add(inProxy(to), diag.FactDomain, d.V))
		for _, r := range from.Routes {
			if i == 0 && r.Subdomain.IsSet() {
				steps = append(steps, remove(inRoute(r), diag.FactSubdomain, r.Subdomain.At, r.Subdomain.V), add(inRoute(r), diag.FactHost, r.HostOn(from)))
			}
		}
	}
	return steps
}

// rehosted are the steps by which a route has a host below a domain, and the
// requests for it ask for that one.
func (p *Pass) rehosted(r *flow.Route, domain string) []diag.Step {
	label, _, _ := strings.Cut(r.Host.V, ".")
	host := label + "." + domain
	steps := []diag.Step{state(inRoute(r), diag.FactHost, r.Host, []string{r.Host.V}, host)}
	for _, q := range p.model.asked().of(r.Host.V) {
		for i, call := range q.Calls {
			if flow.HostMatches(r.Host.V, call.Host) && !q.Derived {
				own, _, _ := strings.Cut(call.Host, ".")
				steps = append(steps, callTo(q, i, own+"."+domain, call.Port))
			}
		}
	}
	return steps
}

// shows reports whether a proxy that served a route would show its clients, or
// relay to them, a certificate for its host.
func (p *Pass) shows(proxy *flow.Proxy, r *flow.Route) bool {
	host := flow.OneHost(r.Host.V)
	if r.Mode.V == flow.ModePassthrough {
		return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend != nil && !p.forClients(t.Backend, host) })
	}
	return r.Certificate.IsSet() || !slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool {
		c, _ := l.CertificateFor(host)
		return l.Terminates() && !c.Covers(host)
	})
}
