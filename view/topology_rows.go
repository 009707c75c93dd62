package view

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// proxyWords is what stands under the name of a proxy: its ports, at which layer it works,
// what it shows to clients and wants of them.
func proxyWords(p *flow.Proxy) string {
	var ports, shown, wants []string
	relays := len(p.Listeners) > 0
	show := func(c *flow.Certificate) {
		if c != nil {
			shown = add(shown, c.Title())
		}
	}
	sockets := 0
	for _, l := range p.Listeners {
		if l.Socket.IsSet() {
			sockets++
		} else {
			ports = add(ports, words.Ports(l))
		}
		relays = relays && l.OnlyRelays()
		for _, c := range l.End.Certificates {
			show(c.V)
		}
		wants = add(wants, certificateWanted(l.End.ClientCertificate.V))
	}
	for _, r := range p.Routes {
		show(r.Certificate.V)
	}
	var out []string
	switch {
	case len(ports) > manyPorts:
		out = append(out, count(len(ports), "port"))
	case len(ports) > 1:
		out = append(out, "ports "+series(ports))
	case len(ports) == 1:
		out = append(out, "port "+ports[0])
	}
	switch {
	case sockets > 1:
		out = append(out, count(sockets, "unix socket"))
	case sockets == 1:
		out = append(out, "unix socket")
	}
	if relays {
		out = append(out, "layer 4")
	}
	switch {
	case len(shown) > 2:
		out = append(out, count(len(shown), "certificate"))
	case len(shown) == 2:
		out = append(out, "certificates "+series(shown))
	case len(shown) == 1:
		out = append(out, "certificate "+shown[0])
	}
	out = append(out, wants...)
	if p.Inner.V.On && p.Inner.V.Address != "" {
		out = append(out, fmt.Sprintf("TLS ends in its inner stage, %s:%d", p.Inner.V.Address, p.Inner.V.Port))
	}
	return strings.Join(out, "; ")
}

// manyPorts is over how many ports of a proxy are counted.
const manyPorts = 4

// certificateWanted is what is wanted of clients' certificates; "" for nothing.
func certificateWanted(auth flow.ClientAuth) string {
	if auth.Mode == flow.AuthNone {
		return ""
	}
	of := ""
	if auth.CA != nil {
		of = " of " + caWords(auth.CA)
	}
	if auth.Mode == flow.AuthRequired {
		return "requires a client certificate" + of
	}
	return "asks for a client certificate" + of
}

// caWords is a CA with what makes it worth saying.
func caWords(ca *flow.CA) string {
	if ca.Private.V {
		return ca.Title() + " (private)"
	}
	return ca.Title()
}

// relay is the row of a route that relays what comes, for the port at which it comes: each
// port has a row of its own, so that what comes in at one is told from what comes in at
// another.
func (r *rows) relay(row *BoxRow, p *passage) *BoxRow {
	if r.folded || p.route == nil || p.route.Mode.V != flow.ModeNone || !p.relays() || p.in.conn.Port == 0 {
		return row
	}
	at := 0
	for _, l := range p.at.Listeners {
		if l.Relays(p.route) {
			at++
		}
	}
	if at < 2 {
		return row
	}
	where := port(p.in.conn.Port)
	if row.Port == "" {
		row.Port = where
		row.Text += "  " + where
	}
	if row.Port == where {
		return row
	}
	id := row.ID + " " + where
	if own, ok := r.by[id]; ok {
		return own
	}
	own := &BoxRow{ID: id, Noun: row.Noun, Name: row.Name, Port: where, Text: strings.TrimSuffix(row.Text, row.Port) + where}
	r.by[id] = own
	i := slices.Index(r.box.Rows, row) + 1
	for i < len(r.box.Rows) && strings.HasPrefix(r.box.Rows[i].ID, row.ID+" :") {
		i++
	}
	r.box.Rows = slices.Insert(r.box.Rows, i, own)
	return own
}

// terms notes at the rows of routes which clients they admit.
func (g *structure) terms() {
	for _, p := range g.s.in.Topology.Proxies {
		rows := g.rows[p]
		if rows == nil || rows.folded {
			continue
		}
		for _, r := range g.s.routesOn(p) {
			row := rows.row(p, r)
			if row == nil {
				continue
			}
			for _, term := range append(allowed(r), certified(r)...) {
				row.Note = strings.TrimPrefix(row.Note+"; "+term, "; ")
			}
		}
	}
}

// ends gives arrows that only requests take that fail their look, and those that reach no
// route a row to end at: what is wrong stands in the box of the proxy.
func (g *structure) ends() {
	boxes := map[string]*Box{}
	for _, group := range g.chart.Groups {
		for _, b := range group.Boxes {
			boxes[b.ID] = b
		}
	}
	fails := map[*Box]int{}
	for _, e := range g.chart.Edges {
		e.Fails = g.stops[e] && !g.goes[e]
		b := boxes[e.To]
		if !e.Fails || e.ToRow != "" || b == nil || b.Kind != BoxProxy || b.Many || len(e.Marks) == 0 {
			continue
		}
		var gets []string
		for _, m := range e.Marks {
			gets = add(gets, m.Gets)
		}
		fails[b]++
		row := &BoxRow{ID: fmt.Sprintf("fails %d", fails[b]), Noun: "failure", Text: strings.Join(gets, " or "), Fails: true, Marks: slices.Clone(e.Marks)}
		row.Name = row.Text
		if len(gets) == 1 {
			for i := range row.Marks {
				row.Marks[i].Gets = ""
			}
		}
		b.Rows = append(b.Rows, row)
		e.ToRow, e.Marks = row.ID, nil
	}
}

// order puts the rows of proxies in the order of the boxes and rows that lead to them, so
// that arrows do not cross. The rows to which none leads stand last.
func (g *structure) order() {
	place := map[[2]string]int{} // of boxes and rows
	n := 0
	into := map[[2]string][]*Edge{}
	for _, e := range g.chart.Edges {
		to := [2]string{e.To, e.ToRow}
		into[to] = append(into[to], e)
	}
	put := func(b *Box) {
		place[[2]string{b.ID, ""}] = n
		n++
		for _, r := range b.Rows {
			place[[2]string{b.ID, r.ID}] = n
			n++
		}
	}
	var proxies []*Box
	for _, group := range g.chart.Groups {
		for _, b := range group.Boxes {
			if b.Kind == BoxProxy {
				proxies = append(proxies, b)
			} else {
				put(b)
			}
		}
	}
	depth := proxyDepths(g.s.in.Topology)
	of := map[*Box]int{}
	for _, p := range g.s.in.Topology.Proxies {
		if b := g.boxes[p.Name]; b != nil {
			of[b] = max(of[b], depth[p])
		}
	}
	slices.SortStableFunc(proxies, func(a, b *Box) int { return of[a] - of[b] })
	for _, b := range proxies {
		first := map[*BoxRow]int{}
		for _, r := range b.Rows {
			first[r] = math.MaxInt - 1
			if r.Fails {
				first[r] = math.MaxInt
				continue
			}
			for _, e := range into[[2]string{b.ID, r.ID}] {
				if from, ok := place[[2]string{e.From, e.FromRow}]; ok {
					first[r] = min(first[r], from)
				}
			}
		}
		slices.SortStableFunc(b.Rows, func(x, y *BoxRow) int { return cmp.Compare(first[x], first[y]) })
		put(b)
	}
}
