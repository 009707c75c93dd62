package flow

import (
	"net/netip"
	"slices"
	"strings"
)

// HostMatches reports whether a route's host, exact or "*.X", matches name.
// A wildcard matches one label, as certificates (RFC 9525, 6.3) and the
// OpenShift router do. An empty pattern matches every name.
func HostMatches(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	return name != "" && nameCovers(pattern, name)
}

// nameCovers reports whether a certificate's name covers host.
func nameCovers(pattern, host string) bool {
	pattern, host = Fold(pattern), Fold(host)
	if rest, ok := strings.CutPrefix(pattern, "*."); ok {
		label, below, found := strings.Cut(host, ".")
		return found && label != "" && below == rest
	}
	return pattern == host
}

// Fold returns a name as names are compared: without regard to case (RFC 4343)
// and to the dot of the root.
func Fold(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// PathMatches reports whether a route's path is a prefix of path at a segment
// boundary. A slash at its end is ignored (Gateway API, PathMatchPathPrefix).
func PathMatches(prefix, path string) bool {
	path, _, _ = strings.Cut(path, "?")
	if prefix == "" || prefix == "/" {
		return true
	}
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(prefix, "/"))
	return ok && (rest == "" || rest[0] == '/')
}

// InDomain reports whether host is domain or below it.
func InDomain(domain, host string) bool {
	domain, host = strings.ToLower(domain), strings.ToLower(host)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// Covers reports whether the certificate has a name for host. A certificate without stated names,
// and one that is not stated itself, cover every host.
func (c *Certificate) Covers(host string) bool {
	if c == nil || len(c.Names) == 0 || host == "" {
		return true
	}
	for _, n := range c.Names {
		if nameCovers(n.V, host) {
			return true
		}
	}
	return false
}

// ValidOn reports whether the certificate is valid on a day, "2026-11-01". If the day or the
// validity is not stated, it is valid.
func (c *Certificate) ValidOn(date string) bool {
	if c == nil || date == "" || !c.Valid.V {
		return true
	}
	return (c.From == "" || c.From <= date) && (c.To == "" || date <= c.To)
}

// Trusts reports whether the client end accepts the issuer of a certificate. An issuer that is not
// stated is assumed to be accepted.
func (e ClientEnd) Trusts(c *Certificate) bool {
	if !e.Verify.V || c == nil || c.Issuer.V == nil {
		return true
	}
	return trusts(e.Trust, c.Issuer.V)
}

func trusts(trust []Fact[*CA], issuer *CA) bool {
	if len(trust) == 0 {
		return !issuer.Private.V
	}
	for _, ca := range trust {
		if ca.V == issuer {
			return true
		}
	}
	return false
}

// Allowed reports whether the route lets an address in. An address that is not
// stated is assumed to be allowed.
func (r *Route) Allowed(address string) bool {
	if len(r.Allow) == 0 {
		return true
	}
	if _, err := netip.ParseAddr(strings.Split(address, "/")[0]); err != nil {
		return true
	}
	return slices.ContainsFunc(r.Allow, func(a Fact[string]) bool { return InNetwork(a.V, address) })
}

// Listens returns the listener that a port of the proxy leads to; nil for none.
func (p *Proxy) Listens(port int) *Listener {
	for _, l := range p.Listeners {
		if l.Has(port) {
			return l
		}
	}
	return nil
}

// Serves reports whether the route is there on the listener.
func (r *Route) Serves(l *Listener) bool {
	if len(r.On) == 0 {
		return true
	}
	for _, on := range r.On {
		if on.Proxy == l.Proxy && (on.Port == 0 || l.Has(on.Port)) {
			return true
		}
	}
	return false
}

// relaying is what a port does with a connection before it ends any TLS or
// reads any request.
type relaying struct {
	route   *Route // over which it passes the connection on; nil where it does not
	unread  bool   // without waiting for the first message
	looks   bool   // it waits for the first message
	refuses bool   // it only relays, and no route takes the connection
}

// relaying returns what the port does with a connection that begins with a
// ClientHello, whose SNI is the host, or in plaintext.
func (l *Listener) relaying(h Head) relaying {
	if l.Kind == ListenTCP && len(l.End.Certificates) == 0 && !l.Inspects() {
		some := false
		for r := range l.Proxy.RoutesFor("") {
			if !l.Relays(r) || !r.blind(l) {
				continue
			}
			if some = true; l.Missed(r, h) == nil {
				return relaying{route: r, unread: true}
			}
		}
		if some {
			return relaying{unread: true, refuses: true} // of the client's address alone
		}
	}
	if !l.Inspects() && !l.OnlyRelays() {
		return relaying{}
	}
	if h.TLS {
		r := l.RelayRoute(h)
		return relaying{route: r, looks: true, refuses: r == nil && l.OnlyRelays()}
	}
	if r := l.PlainRoute(h.Source); r != nil {
		return relaying{route: r, looks: true}
	}
	return relaying{looks: true, refuses: true}
}

// Fallback returns the route that takes what no other route of a port takes,
// whatever it begins with, from a client of which no address is stated: plaintext,
// bytes that are no ClientHello, and a ClientHello that is not whole when the
// inspect-delay is over; nil for none.
// (Measured with HAProxy 2.6: 200 bytes of a ClientHello and then nothing go there
// after the delay, other bytes at once. A client that sends nothing is closed.)
func (l *Listener) Fallback() *Route { return l.PlainRoute("") }

// PlainRoute is Fallback for a client with an address.
func (l *Listener) PlainRoute(source string) *Route {
	plain := Head{Source: source}
	for r := range l.Proxy.RoutesFor("") {
		if l.TakesRest(r) && r.RefusedBy(l.Proxy) == nil && l.Missed(r, plain) == nil {
			return r
		}
	}
	return nil
}

// TakesRest reports whether a port relays to a route what no other route takes and
// its conditions let through: one by sni any, or one without a host on a tcp port.
func (l *Listener) TakesRest(r *Route) bool {
	return l.Relays(r) && (r.SNI.V == SNIAny || r.hostless(l) && !r.namesHosts())
}

// Mismatch is the first condition of a route that a connection or a request does
// not meet, in the order in which a listener looks at them.
type Mismatch int

// The values of Mismatch.
const (
	MismatchNone  Mismatch = iota // all are met: the route matches
	MismatchPlace                 // it is not on this port
	MismatchRelay                 // its TLS is not relayed here
	MismatchSNI
	MismatchHost
	MismatchPath
	MismatchField     // a match statement: Listener.Missed, or Route.Unmatched, says which
	MismatchMode      // TLS ends here, and the route is for plaintext or relayed
	MismatchPlaintext // the request is plaintext, which the route does not take
	MismatchRefused   // its host belongs to another namespace: Route.RefusedBy says to which
)

// SNIRoute is RelayRoute for an SNI, "" for none, and a client whose address is not stated.
func (l *Listener) SNIRoute(sni string) *Route { return l.RelayRoute(Head{Host: sni, TLS: true}) }

// RelayRoute returns the route to which a listener relays a connection without
// ending its TLS; nil where TLS ends here, or where nothing matches. A route that takes
// the rest comes behind the hosts of those whose TLS ends here.
func (l *Listener) RelayRoute(h Head) *Route {
	h.TLS = true
	sni := h.Host
	if l.facts != nil && !l.facts.relays {
		return nil
	}
	candidates := (*proxyIndex).passed
	if l.Kind == ListenTCP && len(l.End.Certificates) == 0 {
		candidates = (*proxyIndex).every // every route is relayed
	}
	var first *Route
	l.Proxy.eachFor(candidates, sni, func(r *Route) bool {
		if l.MismatchBySNI(r, h) != MismatchNone {
			return true
		}
		first = r
		return false
	})
	if first != nil && l.TakesRest(first) && l.endsBefore(first, sni) {
		return nil
	}
	return first
}

// endsBefore reports whether TLS ends at the port for a route that has the name as
// its host and comes before another route.
func (l *Listener) endsBefore(r *Route, sni string) bool {
	if !l.Terminates() {
		return false
	}
	for o := range l.Proxy.RoutesFor(sni) {
		if o == r {
			return false
		}
		if host := o.HostOn(l.Proxy); host != "" && HostMatches(host, sni) && l.Ends(o) && o.RefusedBy(l.Proxy) == nil {
			return true
		}
	}
	return false
}

// MismatchBySNI returns why a listener does not relay a connection to a route of
// its proxy.
func (l *Listener) MismatchBySNI(r *Route, h Head) Mismatch {
	switch {
	case r.RefusedBy(l.Proxy) != nil:
		return MismatchRefused
	case !r.Serves(l):
		return MismatchPlace
	case !l.Relays(r):
		return MismatchRelay
	case !r.matchesSNI(l, h.Host):
		return MismatchSNI
	case l.Missed(r, h) != nil:
		return MismatchField
	}
	return MismatchNone
}

func (r *Route) matchesSNI(l *Listener, sni string) bool {
	host := r.HostOn(l.Proxy)
	switch r.SNI.V {
	case SNINone:
		return sni == ""
	case SNIAny:
		return true
	case SNIHost:
		return HostMatches(host, sni)
	}
	panic("flow: unknown SNI match")
}

// Relays reports whether connections of the route pass this listener as bytes:
// passthrough routes, and every route of a tcp port without a certificate.
func (l *Listener) Relays(r *Route) bool {
	if !r.Serves(l) {
		return false
	}
	switch l.Kind {
	case ListenHTTP:
		return false
	case ListenHTTPS:
		return r.Mode.V == ModePassthrough
	case ListenTCP:
		return len(l.End.Certificates) == 0 || r.Mode.V == ModePassthrough
	}
	panic("flow: unknown listener kind")
}

// Inspects reports whether the listener reads the ClientHello before it decides: if it may relay
// by SNI.
func (l *Listener) Inspects() bool {
	if l.facts != nil {
		return l.facts.inspects
	}
	return l.inspects()
}

func (l *Listener) inspects() bool {
	for _, r := range l.Proxy.Routes {
		if l.Relays(r) && !r.blind(l) {
			return true
		}
	}
	return l.Kind == ListenHTTPS && l.Proxy.Inner.V.On
}

// blind reports whether a route is taken without looking at what comes: on a tcp
// port, without a host, and chosen by the client's address if by anything.
func (r *Route) blind(l *Listener) bool {
	return r.hostless(l) && !r.asks(MatchHost) && !r.asks(MatchTLS)
}

// hostless reports whether a route of a tcp port has no host.
func (r *Route) hostless(l *Listener) bool {
	return l.Kind == ListenTCP && r.HostOn(l.Proxy) == "" && r.SNI.V == SNIHost
}

// namesHosts reports whether a condition of a route asks for some hosts, not for all
// but some.
func (r *Route) namesHosts() bool {
	return slices.ContainsFunc(r.Matches, func(m Match) bool { return m.Kind == MatchHost && !m.Not })
}

// OnlyRelays reports whether the listener ends no TLS of its own: every route
// on it is relayed, and it has no certificate.
func (l *Listener) OnlyRelays() bool {
	if l.facts != nil {
		return l.facts.onlyRelays
	}
	return l.onlyRelays()
}

func (l *Listener) onlyRelays() bool {
	if l.Kind == ListenHTTP || len(l.End.Certificates) > 0 {
		return false
	}
	some := false
	for _, r := range l.Proxy.Routes {
		if !r.Serves(l) {
			continue
		}
		if !l.Relays(r) && r.Mode.V != ModeNone {
			return false
		}
		some = some || l.Relays(r)
	}
	return some || l.Kind == ListenTCP
}

// TakesAny reports whether a route has neither a host nor a path on a proxy, and no
// conditions: it takes every request that a port reads, and no later route gets one.
func (r *Route) TakesAny(p *Proxy) bool {
	return r.HostOn(p) == "" && PathMatches(r.Path.V, "/") && len(r.Matches) == 0
}

// HTTPRoute returns the route for a readable request, and why there is none:
// insecure is set where a TLS route of that host refuses plaintext.
func (l *Listener) HTTPRoute(h Head) (route *Route, insecure bool) {
	for r := range l.Proxy.asked(h) {
		switch l.MismatchByRequest(r, h) {
		case MismatchNone:
			return r, false
		case MismatchPlaintext:
			insecure = true
		default:
		}
	}
	return nil, insecure
}

// MismatchByRequest returns why a listener does not choose a route of its proxy
// for a readable request.
func (l *Listener) MismatchByRequest(r *Route, h Head) Mismatch {
	h.TLS = l.Kind != ListenHTTP
	switch {
	case r.RefusedBy(l.Proxy) != nil:
		return MismatchRefused
	case !r.Serves(l):
		return MismatchPlace
	case !HostMatches(r.HostOn(l.Proxy), h.Host):
		return MismatchHost
	case !PathMatches(r.Path.V, h.Path):
		return MismatchPath
	case r.Unmatched(h) != nil:
		return MismatchField
	case l.Takes(r) && !l.Relays(r):
		return MismatchNone
	case l.Kind == ListenHTTP:
		return MismatchPlaintext
	}
	return MismatchMode
}

// CertificateFor returns the certificate that the listener shows for an SNI:
// the route's own, one that covers the name exactly, one that covers it by a
// wildcard, else the first (the default). fits is false where it is the
// default for want of a better one. A nil certificate is one that is not
// stated and fits.
func (l *Listener) CertificateFor(sni string) (c *Certificate, fits bool) {
	if sni != "" && (l.facts == nil || l.facts.certificates) {
		for r := range l.Proxy.certifiedFor(sni) {
			if r.Serves(l) && !l.Relays(r) && r.Certificate.V != nil && !r.neverTLS() && HostMatches(r.HostOn(l.Proxy), sni) {
				return r.Certificate.V, true
			}
		}
	}
	switch exact, wildcard := l.End.covering(sni); {
	case exact >= 0:
		return l.End.Certificates[exact].V, true
	case wildcard >= 0:
		return l.End.Certificates[wildcard].V, true
	}
	if len(l.End.Certificates) == 0 {
		return nil, true
	}
	first := l.End.Certificates[0].V
	return first, len(first.Names) == 0
}

// alpnAhead is what the ends that can meet a ClientHello at this listener state
// as ALPN: a client of which nothing is stated offers the same. Where they differ it
// offers what any of them states, and HTTP/1.1 where one of them states nothing.
func (l *Listener) alpnAhead(h Head, seen ...*Listener) []string {
	r := l.RelayRoute(h)
	switch {
	case r == nil:
		end := l.End
		if own := l.terminated(h.Host); own != nil {
			end = own.clientSide(end)
		}
		return end.ALPN.V
	case slices.Contains(seen, l):
		return nil
	}
	seen = append(seen, l)
	var out []string
	some, without := false, false
	for _, to := range r.choices(l.Port) {
		var has []string
		if to.server != nil {
			has = to.server.Backend.End.ALPN.V
		} else if next := to.proxy.Listens(to.port); next != nil {
			ahead := h
			ahead.Source = r.Onward(l.Proxy, h.Source)
			has = next.alpnAhead(ahead, seen...)
		}
		if some && !slices.Equal(out, has) {
			out = slices.Concat(out, has)
			slices.Sort(out)
			out = slices.Compact(out)
		} else {
			out = has
		}
		some, without = true, without || len(has) == 0
	}
	if without && len(out) > 0 && !slices.Contains(out, http11) {
		out = append(slices.Clone(out), http11)
	}
	return out
}
