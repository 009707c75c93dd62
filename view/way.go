package view

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// course is the hops that one connection of a client leads to, and the arrows
// that are drawn for them.
type course struct {
	hops  []*hop
	edges []*Edge
}

func (c *course) add(h *hop, e *Edge) {
	c.hops, c.edges = append(c.hops, h), append(c.edges, e)
}

// ends reports whether the course has reached a box.
func (c *course) ends(box string) bool {
	return len(c.edges) == 0 || c.edges[len(c.edges)-1].To == box
}

// fork is the course up to where an arrow begins, and that arrow.
func (c *course) fork(h *hop, e *Edge) *course {
	i := slices.IndexFunc(c.edges, func(on *Edge) bool { return on.To == e.From })
	out := &course{slices.Clone(c.hops[:i+1]), slices.Clone(c.edges[:i+1])}
	out.add(h, e)
	return out
}

// way keeps what a course shows, unless another one shows the same.
func (g *structure) way(c *course) {
	if len(c.hops) == 0 {
		return
	}
	w := &Way{}
	names := c.names()
	seen := map[*flow.Session]bool{}
	for i, h := range c.hops {
		w.Hops = append(w.Hops, Hop{c.edges[i], h.wire(names[h.session])})
		if s := h.session; s != nil && !seen[s] {
			seen[s] = true
			w.Keys = append(w.Keys, g.keys(s, names[s]))
		}
	}
	said := fmt.Sprint(w.Keys)
	for _, h := range w.Hops {
		said += "\n" + h.Edge.ID + " " + h.Wire
	}
	if !g.said[said] {
		g.said[said] = true
		g.chart.Ways = append(g.chart.Ways, w)
	}
}

// names are what the sessions of a course are called on its arrows: an arrow
// may have been drawn for an earlier connection, whose session has another
// number. Where that would give two sessions one name, they keep their own.
func (c *course) names() map[*flow.Session]string {
	drawn, own := map[*flow.Session]string{}, map[*flow.Session]string{}
	owner := map[string]*flow.Session{}
	clash := false
	for i, h := range c.hops {
		s := h.session
		if s == nil {
			continue
		}
		name := c.edges[i].Session
		own[s] = s.ID
		clash = clash || owner[name] != nil && owner[name] != s || drawn[s] != "" && drawn[s] != name
		drawn[s], owner[name] = name, s
	}
	if clash {
		return own
	}
	return drawn
}

func (g *structure) keys(s *flow.Session, name string) Keys {
	k := Keys{Session: name, Title: s.Title(), Up: s.Up, Mutual: s.ClientCert != nil, Ends: [2]string{g.box(s.Ends[0]), g.box(s.Ends[1])}}
	for _, p := range s.RelayedBy {
		if id := g.box(p); !slices.Contains(k.Ends[:], id) { // else a stage of the proxy that ends it
			k.Relays = add(k.Relays, id)
		}
	}
	return k
}

// box is the id of the box that a participant is drawn as; in words where --only or
// --around leaves it out.
func (g *structure) box(p *flow.Participant) string {
	switch b := g.boxes[node(p)]; {
	case b != nil:
		return b.ID
	case p.Server != nil:
		return boxKinds[BoxBackend] + " " + p.Server.Backend.Title()
	case p.Proxy != nil:
		return boxKinds[BoxProxy] + " " + p.Proxy.Title()
	}
	return boxKinds[BoxClient] + " " + p.Client.Title()
}
