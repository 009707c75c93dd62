package flow

import (
	"cmp"
	"slices"
)

// serverChoice is where a proxy sends a request: a server, or another proxy.
type serverChoice struct {
	server *Server
	proxy  *Proxy
	port   int
	weight int // as HAProxy has it: Route.ServerWeights
}

// eachChoice returns the servers and proxies of a route in the order of
// declaration, whatever their weight and state, with what a port of their
// proxies has them at.
func (r *Route) eachChoice(port int) []serverChoice {
	if len(r.Targets) == 1 && r.oneWay() {
		return []serverChoice{r.onlyChoice(port)}
	}
	weights := r.ServerWeights()
	out := make([]serverChoice, 0, len(weights))
	for _, t := range r.Targets {
		if t.Proxy != nil {
			p := t.Port
			if p == 0 {
				p = port
			}
			out = append(out, serverChoice{proxy: t.Proxy, port: p, weight: weights[len(out)]})
			continue
		}
		for _, s := range t.Backend.Servers {
			out = append(out, serverChoice{server: s, port: s.portFor(port), weight: weights[len(out)]})
		}
	}
	return out
}

// onlyChoice is where a route with one server or proxy leads to.
func (r *Route) onlyChoice(port int) serverChoice {
	t, part := r.Targets[0], r.Targets[0].Weight.V
	c := serverChoice{proxy: t.Proxy, port: cmp.Or(t.Port, port)}
	if t.Proxy == nil {
		s := t.Backend.Servers[0]
		c = serverChoice{server: s, port: s.portFor(port)}
		if part > 0 {
			part = s.Weight.V // of the requests the server has all
		} else {
			part = 0
		}
	}
	c.weight = min(part, maxWeight)
	return c
}

// portFor is the port at which a proxy connects to the server for what came to one of its own.
func (s *Server) portFor(came int) int {
	if s.SamePort.V {
		return came + s.Offset.V
	}
	return s.Port
}

// choices lists the servers and proxies among which a route's load balancer
// chooses, in the order of declaration: those that are up and have a weight.
func (r *Route) choices(port int) []serverChoice {
	return inUse(slices.DeleteFunc(r.eachChoice(port), func(c serverChoice) bool {
		return c.weight == 0 || c.server != nil && !c.server.Usable()
	}))
}

// inUse are the choices among usable ones: backup servers count only where there is no
// other one, and of them the first alone, unless all are to be used (HAProxy
// configuration manual, 5.2, "backup", and 4.2, "option allbackups"; measured).
func inUse(usable []serverChoice) []serverChoice {
	if !slices.ContainsFunc(usable, serverChoice.backup) {
		return usable
	}
	if slices.ContainsFunc(usable, func(c serverChoice) bool { return !c.backup() }) {
		return slices.DeleteFunc(usable, serverChoice.backup)
	}
	if usable[0].server.Backend.AllBackups.V {
		return usable
	}
	return usable[:1]
}

func (c serverChoice) backup() bool { return c.server != nil && c.server.Backup.V }

// reachable lists the servers and proxies to which what a port receives can be
// sent at all, in the order of declaration: those with a weight, and those
// without one that a cookie leads to. A server that is down counts: it comes
// back. A weight of zero takes no part in balancing and still accepts the
// clients whose cookie names it, also where every weight is zero (HAProxy
// configuration manual, 5.2, weight; measured with 2.6.12).
func (r *Route) reachable(l *Listener, port int) []serverChoice {
	if r.keepsClients(l) {
		return r.eachChoice(port)
	}
	return slices.DeleteFunc(r.eachChoice(port), func(c serverChoice) bool { return c.weight == 0 })
}

// keepsClients reports whether a cookie can bind clients of a port to a server:
// the proxy has to read their requests.
func (r *Route) keepsClients(l *Listener) bool {
	return r.Affinity.V != "" && r.Mode.V != ModePassthrough && l.Kind != ListenTCP
}

// Uses reports whether the proxies of a route ever send a request to a target, through any port
// that serves the route.
func (r *Route) Uses(t *Target) bool {
	for _, p := range r.Proxies {
		for _, l := range p.Listeners {
			if !l.Takes(r) {
				continue
			}
			if t.hasWeight() || r.keepsClients(l) && (t.Proxy != nil || len(t.Backend.Servers) > 0) {
				return true
			}
		}
	}
	return false
}

// hasWeight reports whether a balancer sends anybody to the target.
func (t *Target) hasWeight() bool {
	return t.Weight.V > 0 && (t.Proxy != nil || slices.ContainsFunc(t.Backend.Servers, func(s *Server) bool { return s.Weight.V > 0 }))
}

// turnKey tells the turns of load balancers apart: a proxy has one for each route,
// and another for what it passes on as bytes (a backend in mode tcp).
type turnKey struct {
	proxy *Proxy
	route *Route
	bytes bool
}

// chooseServer takes the server that the route's load balancer gives, each
// request anew, also on one connection (measured), unless a cookie binds the
// client.
func (d *deriver) chooseServer(on *channel, r *Route, after *Step) (serverChoice, *failure) {
	at, l := on.far, on.listener
	choices := r.choices(on.port())
	if to, ok := d.r.steered(at.Proxy, r); ok {
		chosen := ServerChoice{Server: to.server, Proxy: to.proxy}
		if len(choices) > 1 {
			chosen.Of = len(choices)
		}
		d.act(at, OpChooseServer, chosen, nil, after)
		return to, nil
	}
	if len(choices) == 0 {
		why := &Why{Fault: FaultNoServer, Problem: ProblemNoServer, Route: r}
		step := d.act(at, OpChooseServer, ServerChoice{Why: why}, nil, after)
		step.Fault = FaultNoServer
		return serverChoice{}, &failure{ending: Answered{at.Proxy.Behaves().Unreached}, from: at, cause: step, known: step, why: why}
	}
	if c, ok := d.chosen[r]; ok && r.keepsClients(l) {
		d.act(at, OpChooseServer, ServerChoice{Server: c.server, Proxy: c.proxy, Cookie: r.Affinity.V}, nil, after)
		return c, nil
	}
	c := choices[0]
	chosen := ServerChoice{}
	if n := len(choices); n > 1 {
		c = d.inTurn(at.Proxy, r, l, choices)
		chosen.Of = n
	}
	chosen.Server, chosen.Proxy = c.server, c.proxy
	if r.keepsClients(l) {
		if d.chosen == nil {
			d.chosen = map[*Route]serverChoice{}
		}
		d.chosen[r] = c
	}
	d.act(at, OpChooseServer, chosen, nil, after)
	return c, nil
}

// balance is how a proxy chooses among the servers of a route: as the route says, else as
// the proxy does.
func (r *Route) balance(p *Proxy) Fact[string] {
	if r.Balance.IsSet() {
		return r.Balance
	}
	return p.Balance
}

// inTurn is whose turn it is among several, by the proxy's algorithm. What that
// cannot say without more than the model states is assumed.
func (d *deriver) inTurn(p *Proxy, r *Route, l *Listener, choices []serverChoice) serverChoice {
	stated := r.balance(p)
	algorithm := balancingOf(stated.V)
	start := algorithm.begin(choices)
	if !stated.IsSet() {
		i, _ := start.next()
		d.assume(Assumption{Kind: AssumesTurns, Server: choices[i].server, Proxy: choices[i].proxy})
	}
	key := turnKey{p, r, l.Relays(r) || l.Kind == ListenTCP}
	if d.turn == nil {
		d.turn = map[turnKey]turns{}
	}
	if d.turn[key] == nil {
		d.turn[key] = start
	}
	i, then := d.turn[key].next()
	d.turn[key] = then
	if algorithm.open {
		d.assume(Assumption{Kind: AssumesChosen, Name: stated.V, Server: choices[i].server, Proxy: choices[i].proxy})
	}
	return choices[i]
}

// fork is a choice that a request is made to take: where a proxy sends it by a
// route.
type fork struct {
	at    *Proxy
	route *Route
	to    serverChoice
}

// steered returns where a request is made to go from a proxy by a route; not ok
// where the balancer chooses.
func (q *Request) steered(at *Proxy, r *Route) (to serverChoice, ok bool) {
	for _, f := range q.forks {
		if f.at == at && f.route == r {
			return f.to, true
		}
	}
	return serverChoice{}, false
}
