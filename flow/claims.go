package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Takes reports whether a listener could ever lead to the route: by its SNI,
// by a request that it reads, or by plaintext that the route allows or redirects.
func (l *Listener) Takes(r *Route) bool {
	switch {
	case !r.Serves(l):
		return false
	case l.Relays(r):
		return true
	case l.Kind == ListenHTTP:
		return r.Mode.V == ModeNone || r.Insecure.V == InsecureRedirect || r.Insecure.V == InsecureAllow && r.Mode.V != ModePassthrough
	}
	return r.Mode.V == ModeEdge || r.Mode.V == ModeReencrypt
}

// Ends reports whether the TLS of the route's clients ends at the listener.
func (l *Listener) Ends(r *Route) bool {
	return l.Kind != ListenHTTP && r.Serves(l) && !l.Relays(r) && terminates(r) && !r.neverTLS()
}

// neverTLS reports whether a route takes nothing that comes over TLS: it sets nothing of what
// clients meet in a handshake.
func (r *Route) neverTLS() bool {
	return slices.ContainsFunc(r.Matches, func(m Match) bool { return m.Kind == MatchTLS && m.Not })
}

// NamespaceName is the namespace before the route's name, declared or not; ""
// where it has none.
func (r *Route) NamespaceName() string {
	if ns, _, ok := strings.Cut(r.Name, "/"); ok {
		return ns
	}
	return ""
}

// SameHost reports whether two routes claim the same host on a proxy.
func SameHost(p *Proxy, a, b *Route) bool {
	return a.HostOn(p) != "" && strings.EqualFold(a.HostOn(p), b.HostOn(p))
}

// Untrusted reports why the network between the zones of two nodes is not trusted: a zone or a
// link that is stated as untrusted. A zone or a link without that statement is not untrusted.
func (t *Topology) Untrusted(a, b *Zone) (why string, ok bool) {
	for _, z := range []*Zone{a, b} {
		if z != nil && z.Trust.V == Untrusted {
			return fmt.Sprintf("zone %q", z.Name), true
		}
	}
	for _, l := range t.Links {
		if l.Trust.V == Untrusted && (l.A == a && l.B == b || l.A == b && l.B == a) {
			return fmt.Sprintf("the link between zones %q and %q", l.A.Name, l.B.Name), true
		}
	}
	return "", false
}

// Relayed reports whether every port that serves the route relays its bytes, so that the client
// alone decides their protocol.
func (r *Route) Relayed() bool {
	some := false
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if !r.Serves(l) {
				continue
			}
			if !l.Relays(r) && l.Kind != ListenHTTPS {
				return false
			}
			some = some || l.Relays(r)
		}
	}
	return some
}

// NextPort is the port of another proxy to which a target sends what came to a
// port that serves the route; nil where there is none.
func (r *Route) NextPort(t *Target) *Listener {
	if t.Proxy == nil {
		return nil
	}
	if t.Port != 0 {
		return t.Proxy.Listens(t.Port)
	}
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if l.Ends(r) || l.Relays(r) || r.Mode.V == ModeNone && l.Takes(r) {
				return t.Proxy.Listens(l.Port)
			}
		}
	}
	return nil
}
