package flow

func tcp(name string, optional bool) message {
	return message{layer: LayerTCP, name: name, optional: optional, side: true}
}

// closeNotify is the alert that ends one direction of a session (RFC 8446, 6.1).
func closeNotify(optional bool) message {
	m := alert("close_notify", true)
	m.optional = optional
	return m
}

// closeFrom ends a link that worked. The side that closes first sends its
// close_notify and FIN, the other answers with its own. Which FIN and which
// RST the wire then shows is a race (82 of 90 measured TLS closes ended with a
// RST), so beyond the alerts everything here is optional: a late close_notify
// into a closed socket is answered with RST.
//
// arrived is the last answer, or whatever the client end closes upon; the
// server end closes behind what it sent last. The step returned is that with
// which the word of the one that closes first reaches the other; nil where the
// link had ended before.
func (d *deriver) closeFrom(l *link, client bool, arrived *Step) *Step {
	if l.closed {
		return nil
	}
	l.closed = true
	var first *Step
	if client {
		first = arrived
	}
	answering := func(mine *Step) *Step { return mine }
	if l.raced {
		answering = func(*Step) *Step { return arrived }
	}
	switch {
	case l.session == nil:
		// a proxy that asked its server to close may be first itself, with RST
		either := l.raced && l.opener.Kind == KindProxy
		mine := d.pass(l, client, nil, []message{tcp("FIN", either)}, first)
		d.pass(l, !client, nil, []message{tcp("FIN", either)}, answering(mine))
		if either {
			d.put(l.path[0], true, tcp("RST", true), nil, false, arrived)
		}
		return mine
	case len(l.path) > 1:
		return d.closeRelayed(l, client, first, answering)
	default:
		return d.closeTLS(l, client, first, answering)
	}
}

// closeTLS ends a session without relays. A client may leave its close_notify
// out: curl over h2, Python's ssl where it answers. HAProxy leaves out its
// answer where it has not been asked for anything (measured:
// fail_cert_not_covering_host), and a check ends with RST.
func (d *deriver) closeTLS(l *link, client bool, first *Step, answering func(*Step) *Step) *Step {
	ses, c := l.session, l.path[0]
	silent := !client && l.opener.Kind == KindClient || l.exchanges == 0 || c.Check
	mine := d.put(c, client, closeNotify(client && l.http2()), ses, false, first)
	ses.Closed = mine
	// where both close at once, or a close_notify meets a closed socket, there
	// is RST in place of a FIN
	fin := d.put(c, client, tcp("FIN", true), nil, false, mine)
	yours := d.put(c, !client, closeNotify(silent), ses, false, answering(mine))
	d.put(c, !client, tcp("FIN", true), nil, false, yours)
	d.put(c, client, tcp("RST", true), nil, false, fin, yours)
	d.put(c, !client, tcp("RST", true), nil, false, mine)
	return mine
}

// closeRelayed ends a session that a relay passes on: the alerts cross from
// end to end, each FIN is mirrored in the direction in which it came.
func (d *deriver) closeRelayed(l *link, client bool, first *Step, answering func(*Step) *Step) *Step {
	ses := l.session
	sent, mine := d.cross(l, client, ses, []message{closeNotify(client && l.http2())}, first)
	ses.Closed = sent
	near, far := l.path[0], l.path[len(l.path)-1]
	if client {
		d.put(near, true, tcp("FIN", true), nil, false)
		d.pass(l, false, ses, []message{closeNotify(false)}, mine)
		d.relayFIN(l)
	} else {
		d.relayFIN(l)
		d.pass(l, true, ses, []message{closeNotify(true)}, answering(mine))
		d.put(near, true, tcp("FIN", true), nil, false)
	}
	d.put(far, false, tcp("RST", true), nil, false, d.last[direction{far, true}])
	for _, c := range l.path[1:] {
		d.put(c, true, tcp("FIN", true), nil, false)
	}
	d.put(near, true, tcp("RST", true), nil, false, d.last[direction{near, false}])
	return mine
}

// relayFIN is the far end's FIN and each relay's after it. Only the one that
// reaches the client is sure: a far end may answer with RST instead.
func (d *deriver) relayFIN(l *link) {
	var after *Step
	for i := len(l.path) - 1; i >= 0; i-- {
		after = d.put(l.path[i], false, tcp("FIN", i > 0), nil, false, after)
	}
}

// abandon ends a link on which one end gave up: after its alert, or instead of
// one. client says which end that was.
func (d *deriver) abandon(l *link, client bool, after *Step) {
	if l.closed {
		return
	}
	l.closed = true
	near, far := l.path[0], l.path[len(l.path)-1]
	switch {
	case client && l.opener.Kind == KindClient:
		// a client resets; a relay passes the end on with a FIN
		d.put(near, true, tcp("RST", false), nil, false, after)
		for _, c := range l.path[1:] {
			fin := d.put(c, false, tcp("FIN", true), nil, false, d.last[direction{c, true}])
			d.put(c, true, tcp("FIN", true), nil, false, fin)
			d.put(c, true, tcp("RST", true), nil, false, fin)
		}
	case client:
		// both ends close at once, and what is late meets a closed socket
		d.put(far, false, tcp("FIN", true), nil, false, after)
		d.put(near, true, tcp("FIN", true), nil, false)
		for range 2 {
			d.put(near, true, tcp("RST", true), nil, false)
		}
	default:
		// a proxy that opened the connection closes it at once, too
		either, said := l.opener.Kind == KindProxy, after
		for i := len(l.path) - 1; i >= 0; i-- {
			after = d.put(l.path[i], false, tcp("FIN", either), nil, false, after)
		}
		for _, c := range l.path {
			upon := d.last[direction{c, false}]
			if either {
				upon = said
			}
			d.put(c, true, tcp("FIN", true), nil, false, upon)
			d.put(c, true, tcp("RST", true), nil, false, upon)
		}
		d.put(near, false, tcp("RST", true), nil, false, after)
	}
}
