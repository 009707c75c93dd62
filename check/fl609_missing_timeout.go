package check

import (
	"cmp"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var missingTimeout = &Rule{
	Code: "FL609", Name: "missing-timeout", Severity: diag.Error, Since: "0.2",
	Doc: "a proxy that states one of timeout connect, client and server states all three, or its routes state " +
		"connect and server",
	Why: "without a timeout a proxy can wait indefinitely, and connections whose other end is gone accumulate " +
		"(HAProxy configuration manual, 4.2, timeout connect, client and server; haproxy -c warns, measured)",
	Wire: "nothing, until one side stops sending. Without timeout connect an attempt lasts as long as the kernel " +
		"repeats its SYN. Without timeout client or server the connection stays open until the silent side closes " +
		"it. A route's own timeout connect or server holds for that route; if every route of the proxy states it, " +
		"HAProxy does not warn (measured)",
	Bad: `proxy haproxy {
    listen https :443
    timeout client 30s
    timeout server 30s
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `proxy haproxy {
    listen https :443
    timeout connect 5s
    timeout client 30s
    timeout server 30s
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			missing := proxy.MissingTimeouts()
			var stated []string
			var first *flow.Timeout
			for _, kind := range []string{"connect", "client", "server"} {
				if t := flow.FindTimeout(proxy.Timeouts, kind); t != nil {
					stated, first = append(stated, "timeout "+kind), cmp.Or(first, t)
				}
			}
			if first == nil || len(missing) == 0 {
				continue
			}
			var names, waits []string
			var steps []diag.Step
			for _, kind := range missing {
				names, waits = append(names, "timeout "+kind), append(waits, waitsFor[kind])
				steps = append(steps, add(inProxy(proxy), diag.FactTimeout, kind, "30s"))
			}
			d := p.Report(first.At, "proxy %q states %s, but no %s: it can wait indefinitely for %s",
				proxy.Name, strings.Join(stated, " and "), strings.Join(names, " and no "), strings.Join(waits, " and for "))
			d.Suggest(because(way(steps...), "30s is an example, choose the longest time that the proxy is to wait"))
			for _, kind := range missing {
				relatedRoute(d, proxy, kind)
			}
		}
	},
}

// relatedRoute names the first route of a proxy to which a timeout is missing that
// another one states for itself.
func relatedRoute(d *diag.Diagnostic, proxy *flow.Proxy, kind string) {
	var without *flow.Route
	some := false
	for _, r := range proxy.Routes {
		if _, ok := proxy.Limit(r, kind); ok {
			some = true
		} else if without == nil {
			without = r
		}
	}
	if some && without != nil {
		related(d, without.At, "route %q has no timeout %s", without.Name, kind)
	}
}

// waitsFor is what a proxy waits for with each of its timeouts.
var waitsFor = map[string]string{"connect": "a connection to a server", "client": "its clients", "server": "the response of a server"}
