package resolve

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// applyDefaults fills in what depends on where the routes are: the mode of one
// on a tcp port, what backends speak and on which port, and what a port does
// with a host that no route has.
func (r *resolver) applyDefaults() {
	expected := map[*flow.Backend]flow.Protocol{}
	for _, route := range r.t.Routes {
		if !route.Mode.IsSet() {
			route.Mode = flow.Default(modeOf(route))
		}
		for _, t := range route.Targets {
			if t.Backend != nil && expected[t.Backend] == 0 {
				expected[t.Backend] = expects(route)
			}
		}
	}
	for _, b := range r.t.Backends {
		if !b.Speaks.IsSet() {
			b.Speaks = flow.Default(cmp.Or(expected[b], flow.SpeaksHTTP))
		}
		for _, s := range b.Servers {
			r.named[s.Name] = append(r.named[s.Name], s)
			if s.Port == 0 {
				s.Port = serverPort(b.Speaks.V)
			}
		}
	}
	for _, p := range r.t.Proxies {
		for _, l := range p.Listeners {
			if !l.Unmatched.IsSet() {
				l.Unmatched = flow.Default(unmatched(l))
			}
		}
	}
}

// modeOf is the mode of a route that states none: none, except where tcp ports
// alone serve it. There TLS ends if the port has a certificate, and a host can
// only be the SNI of what is passed through.
func modeOf(route *flow.Route) flow.Mode {
	on := listenersOf(route)
	if !onTCP(on) {
		return flow.ModeNone
	}
	hosts := route.Host.V != "" || route.Subdomain.V != "" || route.SNI.V != flow.SNIHost
	switch {
	case slices.ContainsFunc(on, (*flow.Listener).Terminates):
		return flow.ModeEdge
	case hosts:
		return flow.ModePassthrough
	}
	return flow.ModeNone
}

// onTCP reports whether there are listeners, and all of them relay bytes.
func onTCP(on []*flow.Listener) bool {
	return len(on) > 0 && !slices.ContainsFunc(on, func(l *flow.Listener) bool { return l.Kind != flow.ListenTCP })
}

// expects is what a route expects its backends to speak; of several routes to
// one that does not say, the first decides.
func expects(route *flow.Route) flow.Protocol {
	tls := route.Mode.V == flow.ModeReencrypt || route.Mode.V == flow.ModePassthrough
	bytes := onTCP(listenersOf(route)) && route.Mode.V != flow.ModePassthrough
	switch {
	case tls && bytes:
		return flow.SpeaksTLS
	case tls:
		return flow.SpeaksHTTPS
	case bytes:
		return flow.SpeaksTCP
	}
	return flow.SpeaksHTTP
}

func serverPort(p flow.Protocol) int {
	if p.TLS() {
		return 443
	}
	return 80
}

// unmatched is what a port does with a host that no route has: 503, inside TLS
// where TLS ends here; a close where nothing can be answered.
func unmatched(l *flow.Listener) string {
	if l.Kind == flow.ListenTCP {
		return "close"
	}
	relays, ends := false, false
	for _, route := range l.Proxy.Routes {
		if route.Serves(l) {
			relays = relays || l.Relays(route)
			ends = ends || route.Mode.V == flow.ModeEdge || route.Mode.V == flow.ModeReencrypt
		}
	}
	if relays && !ends {
		return "close"
	}
	return "503"
}
