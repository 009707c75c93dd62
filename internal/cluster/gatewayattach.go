package cluster

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// The reasons of the condition Accepted of a route (Gateway API, RouteConditionReason).
const (
	noParent   = "NoMatchingParent"
	notAllowed = "NotAllowedByListeners"
	noHostname = "NoMatchingListenerHostname"
)

// attachment is a listener that takes a route, with the hosts that both are for.
type attachment struct {
	listener *listener
	hosts    []hostOf
}

// hostOf is a host that a route has on a listener: "" for each one, "*.X" for all names
// below X. Names of other listeners of the port are not meant: a request has one listener,
// that with the most specific hostname (Gateway API, Listener).
type hostOf struct {
	host kubeyaml.Text
	not  []string
}

// attach finds the listeners that take a route by one of its parentRefs; with none the
// reason why not.
func (g *gatewayPart) attach(r *gatewayRoute, p objectRef, gw *gateway) (out []attachment, reason string) {
	var named, allowing []*listener
	for _, l := range gw.listeners {
		if (p.section.V == "" || l.name.V == p.section.V) && (!p.port.Set || l.port.V == p.port.V) {
			named = append(named, l)
		}
	}
	if len(named) == 0 {
		return nil, noParent
	}
	for _, l := range named {
		if !l.dropped && l.takesKind(r.Kind) && g.takesNamespace(l, r.NamespaceName()) {
			allowing = append(allowing, l)
		}
	}
	if len(allowing) == 0 {
		return nil, notAllowed
	}
	some := false
	for _, l := range allowing {
		both := intersection(l.hostname, r.hostnames)
		some = some || len(both) > 0
		var hosts []hostOf
		for _, h := range both {
			if not, left := l.others(h.V); left {
				hosts = append(hosts, hostOf{h, not})
			}
		}
		if len(hosts) > 0 {
			out = append(out, attachment{l, hosts})
		}
	}
	if !some {
		return nil, noHostname
	}
	return out, ""
}

// ofProtocol are the kinds of routes that a protocol has (Gateway API, RouteGroupKind).
func (l *listener) ofProtocol() []string {
	switch l.protocol.V {
	case protocolHTTP, protocolHTTPS:
		return []string{"HTTPRoute", "GRPCRoute"}
	case protocolTLS:
		if l.mode.V == "Terminate" {
			return []string{"TLSRoute", "TCPRoute"}
		}
		return []string{"TLSRoute"}
	case protocolTCP:
		return []string{"TCPRoute"}
	case protocolUDP:
		return []string{"UDPRoute"}
	}
	return nil
}

func (l *listener) takesKind(kind string) bool {
	if !slices.Contains(l.ofProtocol(), kind) {
		return false
	}
	return len(l.kinds) == 0 || slices.ContainsFunc(l.kinds, func(k kubeyaml.Text) bool { return k.V == kind })
}

func (g *gatewayPart) takesNamespace(l *listener, namespace string) bool {
	switch l.from.V {
	case "All":
		return true
	case "Same":
		return namespace == l.gateway.NamespaceName()
	case "Selector":
		return l.selector.matches(g.labels(namespace))
	}
	return false
}

// intersection are the hosts of a route that a listener has, too (Gateway API,
// HTTPRouteSpec.Hostnames).
func intersection(listener kubeyaml.Text, route []kubeyaml.Text) []kubeyaml.Text {
	if len(route) == 0 {
		return []kubeyaml.Text{listener}
	}
	var out []kubeyaml.Text
	for _, h := range route {
		both, ok := common(listener.V, h.V)
		if !ok || slices.ContainsFunc(out, func(o kubeyaml.Text) bool { return o.V == both }) {
			continue
		}
		h.V = both
		out = append(out, h)
	}
	return out
}

// common is what two hostnames both are for.
func common(a, b string) (string, bool) {
	switch {
	case within(a, b):
		return a, true
	case within(b, a):
		return b, true
	}
	return "", false
}

// within reports whether all names of a hostname are of another one. *.X has all names below
// X, however many parts they have, and X itself not.
func within(h, of string) bool {
	if of == "" || h == of {
		return true
	}
	rest, wild := strings.CutPrefix(of, "*")
	return wild && h != "" && strings.HasSuffix(strings.TrimPrefix(h, "*"), rest) && (strings.HasPrefix(h, "*") || len(h) > len(rest))
}

// others are the more specific hostnames of other listeners on the same port that a host
// overlaps; left is false where they have all of it.
func (l *listener) others(h string) (not []string, left bool) {
	for _, o := range l.gateway.listeners {
		if o == l || o.dropped || o.port.V != l.port.V || o.hostname.V == l.hostname.V || !within(o.hostname.V, l.hostname.V) {
			continue
		}
		if within(h, o.hostname.V) {
			return nil, false
		}
		if within(o.hostname.V, h) {
			not = append(not, o.hostname.V)
		}
	}
	slices.SortFunc(not, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(not), true
}

// place is a port of a Gateway on which a route is.
type place struct {
	gateway *gatewayProxy
	port    int
	class   placeClass
	certificate
}

// certificate is the one of a listener, where it has one alone.
type certificate struct {
	secret name
	ref    objectRef
}

// placeClass is what a port does with what comes.
type placeClass int

const (
	placeHTTP placeClass = iota + 1 // it reads requests, without or with TLS
	placeHTTPS
	placePass  // it relays the client's TLS
	placeEnds  // TLS ends, and it relays what is in it
	placeBytes // it relays what comes
)

func (l *listener) class() placeClass {
	switch l.protocol.V {
	case protocolHTTP:
		return placeHTTP
	case protocolHTTPS:
		return placeHTTPS
	case protocolTLS:
		if l.mode.V == "Terminate" {
			return placeEnds
		}
		return placePass
	}
	return placeBytes
}

// hostGroup are hosts that a route has in the same places.
type hostGroup struct {
	hosts  []kubeyaml.Text // names; or one "*.X" or ""
	not    []string
	places []place
}

// rank puts exact hosts before wildcards, and of these the longer one first.
func (h *hostGroup) rank() int {
	own := h.hosts[0].V
	switch {
	case own == "":
		return 1000
	case strings.HasPrefix(own, "*."):
		return 999 - min(len(own), 998)
	}
	return 0
}

// groupsOf are the hosts of a route with their places. A route that reads requests has one
// group for a port with TLS and one without.
func groupsOf(all []attachment, proxies map[*gateway]*gatewayProxy) []*hostGroup {
	var out []*hostGroup
	byHost := map[string]*hostGroup{}
	for _, a := range all {
		l := a.listener
		p := place{gateway: proxies[l.gateway], port: l.port.V, class: l.class()}
		if len(l.certificates) == 1 {
			p.certificate = certificate{l.certificates[0].of(l.gateway.NamespaceName()), l.certificates[0]}
		}
		kind := ""
		if p.class >= placePass {
			kind = string(rune('0' + int(p.class)))
		}
		for _, h := range a.hosts {
			key := kind + " " + h.host.V + " " + strings.Join(h.not, " ")
			g := byHost[key]
			if g == nil {
				g = &hostGroup{hosts: []kubeyaml.Text{h.host}, not: h.not}
				byHost[key] = g
				out = append(out, g)
			}
			if !slices.Contains(g.places, p) {
				g.places = append(g.places, p)
			}
		}
	}
	var joined []*hostGroup
	for _, g := range out { // names in the same places are hosts of one route
		i := slices.IndexFunc(joined, func(o *hostGroup) bool {
			return g.rank() == 0 && o.rank() == 0 && slices.Equal(o.not, g.not) && slices.Equal(o.places, g.places)
		})
		if i < 0 {
			joined = append(joined, g)
			continue
		}
		joined[i].hosts = append(joined[i].hosts, g.hosts...)
	}
	return joined
}
