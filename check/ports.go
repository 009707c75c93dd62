package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// What the ports of proxies speak, and which of them routes are on.

// nextPort is the port of another proxy to which a target sends what came to a
// port that serves the route; nil where there is none.
func nextPort(r *flow.Route, t *flow.Target) *flow.Listener {
	if t.Proxy == nil {
		return nil
	}
	if t.Port != 0 {
		return t.Proxy.Listens(t.Port)
	}
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if l.Ends(r) || l.Relays(r) || r.Mode.V == flow.ModeNone && l.Takes(r) {
				return t.Proxy.Listens(l.Port)
			}
		}
	}
	return nil
}

// spokenOn is what a port speaks, http or https; "" where only the client
// knows. A port that relays speaks what all of its routes lead to, and TLS
// where it chooses among them by the SNI.
func spokenOn(l *flow.Listener, via []*flow.Listener) string {
	if l.Kind == flow.ListenHTTP {
		return protocolOf(false)
	}
	if l.Kind == flow.ListenHTTPS || len(l.End.Certificates) > 0 || choosesBySNI(l) {
		return protocolOf(true)
	}
	if slices.Contains(via, l) {
		return ""
	}
	var all []string
	for _, r := range l.Proxy.Routes {
		for _, t := range r.Targets {
			switch next := nextPort(r, t); {
			case !l.Relays(r):
			case t.Backend != nil && t.Backend.Speaks.IsSet():
				all = append(all, protocolOf(t.Backend.Speaks.V.TLS()))
			case next != nil:
				all = append(all, spokenOn(next, append(via, l)))
			default:
				return ""
			}
		}
	}
	if all = slices.Compact(all); len(all) == 1 {
		return all[0]
	}
	return ""
}

// choosesBySNI reports whether a tcp port takes no connection without SNI:
// each of its routes has a host.
func choosesBySNI(l *flow.Listener) bool {
	if l.Kind != flow.ListenTCP {
		return false
	}
	some := false
	for _, r := range l.Proxy.Routes {
		if !r.Serves(l) {
			continue
		}
		if r.HostOn(l.Proxy) == "" || r.SNI.V != flow.SNIHost {
			return false
		}
		some = true
	}
	return some
}

func protocolOf(tls bool) string {
	if tls {
		return "https"
	}
	return "http"
}

// relayed reports whether every port that serves the route passes it on as
// bytes, so that the client decides what is in them.
func relayed(r *flow.Route) bool {
	some := false
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if !r.Serves(l) {
				continue
			}
			if !l.Relays(r) && l.Kind != flow.ListenHTTPS {
				return false
			}
			some = some || l.Relays(r)
		}
	}
	return some
}

// portsOf are the ports that serve a route.
func portsOf(r *flow.Route) []*flow.Listener {
	var out []*flow.Listener
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if r.Serves(l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// plaintextServers reports whether every server of a route is said to speak
// plaintext.
func plaintextServers(r *flow.Route) bool {
	return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend == nil || !t.Backend.Speaks.IsSet() || t.Backend.Speaks.V.TLS()
	})
}
