package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var identityHeader = &Rule{
	Code: "FL506", Name: "identity-header", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "a header that names the client of a certificate is overwritten on every way to the servers that read it",
	Why: "the servers trust the header because a proxy sets it after it verified the certificate. A header that no " +
		"proxy sets or deletes is passed on as the client sent it (RFC 9110, 7.6; by RFC 9440, 4, a proxy removes " +
		"such a header from requests of clients)",
	Wire: "a client sends the header itself, in a request for the route that does not change it. The server gets " +
		"the name that the client chose; nothing fails (measured)",
	Except: "the servers do not read that header in requests of the second route",
	Bad: `ca staff-ca
certificate staff { issuer staff-ca }
client staff { certificate staff }

proxy haproxy {
    listen https :443 { client-certificate required staff-ca }
    listen https :8443
}

route desk on haproxy:443 {
    host desk.example.test
    tls edge
    header request set X-Staff-Id "set by the proxy"
    to desk
}
route status on haproxy:8443 {
    host desk.example.test
    path /status
    tls edge
    to desk
}
`,
	Good: `ca staff-ca
certificate staff { issuer staff-ca }
client staff { certificate staff }

proxy haproxy {
    listen https :443 { client-certificate required staff-ca }
    listen https :8443
}

route desk on haproxy:443 {
    host desk.example.test
    tls edge
    header request set X-Staff-Id "set by the proxy"
    to desk
}
route status on haproxy:8443 {
    host desk.example.test
    path /status
    tls edge
    header request delete X-Staff-Id
    to desk
}
`,
	Run: func(p *Pass) {
		behind := map[*flow.Backend][]led{} // by each backend, the routes that lead there
		var setters []*flow.Route
		for _, r := range p.Topology.Routes {
			if asksClients(r) && slices.ContainsFunc(r.Headers, identifies) && !p.model.doubt.any(r) {
				setters = append(setters, r)
			}
		}
		if len(setters) == 0 {
			return
		}
		entered := p.entered()
		for _, r := range p.Topology.Routes {
			for _, l := range portsOf(r) {
				if !l.Takes(r) || !entered[l.Proxy] {
					continue
				}
				backends, over := r.BackendsFor(l, sample(r, l.Proxy))
				for _, b := range backends {
					behind[b] = append(behind[b], led{r, over})
				}
				break
			}
		}
		first := once[identity]()
		for _, r := range setters {
			for _, l := range portsOf(r) {
				if !l.Ends(r) {
					continue
				}
				backends, over := r.BackendsFor(l, sample(r, l.Proxy))
				for _, b := range backends {
					p.passingOnNames(r, over, b, behind[b], first)
				}
				break
			}
		}
	},
}

// led is a route to which clients come, and the routes that lead its requests on.
type led struct {
	route *flow.Route
	over  []*flow.Route
}

// identity is a header that a route passes on.
type identity struct {
	route *flow.Route
	name  string
}

// passingOnNames reports the routes to a backend that pass on, as it came, a header
// which another route sets by the client's certificate.
func (p *Pass) passingOnNames(setter *flow.Route, own []*flow.Route, b *flow.Backend, all []led, first func(identity) bool) {
	for _, h := range setter.Headers {
		if !identifies(h) {
			continue
		}
		for _, o := range all {
			if slices.Contains(own, o.route) || slices.Contains(o.over, setter) || slices.ContainsFunc(o.over, overwrites(h.Name)) ||
				p.model.doubt.any(o.route) || !first(identity{o.route, strings.ToLower(h.Name)}) {
				continue
			}
			at := o.route.At
			if i := slices.IndexFunc(o.route.Targets, func(t *flow.Target) bool { return t.Backend == b || t.Proxy != nil }); i >= 0 {
				at = o.route.Targets[i].At
			}
			d := p.Report(at, "route %q relays header %s as the client sends it, and backend %q gets the same header from route %q for clients with a certificate",
				o.route.Name, h.Name, b.Name, setter.Name)
			related(d, h.At, "route %q sets the header here", setter.Name)
			if o.route.Mode.V != flow.ModePassthrough {
				d.Suggest(way(add(inRoute(o.route), diag.FactHeader, "request", "delete", h.Name)))
				continue
			}
			d.Suggest(given(p.withoutRoute(o.route), "no traffic is meant to bypass the proxy"))
		}
	}
}

// asksClients reports whether the clients of a route are asked for a certificate,
// by it or by each port where their TLS ends.
func asksClients(r *flow.Route) bool {
	some := false
	for _, l := range portsOf(r) {
		if !l.Ends(r) {
			continue
		}
		auth := l.End.ClientCertificate.V
		if r.ClientCertificate.IsSet() {
			auth = r.ClientCertificate.V
		}
		if auth.Mode == flow.AuthNone {
			return false
		}
		some = true
	}
	return some
}

// aboutConnections are headers that say how a request came, and not who sent it.
var aboutConnections = []string{
	"connection", "forwarded", "host", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto",
	"x-forwarded-scheme", "x-forwarded-server", "x-forwarded-ssl", "x-real-ip", "x-request-id", "x-request-start",
}

// identifies reports whether a route sets a header that may say who the client is.
func identifies(h flow.HeaderAction) bool {
	return h.On == "request" && h.Do == "set" && !slices.Contains(aboutConnections, strings.ToLower(h.Name))
}

// overwrites is whether a route sets or deletes a header of requests.
func overwrites(name string) func(*flow.Route) bool {
	return func(r *flow.Route) bool {
		return r.Mode.V != flow.ModePassthrough && slices.ContainsFunc(r.Headers, func(h flow.HeaderAction) bool {
			return h.On == "request" && strings.EqualFold(h.Name, name)
		})
	}
}

// entered are the proxies to which clients come: a domain leads there, no route does,
// or a request of the model goes there.
func (p *Pass) entered() map[*flow.Proxy]bool {
	led, out := map[*flow.Proxy]bool{}, map[*flow.Proxy]bool{}
	for _, r := range p.Topology.Routes {
		for _, t := range r.Targets {
			led[t.Proxy] = true
		}
	}
	for _, proxy := range p.Topology.Proxies {
		out[proxy] = len(proxy.Domains) > 0 || !led[proxy]
	}
	for _, q := range p.Topology.Requests {
		if !q.Derived && q.From != nil && q.Via != nil {
			out[q.Via] = true
		}
	}
	return out
}
