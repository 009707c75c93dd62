package flow

import (
	"maps"
	"slices"
)

// carryOver is what a request leaves for one that comes after it. It is made of
// plain values, so that a lifecycle does not keep alive what derived it.
type carryOver struct {
	from     *Client
	idle     []*idleChannel // those towards servers that idle in a proxy's pool, in the order in which they opened
	sessions []*Session     // that came up: their client ends may resume them
	turn     map[*Route]int
	chosen   map[*Route]serverChoice // by cookie
}

// idleChannel is a channel that nobody uses at the end of a lifecycle.
type idleChannel struct {
	opener, far    *Participant
	path           []*Connection
	session        *Session
	listener       *Listener
	server         *Server
	route, relayed *Route
	call           Call
	exchanges      int
	raced, tickets bool
	ups            []*idleChannel
}

// rest makes plain values of a channel, and of those that its far end opened.
func (l *channel) rest(known map[*channel]*idleChannel) *idleChannel {
	if x := known[l]; x != nil {
		return x
	}
	x := l.idle
	if x == nil {
		x = &idleChannel{
			opener: l.opener, far: l.far, path: l.path, session: l.session, listener: l.listener, server: l.server, route: l.route,
			relayed: l.relayed, call: l.call, exchanges: l.exchanges, raced: l.raced, tickets: l.tickets,
		}
	}
	known[l] = x
	if l.idle == nil {
		for _, up := range l.ups {
			if !up.closed {
				x.ups = append(x.ups, up.rest(known))
			}
		}
	}
	return x
}

// wake makes channels again of what idles. They are none of this lifecycle until
// it uses them (own).
func (x *idleChannel) wake(known map[*idleChannel]*channel) *channel {
	if l := known[x]; l != nil {
		return l
	}
	l := &channel{
		opener: x.opener, far: x.far, path: x.path, session: x.session, listener: x.listener, server: x.server, route: x.route,
		relayed: x.relayed, call: x.call, exchanges: x.exchanges, raced: x.raced, tickets: x.tickets, idle: x,
	}
	known[x] = l
	for _, up := range x.ups {
		l.ups = append(l.ups, up.wake(known))
	}
	return l
}

// inherit takes over what the request before has left; nil for none.
func (d *deriver) inherit(before *Lifecycle) {
	r := d.r
	if before == nil {
		if r.Resume.IsSet() || r.EarlyData.V {
			d.sessions = d.unresumed().over.sessions
			d.assume(Assumption{Kind: AssumesMadeBefore, Name: r.Name})
		}
		return
	}
	d.lc.Before = before
	d.sessions = slices.Clone(before.over.sessions)
	known := map[*idleChannel]*channel{}
	for _, x := range before.over.idle {
		d.pool = append(d.pool, x.wake(known))
	}
	maps.Copy(d.turn, before.over.turn)
	if before.over.from == r.From {
		maps.Copy(d.chosen, before.over.chosen)
	}
}

// unresumed is the lifecycle of the same request as a first one.
func (d *deriver) unresumed() *Lifecycle {
	q := *d.r
	q.After, q.Resume, q.EarlyData = Fact[*Request]{}, Fact[string]{}, Fact[bool]{}
	return newDeriver(d.t, &q).run()
}

// carry sums up what this request leaves, and what becomes of it where no
// other comes after.
func (d *deriver) carry() {
	over := &carryOver{from: d.r.From, turn: d.turn, chosen: d.chosen, sessions: d.sessions}
	for _, s := range d.lc.Sessions {
		if s.Up && s.Since == nil {
			over.sessions = append(over.sessions, s)
		}
	}
	known := map[*channel]*idleChannel{}
	var own []*channel
	for _, l := range d.pool {
		if l.closed || !l.end().Pooled {
			continue
		}
		over.idle = append(over.idle, l.rest(known))
		if l.idle == nil && l.opener.Kind == KindProxy && len(l.path) == 1 {
			own = append(own, l)
		}
	}
	d.lc.over = over
	course := len(d.lc.Steps)
	d.current = nil
	for _, l := range own {
		d.purge(l)
	}
	d.lc.Steps, d.lc.Later = d.lc.Steps[:course:course], d.lc.Steps[course:]
}

// own makes a channel of an earlier lifecycle one of this: the same connections
// and session, still open. That lifecycle stays as it is.
func (d *deriver) own(old *channel) *channel {
	if old.idle == nil {
		return old
	}
	l := *old
	l.idle = nil
	l.opener, l.far = d.again(old.opener), d.again(old.far)
	l.ups = slices.Clone(old.ups)
	l.path = nil
	for _, c := range old.path {
		l.path = append(l.path, d.goesOn(c))
	}
	if old.session != nil {
		l.session = d.session(l.opener)
		id := l.session.ID
		*l.session = *old.session
		l.session.ID, l.session.Since = id, old.session
		l.session.Ends = [2]*Participant{l.opener, l.far}
		l.session.Connections = l.path
		l.session.Opened, l.session.Established, l.session.Closed = nil, nil, nil
		l.session.RelayedBy = nil
		for _, c := range l.path[:len(l.path)-1] {
			l.session.RelayedBy = append(l.session.RelayedBy, c.To)
		}
	}
	return &l
}

// goesOn is a connection of an earlier lifecycle in this one.
func (d *deriver) goesOn(old *Connection) *Connection {
	c := d.connection(d.again(old.From), d.again(old.To), old.Source, old.Address, old.Port)
	c.Listener, c.Route, c.header, c.Since = old.Listener, old.Route, old.header, old
	c.Attempt = 1
	return c
}

// again is a participant of an earlier lifecycle in this one.
func (d *deriver) again(p *Participant) *Participant {
	switch p.Kind {
	case KindClient:
		return d.clientPart(p.Client)
	case KindProxy:
		return d.proxyPart(p.Proxy)
	case KindInner:
		return d.innerPart(p.Proxy)
	case KindServer:
		return d.serverPart(p.Server)
	}
	panic("flow: unknown participant kind")
}
