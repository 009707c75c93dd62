package flow

// closeEarly is a client that goes in mid-course, as the request says: with FIN, or
// with RST where it leaves something unread (the tickets of TLS 1.3). Relays
// pass on either (measured: passthrough_split_hello,
// passthrough_client_aborts_after_handshake).
func (d *deriver) closeEarly(l *channel, unread bool) *failure {
	var sent *Step
	switch {
	case !unread:
		sent = d.closeEarlyRead(l)
	case l.server != nil:
		sent = d.closeEarlyRelayed(l)
	default:
		sent = d.put(l.path[0], true, tcp(OpRST, false), nil, false)
		d.passRST(l, sent)
	}
	sent.Fault = FaultAborted
	l.closed = true
	if l.session != nil {
		l.session.Closed = sent
	}
	return &failure{ending: Closed{}, from: l.opener, cause: sent, known: sent,
		why: &Why{Fault: FaultAborted, Problem: ProblemStops, At: l.opener}}
}

// closeEarlyRead is a client that has read all that came, and sends FIN. A proxy
// that waits for its request answers that there was none.
func (d *deriver) closeEarlyRead(l *channel) *Step {
	sent, arrived := d.cross(l, true, nil, []message{tcp(OpFIN, false)})
	for _, up := range l.ups {
		d.closeFrom(up, true, arrived)
	}
	var missed *Step
	if l.session != nil && l.session.Up || l.session == nil && l.listener != nil && l.listener.Kind == ListenHTTP {
		missed = d.missed(l, false, arrived)
	}
	if missed != nil && l.session != nil {
		d.pass(l, false, l.session, []message{closeNotify(true)})
	}
	d.pass(l, false, nil, []message{tcp(OpFIN, missed != nil)}, arrived)
	d.put(l.path[0], true, tcp(OpRST, true), nil, false, d.last(l.path[0], false))
	return sent
}

// closeEarlyRelayed is a client that goes in mid-course of a session with a server.
// The server may have sent no ticket: then there is a FIN, which the server
// answers, and RST upon its answer.
func (d *deriver) closeEarlyRelayed(l *channel) *Step {
	d.mirrorFIN(l, true, true)
	gone := d.last(l.end(), true)
	sent := d.put(l.path[0], true, tcp(OpRST, false), nil, false)
	d.passRST(l, sent)
	d.pass(l, false, l.session, []message{closeNotify(true)}, gone)
	d.mirrorFIN(l, false, true)
	return sent
}

// passRST is the end that a client's RST brings to what is behind it.
func (d *deriver) passRST(l *channel, rst *Step) {
	for _, c := range l.path[1:] {
		resets := c.From.Proxy.Behaves().RelaysReset
		if !resets && l.server != nil {
			continue // its FIN is out
		}
		m := end(resets)
		m.optional = l.server != nil
		rst = d.put(c, true, m, nil, false, rst)
	}
	for _, up := range l.ups {
		up.closed = true
		if up.session != nil {
			d.pass(up, true, up.session, []message{closeNotify(true)}, rst)
		}
		for _, c := range up.path {
			rst = d.put(c, true, tcp(OpRST, false), nil, false, rst)
		}
	}
}
