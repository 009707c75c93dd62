package flow

import (
	"fmt"
	"slices"
	"strings"
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
	l       *link
	c       tlsClient
	s       tlsServer
	arrived *Step // the ClientHello, as it came to the far end
	retried bool  // a HelloRetryRequest was sent
	early   bool  // early data was sent, and the far end takes it
}

// hello is the first message of a session: the ClientHello.
func hello(s *Session, ticket bool) message {
	var detail []string
	if s.SNI != "" {
		detail = append(detail, "SNI "+s.SNI)
	} else {
		detail = append(detail, "no SNI")
	}
	if len(s.Offered) > 0 {
		detail = append(detail, "ALPN "+strings.Join(s.Offered, ", "))
	}
	if ticket {
		detail = append(detail, "ticket")
	}
	return message{op: OpClientHello, detail: strings.Join(detail, "; "), flight: "client hello"}
}

// handshake carries a session from the ClientHello, which has arrived at the
// link's far end, to the Finished of both ends (RFC 8446, 2; RFC 5246, 7.3),
// or to where one of them refuses.
func (d *deriver) handshake(h *shake) *failure {
	l, s, ses := h.l, h.s, h.l.session
	shared, ok := ses.Shared.Shared(s.end.TLS.V)
	mine := ses.Shared
	ses.Shared = shared
	if !ok {
		ses.Shared = Versions{}
		return d.serverAlert(l, "protocol_version", false, FaultVersion, h.arrived,
			fmt.Sprintf("%s can do TLS %s, %s TLS %s", l.opener.Label, mine, l.far.Label, s.end.TLS.V))
	}
	ses.Version = shared.Max
	if s.end.StrictSNI.V && (!s.fits || ses.SNI == "") {
		return d.serverAlert(l, l.far.serves().UnknownSNI, false, FaultStrictSNI, h.arrived,
			fmt.Sprintf("%s has no certificate for %q and is strict about it", l.far.Label, ses.SNI))
	}
	ses.ALPN = chooseALPN(s.end.ALPN.V, ses.Offered)
	if name := l.far.serves().NoALPN; name != "" && ses.ALPN == "" && len(s.end.ALPN.V) > 0 && len(ses.Offered) > 0 {
		return d.serverAlert(l, name, false, FaultALPN, h.arrived,
			fmt.Sprintf("%s has none of the protocols that %s offers", l.far.Label, l.opener.Label))
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

func tlsMessage(op Op, flight string, protected bool) message {
	return message{op: op, flight: flight, protected: protected}
}

func changeCipherSpec(flight string, optional bool) message {
	return message{op: OpChangeCipherSpec, flight: flight, optional: optional}
}

func certificateMessage(c *Certificate, flight string, protected bool) message {
	m := tlsMessage(OpCertificate, flight, protected)
	if c != nil {
		m.detail = c.Title()
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
		return d.leave(l, false)
	}
	if !ses.Resumed {
		verified, f := d.verify(l, c, serverDone)
		if f != nil {
			return f
		}
		serverDone = verified
	}
	done := d.pass(l, true, ses, h.clientFlight13(), serverDone)
	l.ready = d.last[direction{l.path[0], true}]
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
	return d.afterHandshake(l, c, done)
}

// serverFlight13 is the server's answer to a ClientHello. After a
// HelloRetryRequest its ChangeCipherSpec is out already (RFC 8446, D.4).
func (h *shake) serverFlight13() []message {
	const flight = "server"
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
	const flight = "client finished"
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
	const server, client, finished = "server", "client finished", "server finished"
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
		return d.leave(l, false)
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
	return d.afterHandshake(l, c, done)
}

// tickets sends the tickets of TLS 1.3 (RFC 8446, 4.6.1). They race with
// the request: only what the same end sends later comes after them. Those that
// do not wait for the client's Finished may come with the first flight (Go) or
// later (OpenSSL), so only the server's own Finished is sure to be before them.
func (d *deriver) tickets(l *link, count int, after *Step) {
	if count == 0 {
		return
	}
	ticket := tlsMessage(OpNewSessionTicket, "tickets", true)
	ticket.optional = true
	d.pass(l, false, l.session, slices.Repeat([]message{ticket}, count), after)
}

// ticketsAhead sends the tickets of a full handshake that do not wait for the
// client's Finished.
func (d *deriver) ticketsAhead(l *link) {
	if p := l.far.serves(); !p.TicketsLast && !l.session.Requested {
		d.tickets(l, p.Tickets, nil)
	}
}

// clientCertificate is what a client sends when the server asked: its
// Certificate and CertificateVerify, or an empty Certificate.
func clientCertificate(ses *Session, c tlsClient, flight string, protected bool) []message {
	if !ses.Requested {
		return nil
	}
	own := c.end.Certificate.V
	if own == nil {
		m := certificateMessage(nil, flight, protected)
		m.detail = "empty"
		return []message{m}
	}
	ses.ClientCert = own
	return []message{certificateMessage(own, flight, protected), tlsMessage(OpCertificateVerify, flight, protected)}
}

// verify is the client end's judgement of the server's certificate. It returns
// the step after which the client goes on.
func (d *deriver) verify(l *link, c tlsClient, after *Step) (*Step, *failure) {
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
	detail := strings.Join(ses.Checks, ", ")
	if cert != nil {
		detail = strings.TrimSuffix(cert.Title()+": "+detail, ": ")
	}
	alert, fault, why := d.judge(l, c)
	if alert != "" && ses.Version == TLS13 {
		d.ticketsAhead(l)
	}
	step := d.act(l.opener, OpVerifyCertificate, detail, ses, after)
	if alert == "" {
		return step, nil
	}
	f := d.clientAlert(l, alert, fault, step, why)
	f.final = fault == FaultWrongName && c.sniSet && !l.opener.opens().RetriesWrongSNI
	return nil, f
}

// judge is what the client end finds wrong with the server's certificate, and
// the alert with which it says so; "" for an end that closes instead.
func (d *deriver) judge(l *link, c tlsClient) (alert string, fault Fault, why string) {
	cert, is := l.session.Certificate, l.opener.opens()
	switch {
	case !c.end.Trusts(cert):
		return is.UnknownCA, FaultUnknownCA,
			fmt.Sprintf("%s is signed by %s, which %s does not trust", cert.Title(), cert.Issuer.V.Title(), l.opener.Label)
	case !cert.ValidOn(d.t.Date):
		return is.Expired, FaultExpired, fmt.Sprintf("%s is not valid on %s", cert.Title(), d.t.Date)
	case !cert.Covers(c.name):
		return is.WrongName, FaultWrongName, wrongName(cert, c.name)
	}
	return "", FaultNone, ""
}

func wrongName(c *Certificate, name string) string {
	var names []string
	for _, n := range c.Names {
		names = append(names, n.V)
	}
	return fmt.Sprintf("%s is for %s, not for %s", c.Title(), strings.Join(names, ", "), name)
}

// afterHandshake is a client end that says nothing in the handshake about what
// is wrong with the certificate: it closes without having sent a request.
func (d *deriver) afterHandshake(l *link, c tlsClient, done *Step) *failure {
	ses := l.session
	if !c.end.Verify.V {
		return nil
	}
	alert, fault, why := d.judge(l, c)
	if alert != "" || fault == FaultNone {
		return nil
	}
	step := d.act(l.opener, OpVerifyCertificate, why, ses, l.ready, done)
	step.Fault = fault
	d.closeFrom(l, true, step)
	return &failure{outcome: "close", from: l.opener, fault: fault, cause: step, why: why}
}

// verifyClient is the server end's judgement of the client's certificate.
func (d *deriver) verifyClient(l *link, c tlsClient, s tlsServer, done *Step) *failure {
	auth := s.end.ClientCertificate.V
	own := c.end.Certificate.V
	var alert, why string
	switch {
	case auth.Mode == AuthNone, auth.Mode == AuthOptional && own == nil:
		return nil
	case own == nil:
		alert = l.far.serves().NoCertificate12
		if l.session.Version == TLS13 {
			alert = l.far.serves().NoCertificate13
		}
		why = fmt.Sprintf("%s asks for a client certificate, %s has none", l.far.Label, l.opener.Label)
	case auth.CA != nil && own.Issuer.V != nil && own.Issuer.V != auth.CA:
		alert = l.far.serves().UnknownCA
		why = fmt.Sprintf("%s is signed by %s, %s accepts %s", own.Title(), own.Issuer.V.Title(), l.far.Label, auth.CA.Title())
	case !own.ValidOn(d.t.Date):
		alert = l.far.serves().Expired
		why = fmt.Sprintf("%s is not valid on %s", own.Title(), d.t.Date)
	default:
		d.act(l.far, OpVerifyCertificate, own.Title(), l.session, done)
		return nil
	}
	step := d.act(l.far, OpVerifyCertificate, why, l.session, done)
	if l.session.Version == TLS13 {
		d.sendUnaware(l)
	}
	f := d.serverAlert(l, alert, l.session.Version == TLS13, FaultClientCertificate, step, why)
	if l.session.Version == TLS13 {
		f.sent = maybeSent
	}
	l.session.Up = false
	return f
}

// sendUnaware is a client that in TLS 1.3 takes the session for up: its request
// may be on its way before the server's refusal is there.
func (d *deriver) sendUnaware(l *link) {
	if d.stopsAt(l, StopAfterHandshake) {
		return
	}
	ms := l.firstData()
	for i := range ms {
		ms[i].optional = true
	}
	d.pass(l, true, l.session, ms, l.ready)
}

func alert(detail string, protected bool) message {
	return message{op: OpAlert, detail: detail, protected: protected}
}

// serverAlert is a server end that refuses: its alert, then its FIN.
func (d *deriver) serverAlert(l *link, name string, protected bool, fault Fault, after *Step, why string) *failure {
	cause, step := d.cross(l, false, l.session, []message{alert(name, protected)}, after)
	cause.Fault = fault
	l.session.Closed = cause
	d.abandon(l, false, step)
	return &failure{outcome: "alert " + name, from: l.far, fault: fault, cause: cause, why: why}
}

// clientAlert is a client end that refuses: its alert, then the connection ends.
func (d *deriver) clientAlert(l *link, name string, fault Fault, after *Step, why string) *failure {
	cause, step := d.cross(l, true, l.session, []message{alert(name, false)}, after)
	cause.Fault = fault
	l.session.Closed = cause
	if l.session.Version == TLS13 && (l.opener.Kind == KindProxy || len(l.path) > 1) {
		// the server reads the alert with keys that it was not encrypted with
		m := alert("bad_record_mac", true)
		m.optional = true
		d.pass(l, false, l.session, []message{m}, step)
	}
	d.abandon(l, true, step)
	return &failure{outcome: "alert " + name, from: l.opener, fault: fault, cause: cause, why: why}
}
