package check

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var frontGivesUp = &Rule{
	Code: "FL615", Name: "front-gives-up", Severity: diag.Warning, Since: "0.3", Scope: ScopePorts,
	Doc: "a proxy waits as long for the next one as a route behind it is allowed to take",
	Why: "timeout server holds for each hop alone, and the shortest one of a chain decides (HAProxy configuration manual, 4.2, " +
		"timeout server, timeout tunnel): what a route states to be longer has no effect behind a proxy that gives up before",
	Wire: "the proxy in front answers 504 at its own timeout server, while the proxy behind still waits for its server and " +
		"drops what comes then; a relay in front closes the connection without an answer, and an idle tunnel is closed by the " +
		"shorter timeout tunnel (measured with HAProxy 2.6.12, two in a row: server 2s before 8s and an answer after 5 s give 504 " +
		"after 2 s, and 200 without the proxy in front; tcp in front closes after 2 s; tunnel 3s before 10s closes after 3 s)",
	Except: "the proxy in front is meant to give up first: then the route behind needs no time of its own",
	Bad: `proxy front {
    listen https :443
    timeout connect 5s
    timeout client 60s
    timeout server 30s
}
proxy ingress {
    listen http :8080
    timeout connect 5s
    timeout client 60s
    timeout server 20s
}

route apps on front {
    host reports.apps.example.test
    tls edge
    to ingress:8080
}
route reports on ingress {
    host reports.apps.example.test
    tls none
    timeout server 120s
    to reports
}
`,
	Good: `proxy front {
    listen https :443
    timeout connect 5s
    timeout client 60s
    timeout server 125s
}
proxy ingress {
    listen http :8080
    timeout connect 5s
    timeout client 60s
    timeout server 20s
}

route apps on front {
    host reports.apps.example.test
    tls edge
    to ingress:8080
}
route reports on ingress {
    host reports.apps.example.test
    tls none
    timeout server 120s
    to reports
}
`,
	Run: func(p *Pass) {
		var all []*impatient
		known := map[*flow.Timeout]*impatient{}
		p.eachBehind(func(front *flow.Route, up *flow.Proxy, behind *flow.Route, at *flow.Proxy) {
			for _, kind := range []string{"server", "tunnel"} {
				own := flow.FindTimeout(behind.Timeouts, kind)
				limit, ok := frontLimit(up, front, kind)
				if own == nil || !ok || !limit.Stated || limit.Millis >= own.Millis {
					continue
				}
				f := known[limit.Timeout]
				if f == nil {
					f = &impatient{limit: limit, front: front, at: at, kind: kind}
					known[limit.Timeout], all = f, append(all, f)
				}
				if !slices.Contains(f.routes, behind) {
					f.routes, f.own = append(f.routes, behind), append(f.own, own)
				}
			}
		})
		for _, f := range all {
			p.reportImpatient(f)
		}
	},
}

// impatient is a timeout of a proxy in front that is shorter than those which routes of
// the next proxy state for themselves.
type impatient struct {
	limit  flow.Limit
	front  *flow.Route // by which the first of them is reached
	at     *flow.Proxy
	kind   string
	routes []*flow.Route
	own    []*flow.Timeout // of each of them
}

// frontLimit is the timeout with which a proxy gives up what it sends to the next one: the
// time for an answer, or for which a tunnel may be idle.
func frontLimit(up *flow.Proxy, front *flow.Route, kind string) (flow.Limit, bool) {
	if kind == "tunnel" {
		return up.Limit(front, "tunnel")
	}
	return up.WaitLimit(front)
}

// eachBehind calls f for each route that leads from a proxy to the next one, and each route
// there that takes some of what it sends.
func (p *Pass) eachBehind(f func(front *flow.Route, up *flow.Proxy, behind *flow.Route, at *flow.Proxy)) {
	first := once[[3]any]()
	timed := map[*flow.Proxy][]*flow.Route{} // that state timeouts: a wildcard in front leads to any of them
	for _, r := range p.Topology.Routes {
		for _, on := range r.Proxies {
			if len(r.Timeouts) > 0 {
				timed[on] = append(timed[on], r)
			}
		}
	}
	for _, front := range p.Topology.Routes {
		sentTo(front, func(t *flow.Target) {
			if t.Proxy == nil || len(timed[t.Proxy]) == 0 || p.model.doubt.any(front) {
				return
			}
			port := front.NextPort(t)
			for _, up := range front.Proxies {
				behind := slices.Values(timed[t.Proxy])
				if host := front.HostOn(up); host != "" && host[0] != '*' {
					behind = t.Proxy.RoutesFor(host)
				}
				for r := range behind {
					if port == nil || !r.Serves(port) || !port.Takes(r) || !sharesHost(front, up, r, t.Proxy) || !sharesPath(front, r) ||
						len(r.Timeouts) == 0 || p.model.doubt.any(r) || !first([3]any{front, up, r}) {
						continue
					}
					f(front, up, r, t.Proxy)
				}
			}
		})
	}
}

func (p *Pass) reportImpatient(f *impatient) {
	longest := slices.MaxFunc(f.own, func(a, b *flow.Timeout) int { return cmp.Compare(a.Millis, b.Millis) })
	end := "clients get 504"
	if f.kind == "tunnel" || f.front.Mode.V == flow.ModePassthrough || f.front.Relayed() {
		end = "the connection is closed"
	}
	allowed := "may take"
	if f.kind == "tunnel" {
		allowed = "may be idle for"
	}
	d := p.Report(f.limit.At, "proxy %q gives up after %s, and %s of proxy %q behind it %s %s: %s", f.limit.Proxy.Name,
		inTime(f.limit.Millis), routesInWords(f.routes), f.at.Name, allowed, inTime(longest.Millis), end)
	for i, o := range f.own {
		related(d, o.At, "route %q states its own timeout here", f.routes[i].Name)
	}
	in := inProxy(f.limit.Proxy)
	if f.limit.Route != nil {
		in = inRoute(f.limit.Route)
	}
	d.Suggest(because(way(timeout(in, f.limit.Timeout, longest.Millis+5000)), "5s more than the routes behind it may take"))
	var less []diag.Step
	for i, o := range f.own {
		less = append(less, timeout(inRoute(f.routes[i]), o, f.limit.Millis))
	}
	d.Suggest(given(way(less...), "what takes longer than %s is meant to fail", inTime(f.limit.Millis)))
}
