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
			if c.drawn(name, false) && !slices.Contains(v.Only, name.V) {
				v.Only = append(v.Only, name.V)
			}
		}
		for _, name := range d.Around {
			if c.drawn(name, true) && !slices.Contains(v.Around, name.V) {
				v.Around = append(v.Around, name.V)
			}
		}
	})
}

// drawn reports whether a name is that of what a picture can be limited to: a
// client, proxy, backend, server or route, or a zone where those are meant, too.
func (c *completion) drawn(name Ref, zones bool) bool {
	if c.nodes.position(name.V) >= 0 || c.routes.position(name.V) >= 0 || zones && c.zones.position(name.V) >= 0 {
		return true
	}
	if backend, server, ok := strings.Cut(name.V, "/"); ok {
		if n, ok := c.nodes.lookup(backend); ok && n.value.backend != nil && c.serversOf(n.value.backend).position(server) >= 0 {
			return true
		}
	}
	if c.nodes.unnamed || c.routes.unnamed || zones && c.zones.unnamed {
		return false
	}
	kind := MistakeUnknownDrawn
	if zones {
		kind = MistakeUnknownPlace
	}
	c.unknown(Mistake{Kind: kind, At: name.At, Name: name.V}, func() []Candidate {
		known := slices.Concat(c.nodes.names, c.routes.names)
		if zones {
			known = append(known, c.zones.names...)
		}
		for _, b := range c.t.Backends {
			for _, s := range b.Servers {
				known = append(known, Candidate{s.fullName(), s.At})
			}
		}
		return known
	})
	return false
}
