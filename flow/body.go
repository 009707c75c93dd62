package flow

const statusSwitching = 101 // Switching Protocols (RFC 9110, 15.2.2)

// hasBody reports whether a call carries the request's body: every post, put
// and patch, and where it has none of these, every call.
func (r *Request) hasBody(c Call) bool {
	if r.Body.V == 0 || !c.IsHTTP() {
		return false
	}
	some := false
	for _, o := range r.Calls {
		some = some || takesBody[o.Method]
	}
	return takesBody[c.Method] || !some
}

var takesBody = map[string]bool{"POST": true, "PUT": true, "PATCH": true}

func dataMessage(l *channel, facts Facts) message {
	return message{op: OpData, facts: facts, protected: l.session != nil}
}

// sendBody sends the request's body behind its head and returns the step with
// which it arrives; nil for none. A proxy that reads the request passes the
// body on as it comes: it waits for the head alone before it connects.
func (d *deriver) sendBody(l *channel, call Call) *Step {
	l.body = nil
	if !d.r.hasBody(call) {
		return nil
	}
	var came *Step
	if l.from != nil {
		came = l.from.body
	}
	l.body = d.pass(l, true, l.session, []message{dataMessage(l, Body{d.r.Body.V})}, came)
	return l.body
}

// tunnel is what follows 101: whatever either end sends, until the client
// closes. The end of one connection is now passed on to the next, as in
// passthrough (RFC 9110, 7.8).
func (d *deriver) tunnel(l *channel, answered *Step) {
	var way []*channel
	for at := l; at != nil; at = at.up {
		way = append(way, at)
	}
	step := answered
	for _, at := range way {
		m := dataMessage(at, Tunnelled{d.r.Upgrade.V})
		m.optional = true
		step = d.pass(at, true, at.session, []message{m}, step)
	}
	for i := len(way) - 1; i >= 0; i-- {
		m := dataMessage(way[i], Tunnelled{d.r.Upgrade.V})
		m.optional = true
		step = d.pass(way[i], false, way[i].session, []message{m}, step)
	}
	d.assume(Assumption{Kind: AssumesClosesFirst, At: l.opener})
	for _, at := range way {
		at.raced = false
		step = d.closeFrom(at, true, step)
	}
}
