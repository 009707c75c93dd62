package flow

import (
	"cmp"
	"slices"
	"strings"
)

// AnyHost is the host of a Probe for a route that matches every host: a name that belongs to no
// one (RFC 6761, 6.4).
const AnyHost = "any.invalid"

// probe is a request for a route by way of one of the proxies that serve it.
func (t *Topology) probe(r *Route, at *Proxy, scheme string) *Request {
	via, port := t.wayTo(r, at, scheme)
	if port == 0 || len(t.Clients) == 0 {
		return nil
	}
	h, _ := r.Sample(at)
	return t.ask(r, via, Call{Scheme: scheme, Host: h.Host, Port: port})
}

// ByName returns a request for a route by a scheme from a client that knows
// nothing but its name: to the proxy that the name leads to, at the port that
// the scheme has. nil where the route has no name, or that leads nowhere.
func ByName(t *Topology, r *Route, scheme string) *Request {
	host := r.HostOn(&Proxy{})
	if len(r.Proxies) > 0 {
		host = r.FirstHost()
	}
	entries := t.entriesTo(r, OneHost(host))
	if host == "" || len(entries) == 0 || len(t.Clients) == 0 {
		return nil
	}
	name := OneHost(host)
	if h, ok := r.Sample(r.firstProxy()); ok {
		name = h.Host
	}
	return t.ask(r, entries[0], Call{Scheme: scheme, Host: name, Port: defaultPorts[scheme]})
}

// ask makes every request that is for a route: from the first client that may come to
// it, with what the route asks for. Of the call, the scheme, the host or wildcard and
// the port are given. nil where flowc finds no request that the route takes.
func (t *Topology) ask(r *Route, via *Proxy, call Call) *Request {
	h, ok := r.Sample(r.firstProxy())
	clients := t.clientsFor(r, h, t.Clients)
	if !ok || len(clients) == 0 {
		return nil
	}
	call.Host = OneHost(call.Host)
	call.Method, call.Path = h.Method, h.Path
	if !call.IsHTTP() {
		call.Method, call.Path = "CONNECT", "/"
	}
	return r.supplied(clients[0], via, call, h.Fields)
}

// clientsFor are the clients, of some, that may come to a route which is chosen by
// their address: those whose address does; else those of which none is stated, with one
// that does. Where only routes before it are chosen so, they are all of them.
func (t *Topology) clientsFor(r *Route, h Head, some []*Client) []*Client {
	of := r.conditions(MatchSource, "")
	if len(of) == 0 && h.Source == "" {
		return some
	}
	var inside, unknown []*Client
	for _, c := range some {
		switch {
		case c.Address.V == "":
			at := *c
			at.Address = Default(h.Source)
			unknown = append(unknown, &at)
		case !slices.ContainsFunc(of, func(m *Match) bool { return !m.Meets(Head{Source: c.Address.V}) }):
			inside = append(inside, c)
		}
	}
	switch {
	case len(of) == 0:
		return append(inside, unknown...)
	case len(inside) > 0:
		return inside
	}
	return unknown
}

// firstProxy is the first proxy that serves a route; one without domains where none does.
func (r *Route) firstProxy() *Proxy {
	if len(r.Proxies) > 0 {
		return r.Proxies[0]
	}
	return &Proxy{}
}

// supplied is a request for the route that no model states.
func (r *Route) supplied(from *Client, via *Proxy, call Call, fields []HeaderField) *Request {
	q := &Request{
		Decl: Decl{Name: r.Name, Origin: OriginSupplied}, From: from, Via: via, Derived: true,
		RequestFacts: RequestFacts{Calls: []Call{call}, Times: Default(1), Fields: fields},
		bySource:     r.AsksForSource(),
	}
	if r.SNI.V == SNINone {
		q.SNI = State("", r.SNI.At)
	}
	q.fillHello()
	return q
}

// OneHost is a host that a wildcard covers, or the host itself.
func OneHost(host string) string { return strings.Replace(host, "*", "any", 1) }

// entryProxies are the proxies to which the route's host leads, among those that serve
// it; all of them where no domain says so.
func (r *Route) entryProxies() []*Proxy {
	var out []*Proxy
	for _, p := range r.Proxies {
		if slices.ContainsFunc(p.Domains, func(d Fact[string]) bool {
			return InDomain(d.V, strings.TrimPrefix(r.HostOn(p), "*."))
		}) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return r.Proxies
	}
	return out
}

// wayTo returns the proxy and the port at which a scheme's traffic for a route
// enters on its way to a proxy that serves it; port 0 for none.
func (t *Topology) wayTo(r *Route, at *Proxy, scheme string) (via *Proxy, port int) {
	return t.climb(at, r.portOn(at, scheme), OneHost(r.HostOn(at)))
}

// climb goes from a port of a proxy to the proxy, and its port, at which traffic
// for a host enters that comes there; port 0 where that is a socket, to which no client
// connects.
func (t *Topology) climb(via *Proxy, port int, host string) (*Proxy, int) {
	entries, domain := t.EntryProxies(host)
	for seen := map[*Proxy]bool{}; !seen[via]; {
		seen[via] = true
		if domain != "" && slices.Contains(entries, via) {
			break // the name leads here
		}
		if up, p := t.before(via, port, host); up != nil {
			via, port = up, p
		}
	}
	if l := via.Listens(port); l != nil && l.Socket.IsSet() {
		return via, 0
	}
	return via, port
}

// inside reports whether no client connects to the proxy: all of its ports are sockets.
func (p *Proxy) inside() bool {
	return len(p.Listeners) > 0 && !slices.ContainsFunc(p.Listeners, func(l *Listener) bool { return !l.Socket.IsSet() })
}

// portOn is the port of a proxy at which a scheme's traffic of a route comes
// in: that of the scheme if it is among those that fit, else the first; 0 for
// none.
func (r *Route) portOn(p *Proxy, scheme string) int {
	kind := ListenHTTPS
	if scheme == "http" {
		kind = ListenHTTP
	}
	first := map[ListenKind]int{}
	for _, l := range p.Listeners {
		if !r.Serves(l) || l.Kind != kind && l.Kind != ListenTCP {
			continue
		}
		if l.Has(defaultPorts[scheme]) {
			return defaultPorts[scheme]
		}
		first[l.Kind] = cmp.Or(first[l.Kind], l.Port)
	}
	return cmp.Or(first[kind], first[ListenTCP])
}

// before returns a proxy that sends what one of its ports receives on to port
// of p, and its own port; nil where none does. One that does so for the host comes
// first.
func (t *Topology) before(p *Proxy, port int, host string) (*Proxy, int) {
	for _, up := range t.proxiesBefore(p) {
		for _, r := range up.routesOfName(host) {
			if own := r.portTo(up, p, port); own != 0 {
				return up, own
			}
		}
	}
	for _, r := range t.leadingTo(p) {
		for _, up := range r.Proxies {
			if own := r.portTo(up, p, port); own != 0 {
				return up, own
			}
		}
	}
	return nil, 0
}

// portTo is the first port of a proxy from which the route leads to a port of
// another proxy, one that takes plaintext as that one does, or TLS, if there is any;
// 0 for none.
func (r *Route) portTo(up, p *Proxy, port int) int {
	far, first := p.Listens(port), 0
	for _, to := range r.Targets {
		if to.Proxy != p {
			continue
		}
		for _, l := range up.Listeners {
			if !r.Serves(l) || to.Port != port && (to.Port != 0 || !l.Has(port)) {
				continue
			}
			own := l.Port
			if l.Has(port) && to.Port == 0 {
				own = port // of a range
			}
			if far == nil || (far.Kind == ListenHTTP) == (l.Kind == ListenHTTP) {
				return own
			}
			first = cmp.Or(first, own)
		}
	}
	return first
}
