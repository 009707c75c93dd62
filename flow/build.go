package flow

import (
	"slices"
	"strconv"
	"sync"
)

// deriver builds one lifecycle. It is written once, in the order of one course
// that the partial order allows; every step names what must come before it.
type deriver struct {
	t  *Topology
	r  *Request
	lc *Lifecycle

	*scratch
	slab slab

	turn     map[turnKey]turns       // of each load balancer
	chosen   map[*Route]serverChoice // affinity: the server of this client
	wait     int64                   // milliseconds before the next step
	attempt  int                     // of the connection being opened
	maybe    bool                    // what follows happens only if a race is lost: all of it is optional
	current  *Exchange
	pool     []*channel                // channels towards servers that were opened here, and may be used again
	idling   *idling                   // those that were opened before
	woken    map[*idleChannel]*channel // those of them that this lifecycle has to do with, and what they opened
	sessions *earlierSession           // of earlier requests
}

// scratch is what a derivation needs only while it runs. The next one takes it over.
type scratch struct {
	look   int     // how often comesAfter looked back
	looked []int   // of each step, the last time that it was seen there
	next   []*Step // where comesAfter looks next
	deps   []*Step // what put's step comes after, before add takes what it needs
	given  []*Step // what direct was asked about, once
	row    []*Step // the messages of cross on one connection

	parts  map[string]*Participant
	opened map[string]int // connections opened for each pair of participants
	ids    map[string]int // of each step id that was asked for, its place in asked
	asked  []int          // how often
	id     []byte         // while it is put together
	wires  []wire         // of each connection, at Connection.place
}

var scratches = sync.Pool{New: func() any {
	return &scratch{parts: map[string]*Participant{}, opened: map[string]int{}, ids: map[string]int{}}
}}

// leave forgets a derivation, and is there for the next one. What is large is not: it
// would be cleared each time.
func (s *scratch) leave() {
	if len(s.looked) > 16*usualSteps {
		return
	}
	clear(s.parts)
	clear(s.opened)
	clear(s.ids)
	for _, steps := range [][]*Step{s.next, s.deps, s.given, s.row} {
		clear(steps[:cap(steps)])
	}
	clear(s.wires)
	s.look, s.looked, s.wires, s.asked = 0, s.looked[:0], s.wires[:0], s.asked[:0]
	scratches.Put(s)
}

// wire is what was sent on a connection, by the client end and by the other one.
type wire struct {
	conn  *Connection
	last  [2]*Step   // the last message
	loose [2][]*Step // the loose ones: only the end of the direction comes after them
}

// wayOf is the index of a direction.
func wayOf(fromClient bool) int {
	if fromClient {
		return 0
	}
	return 1
}

// wire is that of a connection. One of an earlier lifecycle has another place, or none.
func (d *deriver) wire(c *Connection) *wire {
	if c.place < len(d.wires) && d.wires[c.place].conn == c {
		return &d.wires[c.place]
	}
	i := slices.IndexFunc(d.wires, func(w wire) bool { return w.conn == c })
	if i < 0 {
		i = len(d.wires)
		d.wires = append(d.wires, wire{conn: c})
	}
	return &d.wires[i]
}

// last is the last message of one direction of a connection; nil for none.
func (d *deriver) last(c *Connection, fromClient bool) *Step {
	return d.wire(c).last[wayOf(fromClient)]
}

// message is a message before it is put on a connection.
type message struct {
	op        Op
	facts     Facts
	protected bool
	optional  bool
	flight    Flight
	lossy     bool // a relay may lose it on its way from a socket to the network
	loose     bool // what goes the same way later may overtake it, but not the end of that way
}

// usualSteps is room for the steps of most requests.
const usualSteps = 64

func newDeriver(t *Topology, r *Request) *deriver {
	return &deriver{
		t: t, r: r,
		lc:      &Lifecycle{Topology: t, Request: r, Steps: make([]*Step, 0, usualSteps)},
		scratch: scratches.Get().(*scratch),
		attempt: 1,
	}
}

// assume notes a default that the course depends on, once.
func (d *deriver) assume(a Assumption) {
	if !slices.ContainsFunc(d.lc.Assumed, a.same) {
		d.lc.Assumed = append(d.lc.Assumed, a)
	}
}

// uniqueID returns the parts as one id, or id#2, id#3… for later steps of the same name.
func (d *deriver) uniqueID(parts ...string) string {
	d.id = d.id[:0]
	for _, p := range parts {
		d.id = append(d.id, p...)
	}
	if i, ok := d.ids[string(d.id)]; ok {
		d.asked[i]++
		d.id = strconv.AppendInt(append(d.id, '#'), int64(d.asked[i]), 10)
		return string(d.id)
	}
	id := string(d.id)
	d.ids[id] = len(d.asked)
	d.asked = append(d.asked, 1)
	return id
}

// add numbers a step of the slab and appends it. Of the steps in after, those that are nil
// or come before another of them anyway are left out.
func (d *deriver) add(s *Step, after ...*Step) *Step {
	s.N = len(d.lc.Steps) + 1
	s.After = d.direct(after)
	s.Wait, d.wait = d.wait, 0
	s.Attempt = int32(d.attempt)
	s.Exchange = d.current
	d.lc.Steps, d.looked = append(d.lc.Steps, s), append(d.looked, 0)
	return s
}

// direct returns the steps that no other of them comes after.
func (d *deriver) direct(after []*Step) []*Step {
	given := d.given[:0]
	for _, a := range after {
		if a != nil && !slices.Contains(given, a) {
			given = append(given, a)
		}
	}
	d.given = given
	out := d.slab.list(len(given))
	for _, a := range given {
		if !slices.ContainsFunc(given, func(o *Step) bool { return o != a && d.comesAfter(o, a) }) {
			out = append(out, a)
		}
	}
	return d.slab.keep(out)
}

// comesAfter reports whether s comes after a, directly or not. Steps are
// numbered in an order that the partial order allows, so nothing that was
// listed before a needs a look.
func (d *deriver) comesAfter(s, a *Step) bool {
	d.look++
	for d.next = append(d.next[:0], s); len(d.next) > 0; {
		s := d.next[len(d.next)-1]
		d.next = d.next[:len(d.next)-1]
		if s == a {
			return true
		}
		if s.N <= a.N || d.looked[s.N-1] == d.look {
			continue
		}
		d.looked[s.N-1] = d.look
		d.next = append(d.next, s.After...)
	}
	return false
}

// act adds an action inside a node.
func (d *deriver) act(at *Participant, op Op, facts Facts, session *Session, after ...*Step) *Step {
	s := d.slab.step()
	s.ID, s.Op, s.At = d.uniqueID(at.ID, ".", op.String()), op, at
	s.Facts, s.Session = facts, session
	return d.add(s, after...)
}

// put puts a message on a connection. It comes after everything that went in
// the same direction before it, as TCP keeps order.
func (d *deriver) put(c *Connection, fromClient bool, m message, session *Session, relayed bool, after ...*Step) *Step {
	from, to := c.From, c.To
	if !fromClient {
		from, to = to, from
	}
	id := c.ID
	if session != nil {
		id = session.ID
	}
	end := ""
	switch {
	case ops[m.op].both && fromClient:
		end = ".client"
	case ops[m.op].both:
		end = ".server"
	}
	over, of := "", "" // a relayed one has the name of its connection, too
	if relayed {
		over, of = "@", c.ID
	}
	w, way := d.wire(c), wayOf(fromClient)
	deps := append(d.deps[:0], w.last[way])
	deps = append(deps, after...)
	if m.op == OpFIN {
		deps = append(deps, w.loose[way]...)
	}
	s := d.slab.step()
	s.ID, s.Op, s.Connection, s.From, s.To = d.uniqueID(id, end, ".", m.op.String(), over, of), m.op, c, from, to
	s.Facts, s.Session = m.facts, session
	s.Protected, s.Optional, s.Relayed, s.Flight = m.protected, m.optional || d.maybe, relayed, m.flight
	d.add(s, deps...)
	d.deps = deps
	s.Attempt = int32(max(c.Attempt, 1))
	if m.loose {
		w.loose[way] = append(w.loose[way], s)
	} else {
		w.last[way] = s
	}
	return s
}

// pass sends messages from one end of a channel to the other: along every
// connection of its path, relayed unread by the nodes between. It returns the
// step with which the last of them arrives.
func (d *deriver) pass(l *channel, fromClient bool, session *Session, ms []message, after ...*Step) *Step {
	_, arrived := d.cross(l, fromClient, session, ms, after...)
	return arrived
}

// cross is pass that also returns the last message as its sender sent it.
func (d *deriver) cross(l *channel, fromClient bool, session *Session, ms []message, after ...*Step) (sent, arrived *Step) {
	steps := slices.Grow(d.row[:0], len(ms))[:len(ms)] // on the connection before
	d.row = steps
	for i := range l.path {
		c := l.path[i]
		if !fromClient {
			c = l.path[len(l.path)-1-i]
		}
		for k, m := range ms {
			deps := after
			switch {
			case i > 0:
				deps = steps[k : k+1]
			case k > 0:
				deps = nil
			}
			m.optional = m.optional || m.lossy && !c.OverSocket()
			steps[k] = d.put(c, fromClient, m, session, i > 0, deps...)
		}
		arrived = steps[len(steps)-1]
		if i == 0 {
			sent = arrived
		}
	}
	return sent, arrived
}

// participant returns the lifeline with the id, made once.
func (d *deriver) participant(id string, fill func(*Participant)) *Participant {
	if p, ok := d.parts[id]; ok {
		return p
	}
	p := &Participant{ID: id}
	fill(p)
	d.parts[id] = p
	d.lc.Participants = append(d.lc.Participants, p)
	return p
}

func (d *deriver) clientPart(c *Client) *Participant {
	return d.participant(c.Name, func(p *Participant) {
		p.Kind, p.Label, p.Zone, p.Address, p.Client = KindClient, c.Title(), c.Zone, c.Address.V, c
	})
}

func (d *deriver) proxyPart(x *Proxy) *Participant {
	return d.participant(x.Name, func(p *Participant) {
		p.Kind, p.Label, p.Zone, p.Proxy = KindProxy, x.Title(), x.Zone, x
	})
}

func (d *deriver) innerPart(x *Proxy) *Participant {
	return d.participant(x.Name+"/inner", func(p *Participant) {
		p.Kind, p.Label, p.Zone, p.Address, p.Proxy = KindInner, x.Title()+" (inner)", x.Zone, x.Inner.V.Address, x
	})
}

func (d *deriver) serverPart(s *Server) *Participant {
	return d.participant(s.Backend.Name+"/"+s.Name, func(p *Participant) {
		p.Kind, p.Label, p.Zone, p.Address, p.Server = KindServer, s.Title(), s.Backend.Zone, s.Address, s
	})
}

// connection makes a connection; nothing is sent on it yet.
func (d *deriver) connection(from, to *Participant, source, address string, port int) *Connection {
	pair := from.ID + ">" + to.ID
	d.opened[pair]++
	c := &Connection{
		ID:   pair + "#" + strconv.Itoa(d.opened[pair]),
		From: from, To: to, Source: source, Address: address, Port: port, Attempt: d.attempt,
		place: len(d.wires),
	}
	d.wires = append(d.wires, wire{conn: c})
	d.lc.Connections = append(d.lc.Connections, c)
	return c
}

// tcpHandshake opens a connection (RFC 9293, 3.5) and returns its ACK.
func (d *deriver) tcpHandshake(c *Connection, after ...*Step) *Step {
	if c.OverSocket() {
		return d.put(c, true, message{op: OpConnect}, nil, false, after...)
	}
	syn := d.put(c, true, message{op: OpSYN}, nil, false, after...)
	synAck := d.put(c, false, message{op: OpSYNACK}, nil, false, syn)
	return d.put(c, true, message{op: OpACK}, nil, false, synAck)
}

// tcpRefused is a SYN that is answered with RST.
func (d *deriver) tcpRefused(c *Connection, fault Fault, after ...*Step) *Step {
	syn := d.put(c, true, message{op: OpSYN}, nil, false, after...)
	rst := d.put(c, false, message{op: OpRST}, nil, false, syn)
	rst.Fault = fault
	return rst
}

// session makes a TLS session that is about to open.
func (d *deriver) session(client *Participant) *Session {
	s := &Session{ID: "T" + strconv.Itoa(len(d.lc.Sessions)+1), Ends: [2]*Participant{client, nil}, Verified: true}
	d.lc.Sessions = append(d.lc.Sessions, s)
	return s
}
