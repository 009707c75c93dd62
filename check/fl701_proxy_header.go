package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var proxyHeader = &Rule{
	Code: "FL701", Name: "proxy-header", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "a PROXY header is sent if and only if the other end expects it",
	Why: "the receiver must not guess whether there is a header: either it requires one or it does not accept one " +
		"(PROXY protocol specification, 2)",
	Wire: "a party that gets a header that it does not expect, or no header where it requires one, closes after the " +
		"first bytes, before TLS. The client gets FIN without an alert or a status, and RST from an HAProxy that " +
		"waits for the header (measured)",
	Except: "the request is meant to fail: declare it with expect close",
	Bad: `backend payments {
    speaks https
    accept-proxy
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Good: `backend payments {
    speaks https
    accept-proxy
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
    send-proxy v2
}
`,
	Run: func(p *Pass) {
		for _, r := range p.Topology.Routes {
			sentTo(r, func(t *flow.Target) {
				if t.Backend != nil {
					p.proxyHeader(r, t, 0, inBackend(t.Backend), t.Backend.AcceptProxy)
					return
				}
				for _, l := range p.targetPorts(r, t) {
					p.proxyHeader(r, t, l.Port, inListener(l), l.AcceptProxy)
				}
			})
		}
		p.clientHeaders()
	},
}

// proxyHeader compares what a route sends with what its target expects: a
// backend, or a port of another proxy; number is 0 for a backend.
func (p *Pass) proxyHeader(r *flow.Route, t *flow.Target, number int, in diag.Place, accept flow.Fact[bool]) {
	if (r.SendProxy.V != 0) == accept.V || p.expectedFailure(r, flow.FaultProxyHeader, flow.FaultProtocol) {
		return
	}
	p.explainRoute(r, flow.FaultProxyHeader, flow.FaultProtocol, flow.FaultNone)
	who, port := targetOf(t), ""
	if number != 0 {
		port = fmt.Sprintf(" on :%d", number)
	}
	if accept.V {
		d := p.Report(t.At, "%s expects a PROXY header%s and route %q sends none: the connection is closed", who, port, r.Name)
		related(d, accept.At, "%s expects it here", who)
		if !p.someTarget(r, false) {
			d.Suggest(way(add(inRoute(r), diag.FactSendProxy, "v2")))
		}
		if !p.otherSenders(r, accept, true) && !allowsSome(t.Proxy) {
			d.Suggest(given(way(remove(in, diag.FactAcceptProxy, accept.At)), "no client or proxy sends a PROXY header there"))
		}
		if len(d.Suggestions) == 0 {
			d.Suggest(way(append(p.expecting(r, false), add(inRoute(r), diag.FactSendProxy, "v2"))...))
		}
		return
	}
	d := p.Report(known(r.SendProxy.At, t.At), "route %q sends a PROXY header to %s, which expects none%s: the connection is closed", r.Name, who, port)
	related(d, t.At, "route %q sends it here", r.Name)
	if !p.sentWithout(r, in) {
		d.Suggest(way(add(in, diag.FactAcceptProxy)))
	}
	if !p.someTarget(r, true) {
		d.Suggest(way(remove(inRoute(r), diag.FactSendProxy, r.SendProxy.At, fmt.Sprintf("v%d", r.SendProxy.V))))
	}
}

// allowsSome reports whether a route of a proxy looks at the client's address,
// which only a PROXY header brings there.
func allowsSome(proxy *flow.Proxy) bool {
	return proxy != nil && slices.ContainsFunc(proxy.Routes, func(r *flow.Route) bool { return len(r.Allow) > 0 })
}

// someTarget reports whether a target of a route expects a PROXY header, or
// none.
func (p *Pass) someTarget(r *flow.Route, expects bool) bool {
	return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		if t.Backend != nil {
			return t.Backend.AcceptProxy.V == expects
		}
		return slices.ContainsFunc(p.targetPorts(r, t), func(l *flow.Listener) bool { return l.AcceptProxy.V == expects })
	})
}

// expecting are the steps by which every target of a route that expects no
// PROXY header does.
func (p *Pass) expecting(r *flow.Route, expects bool) []diag.Step {
	var steps []diag.Step
	for _, t := range r.Targets {
		if t.Backend != nil && t.Backend.AcceptProxy.V == expects {
			steps = append(steps, add(inBackend(t.Backend), diag.FactAcceptProxy))
		}
		if t.Proxy == nil {
			continue
		}
		for _, l := range p.targetPorts(r, t) {
			if l.AcceptProxy.V == expects {
				steps = append(steps, add(inListener(l), diag.FactAcceptProxy))
			}
		}
	}
	return steps
}

// otherSenders reports whether another route, or a client, sends what an end
// expects that is stated at a place.
func (p *Pass) otherSenders(but *flow.Route, accept flow.Fact[bool], sends bool) bool {
	some := false
	p.leading(func(r *flow.Route, in diag.Place, a flow.Fact[bool]) {
		some = some || r != but && a.At == accept.At && (r.SendProxy.V != 0) == sends
	})
	return some || slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool { return c.SendProxy.V != 0 })
}

// sentWithout reports whether another route leads to a place without sending a
// PROXY header.
func (p *Pass) sentWithout(but *flow.Route, to diag.Place) bool {
	some := false
	p.leading(func(r *flow.Route, in diag.Place, _ flow.Fact[bool]) {
		some = some || r != but && in == to && r.SendProxy.V == 0
	})
	return some
}

// leading calls f for each route and end that it leads to, with what that
// expects.
func (p *Pass) leading(f func(*flow.Route, diag.Place, flow.Fact[bool])) {
	for _, r := range p.Topology.Routes {
		for _, t := range r.Targets {
			if t.Backend != nil {
				f(r, inBackend(t.Backend), t.Backend.AcceptProxy)
				continue
			}
			for _, l := range p.targetPorts(r, t) {
				f(r, inListener(l), l.AcceptProxy)
			}
		}
	}
}

// targetPorts are the ports of a proxy to which a route leads.
func (p *Pass) targetPorts(r *flow.Route, t *flow.Target) []*flow.Listener {
	var out []*flow.Listener
	first := once[*flow.Listener]()
	for _, up := range r.Proxies {
		for _, l := range up.Listeners {
			port := t.Port
			if port == 0 {
				port = l.Port
			}
			if to := t.Proxy.Listens(port); r.Serves(l) && l.Takes(r) && to != nil && first(to) {
				out = append(out, to)
			}
		}
	}
	return out
}

// arrival is a port to which a client comes.
type arrival struct {
	client *flow.Client
	port   *flow.Listener
}

// clientHeaders compares what clients send with what their proxy expects: those of
// the model's requests, and where flowc asks all who can reach a port.
func (p *Pass) clientHeaders() {
	first := once[arrival]()
	p.requests(func(q *flow.Request, _ *course) {
		if q.From == nil || q.Via == nil || len(q.Calls) == 0 || q.Derived {
			return
		}
		if l := q.Via.Listens(q.Calls[0].Port); l != nil && p.clientHeader(q.From, l, q.Via, first) {
			p.explain(q)
		}
	})
	expected := p.expectedEnds()
	for _, path := range p.model.paths().All {
		l := path.Ask.Via
		if path.Ask.Request != nil || path.Ask.Inside || p.model.doubt.path(path) || expected[pathEnd{l, flow.FaultProxyHeader}] {
			continue
		}
		if fits := func(c *flow.Client) bool { return (c.SendsProxy(l) != 0) == l.AcceptProxy.V }; slices.ContainsFunc(path.Clients, fits) {
			continue
		}
		p.on = []*flow.Path{path}
		p.clientHeader(path.Clients[0], l, l.Proxy, first)
		p.on = nil
	}
	for _, q := range p.Topology.Requests {
		if q.Derived && p.course(q).outcome.Fault == flow.FaultProxyHeader && p.model.blames[blame{far: q.Via.Listens(q.Calls[0].Port)}] {
			p.explain(q)
		}
	}
}

// clientHeader reports that a client sends a PROXY header to a port that expects none,
// or the other way round.
func (p *Pass) clientHeader(client *flow.Client, l *flow.Listener, via *flow.Proxy, first func(arrival) bool) bool {
	if (client.SendsProxy(l) != 0) == l.AcceptProxy.V {
		return false
	}
	p.model.blames[blame{far: l}] = true
	if !first(arrival{client, l}) {
		return true
	}
	if l.AcceptProxy.V {
		d := p.Report(l.AcceptProxy.At, "%s expects a PROXY header and client %q sends none: the connection is closed", portOf(l), client.Name)
		related(d, client.At, "client %q is declared here", client.Name)
		d.Suggest(given(way(add(inClient(client), diag.FactSendProxy, "v2")), "client %q is a balancer that sends one", client.Name))
		if !p.otherSenders(nil, l.AcceptProxy, true) {
			d.Suggest(given(way(remove(inListener(l), diag.FactAcceptProxy, l.AcceptProxy.At)), "no client or proxy sends a PROXY header there"))
		}
		return true
	}
	d := p.Report(client.SendProxy.At, "client %q sends a PROXY header to %s, which expects none: the connection is closed", client.Name, portOf(l))
	related(d, l.At, "%s is declared here", portOf(l))
	d.Suggest(way(remove(inClient(client), diag.FactSendProxy, client.SendProxy.At, fmt.Sprintf("v%d", client.SendProxy.V))))
	if others := slices.ContainsFunc(p.Topology.Requests, func(o *flow.Request) bool { return o.Via == via && o.From != client }); !others {
		d.Suggest(way(add(inListener(l), diag.FactAcceptProxy)))
	}
	return true
}
