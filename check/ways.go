package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// wayPast is a way of clients to a backend of a route past the client certificate
// that this requires.
type wayPast struct {
	flow.ClientWay
	backend *flow.Backend
	over    []*flow.Route // by which requests are led there
}

// waysTo are, for each proxy of a route, the ways of clients' requests for it to the
// backends that it leads to from there.
func (p *Pass) waysTo(all *flow.Ways, r *flow.Route) [][]flow.ClientWay {
	var out [][]flow.ClientWay
	for _, proxy := range r.Proxies {
		asked := sample(r, proxy)
		out = append(out, all.Of(asked, ownBackends(r, proxy), p.visited(asked.Host)))
	}
	return out
}

// sample is what a request for a route at a proxy asks for.
func sample(r *flow.Route, proxy *flow.Proxy) flow.Head {
	h, _ := r.Sample(proxy)
	return h
}

// ownBackends are those to which a route leads from a proxy where TLS ends.
func ownBackends(r *flow.Route, proxy *flow.Proxy) []*flow.Backend {
	for _, l := range proxy.Listeners {
		if l.Ends(r) {
			own, _ := r.BackendsFor(l, sample(r, proxy))
			return own
		}
	}
	return nil
}

// waysPast finds the ways by which requests for a route come to its backends over
// another route, which is asked for no such certificate: one for each of those.
func (p *Pass) waysPast(all *flow.Ways, r *flow.Route, auth flow.ClientAuth) []wayPast {
	var out []wayPast
	seen := once[*flow.Route]()
	for i, ways := range p.waysTo(all, r) {
		if !slices.ContainsFunc(ways, func(w flow.ClientWay) bool { return w.Route == r && !w.Plain }) {
			continue // other proxies are to show the certificate, not clients
		}
		asked := sample(r, r.Proxies[i])
		own := ownBackends(r, r.Proxies[i])
		for _, w := range ways {
			switch o := w.Route; {
			case o == r, len(o.Allow) > 0, o.WithoutCertificate.V != 0, confined(w.Entry.Proxy), confined(w.At.Proxy), p.model.doubt.any(o):
			case !w.Plain && (w.Asked.V.Satisfies(auth) || w.At.Ends(r)):
			default:
				reached, over := o.BackendsFor(w.At, asked)
				i := slices.IndexFunc(reached, func(b *flow.Backend) bool { return slices.Contains(own, b) })
				if i >= 0 && !slices.Contains(over, r) && seen(o) {
					out = append(out, wayPast{w, reached[i], over})
				}
			}
		}
	}
	return out
}

// visited are the proxies to which requests of the model for a host go.
func (p *Pass) visited(host string) []*flow.Proxy {
	var out []*flow.Proxy
	for _, q := range p.model.asked().host[flow.Fold(host)] {
		if !q.Derived && q.Via != nil && !slices.Contains(out, q.Via) {
			out = append(out, q.Via)
		}
	}
	return out
}

// confined reports whether a proxy is reached from trusted zones alone.
func confined(proxy *flow.Proxy) bool {
	return len(proxy.From) > 0 && !slices.ContainsFunc(proxy.From, func(z flow.Fact[*flow.Zone]) bool { return z.V.Trust.V != flow.Trusted })
}

// hostInWords is the host of a route, with its path.
func hostInWords(r *flow.Route, on *flow.Proxy) string {
	host := r.FirstHost()
	if slices.Contains(r.Proxies, on) {
		host = r.HostOn(on)
	}
	if host == "" {
		host = "any host"
	}
	return host + strings.TrimSuffix(r.Path.V, "/")
}

// withoutWay are the ways to close a way past a client certificate: the route by
// which it leads goes, and with it those of further proxies that it alone leads to.
func (p *Pass) withoutWay(w wayPast, r *flow.Route) []diag.Suggestion {
	gone := []*flow.Route{w.Route}
	led := func(o *flow.Route) bool {
		return slices.ContainsFunc(p.Topology.Routes, func(by *flow.Route) bool {
			return !slices.Contains(gone, by) && slices.ContainsFunc(by.Targets, func(t *flow.Target) bool { return slices.Contains(o.Proxies, t.Proxy) })
		})
	}
	steps := p.withoutRoute(w.Route).Steps
	for _, o := range w.over {
		if o != w.Route && !led(o) {
			gone = append(gone, o)
			steps = append(steps, p.withoutRoute(o).Steps...)
		}
	}
	steps = append(steps, p.leadingNowhere(gone)...)
	if w.Plain && r.Insecure.V == flow.InsecureNone && p.askedIn(r, "http") {
		steps = append(steps, p.redirecting(r)...)
	}
	return []diag.Suggestion{given(way(steps...), "no client is meant to come by route %q", w.Route.Name)}
}

// leadingNowhere are the steps that take out what leads to proxies which have no
// routes without those that are gone: targets, and routes that have no other one.
func (p *Pass) leadingNowhere(gone []*flow.Route) []diag.Step {
	var steps []diag.Step
	empty := func(t *flow.Target) bool {
		return t.Proxy != nil && !slices.ContainsFunc(t.Proxy.Routes, func(r *flow.Route) bool { return !slices.Contains(gone, r) })
	}
	for more := true; more; {
		more = false
		for _, r := range p.Topology.Routes {
			if !slices.ContainsFunc(r.Targets, empty) || slices.Contains(gone, r) {
				continue
			}
			if i := slices.IndexFunc(r.Targets, func(t *flow.Target) bool { return !empty(t) }); i < 0 {
				gone, steps, more = append(gone, r), append(steps, p.withoutRoute(r).Steps...), true
			}
		}
	}
	for _, r := range p.Topology.Routes {
		for _, t := range r.Targets {
			if empty(t) && !slices.Contains(gone, r) {
				steps = append(steps, remove(inRoute(r), diag.FactTarget, t.At, targetText(t)))
			}
		}
	}
	return steps
}
