package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// shownWithH2 are the certificates that a port shows for routes whose TLS ends there and
// whose clients may agree on HTTP/2.
type shownWithH2 struct {
	l     *flow.Listener
	by    map[*flow.Certificate][]*flow.Route // those whose hosts it covers
	names map[string][]*flow.Certificate      // by each of their names, folded
}

func newShownWithH2(l *flow.Listener) *shownWithH2 {
	x := &shownWithH2{l, map[*flow.Certificate][]*flow.Route{}, map[string][]*flow.Certificate{}}
	for _, r := range l.Proxy.Routes {
		host := flow.OneHost(r.HostOn(l.Proxy))
		if host == "" || !l.Ends(r) || !h2(alpnOf(l, r)) {
			continue
		}
		c, _ := l.CertificateFor(host)
		if !both(c, host, host) {
			continue
		}
		if x.by[c] == nil {
			for _, n := range c.Names {
				x.names[flow.Fold(n.V)] = append(x.names[flow.Fold(n.V)], c)
			}
		}
		x.by[c] = append(x.by[c], r)
	}
	return x
}

// of are the certificates that cover a host.
func (x *shownWithH2) of(host string) []*flow.Certificate {
	_, domain, _ := strings.Cut(flow.Fold(host), ".")
	return slices.Concat(x.names[flow.Fold(host)], x.names["*."+domain])
}

// covering returns a route whose TLS ends at the port, and the certificate shown for
// it with HTTP/2 that covers the host of a relayed route as well.
func (x *shownWithH2) covering(pass *flow.Route) (*flow.Route, *flow.Certificate) {
	mine := pass.HostOn(x.l.Proxy)
	host := flow.OneHost(mine)
	for _, c := range x.of(host) {
		for _, r := range x.by[c] {
			other := r.HostOn(x.l.Proxy)
			if !flow.HostMatches(mine, flow.OneHost(other)) && !flow.HostMatches(other, host) {
				return r, c
			}
		}
	}
	return nil, nil
}

// unasked notes the routes of their own client certificate whose requests may travel on
// a connection for a route without.
func (x *shownWithH2) unasked(found *coalesced) {
	l := x.l
	asked := func(r *flow.Route) flow.ClientAuth { return l.Asks(flow.OneHost(r.HostOn(l.Proxy))).V }
	others := map[*flow.Certificate][]*flow.Route{} // the first two that are asked for each
	for _, guarded := range l.Proxy.Routes {
		auth := guarded.ClientCertificate
		mine := flow.OneHost(guarded.HostOn(l.Proxy))
		if mine == "" || !l.Ends(guarded) || !guardedAlone(guarded) {
			continue
		}
		for _, c := range x.of(mine) {
			if _, known := others[c]; !known {
				others[c] = firstTwoOfEach(x.by[c], asked)
			}
			i := slices.IndexFunc(others[c], func(r *flow.Route) bool {
				return flow.OneHost(r.HostOn(l.Proxy)) != mine && asked(r) != auth.V
			})
			if i >= 0 {
				found.note(auth.At, guarded, c, guarded, others[c][i], unaskedThere, true)
			}
		}
	}
}

// guardedAlone reports whether a route requires a client certificate that its port
// perhaps does not, and does not tell clients to ask again on a connection of its own, by
// 421 (RFC 9113, 9.1.1).
func guardedAlone(r *flow.Route) bool {
	return r.ClientCertificate.V.Mode == flow.AuthRequired && r.WithoutCertificate.V != 421
}

// firstTwoOfEach are the first two routes of each thing that is said of them.
func firstTwoOfEach[K comparable](all []*flow.Route, of func(*flow.Route) K) []*flow.Route {
	var out []*flow.Route
	n := map[K]int{}
	for _, r := range all {
		if k := of(r); n[k] < 2 {
			n[k]++
			out = append(out, r)
		}
	}
	return out
}
