package flow

import (
	"iter"
	"slices"
)

// Usable returns a request for a route by one of the schemes, http or https,
// from a client that can use the route: that of a request of the model which
// succeeds, else the first one whose request does, by the first way in that
// leads there. The schemes are tried in turn. Where no request succeeds, it is
// the one that gets furthest. nil where no client can reach the route.
func Usable(t *Topology, r *Route, schemes ...string) *Request {
	if lc := usable(t, r, schemes...); lc != nil {
		return lc.Request
	}
	return nil
}

// usable is the course of the request that Usable returns.
func usable(t *Topology, r *Route, schemes ...string) *Lifecycle {
	var best *Lifecycle
	far := comesNowhere
	for _, scheme := range schemes {
		for q := range t.candidates(r, scheme) {
			lc := Derive(t, q)
			came := comes(lc, r)
			if came == comesThrough {
				return lc
			}
			if best == nil || came > far {
				best, far = lc, came
			}
		}
	}
	return best
}

// schemesFor are the schemes by which a route may be reached, that which it is
// for first: what reaches a plaintext route may have been TLS before another
// proxy, and the reverse.
func schemesFor(m Mode) []string {
	if m == ModeNone {
		return []string{"http", "https"}
	}
	return []string{"https", "http"}
}

// candidates are the requests that may show a route by a scheme, the best ones
// first: from each client of the model's requests for it, these requests
// themselves, from every client to every proxy that serves the route, and, where
// the route names no host, for hosts that clients may ask for there.
func (t *Topology) candidates(r *Route, scheme string) iter.Seq[*Request] {
	return func(yield func(*Request) bool) {
		asking := t.asking(r)
		probes := Probes(t, r, scheme)
		if len(probes) > 0 {
			for _, q := range asking {
				if !yield(probes[0].as(q.From)) {
					return
				}
			}
		}
		for _, q := range asking {
			if q.Calls[0].Scheme == scheme && !yield(q) {
				return
			}
		}
		for _, q := range probes {
			for _, c := range t.Clients {
				if !yield(q.as(c)) {
					return
				}
			}
		}
		for _, p := range r.Proxies {
			q := t.probe(r, p, scheme)
			if q == nil {
				continue
			}
			for _, host := range r.likelyHosts(p) {
				call := q.Calls[0]
				call.Host = host
				named := t.ask(r, q.Via, call)
				if named == nil {
					continue
				}
				for _, c := range t.Clients[:min(len(t.Clients), mostTried)] {
					if !yield(named.as(c)) {
						return
					}
				}
			}
		}
	}
}

// mostTried is how many likely hosts are tried of a route without one, and from
// how many clients each.
const mostTried = 8

// likelyHosts are hosts that clients may ask for at a proxy to reach a route
// that names none, or that names a wildcard: those of the routes behind it, and
// those that its certificates name.
func (r *Route) likelyHosts(p *Proxy) []string {
	pattern := r.HostOn(p)
	if pattern != "" && OneHost(pattern) == pattern {
		return nil
	}
	var out []string
	add := func(host string) {
		host = OneHost(host)
		if host != "" && len(out) < mostTried && HostMatches(pattern, host) && !slices.Contains(out, host) {
			out = append(out, host)
		}
	}
	shown := func(all []Fact[*Certificate]) {
		for _, c := range all {
			for _, n := range c.V.Names {
				add(n.V)
			}
		}
	}
	next := []*Proxy{p}
	for _, to := range r.Targets {
		if to.Proxy == nil {
			shown(to.Backend.End.Certificates)
			continue
		}
		next = append(next, to.Proxy)
		for _, behind := range to.Proxy.Routes {
			if len(out) == mostTried {
				break
			}
			add(behind.HostOn(to.Proxy))
		}
	}
	for _, at := range next {
		for _, l := range at.Listeners {
			shown(l.End.Certificates)
		}
	}
	return out
}

// Steered is the request with one choice fixed: the proxy of the port sends it, by the route, to
// the target. It is nil if the route never leads to the target.
func (q *Request) Steered(l *Listener, r *Route, to *Target) *Request {
	for _, c := range r.choices(l.Port) {
		if c.proxy != nil && c.proxy == to.Proxy && (to.Port == 0 || to.Port == c.port) || c.server != nil && c.server.Backend == to.Backend {
			steered := *q
			steered.forks = append(slices.Clone(q.forks), fork{l.Proxy, r, c})
			return &steered
		}
	}
	return nil
}

// as is the same request from a client.
func (q *Request) as(c *Client) *Request {
	other := *q
	other.From = c
	if !q.TLS.IsSet() {
		other.TLS = Default(c.End.TLS.V)
	}
	return &other
}

// AsksFor is the first call of a request of the model for a host of a route; -1
// where it has none.
func (q *Request) AsksFor(r *Route) int {
	if q.Derived || q.From == nil || q.Via == nil {
		return -1
	}
	return slices.IndexFunc(q.Calls, func(c Call) bool {
		return slices.ContainsFunc(r.Proxies, func(p *Proxy) bool { return HostMatches(r.HostOn(p), c.Host) })
	})
}

// asking are the requests of the model for a host of a route, each as its first
// call for it alone.
func (t *Topology) asking(r *Route) []*Request {
	var out []*Request
	for _, q := range t.Requests {
		i := q.AsksFor(r)
		if i < 0 {
			continue
		}
		out = append(out, &Request{Decl: q.Decl, From: q.From, Via: q.Via, Derived: true, RequestFacts: RequestFacts{
			Calls: q.Calls[i : i+1], SNI: q.SNI, HostField: q.HostField, Fields: q.sent(), TLS: q.TLS, Times: Default(1),
		}})
	}
	return out
}

// coming is how far a request for a route gets.
type coming uint8

// How far a request gets.
const (
	comesNowhere  coming = iota
	comesToRoute         // the route is chosen for it
	comesToServer        // what fails is a server of the route, or that it has none
	comesThrough         // nothing fails
)

func comes(lc *Lifecycle, r *Route) coming {
	switch f := lc.Outcome.Fault; {
	case !lc.Takes(r):
		return comesNowhere
	case f == FaultNone:
		return comesThrough
	case lc.Outcome.Reached, f == FaultNoServer:
		return comesToServer
	}
	return comesToRoute
}

// Takes reports whether the course leads over a route, at any of its proxies.
func (lc *Lifecycle) Takes(r *Route) bool {
	return slices.ContainsFunc(lc.Exchanges, func(x *Exchange) bool { return x.Route == r }) ||
		slices.ContainsFunc(lc.Connections, func(c *Connection) bool { return c.Route == r })
}

// ExpectsFailure reports whether the request expects an outcome that is not a success: then its
// fault is intended.
func (q *Request) ExpectsFailure() bool {
	return slices.ContainsFunc(q.Expect, func(e Expect) bool { return Fails(e.Ending) })
}
