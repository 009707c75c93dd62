package flow

import "slices"

// serverTimeout is a server that never answers: 504 where a timeout is stated,
// else the client waits until it gives up.
func (d *deriver) serverTimeout(l *channel, f *failure) answer {
	at := l.far
	ms, ok := stated(l.route, at.Proxy, "server")
	if !ok {
		d.assume(Assumption{Kind: AssumesNoTimeout, At: at})
		return answer{fail: f}
	}
	up := l.up
	up.closed = true
	step := d.timeout(at, ms, d.last[direction{up.path[0], true}])
	if up.session != nil {
		d.pass(up, true, up.session, []message{closeNotify(false)}, step)
	}
	d.put(up.path[0], true, end(at.Proxy.Behaves().ResetsOnTimeout), nil, false, step)
	for _, c := range up.path[1:] {
		d.put(c, true, tcp(OpFIN, true), nil, false)
		d.put(c, true, tcp(OpRST, true), nil, false)
	}
	return answer{status: at.Proxy.Behaves().Silent, from: at, step: step, closes: l.raced}
}

// timeout is a proxy that has waited long enough for its server.
func (d *deriver) timeout(at *Participant, ms int64, after *Step) *Step {
	d.wait = ms
	return d.act(at, OpTimeout, Expiry{"server"}, nil, after)
}

// relayTimeout is a relay whose stated server timeout ends a silent server's
// connection: a bare FIN to the client, which may say close_notify and closes,
// and RST to the server (measured).
func (d *deriver) relayTimeout(l *channel, f *failure) {
	relay := l.end().From
	ms, ok := stated(l.relayed, relay.Proxy, "server")
	if !ok {
		d.assume(Assumption{Kind: AssumesNoTimeout, At: relay})
		return
	}
	step := d.timeout(relay, ms, d.last[direction{l.end(), true}])
	after := step
	for i := len(l.path) - 2; i >= 0; i-- {
		after = d.put(l.path[i], false, tcp(OpFIN, false), nil, false, after)
	}
	if l.session != nil {
		d.pass(l, true, l.session, []message{closeNotify(true)}, after)
	}
	d.put(l.path[0], true, tcp(OpFIN, false), nil, false, after)
	for _, c := range l.path[1:] {
		d.put(c, true, tcp(OpFIN, true), nil, false)
	}
	d.put(l.end(), true, end(relay.Proxy.Behaves().ResetsOnTimeout), nil, false, step)
	l.closed = true
	f.ending = Closed{}
}

// stated returns the timeout that a route, else its proxy, states, else the one
// that its profile has.
func stated(r *Route, p *Proxy, kind string) (ms int64, ok bool) {
	if r != nil {
		if t := FindTimeout(r.Timeouts, kind); t != nil {
			return t.Millis, true
		}
	}
	if t := FindTimeout(slices.Concat(p.Timeouts, p.Behaves().Defaults.Timeouts), kind); t != nil {
		return t.Millis, true
	}
	return 0, false
}

// FindTimeout returns the timeout of a kind; nil where it is not stated.
func FindTimeout(list []Timeout, kind string) *Timeout {
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}
