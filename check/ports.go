package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// What the ports of proxies speak, and which of them routes are on.

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
			switch next := r.NextPort(t); {
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

// portsOf are the ports that serve a route.
func portsOf(r *flow.Route) []*flow.Listener {
	var out []*flow.Listener
	somePort(r, func(l *flow.Listener) bool {
		out = append(out, l)
		return false
	})
	return out
}

// somePort reports whether something holds of a port that serves a route. Rules ask it of
// every route, so it makes no list.
func somePort(r *flow.Route, holds func(*flow.Listener) bool) bool {
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if r.Serves(l) && holds(l) {
				return true
			}
		}
	}
	return false
}

func anyPort(*flow.Listener) bool { return true }

// plaintextServers reports whether every server of a route is said to speak
// plaintext.
func plaintextServers(r *flow.Route) bool {
	return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend == nil || !t.Backend.Speaks.IsSet() || t.Backend.Speaks.V.TLS()
	})
}
