package flow

import "slices"

// Limit is a timeout that holds at a proxy, and who states it.
type Limit struct {
	*Timeout
	Proxy  *Proxy
	Route  *Route // that states it; nil where the proxy or its port does, or its profile has it
	Stated bool   // false where the profile of the proxy has it
}

// Limit returns the timeout of a kind that holds for what a proxy does for a
// route, nil for none: the route's own, else the proxy's, else the one that its
// profile has. A port has one timeout client for all routes, and so a route's
// own is none (HAProxy configuration manual, 4.2: not in a backend): see
// ClientLimit.
func (p *Proxy) Limit(r *Route, kind string) (l Limit, ok bool) {
	if r != nil && kind != "client" {
		if t := FindTimeout(r.Timeouts, kind); t != nil {
			return Limit{Timeout: t, Proxy: p, Route: r, Stated: true}, true
		}
	}
	if t := FindTimeout(p.Timeouts, kind); t != nil {
		return Limit{Timeout: t, Proxy: p, Stated: true}, true
	}
	if t := FindTimeout(p.Behaves().Defaults.Timeouts, kind); t != nil {
		return Limit{Timeout: t, Proxy: p}, true
	}
	return Limit{}, false
}

// ClientLimit returns the timeout client of a port, nil for any of those that state none:
// its own, else the proxy's.
func (p *Proxy) ClientLimit(port *Listener) (l Limit, ok bool) {
	if port != nil {
		if t := FindTimeout(port.Timeouts, "client"); t != nil {
			return Limit{Timeout: t, Proxy: p, Stated: true}, true
		}
	}
	return p.Limit(nil, "client")
}

// idleLimit returns the timeout with which a proxy ends what it relays on a port for a
// route when no byte comes from either side: that of tunnels, else the shorter
// one of client and server (HAProxy configuration manual, 4.2, timeout tunnel:
// it supersedes both. Measured with HAProxy 2.6.12, WebSocket and tcp: client 2s
// and server 20s, and the reverse, close after 2 s; with tunnel 5s after 5 s).
func (p *Proxy) idleLimit(port *Listener, r *Route) (l Limit, ok bool) {
	if l, ok = p.Limit(r, "tunnel"); ok {
		return l, true
	}
	l, ok = p.Limit(r, "server")
	if client, also := p.ClientLimit(port); also && (!ok || client.Millis < l.Millis) {
		return client, true
	}
	return l, ok
}

// IdleLimitOn is idleLimit on one port of the proxy. What ends TLS behind a first
// stage, which has looked at the SNI, passes that, too: it knows no route.
func (p *Proxy) IdleLimitOn(port *Listener, r *Route) (l Limit, ok bool) {
	l, ok = p.idleLimit(port, r)
	if !port.twoStages(r) {
		return l, ok
	}
	if first, also := p.idleLimit(port, nil); also && (!ok || first.Millis < l.Millis) {
		return first, true
	}
	return l, ok
}

// firstStage reports whether a port has a stage that looks at the SNI and relays before
// the one at which TLS ends.
func (l *Listener) firstStage() bool { return l.Terminates() && l.Inspects() && !l.OnlyRelays() }

// twoStages reports whether TLS of the route ends behind a stage that looks at the
// SNI and relays.
func (l *Listener) twoStages(r *Route) bool {
	return l.firstStage() && !l.Relays(r)
}

// tunnels reports whether a port passes on the bytes of a route without reading
// requests.
func (l *Listener) tunnels(r *Route) bool {
	return r.Serves(l) && (l.Kind == ListenTCP || l.Relays(r))
}

// IdleEnd returns the timeout that ends the tunnel of a lifecycle when no byte
// goes over it: the shortest of all proxies on its way (measured with two
// HAProxies), of two that are as long the one nearer to the client. ok is false
// where it has no tunnel, because a proxy reads its requests, and where nothing is stated.
func (lc *Lifecycle) IdleEnd() (end Limit, ok bool) {
	for _, in := range lc.Connections {
		if in.To.Proxy == nil || in.Listener == nil {
			continue
		}
		for _, out := range lc.Connections {
			if out.From != in.To || out.Route == nil {
				continue
			}
			if !in.Listener.tunnels(out.Route) && !lc.upgraded(out) {
				return Limit{}, false // it reads requests
			}
			if l, found := in.To.Proxy.IdleLimitOn(in.Listener, out.Route); found && (!ok || l.Millis < end.Millis) {
				end, ok = l, true
			}
		}
	}
	return end, ok
}

// upgraded reports whether a connection carries another protocol after 101.
func (lc *Lifecycle) upgraded(c *Connection) bool {
	return slices.ContainsFunc(lc.Steps, func(s *Step) bool {
		_, tunnel := s.Facts.(Tunnelled)
		return tunnel && s.Connection == c
	})
}

// waitLimit returns the timeout with which a proxy gives up a server that does not
// answer: that of servers; of what it relays, that of tunnels takes its place.
// At timeout client a relay passes on no more than the end of the client's side,
// which a silent server does not answer (measured: client 2s and server 5s before
// a server that ignores FIN close after 5 s).
func (p *Proxy) waitLimit(r *Route, relays bool) (l Limit, ok bool) {
	if relays {
		if l, ok = p.Limit(r, "tunnel"); ok {
			return l, true
		}
	}
	return p.Limit(r, "server")
}

// WaitLimit returns the timeout with which a proxy gives up a target of
// a route that does not answer.
func (p *Proxy) WaitLimit(r *Route) (l Limit, ok bool) {
	return p.waitLimit(r, r.Mode.V == ModePassthrough || r.Relayed())
}

// FindTimeout returns the timeout of a kind; nil where it is not stated.
func FindTimeout(list []Timeout, kind string) *Timeout {
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}

// MissingTimeouts are the timeouts among connect, client and server that neither the proxy states
// nor all of its routes, or of its ports where it is client: in such a phase the proxy can wait
// indefinitely. HAProxy warns about them (measured, haproxy -c: about a frontend without client,
// and about each backend without connect or server, including the way to a second stage).
func (p *Proxy) MissingTimeouts() []string {
	var out []string
	for _, kind := range []string{"connect", "client", "server"} {
		_, ok := p.Limit(nil, kind)
		if kind == "client" {
			ok = ok || p.portsLimit()
		}
		if !ok && !p.routesLimit(kind) {
			out = append(out, kind)
		}
	}
	return out
}

// portsLimit reports whether each port of a proxy states a timeout client of its own.
func (p *Proxy) portsLimit() bool {
	return len(p.Listeners) > 0 && !slices.ContainsFunc(p.Listeners, func(l *Listener) bool { return FindTimeout(l.Timeouts, "client") == nil })
}

// routesLimit reports whether each route of a proxy states a timeout of its own.
func (p *Proxy) routesLimit(kind string) bool {
	if slices.ContainsFunc(p.Listeners, (*Listener).firstStage) {
		return false // the way to the second stage has no route
	}
	return len(p.Routes) > 0 && !slices.ContainsFunc(p.Routes, func(r *Route) bool {
		_, ok := p.Limit(r, kind)
		return !ok
	})
}
