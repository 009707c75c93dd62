package flow

func tcp(op Op, optional bool) message {
	return message{op: op, optional: optional}
}

// end is how a connection is ended at once: with RST or with FIN.
func end(resets bool) message {
	if resets {
		return tcp(OpRST, false)
	}
	return tcp(OpFIN, false)
}

// closeNotify is the alert that ends one direction of a session (RFC 8446, 6.1).
func closeNotify(optional bool) message {
	m := alert(AlertCloseNotify, true)
	m.optional = optional
	return m
}

// closing is who ends a channel first, and upon what.
type closing struct {
	client bool  // the end that opened it does
	first  *Step // upon which it does; nil: behind what it sent last
	second *Step // upon which the other end does; nil: upon the word of the first
}

// closeFrom ends a channel that worked, client saying by which end first. arrived
// is the last answer, or whatever the client end closes upon; the server end
// closes behind what it sent last. The step returned is that with which the
// word of the one that closes first reaches the other; nil where the channel had
// ended before.
func (d *deriver) closeFrom(l *channel, client bool, arrived *Step) *Step {
	k := closing{client: client}
	if client {
		k.first = arrived
	}
	if l.raced {
		k.second = arrived
	}
	return d.closeInOrder(l, k)
}

// closeInOrder ends a channel on which nothing went wrong beneath. The side that closes
// first sends its close_notify and FIN, the other answers with its own. Which
// FIN and which RST the wire then shows is a race (82 of 90 measured TLS closes
// ended with a RST), so beyond the alerts everything here is optional: a socket
// that is closed before all was read ends with RST in place of FIN, and a late
// close_notify into a closed socket is answered with RST.
func (d *deriver) closeInOrder(l *channel, k closing) *Step {
	if l.closed {
		return nil
	}
	l.closed = true
	switch {
	case l.session == nil:
		return d.closePlain(l, k)
	case len(l.path) > 1:
		return d.closeRelayed(l, k)
	default:
		return d.closeTLS(l, k)
	}
}

// other is what the end acts upon that does not close first.
func (k closing) other(mine *Step) *Step {
	if k.second != nil {
		return k.second
	}
	return mine
}

// closePlain ends a channel without TLS. A proxy answers its server's FIN with FIN
// or RST, and where it knows that the server will close, it may do so itself
// (measured: server-closes).
func (d *deriver) closePlain(l *channel, k closing) *Step {
	proxy := l.opener.Kind == KindProxy
	optional := func(client bool) bool { return proxy && (l.raced || client && !k.client) }
	mine := d.pass(l, k.client, nil, []message{tcp(OpFIN, optional(k.client))}, k.first)
	d.pass(l, !k.client, nil, []message{tcp(OpFIN, optional(!k.client))}, k.other(mine))
	if optional(true) {
		d.put(l.path[0], true, tcp(OpRST, true), nil, false, k.other(mine))
	}
	return mine
}

// closeTLS ends a session without relays. A client may leave its close_notify
// out: curl over h2, Python's ssl where it answers. HAProxy leaves out its
// answer where it has not been asked for anything (measured:
// fail_cert_not_covering_host), and where it checks a server it resets the
// connection behind its own, maybe before the server has said one.
func (d *deriver) closeTLS(l *channel, k closing) *Step {
	ses, c := l.session, l.path[0]
	silent := !k.client && l.opener.Kind == KindClient || l.exchanges == 0
	mine := d.put(c, k.client, closeNotify(k.client && l.http2() || c.Check), ses, false, k.first)
	ses.Closed = mine
	if k.client {
		d.missed(l, true, mine)
	}
	// where both close at once, or a close_notify meets a closed socket, there
	// is RST in place of a FIN
	fin := d.put(c, k.client, tcp(OpFIN, true), nil, false, mine)
	yours := mine
	if !k.client || l.far.Proxy == nil || l.far.Proxy.Behaves().AnswersNotify {
		yours = d.put(c, !k.client, closeNotify(silent), ses, false, k.other(mine))
	}
	d.put(c, !k.client, tcp(OpFIN, true), nil, false, yours)
	d.put(c, k.client, tcp(OpRST, true), nil, false, fin, yours)
	d.put(c, !k.client, tcp(OpRST, true), nil, false, mine)
	return mine
}

// missed is what a proxy answers over HTTP/1.1 to a client that closes before
// it has asked for anything (HAProxy configuration manual, "option
// http-ignore-probes"); after is the end of the client's side.
func (d *deriver) missed(l *channel, optional bool, after *Step) *Step {
	if l.exchanges > 0 || l.http2() || l.listener == nil || l.listener.Kind == ListenTCP {
		return nil
	}
	reply := l.far.Proxy.Behaves().NothingAsked
	if reply.Status == 0 {
		return nil
	}
	m := message{op: OpResponse, facts: reply.line(), protected: l.session != nil, optional: optional}
	return d.pass(l, false, l.session, []message{m}, after)
}

// closeRelayed ends a session that a relay passes on: the alerts cross from end
// to end, each FIN is mirrored in the direction in which it came. A server that
// is writing when an h2 session ends leaves its close_notify out (measured: Go).
func (d *deriver) closeRelayed(l *channel, k closing) *Step {
	ses := l.session
	sent, mine := d.cross(l, k.client, ses, []message{closeNotify(k.client && l.http2())}, k.first)
	ses.Closed = sent
	d.pass(l, !k.client, ses, []message{closeNotify(!k.client || l.http2())}, k.other(mine))
	d.mirror(l)
	return mine
}

// mirror ends every connection of a channel in both directions, behind what went
// there last: with a FIN that each relay passes on, or with RST where the other
// side's last word meets a closed socket.
func (d *deriver) mirror(l *channel) {
	said := make([][2]*Step, len(l.path))
	for i, c := range l.path {
		said[i] = d.wire(c).last
	}
	for _, client := range []bool{true, false} {
		d.mirrorFIN(l, client, true)
		for i, c := range l.path {
			if client || i > 0 {
				d.put(c, client, tcp(OpRST, true), nil, false, said[i][wayOf(!client)])
			}
		}
	}
}

// mirrorFIN is the FIN of one end and each relay's after it.
func (d *deriver) mirrorFIN(l *channel, client, optional bool) {
	var after *Step
	for i := range l.path {
		if !client {
			i = len(l.path) - 1 - i
		}
		after = d.put(l.path[i], client, tcp(OpFIN, optional), nil, false, after)
	}
}

// closeRefused ends a channel on which one end gave up: after its alert, or instead of
// one. client says which end that was; sent is its word, and arrived the same as
// it came to the other end.
func (d *deriver) closeRefused(l *channel, client bool, sent, arrived *Step) {
	if l.closed {
		return
	}
	l.closed = true
	near, far := l.path[0], l.path[len(l.path)-1]
	switch {
	case client && l.opener.Kind == KindClient:
		// a client resets, for it leaves something unread; a relay passes the
		// end on with a FIN, which the server's may meet on its way (measured)
		d.put(near, true, tcp(OpRST, false), nil, false)
		for _, c := range l.path[1:] {
			said := d.last(c, true)
			d.put(c, false, tcp(OpFIN, true), nil, false, said)
			d.put(c, true, tcp(OpFIN, true), nil, false, said)
			d.put(c, true, tcp(OpRST, true), nil, false, said)
		}
		d.put(near, false, tcp(OpFIN, true), nil, false, sent)
	case client:
		// both ends close at once, and what is late meets a closed socket
		d.put(far, false, tcp(OpFIN, true), nil, false, arrived)
		d.put(near, true, tcp(OpFIN, true), nil, false)
		for range 2 {
			d.put(near, true, tcp(OpRST, true), nil, false)
		}
	default:
		d.closeByServer(l, arrived)
	}
}

// closeByServer is the end of a channel behind the last word of the server's end. A client
// that takes its session for up says close_notify first, and what it sent
// unaware turns the server's FIN into RST. A proxy that opened the connection
// closes it at once, too.
func (d *deriver) closeByServer(l *channel, after *Step) {
	unaware := l.session != nil && l.session.Established != nil
	proxy := l.opener.Kind == KindProxy
	came := make([]*Step, len(l.path)) // the last word, on each connection
	for i, c := range l.path {
		came[i] = d.last(c, false)
	}
	d.mirrorFIN(l, false, unaware || proxy)
	if unaware {
		d.pass(l, true, l.session, []message{closeNotify(true)}, after)
	}
	for i, c := range l.path {
		d.put(c, true, tcp(OpFIN, true), nil, false, came[i])
		d.put(c, true, tcp(OpRST, true), nil, false, came[i])
	}
	if unaware {
		for _, c := range l.path {
			d.put(c, false, tcp(OpRST, true), nil, false)
		}
	}
}

// closeInVain is a client that has waited in vain: it may close, and relays pass
// that on. A proxy that reads the request goes on waiting for its server.
func (d *deriver) closeInVain(l *channel) {
	if l.closed {
		return
	}
	l.closed = true
	if l.session != nil {
		d.pass(l, true, l.session, []message{closeNotify(true)})
	}
	d.mirrorFIN(l, true, true)
}
