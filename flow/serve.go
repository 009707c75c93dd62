package flow

import (
	"slices"
	"strconv"
	"strings"
)

// answer is how one request on a channel ends.
type answer struct {
	status  int          // 0 where fail is set
	from    *Participant // who made it
	step    *Step        // after which it travels back
	fail    *failure     // there is no answer: the channel has ended, or nothing comes
	closes  bool         // the far end closes the connection behind it
	endless bool         // it has no length: it ends with the connection
	end     *Step        // with which the end of the connection that it came on arrived; nil where that stays
}

// serverChoice is where a proxy sends a request: a server, or another proxy.
type serverChoice struct {
	server *Server
	proxy  *Proxy
	port   int
}

// choices lists the usable servers and proxies of a route, in the order of
// declaration.
func (r *Route) choices(port int) []serverChoice {
	var out []serverChoice
	for _, t := range r.Targets {
		if t.Weight.V == 0 {
			continue
		}
		if t.Proxy != nil {
			p := t.Port
			if p == 0 {
				p = port
			}
			out = append(out, serverChoice{proxy: t.Proxy, port: p})
			continue
		}
		for _, s := range t.Backend.Servers {
			if s.Usable() {
				out = append(out, serverChoice{server: s, port: s.Port})
			}
		}
	}
	return out
}

// chooseServer takes the route's next usable server in turn, each request
// anew, also on one connection (measured), unless a cookie binds the client.
func (d *deriver) chooseServer(at *Participant, r *Route, l *Listener, after *Step) (serverChoice, *failure) {
	choices := r.choices(l.Port)
	if len(choices) == 0 {
		why := &Why{Fault: FaultNoServer, Problem: ProblemNoServer, Route: r}
		step := d.act(at, OpChooseServer, ServerChoice{Why: why}, nil, after)
		step.Fault = FaultNoServer
		return serverChoice{}, &failure{ending: Answered{at.Proxy.Behaves().Unreached}, from: at, cause: step, known: step, why: why}
	}
	if c, ok := d.chosen[r]; ok {
		d.act(at, OpChooseServer, ServerChoice{Server: c.server, Proxy: c.proxy, Cookie: r.Affinity.V}, nil, after)
		return c, nil
	}
	c := choices[d.turn[r]%len(choices)]
	chosen := ServerChoice{Server: c.server, Proxy: c.proxy}
	if n := len(choices); n > 1 {
		d.turn[r]++
		chosen.Of = n
		if !at.Proxy.Balance.IsSet() {
			d.assume(Assumption{Kind: AssumesTurns, Server: choices[0].server, Proxy: choices[0].proxy})
		}
	}
	if r.Affinity.V != "" && r.Mode.V != ModePassthrough {
		d.chosen[r] = c
	}
	d.act(at, OpChooseServer, chosen, nil, after)
	return c, nil
}

// attempts tries until it works, fails for good, or the proxy's retries are
// used up, an interval apart (HAProxy configuration manual, "retries"). After a
// refusal that may have come too late, more of them are as uncertain.
func (d *deriver) attempts(p *Proxy, try func() *failure) *failure {
	outer, sure := d.attempt, d.maybe
	defer func() { d.attempt, d.maybe = outer, sure }()
	for d.attempt = 1; ; d.attempt++ {
		d.lc.Outcome.Attempts = max(d.lc.Outcome.Attempts, d.attempt)
		f := try()
		if f == nil || f.final || f.sent == wasSent || d.attempt > p.Retries.V {
			return f
		}
		if !p.Retries.IsSet() {
			d.assume(Assumption{Kind: AssumesRetries, Count: p.Retries.V, Interval: p.Behaves().RetryInterval})
		}
		d.maybe = sure || f.sent == maybeSent
		d.wait = p.Behaves().RetryInterval
	}
}

// connect opens a connection from a proxy that relays, with its retries.
func (d *deriver) connect(at *Participant, to serverChoice, r *Route, header ProxyVersion, from *Connection) (*Connection, *failure) {
	var c *Connection
	after := d.lastStep()
	f := d.attempts(at.Proxy, func() (f *failure) {
		c, f = d.connectOnce(at, to, header, from, after)
		c.Route = r
		if f != nil {
			after = f.known
		}
		return f
	})
	return c, f
}

// connectOnce opens one connection and sends the PROXY header that the route asks for.
func (d *deriver) connectOnce(at *Participant, to serverChoice, header ProxyVersion, from *Connection, after *Step) (*Connection, *failure) {
	var c *Connection
	source := at.Proxy.Source.V
	if to.server != nil {
		d.lc.Outcome.Reached = true
		c = d.connection(at, d.serverPart(to.server), source, to.server.Address, to.server.Port)
		if to.server.State.V == ServerRefuses {
			return c, d.refused(c, FaultRefused, after)
		}
	} else {
		c = d.connection(at, d.proxyPart(to.proxy), source, "", to.port)
		c.Listener = to.proxy.Listens(to.port)
		if c.Listener == nil {
			return c, d.refused(c, FaultNoListener, after)
		}
		c.Address = c.Listener.Address
	}
	d.tcpHandshake(c, after)
	if header != 0 {
		d.sendHeader(c, header, from)
	}
	return c, nil
}

func (d *deriver) refused(c *Connection, fault Fault, after *Step) *failure {
	rst := d.tcpRefused(c, fault, after)
	return &failure{ending: Closed{}, from: c.To, cause: rst, known: rst,
		why: &Why{Fault: fault, Problem: ProblemRefuses, At: c.To, Port: c.Port}}
}

// sendHeader sends the PROXY header, the first bytes of a connection, in clear
// (PROXY protocol, section 2).
func (d *deriver) sendHeader(c *Connection, v ProxyVersion, from *Connection) *Step {
	says := ProxyHeader{Client: addressOr(from)}
	if c.Check { // section 2.2: there is no client
		says = ProxyHeader{Local: true}
	}
	c.header = d.put(c, true, message{op: map[ProxyVersion]Op{1: OpProxyV1, 2: OpProxyV2}[v], facts: says}, nil, false)
	return c.header
}

// upstream returns a channel from the proxy at l's far end to a server of the
// route: an idle one of this client, or a new one.
func (d *deriver) upstream(l *channel, r *Route, call Call, after *Step) (*channel, *failure) {
	at := l.far
	to, f := d.chooseServer(at, r, l.listener, after)
	if f != nil {
		return nil, f
	}
	if d.current != nil {
		d.current.Server = to.server
	}
	chosen := d.lastStep()
	if up := d.reusable(l, r, to, call); up != nil {
		up.ready = d.act(at, OpReuseConnection, Reuse{up.path[0]}, up.session, chosen)
		return up, nil
	}
	var up *channel
	after = chosen
	f = d.attempts(at.Proxy, func() *failure {
		c, f := d.connectOnce(at, to, r.SendProxy.V, l.path[0], after)
		c.Route = r
		if f == nil {
			up = d.newUpstream(at, c, r, l, call)
			f = d.open(up)
		}
		if f == nil {
			if f = d.through(up, call); f != nil { // the request may be out by then
				f.sent, f.final = maybeSent, true
			}
		}
		if f != nil {
			// the attempt ends with the refusal; the closes behind it race
			after = f.known
		}
		return f
	})
	if f != nil {
		return nil, f
	}
	l.ups = append(l.ups, up)
	d.pool = append(d.pool, up)
	return up, nil
}

// reusable returns a channel that is open and that a request may use: one of this
// client's connection, else one that idles in the pool; nil for none.
func (d *deriver) reusable(l *channel, r *Route, to serverChoice, call Call) *channel {
	for i, up := range l.ups {
		if !up.closed && up.leadsTo(r, to) {
			up = d.own(up)
			l.ups[i] = up
			return up
		}
	}
	up := d.idle(l, r, to, call)
	if up != nil {
		l.ups = append(l.ups, up)
	}
	return up
}

// newUpstream is a channel that a proxy opens: TLS of its own for reencrypt.
func (d *deriver) newUpstream(at *Participant, c *Connection, r *Route, l *channel, call Call) *channel {
	up := &channel{opener: at, from: l, call: call, path: []*Connection{c}, route: r, ready: d.last[direction{c, true}], far: c.To, server: c.To.Server, tickets: true}
	switch mode := at.Proxy.Connection.V; {
	case l.listener.Kind == ListenTCP:
		up.raced = l.raced // what the client says reaches the server
	case mode == "server-close", mode == "close":
		up.raced = true // HAProxy asks the server to close
	}
	if r.Mode.V != ModeReencrypt {
		up.first = requestMessage(up, call)
		return up
	}
	end := r.UpstreamEnd(at.Proxy)
	sni := r.Upstream.SNI.V
	if r.Upstream.SNIHost {
		sni = d.hostField(call)
	}
	name := r.Upstream.Name.V
	if name == "" {
		name = sni
	}
	up.tls = &tlsClient{end: end, sni: sni, name: name, sniSet: sni != ""}
	up.session = d.session(at)
	up.session.Shared = end.TLS.V
	up.session.SNI = sni
	up.session.Offered = end.ALPN.V
	return up
}

// UpstreamEnd is the proxy's end of the sessions that the route opens.
func (r *Route) UpstreamEnd(p *Proxy) ClientEnd {
	end := r.Upstream.End
	if len(end.Trust) == 0 {
		end.Trust = p.End.Trust
	}
	if end.Certificate.V == nil {
		end.Certificate = p.End.Certificate
	}
	return end
}

func protocol(l *channel) string {
	if l.http2() || l.server != nil && l.server.Backend.Speaks.V == SpeaksH2C && l.session == nil {
		return "HTTP/2"
	}
	if l.opener.Proxy != nil {
		return l.opener.Proxy.Behaves().UpstreamHTTP
	}
	return "HTTP/1.1"
}

func requestMessage(l *channel, call Call) message {
	var facts Facts = RequestLine{Method: call.Method, Path: call.Path, Protocol: protocol(l)}
	if call.Scheme == "tls" {
		facts = UnknownProtocol{}
	}
	return message{op: OpRequest, facts: facts, protected: l.session != nil}
}

func responseMessage(l *channel, call Call, status int) message {
	line := StatusLine{Protocol: protocol(l), Status: status}
	if !strings.HasPrefix(line.Protocol, "HTTP/2") {
		line.Reason = reason(status)
	}
	var facts Facts = line
	if call.Scheme == "tls" {
		facts = UnknownProtocol{}
	}
	return message{op: OpResponse, facts: facts, protected: l.session != nil}
}

// roundtrip sends one request over a channel that is open and brings its answer
// back to the opener.
func (d *deriver) roundtrip(l *channel, call Call, after *Step) answer {
	l.exchanges++
	arrived := d.sendRequest(l, call, after)
	body := d.sendBody(l, call)
	if body != nil && (l.far.Proxy == nil || l.far.Proxy.Behaves().BuffersBody) {
		arrived = body
	}
	if l.far.Kind == KindServer {
		if l.session != nil {
			arrived = d.act(l.far, OpDecrypt, nil, l.session, arrived)
		}
	}
	var a answer
	if l.server != nil {
		a = d.serverAnswer(l, arrived)
	} else {
		a = d.proxyAnswer(l, call, arrived)
	}
	if a.fail != nil {
		if a.fail.why.Fault == FaultSilent && len(l.path) > 1 {
			d.relayTimeout(l, a.fail)
		}
		return a
	}
	a.step = d.pass(l, false, l.session, []message{responseMessage(l, call, a.status)}, a.step)
	if l.server != nil && l.server.Backend.ConnectionClose.V && a.status != statusSwitching {
		a.closes, l.raced = true, true // it says so in its answer
	}
	if a.closes {
		k := closing{first: a.end}
		if l.raced {
			k.second = a.step
		}
		a.end = d.closeInOrder(l, k)
	}
	if l.server != nil && a.endless && l.end().header != nil {
		d.put(l.end(), false, tcp(OpRST, true), nil, false, arrived) // it came behind a header that was not understood
	}
	return a
}

// sendRequest puts the request on the wire; over h2 after the connection
// preface, on the first one (RFC 9113, 3.4).
func (d *deriver) sendRequest(l *channel, call Call, after *Step) *Step {
	first := l.exchanges == 1
	if l.early != nil {
		// it is there already, and is acted upon when the client has finished
		// (measured: the SYN towards the server comes after that)
		if protocol(l) == "HTTP/2" {
			d.settings(l, l.early)
		}
		l.early = nil
		return l.session.Established
	}
	if first && protocol(l) == "HTTP/2" {
		d.settings(l, d.pass(l, true, l.session, prefaceMessages(l), l.ready, after))
	}
	m := requestMessage(l, call)
	if l.session == nil && first && l.sent < len(l.path) {
		l.first = m
		d.deliver(l, l.ready, after)
		return l.arrived
	}
	ready := l.ready
	l.ready = nil // what comes later comes after this request
	return d.pass(l, true, l.session, []message{m}, ready, after)
}

// firstData is what the opener of a channel sends first of all once it may.
func (l *channel) firstData() []message {
	m := requestMessage(l, l.call)
	if protocol(l) == "HTTP/2" {
		return append(prefaceMessages(l), m)
	}
	return []message{m}
}

func settingsMessage(l *channel, op Op) message {
	return message{op: op, protected: l.session != nil}
}

func prefaceMessages(l *channel) []message {
	return []message{settingsMessage(l, OpPreface), settingsMessage(l, OpSettings)}
}

// settings is the server's side of an h2 connection's beginning. The client
// need not wait for it before it sends its request.
func (d *deriver) settings(l *channel, mine *Step) {
	after := mine
	if l.server != nil && l.session != nil {
		after = l.session.Established // its preface needs no other (RFC 9113, 3.4; measured with Go)
	}
	ack := settingsMessage(l, OpSettingsAck)
	ack.loose = true
	yours := d.pass(l, false, l.session, []message{settingsMessage(l, OpSettings)}, after)
	d.pass(l, false, l.session, []message{ack}, mine)
	ack.optional = true
	d.pass(l, true, l.session, []message{ack}, yours)
}

// serverAnswer is what a server does with a request that has arrived.
func (d *deriver) serverAnswer(l *channel, arrived *Step) answer {
	s, at := l.server, l.far
	if d.current != nil {
		d.current.Server = s
	}
	switch {
	case l.session == nil && s.Backend.Speaks.V.TLS():
		// plaintext to a TLS port: 400 in clear, then the server closes
		why := &Why{Fault: FaultProtocol, Problem: ProblemPlaintextToServer, At: at}
		arrived.Fault = FaultProtocol
		d.blame(&failure{from: at, cause: arrived, why: why})
		return answer{status: 400, from: at, step: arrived, closes: true, endless: true}
	case l.session == nil && l.end().header != nil && !s.Backend.AcceptProxy.V:
		// the header reads as a malformed request line (measured with Go); the
		// request may come too late
		return answer{status: 400, from: at, step: l.end().header, closes: true, endless: true}
	case s.State.V == ServerSilent:
		arrived.Fault = FaultSilent
		return answer{fail: &failure{ending: TimedOut{}, from: at, cause: arrived, known: d.last[direction{l.path[0], true}], sent: wasSent,
			why: &Why{Fault: FaultSilent, Problem: ProblemSilent, At: at}}}
	}
	if d.r.Upgrade.IsSet() {
		return answer{status: statusSwitching, from: at, step: arrived}
	}
	return answer{status: 200, from: at, step: arrived, closes: l.raced}
}

// proxyAnswer is what a proxy that reads the request does with it.
func (d *deriver) proxyAnswer(l *channel, call Call, arrived *Step) answer {
	at := l.far
	step := arrived
	if l.session != nil {
		step = d.act(at, OpDecrypt, nil, l.session, arrived)
	}
	if l.listener.Kind == ListenTCP {
		return d.forward(l, l.ups[0], call, step)
	}
	l.raced = l.raced || at.Proxy.Connection.V == "close"
	host := d.hostField(call)
	r, insecure := l.listener.HTTPRoute(host, call.Path, d.r.Fields)
	switch {
	case r == nil:
		return d.unmatched(l, host, call.Path, insecure, step)
	case l.listener.Kind == ListenHTTP && r.Mode.V != ModeNone && r.Insecure.V == InsecureRedirect:
		step = d.act(at, OpRoute, RouteChoice{Route: r}, nil, step)
		step = d.act(at, OpRedirect, Redirection{r.RedirectStatus.V, host, call.Path}, nil, step)
		d.took(l, r)
		return answer{status: r.RedirectStatus.V, from: at, step: step, closes: l.raced}
	}
	// a node does one thing after the other: what it has sent to this client
	// (its tickets) is out before it turns to the server
	tickets := d.last[direction{l.end(), false}]
	if l.session != nil && l.listener.Inspects() && at.Kind != KindInner {
		tickets = nil // they pass through another stage than the one that connects
	}
	step = d.act(at, OpRoute, RouteChoice{Route: r}, nil, step, tickets)
	d.took(l, r)
	if f := d.denied(l, r, step); f != nil {
		return answer{fail: f}
	}
	up, f := d.upstream(l, r, call, step)
	if f != nil {
		return d.gatewayAnswer(l, f)
	}
	return d.forward(l, up, call, nil)
}

// hostField is the host that a request names: its Host field, which is the
// URL's host unless the request states another.
func (d *deriver) hostField(call Call) string {
	if d.r.HostField.IsSet() {
		return d.r.HostField.V
	}
	return call.Host
}

func (d *deriver) took(l *channel, r *Route) {
	l.route = r
	if d.current != nil {
		d.current.Route = r
	}
}

// unmatched is the proxy's answer where no route matches.
func (d *deriver) unmatched(l *channel, host, path string, insecure bool, step *Step) answer {
	why := &Why{Fault: FaultNoRoute, Problem: ProblemNoRoute, At: l.far, Name: host, Path: path}
	if insecure {
		why.Fault, why.Problem = FaultInsecure, ProblemNoPlaintext
	}
	step = d.act(l.far, OpRoute, RouteChoice{Why: why}, nil, step)
	step.Fault = why.Fault
	f := &failure{from: l.far, cause: step, why: why}
	d.blame(f)
	if l.listener.Unmatched.V == "close" {
		return answer{fail: d.closeUnanswered(l, step, why)}
	}
	status, err := strconv.Atoi(l.listener.Unmatched.V)
	if err != nil {
		status = l.far.Proxy.Behaves().Unreached
	}
	return answer{status: status, from: l.far, step: step, closes: l.raced}
}

// forward sends a request on over an upstream channel and brings the answer back
// to the proxy.
func (d *deriver) forward(l *channel, up *channel, call Call, after *Step) answer {
	at := l.far
	if up.session != nil {
		after = d.act(at, OpEncrypt, nil, up.session, up.ready, after)
	}
	l.up, up.from = up, l
	a := d.roundtrip(up, call, after)
	if a.fail != nil {
		return d.gatewayAnswer(l, a.fail)
	}
	step := a.step
	if up.session != nil {
		step = d.act(at, OpDecrypt, nil, up.session, step)
	}
	if l.session != nil {
		step = d.act(at, OpEncrypt, nil, l.session, step)
	}
	if a.status == statusSwitching {
		return answer{status: a.status, from: a.from, step: step}
	}
	if !up.closed {
		for _, c := range up.path {
			c.Left = "idle pool"
		}
	}
	out := answer{status: a.status, from: a.from, step: step, closes: l.raced}
	out.endless = a.endless && !l.http2() // HTTP/2 ends a stream instead
	if out.endless || l.listener.Kind == ListenTCP && a.closes {
		out.closes, out.end = true, a.end
	}
	return out
}

// gatewayAnswer is what a terminating proxy tells its client about a failure
// behind it (HAProxy configuration manual, "retries", "timeout server").
func (d *deriver) gatewayAnswer(l *channel, f *failure) answer {
	d.blame(f)
	at, is := l.far, l.far.Proxy.Behaves()
	if l.listener.Kind == ListenTCP {
		return answer{fail: d.closeUnanswered(l, f.known, f.why)}
	}
	switch {
	case f.why.Fault == FaultSilent:
		return d.serverTimeout(l, f)
	case f.reply != 0:
		return answer{status: f.reply, from: f.from, step: f.known, closes: l.raced}
	case f.sent == wasSent:
		return answer{status: is.Broken, from: at, step: f.known, closes: l.raced}
	case f.sent == maybeSent:
		d.lc.Outcome.Endings = slices.Compact([]Ending{Answered{is.Broken}, Answered{is.Unreached}})
	}
	return answer{status: is.Unreached, from: at, step: f.known, closes: l.raced}
}

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
		for _, t := range r.Timeouts {
			if t.Kind == kind {
				return t.Millis, true
			}
		}
	}
	for _, t := range slices.Concat(p.Timeouts, p.Behaves().Defaults.Timeouts) {
		if t.Kind == kind {
			return t.Millis, true
		}
	}
	return 0, false
}
