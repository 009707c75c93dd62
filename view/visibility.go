package view

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

var visibilityView = &View{
	Name:  "visibility",
	Doc:   "who can read what, wire by wire and node by node",
	Per:   PerModel,
	Draws: &Table{},
	Project: func(in *Input) (Picture, string) {
		shapes := newScope(in).shapes()
		if len(shapes) == 0 {
			return nil, "no route that a client can reach"
		}
		return visibilityTable(in, shapes), ""
	},
}

func visibilityTable(in *Input, shapes []*shape) *Table {
	t := &Table{Columns: columns("Where", "Source address", "SNI", "Certificate", "Host and path", "Headers and cookies", "Body")}
	t.Title = heading(in.Topology, "visibility")
	var words []string
	for _, x := range shapes {
		s := &Section{Title: x.title(), Rows: visibilityRows(x.course)}
		t.Sections = append(t.Sections, s)
		words = append(words, fmt.Sprintf("%s: HTTP is read by %s.", x.title(), series(readers(x.course))))
	}
	t.Foot = assumed(in.Topology.Assumed)
	t.Desc = strings.Join(words, " ")
	return t
}

// visibilityRows alternate node and wire along the way.
func visibilityRows(l *flow.Lifecycle) []*TableRow {
	hops := hopsOf(l)
	if len(hops) == 0 {
		return nil
	}
	rows := []*TableRow{clientSees(hops[0])}
	for i, h := range hops {
		rows = append(rows, wireSees(h))
		var out *hop
		if i+1 < len(hops) {
			out = hops[i+1]
		}
		if h.conn.To.Server != nil {
			rows = append(rows, serverSees(h))
		} else {
			rows = append(rows, proxySees(h, out))
		}
	}
	return rows
}

func reads(text string) Cell     { return Cell{Text: text} }
func cannot() Cell               { return Cell{Text: "cannot", Tone: ToneGood} }
func open(text string) Cell      { return Cell{Text: text, Tone: ToneClear} }
func nothing(text string) Cell   { return Cell{Text: text, Tone: ToneMuted} }
func three(c Cell) []Cell        { return []Cell{c, c, c} }
func where(words ...string) Cell { return Cell{Text: strings.Join(words, ", ")} }

func clientSees(h *hop) *TableRow {
	name := where(h.conn.From.Label)
	sni, cert := nothing("none"), nothing("none")
	if s := h.session; s != nil {
		name = where(h.conn.From.Label, "starts "+s.ID)
		sni = sniCell(s, "sends")
		cert = reads("reads")
	}
	return &TableRow{Cells: append([]Cell{name, reads("its own"), sni, cert}, three(reads("writes"))...)}
}

// wireSees is what an observer on the wire can see (RFC 8446 encrypts the
// certificate, TLS 1.2 does not).
func wireSees(h *hop) *TableRow {
	name := Cell{Text: h.label()}
	source := reads("reads " + h.conn.From.Label + "'s")
	if h.header != "" {
		source.Text += " and the one in " + h.header
	}
	row := &TableRow{Wire: true, Session: h.id(), Cells: []Cell{name, source}}
	s := h.session
	if s == nil {
		row.Cells = append(row.Cells, nothing("none"), nothing("none"))
		row.Cells = append(row.Cells, three(open("reads, may change"))...)
		return row
	}
	row.Cells = append(row.Cells, sniCell(s, "reads"), certificateCell(s))
	row.Cells = append(row.Cells, three(cannot())...)
	return row
}

func sniCell(s *flow.Session, verb string) Cell {
	if s.SNI == "" {
		return nothing("none sent")
	}
	return reads(verb)
}

// certificateCell is the server's certificate as someone without keys sees it.
func certificateCell(s *flow.Session) Cell {
	if s.Version >= flow.TLS13 {
		return cannot()
	}
	return reads("reads")
}

func proxySees(in, out *hop) *TableRow {
	p := passage{at: in.conn.To.Proxy, in: in, out: out}
	name := where(in.conn.To.Label, p.words())
	source := reads("reads")
	if in.header != "" {
		source.Text = "reads, from " + in.header
	}
	if out != nil {
		if out.header != "" {
			source.Text += "; passes it on in " + out.header
		} else {
			source.Text += "; hides it"
		}
	}
	row := &TableRow{Cells: []Cell{name, source}}
	switch {
	case in.session == nil:
		row.Cells = append(row.Cells, nothing("none"), nothing("none"))
		row.Cells = append(row.Cells, three(reads("may change"))...)
	case out != nil && in.session == out.session:
		row.Cells = append(row.Cells, sniCell(in.session, "reads"), certificateCell(in.session))
		row.Cells = append(row.Cells, three(cannot())...)
	default:
		row.Cells = append(row.Cells, sniCell(in.session, "reads"), shows(in.session))
		row.Cells = append(row.Cells, three(reads("may change"))...)
	}
	return row
}

// shows is the certificate that a session's server end shows.
func shows(s *flow.Session) Cell {
	if s.Certificate == nil {
		return reads("shows its own")
	}
	return reads("shows " + s.Certificate.Title())
}

func serverSees(h *hop) *TableRow {
	name := where(h.conn.To.Label)
	source := reads("reads " + h.conn.From.Label + "'s")
	if h.header != "" {
		source.Text = "reads the client's, from " + h.header
	}
	sni, cert := nothing("none"), nothing("none")
	if s := h.session; s != nil {
		name = where(h.conn.To.Label, "ends "+s.ID)
		sni, cert = sniCell(s, "reads"), shows(s)
	}
	return &TableRow{Cells: append([]Cell{name, source, sni, cert}, three(reads("reads"))...)}
}

// readers are the parties beyond the client that can read HTTP on a course.
func readers(l *flow.Lifecycle) []string {
	var nodes, wires []string
	hops := hopsOf(l)
	for i, h := range hops {
		if h.clear() {
			wires = add(wires, "anyone on the wire to "+h.conn.To.Label)
		}
		relayed := i+1 < len(hops) && h.session != nil && hops[i+1].session == h.session
		if !relayed {
			nodes = add(nodes, h.conn.To.Label)
		}
	}
	if len(wires) == len(hops) && len(hops) > 1 {
		wires = []string{"anyone on any wire"}
	}
	return append(nodes, wires...)
}
