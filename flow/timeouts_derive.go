package flow

// waiter is a proxy that waits for an answer, and for how long.
type waiter struct {
	limit Limit
	on    *channel
	relay int // the index of the connection of on.path that the proxy opened as a relay; 0: it opened the channel
}

// waiters are the proxies that wait for what comes back over a channel and have a
// timeout for that, the one nearest to the server first: the relays in between,
// the opener of the channel, and those before.
func (l *channel) waiters() []waiter {
	var out []waiter
	for ; l != nil; l = l.from {
		for i := len(l.path) - 1; i > 0; i-- {
			c := l.path[i]
			if limit, ok := c.From.Proxy.waitLimit(c.Route, true); ok {
				out = append(out, waiter{limit, l, i})
			}
		}
		if l.from == nil || l.opener.Proxy == nil {
			continue
		}
		if limit, ok := l.opener.Proxy.waitLimit(l.from.route, l.from.listener.Kind == ListenTCP); ok {
			out = append(out, waiter{limit, l, 0})
		}
	}
	return out
}

// firstUp is the proxy whose timeout for an answer on a channel passes first; ok is
// false where no timeout is set. Of two equal ones it is the one nearer to the server.
func (l *channel) firstUp() (first waiter, ok bool) {
	for _, w := range l.waiters() {
		if !ok || w.limit.Millis < first.limit.Millis {
			first, ok = w, true
		}
	}
	return first, ok
}

// serverTimeout is a server that never answers: 504 where a timeout is stated,
// else the client waits until it gives up. The shortest timeout on the way
// decides (measured with two HAProxies: server 2s before server 5s is 504 from
// the outer one after 2 s).
func (d *deriver) serverTimeout(l *channel, f *failure) answer {
	at, up := l.far, l.up
	if _, ok := at.Proxy.waitLimit(l.route, l.listener.Kind == ListenTCP); !ok {
		d.assume(Assumption{Kind: AssumesNoTimeout, At: at})
	}
	first, ok := up.firstUp()
	if !ok || first.on != up || first.relay != 0 {
		return answer{fail: f}
	}
	up.closed = true
	step := d.timeout(at, first.limit, d.last(up.path[0], true))
	if up.session != nil {
		d.pass(up, true, up.session, []message{closeNotify(false)}, step)
	}
	d.put(up.path[0], true, end(at.Proxy.Behaves().ResetsOnTimeout), nil, false, step)
	for _, c := range up.path[1:] {
		d.put(c, true, tcp(OpFIN, true), nil, false)
		d.put(c, true, tcp(OpRST, true), nil, false)
	}
	if l.listener.Kind == ListenTCP {
		return answer{fail: d.closeUnanswered(l, step, f.why)}
	}
	return answer{status: at.Proxy.Behaves().Silent, from: at, step: step, closes: l.raced}
}

// timeout is a proxy that has waited long enough for its server.
func (d *deriver) timeout(at *Participant, limit Limit, after *Step) *Step {
	d.wait = limit.Millis
	return d.act(at, OpTimeout, Expiry{limit.Kind}, nil, after)
}

// relayTimeout is a relay whose stated timeout ends a silent server's connection,
// where that is the shortest on the way: a bare FIN to the client, which may say
// close_notify and closes, and RST to the server (measured). To a proxy that
// reads requests and relays through it, the server closed without an answer
// (measured: its client gets 502 when the relay's time is up).
func (d *deriver) relayTimeout(l *channel, f *failure) {
	for _, c := range l.path[1:] {
		if _, ok := c.From.Proxy.waitLimit(c.Route, true); !ok {
			d.assume(Assumption{Kind: AssumesNoTimeout, At: c.From})
		}
	}
	first, ok := l.firstUp()
	if !ok || first.on != l || first.relay == 0 {
		return
	}
	out := l.path[first.relay]
	relay := out.From
	step := d.timeout(relay, first.limit, d.last(out, true))
	after := step
	for i := first.relay - 1; i >= 0; i-- {
		after = d.put(l.path[i], false, tcp(OpFIN, false), nil, false, after)
	}
	if l.session != nil {
		d.pass(l, true, l.session, []message{closeNotify(true)}, after)
	}
	d.put(l.path[0], true, tcp(OpFIN, false), nil, false, after)
	for _, c := range l.path[1:] {
		d.put(c, true, tcp(OpFIN, true), nil, false)
		if c != out {
			d.put(c, true, tcp(OpRST, true), nil, false)
		}
	}
	d.put(out, true, end(relay.Proxy.Behaves().ResetsOnTimeout), nil, false, step)
	l.closed = true
	f.ending, f.from, f.known = Closed{}, relay, after
}
