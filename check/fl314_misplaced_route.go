package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var misplacedRoute = &Rule{
	Code: "FL314", Name: "misplaced-route", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "a route is on a port that can do what its mode says",
	Why: "an http port speaks no TLS, and a tcp port without a certificate ends none: it relays what comes, and reads no " +
		"path or header (HAProxy configuration manual, 4.2, mode, and 5.1, ssl); the Gateway API attaches an HTTPRoute to " +
		"listeners that terminate alone",
	Wire: "on a relay, the client's ClientHello goes to the server as it came, whatever the route says: to a server that " +
		"speaks plaintext, which answers 400 in clear. On an http port it is answered with that 400 by the proxy, and to a " +
		"port that is not there with RST",
	Bad: `proxy haproxy {
    listen tcp :443
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `proxy haproxy {
    listen https :443
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		first := once[*flow.Proxy]()
		for _, r := range p.Topology.Routes {
			if deadRedirect(r) {
				p.explainPlaintext(r)
				if first(r.Proxies[0]) {
					p.reportRedirect(r)
				}
			}
			ports := portsOf(r)
			if !r.Mode.Said() || len(ports) == 0 || slices.ContainsFunc(ports, func(l *flow.Listener) bool { return fits(l, r) }) {
				continue
			}
			p.explainHost(r)
			var where []string
			for _, l := range ports {
				where = append(where, fmt.Sprintf("%s :%d", l.Kind, l.Port))
			}
			d := p.Report(r.Mode.At, "route %q is %s, and no port that serves it can be: %q has %s",
				r.Name, r.Mode.V, ports[0].Proxy.Name, strings.Join(where, ", "))
			related(d, ports[0].At, "served here")
			d.Help = needs[r.Mode.V]
		}
	},
}

// deadRedirect reports whether a route redirects plaintext that comes to no
// port of its own.
func deadRedirect(r *flow.Route) bool {
	return r.Insecure.V == flow.InsecureRedirect && len(portsOf(r)) > 0 &&
		!slices.ContainsFunc(portsOf(r), func(l *flow.Listener) bool { return l.Kind == flow.ListenHTTP })
}

// reportRedirect warns of a redirect that no port can answer, once a proxy.
func (p *Pass) reportRedirect(r *flow.Route) {
	d := p.Report(r.Insecure.At, "route %q redirects plaintext, and no port that serves it takes any", r.Name)
	d.Severity = diag.Warning
	related(d, portsOf(r)[0].At, "served here")
	d.Help = "add a port for it: listen http :80; or leave the redirect out"
}

// explainPlaintext explains the plaintext requests for a route's host that find
// no port.
func (p *Pass) explainPlaintext(r *flow.Route) {
	for _, q := range p.Topology.Requests {
		if len(q.Calls) > 0 && q.Calls[0].Scheme == "http" && p.Courses.Of(q).Outcome.Fault == flow.FaultNoListener &&
			slices.ContainsFunc(r.Proxies, func(on *flow.Proxy) bool { return flow.HostMatches(r.HostOn(on), q.Calls[0].Host) }) {
			p.explain(q)
		}
	}
}

// needs is the port that a mode needs.
var needs = map[flow.Mode]string{
	flow.ModeNone:        "serve it on a port that takes plaintext: listen http",
	flow.ModeEdge:        "serve it on a port that ends TLS: listen https, or listen tcp with a certificate",
	flow.ModeReencrypt:   "serve it on a port that ends TLS: listen https, or listen tcp with a certificate",
	flow.ModePassthrough: "serve it on a port that TLS comes to: listen tcp or https",
}

// portsOf are the ports that serve a route.
func portsOf(r *flow.Route) []*flow.Listener {
	var out []*flow.Listener
	for _, proxy := range r.Proxies {
		for _, l := range proxy.Listeners {
			if r.Serves(l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// fits reports whether a port can do what a route's mode says, be it only to
// redirect.
func fits(l *flow.Listener, r *flow.Route) bool {
	switch r.Mode.V {
	case flow.ModeEdge, flow.ModeReencrypt:
		return l.Takes(r) && !l.Relays(r)
	case flow.ModeNone: // on a relay a host is an SNI, which plaintext has not
		return l.Takes(r) && !(l.Relays(r) && r.HostOn(l.Proxy) != "" && plaintextServers(r))
	case flow.ModePassthrough:
		return l.Takes(r)
	}
	panic("check: unknown mode")
}

// plaintextServers reports whether every server of a route is said to speak
// plaintext.
func plaintextServers(r *flow.Route) bool {
	return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend == nil || !t.Backend.Speaks.Said() || t.Backend.Speaks.V.TLS()
	})
}
