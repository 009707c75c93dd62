package flow

import (
	"fmt"
	"slices"
	"strings"
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
		if key := (asks{q.Via, q.Calls[0], q.SNI.V, fmt.Sprint(q.Fields)}); !seen[key] {
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

// entrance is the proxy that a request for the route must come to: the one
// that its name leads to, else the first that serves it, else the first.
func (c *completion) entrance(route *Route) *Proxy {
	if found, _ := c.t.ProxiesOfDomain(strings.TrimPrefix(route.Host.V, "*.")); len(found) > 0 {
		return found[0]
	}
	if len(route.Proxies) > 0 {
		return route.Proxies[0]
	}
	return c.t.Proxies[0]
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
