package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var tunnelTimeout = &Rule{
	Code: "FL610", Name: "tunnel-timeout", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "a proxy that states a server timeout and carries tunnels, passthrough or WebSocket, states a tunnel timeout",
	Why: "what is relayed knows no requests, so that a quiet tunnel looks like a server that does not answer: " +
		"timeout tunnel takes over from timeout client and server where one is stated (HAProxy configuration manual, " +
		"4.2, timeout tunnel)",
	Wire: "a tunnel that is quiet for as long as the timeout gets RST towards the server and FIN towards the " +
		"client, with neither an alert nor a status, where edge would have answered 504 (measured); a WebSocket ends " +
		"in the same way after its 101",
	Except: "the tunnels are never quiet for that long, because of pings for instance",
	Bad: `proxy haproxy {
    listen https :443
    timeout connect 5s
    timeout client 30s
    timeout server 30s
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Good: `proxy haproxy {
    listen https :443
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 1h
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Run: func(p *Pass) {
		upgraded := map[*flow.Route]source.Span{}
		for _, q := range p.Topology.Requests {
			if q.Upgrade.IsSet() {
				for _, r := range p.course(q).answered {
					upgraded[r] = q.Upgrade.At
				}
			}
		}
		first := once[*flow.Timeout]()
		p.routes(func(r *flow.Route) {
			what, tunnel := tunnelled(r), known(r.Mode.At, r.At)
			if at, ok := upgraded[r]; ok {
				what, tunnel = "becomes a tunnel after 101", at
			}
			if what == "" {
				return
			}
			for _, proxy := range r.Proxies {
				server := flow.FindTimeout(r.Timeouts, "server")
				if server == nil {
					server = flow.FindTimeout(proxy.Timeouts, "server")
				}
				if server == nil || flow.FindTimeout(r.Timeouts, "tunnel") != nil || flow.FindTimeout(proxy.Timeouts, "tunnel") != nil || !first(server) {
					continue
				}
				d := p.Report(server.At, "route %q %s, and is closed after %s without a byte: there is no timeout tunnel", r.Name, what, inTime(server.Millis))
				related(d, tunnel, "a tunnel because of this")
				d.Suggest(because(way(add(inProxy(proxy), diag.FactTimeout, "tunnel", "1h")), "as long as a tunnel may be idle"))
			}
		}, flow.Modes...)
	},
}

// tunnelled is what a route carries without reading it, in words; "" where it
// reads HTTP.
func tunnelled(r *flow.Route) string {
	if r.Mode.V == flow.ModePassthrough {
		return "relays TLS"
	}
	some := false
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if !r.Serves(l) {
				continue
			}
			if l.Kind != flow.ListenTCP {
				return ""
			}
			some = true
		}
	}
	if some {
		return "relays bytes"
	}
	return ""
}
