package flow

import (
	"fmt"
	"slices"
)

// deriveRequests gives a model without requests one for each route with a
// host, from the first client through the outermost proxy, and a connection for
// each that passes on what comes to a tcp port.
func (c *completion) deriveRequests() {
	seen := map[asks]bool{}
	for _, route := range c.t.Routes {
		if !route.IsFirst() {
			continue // its first host is asked for
		}
		at := c.entrance(route)
		host := route.HostOn(at)
		if h, ok := route.Sample(at); ok && (host != "" || route.namesHosts()) {
			host = h.Host
		}
		if host == "" {
			if q := c.connection(route, at); q != nil {
				c.addDerived(q)
			}
			continue
		}
		scheme := schemeOf(route)
		via, port := c.t.wayTo(route, at, scheme)
		if port == 0 && via.inside() {
			continue
		}
		if port == 0 {
			port = defaultPorts[scheme]
		}
		if l := via.Listens(port); scheme == "http" && l != nil && l.Kind == ListenHTTPS {
			scheme = "https" // TLS ends at a proxy in front of the route's own
		}
		q := c.t.ask(route, via, Call{Scheme: scheme, Host: host, Port: port})
		if q == nil {
			continue
		}
		key := asks{via: q.Via, call: q.Calls[0], sni: q.SNI.V}
		if len(q.Fields) > 0 {
			key.fields = fmt.Sprint(q.Fields)
		}
		if !seen[key] {
			seen[key] = true
			c.addDerived(q)
		}
	}
}

// addDerived adds a request, which views can name.
func (c *completion) addDerived(q *Request) {
	c.t.Requests = append(c.t.Requests, q)
	if len(c.views) > 0 {
		c.made[q] = true
		c.requests.supply(DeclRequest, q.Name, q)
	}
}

// connection is a connection to the port of a route that passes on to its
// backends whatever comes to it; nil for another route. Its client opens TLS
// where a backend speaks it, and names no host: the port is all that counts.
func (c *completion) connection(r *Route, at *Proxy) *Request {
	backend := func(t *Target) bool { return t.Backend != nil }
	i := slices.IndexFunc(at.Listeners, func(l *Listener) bool { return l.Relays(r) && r.hostless(l) })
	if i < 0 || !slices.Contains(r.Proxies, at) || !slices.ContainsFunc(r.Targets, backend) {
		return nil
	}
	via, port := c.t.climb(at, at.Listeners[i].Port, "")
	if l := via.Listens(port); l == nil || l.Kind != ListenTCP || l.Terminates() {
		return nil
	}
	scheme := "tcp"
	if slices.ContainsFunc(r.Targets, func(t *Target) bool { return backend(t) && t.Backend.Speaks.V.TLS() }) {
		scheme = "tls"
	}
	if l := at.Listeners[i]; !l.comesBy(r, scheme) {
		scheme = map[string]string{"tcp": "tls", "tls": "tcp"}[scheme]
	}
	return c.t.ask(r, via, Call{Scheme: scheme, Port: port})
}

// asks is what a derived request asks for, to tell it from another one: the
// routes of a chain of proxies often have one host.
type asks struct {
	via         *Proxy
	call        Call
	sni, fields string
}

// entrance is the proxy that a request for the route must come to: the one that
// serves it where its name leads, else the first that serves it or refuses to,
// else the first.
func (c *completion) entrance(route *Route) *Proxy {
	if host := OneHost(route.Host.V); host != "" {
		if entries, domain := c.t.EntryProxies(host); domain != "" {
			return c.t.arrival(route, entries, host)
		}
	}
	if len(route.Proxies) > 0 {
		return route.Proxies[0]
	}
	if len(route.Refused) > 0 {
		return route.Refused[0].Proxy
	}
	return c.t.Proxies[0]
}

// arrival is the proxy that serves a route to which traffic for a host gets that
// comes to one of the entries; the first entry where it gets to none.
func (t *Topology) arrival(r *Route, entries []*Proxy, host string) *Proxy {
	for _, p := range r.Proxies {
		for _, entry := range entries {
			if entry == p || t.Reaches(entry, &Route{Proxies: []*Proxy{p}}, host) {
				return p
			}
		}
	}
	return entries[0]
}

// schemeOf is the scheme by which a route is asked for, by its mode and by what
// its backends say that it carries.
func schemeOf(route *Route) string {
	bytes := func(t *Target) bool {
		return t.Backend != nil && (t.Backend.Speaks.V == SpeaksTCP || t.Backend.Speaks.V == SpeaksTLS)
	}
	switch {
	case route.Mode.V == ModeNone:
		return "http"
	case slices.ContainsFunc(route.Targets, bytes):
		return "tls"
	}
	return "https"
}
