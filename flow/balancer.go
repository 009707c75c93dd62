package flow

// serverChoice is where a proxy sends a request: a server, or another proxy.
type serverChoice struct {
	server *Server
	proxy  *Proxy
	port   int
}

// choices lists the usable servers and proxies of a route, in the order of
// declaration.
func (r *Route) choices(port int) []serverChoice {
	var out []serverChoice
	for _, t := range r.Targets {
		if t.Weight.V == 0 {
			continue
		}
		if t.Proxy != nil {
			p := t.Port
			if p == 0 {
				p = port
			}
			out = append(out, serverChoice{proxy: t.Proxy, port: p})
			continue
		}
		for _, s := range t.Backend.Servers {
			if s.Usable() {
				out = append(out, serverChoice{server: s, port: s.Port})
			}
		}
	}
	return out
}

// chooseServer takes the route's next usable server in turn, each request
// anew, also on one connection (measured), unless a cookie binds the client.
func (d *deriver) chooseServer(at *Participant, r *Route, l *Listener, after *Step) (serverChoice, *failure) {
	choices := r.choices(l.Port)
	if len(choices) == 0 {
		why := &Why{Fault: FaultNoServer, Problem: ProblemNoServer, Route: r}
		step := d.act(at, OpChooseServer, ServerChoice{Why: why}, nil, after)
		step.Fault = FaultNoServer
		return serverChoice{}, &failure{ending: Answered{at.Proxy.Behaves().Unreached}, from: at, cause: step, known: step, why: why}
	}
	if c, ok := d.chosen[r]; ok {
		d.act(at, OpChooseServer, ServerChoice{Server: c.server, Proxy: c.proxy, Cookie: r.Affinity.V}, nil, after)
		return c, nil
	}
	c := choices[d.turn[r]%len(choices)]
	if steered, ok := d.r.steered(at.Proxy, r); ok {
		c = steered
	}
	chosen := ServerChoice{Server: c.server, Proxy: c.proxy}
	if n := len(choices); n > 1 {
		d.turn[r]++
		chosen.Of = n
		if !at.Proxy.Balance.IsSet() {
			d.assume(Assumption{Kind: AssumesTurns, Server: choices[0].server, Proxy: choices[0].proxy})
		}
	}
	if r.Affinity.V != "" && r.Mode.V != ModePassthrough {
		d.chosen[r] = c
	}
	d.act(at, OpChooseServer, chosen, nil, after)
	return c, nil
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
