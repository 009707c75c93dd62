package flow

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
		c = d.connection(at, d.serverPart(to.server), source, to.server.Address, to.port)
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
