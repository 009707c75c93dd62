package flow

import "slices"

// Class is a set of paths, each with a client, that the derivation cannot distinguish: it reads
// the same facts of all of them, except names and addresses.
type Class struct {
	Path    *Path   // the first of them
	Client  *Client // that goes it
	Count   int
	Summary Summary

	t *Topology
}

// Summary is what is kept of the lifecycle of a class. Hops are counted as in
// Path.Hops.
type Summary struct {
	Endings []Ending
	Fault   Fault
	Problem Problem
	At      int    // the hop on which it goes wrong, or at whose far end; -1 where nothing does
	Plain   []bool // of each hop: a request crossed it in plaintext, which a server was asked or which came in TLS
	Opened  int    // how many of the hops were opened
	Reached bool   // a server was asked
	Leaves  bool   // it is the client that ends it
}

// Fails reports whether nothing but a failure comes of the class's paths.
func (s *Summary) Fails() bool { return s.Fault != FaultNone }

func newClass(t *Topology, p *Path, c *Client) *Class {
	cl := &Class{Path: p, Client: c, t: t}
	cl.Summary = summaryOf(p, cl.Lifecycle())
	return cl
}

// Lifecycle derives the class's example.
func (c *Class) Lifecycle() *Lifecycle { return Derive(c.t, c.Request()) }

// Member is the class of a path and one of its clients, with these as the example.
func (p *Path) Member(client int) *Class {
	c := *p.Classes[client]
	c.Path, c.Client = p, p.Clients[client]
	return &c
}

// Request is the request of the class's example.
func (c *Class) Request() *Request { return c.Path.requestFor(c.Client) }

// LifecycleOf derives the course of a path from a client.
func LifecycleOf(t *Topology, p *Path, c *Client) *Lifecycle { return Derive(t, p.requestFor(c)) }

// summaryOf reads a lifecycle of a path.
func summaryOf(p *Path, lc *Lifecycle) Summary {
	o := lc.Outcome
	s := Summary{Endings: o.Endings, Fault: o.Fault, At: -1, Plain: make([]bool, len(p.Hops)), Reached: o.Reached}
	s.Leaves = o.From != nil && o.From.Kind == KindClient
	if o.Why != nil {
		s.Problem = o.Why.Problem
	}
	at := p.HopsOf(lc)
	for _, i := range at {
		s.Opened = max(s.Opened, i+1)
	}
	for _, st := range lc.Steps {
		i, ok := at[st.Connection]
		if ok && st.Op == OpRequest && !st.Protected && st.Exchange != nil && (st.Exchange.Server != nil || p.exposes(i)) {
			s.Plain[i] = true
		}
	}
	if o.Cause != nil {
		s.At = hopOf(lc, at, o.Cause)
	}
	return s
}

// exposes reports whether a hop carries in plaintext what came in TLS, and a proxy
// redirects or answers behind it: no server is asked, and it could be read all the same.
func (p *Path) exposes(hop int) bool {
	return hop > 0 && (p.End == EndRedirect || p.End == EndAnswer) && p.Hops[0].TLS && !p.Hops[hop].TLS
}

// hopOf is the hop that a step is on, or at whose far end it is done.
func hopOf(lc *Lifecycle, at map[*Connection]int, st *Step) int {
	if i, ok := at[st.Connection]; ok {
		return i
	}
	who := st.At
	if who == nil {
		who = st.From
	}
	for _, c := range slices.Backward(lc.Connections) {
		if i, ok := at[c]; ok && (c.To == who || c.From == who) {
			return i
		}
	}
	return 0
}

// HopsOf are the connections of a lifecycle of the path, retries among them,
// with the number of their hop.
func (p *Path) HopsOf(lc *Lifecycle) map[*Connection]int {
	at := map[*Connection]int{}
	for _, c := range lc.Connections {
		i := slices.IndexFunc(p.Hops, func(h Hop) bool {
			return h.From == c.From.Proxy && h.Listener == c.Listener && h.Server == c.To.Server && h.Port == c.Port
		})
		if i >= 0 && c.To.Kind != KindInner {
			at[c] = i
		}
	}
	return at
}
