package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// hostAt is where a route says which host it has.
func hostAt(r *flow.Route) source.Span { return known(r.Host.At, r.Subdomain.At, r.At) }

// explainHost notes that a finding says why requests for a route's host do not
// get there: all of them, or those that meet one of the faults.
func (p *Pass) explainHost(r *flow.Route, faults ...flow.Fault) (contradicted bool) {
	reaches := func(q *flow.Request) bool {
		if len(q.Calls) == 0 || len(faults) > 0 && !slices.Contains(faults, p.Courses.Of(q).Outcome.Fault) {
			return false
		}
		for _, proxy := range r.Proxies {
			if flow.HostMatches(r.HostOn(proxy), q.Calls[0].Host) {
				return true
			}
		}
		return len(r.Proxies) == 0 && flow.HostMatches(r.Host.V, q.Calls[0].Host)
	}
	for _, q := range p.Topology.Requests {
		if reaches(q) {
			contradicted = p.explain(q) || contradicted
		}
	}
	return contradicted
}

// overtakes reports whether a passthrough route takes the TLS of b's host at a
// port where b's own clients' TLS would end.
func overtakes(proxy *flow.Proxy, a, b *flow.Route) bool {
	for _, l := range proxy.Listeners {
		if a.Mode.V == flow.ModePassthrough && l.Relays(a) && l.Ends(b) {
			return true
		}
	}
	return false
}

// swallowed reports whether the route that a passed through handshake took
// overtook one that ends TLS for the host.
func swallowed(h flow.Handshake) bool {
	for _, proxy := range h.Route.Proxies {
		for _, r := range proxy.Routes {
			if r.HostOn(proxy) != "" && flow.HostMatches(r.HostOn(proxy), h.Name) && overtakes(proxy, h.Route, r) {
				return true
			}
		}
	}
	return false
}
