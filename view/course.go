package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// usual returns the course by which a route works: that of a request of the
// model, or, where that one fails or does more than reach the route, of a
// request that asks for nothing special, from a client that can use the route.
// nil where no client can reach the route by the scheme.
func (in *Input) usual(r *flow.Route, scheme string) *flow.Lifecycle {
	l := in.cache().Route(r, scheme)
	if l != nil && l.Outcome.Fault == flow.FaultNone && len(ways(l)) == 1 {
		return l
	}
	q := in.cache().Usable(r, scheme)
	if q == nil {
		return l
	}
	if u := in.cache().Of(q); l == nil || l.Request.Derived || u.Outcome.Fault == flow.FaultNone {
		return u
	}
	return l
}

// meant returns the course of a route by the scheme that it is for. Where that
// does not get there, what reaches the route by the other one does: TLS may end
// before a plaintext route, and a relay is for what stands behind it.
// nil also where it fails for a host that we made up.
func (in *Input) meant(r *flow.Route) *flow.Lifecycle {
	l := in.meantFor(r)
	in.know().sound[r] = l == nil || l.Outcome.Fault == flow.FaultNone
	return l
}

func (in *Input) meantFor(r *flow.Route) *flow.Lifecycle {
	own, other := "https", "http"
	if r.Mode.V == flow.ModeNone {
		own, other = other, own
	}
	l := in.usual(r, own)
	relays := routeMode(r) == "relay"
	switch {
	case l != nil && !relays && l.Takes(r): // it gets there, and fails behind it if it does
	case l == nil, l.Outcome.Fault == flow.FaultProtocol, l.Outcome.Fault == flow.FaultNoListener:
		if o := in.usual(r, other); o != nil && (l == nil || o.Outcome.Fault == flow.FaultNone || relays) {
			l = o
		}
	case relays && l.Outcome.Fault != flow.FaultNone && l.Request.Derived: // no request states this scheme
		if o := in.usual(r, other); o != nil && o.Outcome.Fault == flow.FaultNone {
			l = o
		}
	}
	if l != nil && slices.Contains(ofName, l.Outcome.Fault) && r.Host.V == "" && r.Subdomain.V == "" && madeUp(l, r) {
		return nil
	}
	return l
}

// otherTargets are the courses to the targets of a route that its usual one does not
// choose: the same request, sent there.
func (in *Input) otherTargets(r *flow.Route) []*flow.Lifecycle {
	l := in.meant(r)
	if l == nil || len(r.Targets) < 2 {
		return nil
	}
	var out []*flow.Lifecycle
	for _, p := range passages(l) {
		if p.route != r || p.out == nil || p.in.conn.Listener == nil {
			continue
		}
		for _, t := range r.Targets {
			if to := p.out.conn.To; to.Server != nil && to.Server.Backend == t.Backend || to.Proxy != nil && to.Proxy == t.Proxy {
				continue
			}
			if q := l.Request.Steered(p.in.conn.Listener, r, t); q != nil {
				out = append(out, flow.Derive(in.Topology, q))
			}
		}
	}
	return out
}

// passage is a proxy on the way of a course: what comes in, what goes out.
type passage struct {
	at      *flow.Proxy
	in, out *hop // out is nil where the proxy answers itself or the course ends
	route   *flow.Route
}

// passages returns the proxies along the way of a course. Hops between the two
// stages of one proxy are inside it.
func passages(l *flow.Lifecycle) []*passage { return passagesOf(l, hopsOf(l)) }

func passagesOf(l *flow.Lifecycle, hops []*hop) []*passage {
	var out []*passage
	for _, h := range hops {
		if h.conn.To.Proxy == nil || node(h.conn.From) == node(h.conn.To) {
			continue
		}
		p := &passage{at: h.conn.To.Proxy, in: h}
		for _, next := range hops {
			if node(next.conn.From) == p.at.Name && node(next.conn.To) != p.at.Name {
				p.out, p.route = next, next.conn.Route
				break
			}
		}
		for _, x := range l.Exchanges {
			if p.route == nil && x.Route != nil && slices.Contains(p.at.Routes, x.Route) {
				p.route = x.Route
			}
		}
		out = append(out, p)
	}
	return out
}

// words say what the proxy does with the sessions: "ends T1, starts T2",
// "relays T1, cannot read", "plain on both sides".
func (p *passage) words() string {
	switch {
	case p.out == nil && p.in.session == nil:
		return "plain"
	case p.out == nil:
		return "ends " + p.in.session.ID
	case p.in.session == nil && p.out.session == nil && p.relays():
		return "relays plaintext"
	case p.in.session == nil && p.out.session == nil:
		return "no TLS on either side"
	case p.in.session == p.out.session:
		return "relays " + p.in.session.ID + ", cannot read"
	case p.out.session == nil:
		return "ends " + p.in.session.ID
	case p.in.session == nil:
		return "starts " + p.out.session.ID
	}
	return "ends " + p.in.session.ID + ", starts " + p.out.session.ID
}

// relays reports whether what comes in goes out unread.
func (p *passage) relays() bool {
	l := p.in.conn.Listener
	return p.in.session != nil && p.out != nil && p.in.session == p.out.session ||
		l != nil && p.route != nil && l.Relays(p.route)
}
