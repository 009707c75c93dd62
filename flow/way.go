package flow

import "slices"

// ClientWay is how a request of a client comes to a route: over ports that relay its
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

// before are the proxies by which requests may come to backends.
func (w *Ways) before(backends []*Backend) []*Proxy {
	var out []*Proxy
	seen := map[*Proxy]bool{}
	add := func(routes []*Route) {
		for _, r := range routes {
			for _, p := range r.Proxies {
				if !seen[p] {
					seen[p] = true
					out = append(out, p)
				}
			}
		}
	}
	for _, b := range backends {
		add(w.to[b])
	}
	for i := 0; i < len(out); i++ { //nolint:intrange // it grows
		add(w.t.leadingTo(out[i]))
	}
	return out
}

// Of lists the ways of requests for a host, path and header fields to backends, from
// clients that name the host in their SNI or come in plaintext: through the proxies
// to which the host leads, and through others to which clients are known to come.
func (w *Ways) Of(host, path string, fields []HeaderField, backends []*Backend, others []*Proxy) []ClientWay {
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
					r, _ := at.HTTPRoute(host, path, fields)
					if r == nil || plain && r.redirects() {
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

// redirects reports whether plaintext requests for a route are led to TLS.
func (r *Route) redirects() bool { return r.Mode.V != ModeNone && r.Insecure.V == InsecureRedirect }

// readers are the ports that read the requests of those who come to a port, in TLS
// with an SNI or in plaintext: itself, or those to which it relays.
func (l *Listener) readers(tls bool, sni string, hops int) []*Listener {
	d := l.relaying(tls, sni)
	switch {
	case hops == 0 || d.refuses:
		return nil
	case d.route == nil && (l.Kind == ListenHTTPS && tls || l.Kind == ListenHTTP && !tls):
		return []*Listener{l}
	case d.route == nil:
		return nil // it reads no request, or none that begins so
	}
	var out []*Listener
	for _, t := range d.route.Targets {
		if next := t.port(l); next != nil && d.route.Uses(t) {
			out = union(out, next.readers(tls, sni, hops-1))
		}
	}
	return out
}

// union appends what a list does not have yet.
func union(list, more []*Listener) []*Listener {
	for _, l := range more {
		if !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}

// port is the port of the next proxy to which a target leads from one of its own
// proxy's; nil where that is a backend, or nothing listens there.
func (t *Target) port(l *Listener) *Listener {
	switch {
	case t.Proxy == nil:
		return nil
	case t.Port != 0:
		return t.Proxy.Listens(t.Port)
	}
	return t.Proxy.Listens(l.Port)
}

// BackendsFor are the backends to which a route leads requests for a host, path and
// header fields that one of its ports has read, over further proxies, too. On the
// way are the routes by which they are led.
func (r *Route) BackendsFor(l *Listener, host, path string, fields []HeaderField) (backends []*Backend, way []*Route) {
	f := follower{host: host, path: path, fields: fields}
	f.follow(r, l, host)
	return f.backends, f.way
}

type follower struct {
	host, path string
	fields     []HeaderField
	backends   []*Backend
	way        []*Route
}

func (f *follower) follow(r *Route, l *Listener, sni string) {
	if slices.Contains(f.way, r) || len(f.way) > mostHops {
		return
	}
	f.way = append(f.way, r)
	switch {
	case l.Relays(r): // the session goes on
	case r.Mode.V == ModeReencrypt:
		sni, _ = r.upstreamNames(f.host)
	default:
		sni = ""
	}
	for _, t := range r.Targets {
		if !r.Uses(t) {
			continue
		}
		if t.Backend != nil && !slices.Contains(f.backends, t.Backend) {
			f.backends = append(f.backends, t.Backend)
		}
		next := t.port(l)
		if next == nil {
			continue
		}
		to := next.SNIRoute(sni)
		if to == nil {
			to, _ = next.HTTPRoute(f.host, f.path, f.fields)
		}
		if to != nil {
			f.follow(to, next, sni)
		}
	}
}

// ProxyWay is how a proxy comes to a port of another one in a TLS session of its own.
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
				sni, _ := r.upstreamNames(OneHost(r.HostOn(by)))
				var ends []*Listener
				for _, to := range r.Targets {
					if next := to.port(l); next != nil && r.Uses(to) {
						ends = union(ends, next.readers(true, sni, mostHops))
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

// ClientFields are the header fields that a request for the route must have.
func (r *Route) ClientFields() []HeaderField { return r.fields() }
