package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var topologyView = &View{
	Name:  "topology",
	Doc:   "zones, clients, proxies with their routes, backends, and what each wire carries",
	Per:   PerModel,
	Draws: &Flowchart{},
	Project: func(in *Input) (Picture, string) {
		if len(in.Topology.Clients)+len(in.Topology.Proxies)+len(in.Topology.Backends) == 0 {
			return nil, "nothing is declared"
		}
		chart := topologyChart(newScope(in))
		if len(chart.Groups) == 0 {
			return nil, "nothing of the model is left by --only and --around"
		}
		return chart, ""
	},
}

// manyRoutes is over how many routes a proxy's rows are one for each mode, manyBoxes over
// how many boxes clients, proxies and backends are folded, and manyProxies over how many
// proxies these are.
const (
	manyRoutes  = 8
	manyBoxes   = 25
	manyProxies = 8
)

// Folds reports whether the topology of a model folds: it has more routes or boxes than are drawn
// one by one.
func Folds(t *flow.Topology) bool {
	return len(t.Clients)+len(t.Proxies)+len(t.Backends) > manyBoxes ||
		slices.ContainsFunc(t.Proxies, func(p *flow.Proxy) bool { return len(p.Routes) > manyRoutes })
}

// structure is a topology picture while it grows.
type structure struct {
	s      *scope
	chart  *Flowchart
	groups map[*flow.Zone]*Group
	boxes  map[string]*Box       // by the name of the node
	rows   map[*flow.Proxy]*rows // of proxies
	shared map[*Box]*rows        // of boxes that stand for several proxies
	stands map[*Box]int          // for how many nodes a folded box stands
	edges  map[string]*Edge
	plain  map[*BoxRow]bool // whose notes are of plaintext
	said   map[string]bool  // the ways, by what they say
	states map[*Edge]*wireStates
	failed map[*flow.Request][]*course // what is drawn of those that fail
	more   map[*Edge]tally
	meant  map[flow.Reason]bool // why requests fail that are to; nil until first used
	stops  map[*Edge]bool       // at which a course fails
	goes   map[*Edge]bool       // at which a course does not
}

// rows maps the routes of a proxy to rows of its box.
type rows struct {
	box    *Box
	folded bool
	by     map[string]*BoxRow
	counts map[string]int // of routes, by mode, where folded
}

func topologyChart(s *scope) *Flowchart {
	g := &structure{
		s: s, chart: &Flowchart{}, groups: map[*flow.Zone]*Group{},
		boxes: map[string]*Box{}, rows: map[*flow.Proxy]*rows{}, shared: map[*Box]*rows{}, stands: map[*Box]int{},
		edges: map[string]*Edge{}, plain: map[*BoxRow]bool{}, said: map[string]bool{},
		states: map[*Edge]*wireStates{}, failed: map[*flow.Request][]*course{}, more: map[*Edge]tally{},
		stops: map[*Edge]bool{}, goes: map[*Edge]bool{},
	}
	t := s.in.Topology
	g.chart.Title = heading(t, "topology")
	for _, z := range t.Zones {
		g.groups[z] = &Group{ID: "zone " + z.Name, Label: z.Title(), Trust: z.Trust.V}
	}
	g.groups[nil] = &Group{}
	g.nodes()
	for _, r := range s.passing {
		g.route(r)
	}
	g.failing()
	for _, r := range s.routes {
		g.findings(r)
	}
	g.foldFindings()
	g.tallies()
	g.ends()
	g.order()
	g.terms()
	g.legend()
	g.chart.Foot = append(assumed(t.Assumed), g.chart.Foot...)
	g.chart.Desc = describeTopology(s)
	return g.chart
}

// nodes draws clients, proxies and backends in the order of the traffic, folded
// where they are many. A zone stands where its first node does.
func (g *structure) nodes() {
	t, s := g.s.in.Topology, g.s
	var clients []*flow.Client
	for _, c := range t.Clients {
		if s.node(c.Name) {
			clients = append(clients, c)
		}
	}
	var backends []*flow.Backend
	var proxies []*flow.Proxy
	for _, p := range outerFirst(t) {
		if s.node(p.Name) {
			proxies = append(proxies, p)
		}
	}
	for _, b := range t.Backends {
		if s.node(b.Name) {
			backends = append(backends, b)
		}
	}
	many := !s.in.Full && len(clients)+len(proxies)+len(backends) > manyBoxes
	for _, c := range clients {
		g.client(c, many && len(clients) > manyServers)
	}
	depth := proxyDepths(t)
	for _, p := range proxies {
		if many && len(proxies) > manyProxies {
			g.foldProxy(p, depth[p])
		} else {
			g.proxy(p)
		}
	}
	for _, b := range backends {
		g.backend(b, many && len(backends) > manyServers)
	}
	if many {
		g.foldFoot(len(clients), len(proxies), len(backends))
	}
}

// outerFirst are the proxies, each behind those that send to it.
func outerFirst(t *flow.Topology) []*flow.Proxy {
	depth := proxyDepths(t)
	out := slices.Clone(t.Proxies)
	slices.SortStableFunc(out, func(a, b *flow.Proxy) int { return depth[a] - depth[b] })
	return out
}

// proxyDepths are how many proxies stand before each.
func proxyDepths(t *flow.Topology) map[*flow.Proxy]int {
	depth := map[*flow.Proxy]int{}
	for range t.Proxies { // a loop of proxies ends here
		deeper := false
		for _, r := range t.Routes {
			for _, to := range r.Targets {
				for _, p := range r.Proxies {
					if to.Proxy != nil && depth[to.Proxy] <= depth[p] {
						depth[to.Proxy], deeper = depth[p]+1, true
					}
				}
			}
		}
		if !deeper {
			break
		}
	}
	return depth
}

func (g *structure) foldFoot(clients, proxies, backends int) {
	var what []string
	for _, of := range []struct {
		n, most int
		noun    string
	}{{clients, manyServers, "client"}, {proxies, manyProxies, "proxy"}, {backends, manyServers, "backend"}} {
		if of.n > of.most {
			what = append(what, count(of.n, of.noun))
		}
	}
	if len(what) > 0 {
		g.chart.Foot = append(g.chart.Foot, "folded: "+series(what)+", one box in each zone; --only shows some of them, --full all")
	}
}

// foldProxy adds a proxy to the box of all proxies of its zone that stand behind as many
// others.
func (g *structure) foldProxy(p *flow.Proxy, depth int) {
	behind := ""
	if depth > 0 {
		behind = fmt.Sprintf(" behind %d", depth)
	}
	b := g.foldedBox(p.Zone, "proxy", behind, BoxProxy)
	b.Marks = append(b.Marks, g.s.in.Marks(p.Whole)...)
	g.place(p.Zone, p.Name, b)
	g.stands[b]++
	b.Label = count(g.stands[b], "proxy")
	r := g.shared[b]
	if r == nil {
		r = &rows{box: b, by: map[string]*BoxRow{}, folded: true, counts: map[string]int{}}
		g.shared[b] = r
	}
	g.rows[p] = r
	g.modeRows(p, r)
	if n := len(p.Refused); n > 0 {
		r.counts["refused"] += n
		r.add("mode refused", "").Text = fmt.Sprintf("%d refused", r.counts["refused"])
	}
}

// modeRows adds the routes of a proxy to one row for each mode.
func (g *structure) modeRows(p *flow.Proxy, r *rows) {
	for _, route := range g.s.routesOn(p) {
		m := modeOn(route, p)
		r.counts[m]++
		r.add("mode "+m, "")
	}
	for m, n := range r.counts {
		if row := r.by["mode "+m]; row != nil {
			row.Text = fmt.Sprintf("%d %s", n, m)
		}
	}
}

func (g *structure) place(z *flow.Zone, name string, b *Box) {
	g.boxes[name] = b
	group := g.groups[z]
	if !b.Many || !slices.Contains(group.Boxes, b) { // any other one is placed once
		group.Boxes = append(group.Boxes, b)
	}
	if !slices.Contains(g.chart.Groups, group) {
		g.chart.Groups = append(g.chart.Groups, group)
	}
}

// foldedBox returns the box that stands for all clients or backends of a zone.
func (g *structure) foldedBox(z *flow.Zone, what, more string, kind BoxKind) *Box {
	id := "all " + plural(what) + more
	if z != nil {
		id += " in " + z.Name
	}
	for _, b := range g.groups[z].Boxes {
		if b.ID == id {
			return b
		}
	}
	return &Box{ID: id, Kind: kind, Many: true}
}

func (g *structure) client(c *flow.Client, fold bool) {
	if fold {
		b := g.foldedBox(c.Zone, "client", "", BoxClient)
		b.Marks = append(b.Marks, g.s.in.Marks(c.Whole)...)
		g.place(c.Zone, c.Name, b)
		g.stands[b]++
		b.Label = count(g.stands[b], "client")
		return
	}
	g.place(c.Zone, c.Name, &Box{ID: c.Name, Label: c.Title(), Sub: c.Address.V, Kind: BoxClient, Marks: g.s.in.Marks(c.Whole)})
}

func (g *structure) backend(b *flow.Backend, fold bool) {
	if fold {
		x := g.foldedBox(b.Zone, "backend", "", BoxBackend)
		x.Marks = append(x.Marks, g.s.in.Marks(b.Whole)...)
		g.place(b.Zone, b.Name, x)
		g.stands[x]++
		x.Label = count(g.stands[x], "backend")
		return
	}
	x := &Box{ID: b.Name, Label: b.Title(), Kind: BoxBackend, Marks: g.s.in.Marks(b.Whole)}
	for _, c := range b.End.Certificates {
		x.Sub = "certificate " + c.V.Title()
	}
	g.place(b.Zone, b.Name, x)
	if n := len(b.Servers); n == 0 {
		x.Rows = []*BoxRow{{ID: "none", Text: "no server"}}
	} else if n > manyServers && !g.s.in.Full || g.s.collapse("servers") && n > 1 {
		x.Rows = []*BoxRow{{ID: "servers", Text: count(n, "server"), Note: strings.TrimPrefix(downWords(b), ", ")}}
	} else {
		for _, s := range b.Servers {
			x.Rows = append(x.Rows, &BoxRow{
				ID: s.Name, Noun: "server", Text: s.Title() + serverState(s), Note: s.Address, Down: s.State.V != flow.ServerUp})
		}
	}
}

func (g *structure) proxy(p *flow.Proxy) {
	b := &Box{ID: p.Name, Label: p.Title(), Sub: proxyWords(p), Kind: BoxProxy, Marks: g.s.in.Marks(p.Whole)}
	g.place(p.Zone, p.Name, b)
	own := g.s.routesOn(p)
	r := &rows{box: b, by: map[string]*BoxRow{}, folded: len(own) > manyRoutes && !g.s.in.Full || g.s.collapse("routes") && len(own) > 1}
	g.rows[p] = r
	if !r.folded {
		for _, route := range own {
			row := r.add(rowID(route), strings.Join(add(add(add([]string{route.FullName()}, pathWords(route)), modeOn(route, p)), ownWords(route)), "  "))
			row.Noun, row.Name = "route", route.FullName()
		}
		g.foreign(p, r)
		return
	}
	r.counts = map[string]int{}
	g.modeRows(p, r)
}

// foreign lists the routes that a proxy refuses, from which no arrow leads.
func (g *structure) foreign(p *flow.Proxy, r *rows) {
	for _, route := range p.Refused {
		if !g.s.route(route) {
			continue
		}
		row := r.add(rowID(route), strings.Join(add(add([]string{route.FullName()}, pathWords(route)), "refused"), "  "))
		row.Noun, row.Name = "route", route.FullName()
		if row.Marks = g.s.in.Marks(route.Whole); len(row.Marks) == 0 {
			row.Marks = []Mark{{Message: words.Refusal(route.RefusedBy(p)), Error: true}}
		}
	}
}

func rowID(r *flow.Route) string { return "route " + r.Name }

// row returns the row of a route in a proxy's box; nil where it has none.
func (r *rows) row(p *flow.Proxy, route *flow.Route) *BoxRow {
	if route == nil {
		return nil
	}
	if r.folded {
		return r.by["mode "+modeOn(route, p)]
	}
	return r.by[rowID(route)]
}

func (r *rows) add(id, text string) *BoxRow {
	if row, ok := r.by[id]; ok {
		return row
	}
	row := &BoxRow{ID: id, Text: text}
	r.by[id] = row
	r.box.Rows = append(r.box.Rows, row)
	return row
}

// route draws what the courses of a route send: that by which it is meant to be
// reached, plaintext where it takes that, and those of the requests, of the model and
// supplied ones: what is supplied for another route may be what shows this one.
func (g *structure) route(r *flow.Route) {
	in := g.s.in
	meant := in.meant(r)
	drawn := []*flow.Lifecycle{meant}
	if r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureNone {
		drawn = append(drawn, plaintext(in, r, false)...)
	}
	for _, a := range in.askedOf(r) {
		if a.last && a.fault == flow.FaultNone {
			drawn = append(drawn, in.Derive(a.q))
		}
	}
	for _, q := range in.suppliedFor(r) {
		if meant == nil || q != meant.Request {
			if l := in.Derive(q); l.Outcome.Fault == flow.FaultNone && l.Takes(r) {
				drawn = append(drawn, l)
			}
		}
	}
	for _, l := range drawn {
		if l != nil && !leadsNowhere(l) {
			g.course(l)
		}
	}
	if r.Insecure.V == flow.InsecureRedirect {
		g.strays(r)
	}
	for _, l := range in.otherTargets(r) {
		g.sends(l, in.expects(r, l))
	}
}

// plaintext are the courses of clients' plaintext for the hosts of a route that come
// to it, by the way that the names lead; with those that are lost, if wanted.
func plaintext(in *Input, r *flow.Route, lost bool) []*flow.Lifecycle {
	var out []*flow.Lifecycle
	for _, path := range in.Topology.PlainPaths(r) {
		if path.Route == r || lost && path.Lost() {
			out = append(out, flow.LifecycleOf(in.Topology, path, path.Clients[0]))
		}
	}
	return out
}

// findings puts what is wrong with a route on its rows, and what goes wrong in its
// usual course where that is; on its rows, too, where no arrow shows the course.
func (g *structure) findings(r *flow.Route) {
	marks := g.s.in.Marks(r.Whole)
	if m, ok := g.s.in.routeFault(r); ok && !g.fails(g.s.in.meant(r), m) {
		marks = append(marks, m)
	}
	for _, p := range r.Proxies {
		rows := g.rows[p]
		if rows == nil {
			continue
		}
		if row := rows.row(p, r); row != nil {
			for _, m := range marks {
				row.Marks = marked(row.Marks, m)
			}
		}
	}
}

// course draws the hops of one lifecycle.
func (g *structure) course(l *flow.Lifecycle) {
	if g.failed[l.Request] != nil || !g.s.draws(l) {
		return
	}
	for _, way := range ways(l) {
		for _, c := range g.walk(l, way) {
			if l.Outcome.Fault != flow.FaultNone {
				g.failed[l.Request] = append(g.failed[l.Request], c)
			}
			for _, e := range c.edges {
				g.goes[e] = g.goes[e] || l.Outcome.Fault == flow.FaultNone
			}
			g.way(c)
		}
	}
}

// walk draws what one connection of the client leads to: one course, or several
// where a proxy sends its requests to a backend and to another proxy.
func (g *structure) walk(l *flow.Lifecycle, way []*flow.Connection) []*course {
	at := map[string]string{node(way[0].From): ""} // the row at which each node is reached
	c := &course{}
	out := []*course{c}
	step := func(h *hop, e *Edge) {
		if !c.ends(e.From) {
			c = c.fork(h, e)
			out = append(out, c)
			return
		}
		c.add(h, e)
	}
	for _, p := range passagesOf(l, hopsAlong(l, way)) {
		rows, from := g.rows[p.at], g.boxes[node(p.in.conn.From)]
		fromRow, reached := at[node(p.in.conn.From)]
		if rows == nil || from != nil && !reached {
			continue
		}
		if by := p.in.conn.From.Proxy; by != nil && from != nil {
			if row := g.rows[by].row(by, p.in.conn.Route); row != nil && !strings.HasPrefix(fromRow, row.ID) {
				fromRow = row.ID
			}
		}
		row := rows.row(p.at, p.route)
		if p.out == nil && p.in.session == nil && p.route != nil && p.in.conn.Listener.RedirectsPlaintext(p.route) && l.Outcome.Fault == flow.FaultNone {
			row = g.redirect(p.at, rows, p.in.conn.Port)
		}
		toRow := ""
		if row != nil {
			row = rows.relay(row, p)
			toRow = row.ID
			g.note(row, p)
		}
		if from != nil { // else it is left out
			step(p.in, g.edge(from, fromRow, rows.box, toRow, p.in, ""))
		}
		at[p.at.Name] = toRow
		if p.out == nil || p.out.conn.To.Server == nil {
			continue
		}
		s := p.out.conn.To.Server
		if to := g.boxes[s.Backend.Name]; to != nil {
			step(p.out, g.edge(rows.box, toRow, to, serverRow(to), p.out, targetWeight(p.route, s.Backend)))
		}
	}
	return out
}

// foldFindings leaves one finding of each kind where a box or a row stands for many.
func (g *structure) foldFindings() {
	for _, group := range g.chart.Groups {
		for _, b := range group.Boxes {
			if b.Many {
				b.Marks = foldMarks(b.Marks)
			}
		}
	}
	for _, r := range g.rows {
		if r.folded {
			for _, row := range r.box.Rows {
				row.Marks = foldMarks(row.Marks)
			}
		}
	}
}

// note says what a proxy does for a route. A relay is noted for every kind of
// traffic that reaches it, another route for the one that it is meant for: TLS also
// where a proxy before it sends it plaintext.
func (g *structure) note(row *BoxRow, p *passage) {
	if p.out == nil && p.relays() {
		return // what it closes, it neither ends nor relays
	}
	words := p.words()
	switch {
	case strings.HasPrefix(row.ID, "redirect"), strings.Contains(row.Note, words):
	case row.Note == "", g.plain[row] && p.in.session != nil && p.route.Mode.V != flow.ModeNone:
		row.Note, g.plain[row] = words, p.in.session == nil
	case p.relays() && p.route.Mode.V == flow.ModeNone:
		row.Note += "; " + words
	}
}

// redirect returns the row of a port's redirects. It notes which routes they are
// for, unless they are for all that have TLS.
func (g *structure) redirect(p *flow.Proxy, rows *rows, at int) *BoxRow {
	id := "redirect " + port(at)
	if row, ok := rows.by[id]; ok {
		return row
	}
	row := rows.add(id, port(at)+" redirects to https")
	if rows.box.Many {
		return row
	}
	var names []string
	all := true
	for _, r := range g.s.routesOn(p) {
		if r.Mode.V == flow.ModeNone {
			continue
		}
		if r.Insecure.V == flow.InsecureRedirect {
			names = append(names, r.FullName())
		} else {
			all = false
		}
	}
	if !all {
		row.Note = few(names, 3, "route")
	}
	return row
}

// serverRow is the row at which arrows to a backend end: its only one; else
// the box, as any server may be chosen.
func serverRow(b *Box) string {
	if len(b.Rows) == 1 {
		return b.Rows[0].ID
	}
	return ""
}

// targetWeight is "weight 90" where a route shares its requests out.
func targetWeight(r *flow.Route, b *flow.Backend) string {
	if r == nil || len(r.Targets) < 2 {
		return ""
	}
	for _, t := range r.Targets {
		if t.Backend == b {
			return fmt.Sprintf("weight %d", t.Weight.V)
		}
	}
	return ""
}

// edge returns the arrow of a hop, drawn once. Its label has the states of all hops
// that it stands for.
func (g *structure) edge(from *Box, fromRow string, to *Box, toRow string, h *hop, share string) *Edge {
	where := port(h.conn.Port)
	if to.Many {
		where, share = "", "" // one arrow for all of them
	}
	parts := []string{from.ID, fromRow, to.ID, toRow, where, fmt.Sprint(h.line())}
	if h.broken() {
		parts = append(parts, "broken")
	}
	id := strings.Join(parts, "|")
	e := g.edges[id]
	if e == nil {
		e = &Edge{
			ID: id, From: from.ID, FromRow: fromRow, To: to.ID, ToRow: toRow,
			Share: share, Line: h.line(), Session: h.id(), Broken: h.broken()}
		g.edges[id], g.states[e] = e, &wireStates{first: h}
		g.chart.Edges = append(g.chart.Edges, e)
	}
	if states := g.states[e]; states.add(h) {
		e.Label = strings.TrimSuffix(states.label()+", "+e.Share, ", ")
	}
	if note := h.note(g.s.in.Topology); e.Note == "" {
		e.Note = note
	}
	return e
}

// describeTopology is the picture in a paragraph.
func describeTopology(s *scope) string {
	var b strings.Builder
	for _, c := range s.in.Topology.Clients {
		if s.node(c.Name) {
			b.WriteString(c.Title() + inZone(c.Zone) + ". ")
		}
	}
	for _, p := range s.in.Topology.Proxies {
		if !s.node(p.Name) {
			continue
		}
		var ports []string
		for _, l := range p.Listeners {
			ports = append(ports, words.Port(l))
		}
		fmt.Fprintf(&b, "%s%s listens on %s. ", p.Title(), inZone(p.Zone), series(ports))
	}
	if len(s.routes) > manyRoutes {
		fmt.Fprintf(&b, "%s: %s.", count(len(s.routes), "route"), series(modeCounts(s.routes)))
		return b.String()
	}
	for _, r := range s.routes {
		if len(r.Proxies) == 0 && len(r.Refused) > 0 {
			fmt.Fprintf(&b, "Route %s (%s) is %s. ", r.FullName(), routeMode(r), strings.Join(refusals(r), ", "))
			continue
		}
		fmt.Fprintf(&b, "Route %s (%s) leads to %s", r.FullName(), routeMode(r), targetWords(r))
		if l := s.in.meant(r); l != nil {
			for _, p := range passages(l) {
				fmt.Fprintf(&b, "; %s %s", p.at.Title(), p.words())
			}
		}
		b.WriteString(". ")
	}
	return strings.TrimSpace(b.String())
}

func inZone(z *flow.Zone) string {
	if z == nil {
		return ""
	}
	return " in " + zoneWords(z)
}
