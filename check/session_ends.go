package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// sessionEnd is where the TLS of a port's clients ends: at a port, the same one or
// that of a proxy to which it is relayed, or at the servers of a backend.
type sessionEnd struct {
	port    *flow.Listener
	backend *flow.Backend
}

// sessionEnds are the ends of the sessions for a host that a port takes by a route,
// through every relay and over every target.
func sessionEnds(l *flow.Listener, r *flow.Route, host string, via ...*flow.Listener) []sessionEnd {
	if l.Ends(r) {
		return []sessionEnd{{port: l}}
	}
	if !l.Relays(r) || slices.Contains(via, l) {
		return nil
	}
	var out []sessionEnd
	add := func(ends ...sessionEnd) {
		for _, e := range ends {
			if !slices.Contains(out, e) {
				out = append(out, e)
			}
		}
	}
	for _, t := range r.Targets {
		if !r.Uses(t) {
			continue
		}
		if t.Backend != nil {
			add(sessionEnd{backend: t.Backend})
			continue
		}
		next := t.Next(l)
		if next == nil {
			continue
		}
		if on := next.SNIRoute(host); on != nil {
			add(sessionEnds(next, on, host, append(via, l)...)...)
		} else if next.Terminates() {
			add(sessionEnd{port: next})
		}
	}
	return out
}

// alpn is what an end agrees on with clients that ask for a host, and the route that
// states it; nil where none does.
func (e sessionEnd) alpn(host string) (flow.Fact[[]string], *flow.Route) {
	if e.backend != nil {
		return e.backend.End.ALPN, nil
	}
	return e.port.ALPNFor(host)
}

// withH2 are the certificates that an end can show for a host with HTTP/2.
func (e sessionEnd) withH2(host string) []*flow.Certificate {
	if alpn, _ := e.alpn(host); !h2(alpn) {
		return nil
	}
	if e.port != nil {
		c, _ := e.port.CertificateFor(host)
		return []*flow.Certificate{c}
	}
	var out []*flow.Certificate
	for _, c := range e.backend.End.Certificates {
		out = append(out, c.V)
	}
	return out
}

// ending is the route of a port by which TLS of a host ends there; nil for none that
// names the host.
func (e sessionEnd) ending(host string) *flow.Route {
	if e.port == nil {
		return nil
	}
	for r := range e.port.Proxy.RoutesFor(host) {
		if on := r.HostOn(e.port.Proxy); on != "" && e.port.Ends(r) && flow.HostMatches(on, host) {
			return r
		}
	}
	return nil
}

// guards reports whether the end's route for a host requires a client certificate.
func (e sessionEnd) guards(host string) bool {
	r := e.ending(host)
	return r != nil && guardedAlone(r)
}

// gets says what happens to a request for a host that an end has no route for.
func (e sessionEnd) gets(host string) string {
	if e.port != nil {
		if r, _ := e.port.HTTPRoute(flow.Head{Method: "GET", Host: host, Path: "/"}); r == nil && e.port.Kind != flow.ListenTCP {
			if e.port.Unmatched.V == "close" {
				return fmt.Sprintf("proxy %q closes then", e.port.Proxy.Name)
			}
			return fmt.Sprintf("proxy %q answers them, with %s", e.port.Proxy.Name, e.port.Unmatched.V)
		}
	}
	return "they get to the wrong servers"
}

// endsOn are the session ends of a port's routes, and which of them have hosts that a
// certificate's name covers.
type endsOn struct {
	l     *flow.Listener
	of    map[*flow.Route][]sessionEnd
	below map[string][]*sameEnds // by a host, folded, and by "*.X"
	known map[string]*sameEnds
	ids   map[sessionEnd]int
}

// sameEnds are the first routes, of different hosts, with the same targets, whose sessions have
// the same ends.
type sameEnds struct{ routes []*flow.Route }

func newEndsOn(l *flow.Listener) *endsOn {
	x := &endsOn{l, map[*flow.Route][]sessionEnd{}, map[string][]*sameEnds{}, map[string]*sameEnds{}, map[sessionEnd]int{}}
	for _, r := range l.Proxy.Routes {
		host := flow.OneHost(r.HostOn(l.Proxy))
		if host == "" || !l.Ends(r) && !l.Relays(r) {
			continue
		}
		ends := sessionEnds(l, r, host)
		x.of[r] = ends
		var key strings.Builder
		for _, e := range ends {
			if x.ids[e] == 0 {
				x.ids[e] = len(x.ids) + 1
			}
			fmt.Fprintf(&key, " %d", x.ids[e])
		}
		for _, t := range r.Targets {
			fmt.Fprintf(&key, " %s:%d", t.Name(), t.Port)
		}
		if slices.ContainsFunc(ends, func(e sessionEnd) bool { return e.guards(host) }) {
			key.WriteString(" guarded")
		}
		name := flow.Fold(host)
		_, domain, _ := strings.Cut(name, ".")
		for _, name := range []string{name, "*." + domain} {
			g := x.known[name+key.String()]
			if g == nil {
				g = &sameEnds{}
				x.known[name+key.String()] = g
				x.below[name] = append(x.below[name], g)
			}
			if len(g.routes) < 3 {
				g.routes = append(g.routes, r)
			}
		}
	}
	return x
}

// carried is a route whose requests may come on a connection that was opened for
// another one, and the certificate that allows it.
type carried struct {
	route *flow.Route
	end   sessionEnd // of the connection
	by    *flow.Certificate
	// unasked is the route at the end that serves them, and requires a client certificate
	// that is not requested there; nil where no route there is for them.
	unasked *flow.Route
}

// relaysH2 reports whether a connection that a route relays may end where HTTP/2 is agreed
// on, so that it can carry requests for other hosts.
func relaysH2(l *flow.Listener, pass *flow.Route) bool {
	host := flow.OneHost(pass.HostOn(l.Proxy))
	return slices.ContainsFunc(sessionEnds(l, pass, host), func(e sessionEnd) bool {
		alpn, _ := e.alpn(host)
		return h2(alpn)
	})
}

// carriedOn returns the first routes whose requests may come on a connection that a
// route relays, one for each certificate and kind.
func (x *endsOn) carriedOn(pass *flow.Route) []carried {
	host := flow.OneHost(pass.HostOn(x.l.Proxy))
	var out []carried
	first := once[coalescedKey]()
	for _, e := range x.of[pass] {
		for _, c := range e.withH2(host) {
			if !both(c, host, host) {
				continue
			}
			for _, name := range c.Names {
				for _, g := range x.below[flow.Fold(name.V)] {
					for _, r := range g.routes {
						if r == pass || sameRequests(x.l, pass, r) || partLater(x.l, pass, r) || slices.Contains(x.of[r], e) {
							continue
						}
						if unasked, astray := x.astray(e, host, r); astray && first(coalescedKey{c, unasked != nil}) {
							out = append(out, carried{r, e, c, unasked})
						}
					}
				}
			}
		}
	}
	return out
}

// astray reports whether requests for a route go wrong on a connection that was opened for
// another host and ends elsewhere: no route there is for them, or it is one that requires
// a client certificate, which only the route's own connections are asked for.
func (x *endsOn) astray(e sessionEnd, host string, r *flow.Route) (unasked *flow.Route, astray bool) {
	other := flow.OneHost(r.HostOn(x.l.Proxy))
	there := e.ending(other)
	if there == nil {
		return nil, true
	}
	if !guardedAlone(there) || e.port.Asks(host).V == there.ClientCertificate.V {
		return nil, false
	}
	return there, slices.ContainsFunc(x.of[r], func(own sessionEnd) bool {
		return own.port != nil && own.port.Asks(other).V == there.ClientCertificate.V
	})
}

// sameRequests reports whether two routes have the same host, or the TLS of one ends at the
// port and the host of one matches that of the other: other rules say which of them takes it.
func sameRequests(l *flow.Listener, pass, r *flow.Route) bool {
	mine, other := pass.HostOn(l.Proxy), r.HostOn(l.Proxy)
	if l.Relays(r) {
		return flow.Fold(mine) == flow.Fold(other)
	}
	return flow.HostMatches(mine, flow.OneHost(other)) || flow.HostMatches(other, flow.OneHost(mine))
}

// partLater reports whether a port relays two routes to the same port of another proxy:
// that port, or one behind it, separates them, and the finding is about that one.
func partLater(l *flow.Listener, a, b *flow.Route) bool {
	return l.Relays(a) && l.Relays(b) && slices.EqualFunc(a.Targets, b.Targets, func(x, y *flow.Target) bool {
		return x.Proxy != nil && x.Proxy == y.Proxy && x.Port == y.Port
	})
}

// withoutH2 are the steps by which clients of a route agree on no HTTP/2, wherever
// their TLS ends: of a port it is the route that states it, or the port for all of its routes.
func withoutH2(on *flow.Proxy, r *flow.Route, forAll bool) []diag.Step {
	host := flow.OneHost(r.HostOn(on))
	var steps []diag.Step
	for _, l := range on.Listeners {
		for _, e := range sessionEnds(l, r, host) {
			alpn, stated := e.alpn(host)
			if !h2(alpn) {
				continue
			}
			in := answererIn(flow.Handshake{Listener: e.port, Backend: e.backend})
			if ending := e.ending(host); ending != nil && stated == nil && !forAll {
				in, alpn = inRoute(ending), ending.ALPN
			} else if stated != nil {
				in = inRoute(stated)
			}
			step := state(in, diag.FactALPN, alpn, orNone(alpn.V), "http/1.1")
			if !slices.ContainsFunc(steps, func(s diag.Step) bool { return s.In == step.In }) {
				steps = append(steps, step)
			}
		}
	}
	return steps
}

// ownCertificate are the steps by which clients of a route are shown a certificate for its own
// host in place of a shared one, wherever their TLS ends.
func (p *Pass) ownCertificate(on *flow.Proxy, r *flow.Route, shared *flow.Certificate) []diag.Step {
	host := r.HostOn(on)
	with := []diag.Setting{setting(diag.FactNames, host)}
	if shared.Issuer.V != nil {
		with = append(with, setting(diag.FactIssuer, shared.Issuer.V.Name))
	}
	name := p.freeCertificate(r.Name + "-own")
	var steps []diag.Step
	add := func(in diag.Place, fact diag.Fact, stated flow.Fact[*flow.Certificate]) {
		if !slices.ContainsFunc(steps, func(s diag.Step) bool { return s.In == in }) {
			steps = append(steps, state(in, fact, stated, []string{shared.Name}, name))
		}
	}
	for _, l := range on.Listeners {
		for _, e := range sessionEnds(l, r, flow.OneHost(host)) {
			if alpn, _ := e.alpn(flow.OneHost(host)); !h2(alpn) {
				continue
			}
			switch ending := e.ending(flow.OneHost(host)); {
			case ending != nil && flow.Fold(ending.HostOn(e.port.Proxy)) == flow.Fold(host):
				add(inRoute(ending), diag.FactCertificate, ending.Certificate)
			case e.port != nil:
				list := certificatesOf(e.port.End.Certificates)
				if len(list) > 0 && !slices.ContainsFunc(steps, func(s diag.Step) bool { return s.In == inListener(e.port) }) {
					last := e.port.End.Certificates[len(list)-1]
					steps = append(steps, state(inListener(e.port), diag.FactCertificates, last, list, append(slices.Clone(list), name)...))
				}
			default:
				for _, c := range e.backend.End.Certificates {
					if c.V == shared {
						add(inServing(e.backend), diag.FactCertificates, c)
					}
				}
			}
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return append([]diag.Step{declare(diag.KindCertificate, name, with...)}, steps...)
}

// offersH2 reports whether a client offers HTTP/2, or may: it states nothing.
func offersH2(c *flow.Client) bool { return !c.End.ALPN.IsSet() || h2(c.End.ALPN) }

// openers says which side opens the TLS sessions that come to a port.
type openers int

const (
	byProxies openers = iota + 1 // no client's session gets there
	byClients
)

// sessionsBy says which side opens the TLS sessions at each port to which paths lead.
func (p *Pass) sessionsBy() map[*flow.Listener]openers {
	out := map[*flow.Listener]openers{}
	for _, path := range p.model.paths().All {
		if path.Ask.Inside {
			continue // nothing says whether clients come there
		}
		by := byClients
		for i, h := range path.Hops {
			if h.Opens && i > 0 {
				by = byProxies
			}
			if h.TLS && h.Listener != nil {
				out[h.Listener] = max(out[h.Listener], by)
			}
		}
	}
	return out
}
