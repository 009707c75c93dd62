package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// missing says why requests miss a route, as a finding states it, and which requests
// that explains.
type missing struct {
	route     *flow.Route
	taker     *flow.Route  // takes them instead, or the same route at another port; nil where none is named
	faults    []flow.Fault // that they meet; any where none is named
	unreached bool         // clients do not come to the route's proxies
	noPort    bool         // no port of these does what the route's mode says
}

// explainHost notes that a finding says why requests miss a route: those that it
// would have taken, by host, path, matches, port and scheme. What other requests for
// its host meet is not said by that.
func (p *Pass) explainHost(m missing) (contradicted bool) {
	switch { // of the others no path leads over the route
	case m.taker == m.route:
		p.model.blames[blame{route: m.route}] = true
	case m.unreached: // the certificates here do not cover a host that leads elsewhere
		p.model.blames[blame{route: m.route, fault: flow.FaultWrongName}] = true
		p.model.blames[blame{route: m.route, fault: flow.FaultStrictSNI}] = true
	}
	for _, host := range hostsOf(m.route) {
		for _, q := range p.model.asked().of(host) {
			c := p.course(q)
			if len(m.faults) > 0 && !slices.Contains(m.faults, c.outcome.Fault) {
				continue
			}
			if q.Derived || (m.taker == m.route || !slices.Contains(c.taken, m.route)) && p.missed(q, c, m) {
				contradicted = p.explain(q) || contradicted
			}
		}
	}
	return contradicted
}

// missed reports whether a call of a request would have taken the route.
func (p *Pass) missed(q *flow.Request, c *course, m missing) bool {
	if slices.ContainsFunc(q.Calls, func(call flow.Call) bool { return p.missedFrom(q, call, c, m) }) {
		return true
	}
	for _, path := range p.model.paths().of[q] {
		head := flow.HeadOf(q, path.Ask.Call)
		for i, h := range path.Hops {
			if h.Listener == nil || !slices.Contains(c.ports, h.Listener) {
				break
			}
			next := path.Route // that the port chose
			if i+1 < len(path.Hops) {
				next = path.Hops[i+1].Route
			}
			sni := path.Hops[i].SNI
			if m.at(h, sni, head, next) {
				return true
			}
			if h.Relayed == nil && next != nil {
				head = next.Changed(head)
			}
			if next != nil {
				head.Source = next.Onward(h.Listener.Proxy, head.Source)
			}
			if i+1 < len(path.Hops) {
				head.TLS = path.Hops[i+1].TLS
			}
		}
	}
	return false
}

// at reports whether what comes to a port would have taken the route there, and has
// not because of what the finding says.
func (m missing) at(h flow.Hop, sni string, head flow.Head, chosen *flow.Route) bool {
	r, l := m.route, h.Listener
	if !slices.Contains(r.Proxies, l.Proxy) && r.RefusedBy(l.Proxy) == nil || !r.Serves(l) {
		return false
	}
	forRoute := l.Takes(r) || len(m.faults) > 0
	if m.noPort {
		forRoute = r.Mode.V == flow.ModeNone || h.TLS
	}
	if !forRoute || !m.matches(l, sni, head) {
		return false
	}
	return chosen == nil || chosen == m.taker || comesBefore(l.Proxy, r, chosen)
}

// matches reports whether a route's own conditions are met by what comes to a port.
// Where it is relayed, the host is all that is looked at: which SNI there is, is
// what such findings are about.
func (m missing) matches(l *flow.Listener, sni string, head flow.Head) bool {
	r := m.route
	host := r.HostOn(l.Proxy)
	if l.Relays(r) || r.Mode.V == flow.ModePassthrough {
		return flow.HostMatches(host, sni) || flow.HostMatches(host, head.Host)
	}
	return flow.HostMatches(host, head.Host) && meets(r, head)
}

// missedFrom reports whether a call would have taken the route if its client had come to
// a proxy that serves it, or to a port that it needs.
func (p *Pass) missedFrom(q *flow.Request, call flow.Call, c *course, m missing) bool {
	r, head := m.route, flow.HeadOf(q, call)
	at := q.Via.Listens(call.Port)
	switch {
	case m.noPort:
		// A port that is not there is a part of the same fault.
		if len(c.taken) > 0 || at != nil && (call.InClear() || r.Mode.V != flow.ModeNone || !r.Serves(at)) {
			return false
		}
		return (r.Mode.V == flow.ModeNone || !call.InClear()) && m.matchesAny(head)
	case !m.unreached || at == nil:
		return false
	}
	if !m.matchesAny(head) || call.InClear() && r.Mode.V != flow.ModeNone && r.Insecure.V == flow.InsecureNone {
		return false
	}
	ports := portsOf(r)
	return len(ports) == 0 || slices.ContainsFunc(ports, func(l *flow.Listener) bool {
		if p.Topology.IsBehind(l.Proxy) {
			return true // the proxies in front decide to which port it comes
		}
		if !l.Has(call.Port) || (l.Kind == flow.ListenHTTP) != call.InClear() {
			return false
		}
		if l.Relays(r) {
			return l.SNIRoute(q.SNI.V) == r
		}
		taken, _ := l.HTTPRoute(head)
		return taken == r
	})
}

// matchesAny reports whether a request is for the route by its path and matches.
func (m missing) matchesAny(head flow.Head) bool {
	r := m.route
	return r.Mode.V == flow.ModePassthrough || meets(r, head)
}

// comesBefore reports whether a proxy looks at one route before another one.
func comesBefore(proxy *flow.Proxy, a, b *flow.Route) bool {
	if order, _ := proxy.Compare(a, b); order != 0 {
		return order < 0
	}
	i, j := slices.Index(proxy.Routes, a), slices.Index(proxy.Routes, b)
	return i >= 0 && i < j
}
