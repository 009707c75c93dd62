package check

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var missingTimeout = &Rule{
	Code: "FL609", Name: "missing-timeout", Severity: diag.Error, Since: "0.2",
	Doc: "a proxy that states one of the timeouts connect, client and server states all three",
	Why: "a phase without a timeout waits for ever, and connections whose other end has gone pile up (HAProxy " +
		"configuration manual, 4.2, timeout connect, client and server; haproxy -c warns of it, measured)",
	Wire: "nothing, until somebody falls silent: without timeout connect an attempt lasts as long as the kernel " +
		"repeats its SYN, without timeout client or server the connection stands until the silent side ends it",
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
			var missing []string
			var first *flow.Timeout
			for _, kind := range []string{"connect", "client", "server"} {
				if t := timeoutOf(proxy.Timeouts, kind); t == nil {
					missing = append(missing, "timeout "+kind)
				} else if first == nil {
					first = t
				}
			}
			if first == nil || len(missing) == 0 {
				continue
			}
			d := p.Report(first.At, "proxy %q states this timeout and no %s: it waits for ever there", proxy.Name, strings.Join(missing, " and no "))
			d.Help = fmt.Sprintf("add %s as well to proxy %q, for example 30s", strings.Join(missing, " and "), proxy.Name)
		}
	},
}

// timeoutOf returns the timeout of a kind; nil where it is not stated.
func timeoutOf(list []flow.Timeout, kind string) *flow.Timeout {
	for i := range list {
		if list[i].Kind == kind {
			return &list[i]
		}
	}
	return nil
}
