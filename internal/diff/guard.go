package diff

import (
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// guard is what a topology asks of the clients of a host.
type guard struct {
	tls       bool // some get an answer in TLS
	plain     bool // some get a server's answer in plaintext
	certified bool // some get one in a session in which a client certificate was shown
	anybody   bool // some get one without
}

// findGuards notes what the old topology asks of the clients of each host.
func (c *comparison) findGuards(all []*question) {
	for _, q := range all {
		host := flow.Fold(q.at.Call.Host)
		for _, x := range q.by {
			for i := range x.was {
				m := &x.was[i]
				if !c.faces.face(m.class).ok {
					continue
				}
				g := c.guarded[host]
				if g == nil {
					g = &guard{}
					c.guarded[host] = g
				}
				g.note(x, m, c.asksClient(m))
			}
		}
	}
}

// note notes what a client gets, and whether it is asked for a certificate.
func (g *guard) note(x *exchange, m *member, asked bool) {
	if x.q.at.Call.InClear() {
		g.plain = g.plain || slices.Contains(m.class.Summary.Plain, true)
		g.anybody = g.anybody || m.path.End == flow.EndServer
		return
	}
	g.tls = true
	if x.stranger == withoutCertificate || !asked {
		g.anybody = true
	} else {
		g.certified = true
	}
}

// asksClient reports whether the client's own session is asked for a certificate.
func (c *comparison) asksClient(m *member) bool {
	if !c.certified {
		return false
	}
	for i := range m.path.Hops {
		h := &m.path.Hops[i]
		if i > 0 && h.Opens {
			break
		}
		if authOn(h).Mode != flow.AuthNone {
			return true
		}
	}
	return false
}

// inTLS reports whether the old topology serves a host in TLS alone.
func (c *comparison) inTLS(x *exchange) bool {
	g := c.guarded[flow.Fold(x.q.at.Call.Host)]
	return x.q.at.Call.InClear() && g != nil && g.tls && !g.plain
}

// opens is the kind of a success where all failed, where it is a way past what kept clients out;
// 0 where it is none.
func (c *comparison) opens(x *exchange, was got) Kind {
	g := c.guarded[flow.Fold(x.q.at.Call.Host)]
	past := slices.ContainsFunc(x.is, func(m member) bool {
		return c.faces.face(m.class).ok && m.path.End == flow.EndServer && (x.stranger == withoutCertificate || !c.asksClient(&m))
	})
	switch {
	case g != nil && g.certified && !g.anybody && past:
		return Uncertified
	case c.inTLS(x) && slices.ContainsFunc(x.is, func(m member) bool { return slices.Contains(m.class.Summary.Plain, true) }):
		return Plaintext
	case x.outsider && !was.unled && slices.ContainsFunc(x.was, byAddress) && slices.ContainsFunc(x.is, func(m member) bool {
		return c.faces.face(m.class).ok && m.path.End == flow.EndServer
	}), past && c.turnsAway(x):
		return Opened
	}
	return 0
}

// byAddress reports whether what comes of a path follows from the client's address: it is on no allow
// list, or a condition is about it.
func byAddress(m member) bool {
	return m.class.Summary.Problem == flow.ProblemNotAllowed || m.path.Route != nil &&
		slices.ContainsFunc(m.path.Route.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchSource })
}

// turnsAway reports whether routes of the old topology refuse a request themselves, as one does that denies it.
func (c *comparison) turnsAway(x *exchange) bool {
	for i := range x.was {
		p := x.was[i].path
		if p.End != flow.EndAnswer || p.Route == nil || !slices.Contains(refusals, p.Route.Answer.V.Status) {
			return false
		}
	}
	return len(x.was) > 0
}

// refusals are the statuses with which a proxy turns clients away (RFC 9110, 15.5; HAProxy's deny and tarpit); 0
// is the close of the connection.
var refusals = []int{0, 401, 403, 407}

// sentToTLS reports whether the old topology redirects what is asked in plaintext to https, and servers of the
// new one are asked for it in plaintext.
func (c *comparison) sentToTLS(x *exchange) bool {
	if !x.q.at.Call.InClear() || len(x.was) == 0 {
		return false
	}
	for i := range x.was {
		if p := x.was[i].path; p.End != flow.EndRedirect || p.Route == nil || !p.Route.SendsToTLS() {
			return false
		}
	}
	return slices.ContainsFunc(x.is, func(m member) bool {
		return c.faces.face(m.class).ok && m.path.End == flow.EndServer && m.class.Summary.Plain[0]
	})
}

// What is said of clients that no model states.
const withoutCertificate = "a client without a certificate"

// strangers has both topologies asked by clients that no model states: one without a
// certificate where one is asked for, and some from addresses where these decide.
func (c *comparison) strangers(q *question) {
	if len(q.by) == 0 || q.at.Request != nil {
		return
	}
	old, is := q.by[0].client[0], q.by[0].client[1]
	var members []member
	for _, x := range q.by {
		members = append(append(members, x.was...), x.is...)
	}
	if slices.ContainsFunc(members, func(m member) bool {
		return c.asksClient(&m) || m.class.Client.End.Certificate.V != nil && m.path.Route != nil && m.path.Route.WithoutCertificate.V != 0
	}) {
		a, b := *old, *is
		a.End.Certificate, b.End.Certificate = flow.Fact[*flow.Certificate]{}, flow.Fact[*flow.Certificate]{}
		c.stranger(q, &exchange{q: q, client: [2]*flow.Client{&a, &b}, stranger: withoutCertificate})
	}
	addresses, outside := c.addresses(q)
	for _, at := range addresses {
		a, b := *old, *is
		a.Address, b.Address = flow.Default(at), flow.Default(at)
		c.stranger(q, &exchange{q: q, client: [2]*flow.Client{&a, &b}, stranger: "a client from " + at, outsider: at == outside})
	}
}

// stranger asks both topologies.
func (c *comparison) stranger(q *question, x *exchange) {
	q.by = append(q.by, x)
	c.old.ask(q.at, q.was, x.client[0], func(m []member) { x.was = m })
	c.is.ask(q.at, q.goes, x.client[1], func(m []member) { x.is = m })
}

// outsiders are addresses that belong to nobody (RFC 5737, RFC 3849).
var outsiders = []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"}

// mostAddresses is from how many addresses a question is asked.
const mostAddresses = 8

// addresses are those from which it shows what allow lists and conditions of some routes decide: one of
// each network that is in them, and one that is in none; outside is that one. One that was in none, and
// now comes in with everybody, is looked for first.
func (c *comparison) addresses(q *question) (all []string, outside string) {
	var before, networks []string
	for _, x := range q.by {
		before = c.old.networks(before, x.was, q.at.Call.Host)
		networks = c.is.networks(networks, x.is, q.at.Call.Host)
	}
	for _, n := range before {
		if !slices.Contains(networks, n) {
			networks = append(networks, n)
		}
	}
	if len(networks) == 0 {
		return nil, ""
	}
	for _, n := range networks[:min(len(networks), mostAddresses)] {
		if p, err := netip.ParsePrefix(n); err == nil {
			all = append(all, p.Masked().Addr().String())
		} else if a, err := netip.ParseAddr(n); err == nil {
			all = append(all, a.String())
		}
	}
	in := func(networks []string, o string) bool {
		return slices.ContainsFunc(networks, func(n string) bool { return flow.InNetwork(n, o) })
	}
	wide := slices.DeleteFunc(slices.Clone(networks), func(n string) bool { return !ofEverybody(n) })
	for _, o := range outsiders {
		if len(before) > 0 && !in(before, o) && in(wide, o) {
			return append(all, o), o // it was in none, and is let in with everybody
		}
	}
	for _, o := range outsiders {
		if !in(networks, o) {
			return append(all, o), o
		}
	}
	return all, ""
}

// ofEverybody reports whether a network is a large part of all addresses: 0.0.0.0/0, or a half of it.
func ofEverybody(network string) bool {
	p, err := netip.ParsePrefix(network)
	return err == nil && p.Bits() < 8
}

// networks appends those that allow lists on some paths name, and conditions of routes that the
// proxies on them have for a host.
func (s *side) networks(out []string, members []member, host string) []string {
	add := func(n string) {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	allowed := func(r *flow.Route) {
		if r != nil {
			for _, a := range r.Allow {
				add(a.V)
			}
		}
	}
	for _, m := range members {
		allowed(m.path.Route)
		for i := range m.path.Hops {
			h := &m.path.Hops[i]
			allowed(h.Route)
			allowed(h.Relayed)
			if h.Listener == nil || !s.asksSource(h.Listener.Proxy) {
				continue
			}
			for r := range h.Listener.Proxy.RoutesFor(host) {
				for _, match := range r.Matches {
					if match.Kind == flow.MatchSource {
						for _, n := range match.Values {
							add(n)
						}
					}
				}
			}
		}
	}
	return out
}

// asksSource reports whether a condition of a proxy's routes is about the client's address.
func (s *side) asksSource(p *flow.Proxy) bool {
	known, ok := s.sources[p]
	if !ok {
		known = slices.ContainsFunc(p.Routes, func(r *flow.Route) bool {
			return slices.ContainsFunc(r.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchSource })
		})
		s.sources[p] = known
	}
	return known
}
