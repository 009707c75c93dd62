package check

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var timeoutBelowRetries = &Rule{
	Code: "FL612", Name: "timeout-below-retries", Severity: diag.Warning, Since: "0.2",
	Doc: "a proxy waits longer for the proxy behind it than that one's retries take",
	Why: "attempts to connect to a server are one second apart, or timeout connect if that is less (HAProxy " +
		"configuration manual, 4.2, retries and timeout connect). With three retries a server that refuses gives " +
		"503 only after three seconds (measured)",
	Wire: "the proxy behind sends its SYNs, one second apart. Meanwhile the proxy in front closes with RST and " +
		"answers 504 itself, or closes with FIN if it relays TLS. The 503 of the proxy behind never reaches the " +
		"client",
	Except: "the first proxy is meant to give up earlier, and clients expect its response",
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
			if p.model.doubt.isTorn(r) {
				return
			}
			var found []retrying
			seen := map[*flow.Proxy]bool{}
			for _, t := range r.Targets {
				if t.Proxy != nil {
					found = append(found, retryingBehind(t.Proxy, r.FirstHost(), seen)...)
				}
			}
			for _, b := range found {
				for _, up := range r.Proxies {
					if up != b.proxy {
						p.belowRetries(r, up, b)
					}
				}
			}
		}, flow.Modes...)
	},
}

// retrying is a proxy that tries again, and for how long.
type retrying struct {
	proxy        *flow.Proxy
	pause, lasts int64
}

// retryingBehind are the proxies that state retries, among one and those to which
// it sends what asks for a host.
func retryingBehind(at *flow.Proxy, host string, seen map[*flow.Proxy]bool) []retrying {
	if seen[at] {
		return nil
	}
	seen[at] = true
	var out, behind []retrying
	pause := int64(0)
	for r := range routesOf(at, host) {
		pause = max(pause, retryPause(at, r))
		for _, t := range r.Targets {
			if t.Proxy != nil {
				behind = append(behind, retryingBehind(t.Proxy, host, seen)...)
			}
		}
	}
	if pause == 0 { // no route is known
		pause = retryPause(at, nil)
	}
	if at.Retries.IsSet() && at.Retries.V > 0 {
		out = append(out, retrying{at, pause, int64(at.Retries.V) * pause})
	}
	return append(out, behind...)
}

// retryPause is how long a proxy waits between its attempts for a route.
func retryPause(p *flow.Proxy, r *flow.Route) int64 {
	const second = 1000
	if c, ok := p.Limit(r, "connect"); ok {
		return min(second, c.Millis)
	}
	return second
}

// routesOf are the routes of a proxy that a host can lead to; all of them for a
// wildcard and for none.
func routesOf(p *flow.Proxy, host string) iter.Seq[*flow.Route] {
	if host == "" || strings.HasPrefix(host, "*") {
		return slices.Values(p.Routes)
	}
	return p.RoutesFor(host)
}

// belowRetries reports a proxy that gives up before another one behind it does.
func (p *Pass) belowRetries(r *flow.Route, up *flow.Proxy, b retrying) {
	server, ok := up.WaitLimit(r)
	if !ok || !server.Stated || server.Millis > b.lasts {
		return
	}
	end := "clients get 504"
	if r.Mode.V == flow.ModePassthrough || r.Relayed() {
		end = "the connection is closed"
	}
	d := p.Report(server.At, "proxy %q gives up after %s, while proxy %q still retries, for %s: %s",
		up.Name, inTime(server.Millis), b.proxy.Name, inTime(b.lasts), end)
	related(d, b.proxy.Retries.At, "proxy %q makes %d retries, %s apart", b.proxy.Name, b.proxy.Retries.V, inTime(b.pause))
	in := inProxy(up)
	if server.Route != nil {
		in = inRoute(r)
	}
	fewer := state(inProxy(b.proxy), diag.FactRetries, b.proxy.Retries, []string{strconv.Itoa(b.proxy.Retries.V)}, strconv.FormatInt((server.Millis-1)/b.pause, 10))
	d.Suggest(way(timeout(in, server.Timeout, b.lasts+1000)), way(fewer))
}
