package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var misplacedRoute = &Rule{
	Code: "FL314", Name: "misplaced-route", Severity: diag.Error, Since: "0.2",
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
		for _, r := range p.Topology.Routes {
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
	terminates := r.Mode.V == flow.ModeEdge || r.Mode.V == flow.ModeReencrypt
	return l.Takes(r) && !(terminates && l.Relays(r))
}
