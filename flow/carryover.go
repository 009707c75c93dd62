package flow

import (
	"maps"
	"slices"
)

// carryOver is what a request leaves for one that comes after it. It is made of
// plain values, so that a lifecycle does not keep alive what derived it.
type carryOver struct {
	from     *Client
	idling   *idling         // channels towards servers that idle in a proxy's pool
	sessions *earlierSession // that came up: their client ends may resume them
	turn     map[turnKey]turns
	chosen   map[*Route]serverChoice // by cookie
}

// idling is a list of channels, the one that opened last first. What a
// request adds goes before what it inherits, which it shares: a chain of
// requests holds each channel once.
type idling struct {
	channel *idleChannel
	older   *idling
}

// earlierSession is a list of sessions, the one that opened last first, shared as
// idling is.
type earlierSession struct {
	session *Session
	older   *earlierSession
}

// idleChannel is a channel that is unused at the end of a lifecycle.
type idleChannel struct {
	link
	ups []*idleChannel
}

// rest makes plain values of a channel, and of those that its far end opened.
func (l *channel) rest(known map[*channel]*idleChannel) *idleChannel {
	if l.idle != nil {
		return l.idle
	}
	if x := known[l]; x != nil {
		return x
	}
	x := &idleChannel{link: l.link}
	known[l] = x
	for _, up := range l.ups {
		if !up.closed {
			x.ups = append(x.ups, up.rest(known))
		}
	}
	return x
}

// wake makes channels again of what idles. They are none of this lifecycle until
// it uses them (own).
func (d *deriver) wake(x *idleChannel) *channel {
	if l := d.woken[x]; l != nil {
		return l
	}
	l := &channel{link: x.link, idle: x}
	if d.woken == nil {
		d.woken = map[*idleChannel]*channel{}
	}
	d.woken[x] = l
	for _, up := range x.ups {
		l.ups = append(l.ups, d.wake(up))
	}
	return l
}

// inherit takes over what the request before has left; nil for none.
func (d *deriver) inherit(before *Lifecycle) {
	r := d.r
	if before == nil {
		if r.Resume.IsSet() || r.EarlyData.V || len(r.ResumedOn) > 0 {
			d.sessions = d.unresumed().over.sessions
			d.assume(Assumption{Kind: AssumesMadeBefore, Name: r.Name})
		}
		return
	}
	d.lc.Before = before
	d.sessions, d.idling = before.over.sessions, before.over.idling
	if len(r.ResumedOn) > 0 {
		d.sessions = behind(d.sessions, d.unresumed().over.sessions)
	}
	d.turn = maps.Clone(before.over.turn)
	if before.over.from == r.From {
		d.chosen = maps.Clone(before.over.chosen)
	}
}

// behind is the sessions of a list, the last one first, and behind them those of
// another one.
func behind(list, others *earlierSession) *earlierSession {
	var own []*Session
	for x := list; x != nil; x = x.older {
		own = append(own, x.session)
	}
	for _, s := range slices.Backward(own) {
		others = &earlierSession{s, others}
	}
	return others
}

// unresumed is the lifecycle of the same request as a first one.
func (d *deriver) unresumed() *Lifecycle {
	q := *d.r
	q.After, q.Resume, q.EarlyData, q.ResumedOn = Fact[*Request]{}, Fact[string]{}, Fact[bool]{}, nil
	return newDeriver(d.t, &q).run()
}

// carry sums up what this request leaves, and what becomes of it where no
// other comes after.
func (d *deriver) carry() {
	over := &carryOver{from: d.r.From, turn: d.turn, chosen: d.chosen, sessions: d.sessions}
	for _, s := range d.lc.Sessions {
		if s.Up && s.Since == nil {
			over.sessions = &earlierSession{s, over.sessions}
		}
	}
	var own []*channel
	over.idling, own = d.leftIdle()
	d.lc.over = over
	course := len(d.lc.Steps)
	d.current = nil
	for _, l := range own {
		if l.opener.Kind == KindProxy && len(l.path) == 1 {
			d.purge(l)
		}
	}
	d.lc.Steps, d.lc.Later = d.lc.Steps[:course:course], d.lc.Steps[course:]
}

// leftIdle returns the channels that idle at the end, and those of them that
// are of this lifecycle, the oldest first. One that goes on from an earlier
// lifecycle keeps its place.
func (d *deriver) leftIdle() (left *idling, own []*channel) {
	known := map[*channel]*idleChannel{}
	keep := func(l *channel) {
		if l.closed || !l.end().Pooled {
			return
		}
		left = &idling{l.rest(known), left}
		if l.idle == nil {
			own = append(own, l)
		}
	}
	left = d.idling
	if len(d.woken) > 0 {
		var inherited []*idleChannel
		for x := d.idling; x != nil; x = x.older {
			inherited = append(inherited, x.channel)
		}
		left = nil
		for _, x := range slices.Backward(inherited) {
			if l := d.woken[x]; l != nil {
				keep(l)
			} else {
				left = &idling{x, left}
			}
		}
	}
	for _, l := range d.pool {
		keep(l)
	}
	return left, own
}

// own makes a channel of an earlier lifecycle one of this: the same connections
// and session, still open. That lifecycle stays as it is.
func (d *deriver) own(old *channel) *channel {
	if old.idle == nil {
		return old
	}
	if l := d.woken[old.idle]; l.idle == nil {
		return l
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
	d.woken[old.idle] = &l
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
