package flow

import (
	"fmt"
	"slices"
)

// deriveRequests gives a model without requests one for each route with a
// host, from the first client through the outermost proxy.
func (c *completion) deriveRequests() {
	seen := map[asks]bool{}
	for _, route := range c.t.Routes {
		at := c.entrance(route)
		host := route.HostOn(at)
		if host == "" {
			continue
		}
		scheme := schemeOf(route)
		via, port := c.t.wayTo(route, at, scheme)
		if port == 0 {
			port = defaultPorts[scheme]
		}
		if l := via.Listens(port); scheme == "http" && l != nil && l.Kind == ListenHTTPS {
			scheme = "https" // TLS ends at a proxy in front of the route's own
		}
		q := c.t.ask(route, via, Call{Scheme: scheme, Host: host, Port: port})
		key := asks{via: q.Via, call: q.Calls[0], sni: q.SNI.V}
		if len(q.Fields) > 0 {
			key.fields = fmt.Sprint(q.Fields)
		}
		if !seen[key] {
			seen[key], c.made[q] = true, true
			c.t.Requests = append(c.t.Requests, q)
			c.requests.supply(DeclRequest, q.Name, q)
		}
	}
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
