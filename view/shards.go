package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var shardsView = &View{
	Name:  "shards",
	Doc:   "which proxy admits which route by its labels, and where DNS leads: a matrix, then the graph",
	Per:   PerModel,
	Draws: &Flowchart{},
	Project: func(in *Input) (Picture, string) {
		if !slices.ContainsFunc(in.Topology.Proxies, admits) {
			return nil, "no proxy has an admit statement"
		}
		s := newScope(in)
		if len(s.routes) == 0 {
			return nil, "no route to admit"
		}
		return shardsChart(s), ""
	},
}

// admits reports whether a proxy states what it admits.
func admits(p *flow.Proxy) bool { return len(p.Admit)+len(p.AdmitNamespaces) > 0 }

func shardsChart(s *scope) *Flowchart {
	c := &Flowchart{}
	c.Title = heading(s.in.Topology, "shards")
	c.Foot = assumed(s.in.Topology.Assumed)
	groups := shardGroups(s)
	if !s.in.Full && (len(s.routes) > manyShardRoutes || len(shardProxies(s)) > manyShards) {
		drawManyShards(s, c, groups)
	} else {
		c.Above = shardMatrix(s)
		drawShards(s, c, groups)
	}
	c.Above.Title = c.Title
	var said []string
	for _, p := range s.in.Topology.Proxies {
		if admits(p) {
			said = append(said, fmt.Sprintf("%s admits %s and serves %s.",
				p.Title(), admitWords(p), count(flow.CountRoutes(s.routesOn(p)), "route")))
		}
	}
	for _, g := range groups {
		if len(g.proxies) == 0 {
			said = append(said, fmt.Sprintf("%s %s.", count(flow.CountRoutes(g.routes), "route"), g.unserved()))
		}
	}
	c.Desc = strings.Join(said, " ")
	return c
}

// admitWords is what a proxy admits: "sharded=true, tier in (a, b);
// namespaces network!=internal".
func admitWords(p *flow.Proxy) string {
	var parts []string
	for _, sel := range p.Admit {
		parts = append(parts, words.Selector(sel))
	}
	for _, sel := range p.AdmitNamespaces {
		parts = append(parts, "namespaces "+words.Selector(sel))
	}
	if len(parts) == 0 {
		return "what is said to be on it"
	}
	return strings.Join(parts, "; ")
}

// rowSays is what a row says behind its first cell.
func rowSays(row *TableRow) string {
	var out []string
	for _, c := range row.Cells[1:] {
		out = append(out, c.Text)
	}
	return strings.Join(out, "\n")
}

// shardMatrix is a row for each route, or for routes of which the same is said, those with a
// fault first.
func shardMatrix(s *scope) *Table {
	t := &Table{Columns: columns("Routes", "Labels")}
	proxies := shardProxies(s)
	for _, p := range proxies {
		t.Columns = append(t.Columns, Column{Title: p.Title(), Sub: admitWords(p)})
	}
	t.Columns = append(t.Columns, columns("DNS leads to", "Faults")...)
	section := &Section{}
	rows := map[*flow.Route][]*TableRow{} // of each declaration
	alike := map[string]*TableRow{}       // by what they say behind the route
	for _, r := range s.routes {
		row := shardRow(s, r, proxies)
		if len(r.Group) > 0 && rowSame(rows[declared(r)], row) {
			continue
		}
		rows[declared(r)] = append(rows[declared(r)], row)
		says := rowSays(row)
		if same := alike[says]; same != nil && len(row.Marks)+len(same.Marks) == 0 {
			same.Cells[0].Text += ", " + row.Cells[0].Text
			continue
		}
		alike[says] = row
		section.Rows = append(section.Rows, row)
	}
	slices.SortStableFunc(section.Rows, func(a, b *TableRow) int { return faultRank(a) - faultRank(b) })
	t.Sections = []*Section{section}
	t.dropEmpty()
	return t
}

// rowSame reports whether one of the rows says the same.
func rowSame(rows []*TableRow, row *TableRow) bool {
	return slices.ContainsFunc(rows, func(o *TableRow) bool {
		return slices.EqualFunc(o.Cells, row.Cells, func(a, b Cell) bool { return a.Text == b.Text })
	})
}

func faultRank(r *TableRow) int {
	if r.Cells[len(r.Cells)-1].Text != "" || len(r.Marks) > 0 {
		return 0
	}
	return 1
}

// shardProxies are the proxies that take part in sharding: all that clients
// reach, so not those that only stand behind another.
func shardProxies(s *scope) []*flow.Proxy {
	var out []*flow.Proxy
	for _, p := range s.in.Topology.Proxies {
		if s.node(p.Name) && (admits(p) || len(s.routesOn(p)) > 0) {
			out = append(out, p)
		}
	}
	return out
}

func shardRow(s *scope, r *flow.Route, proxies []*flow.Proxy) *TableRow {
	row := &TableRow{Cells: cells(r.FullName(), labelsOf(s, r)), Marks: s.in.Marks(r.Whole)}
	for _, p := range proxies {
		cell := Cell{Text: notAdmitted(p, r), Tone: ToneMuted}
		if slices.Contains(r.Proxies, p) {
			cell = Cell{Text: "admits", Tone: ToneGood}
			if len(r.On) > 0 {
				cell.Text = "by on"
			}
		}
		if r.RefusedBy(p) != nil {
			cell = Cell{Text: "refuses", Tone: ToneBad}
		}
		row.Cells = append(row.Cells, cell)
	}
	row.Cells = append(row.Cells, cells(dnsWords(s.in.Topology, r))...)
	row.Cells = append(row.Cells, Cell{Text: strings.Join(shardFaults(s.in.Topology, r), "; "), Tone: ToneBad})
	return row
}

// notAdmitted is "no" and which conditions of the proxy's admit lines are not met.
func notAdmitted(p *flow.Proxy, r *flow.Route) string {
	if p.NotServed(r) != flow.NotServedSelected {
		return "no"
	}
	var why []string
	for _, s := range p.Selections(r) {
		why = add(why, words.UnmetBriefly(s))
	}
	return "no (" + strings.Join(why, "; ") + ")"
}

// labelsOf is what selectors see of a route: its labels and its namespace's, as far as any of
// them looks at their keys. Objects of a cluster have many others.
func labelsOf(s *scope, r *flow.Route) string {
	out := labelWords(selected(s, r.Labels, func(p *flow.Proxy) []flow.Selector { return p.Admit }))
	if r.Namespace != nil {
		if of := selected(s, r.Namespace.Labels, func(p *flow.Proxy) []flow.Selector { return p.AdmitNamespaces }); len(of) > 0 {
			out = append(out, "namespace "+strings.Join(labelWords(of), ", "))
		}
	}
	return strings.Join(out, "; ")
}

// selected are the labels whose keys a selector of some proxy names.
func selected(s *scope, labels []flow.Label, of func(*flow.Proxy) []flow.Selector) []flow.Label {
	var out []flow.Label
	for _, l := range labels {
		if slices.ContainsFunc(s.in.Topology.Proxies, func(p *flow.Proxy) bool {
			return slices.ContainsFunc(of(p), func(sel flow.Selector) bool {
				return slices.ContainsFunc(sel.Terms, func(t flow.SelectorTerm) bool { return t.Key == l.Key })
			})
		}) {
			out = append(out, l)
		}
	}
	return out
}

// dnsWords are the proxies to which the hosts of a route lead.
func dnsWords(t *flow.Topology, r *flow.Route) string {
	var out []string
	for _, h := range hosts(r) {
		if r.SNI.V != flow.SNIHost {
			break
		}
		if entries, domain := t.EntryProxies(sample(h)); domain != "" {
			for _, p := range entries {
				out = add(out, p.Title())
			}
		}
	}
	return strings.Join(out, ", ")
}

// shardFaults is what keeps a route from being reached by its name.
func shardFaults(t *flow.Topology, r *flow.Route) []string {
	out := refusals(r)
	if len(r.Proxies) == 0 && len(out) > 0 {
		return out
	}
	if len(r.Proxies) == 0 && !t.FailureExpected(r) {
		return []string{"admitted by no proxy"}
	}
	if astray := t.Astray(r); astray != nil && !t.FailureExpected(r) {
		where := titlesOf(astray.Entries)
		if !slices.Equal(astray.Entries, astray.Ends) {
			where += " and on to " + titlesOf(astray.Ends)
		}
		out = add(out, fmt.Sprintf("DNS leads to %s, which does not serve it", where))
	}
	if r.Host.V != "" && overlapping(r) {
		out = add(out, "admitted by "+count(len(r.Proxies), "proxy"))
	}
	return out
}

func titlesOf(proxies []*flow.Proxy) string {
	var names []string
	for _, p := range proxies {
		names = append(names, p.Title())
	}
	return strings.Join(names, " or ")
}

// overlapping reports whether two proxies select the route, and one was to have it
// alone.
func overlapping(r *flow.Route) bool {
	for i, a := range r.Proxies {
		if slices.ContainsFunc(r.Proxies[i+1:], func(b *flow.Proxy) bool { return flow.Overlap(a, b, r) }) {
			return true
		}
	}
	return false
}

// shardGroup is routes that no selector tells apart.
type shardGroup struct {
	labels  string
	refused bool
	routes  []*flow.Route
	proxies []*flow.Proxy
}

// unserved says of a group that no proxy serves why none does.
func (g *shardGroup) unserved() string {
	if g.refused {
		return "refused: the host belongs to another namespace"
	}
	return "admitted by no proxy"
}

// title is the labels of a group at which selectors look, or that there are none.
func (g *shardGroup) title() string {
	if g.labels != "" {
		return g.labels
	}
	if slices.ContainsFunc(g.routes, func(r *flow.Route) bool {
		return len(r.Labels) > 0 || r.Namespace != nil && len(r.Namespace.Labels) > 0
	}) {
		return "no label that a proxy looks at"
	}
	return "no labels"
}

func shardGroups(s *scope) []*shardGroup {
	var out []*shardGroup
	for _, r := range s.routes {
		i := slices.IndexFunc(out, func(g *shardGroup) bool {
			return g.labels == labelsOf(s, r) && slices.Equal(g.proxies, r.Proxies) && g.refused == (len(r.Refused) > 0)
		})
		if i < 0 {
			out = append(out, &shardGroup{labels: labelsOf(s, r), proxies: r.Proxies, refused: len(r.Refused) > 0})
			i = len(out) - 1
		}
		out[i].routes = append(out[i].routes, r)
	}
	return out
}

// shardGroupsOf adds the groups of a graph of shards: of the control plane, and of the traffic
// with its clients.
func shardGroupsOf(s *scope, c *Flowchart) (control, band *Group) {
	control = &Group{ID: "routes", Label: "Routes by label, and who admits them"}
	band = &Group{}
	for _, x := range s.in.Topology.Clients {
		if s.node(x.Name) {
			band.Boxes = append(band.Boxes, &Box{
				ID: x.Name, Label: x.Title(), Sub: zoneWords(x.Zone), Kind: BoxClient, Marks: s.in.Marks(x.Whole)})
		}
	}
	c.Groups = []*Group{control, band}
	return control, band
}

// drawShards draws the control plane from groups of routes to proxies, dotted,
// and the traffic from clients through proxies to backends in a band of its own.
func drawShards(s *scope, c *Flowchart, groups []*shardGroup) {
	control, band := &Group{ID: "routes", Label: "Routes by label"}, &Group{}
	c.Groups = []*Group{control}
	zones := map[*flow.Zone]*Group{nil: band}
	in := func(z *flow.Zone) *Group {
		if zones[z] == nil {
			zones[z] = &Group{ID: "zone " + z.Name, Label: z.Title(), Trust: z.Trust.V}
			c.Groups = append(c.Groups, zones[z])
		}
		return zones[z]
	}
	put := func(z *flow.Zone, b *Box) { in(z).Boxes = append(in(z).Boxes, b) }
	for _, x := range s.in.Topology.Clients {
		if s.node(x.Name) {
			put(x.Zone, &Box{ID: x.Name, Label: x.Title(), Kind: BoxClient, Marks: s.in.Marks(x.Whole)})
		}
	}
	traffic := shardTraffic(s)
	for _, p := range shardBand(s, traffic) {
		put(p.Zone, &Box{ID: p.Name, Label: p.Title(), Sub: domainWords(p), Kind: BoxProxy, Marks: s.in.Marks(p.Whole)})
	}
	for i, g := range groups {
		box := groupBox(s, g, fmt.Sprintf("routes %d", i+1))
		control.Boxes = append(control.Boxes, box)
		if len(g.proxies) == 0 {
			nobody := &Box{ID: "nobody", Label: strings.ToUpper(g.unserved()[:1]) + g.unserved()[1:], Kind: BoxFault}
			if g.refused {
				nobody.ID = "refused"
			}
			if !slices.ContainsFunc(band.Boxes, func(b *Box) bool { return b.ID == nobody.ID }) {
				band.Boxes = append(band.Boxes, nobody)
			}
			c.Edges = append(c.Edges, &Edge{ID: box.ID + " > " + nobody.ID, From: box.ID, To: nobody.ID, Line: LineControl})
		}
		for _, p := range g.proxies {
			if s.node(p.Name) {
				c.Edges = append(c.Edges, &Edge{
					ID: box.ID + " > " + p.Name, From: box.ID, To: p.Name, Label: admitsWord, Line: LineControl})
			}
		}
	}
	c.Edges = append(c.Edges, traffic...)
	for _, b := range s.in.Topology.Backends {
		if ends(traffic, b.Name) {
			put(b.Zone, &Box{ID: b.Name, Label: b.Title(), Sub: serversOf(b), Kind: BoxBackend, Marks: s.in.Marks(b.Whole)})
		}
	}
	if len(band.Boxes) > 0 {
		c.Groups = append(c.Groups, band)
	}
	c.Legend = shardLegend(c.Edges)
}

// serversOf are the servers of a backend by their names, or how many there are.
func serversOf(b *flow.Backend) string {
	var names []string
	for _, s := range b.Servers {
		names = append(names, s.Title()+serverState(s))
	}
	return few(names, 2, "server")
}

// shardLegend says what the lines of a graph of shards mean.
func shardLegend(edges []*Edge) []*LegendLine {
	var out []*LegendLine
	seen := map[string]bool{}
	for _, e := range edges {
		if e.Line != LineTLS || seen[e.Session] {
			continue
		}
		seen[e.Session] = true
		of := "the client's TLS session"
		if e.Session != "T1" {
			of = "a TLS session of a proxy's own"
		}
		out = append(out, &LegendLine{Line: LineTLS, Session: e.Session, Name: e.Session, Text: of})
	}
	slices.SortStableFunc(out, func(a, b *LegendLine) int { return strings.Compare(a.Session, b.Session) })
	out = append(out, otherLines(edges)...)
	if slices.ContainsFunc(edges, func(e *Edge) bool { return e.Line == LineControl }) {
		out = append(out, &LegendLine{Line: LineControl, Name: admitsWord, Text: "control, not traffic: the proxy serves these routes"})
	}
	return out
}

// admitsWord is written on the arrow from routes to the proxy that serves them.
const admitsWord = "admitted"

// shardBand are the proxies that traffic of the picture passes, and those that
// take part in sharding. One that only stands before them has no column in the
// matrix, but a box.
func shardBand(s *scope, traffic []*Edge) []*flow.Proxy {
	shards := shardProxies(s)
	return slices.DeleteFunc(slices.Clone(s.in.Topology.Proxies), func(p *flow.Proxy) bool {
		return !slices.Contains(shards, p) && !ends(traffic, p.Name)
	})
}

// ends reports whether an arrow begins or ends at a box.
func ends(edges []*Edge, box string) bool {
	return slices.ContainsFunc(edges, func(e *Edge) bool { return e.From == box || e.To == box })
}

func domainWords(p *flow.Proxy) string {
	var out []string
	for _, d := range p.Domains {
		out = append(out, d.V+" and below")
	}
	return strings.Join(out, ", ")
}

// groupBox is a group of routes with a row for each; over eight, one row for
// each mode.
func groupBox(s *scope, g *shardGroup, id string) *Box {
	b := &Box{ID: id, Label: g.title(), Kind: BoxNote}
	if len(g.routes) > manyRoutes && !s.in.Full || s.collapse("routes") {
		for _, mode := range modeCounts(g.routes) {
			b.Rows = append(b.Rows, &BoxRow{ID: mode, Text: mode})
		}
		return b
	}
	for _, r := range g.routes {
		row := &BoxRow{ID: r.Name, Text: r.FullName(), Note: strings.Join(hosts(r), ", "), Marks: s.in.Marks(r.Whole)}
		for _, why := range shardFaults(s.in.Topology, r) {
			row.Marks = append(row.Marks, Mark{Message: why, Error: true})
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

// shardTraffic is what the courses of the routes really send, one arrow for
// each pair of nodes and state of the wire.
func shardTraffic(s *scope) []*Edge {
	return trafficBetween(s, func(h *hop) (from, to string) { return node(h.conn.From), node(h.conn.To) })
}

// carriedBy is what a hop carries, behind the mode of the route of the proxy that sends it.
func carriedBy(h *hop) string {
	r, p := h.conn.Route, h.conn.From.Proxy
	if r == nil || p == nil {
		return h.state()
	}
	state := h.state()
	switch {
	case h.session == nil:
	case slices.ContainsFunc(h.session.RelayedBy, func(by *flow.Participant) bool { return by.Proxy == p }):
		state = "client's " + state
	default:
		state = "own " + state
	}
	return modeOn(r, p) + ", " + state
}

// trafficBetween is the traffic of a picture whose boxes are those that ends names.
func trafficBetween(s *scope, ends func(*hop) (from, to string)) []*Edge {
	drawn := map[string]bool{}
	var out []*Edge
	for _, r := range s.routes {
		l := s.in.meant(r)
		if l == nil {
			continue
		}
		for _, l := range append([]*flow.Lifecycle{l}, s.in.otherTargets(r)...) {
			for _, h := range hopsOf(l) {
				if !s.node(node(h.conn.From)) || !s.node(node(h.conn.To)) {
					continue
				}
				from, to := ends(h)
				label := carriedBy(h)
				id := fmt.Sprintf("%s > %s %s", from, to, label)
				if h.broken() {
					id += " broken"
				}
				if !drawn[id] {
					drawn[id] = true
					out = append(out, &Edge{ID: id, From: from, To: to, Label: label, Line: h.line(), Session: h.id(), Broken: h.broken()})
				}
			}
		}
	}
	return out
}
