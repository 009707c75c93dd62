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
		start := c.entrance(route)
		host := route.HostOn(start)
		if host == "" {
			continue
		}
		q := &Request{Decl: Decl{Name: route.Name, Origin: OriginSupplied}}
		q.Derived = true
		q.From = c.t.Clients[0]
		q.TLS = Default(q.From.End.TLS.V)
		q.Via = c.outermost(start)
		call := callTo(route, q.Via, strings.Replace(host, "*", "any", 1))
		q.Calls = []Call{call}
		if route.SNI.V != SNINone {
			q.SNI = Default(SNIOf(call.Host))
		}
		q.Times = Default(1)
		q.Fields = fieldsFor(route)
		if key := (asks{q.Via, call, q.SNI.V, fmt.Sprint(q.Fields)}); !seen[key] {
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
	if found, _ := c.t.Over(strings.TrimPrefix(route.Host.V, "*.")); len(found) > 0 {
		return found[0]
	}
	if len(route.Proxies) > 0 {
		return route.Proxies[0]
	}
	return c.t.Proxies[0]
}

// outermost goes from a proxy to the one before it for as long as there is one.
// Chains end: their circles were broken.
func (c *completion) outermost(p *Proxy) *Proxy {
	for c.fronts[p] != nil {
		p = c.fronts[p]
	}
	return p
}

// callTo is the request that reaches a route: the scheme by its mode, the port
// by what the outermost proxy listens on.
func callTo(route *Route, via *Proxy, host string) Call {
	c := Call{Method: "GET", Scheme: "https", Host: host, Path: orRoot(route.Path.V)}
	kind := ListenHTTPS
	switch {
	case route.Mode.V == ModeNone:
		c.Scheme, kind = "http", ListenHTTP
	case !speaksHTTP(route):
		c.Method, c.Scheme, c.Path = "CONNECT", "tls", "/"
	}
	c.Port = portTo(route, via, kind, defaultPorts[c.Scheme])
	return c
}

// speaksHTTP reports whether what the route carries is HTTP: its backends say
// otherwise, or do not.
func speaksHTTP(route *Route) bool {
	return !slices.ContainsFunc(route.Targets, func(t *Target) bool {
		return t.Backend != nil && (t.Backend.Speaks.V == SpeaksTCP || t.Backend.Speaks.V == SpeaksTLS)
	})
}

// portTo chooses among the ports of a proxy that fit: the one that the route
// is on, else the default port of the scheme, else the first.
func portTo(route *Route, via *Proxy, kind ListenKind, standard int) int {
	var fit []int
	for _, l := range via.Listeners {
		if (l.Kind == kind || l.Kind == ListenTCP) && (!slices.Contains(route.Proxies, via) || route.Serves(l)) {
			fit = append(fit, l.Port)
		}
	}
	if len(fit) == 0 || slices.Contains(fit, standard) {
		return standard
	}
	return fit[0]
}

// fieldsFor are the header fields that a route's match statements ask for.
func fieldsFor(route *Route) []HeaderField {
	var out []HeaderField
	var cookies []string
	for _, m := range route.Matches {
		if m.Kind == "cookie" {
			cookies = append(cookies, m.Name+"="+m.Value)
			continue
		}
		out = append(out, HeaderField{Name: m.Name, Value: m.Value})
	}
	if len(cookies) > 0 {
		out = append(out, HeaderField{Name: "Cookie", Value: strings.Join(cookies, "; ")})
	}
	return out
}
