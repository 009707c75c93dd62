package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// hostAt is where a route says which host it has.
func hostAt(r *flow.Route) source.Span { return known(r.Host.At, r.Subdomain.At, r.At) }

// hostsOf are the hosts of a route on each of its proxies and of those that
// refuse it, its own where there is none.
func hostsOf(r *flow.Route) []string {
	proxies := slices.Clone(r.Proxies)
	for _, refusal := range r.Refused {
		proxies = append(proxies, refusal.Proxy)
	}
	if len(proxies) == 0 {
		return []string{r.Host.V}
	}
	var out []string
	for _, proxy := range proxies {
		if host := r.HostOn(proxy); !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	return out
}

// overtakes reports whether a passthrough route takes the TLS of b's host at a
// port where b's own clients' TLS would end. One that takes the rest leaves b the
// SNI of its host.
func overtakes(proxy *flow.Proxy, a, b *flow.Route) bool {
	host := b.HostOn(proxy)
	for _, l := range proxy.Listeners {
		if a.Mode.V != flow.ModePassthrough || !l.Relays(a) || !l.Ends(b) || !proxy.ImpliesSeen(b, a) {
			continue
		}
		if host == "" || !l.TakesRest(a) || l.SNIRoute(flow.OneHost(host)) == a {
			return true
		}
	}
	return false
}

// swallowed reports whether the route that a passed through handshake took
// overtook one that ends TLS for the host.
func swallowed(h flow.Handshake) bool {
	for _, proxy := range h.Route.Proxies {
		for r := range proxy.RoutesFor(h.Name) {
			if r.HostOn(proxy) != "" && flow.HostMatches(r.HostOn(proxy), h.Name) && overtakes(proxy, h.Route, r) {
				return true
			}
		}
	}
	return false
}
