package flow

import (
	"slices"
)

// upstream returns a channel from the proxy at l's far end to a server of the
// route: an idle one of this client, or a new one.
func (d *deriver) upstream(l *channel, r *Route, call Call, after *Step) (*channel, *failure) {
	at := l.far
	to, f := d.chooseServer(l, r, after)
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
			up = d.newUpstream(at, c, r, l, to, call)
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
func (d *deriver) newUpstream(at *Participant, c *Connection, r *Route, l *channel, to serverChoice, call Call) *channel {
	up := &channel{
		link: link{opener: at, call: call, path: []*Connection{c}, route: r, far: c.To, server: c.To.Server, tickets: true},
		from: l, ready: d.last(c, true),
	}
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
	sni := r.upstreamSNI(d.leaving(l, r, call).Host)
	name := r.Upstream.CheckedAt(r.targetOf(to), sni)
	up.tls = &tlsClient{end: end, sni: sni, name: name, sniSet: sni != ""}
	up.session = d.session(at)
	up.session.Shared = end.TLS.V
	up.session.SNI = sni
	up.session.Offered = end.ALPN.V
	return up
}

// upstreamSNI is the SNI that the route's sessions send for a request's host; "" for none.
func (r *Route) upstreamSNI(host string) string {
	if r.Upstream.SNIHost {
		return host
	}
	return r.Upstream.SNI.V
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

// purge is a proxy that ends a connection of its idle pool: HAProxy after five seconds
// or more (HAProxy configuration manual, "pool-purge-delay"; measured 5 s where
// two idle and 15 s where one does), in plaintext with RST, in TLS with
// close_notify before it.
func (d *deriver) purge(l *channel) {
	c := l.end()
	is := l.opener.Proxy.Behaves()
	d.wait = is.PoolPurge
	after := d.last(c, false)
	switch {
	case l.session == nil:
		d.put(c, true, end(is.PoolResets), nil, false, after)
		return
	case !is.PoolNotifies:
		d.put(c, true, tcp(OpFIN, false), nil, false, after)
		return
	}
	notify := d.put(c, true, closeNotify(false), l.session, false, after)
	d.put(c, true, tcp(OpFIN, true), nil, false)
	d.put(c, false, closeNotify(true), l.session, false, notify)
	d.put(c, false, tcp(OpFIN, true), nil, false, notify)
	d.put(c, true, tcp(OpRST, true), nil, false, notify)
}

// idle returns a channel of the route's pool to a server that a request may use;
// nil for none. Those that this client's own connection opened are not asked
// for here. One that says who the client is, or was opened for another SNI, is
// not for this request.
func (d *deriver) idle(l *channel, r *Route, to serverChoice, call Call) *channel {
	if l.listener.Kind == ListenTCP || r.SendProxy.V != 0 {
		return nil
	}
	least, ok := l.far.Proxy.shares(l.exchanges <= 1)
	if !ok {
		return nil
	}
	sni := r.upstreamSNI(d.leaving(l, r, call).Host)
	fits := func(up *link) bool {
		return up.opener.ID == l.far.ID && up.leadsTo(r, to) && up.exchanges >= least &&
			(up.session == nil || r.Mode.V != ModeReencrypt || up.session.SNI == sni)
	}
	free := func(up *channel) bool { return !up.closed && fits(&up.link) && !slices.Contains(l.ups, up) }
	var oldest *idleChannel
	for x := d.idling; x != nil; x = x.older {
		if up := d.woken[x.channel]; up != nil && free(up) || up == nil && fits(&x.channel.link) {
			oldest = x.channel
		}
	}
	if oldest != nil {
		return d.own(d.wake(oldest))
	}
	if i := slices.IndexFunc(d.pool, free); i >= 0 {
		return d.pool[i]
	}
	return nil
}

// shares returns how often an idle channel that another client's connection
// opened must have been used for a proxy to let a request use it; not ok where
// it never does (HAProxy configuration manual, "http-reuse"). safe
// does so for all but a client's first request: should that fail on a
// connection that is about to close, no answer could tell the client to repeat it.
// aggressive takes channels that have been used again before for the first, too.
func (p *Proxy) shares(first bool) (least int, ok bool) {
	switch p.Reuse.V {
	case "never":
		return 0, false
	case "always":
		return 0, true
	case "aggressive":
		if first {
			return 2, true
		}
		return 0, true
	default: // safe
		return 0, !first
	}
}

func (l *link) leadsTo(r *Route, to serverChoice) bool {
	// its own route is the one that the far proxy chose last
	return l.path[0].Route == r && (to.server != nil && l.server == to.server || to.proxy != nil && l.far.Proxy == to.proxy)
}
