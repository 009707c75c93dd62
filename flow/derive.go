package flow

import (
	"slices"
)

// Derive returns what really happens for a request. It is pure and total: a
// faulty model derives its failing lifecycle. What nothing states and the
// course depends on is listed in Lifecycle.Assumed.
//
// A request that comes after another (after R) has a lifecycle of its own: that
// of R is derived first and stands in Lifecycle.Before. What R left is there:
// the idle connections of each proxy's pool, the sessions that can be resumed,
// the turn of the balancer, the cookies of the same client. Participants,
// connections and sessions are counted anew; one that R opened and this request
// uses points back to it (Connection.Since, Session.Since) and has no SYN and
// no ClientHello here. A request that resumes a session and comes after nothing
// comes after itself: the same request, not resumed, was there before.
func Derive(t *Topology, r *Request) *Lifecycle {
	if r.After.V == nil {
		d := newDeriver(t, r)
		d.inherit(nil)
		return d.run()
	}
	known := map[*Request]*Lifecycle{}
	derive(t, r, known)
	return known[r]
}

// derive is Derive with the lifecycles of the topology that are known already;
// it adds those that it needs, and returns whose they are, the one that is asked
// for first. Requests that come after each other in a circle
// begin with the one that is asked for.
func derive(t *Topology, r *Request, known map[*Request]*Lifecycle) []*Request {
	var way []*Request
	on := map[*Request]bool{}
	for q := r; q != nil && known[q] == nil && !on[q]; q = q.After.V {
		way = append(way, q)
		on[q] = true
	}
	for _, q := range slices.Backward(way) {
		d := newDeriver(t, q)
		d.inherit(known[q.After.V])
		known[q] = d.run()
	}
	return way
}

func (d *deriver) run() *Lifecycle {
	switch {
	case d.r.FromProxy != nil && d.r.Check != nil:
		d.healthCheck()
	case d.r.From != nil && d.r.Via != nil:
		d.request()
	}
	d.carry()
	d.lc.closings()
	d.scratch.leave()
	d.scratch = nil
	return d.lc
}

// request follows the client's calls, one connection for each authority. A
// client keeps them all until it is done.
func (d *deriver) request() {
	var l *channel
	var last answer
	var open []*channel
	calls := d.calls()
	for i := 0; i < len(calls); i++ {
		call := calls[i]
		l = openFor(open, call.Call)
		if l == nil {
			d.current = d.exchange(call.Call, 0)
			var f *failure
			if l, f = d.clientChannel(call.Call, call.via, last.step); f != nil {
				last = answer{fail: f}
				break
			}
			open = append(open, l)
		} else {
			d.current = d.exchange(call.Call, l.exchanges)
		}
		last = d.roundtrip(l, call.Call, last.step)
		l.answered = last.step
		if last.fail != nil {
			break
		}
		d.current.Status = last.status
		if last.status == statusSwitching {
			d.tunnel(l, last.step)
			continue
		}
		if !isRedirect(last.status) {
			continue
		}
		switch to, step, ok := d.redirected(call); {
		case !ok:
		case to.sentBack():
			d.redirectLoop(to, step)
		case d.r.Follow.V && to.leadsOn(d.lc.Topology):
			calls = slices.Insert(calls, i+1, to)
		}
	}
	if last.fail != nil && last.fail.ending == Ending(TimedOut{}) {
		d.closeInVain(l)
	}
	for _, o := range open {
		if last.fail == nil || o != l {
			d.finish(o)
		}
	}
	d.outcome(last)
}

// openFor returns the connection over which a client sends a call: one that it
// has to the same authority; nil for none.
func openFor(open []*channel, call Call) *channel {
	for _, l := range open {
		if !l.closed && sameAuthority(l.call, call) {
			return l
		}
	}
	return nil
}

func sameAuthority(a, b Call) bool {
	return a.Scheme == b.Scheme && a.Host == b.Host && a.Port == b.Port
}

func (d *deriver) exchange(c Call, index int) *Exchange {
	e := &Exchange{Call: c, Index: index}
	d.lc.Exchanges = append(d.lc.Exchanges, e)
	return e
}

// clientChannel opens the client's connection to a proxy, after a step of an
// earlier one, and sets up TLS.
func (d *deriver) clientChannel(call Call, via *Proxy, after *Step) (*channel, *failure) {
	r := d.r
	client, proxy := d.clientPart(r.From), d.proxyPart(via)
	c := d.connection(client, proxy, r.From.Address.V, "", call.Port)
	c.Listener = via.Listens(call.Port)
	if at := r.entry; at != nil && at.Proxy == via && at.Has(call.Port) {
		c.Listener = at
	}
	if c.OverSocket() {
		c.Listener = nil // a client has only the network
	}
	if c.Listener == nil {
		rst := d.tcpRefused(c, FaultNoListener, after)
		return nil, &failure{ending: Closed{}, from: proxy, cause: rst, known: rst,
			why: &Why{Fault: FaultNoListener, Problem: ProblemNotListening, At: proxy, Port: call.Port}}
	}
	c.Address = c.Listener.Address
	l := &channel{link: link{opener: client, path: []*Connection{c}, call: call, tickets: r.From.Tickets.V, raced: r.Close.V}}
	ack := d.tcpHandshake(c, after)
	l.ready = ack
	if r.Stop.V == StopAfterConnect {
		return nil, d.silentClient(l)
	}
	if v := r.From.SendsProxy(c.Listener); v != 0 {
		l.ready = d.sendHeader(c, v, c)
	}
	if call.InClear() {
		l.first = requestMessage(l, call)
		return l, d.open(l)
	}
	d.clientHello(l, call)
	if f := d.open(l); f != nil {
		return l, f
	}
	return l, d.ready(l, call)
}

// clientHello prepares the client's TLS session.
func (d *deriver) clientHello(l *channel, call Call) {
	r := d.r
	s := d.session(l.opener)
	s.SNI = d.r.sniOf(call)
	s.Offered = r.From.End.ALPN.V
	if ahead := l.path[0].Listener.alpnAhead(Head{Host: s.SNI, Source: r.From.Address.V}); !r.From.End.ALPN.IsSet() && len(ahead) > 0 {
		s.Offered = ahead
		d.assume(Assumption{Kind: AssumesALPN, At: l.opener, ALPN: ahead})
	}
	if r.Upgrade.IsSet() && len(s.Offered) > 0 {
		// an upgrade is one of HTTP/1.1 (RFC 9110, 7.8)
		s.Offered = []string{"http/1.1"}
	}
	s.Shared = r.From.End.TLS.V
	if r.TLS.IsSet() {
		s.Shared = r.TLS.V
	}
	l.session = s
	l.tls = &tlsClient{end: r.From.End, sni: s.SNI, name: nameIn(call.Host)}
}

// ready is a channel on which TLS is up, before its first request.
func (d *deriver) ready(l *channel, call Call) *failure {
	if f := d.through(l, call); f != nil {
		return f
	}
	if d.r.Stop.V == StopAfterHandshake {
		return d.closeEarly(l, l.session.Version == TLS13)
	}
	return nil
}

// through connects a tcp port on which TLS is up to its server now (measured:
// edge_modetcp_slow_client). Who opened the channel does not wait for that.
func (d *deriver) through(l *channel, call Call) *failure {
	if l.listener == nil || l.listener.Kind != ListenTCP {
		return nil
	}
	at := Head{Host: l.session.SNI, Source: l.seen()}
	d.assumeOutside(l.listener, at)
	r := l.listener.bytesRoute(at)
	if r == nil {
		d.sendUnaware(l)
		return d.closeUnanswered(l, l.session.Established, &Why{Fault: FaultNoRoute, Problem: ProblemNoSNIRoute, At: l.far, Name: l.session.SNI})
	}
	d.took(l, r)
	if f := d.denied(l, r, l.session.Established); f != nil {
		return f
	}
	if r.closes() {
		d.sendUnaware(l)
		f := d.stated(l, r, l.session.Established)
		return d.closeUnanswered(l, f.known, f.why)
	}
	if _, f := d.upstream(l, r, call, l.session.Established); f != nil {
		d.sendUnaware(l)
		return d.closeUnanswered(l, f.known, f.why)
	}
	return nil
}

// silentClient connects and says nothing. A port that waits for a ClientHello
// gives up when its inspect-delay is over; one that relays unread has connected
// to its server by then; else it is the client that goes.
func (d *deriver) silentClient(l *channel) *failure {
	l.silent = true
	if f := d.reach(l); f != nil {
		return f
	}
	return d.closeEarly(l, false)
}

func (d *deriver) lastStep() *Step {
	if n := len(d.lc.Steps); n > 0 {
		return d.lc.Steps[n-1]
	}
	return nil
}

// finish closes the client's channel after its last answer: the client first,
// unless Connection: close asked the other end to.
func (d *deriver) finish(l *channel) {
	if l.closed {
		return
	}
	if !d.r.Close.IsSet() {
		d.assume(Assumption{Kind: AssumesKeepAlive})
		d.assume(Assumption{Kind: AssumesClosesFirst, At: l.opener})
	}
	d.closeFrom(l, !l.raced, l.answered)
}

// blame records the first thing that went wrong; a close that a route states is none.
func (d *deriver) blame(f *failure) {
	o := &d.lc.Outcome
	if o.Fault == FaultNone && f.why.Fault != FaultNone {
		o.Fault, o.Cause, o.Why = f.why.Fault, f.cause, f.why
	}
}

// outcome sums up what the client sees.
func (d *deriver) outcome(last answer) {
	o := &d.lc.Outcome
	if last.fail != nil {
		d.blame(last.fail)
		o.Endings, o.From = []Ending{last.fail.ending}, last.fail.from
		return
	}
	if o.Endings == nil {
		o.Endings = []Ending{Answered{last.status}}
	}
	o.From = last.from
}

// nameIn is the name that a certificate must have for a host; "" for one that is made
// up, which a certificate may have.
func nameIn(host string) string {
	if host == AnyHost {
		return ""
	}
	return host
}
