package flow

import (
	"cmp"
	"slices"
)

// ClientWay is how a client's request reaches a route: over ports that relay its
// bytes to one that reads it.
type ClientWay struct {
	Entry *Listener // to which the client connects
	At    *Listener // that reads the request
	Route *Route
	Asked Fact[ClientAuth] // of the client's certificate, in TLS
	Plain bool             // in plaintext
}

// mostHops is how many proxies in a row are followed.
const mostHops = 16

// Ways finds the ways of clients to backends.
type Ways struct {
	t  *Topology
	to map[*Backend][]*Route
}

// NewWays prepares a topology for questions about the ways of its clients.
func NewWays(t *Topology) *Ways {
	w := &Ways{t, map[*Backend][]*Route{}}
	for _, r := range t.Routes {
		for _, to := range r.Targets {
			if to.Backend != nil {
				w.to[to.Backend] = append(w.to[to.Backend], r)
			}
		}
	}
	return w
}

// before are the proxies through which requests can reach backends.
func (w *Ways) before(backends []*Backend) []*Proxy {
	var out []*Proxy
	seen := map[*Proxy]bool{}
	add := func(proxies []*Proxy) {
		for _, p := range proxies {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	for _, b := range backends {
		add(proxiesOfRoutes(w.to[b]))
	}
	for i := 0; i < len(out); i++ { //nolint:intrange // it grows
		add(w.t.proxiesBefore(out[i]))
	}
	return out
}

// Of lists the ways of requests to backends, from
// clients that send their host as SNI or use plaintext: through the proxies to which
// the host leads, and through others that clients are known to use.
func (w *Ways) Of(asked Head, backends []*Backend, others []*Proxy) []ClientWay {
	host := asked.Host
	entries, domain := w.t.EntryProxies(host)
	var out []ClientWay
	for _, p := range w.before(backends) {
		enters := domain == "" && len(w.t.leadingTo(p)) == 0 || domain != "" && slices.Contains(entries, p)
		if !enters && !slices.Contains(others, p) {
			continue
		}
		for _, l := range p.Listeners {
			for _, plain := range []bool{true, false} {
				for _, at := range l.readers(!plain, host, mostHops) {
					r, _ := at.HTTPRoute(asked)
					if r == nil || at.Redirects(r) {
						continue
					}
					w := ClientWay{Entry: l, At: at, Route: r, Plain: plain}
					if !plain {
						w.Asked = at.Asks(host)
					}
					out = append(out, w)
				}
			}
		}
	}
	return out
}

// Redirects reports whether a port redirects requests for a route: plaintext to https,
// or all that it reads.
func (l *Listener) Redirects(r *Route) bool {
	return l.RedirectsPlaintext(r) || r.Redirect.IsSet() && l.reads(r) && l.Takes(r)
}

// RedirectsPlaintext reports whether a port redirects plaintext requests for a route to
// https (insecure redirect).
func (l *Listener) RedirectsPlaintext(r *Route) bool {
	return l.Kind == ListenHTTP && r.Mode.V != ModeNone && r.Insecure.V == InsecureRedirect
}

// readers are the ports that read the requests which a port receives, in TLS with an
// SNI or in plaintext: itself, or those to which it relays.
func (l *Listener) readers(tls bool, sni string, hops int) []*Listener {
	d := l.relaying(Head{Host: sni, TLS: tls})
	switch {
	case hops == 0 || d.refuses:
		return nil
	case d.route == nil && (l.Kind == ListenHTTPS && tls || l.Kind == ListenHTTP && !tls):
		return []*Listener{l}
	case d.route == nil:
		return nil // it does not read such requests
	}
	var out []*Listener
	for _, t := range d.route.Targets {
		if next := t.Next(l); next != nil && d.route.Uses(t) {
			out = union(out, next.readers(tls, sni, hops-1)...)
		}
	}
	return out
}

// union appends what a list does not have yet.
func union[T comparable](list []T, more ...T) []T {
	for _, x := range more {
		if !slices.Contains(list, x) {
			list = append(list, x)
		}
	}
	return list
}

// Next is the port of another proxy to which a target sends what a port receives; nil
// where the target is a backend, or nothing listens there.
func (t *Target) Next(l *Listener) *Listener {
	if t.Proxy == nil {
		return nil
	}
	return t.Proxy.Listens(cmp.Or(t.Port, l.Port))
}

// BackendsFor are the backends to which a route leads requests
// that one of its ports has read, over further proxies, too. On the
// way are the routes by which they are led.
func (r *Route) BackendsFor(l *Listener, asked Head) (backends []*Backend, way []*Route) {
	f := follower{asked: asked}
	f.follow(r, l, asked.Host)
	return f.backends, f.way
}

type follower struct {
	asked    Head
	backends []*Backend
	way      []*Route
}

func (f *follower) follow(r *Route, l *Listener, sni string) {
	if slices.Contains(f.way, r) || len(f.way) > mostHops {
		return
	}
	f.way = append(f.way, r)
	switch {
	case l.Relays(r): // the session goes on
	case r.Mode.V == ModeReencrypt:
		sni = r.upstreamSNI(f.asked.Host)
	default:
		sni = ""
	}
	for _, t := range r.Targets {
		if !r.Uses(t) {
			continue
		}
		if t.Backend != nil {
			f.backends = union(f.backends, t.Backend)
		}
		next := t.Next(l)
		if next == nil {
			continue
		}
		to := next.SNIRoute(sni)
		if to == nil {
			to, _ = next.HTTPRoute(f.asked)
		}
		if to != nil {
			f.follow(to, next, sni)
		}
	}
}

// ProxyWay is a TLS session that a proxy opens to a port of another one.
type ProxyWay struct {
	By     *Proxy
	Opened *Route    // by which it opens the session
	At     *Listener // where that ends
	SNI    string    // "" for none
}

// ProxyWays lists the sessions that the proxies of a topology open to others, to
// every target of each route, over ports that relay them.
func (t *Topology) ProxyWays() []ProxyWay {
	var out []ProxyWay
	known := map[ProxyWay]bool{}
	for _, r := range t.Routes {
		if r.Mode.V != ModeReencrypt {
			continue
		}
		for _, by := range r.Proxies {
			for _, l := range by.Listeners {
				if !l.Ends(r) {
					continue
				}
				sni := r.upstreamSNI(OneHost(r.HostOn(by)))
				var ends []*Listener
				for _, to := range r.Targets {
					if next := to.Next(l); next != nil && r.Uses(to) {
						ends = union(ends, next.readers(true, sni, mostHops)...)
					}
				}
				for _, at := range ends {
					if w := (ProxyWay{by, r, at, sni}); !known[w] {
						known[w] = true
						out = append(out, w)
					}
				}
			}
		}
	}
	return out
}
