package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// What a relay passes on unread, and the port behind it that reads something else.

// relay is a port that passes bytes on, and the target to which it does.
type relay struct {
	from   *flow.Listener
	target *flow.Target
}

// misread is a relay whose clients' TLS, or plaintext, the port at its target does not read.
type misread struct {
	relay
	route *flow.Route
	far   *flow.Listener
	on    []*flow.Path
}

// misreads are the relays over which requests of the model come to a port that reads TLS,
// or plaintext, where they send the other, and none comes through. A client that uses the
// port of http for https, or the reverse, is not the relay's fault.
func (p *Pass) misreads(tls bool) []*misread {
	var out []*misread
	by, through := map[relay]*misread{}, map[relay]bool{}
	for _, path := range p.model.paths().All {
		q := path.Ask.Request
		if q == nil || q.Derived || p.model.doubt.path(path) {
			continue
		}
		for i := 1; i < len(path.Hops); i++ {
			h := path.Hops[i]
			from := path.Hops[i-1].Listener
			if h.Listener == nil || h.Opens || from == nil || h.Route == nil {
				continue
			}
			at := relay{from, h.Target}
			switch wrong := misreadAt(path, i); {
			case !wrong:
				through[at] = true
				continue
			case h.TLS == tls, otherScheme(path.Ask.Call), expectsFailure(q):
				continue // no evidence that the relay is wrong
			}
			if by[at] == nil {
				by[at] = &misread{at, h.Route, h.Listener, nil}
				out = append(out, by[at])
			}
			by[at].on = append(by[at].on, path)
		}
	}
	return slices.DeleteFunc(out, func(m *misread) bool { return through[m.relay] })
}

// misreadAt reports whether a path ends at the far end of a hop, which reads TLS where
// plaintext comes, or plaintext where TLS does.
func misreadAt(path *flow.Path, hop int) bool {
	return slices.ContainsFunc(path.Classes, func(c *flow.Class) bool {
		return c.Summary.At == hop && slices.Contains(misreadings, c.Summary.Problem)
	})
}

// misreadings are the problems of TLS where plaintext is read, and the reverse.
var misreadings = []flow.Problem{flow.ProblemHelloToPlaintext, flow.ProblemPlaintextToPort, flow.ProblemPlaintextNoHello}

// otherScheme reports whether a URL has the port of http with https, or the reverse.
func otherScheme(c flow.Call) bool {
	return c.Scheme == "http" && c.Port == implied["https"] || c.Scheme == "https" && c.Port == implied["http"]
}

// relayed reports the targets of relays whose port reads TLS where plaintext comes, or
// plaintext where TLS does.
func (p *Pass) relayed(tls bool) {
	for _, m := range p.misreads(tls) {
		if p.blamed(m.route, flow.FaultProtocol) || p.expectedFailure(m.route, flow.FaultProtocol) {
			continue
		}
		sent, reads := "TLS", "plaintext HTTP"
		if tls {
			sent, reads = "plaintext", "TLS"
		}
		p.model.misled[m.route] = true
		for _, path := range m.on {
			p.explain(path.Ask.Request)
			for _, h := range path.Hops {
				if h.Route != nil {
					p.explainRoute(h.Route, flow.FaultProtocol)
				}
			}
		}
		s := &m.on[0].Classes[0].Summary
		p.on = m.on
		d := p.Report(m.target.At, "%s", so(fmt.Sprintf("route %q relays the %s of its clients from %s to %s, which reads %s",
			m.route.Name, sent, portOf(m.from), portOf(m.far), reads), inWords(s.Endings)))
		p.on = nil
		related(d, m.far.At, "%s reads %s", portOf(m.far), reads)
		if ports, ok := p.relayedRight(m); ok {
			w := way(retarget(m.route, m.target, ports))
			if ports != 0 {
				w.Why = fmt.Sprintf(":%d of proxy %q reads %s", ports, m.target.Proxy.Name, sent)
			}
			d.Suggest(w)
		}
	}
}

// relayedRight is the port of the next proxy to which a target leads, so that all ports of the
// relay lead to what their clients send: the relay's own where each of them finds the right one
// there, 0; else one that reads what comes, where the relay has no second port.
func (p *Pass) relayedRight(m *misread) (port int, ok bool) {
	tls := spokenOn(m.far, nil) == protocolOf(false)
	reads := func(l *flow.Listener, tls bool) bool {
		return l != nil && spokenOn(l, nil) == protocolOf(tls) && slices.ContainsFunc(m.target.Proxy.Routes, func(r *flow.Route) bool { return l.Takes(r) })
	}
	var ports []*flow.Listener
	for _, l := range portsOf(m.route) {
		if l.Relays(m.route) {
			ports = append(ports, l)
		}
	}
	own := m.target.Port != 0 && !slices.ContainsFunc(ports, func(l *flow.Listener) bool {
		return !reads(m.target.Proxy.Listens(l.Port), (l == m.from) == tls)
	})
	if own || len(ports) != 1 {
		return 0, own
	}
	for _, l := range m.target.Proxy.Listeners {
		if reads(l, tls) {
			return l.Port, true
		}
	}
	return 0, false
}

// retarget is the step by which a target leads to another port of its proxy, 0 for the
// one at which requests came.
func retarget(r *flow.Route, t *flow.Target, port int) diag.Step {
	name := func(port int) string {
		if port == 0 {
			return t.Name()
		}
		return fmt.Sprintf("%s:%d", t.Name(), port)
	}
	return change(inRoute(r), diag.FactTarget, t.At, weighted(name(t.Port), t), weighted(name(port), t)...)
}
