package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/source"
)

// unservedClients reports clients that are too old, or too new, for every route.
// Which route a client is for is not said; that it can use none needs no request.
func (p *Pass) unservedClients() {
	if p.model.doubt != nil {
		return // what is broken may be its request, or the route that it uses
	}
	if len(p.Topology.Clients) < 2 {
		return
	}
	left := p.unasking()
	for _, path := range p.model.paths().All {
		if path.Ask.Request == nil && !path.Ask.Inside {
			for i, c := range path.Clients {
				noteServed(left[p.model.paths().Kind(c)], path, i)
			}
		}
	}
	for _, kind := range left {
		for _, g := range kind {
			if !g.served && len(g.failing) > 0 {
				p.reportUnserved(g.client, g.failing)
				break // others of the kind fail in the same way
			}
		}
	}
}

// likeClients are clients of one kind in one zone: they fare alike everywhere.
type likeClients struct {
	client  *flow.Client // the first of them that no request of the model comes from
	served  bool         // a path answers them
	failing []*flow.Path
}

// unasking are the clients that no request of the model comes from, by their kinds.
func (p *Pass) unasking() [][]*likeClients {
	asks := map[*flow.Client]bool{}
	for _, q := range p.Topology.Requests {
		asks[q.From] = asks[q.From] || !q.Derived
	}
	type zoned struct {
		kind int
		zone *flow.Zone
	}
	seen := map[zoned]bool{}
	var out [][]*likeClients
	for _, c := range p.Topology.Clients {
		kind := p.model.paths().Kind(c)
		for kind >= len(out) {
			out = append(out, nil)
		}
		if k := (zoned{kind, c.Zone}); !asks[c] && !seen[k] {
			seen[k] = true
			out[kind] = append(out[kind], &likeClients{client: c})
		}
	}
	return out
}

// noteServed notes that a path answers the clients of a kind, or that they fail on it. A
// client that is refused as the model says is left out. A path that answers no client
// says nothing about one of them.
func noteServed(left []*likeClients, path *flow.Path, client int) {
	s := &path.Classes[client].Summary
	for _, g := range left {
		switch {
		case g.served, !path.Ask.Via.Proxy.ReachedFrom(g.client.Zone):
		case !s.Fails(), s.Fault == flow.FaultClientCertificate, s.Fault == flow.FaultUncertified, s.Fault == flow.FaultDenied:
			g.served, g.failing = true, nil
		case !path.Fails() && unable(s.Fault):
			g.failing = append(g.failing, path)
		}
	}
}

// unable reports whether a fault is about what a client can do. Which CAs it trusts
// depends on the servers that it is meant to reach.
func unable(f flow.Fault) bool {
	return f == flow.FaultVersion || f == flow.FaultALPN || f == flow.FaultGroup
}

func (p *Pass) reportUnserved(c *flow.Client, failing []*flow.Path) {
	path := failing[0]
	i := slices.IndexFunc(path.Clients, func(o *flow.Client) bool { return p.model.paths().Kind(o) == p.model.paths().Kind(c) })
	s := &path.Classes[i].Summary
	why := words.Cause(flow.LifecycleOf(p.Topology, path, c).Outcome.Why)
	at := c.At
	switch s.Fault {
	case flow.FaultVersion:
		at = known(c.End.TLS.At, at)
	case flow.FaultALPN:
		at = known(c.End.ALPN.At, at)
	default:
	}
	p.on = failing
	d := p.Report(at, "client %q gets no answer from any route: %s", c.Name, why)
	p.on = nil
	related(d, placeOfEnd(path, s), "other clients than %q get an answer here", c.Name)
	call := path.Ask.Call
	d.Suggest(given(way(declare(diag.KindRequest, p.freeRequest(c.Name), setting(diag.FactClientOf, c.Name),
		setting(diag.FactRequest, call.Method, call.URL()),
		setting(diag.FactExpect, words.Endings(flow.Outcome{Endings: s.Endings})...))), "client %q is meant to get no answer", c.Name))
}

// placeOfEnd is where the far end is declared at which a path fails.
func placeOfEnd(path *flow.Path, s *flow.Summary) source.Span {
	if s.At < 0 {
		return hostAt(path.Ask.Wanted)
	}
	h := path.Hops[s.At]
	switch {
	case h.Server != nil:
		return known(h.Server.At, h.Server.Backend.At)
	case h.Listener != nil:
		return known(h.Listener.At, h.Listener.Proxy.At)
	}
	return hostAt(path.Ask.Wanted)
}
