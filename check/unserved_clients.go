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
	asks := map[*flow.Client]bool{}
	for _, q := range p.Topology.Requests {
		asks[q.From] = asks[q.From] || !q.Derived
	}
	left := map[*flow.Client][]*flow.Path{} // clients that no path has answered yet, and where they fail
	for _, c := range p.Topology.Clients {
		if !asks[c] {
			left[c] = nil
		}
	}
	likened := map[*flow.Proxy]bool{}
	for _, path := range p.model.paths().All {
		if len(p.Topology.Clients) < 2 || len(left) == 0 {
			return
		}
		if path.Ask.Request != nil || path.Ask.Inside {
			continue
		}
		if at := path.Ask.Via.Proxy; !likened[at] {
			likened[at] = true
			leaveOutAlike(left, at, path.Clients)
		}
		noteServed(left, path)
	}
	for _, c := range p.Topology.Clients {
		if failing := left[c]; len(failing) > 0 {
			p.reportUnserved(c, failing)
		}
	}
}

// leaveOutAlike takes out the clients that can reach a proxy and whose paths
// there are those of another client of their kind.
func leaveOutAlike(left map[*flow.Client][]*flow.Path, at *flow.Proxy, shown []*flow.Client) {
	for c := range left {
		if at.ReachedFrom(c.Zone) && !slices.Contains(shown, c) {
			delete(left, c)
		}
	}
}

// noteServed notes which clients a path answers, and which fail on it. A client that
// is refused as the model says is left out. A path that answers no client says
// nothing about one of them.
func noteServed(left map[*flow.Client][]*flow.Path, path *flow.Path) {
	for i, c := range path.Clients {
		failing, open := left[c]
		s := &path.Classes[i].Summary
		switch {
		case !open:
		case !s.Fails(), s.Fault == flow.FaultClientCertificate, s.Fault == flow.FaultUncertified, s.Fault == flow.FaultDenied:
			delete(left, c)
		case !path.Fails() && unable(s.Fault):
			left[c] = append(failing, path)
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
	i := slices.Index(path.Clients, c)
	s := &path.Classes[i].Summary
	why := words.Why(flow.LifecycleOf(p.Topology, path, c).Outcome.Why)
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
	related(d, placeOfEnd(path, s), "others get an answer here")
	call := path.Ask.Call
	d.Suggest(given(way(declare(diag.KindRequest, p.freeRequest(c.Name), setting(diag.FactClientOf, c.Name),
		setting(diag.FactRequest, call.Method, call.URL()),
		setting(diag.FactExpect, words.Endings(flow.Outcome{Endings: s.Endings})...))), "this outcome is intended"))
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
