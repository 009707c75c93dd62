package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// deriveRequests gives a model without requests one for each route with a
// host, from the first client through the outermost proxy.
func (r *resolver) deriveRequests() {
	seen := map[asks]bool{}
	for _, route := range r.t.Routes {
		start := r.entrance(route)
		host := route.HostOn(start)
		if host == "" {
			continue
		}
		q := newRequest(flow.Decl{Name: route.Name})
		q.Derived = true
		q.From = r.t.Clients[0]
		q.TLS = flow.Default(q.From.End.TLS.V)
		q.Via = r.outermost(start)
		call := callOf(route, q.Via, strings.Replace(host, "*", "any", 1))
		q.Calls = []flow.Call{call}
		if route.SNI.V != flow.SNINone {
			q.SNI = flow.Default(SNIOf(call.Host))
		}
		q.Fields = fieldsFor(route)
		if key := (asks{q.Via, call, q.SNI.V, fmt.Sprint(q.Fields)}); !seen[key] {
			seen[key], r.made[q] = true, true
			r.t.Requests = append(r.t.Requests, q)
			r.requests.supply("request", q.Name, q)
		}
	}
}

// asks is what a derived request asks for, to tell it from another one: the
// routes of a chain of proxies often have one host.
type asks struct {
	via         *flow.Proxy
	call        flow.Call
	sni, fields string
}

// entrance is the proxy that a request for the route must come to: the one
// that its name leads to, else the first that serves it, else the first.
func (r *resolver) entrance(route *flow.Route) *flow.Proxy {
	if found, _ := r.t.Over(strings.TrimPrefix(route.Host.V, "*.")); len(found) > 0 {
		return found[0]
	}
	if len(route.Proxies) > 0 {
		return route.Proxies[0]
	}
	return r.t.Proxies[0]
}

// outermost goes from a proxy to the one before it for as long as there is one.
// Chains end: their circles were broken.
func (r *resolver) outermost(p *flow.Proxy) *flow.Proxy {
	for r.fronts[p] != nil {
		p = r.fronts[p]
	}
	return p
}

// callOf is the request that reaches a route: the scheme by its mode, the port
// by what the outermost proxy listens on.
func callOf(route *flow.Route, via *flow.Proxy, host string) flow.Call {
	path := route.Path.V
	if path == "" {
		path = "/"
	}
	c := flow.Call{Method: "GET", Scheme: "https", Host: host, Path: path}
	kind := flow.ListenHTTPS
	switch {
	case route.Mode.V == flow.ModeNone:
		c.Scheme, kind = "http", flow.ListenHTTP
	case !speaksHTTP(route):
		c.Method, c.Scheme, c.Path = "CONNECT", "tls", "/"
	}
	c.Port = portFor(route, via, kind, defaultPorts[c.Scheme])
	return c
}

// defaultPorts of the schemes.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443}

// speaksHTTP reports whether what the route carries is HTTP: its backends say
// otherwise, or do not.
func speaksHTTP(route *flow.Route) bool {
	return !slices.ContainsFunc(route.Targets, func(t *flow.Target) bool {
		return t.Backend != nil && (t.Backend.Speaks.V == flow.SpeaksTCP || t.Backend.Speaks.V == flow.SpeaksTLS)
	})
}

// portFor chooses among the ports of a proxy that fit: the one that the route
// is on, else the default port of the scheme, else the first.
func portFor(route *flow.Route, via *flow.Proxy, kind flow.ListenKind, standard int) int {
	var fit []int
	for _, l := range via.Listeners {
		if (l.Kind == kind || l.Kind == flow.ListenTCP) && (!slices.Contains(route.Proxies, via) || route.Serves(l)) {
			fit = append(fit, l.Port)
		}
	}
	if len(fit) == 0 || slices.Contains(fit, standard) {
		return standard
	}
	return fit[0]
}

// fieldsFor are the header fields that a route's match statements ask for.
func fieldsFor(route *flow.Route) []flow.HeaderField {
	var out []flow.HeaderField
	var cookies []string
	for _, m := range route.Matches {
		if m.Kind == "cookie" {
			cookies = append(cookies, m.Name+"="+m.Value)
			continue
		}
		out = append(out, flow.HeaderField{Name: m.Name, Value: m.Value})
	}
	if len(cookies) > 0 {
		out = append(out, flow.HeaderField{Name: "Cookie", Value: strings.Join(cookies, "; ")})
	}
	return out
}
