package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var tunnelTimeout = &Rule{
	Code: "FL610", Name: "tunnel-timeout", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "a proxy with a client or server timeout that carries tunnels, passthrough or WebSocket, has a tunnel " +
		"timeout",
	Why: "relayed bytes have no requests and responses, so an idle tunnel looks like a server that does not " +
		"answer. timeout tunnel replaces timeout client and server in a tunnel (HAProxy configuration manual, " +
		"4.2, timeout tunnel)",
	Wire: "a tunnel that is idle for the shorter one of timeout client and timeout server gets FIN towards the " +
		"client, without an alert or a status; edge would answer 504. The server gets RST, or FIN if the client's " +
		"timeout was the shorter one. A WebSocket ends in the same way after its 101. In a chain the shortest " +
		"timeout of all proxies ends it (measured with HAProxy 2.6.12, one and two in a row)",
	Except: "the tunnels are never idle for that long, for instance because of pings; timeouts of an hour and more are meant for tunnels, too, and are not reported",
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
		upgraded := map[*flow.Route]*flow.Request{}
		for _, q := range p.Topology.Requests {
			if !q.Upgrade.IsSet() {
				continue
			}
			for _, r := range p.course(q).taken {
				if upgraded[r] == nil && p.course(q).outcome.Fault == flow.FaultNone {
					upgraded[r] = q
				}
			}
		}
		first := once[*flow.Timeout]()
		p.routes(func(r *flow.Route) {
			what, tunnel := tunnelled(r), known(r.Mode.At, r.At)
			q := upgraded[r]
			if q != nil {
				what, tunnel = "becomes a tunnel after 101", q.Upgrade.At
			}
			if what == "" {
				return
			}
			for _, proxy := range r.Proxies {
				limit, ok := idleLimit(proxy, r)
				if !ok || limit.Kind == "tunnel" || !limit.Stated || limit.Millis >= longTunnel || !first(limit.Timeout) {
					continue
				}
				d := p.Report(limit.At, "route %q %s, and %s", r.Name, what, p.endsIdle(r, q, limit))
				if q != nil {
					related(d, tunnel, "request %q asks for the tunnel here", q.Name)
				} else {
					related(d, tunnel, "route %q relays what it does not read, by this", r.Name)
				}
				if own := flow.FindTimeout(r.Timeouts, "tunnel"); own != nil {
					related(d, own.At, "this timeout of route %q holds only behind the stage that looks at the SNI", r.Name)
				}
				d.Suggest(because(way(add(inProxy(proxy), diag.FactTimeout, "tunnel", "1h")), "set it to the longest time that a tunnel is idle"))
			}
		}, flow.Modes...)
	},
}

// longTunnel is the timeout of tunnels that is suggested, in milliseconds. A model with
// a longer timeout for all connections takes tunnels into account.
const longTunnel = 3_600_000

// idleLimit is the timeout that ends an idle tunnel of a route at a proxy: the
// shortest one of the ports that serve it.
func idleLimit(p *flow.Proxy, r *flow.Route) (shortest flow.Limit, ok bool) {
	for _, l := range p.Listeners {
		if !l.Takes(r) {
			continue
		}
		if limit, found := p.IdleLimitOn(l, r); found && (!ok || limit.Millis < shortest.Millis) {
			shortest, ok = limit, true
		}
	}
	return shortest, ok
}

// endsIdle says when a tunnel of a route is closed: by this timeout, or before
// by another one on its way.
func (p *Pass) endsIdle(r *flow.Route, q *flow.Request, limit flow.Limit) string {
	if end, ok := p.idleEnd(r, q); ok && end.Millis < limit.Millis {
		return fmt.Sprintf("is closed by proxy %q after %s idle, unless proxy %q closes it after %s: timeout tunnel is not set",
			limit.Proxy.Name, inTime(limit.Millis), end.Proxy.Name, inTime(end.Millis))
	}
	return fmt.Sprintf("is closed after %s idle: timeout tunnel is not set", inTime(limit.Millis))
}

// idleEnd is the timeout that ends a tunnel of a route: that of a request, else that
// of a path over the route to a server, one of the first few, from a client that gets there.
func (p *Pass) idleEnd(r *flow.Route, q *flow.Request) (end flow.Limit, ok bool) {
	if q != nil {
		return p.derived.Of(q).IdleEnd()
	}
	const few = 8
	tried := 0
	p.over(r, func(path *flow.Path) bool {
		if path.End == flow.EndServer {
			i := max(slices.IndexFunc(path.Classes, func(c *flow.Class) bool { return !c.Summary.Fails() }), 0)
			end, ok = flow.LifecycleOf(p.Topology, path, path.Clients[i]).IdleEnd()
			tried++
		}
		return !ok && tried < few
	})
	return end, ok
}

// tunnelled is what a route carries without reading it, in words; "" where it
// reads HTTP.
func tunnelled(r *flow.Route) string {
	if r.AnswersItself() {
		return ""
	}
	if r.Mode.V == flow.ModePassthrough {
		if slices.ContainsFunc(r.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchTLS && m.Not }) {
			return "relays bytes"
		}
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
