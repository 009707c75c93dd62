package flow

import (
	"cmp"
	"slices"
)

// applyDefaults fills in what depends on where the routes are: the mode of one
// on a tcp port, what backends speak and on which port, and what a port does
// with a host that no route has.
func (c *completion) applyDefaults() {
	expected := map[*Backend]Protocol{}
	for _, route := range c.t.Routes {
		if !route.Mode.IsSet() {
			route.Mode = Default(modeOf(route))
		}
		is := route.behaves()
		fill(&route.RedirectStatus, is.Defaults.Redirect)
		if to := &route.Redirect.V; route.Redirect.IsSet() && to.Status == 0 {
			to.Status = is.Defaults.Redirect
		}
		route.Upstream.End.fillDefaults(&is.Client)
		for _, t := range route.Targets {
			if t.Backend != nil {
				expected[t.Backend] = atMost(expected[t.Backend], expects(route))
			}
		}
	}
	for _, b := range c.t.Backends {
		if !b.Speaks.IsSet() {
			if b.Speaks.V != 0 {
				c.likely = append(c.likely, b)
			}
			origin := OriginDefault
			if b.Speaks.V != 0 { // what a front end takes to be likely comes first
				origin = OriginSupplied
			}
			b.Speaks = Fact[Protocol]{V: cmp.Or(b.Speaks.V, expected[b], SpeaksHTTP), Origin: origin}
		}
		for _, s := range b.Servers {
			if s.Port == 0 {
				s.Port = serverPort(b.Speaks.V)
			}
			if s.Offset.V != 0 && !s.SamePort.V { // it is added to that port
				s.SamePort = State(true, s.Offset.At)
			}
		}
	}
	for _, p := range c.t.Proxies {
		for _, l := range p.Listeners {
			if !l.Unmatched.IsSet() {
				l.Unmatched = Default(unmatched(l))
			}
		}
	}
}

// modeOf is the mode of a route that states none: none, except where tcp ports
// alone serve it. There TLS ends if the port has a certificate, and a host can
// only be the SNI of what is passed through.
func modeOf(route *Route) Mode {
	on := listenersOf(route)
	if !onTCP(on) {
		return ModeNone
	}
	hosts := route.Host.V != "" || route.Subdomain.V != "" || route.SNI.V != SNIHost
	switch {
	case slices.ContainsFunc(on, (*Listener).Terminates):
		return ModeEdge
	case hosts:
		return ModePassthrough
	}
	return ModeNone
}

// onTCP reports whether there are listeners, and all of them relay bytes.
func onTCP(on []*Listener) bool {
	return len(on) > 0 && !slices.ContainsFunc(on, func(l *Listener) bool { return l.Kind != ListenTCP })
}

// expects is what a route expects its backends to speak.
func expects(route *Route) Protocol {
	tls := route.Mode.V == ModeReencrypt || route.Mode.V == ModePassthrough
	bytes := onTCP(listenersOf(route)) && route.Mode.V != ModePassthrough
	switch {
	case tls && bytes:
		return SpeaksTLS
	case tls:
		return SpeaksHTTPS
	case bytes:
		return SpeaksTCP
	}
	return SpeaksHTTP
}

// atMost is what a backend speaks of which two routes expect different things, in
// whichever order they are: https, else tls, else tcp, else http.
func atMost(a, b Protocol) Protocol {
	for _, p := range []Protocol{SpeaksHTTPS, SpeaksTLS, SpeaksTCP} {
		if a == p || b == p {
			return p
		}
	}
	return cmp.Or(a, b)
}

func serverPort(p Protocol) int {
	if p.TLS() {
		return 443
	}
	return 80
}

// unmatched is what a port does with a host that no route has: a status, inside TLS
// where TLS ends here; a close where nothing can be answered.
func unmatched(l *Listener) string {
	if l.Kind == ListenTCP {
		return "close"
	}
	relays, ends := false, false
	for _, route := range l.Proxy.Routes {
		if route.Serves(l) {
			relays = relays || l.Relays(route)
			ends = ends || terminates(route) && !route.neverTLS()
		}
	}
	if relays && !ends {
		return "close"
	}
	return l.Proxy.Behaves().Defaults.Unmatched
}
