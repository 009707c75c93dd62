package flow

import (
	"slices"
	"strings"
)

func (c *completion) declareView(d *ViewDraft) {
	v := &ViewSpec{Decl: made(d.Decl), ViewFacts: d.ViewFacts}
	if c.viewNames.bind(c, DeclView, v.Name, v.At, v) && !d.Incomplete {
		c.t.Views = append(c.t.Views, v)
	}
	c.views = append(c.views, func() {
		for _, name := range d.Of {
			if q := find(c, c.requests, name); c.made[q.V] {
				v.Of = append(v.Of, q.V)
			}
		}
		for _, name := range d.Only {
			if c.drawn(name) && !slices.Contains(v.Only, name.V) {
				v.Only = append(v.Only, name.V)
			}
		}
	})
}

// drawn reports whether a name is that of what a picture can be limited to: a
// client, proxy, backend, server or route.
func (c *completion) drawn(name Ref) bool {
	if c.nodes.position(name.V) >= 0 || c.routes.position(name.V) >= 0 {
		return true
	}
	if backend, server, ok := strings.Cut(name.V, "/"); ok {
		if n, ok := c.nodes.lookup(backend); ok && n.value.backend != nil && c.serversOf(n.value.backend).position(server) >= 0 {
			return true
		}
	}
	if c.nodes.unnamed || c.routes.unnamed {
		return false
	}
	c.unknown(Mistake{Kind: MistakeUnknownDrawn, At: name.At, Name: name.V}, func() []Candidate {
		known := slices.Concat(c.nodes.names, c.routes.names)
		for _, b := range c.t.Backends {
			for _, s := range b.Servers {
				known = append(known, Candidate{s.fullName(), s.At})
			}
		}
		return known
	})
	return false
}
