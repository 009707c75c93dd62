package flow

import (
	"net/netip"
	"slices"
	"strings"
)

// channel is one end-to-end channel: from the end that opened it, over one
// connection or several that relays join, to the end that reads it.
type channel struct {
	link
	ready   *Step   // after which the opener may send its first request
	first   message // the ClientHello, or the request where there is no TLS
	sent    int     // connections of path that carry the first message already
	opened  *Step   // the first message, as its sender sent it
	arrived *Step   // the same, as it came to the last end that has it

	elsewhere bool // a health check on another port than the server's own: what answers there speaks what is checked

	silent bool  // the opener sends nothing at all
	early  *Step // the request in early data, as it came to the far end; nil for none
	body   *Step // the request's body, as it came to the far end; nil for none

	answered *Step // the last answer, as it came to the opener

	closed bool
	ups    []*channel   // the far proxy's own channels towards servers, for this client
	up     *channel     // the one of them that carried the last request
	from   *channel     // on which that request came to the opener; nil for a client's own
	idle   *idleChannel // what an earlier lifecycle left, and this one does not use yet; nil for a channel of this one
	tls    *tlsClient
}

// link is what of a channel outlasts the request that opened it.
type link struct {
	opener    *Participant
	path      []*Connection
	session   *Session // nil for plaintext
	far       *Participant
	listener  *Listener // at far, where it is a proxy
	server    *Server   // at far, where it is a server
	call      Call
	protocol  string // HTTP10; "" for what the opener speaks
	route     *Route // by which the far proxy or the relays chose
	relayed   *Route // the passthrough route that a relay chose
	exchanges int
	raced     bool // Connection: close: both ends may close first
	tickets   bool // the opener offers TLS 1.2 tickets
}

func (l *channel) http2() bool { return l.session != nil && l.session.ALPN == "h2" }

// port is the port of its listener to which the channel came; an inner stage has another one.
func (l *channel) port() int {
	if p := l.end().Port; l.listener.Has(p) {
		return p
	}
	for _, c := range slices.Backward(l.path) {
		if c.Listener == l.listener && l.listener.Has(c.Port) {
			return c.Port
		}
	}
	return l.listener.Port
}

func (l *channel) end() *Connection { return l.path[len(l.path)-1] }

// losesAlert reports whether the far end is a second stage over a socket, of a proxy that
// may lose its alert there (Profile.LosesAlert).
func (l *channel) losesAlert() bool {
	p, last := l.far.Proxy, l.end()
	if p == nil || !p.Behaves().LosesAlert {
		return false
	}
	return last.OverSocket() || last.To.Kind == KindProxy && p.Inner.V.On && p.Inner.V.Address == ""
}

// failure is why a channel or a request did not come to an answer.
type failure struct {
	ending Ending       // what the opener of the channel sees
	from   *Participant // that caused it
	cause  *Step
	known  *Step // with which the opener of the channel learns of it
	why    *Why
	reply  int  // the HTTP status with which the far end refused; 0 for none
	sent   sent // whether the request was out by then
	final  bool // a proxy does not try again, although it was not
}

// sent says whether a request was on its way to a server when it failed. A
// proxy repeats only what was not, and tells its client which it was (HAProxy
// configuration manual, "retry-on").
type sent int

const (
	unsent    sent = iota // 503
	maybeSent             // a race decides: 502 or 503
	wasSent               // 502
)

// open makes a channel's first connection reach an end that reads it: relays on
// the way pass the first message on, and TLS is set up with the end that terminates it.
func (d *deriver) open(l *channel) *failure {
	if l.tls != nil {
		l.tls.ticket = d.ticket(l)
		l.first = hello(l.session, l.tls.ticket != nil)
	}
	f := d.reach(l)
	if l.session == nil {
		return f
	}
	l.session.Connections = l.path
	l.session.Ends[1] = l.far
	for _, c := range l.path[:len(l.path)-1] {
		l.session.RelayedBy = append(l.session.RelayedBy, c.To)
	}
	if f == nil {
		d.deliver(l)
	}
	l.session.Opened = l.opened
	if f != nil {
		return f
	}
	d.sendEarly(l)
	return d.meet(l)
}

// meet is the far end's answer to a ClientHello that has arrived.
func (d *deriver) meet(l *channel) *failure {
	var end ServerEnd
	var cert *Certificate
	var fits bool
	proxy := l.listener != nil
	switch {
	case proxy && !l.listener.Terminates():
		return d.refuseHello(l)
	case proxy:
		end = l.listener.End
		if r := l.listener.terminated(l.session.SNI); r != nil {
			end = r.clientSide(end)
		}
		cert, fits = l.listener.CertificateFor(l.session.SNI)
		d.act(l.far, OpChooseCertificate, CertificateChoice{cert, l.session.SNI}, l.session, l.arrived)
	case !l.server.Backend.Speaks.V.TLS() && !l.elsewhere:
		return d.refuseHello(l)
	default:
		end = l.server.Backend.End
		cert, fits = end.certificateFor(l.session.SNI)
	}
	return d.handshake(&shake{l: l, c: *l.tls, s: tlsServer{end: end, certificate: cert, fits: fits}, arrived: l.arrived})
}

// terminated returns the route that sets what clients meet with an SNI whose TLS ends here: of
// the routes of the nearest host the first with terms of its own, as a proxy knows the SNI alone then
// (HAProxy management guide, crt-list). In what order routes are asked counts for requests.
func (l *Listener) terminated(sni string) *Route {
	noTerms := l.facts != nil && !l.facts.terms
	var out *Route
	for r := range l.Proxy.RoutesFor(sni) {
		if !l.endsFor(r, sni) {
			continue
		}
		if noTerms && out != nil && nearness(out.HostOn(l.Proxy)) == nearest {
			break
		}
		switch {
		case out == nil, nearness(r.HostOn(l.Proxy)) > nearness(out.HostOn(l.Proxy)):
			out = r
		case r.ownTerms() && !out.ownTerms() && Fold(r.HostOn(l.Proxy)) == Fold(out.HostOn(l.Proxy)):
			out = r
		}
	}
	return out
}

// nearest is the nearness of a host that is the name itself.
const nearest = 2

// nearness is how much a host says of a name that it covers.
func nearness(host string) int {
	switch {
	case host == "":
		return 0
	case strings.HasPrefix(host, "*"):
		return 1
	}
	return nearest
}

// endsFor reports whether the TLS of clients with an SNI ends at the port for a route.
func (l *Listener) endsFor(r *Route, sni string) bool {
	return r.Serves(l) && !l.Relays(r) && r.Mode.V != ModeNone && !r.neverTLS() && HostMatches(r.HostOn(l.Proxy), sni)
}

// bytesRoute is the route over which a tcp port where TLS ended sends on what is within.
func (l *Listener) bytesRoute(h Head) *Route {
	h.TLS = true
	return l.terminatedFor(h.Host, func(r *Route) bool { return l.Missed(r, h) == nil })
}

func (l *Listener) terminatedFor(sni string, meets func(*Route) bool) *Route {
	var first *Route
	for r := range l.Proxy.RoutesFor(sni) {
		if !l.endsFor(r, sni) || !meets(r) {
			continue
		}
		if first == nil {
			first = r
		}
		if l.facts != nil && !l.facts.terms {
			break
		}
		if r.ownTerms() && Fold(r.HostOn(l.Proxy)) == Fold(first.HostOn(l.Proxy)) {
			return r
		}
	}
	return first
}

// ownTerms reports whether a route sets itself what its host's clients meet in the
// handshake.
func (r *Route) ownTerms() bool {
	return r.ClientCertificate.IsSet() || r.ALPN.IsSet() || r.Certificate.V != nil
}

// clientSide is the listener's end with what the route says of its own host.
func (r *Route) clientSide(e ServerEnd) ServerEnd {
	if r.ClientCertificate.IsSet() {
		e.ClientCertificate = r.ClientCertificate
	}
	if r.ALPN.IsSet() {
		e.ALPN = r.ALPN
	}
	return e
}

// certificateFor is the server's certificate for an SNI, else its first.
func (e ServerEnd) certificateFor(sni string) (*Certificate, bool) {
	switch exact, wildcard := e.covering(sni); {
	case exact >= 0 && (wildcard < 0 || exact < wildcard):
		return e.Certificates[exact].V, true
	case wildcard >= 0:
		return e.Certificates[wildcard].V, true
	}
	if len(e.Certificates) == 0 {
		return nil, true
	}
	return e.Certificates[0].V, len(e.Certificates[0].V.Names) == 0
}

// refuseHello is what a plaintext end says to a ClientHello.
func (d *deriver) refuseHello(l *channel) *failure {
	return d.refuse(l, l.far.serves().ClientHello, l.arrived,
		&Why{Fault: FaultProtocol, Problem: ProblemHelloToPlaintext, At: l.far})
}

// refuse is an end to which what came is no request: its reply in clear, then
// its FIN, or the FIN alone. Who speaks TLS cannot read the reply.
func (d *deriver) refuse(l *channel, reply Reply, after *Step, why *Why) *failure {
	if reply.Status == 0 {
		return d.closeUnanswered(l, after, why)
	}
	cause, step := d.cross(l, false, nil, []message{{op: OpResponse, facts: reply.line()}}, after)
	cause.Fault = why.Fault
	d.closeRefused(l, false, cause, step)
	f := &failure{ending: Closed{}, from: l.far, cause: cause, known: step, why: why}
	if l.session == nil {
		f.ending, f.reply, f.final = Answered{reply.Status}, reply.Status, true
	}
	return f
}

// deliver carries the first message along the connections that do not have it.
func (d *deriver) deliver(l *channel, after ...*Step) {
	if l.silent {
		return
	}
	for ; l.sent < len(l.path); l.sent++ {
		c := l.path[l.sent]
		if l.sent > 0 {
			after = []*Step{l.arrived}
		}
		l.arrived = d.put(c, true, l.first, l.session, l.sent > 0, after...)
		if l.sent == 0 {
			l.opened = l.arrived
		}
	}
}

// reach follows a channel from proxy to proxy until one ends it, or a server has it.
func (d *deriver) reach(l *channel) *failure {
	for {
		c := l.end()
		l.far, l.listener, l.server = c.To, c.Listener, c.To.Server
		if l.server != nil {
			return d.greetServer(l)
		}
		accepted := d.last(c, true)
		if f := d.readProxy(l, accepted); f != nil {
			return f
		}
		if c.To.Kind == KindInner {
			return nil
		}
		route, f := d.relayRoute(l)
		if f != nil {
			return f
		}
		switch {
		case route != nil:
			if f := d.relay(l, route); f != nil {
				return f
			}
		case l.listener.Kind == ListenHTTPS && c.To.Proxy.Inner.V.On && l.session != nil:
			if c.To.Proxy.Inner.V.Address == "" {
				return nil // a unix socket: no packets
			}
			d.enterInner(l)
		case l.session == nil && l.listener.Terminates() && !l.silent:
			d.deliver(l, l.ready)
			return d.refuse(l, l.far.Proxy.Behaves().Plaintext, l.arrived,
				&Why{Fault: FaultProtocol, Problem: ProblemPlaintextToPort, At: l.far, Port: c.Port})
		default:
			return nil
		}
	}
}

// readProxy is a listener's first look: the PROXY header that it expects, or
// does not.
func (d *deriver) readProxy(l *channel, accepted *Step) *failure {
	c := l.end()
	d.act(c.To, OpAccept, PortTaken{c.Port}, nil, accepted)
	has := c.header != nil
	switch {
	case has && l.listener.AcceptProxy.V, has && c.To.Kind == KindInner:
		d.act(c.To, OpReadProxy, ProxyHeader{Client: addressOr(l.path[0])}, nil, accepted)
		return nil
	case has:
		return d.refuseHeader(l, &Why{Fault: FaultProxyHeader, Problem: ProblemStrayHeader, At: c.To, Port: c.Port})
	case l.listener.AcceptProxy.V && !l.silent:
		d.deliver(l, l.ready)
		step := d.put(c, false, end(c.To.Proxy.Behaves().ResetsNoHeader), nil, false, l.arrived)
		step.Fault = FaultProxyHeader
		l.closed = true
		known := d.mirrorClose(l, step)
		return &failure{ending: Closed{}, from: c.To, cause: step, known: known,
			why: &Why{Fault: FaultProxyHeader, Problem: ProblemMissingHeader, At: c.To, Port: c.Port}}
	}
	return nil
}

// refuseHeader is an end to which a PROXY header reads as garbage: it closes.
// What follows the header races with that. A socket that is closed before all was
// read ends with RST and no FIN (RFC 1122, 4.2.2.13); one that is closed already
// answers what comes with RST, behind its FIN (measured: unexpected-proxy).
func (d *deriver) refuseHeader(l *channel, why *Why) *failure {
	c := l.end()
	header := c.header
	if !l.silent {
		d.deliver(l, l.ready)
	}
	if p := l.far.Proxy; p != nil && p.Behaves().StrayHeader.Status != 0 {
		return d.refuse(l, p.Behaves().StrayHeader, header, why)
	}
	f := d.closeUnanswered(l, header, why)
	if !l.silent {
		f.cause.Instead = d.put(c, false, tcp(OpRST, true), nil, false, l.arrived)
	}
	return f
}

func addressOr(c *Connection) string {
	if c.Source != "" {
		return c.Source
	}
	return c.From.Label
}

// closeUnanswered is an end that closes a connection without an answer: no route, no
// SNI. Where its session is up, it says close_notify, else nothing. The
// client's own FIN follows.
func (d *deriver) closeUnanswered(l *channel, after *Step, why *Why) *failure {
	c := l.end()
	from := c.To
	if l.session != nil && l.session.Up {
		known := d.closeInOrder(l, closing{first: after})
		step := l.session.Closed
		step.Fault = why.Fault
		return &failure{ending: Closed{}, from: from, cause: step, known: known, why: why}
	}
	step := d.put(c, false, tcp(OpFIN, false), nil, false, after)
	step.Fault = why.Fault
	known := d.mirrorClose(l, step)
	d.put(l.path[0], true, tcp(OpFIN, true), nil, false, d.last(l.path[0], false))
	d.put(l.path[0], true, tcp(OpRST, true), nil, false, d.last(l.path[0], false))
	l.closed = true
	return &failure{ending: Closed{}, from: from, cause: step, known: known, why: why}
}

// mirrorClose passes the end of the last connection on to those before it, and
// returns the step with which it comes to the opener.
func (d *deriver) mirrorClose(l *channel, after *Step) *Step {
	for i := len(l.path) - 2; i >= 0; i-- {
		after = d.put(l.path[i], false, tcp(OpFIN, false), nil, false, after)
		d.put(l.path[i+1], true, tcp(OpFIN, true), nil, false, after)
	}
	return after
}

// relayRoute decides whether the proxy at the channel's end relays it, and by
// which route; nil where the channel ends here. A port that looks at the SNI
// receives the first message before it decides.
func (d *deriver) relayRoute(l *channel) (*Route, *failure) {
	lst, at, sni := l.listener, l.far, ""
	if l.session != nil {
		sni = l.session.SNI
	}
	came := Head{Host: sni, Source: l.seen(), TLS: l.session != nil}
	d.assumeOutside(lst, came)
	way := lst.relaying(came)
	switch {
	case way.unread && way.refuses:
		return nil, d.hangUp(l, d.last(l.end(), true), &Why{Fault: FaultNoRoute, Problem: ProblemNoSourceRoute, At: at, Port: lst.Port, Address: came.Source})
	case way.unread:
		return way.route, nil
	case !way.looks:
		return nil, nil
	case l.silent && !lst.Inspects():
		return nil, nil
	case l.silent:
		d.wait = lst.InspectDelay.V
		return nil, d.closeUnanswered(l, d.last(l.end(), true),
			&Why{Fault: FaultAborted, Problem: ProblemNoHello, At: l.opener})
	}
	d.deliver(l, l.ready)
	if l.session == nil {
		if way.refuses {
			return nil, d.closeUnanswered(l, l.arrived, &Why{Fault: FaultProtocol, Problem: ProblemPlaintextNoHello, At: at, Port: lst.Port})
		}
		return way.route, nil
	}
	step := d.act(at, OpInspectSNI, SNIDecision{SNI: sni, Route: way.route, Ends: way.route == nil && !way.refuses}, nil, l.arrived)
	switch {
	case way.refuses && sni == "":
		return nil, d.closeUnanswered(l, step, &Why{Fault: FaultNoSNI, Problem: ProblemNoSNI, At: at, Port: lst.Port})
	case way.refuses:
		return nil, d.closeUnanswered(l, step, &Why{Fault: FaultNoRoute, Problem: ProblemNoSNIRoute, At: at, Name: sni})
	}
	return way.route, nil
}

// relay joins the channel to the next connection and passes on what it has read.
func (d *deriver) relay(l *channel, r *Route) *failure {
	at := l.far
	l.relayed = r
	d.took(l, r)
	if f := d.denied(l, r, d.lastStep()); f != nil {
		return f
	}
	if r.closes() {
		return d.relayNowhere(l, d.stated(l, r, d.lastStep()))
	}
	choice, f := d.chooseServer(l, r, d.lastStep())
	if f != nil {
		return d.relayNowhere(l, f)
	}
	c, f := d.connect(at, choice, r, r.SendProxy.V, l.path[0])
	if f != nil {
		return d.relayNowhere(l, f)
	}
	l.path = append(l.path, c)
	d.act(at, OpRelay, nil, l.session, d.last(c, true))
	return nil
}

// relayNowhere is a relay that has no server to pass a channel on to. Where it did
// not wait for the first message, that may be on its way.
func (d *deriver) relayNowhere(l *channel, f *failure) *failure {
	hung := d.hangUp(l, f.known, f.why)
	hung.cause = f.cause
	return hung
}

// hangUp closes a channel whose first message may be on its way.
func (d *deriver) hangUp(l *channel, after *Step, why *Why) *failure {
	unread := l.sent < len(l.path) && !l.silent
	if unread {
		l.first.optional = true
		d.deliver(l, l.ready)
	}
	hung := d.closeUnanswered(l, after, why)
	if unread {
		d.put(l.end(), false, tcp(OpRST, true), nil, false, l.arrived)
	}
	return hung
}

// denied is a route whose allow list does not have the address that its proxy
// sees; one that is not stated it is assumed to have. The connection
// is closed without an answer (tcp-request content reject).
func (d *deriver) denied(l *channel, r *Route, step *Step) *failure {
	if len(r.Allow) == 0 {
		return nil
	}
	address := l.seen()
	if address == "" {
		d.assume(Assumption{Kind: AssumesAllowed, Route: r})
	}
	if r.Allowed(address) {
		step.Admits = &Admission{Address: address}
		return nil
	}
	step.Fault = FaultDenied
	return d.closeUnanswered(l, step, &Why{Fault: FaultDenied, Problem: ProblemNotAllowed, Address: address, Route: r})
}

// enterInner joins the channel to the proxy's second stage over loopback, behind
// a PROXY header (measured: os_loop_edge_tls13).
func (d *deriver) enterInner(l *channel) {
	at := l.far
	in := at.Proxy.Inner.V
	c := d.connection(at, d.innerPart(at.Proxy), "", in.Address, in.Port)
	c.Listener = l.listener
	d.tcpHandshake(c, l.arrived)
	d.sendHeader(c, at.Proxy.Behaves().StageHeader, l.path[0])
	l.path = append(l.path, c)
	d.deliver(l)
}

// greetServer is a server that takes a connection: it may insist on a PROXY
// header, or not understand one.
func (d *deriver) greetServer(l *channel) *failure {
	wants, has := l.server.Backend.AcceptProxy.V && !l.elsewhere, l.end().header != nil
	switch {
	case l.silent, wants == has, has && l.session == nil:
		return nil // a header that an HTTP server does not know is its 400, later
	case has:
		return d.refuseHeader(l, &Why{Fault: FaultProxyHeader, Problem: ProblemStrayHeader, At: l.far})
	}
	d.deliver(l, l.ready)
	f := d.closeUnanswered(l, l.arrived, &Why{Fault: FaultProxyHeader, Problem: ProblemMissingHeader, At: l.far})
	if l.session == nil {
		f.sent = wasSent
	}
	return f
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}
