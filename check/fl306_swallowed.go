package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var swallows = &Rule{
	Code: "FL306", Name: "swallowed-routes", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "a passthrough route for several hosts does not take a host of an edge or reencrypt route",
	Why: "the proxy chooses passthrough by the SNI before it terminates TLS. Clients of the other routes reach the " +
		"passthrough backend, or get plaintext in response to their ClientHello (measured with an OpenShift " +
		"router's own configuration)",
	Wire: "a ClientHello for such a host is relayed to the passthrough server. The client gets that server's " +
		"certificate and its 404, or, if it speaks plaintext, a 400 instead of a ServerHello. The server of the " +
		"other route gets no connection",
	Bad: `route tenants {
    host *.apps.example.test
    tls passthrough
    to tenants
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
request buy { get https://shop.apps.example.test/cart }
`,
	Good: `route tenants {
    host *.tenants.example.test
    tls passthrough
    to tenants
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
request buy { get https://shop.apps.example.test/cart }
`,
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			for _, a := range proxy.Routes {
				if a.Mode.V != flow.ModePassthrough || a.SNI.V == flow.SNINone {
					continue
				}
				wide := a.SNI.V == flow.SNIAny || a.HostOn(proxy) == "" || strings.HasPrefix(a.HostOn(proxy), "*.")
				if wide {
					p.swallowedBy(proxy, a)
				}
			}
		}
	},
}

func (p *Pass) swallowedBy(proxy *flow.Proxy, a *flow.Route) {
	var dead []*flow.Route
	for _, b := range proxy.Routes {
		host := b.HostOn(proxy)
		if flow.SameHost(proxy, a, b) || !overtakes(proxy, a, b) || takenSooner(proxy, a, host) {
			continue
		}
		if a.SNI.V == flow.SNIAny || flow.HostMatches(a.HostOn(proxy), host) {
			p.explainHost(missing{route: b, taker: a})
			dead = append(dead, b)
		}
	}
	if len(dead) == 0 {
		return
	}
	at := known(a.Host.At, a.Subdomain.At, a.SNI.At, a.At)
	d := p.Report(at, "%s", takesAll(proxy, a, dead))
	for _, b := range dead[:min(3, len(dead))] {
		related(d, hostAt(b), "no TLS client reaches route %q", b.Name)
	}
	d.Suggest(p.besides(proxy, a, dead)...)
}

// takenSooner reports whether another passthrough route is for a host, which then never comes
// to a wider one: FL305 says so.
func takenSooner(proxy *flow.Proxy, wide *flow.Route, host string) bool {
	if host == "" || strings.HasPrefix(host, "*.") {
		return false
	}
	for r := range proxy.RoutesFor(host) {
		if r != wide && r.Mode.V == flow.ModePassthrough && r.SNI.V == flow.SNIHost && flow.Fold(r.HostOn(proxy)) == flow.Fold(host) {
			return true
		}
	}
	return false
}

// takesAll says what a passthrough route does to those that it overtakes.
func takesAll(proxy *flow.Proxy, pass *flow.Route, dead []*flow.Route) string {
	host := pass.HostOn(proxy)
	if pass.SNI.V == flow.SNIAny {
		return fmt.Sprintf("passthrough route %[1]q takes all TLS that no route has a host for: clients of %[2]s reach the servers of route %[1]q instead",
			pass.Name, routesInWords(dead))
	}
	hosts := orAny(host)
	if host == "" && len(pass.Matches) > 0 { // it asks for some of them
		hosts = orAny(dead[0].HostOn(proxy))
		if len(dead) > 1 {
			hosts = "their hosts"
		}
	}
	return fmt.Sprintf("passthrough route %[1]q takes all TLS of %[2]s, by SNI alone: clients of %[3]s reach the servers of route %[1]q instead",
		pass.Name, hosts, routesInWords(dead))
}

// besides are the ways to have a passthrough route that takes all TLS of many
// hosts beside others: TLS ends at the proxy for all of them, or it has a port
// of its own.
func (p *Pass) besides(proxy *flow.Proxy, a *flow.Route, dead []*flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	var certified []diag.Step // give the other routes a certificate: TLS of their hosts did not end here before
	for _, r := range dead {
		certified = append(certified, p.certified(r)...)
	}
	hostless := slices.ContainsFunc(dead, func(r *flow.Route) bool { return r.HostOn(proxy) == "" })
	if a.SNI.V == flow.SNIHost && !a.Subdomain.IsSet() && !hostless && !takenRest(a) {
		steps := append([]diag.Step{add(inRoute(a), diag.FactSNIMatch, "any")}, certified...)
		if a.Host.IsSet() {
			steps = append([]diag.Step{withoutHost(a)}, steps...)
		}
		out = append(out, because(way(steps...), "route %q then takes what no other route takes", a.Name))
	}
	if w, ok := p.endingTLS(a); ok {
		w.Steps = append(w.Steps, certified...)
		out = append(out, w)
	}
	if len(a.Proxies) == 1 && len(a.On) <= 1 && !p.askedIn(a, "https") {
		port := 8443
		for proxy.Listens(port) != nil {
			port++
		}
		on := fmt.Sprintf("%s:%d", proxy.Name, port)
		served := add(inRoute(a), diag.FactServedBy, on)
		if len(a.On) == 1 {
			served = diag.Step{Do: diag.Change, In: inRoute(a), Fact: diag.FactServedBy, At: a.On[0].At, Was: []string{proxy.Name}, Value: []string{on}}
		}
		listen := add(inProxy(proxy), diag.FactListener, "tcp", fmt.Sprintf(":%d", port))
		out = append(out, because(way(append([]diag.Step{listen, served}, certified...)...), "clients of route %q have to ask for port %d then", a.Name, port))
	}
	return out
}

// takenRest reports whether another route takes what no other one does on a port
// of a route.
func takenRest(a *flow.Route) bool {
	return somePort(a, func(l *flow.Listener) bool {
		return slices.ContainsFunc(l.Proxy.Routes, func(r *flow.Route) bool { return r != a && l.TakesRest(r) })
	})
}
