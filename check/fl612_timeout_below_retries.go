package check

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var timeoutBelowRetries = &Rule{
	Code: "FL612", Name: "timeout-below-retries", Severity: diag.Warning, Since: "0.2",
	Doc: "a proxy before another one waits longer for it than that one's retries take",
	Why: "the attempts to connect to a server are a second apart, or timeout connect where that is less (HAProxy " +
		"configuration manual, 4.2, retries and timeout connect): with three retries a server that refuses is a 503 " +
		"only after three seconds (measured)",
	Wire: "the proxy behind sends its SYNs, a second apart; the one before it hangs up meanwhile with RST and " +
		"answers 504 itself, or FIN where it relays TLS, so that the 503 of the one behind never reaches the client",
	Except: "the first proxy is meant to give up sooner, and its answer is the one that clients know",
	Bad: `proxy cdn {
    listen https :443
    timeout connect 1s
    timeout client 30s
    timeout server 2s
}
proxy haproxy {
    listen http :80
    retries 4
}

backend shop {
    server shop-1 10.0.1.11:8080 refuses
}

route cdn on cdn {
    host shop.example.test
    tls edge
    to haproxy:80
}
route shop on haproxy {
    tls none
    to shop
}
`,
	Good: `proxy cdn {
    listen https :443
    timeout connect 1s
    timeout client 30s
    timeout server 10s
}
proxy haproxy {
    listen http :80
    retries 4
}

backend shop {
    server shop-1 10.0.1.11:8080 refuses
}

route cdn on cdn {
    host shop.example.test
    tls edge
    to haproxy:80
}
route shop on haproxy {
    tls none
    to shop
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			for _, t := range r.Targets {
				if t.Proxy == nil || !t.Proxy.Retries.IsSet() || p.model.doubt.isTorn(r) {
					continue
				}
				for _, up := range r.Proxies {
					server := timeoutTowards(r, up)
					pause := int64(1000)
					if c := flow.FindTimeout(t.Proxy.Timeouts, "connect"); c != nil {
						pause = min(pause, c.Millis)
					}
					retries := int64(t.Proxy.Retries.V) * pause
					if server == nil || server.Millis > retries {
						continue
					}
					end := "clients get 504"
					if r.Mode.V == flow.ModePassthrough || r.Relayed() {
						end = "the connection is closed"
					}
					d := p.Report(server.At, "proxy %q gives up after %s, while proxy %q still retries, for %s: %s",
						up.Name, inTime(server.Millis), t.Proxy.Name, inTime(retries), end)
					related(d, t.Proxy.Retries.At, fmt.Sprintf("%d retries, %s apart", t.Proxy.Retries.V, inTime(pause)))
					in := inProxy(up)
					if slices.ContainsFunc(r.Timeouts, func(own flow.Timeout) bool { return own.At == server.At }) {
						in = inRoute(r)
					}
					fewer := state(inProxy(t.Proxy), diag.FactRetries, t.Proxy.Retries, []string{strconv.Itoa(t.Proxy.Retries.V)}, strconv.FormatInt((server.Millis-1)/pause, 10))
					d.Suggest(way(timeout(in, server, retries+1000)), way(fewer))
				}
			}
		}, flow.Modes...)
	},
}

// timeoutTowards is the timeout with which a proxy waits for whom a route leads to,
// nil where none is stated: that of servers, and where it relays that of
// tunnels, which takes its place.
func timeoutTowards(r *flow.Route, up *flow.Proxy) *flow.Timeout {
	kinds := []string{"server"}
	if r.Mode.V == flow.ModePassthrough || r.Relayed() {
		kinds = []string{"tunnel", "server"}
	}
	for _, kind := range kinds {
		for _, list := range [][]flow.Timeout{r.Timeouts, up.Timeouts} {
			if t := flow.FindTimeout(list, kind); t != nil {
				return t
			}
		}
	}
	return nil
}
