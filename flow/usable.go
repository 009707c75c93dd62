package flow

import (
	"iter"
	"slices"
)

// Usable returns a request for a route by one of the schemes, http or https,
// from who can use the route: from the client of a request of the model that
// comes through, else from the first client that does, by the first way in that
// leads there. The schemes are tried in turn. Where none comes through, it is
// the one that comes furthest. nil where no client can come to the route.
func Usable(t *Topology, r *Route, schemes ...string) *Request {
	var best *Request
	far := comesNowhere
	for _, scheme := range schemes {
		for q := range t.candidates(r, scheme) {
			came := comes(Derive(t, q), r)
			if came == comesThrough {
				return q
			}
			if best == nil || came > far {
				best, far = q, came
			}
		}
	}
	return best
}

// schemesFor are the schemes by which a route may be reached, that which it is
// for first: what comes to a plaintext route may have been TLS before another
// proxy, and the reverse.
func schemesFor(m Mode) []string {
	if m == ModeNone {
		return []string{"http", "https"}
	}
	return []string{"https", "http"}
}

// candidates are the requests that may show a route by a scheme, the best ones
// first: from each client of the model's requests for it, these requests
// themselves, and from every client to every proxy that serves the route.
func (t *Topology) candidates(r *Route, scheme string) iter.Seq[*Request] {
	return func(yield func(*Request) bool) {
		asking := t.asking(r)
		if usual := Probe(t, r, scheme); usual != nil {
			for _, q := range asking {
				if !yield(usual.as(q.From)) {
					return
				}
			}
		}
		for _, q := range asking {
			if q.Calls[0].Scheme == scheme && !yield(q) {
				return
			}
		}
		for _, p := range r.Proxies {
			q := t.probe(r, p, scheme)
			for _, c := range t.Clients {
				if q != nil && !yield(q.as(c)) {
					return
				}
			}
		}
	}
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

// asking are the requests of the model for a host of a route, each as its first
// call for it alone.
func (t *Topology) asking(r *Route) []*Request {
	var out []*Request
	for _, q := range t.Requests {
		if q.Derived || q.From == nil || q.Via == nil {
			continue
		}
		i := slices.IndexFunc(q.Calls, func(c Call) bool {
			return slices.ContainsFunc(r.Proxies, func(p *Proxy) bool { return HostMatches(r.HostOn(p), c.Host) })
		})
		if i < 0 {
			continue
		}
		out = append(out, &Request{Decl: q.Decl, From: q.From, Via: q.Via, Derived: true, RequestFacts: RequestFacts{
			Calls: q.Calls[i : i+1], SNI: q.SNI, HostField: q.HostField, Fields: q.Fields, TLS: q.TLS, Times: Default(1),
		}})
	}
	return out
}

// coming is how far a request comes that is for a route.
type coming uint8

// How far a request comes.
const (
	comesNowhere  coming = iota
	comesToRoute         // the route is chosen for it
	comesToServer        // what fails is a server of the route, or that it has none
	comesThrough         // nothing fails
)

func comes(lc *Lifecycle, r *Route) coming {
	took := slices.ContainsFunc(lc.Exchanges, func(x *Exchange) bool { return x.Route == r }) ||
		slices.ContainsFunc(lc.Connections, func(c *Connection) bool { return c.Route == r })
	switch f := lc.Outcome.Fault; {
	case !took:
		return comesNowhere
	case f == FaultNone:
		return comesThrough
	case lc.Outcome.Reached, f == FaultNoServer:
		return comesToServer
	}
	return comesToRoute
}
