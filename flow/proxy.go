package flow

import (
	"slices"
	"strconv"
)

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
	if call.Scheme == "tls" {
		return d.notHTTP(l, step)
	}
	l.raced = l.raced || at.Proxy.Connection.V == "close"
	h := d.head(l, call)
	d.assumeOutside(l.listener, h)
	r, insecure := l.listener.HTTPRoute(h)
	switch {
	case r == nil:
		return d.unmatched(l, h.Host, h.Path, insecure, step)
	case l.listener.RedirectsPlaintext(r):
		step = d.act(at, OpRoute, RouteChoice{Route: r}, nil, step)
		step = d.act(at, OpRedirect, d.r.redirection(l.listener, r, call, h), nil, step)
		d.took(l, r)
		return answer{status: r.RedirectStatus.V, from: at, step: step, closes: d.redirectCloses(l, call)}
	}
	// a node does one thing after the other: what it has sent to this client
	// (its tickets) is out before it turns to the server
	tickets := d.last(l.end(), false)
	if l.session != nil && l.listener.Inspects() && at.Kind != KindInner {
		tickets = nil // they pass through another stage than the one that connects
	}
	step = d.act(at, OpRoute, RouteChoice{Route: r}, nil, step, tickets)
	d.took(l, r)
	if f := d.denied(l, r, step); f != nil {
		f.sent = wasSent
		return answer{fail: f}
	}
	if a, refused := d.uncertified(l, r, step); refused {
		return a
	}
	if r.AnswersItself() {
		return d.answersItself(l, r, call, step)
	}
	call.Path = r.Rewritten(call.Path)
	up, f := d.upstream(l, r, call, step)
	if f != nil {
		return d.gatewayAnswer(l, f)
	}
	return d.forward(l, up, call, nil)
}

// uncertified is the answer of a route to a request without a verified client
// certificate, where it has one for them. The session may have been asked for what
// another host's SNI requires, or be resumed from one that was: HAProxy 2.6.12
// resumes across SNIs in TLS 1.3, so that only what the session has tells
// (measured: ssl_c_used and ssl_c_verify are those of the first session).
func (d *deriver) uncertified(l *channel, r *Route, step *Step) (answer, bool) {
	if r.WithoutCertificate.V == 0 || l.session != nil && l.session.ClientCert != nil {
		return answer{}, false
	}
	step.Fault = FaultUncertified
	why := &Why{Fault: FaultUncertified, Problem: ProblemUncertified, At: l.far, Peer: l.opener, Route: r}
	d.blame(&failure{from: l.far, cause: step, why: why})
	return answer{status: r.WithoutCertificate.V, from: l.far, step: step, closes: l.raced}, true
}

// notHTTP is a port that reads HTTP and was sent something else: its reply says that
// this is no request (measured: 400, then it closes).
func (d *deriver) notHTTP(l *channel, step *Step) answer {
	why := &Why{Fault: FaultProtocol, Problem: ProblemNotHTTP, At: l.far}
	step.Fault = why.Fault
	d.blame(&failure{from: l.far, cause: step, why: why})
	reply := l.far.Proxy.Behaves().NothingAsked
	if reply.Status == 0 {
		return answer{fail: d.closeUnanswered(l, step, why)}
	}
	return answer{status: reply.Status, from: l.far, step: step, closes: true}
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
		hung := d.closeUnanswered(l, step, why)
		hung.sent = wasSent // measured: a proxy in front answers 502
		return answer{fail: hung}
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
			c.Pooled = true
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
	switch {
	case f.ending == Ending(TimedOut{}):
		return d.serverTimeout(l, f)
	case l.listener.Kind == ListenTCP:
		hung := d.closeUnanswered(l, f.known, f.why)
		hung.sent = f.sent
		return answer{fail: hung}
	case f.reply != 0:
		return answer{status: f.reply, from: f.from, step: f.known, closes: l.raced}
	case f.sent == wasSent:
		return answer{status: is.Broken, from: at, step: f.known, closes: l.raced}
	case f.sent == maybeSent:
		d.lc.Outcome.Endings = slices.Compact([]Ending{Answered{is.Broken}, Answered{is.Unreached}})
	}
	return answer{status: is.Unreached, from: at, step: f.known, closes: l.raced}
}
