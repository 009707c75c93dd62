package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// manyShards is over how many proxies, and manyShardRoutes over how many routes, the matrix
// has a row for each proxy instead of each route, and what is as it should be is folded in
// the graph.
const (
	manyShards      = 6
	manyShardRoutes = 40
)

// shardFold is what a graph of many shards folds: the proxies that have routes of their own
// without a fault, and these routes.
type shardFold struct {
	s      *scope
	plain  map[*flow.Proxy]bool
	groups []*shardGroup // of plain proxies
	routes []*flow.Route
}

func drawManyShards(s *scope, c *Flowchart, groups []*shardGroup) {
	c.Above = shardList(s)
	f := foldShards(s, groups)
	control, band := shardGroupsOf(s, c)
	traffic := trafficBetween(s, f.ends)
	folded := len(f.plain) > 0
	if folded {
		control.Boxes = append(control.Boxes, &Box{
			ID: "plain routes", Label: count(len(f.groups), "group") + " of labels", Sub: series(modeCounts(f.routes)), Kind: BoxNote, Many: true})
		band.Boxes = append(band.Boxes, &Box{
			ID: plainShards, Label: count(len(f.plain), "proxy"), Sub: "each with routes of its own", Kind: BoxProxy, Many: true})
		c.Edges = append(c.Edges, &Edge{ID: "plain routes > " + plainShards, From: "plain routes", To: plainShards, Label: admitsWord, Line: LineControl})
	}
	for _, p := range shardBand(s, traffic) {
		if !f.plain[p] {
			band.Boxes = append(band.Boxes, &Box{
				ID: p.Name, Label: p.Title(), Sub: domainWords(p), Kind: BoxProxy, Marks: foldMarks(s.in.Marks(p.Whole))})
		}
	}
	f.rest(c, control, band, groups)
	c.Edges = append(c.Edges, traffic...)
	band.Boxes = append(band.Boxes, f.backends(traffic)...)
	c.Foot = append(c.Foot, fmt.Sprintf("folded: %s and their backends; --only shows some of them, --full all",
		count(flow.CountRoutes(s.routes), "route")))
}

// foldShards finds what is as it should be.
func foldShards(s *scope, groups []*shardGroup) *shardFold {
	f := &shardFold{s: s, plain: map[*flow.Proxy]bool{}}
	for _, p := range shardProxies(s) {
		f.plain[p] = len(s.in.Marks(p.Whole)) == 0
	}
	for _, g := range groups {
		if len(g.proxies) != 1 || len(f.marks(g)) > 0 {
			for _, p := range g.proxies {
				f.plain[p] = false
			}
		}
	}
	for p, plain := range f.plain {
		if !plain {
			delete(f.plain, p)
		}
	}
	if len(f.plain) <= manyShards {
		clear(f.plain)
	}
	for _, g := range groups {
		if f.folds(g) {
			f.groups = append(f.groups, g)
			f.routes = append(f.routes, g.routes...)
		}
	}
	return f
}

func (f *shardFold) folds(g *shardGroup) bool { return len(g.proxies) == 1 && f.plain[g.proxies[0]] }

// marks are the findings of a group of routes, and what keeps them from being reached.
func (f *shardFold) marks(g *shardGroup) []Mark {
	var out []Mark
	for _, r := range g.routes {
		out = append(out, f.s.in.Marks(r.Whole)...)
		for _, why := range shardFaults(f.s.in.Topology, r) {
			out = append(out, Mark{Message: why, Error: true})
		}
	}
	return foldMarks(out)
}

// plainShards is the box of all proxies that are folded.
const plainShards = "plain shards"

// ends are the boxes of a hop: one for the folded proxies, and one for the backends of each
// box of proxies.
func (f *shardFold) ends(h *hop) (from, to string) {
	name := func(p *flow.Participant) string {
		if p.Proxy != nil && f.plain[p.Proxy] {
			return plainShards
		}
		return node(p)
	}
	from = name(h.conn.From)
	if h.conn.To.Server != nil {
		return from, backendsOf(from)
	}
	return from, name(h.conn.To)
}

// backendsOf is the box of all backends to which a box of proxies sends.
func backendsOf(proxy string) string { return "backends of " + proxy }

// rest draws the groups of routes that are not folded.
func (f *shardFold) rest(c *Flowchart, control, band *Group, groups []*shardGroup) {
	ends := map[string]bool{}
	for i, g := range groups {
		if f.folds(g) {
			continue
		}
		box := &Box{
			ID: fmt.Sprintf("routes %d", i+1), Label: g.title(), Sub: series(modeCounts(g.routes)), Kind: BoxNote, Many: true, Marks: f.marks(g)}
		control.Boxes = append(control.Boxes, box)
		if len(g.proxies) == 0 {
			id := "nobody"
			if g.refused {
				id = "refused"
			}
			if !ends[id] {
				ends[id] = true
				band.Boxes = append(band.Boxes, &Box{ID: id, Label: strings.ToUpper(g.unserved()[:1]) + g.unserved()[1:], Kind: BoxFault})
			}
			c.Edges = append(c.Edges, &Edge{ID: box.ID + " > " + id, From: box.ID, To: id, Line: LineControl})
		}
		for _, p := range g.proxies {
			if to := p.Name; f.s.node(to) {
				if f.plain[p] {
					to = plainShards
				}
				c.Edges = append(c.Edges, &Edge{ID: box.ID + " > " + to, From: box.ID, To: to, Line: LineControl})
			}
		}
	}
}

// backends are the boxes of the backends of each box of proxies.
func (f *shardFold) backends(traffic []*Edge) []*Box {
	of := map[string]map[*flow.Backend]bool{}
	var order []string
	for _, p := range f.s.in.Topology.Proxies {
		name := p.Name
		if f.plain[p] {
			name = plainShards
		}
		id := backendsOf(name)
		if !ends(traffic, id) {
			continue
		}
		if of[id] == nil {
			of[id] = map[*flow.Backend]bool{}
			order = append(order, id)
		}
		for _, r := range f.s.routesOn(p) {
			for _, to := range r.Targets {
				if to.Backend != nil {
					of[id][to.Backend] = true
				}
			}
		}
	}
	var out []*Box
	for _, id := range order {
		out = append(out, &Box{ID: id, Label: count(len(of[id]), "backend"), Kind: BoxBackend, Many: true})
	}
	return out
}

// shardList is a row for each proxy, with how many routes it admits, and a row for routes
// that are not reached by their names, these first.
func shardList(s *scope) *Table {
	t := &Table{Columns: columns("Proxy", "Admits", "Routes", "Domain", "Servers")}
	if lost := lostRoutes(s); len(lost) > 0 {
		t.Sections = append(t.Sections, &Section{Title: "Not reached", Rows: lost})
	}
	section := &Section{}
	for _, p := range shardProxies(s) {
		routes := s.routesOn(p)
		servers := 0
		seen := map[*flow.Backend]bool{}
		for _, r := range routes {
			for _, to := range r.Targets {
				if b := to.Backend; b != nil && !seen[b] {
					seen[b] = true
					servers += len(b.Servers)
				}
			}
		}
		section.Rows = append(section.Rows, &TableRow{
			Cells: cells(p.Title(), admitWords(p), series(modeCounts(routes)), domainWords(p), count(servers, "server")),
			Marks: foldMarks(s.in.Marks(p.Whole)),
		})
	}
	t.Sections = append(t.Sections, section)
	t.dropEmpty()
	return t
}

// lostRoutes are the routes with something that keeps them from being reached, one row for
// all with the same.
func lostRoutes(s *scope) []*TableRow {
	names := map[string][]string{}
	var order []string
	for _, r := range s.routes {
		for _, why := range shardFaults(s.in.Topology, r) {
			if len(names[why]) == 0 {
				order = append(order, why)
			}
			names[why] = add(names[why], r.FullName())
		}
	}
	var out []*TableRow
	for _, why := range order {
		row := &TableRow{Cells: cells(few(names[why], 3, "route"), "", "", "", "")}
		row.Cells[1] = Cell{Text: why, Tone: ToneBad}
		out = append(out, row)
	}
	return out
}
