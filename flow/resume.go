package flow

import (
	"slices"
)

// agreeGroup finds the key exchange group. A TLS 1.3 client has sent a key for
// its first one only; where the server has another of its groups, it asks for
// that (HelloRetryRequest, RFC 8446, 4.1.4). Groups that are not stated fit.
func (d *deriver) agreeGroup(h *shake) *failure {
	l := h.l
	client, server := h.c.end.Groups.V, h.s.end.Groups.V
	if len(client) == 0 || len(server) == 0 || slices.Contains(server, client[0]) {
		return nil
	}
	i := slices.IndexFunc(client, func(g string) bool { return slices.Contains(server, g) })
	if i < 0 {
		return d.serverAlert(l, AlertHandshakeFailure, false, h.arrived,
			&Why{Fault: FaultGroup, Problem: ProblemNoGroup, At: l.far, Peer: l.opener})
	}
	if l.session.Version != TLS13 {
		return nil
	}
	h.retried = true
	retry := tlsMessage(OpHelloRetryRequest, FlightRetry, false)
	retry.facts = KeyGroup{client[i]}
	asked := d.pass(l, false, l.session, []message{retry}, h.arrived)
	// Go sends it by itself, and its client need not have it to go on (measured: groups-retry)
	d.pass(l, false, l.session, []message{changeCipherSpec(FlightRetry, true)})
	if d.stopsAt(l, StopAfterHello) {
		return d.closeEarly(l, false)
	}
	again := l.first
	ms := []message{again}
	if l.early == nil {
		ms = []message{changeCipherSpec(FlightClientHello, true), again}
	}
	h.arrived = d.pass(l, true, l.session, ms, asked)
	return nil
}

// stopsAt reports whether the opener of a channel is a client that goes at a point.
func (d *deriver) stopsAt(l *channel, at StopAfter) bool {
	return l.opener.Kind == KindClient && d.r.Stop.V == at
}

// resumes reports whether the far end takes the ticket that it is offered: it
// is its own, and of the version that both choose now.
func (h *shake) resumes() bool {
	old := h.c.ticket
	return old != nil && old.Ends[1].ID == h.l.far.ID && old.Version == h.l.session.Version
}

// ticket returns the earlier session that the opener of a channel offers to
// resume: the last one with the same name. nil where the request does not say
// that this session is a resumed one, or where there was none.
func (d *deriver) ticket(l *channel) *Session {
	side := "backend"
	if l.opener.Kind == KindClient {
		side = "client"
	}
	if !l.opener.opens().Resumes || !d.resumes(side) && !slices.Contains(d.r.ResumedOn, l.path[0].ID) {
		return nil
	}
	for x := d.sessions; x != nil; x = x.older {
		s := x.session
		if s.Ends[0].ID == l.opener.ID && s.SNI == l.session.SNI && (l.server == nil || s.Ends[1].Server == l.server) {
			return s
		}
	}
	return nil
}

// resumes reports whether the request states that the sessions of a side are
// resumed ones. Early data needs a session that is.
func (d *deriver) resumes(side string) bool {
	return d.r.Resume.V == side || side == "client" && d.r.EarlyData.V
}

// sendEarly sends the request behind the ClientHello, under the key of the
// ticket (RFC 8446, 4.2.10); a server that issued it may take that or ignore
// it. TLS 1.3's ChangeCipherSpec goes before it.
func (d *deriver) sendEarly(l *channel) {
	old := l.tls.ticket
	if d.r.Stop.V != StopNever || old == nil || old.Version != TLS13 || !old.takesEarly || !d.r.EarlyData.V || l.opener.Kind != KindClient {
		return
	}
	l.session.ALPN = old.ALPN // it must be the same (RFC 8446, 4.2.10)
	ms := append([]message{changeCipherSpec(FlightClientHello, true)}, l.firstData()...)
	ms[len(ms)-1].facts = early(ms[len(ms)-1].facts)
	l.early = d.pass(l, true, l.session, ms)
}

// resume12 is the abbreviated handshake of TLS 1.2 (RFC 5246, 7.3): the server
// finishes first. It may send a new ticket (RFC 5077, 3.3; Go does).
func (d *deriver) resume12(h *shake) *failure {
	l, ses := h.l, h.l.session
	const server, client = FlightServer, FlightClientFinished
	flight := []message{tlsMessage(OpServerHello, server, false)}
	if l.tickets {
		ticket := tlsMessage(OpNewSessionTicket, server, false)
		ticket.optional = true
		flight = append(flight, ticket)
	}
	flight = append(flight, changeCipherSpec(server, false), tlsMessage(OpFinished, server, true))
	serverDone := d.pass(l, false, ses, flight, h.arrived)
	if d.stopsAt(l, StopAfterHello) {
		return d.closeEarly(l, false)
	}
	ses.Established = d.pass(l, true, ses, []message{
		changeCipherSpec(client, false),
		tlsMessage(OpFinished, client, true),
	}, serverDone)
	l.ready = d.last(l.path[0], true)
	ses.Up = true
	return d.afterHandshake(l, h.c)
}
