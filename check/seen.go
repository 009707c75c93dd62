package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// hider is a proxy whose address a port sees in the place of its clients', and the
// route by which it leads there without passing that on.
type hider struct {
	proxy *flow.Proxy
	front *flow.Route
	over  []*flow.Route // by which its connections come to the port, front first
}

// hiders finds the proxies that hide the addresses of clients.
type hiders struct {
	*Pass
	leading map[*flow.Listener][]leader
	first   func(hiding) bool
}

// of finds the proxies whose address a port sees, of all that lead there: the
// one before it, or, where that passes on what it saw itself, the one before that.
func (p *hiders) of(l *flow.Listener, over []*flow.Route) []hider {
	var out []hider
	for _, front := range p.leading[l] {
		if slices.Contains(over, front.route) || p.model.doubt.isTorn(front.route) {
			continue // the proxies lead to each other
		}
		way := append([]*flow.Route{front.route}, over...)
		switch sends := front.route.SendProxy.V != 0; {
		case sends != l.AcceptProxy.V: // FL701 reports this
		case sends:
			out = append(out, p.of(front.port, way)...)
		default:
			out = append(out, hider{front.port.Proxy, front.route, way})
		}
	}
	return out
}

// leader is a route that leads to a port, and the port on which it does.
type leader struct {
	route *flow.Route
	port  *flow.Listener
}

// leadersOf are by each port the routes of other proxies that lead there, to each of
// their targets.
func leadersOf(t *flow.Topology) map[*flow.Listener][]leader {
	out := map[*flow.Listener][]leader{}
	for _, r := range t.Routes {
		for _, l := range portsOf(r) {
			if !l.Takes(r) {
				continue
			}
			first := once[*flow.Listener]()
			for _, to := range r.Targets {
				if next := to.Next(l); next != nil && r.Uses(to) && first(next) {
					out[next] = append(out[next], leader{r, l})
				}
			}
		}
	}
	return out
}

// report reports the allow lists of a port's routes that are compared with the
// address of another proxy, which does not pass on the address of its clients.
func (p *hiders) report(l *flow.Listener) {
	var listed []*flow.Route
	for _, r := range l.Proxy.Routes {
		if len(r.Allow) > 0 && l.Takes(r) && !l.Redirects(r) {
			listed = append(listed, r)
		}
	}
	if len(listed) == 0 {
		return
	}
	for _, h := range p.of(l, nil) {
		for _, r := range listed {
			if p.ledTo(h, r, l) && p.first(hiding{r, h.proxy}) {
				p.hides(h, r)
			}
		}
	}
}

// hiding is an allow list, and a proxy whose address it is compared with.
type hiding struct {
	route *flow.Route
	by    *flow.Proxy
}

// ledTo reports whether a request that comes over routes of other proxies could be
// for a route of a port.
func (p *hiders) ledTo(h hider, r *flow.Route, l *flow.Listener) bool {
	return !slices.ContainsFunc(h.over, func(o *flow.Route) bool {
		return !slices.ContainsFunc(o.Proxies, func(up *flow.Proxy) bool { return sharesHost(o, up, r, l.Proxy) })
	})
}

// hides reports an allow list that is compared with the address of a proxy: where
// that is on it, every client is let in, where it is not, none is.
func (p *hiders) hides(h hider, r *flow.Route) {
	var through []*flow.Request
	for _, q := range p.model.asked().taking[r] {
		if slices.Contains(p.course(q).taken, h.front) {
			through = append(through, q)
		}
	}
	source := h.proxy.Source
	switch {
	case source.IsSet() && r.Allowed(source.V):
		p.letsIn(h, r, through)
		return
	case p.expectedBy(through, []flow.Fault{flow.FaultDenied}):
		return
	}
	var d *diag.Diagnostic
	if source.IsSet() {
		d = p.Report(r.Allow[0].At, "route %q closes every connection through proxy %q: its allow list is compared with %s, not with the client's address", r.Name, h.proxy.Name, source.V)
		related(d, source.At, "proxy %q sends from this address", h.proxy.Name)
		related(d, h.front.At, "proxy %q leads there by route %q", h.proxy.Name, h.front.Name)
		d.Suggest(because(way(p.passingOn(h.front)...), "do not add %s to the allow list, which would allow every client", source.V))
	} else {
		d = p.Report(r.Allow[0].At, "the allow list of route %q is compared with the address of proxy %q, because that sends no PROXY header (the default): it allows all clients of that proxy, or none",
			r.Name, h.proxy.Name)
		related(d, h.front.At, "proxy %q leads there by route %q", h.proxy.Name, h.front.Name)
		d.Suggest(way(p.passingOn(h.front)...))
	}
	for _, q := range through {
		if p.course(q).outcome.Fault == flow.FaultDenied && p.explain(q) {
			d.Severity = diag.Error
		}
	}
}

// letsIn reports an allow list with the address of a proxy by which a client comes
// whose own address is not on it.
func (p *hiders) letsIn(h hider, r *flow.Route, through []*flow.Request) {
	if p.model.doubt != nil {
		return // a request that is not understood may say that it is meant
	}
	if slices.ContainsFunc(h.over, func(o *flow.Route) bool { return len(o.Allow) > 0 }) {
		return // the proxies before this one have a list: their clients were on it
	}
	for _, q := range through {
		if !q.Derived && len(q.Expect) > 0 && !expectsFailure(q) && q.From != nil && !r.Allowed(q.From.Address.V) {
			return // the model says that it is meant
		}
	}
	for _, c := range p.Topology.Clients {
		if c.Address.V == "" || r.Allowed(c.Address.V) || p.model.doubt.client(c) || !p.comesTo(c, h) {
			continue
		}
		d := p.Report(r.Allow[0].At, "route %q allows every client of proxy %q: the allow list is compared with %s, and client %q (%s) is not on it",
			r.Name, h.proxy.Name, h.proxy.Source.V, c.Name, c.Address.V)
		d.Severity = diag.Error
		related(d, h.proxy.Source.At, "proxy %q sends from this address", h.proxy.Name)
		related(d, c.Address.At, "client %q has this address", c.Name)
		d.Suggest(p.judging(h, r, c, through)...)
		for _, q := range through {
			if q.From == c && expectsFailure(q) {
				p.model.passed[q] = true
			}
		}
		return
	}
}

// judging are the ways to compare an allow list with the address of a client that is
// not on it: the client is let in, or its requests expect that they are closed.
func (p *hiders) judging(h hider, r *flow.Route, c *flow.Client, through []*flow.Request) []diag.Suggestion {
	was := valuesOf(r.Allow)
	steps := p.passingOn(h.front)
	keptOut := func(q *flow.Request) bool {
		return !q.Derived && q.From == c && slices.ContainsFunc(q.Expect, func(e flow.Expect) bool { return e.Ending == flow.Ending(flow.Closed{}) })
	}
	in := append(slices.Clone(steps), state(inRoute(r), diag.FactAllow, r.Allow[len(r.Allow)-1], was, append(slices.Clone(was), network(c.Address.V))...))
	var out []diag.Suggestion
	if !slices.ContainsFunc(through, keptOut) {
		out = append(out, given(way(in...), "client %q is meant to be let in", c.Name))
	}
	for _, q := range through {
		switch {
		case q.From == nil || r.Allowed(q.From.Address.V) || keptOut(q):
		case q.Derived && len(through) == 1 && p.impliesWay(q):
			call := q.Calls[0]
			steps = append(steps, declare(diag.KindRequest, p.freeRequest(q.Name), setting(diag.FactRequest, call.Method, call.URL()), setting(diag.FactExpect, "close")))
		case q.Derived:
			return out
		default:
			steps = append(steps, p.closing(q))
		}
	}
	return append(out, given(way(steps...), "client %q is meant to be kept out", c.Name))
}

// closing is the step by which a request expects to be closed.
func (p *Pass) closing(q *flow.Request) diag.Step {
	if len(q.Expect) > 0 {
		return change(inRequest(q), diag.FactExpect, q.Expect[0].At, []string{wanted(q)}, "close")
	}
	return add(inRequest(q), diag.FactExpect, "close")
}

// comesTo reports whether a client can come to the first proxy of a way.
func (p *hiders) comesTo(c *flow.Client, h hider) bool {
	led := func(l *flow.Listener) bool { return len(p.leading[l]) > 0 }
	return h.proxy.ReachedFrom(c.Zone) || slices.ContainsFunc(h.proxy.Listeners, led)
}
