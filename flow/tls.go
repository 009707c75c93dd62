package flow

import (
	"slices"
)

// tlsClient is the client's side of one handshake.
type tlsClient struct {
	end    ClientEnd
	sni    string
	name   string   // the name that must stand in the certificate; "" checks none
	sniSet bool     // the name came with the SNI
	ticket *Session // an earlier session that the ClientHello offers to resume; nil for none
}

// tlsServer is the server's side of one handshake.
type tlsServer struct {
	end         ServerEnd
	certificate *Certificate
	fits        bool // the certificate was chosen for the name; false: the default for want of one
}

// shake is one handshake under way.
type shake struct {
	l       *channel
	c       tlsClient
	s       tlsServer
	arrived *Step // the ClientHello, as it came to the far end
	retried bool  // a HelloRetryRequest was sent
	early   bool  // early data was sent, and the far end takes it
}

// hello is the first message of a session: the ClientHello.
func hello(s *Session, ticket bool) message {
	return message{op: OpClientHello, facts: ClientHello{SNI: s.SNI, ALPN: s.Offered, Ticket: ticket}, flight: FlightClientHello}
}

// handshake carries a session from the ClientHello, which has arrived at the
// channel's far end, to the Finished of both ends (RFC 8446, 2; RFC 5246, 7.3),
// or to where one of them refuses.
func (d *deriver) handshake(h *shake) *failure {
	l, s, ses := h.l, h.s, h.l.session
	if c := l.opener.Client; c != nil {
		h.c.end.Certificate = c.Shows(s.end.ClientCertificate.V)
	}
	shared, ok := ses.Shared.Shared(s.end.TLS.V)
	mine := ses.Shared
	ses.Shared = shared
	if !ok {
		ses.Shared = Versions{}
		return d.serverAlert(l, AlertProtocolVersion, false, h.arrived,
			&Why{Fault: FaultVersion, Problem: ProblemNoVersion, At: l.far, Peer: l.opener, Mine: mine, Theirs: s.end.TLS.V})
	}
	ses.Version = shared.Max
	if s.end.StrictSNI.V && (!s.fits || ses.SNI == "") {
		return d.serverAlert(l, l.far.serves().UnknownSNI, false, h.arrived,
			&Why{Fault: FaultStrictSNI, Problem: ProblemNoCertificate, At: l.far, Name: ses.SNI})
	}
	if f := d.agreeALPN(h); f != nil {
		return f
	}
	if f := d.agreeGroup(h); f != nil {
		return f
	}
	ses.Resumed = h.resumes()
	h.early = l.early != nil && ses.Resumed && s.end.EarlyData.V && !h.retried
	if !h.early {
		l.early = nil // it was for nothing: the request is sent again
	}
	ses.EarlyData, ses.takesEarly = h.early, s.end.EarlyData.V
	if ses.Resumed {
		old := h.c.ticket
		ses.Certificate, ses.ClientCert, ses.Verified = old.Certificate, old.ClientCert, old.Verified
	} else {
		ses.Certificate = s.certificate
		ses.Requested = s.end.ClientCertificate.V.Mode != AuthNone
	}
	switch {
	case ses.Version == TLS13:
		return d.handshake13(h)
	case ses.Resumed:
		return d.resume12(h)
	default:
		return d.handshake12(h)
	}
}

// chooseALPN returns the server's first protocol that the client offers
// (RFC 7301, 3.2); "" where there is none.
func chooseALPN(server, client []string) string {
	for _, p := range server {
		if slices.Contains(client, p) {
			return p
		}
	}
	return ""
}

func tlsMessage(op Op, flight Flight, protected bool) message {
	return message{op: op, flight: flight, protected: protected}
}

func changeCipherSpec(flight Flight, optional bool) message {
	return message{op: OpChangeCipherSpec, flight: flight, optional: optional}
}

func certificateMessage(c *Certificate, flight Flight, protected bool) message {
	m := tlsMessage(OpCertificate, flight, protected)
	if c != nil {
		m.facts = CertificateShown{c}
	}
	return m
}

// handshake13 is the handshake of TLS 1.3 (RFC 8446, 2). A resumed one has no
// certificates.
func (d *deriver) handshake13(h *shake) *failure {
	l, c, s, ses := h.l, h.c, h.s, h.l.session
	serverDone := d.pass(l, false, ses, h.serverFlight13(), h.arrived)
	if d.stopsAt(l, StopAfterHello) {
		d.ticketsAhead(l)
		return d.closeEarly(l, false)
	}
	if !ses.Resumed {
		verified, f := d.verify(l, c, serverDone)
		if f != nil {
			return f
		}
		serverDone = verified
	}
	done := d.pass(l, true, ses, h.clientFlight13(), serverDone)
	l.ready = d.last(l.path[0], true)
	ses.Established = done
	ses.Up = true
	count := l.far.serves().TicketsResumed
	if !ses.Resumed {
		count = l.far.serves().Tickets
		if f := d.verifyClient(l, c, s, done); f != nil {
			return f
		}
	}
	if l.far.serves().TicketsLast || ses.Requested {
		d.tickets(l, count, done)
	} else {
		d.tickets(l, count, nil)
	}
	return d.afterHandshake(l, c)
}

// serverFlight13 is the server's answer to a ClientHello. After a
// HelloRetryRequest its ChangeCipherSpec is out already (RFC 8446, D.4).
func (h *shake) serverFlight13() []message {
	const flight = FlightServer
	ses := h.l.session
	out := []message{tlsMessage(OpServerHello, flight, false)}
	if !h.retried {
		out = append(out, changeCipherSpec(flight, true))
	}
	out = append(out, tlsMessage(OpEncryptedExtensions, flight, true))
	if ses.Requested {
		out = append(out, tlsMessage(OpCertificateRequest, flight, true))
	}
	if !ses.Resumed {
		out = append(out, certificateMessage(ses.Certificate, flight, true),
			tlsMessage(OpCertificateVerify, flight, true))
	}
	return append(out, tlsMessage(OpFinished, flight, true))
}

// clientFlight13 is what a client sends to finish. Behind early data or a
// HelloRetryRequest its ChangeCipherSpec is out already.
func (h *shake) clientFlight13() []message {
	const flight = FlightClientFinished
	ses := h.l.session
	var out []message
	if h.early {
		out = append(out, tlsMessage(OpEndOfEarlyData, flight, true))
	}
	if !h.early && !h.retried {
		out = append(out, changeCipherSpec(flight, true))
	}
	out = append(out, clientCertificate(ses, h.c, flight, true)...)
	return append(out, tlsMessage(OpFinished, flight, true))
}

// handshake12 is the full handshake of TLS 1.2 and before (RFC 5246, 7.3).
func (d *deriver) handshake12(h *shake) *failure {
	l, c, s, ses := h.l, h.c, h.s, h.l.session
	const server, client, finished = FlightServer, FlightClientFinished, FlightServerFinished
	flight := []message{
		tlsMessage(OpServerHello, server, false),
		certificateMessage(ses.Certificate, server, false),
		tlsMessage(OpServerKeyExchange, server, false),
	}
	if ses.Requested {
		flight = append(flight, tlsMessage(OpCertificateRequest, server, false))
	}
	flight = append(flight, tlsMessage(OpServerHelloDone, server, false))
	serverDone := d.pass(l, false, ses, flight, h.arrived)
	if d.stopsAt(l, StopAfterHello) {
		return d.closeEarly(l, false)
	}
	verified, f := d.verify(l, c, serverDone)
	if f != nil {
		return f
	}
	own := clientCertificate(ses, c, client, false)
	flight = slices.Clone(own[:min(1, len(own))])
	flight = append(flight, tlsMessage(OpClientKeyExchange, client, false))
	flight = append(flight, own[min(1, len(own)):]...)
	flight = append(flight, changeCipherSpec(client, false), tlsMessage(OpFinished, client, true))
	done := d.pass(l, true, ses, flight, verified)
	if f := d.verifyClient(l, c, s, done); f != nil {
		return f
	}
	flight = nil
	if l.tickets {
		ticket := tlsMessage(OpNewSessionTicket, finished, false)
		ticket.optional = true
		flight = append(flight, ticket)
	}
	flight = append(flight, changeCipherSpec(finished, false), tlsMessage(OpFinished, finished, true))
	done = d.pass(l, false, ses, flight, done)
	l.ready = done
	ses.Established = done
	ses.Up = true
	return d.afterHandshake(l, c)
}

// tickets sends the tickets of TLS 1.3 (RFC 8446, 4.6.1). They race with
// the request: only what the same end sends later comes after them. Those that
// do not wait for the client's Finished may come with the first flight (Go) or
// later (OpenSSL), so only the server's own Finished is sure to be before them.
func (d *deriver) tickets(l *channel, count int, after *Step) {
	if count == 0 {
		return
	}
	ticket := tlsMessage(OpNewSessionTicket, FlightTickets, true)
	ticket.optional = true
	d.pass(l, false, l.session, slices.Repeat([]message{ticket}, count), after)
}

// ticketsAhead sends the tickets of a full handshake that do not wait for the
// client's Finished.
func (d *deriver) ticketsAhead(l *channel) {
	if p := l.far.serves(); !p.TicketsLast && !l.session.Requested {
		d.tickets(l, p.Tickets, nil)
	}
}

// clientCertificate is what a client sends when the server asked: its
// Certificate and CertificateVerify, or an empty Certificate.
func clientCertificate(ses *Session, c tlsClient, flight Flight, protected bool) []message {
	if !ses.Requested {
		return nil
	}
	own := c.end.Certificate.V
	if own == nil {
		m := certificateMessage(nil, flight, protected)
		m.facts = CertificateShown{}
		return []message{m}
	}
	ses.ClientCert = own
	return []message{certificateMessage(own, flight, protected), tlsMessage(OpCertificateVerify, flight, protected)}
}

// verify is the client end's judgement of the server's certificate. It returns
// the step after which the client goes on.
func (d *deriver) verify(l *channel, c tlsClient, after *Step) (*Step, *failure) {
	ses := l.session
	if !c.end.Verify.V {
		ses.Verified = false
		return after, nil
	}
	cert := ses.Certificate
	if cert != nil && cert.Issuer.V != nil {
		ses.Checks = append(ses.Checks, cert.Issuer.V.Name)
	}
	if c.name != "" {
		ses.Checks = append(ses.Checks, c.name)
	}
	alert, why := d.judge(l, c)
	if alert != 0 && ses.Version == TLS13 {
		d.ticketsAhead(l)
	}
	step := d.act(l.opener, OpVerifyCertificate, Judgement{Certificate: cert, Checks: ses.Checks, Refused: alert != 0}, ses, after)
	if alert == 0 {
		return step, nil
	}
	f := d.clientAlert(l, alert, step, why)
	f.final = why.Fault == FaultWrongName && c.sniSet && !l.opener.opens().RetriesWrongSNI
	return nil, f
}

// judge is what the client end finds wrong with the server's certificate, and
// the alert with which it says so; 0 for an end that closes instead.
func (d *deriver) judge(l *channel, c tlsClient) (Alert, *Why) {
	cert, is := l.session.Certificate, l.opener.opens()
	switch {
	case !c.end.Trusts(cert):
		return is.UnknownCA, &Why{Fault: FaultUnknownCA, Problem: ProblemUntrusted, Certificate: cert, At: l.opener}
	case !cert.ValidOn(d.t.Date):
		return is.Expired, &Why{Fault: FaultExpired, Problem: ProblemNotValid, Certificate: cert, Date: d.t.Date}
	case !cert.Covers(c.name):
		return is.WrongName, &Why{Fault: FaultWrongName, Problem: ProblemWrongName, Certificate: cert, Name: c.name}
	}
	return 0, nil
}

// afterHandshake is a client end that says nothing in the handshake about what
// is wrong with the certificate, or with the protocol: it closes without having
// sent a request.
func (d *deriver) afterHandshake(l *channel, c tlsClient) *failure {
	ses := l.session
	var alert Alert
	var why *Why
	if c.end.Verify.V {
		alert, why = d.judge(l, c)
	}
	switch {
	case alert == 0 && why != nil:
	case ses.unusable:
		return d.leave(l)
	default:
		return nil
	}
	step := d.act(l.opener, OpVerifyCertificate, Judgement{Certificate: ses.Certificate, Refused: true, Why: why}, ses, l.ready)
	step.Fault = why.Fault
	d.closeFrom(l, true, step)
	return &failure{ending: Closed{}, from: l.opener, cause: step, known: step, why: why}
}

// verifyClient is the server end's judgement of the client's certificate.
func (d *deriver) verifyClient(l *channel, c tlsClient, s tlsServer, done *Step) *failure {
	auth := s.end.ClientCertificate.V
	own := c.end.Certificate.V
	var alert Alert
	why := &Why{Fault: FaultClientCertificate, At: l.far, Peer: l.opener, Certificate: own}
	switch {
	case auth.Mode == AuthNone, auth.Mode == AuthOptional && own == nil:
		return nil
	case own == nil:
		alert = l.far.serves().NoCertificate12
		if l.session.Version == TLS13 {
			alert = l.far.serves().NoCertificate13
		}
		why.Problem = ProblemNoClientCert
	case auth.CA != nil && own.Issuer.V != nil && own.Issuer.V != auth.CA:
		alert = l.far.serves().UnknownCA
		why.Problem, why.CA = ProblemOtherCA, auth.CA
	case !own.ValidOn(d.t.Date):
		alert = l.far.serves().Expired
		why.Problem, why.Date = ProblemNotValid, d.t.Date
	default:
		d.act(l.far, OpVerifyCertificate, Judgement{Certificate: own}, l.session, done)
		return nil
	}
	step := d.act(l.far, OpVerifyCertificate, Judgement{Certificate: own, Refused: true, Why: why}, l.session, done)
	if l.session.Version == TLS13 {
		d.sendUnaware(l)
	}
	f := d.serverAlert(l, alert, l.session.Version == TLS13, step, why)
	if l.session.Version == TLS13 {
		f.sent = maybeSent
	}
	l.session.Up = false
	return f
}

// sendUnaware is a client that in TLS 1.3 takes the session for up: its request
// may be on its way before the server's refusal is there.
func (d *deriver) sendUnaware(l *channel) {
	if d.stopsAt(l, StopAfterHandshake) {
		return
	}
	ms := l.firstData()
	for i := range ms {
		ms[i].optional = true
	}
	d.pass(l, true, l.session, ms, l.ready)
}

func alert(a Alert, protected bool) message {
	return message{op: OpAlert, facts: AlertSent{a}, protected: protected}
}

// serverAlert is a server end that refuses: its alert, then its FIN.
func (d *deriver) serverAlert(l *channel, a Alert, protected bool, after *Step, why *Why) *failure {
	m := alert(a, protected)
	m.lossy = protected && l.losesAlert()
	cause, step := d.cross(l, false, l.session, []message{m}, after)
	cause.Fault = why.Fault
	l.session.Closed = cause
	d.closeRefused(l, false, cause, step)
	return &failure{ending: Alerted{a}, from: l.far, cause: cause, known: step, why: why}
}

// clientAlert is a client end that refuses: its alert, then the connection ends.
func (d *deriver) clientAlert(l *channel, a Alert, after *Step, why *Why) *failure {
	cause, step := d.cross(l, true, l.session, []message{alert(a, false)}, after)
	cause.Fault = why.Fault
	l.session.Closed = cause
	if l.session.Version == TLS13 && (l.opener.Kind == KindProxy || len(l.path) > 1) {
		// the server reads the alert with keys that it was not encrypted with
		m := alert(AlertBadRecordMAC, true)
		m.optional = true
		d.pass(l, false, l.session, []message{m}, step)
	}
	d.closeRefused(l, true, cause, step)
	return &failure{ending: Alerted{a}, from: l.opener, cause: cause, known: cause, why: why}
}
