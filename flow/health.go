package flow

import (
	"cmp"
	"slices"
)

// healthCheck is a proxy that sees whether a server is there (HAProxy
// configuration manual, "check"): a connection that it closes as soon as it
// knows enough. Each server is checked by itself and in the same way; this is
// the check of the first that is not known to be down.
func (d *deriver) healthCheck() {
	at := d.proxyPart(d.r.FromProxy)
	o := &d.lc.Outcome
	o.From = at
	i := slices.IndexFunc(d.r.Check.Servers, func(s *Server) bool { return s.State.V != ServerDown })
	if i < 0 {
		o.Endings, o.Fault = []Ending{Closed{}}, FaultNoServer
		o.Why = &Why{Fault: FaultNoServer, Problem: ProblemNoServerUp, Backend: d.r.Check}
		return
	}
	o.Reached, o.Attempts = true, 1
	switch a := d.checkServer(at, d.r.Check.Servers[i]); {
	case a.fail != nil:
		d.blame(a.fail)
		o.Endings, o.From = []Ending{a.fail.ending}, a.fail.from
	case a.status != 0:
		o.Endings, o.From = []Ending{Answered{a.status}}, a.from
	default:
		o.Endings = []Ending{Passed{}}
	}
}

// checkServer checks one server. A tcp check sends not even the handshake's ACK
// but RST (measured: healthcheck_tcp_on_tls_port). On a port of its own a check
// sends no PROXY header (HAProxy configuration manual, 5.2, "check-send-proxy";
// measured).
func (d *deriver) checkServer(at *Participant, s *Server) answer {
	check := s.Backend.Check.V
	c := d.connection(at, d.serverPart(s), at.Proxy.Source.V, s.Address, cmp.Or(check.Port, s.Port))
	c.Check = true
	if s.State.V == ServerRefuses {
		return answer{fail: d.refused(c, FaultRefused, nil)}
	}
	r := d.routeTo(s.Backend)
	c.Route = r
	header := ProxyVersion(0)
	if r != nil && check.Port == 0 {
		header = r.SendProxy.V
	}
	if check.Kind == "tcp" && header == 0 && !at.Proxy.Behaves().CheckAcknowledges {
		syn := d.put(c, true, message{op: OpSYN}, nil, false)
		synAck := d.put(c, false, message{op: OpSYNACK}, nil, false, syn)
		d.put(c, true, tcp(OpRST, false), nil, false, synAck)
		return answer{}
	}
	ready := d.tcpHandshake(c)
	ready.Optional = true // it rides on what is sent next (measured: healthcheck_ssl)
	if header != 0 {
		ready = d.sendHeader(c, header, c)
	}
	if check.Kind == "tcp" {
		d.put(c, true, tcp(OpRST, false), nil, false, ready)
		return answer{}
	}
	l := d.checkChannel(at, s, r, c, ready)
	if f := d.open(l); f != nil {
		return answer{fail: f}
	}
	if check.Kind == "tls" {
		if l.http2() { // the server may greet before it sees the end (RFC 9113, 3.4; measured with 3.2)
			settings := settingsMessage(l, OpSettings)
			settings.optional = true
			d.put(c, false, settings, l.session, false, l.session.Established)
		}
		d.put(c, true, tcp(OpRST, false), nil, false, l.session.Established)
		return answer{}
	}
	return d.checkHTTP(l)
}

// routeTo is the route by which a proxy would send requests to a backend: the
// first one; it says what the proxy verifies. nil for none.
func (d *deriver) routeTo(b *Backend) *Route {
	for _, r := range d.r.FromProxy.Routes {
		for _, t := range r.Targets {
			if t.Backend == b {
				return r
			}
		}
	}
	return nil
}

// checkChannel is the channel of a check: TLS for tls, and for http where the backend
// speaks it and the check is not plain. In the session of a reencrypt route it verifies
// as the route does, and offers the same protocols, but sends no SNI unless the check
// says one (HAProxy configuration manual, 5.2, "check-sni" and "check-alpn"). For other
// routes the proxy has no session of its own, and verifies nothing.
func (d *deriver) checkChannel(at *Participant, s *Server, r *Route, c *Connection, ready *Step) *channel {
	check := s.Backend.Check.V
	call := Call{Method: cmp.Or(check.Method, "GET"), Scheme: "http", Path: cmp.Or(check.Path, "/")}
	l := &channel{
		link:  link{opener: at, call: call, path: []*Connection{c}, route: r, far: c.To, server: s, raced: true, tickets: true, protocol: check.Protocol},
		ready: ready, elsewhere: check.Port != 0 && check.Port != s.Port,
	}
	if !s.Backend.ChecksTLS() {
		l.first = requestMessage(l, call)
		return l
	}
	l.tls = &tlsClient{end: at.Proxy.End, sni: check.SNI, sniSet: check.SNI != ""}
	l.session = d.session(at)
	if r != nil && r.Mode.V == ModeReencrypt {
		l.tls.end = r.UpstreamEnd(at.Proxy)
		l.tls.name = r.Upstream.CheckedAt(r.targetOf(serverChoice{server: s}), check.SNI)
		l.session.Offered = l.tls.end.ALPN.V
	} else {
		l.tls.end.Verify = Default(false)
	}
	l.session.SNI, l.session.Shared = check.SNI, l.tls.end.TLS.V
	return l
}

// checkHTTP asks for the check's path; the server closes behind its answer.
func (d *deriver) checkHTTP(l *channel) answer {
	a := d.roundtrip(l, l.call, nil)
	if a.fail == nil || a.fail.why.Fault != FaultSilent {
		return a
	}
	limit, ok := d.r.FromProxy.Limit(l.route, "connect")
	if !ok {
		return a
	}
	d.wait = limit.Millis
	d.put(l.end(), true, tcp(OpRST, false), nil, false)
	return a
}
