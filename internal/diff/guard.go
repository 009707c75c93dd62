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
	case x.outsider && !was.unled:
		return Opened
	}
	return 0
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
	addresses, outside := c.addresses(members)
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

// addresses are those from which it shows what allow lists of some paths decide: one of each
// network that is on some of them, and one that is on none; outside is that one.
func (c *comparison) addresses(members []member) (all []string, outside string) {
	var networks []string
	for _, m := range members {
		for i := range m.path.Hops {
			for _, r := range []*flow.Route{m.path.Hops[i].Route, m.path.Hops[i].Relayed, m.path.Route} {
				if r == nil {
					continue
				}
				for _, a := range r.Allow {
					if !slices.Contains(networks, a.V) {
						networks = append(networks, a.V)
					}
				}
			}
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
	for _, o := range outsiders {
		if !slices.ContainsFunc(networks, func(n string) bool { return flow.InNetwork(n, o) }) {
			return append(all, o), o
		}
	}
	return all, ""
}
