package emit

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/view"
)

// dot writes flowcharts for Graphviz.
var dot = &Format{
	Name: "dot",
	Ext:  "dot",
	Doc:  "Graphviz DOT, to lay out and style by yourself",
	Fits: isFlowchart,
	Emit: func(_ context.Context, pic view.Picture, _ Options) ([]byte, diag.List, error) {
		c := newChart(pic.(*view.Flowchart), breaksTried[0])
		c.spread()
		return c.writeDOT(dotText{}), nil, nil
	},
}

func isFlowchart(pic view.Picture) bool {
	_, ok := pic.(*view.Flowchart)
	return ok
}

// dotLabels is what a DOT graph says in its frames, boxes and labels. dotText
// says what there is to read, dotRoom only how much room it takes.
type dotLabels interface {
	name(b *boxPlan) string                     // of the node
	box(b *boxPlan) string                      // an HTML-like label, without its angle brackets
	edge(e *edgePlan) string                    // one, too; "" for none
	start(e *edgePlan) string                   // the port of a box without rows; "" for its middle
	heading() string                            // the port above the rows
	stroke(e *edgePlan) string                  // attributes
	group(w *dotWriter, f *frame, body func())  // a cluster around body
	around(c *chart, w *dotWriter, body func()) // everything
}

// crowded is from how many boxes on Graphviz is told to take less care, which
// halves its time.
const crowded = 150

// dotWriter writes DOT, one statement a line.
type dotWriter struct {
	strings.Builder
	depth int
}

func (w *dotWriter) line(parts ...string) {
	w.WriteString(strings.Repeat("  ", w.depth))
	for _, p := range parts {
		w.WriteString(p)
	}
	w.WriteByte('\n')
}

func (w *dotWriter) block(head string, body func()) {
	w.line(head, " {")
	w.depth++
	body()
	w.depth--
	w.line("}")
}

// writeDOT writes the graph: frames in frames, boxes in the order of the
// picture, rows as ports.
func (c *chart) writeDOT(l dotLabels) []byte {
	w := &dotWriter{}
	w.block("digraph flowc", func() {
		rank, sep := "LR", "0.25" // labels on arrows stand between the ranks
		switch {
		case c.pic.Down:
			rank, sep = "TB", "0.5"
		case c.bundled():
			sep = "0.4"
		}
		// Graphviz has exact metrics for this name alone: those of Arial.
		w.line(`graph [fontname="Helvetica", fontsize=14, rankdir=`, rank, `, nodesep=0.3, ranksep=`, sep, `]`)
		w.line(`node [fontname="Helvetica", fontsize=14, shape=plain]`)
		w.line(`edge [fontname="Helvetica", fontsize=12]`)
		if len(c.boxes) >= crowded {
			w.line(`graph [splines=line, nslimit=0.5, nslimit1=0.5, mclimit=0.1]`)
		}
		l.around(c, w, func() {
			frames := c.frames
			for _, g := range c.pic.Groups {
				frames = c.dotGroup(w, l, g, frames)
			}
			for _, e := range c.edges {
				c.dotEdge(w, l, e)
			}
			c.dotLonely(w, l)
			c.dotOutside(w, l)
		})
	})
	return []byte(w.String())
}

// bundled reports whether arrows have to part or meet between two boxes, and
// need room to bend.
func (c *chart) bundled() bool {
	n := map[[2]*boxPlan]int{}
	for _, e := range c.edges {
		n[[2]*boxPlan{e.from, e.to}]++
		if n[[2]*boxPlan{e.from, e.to}] > 2 {
			return true
		}
	}
	return false
}

// dotGroup writes a group with what is in it. The frames left are those of the
// groups behind it.
func (c *chart) dotGroup(w *dotWriter, l dotLabels, g *view.Group, frames []*frame) []*frame {
	body := func() {
		for _, b := range g.Boxes {
			p := c.index[b.ID]
			w.line(l.name(p), ` [id="n`, strconv.Itoa(p.n), `", label=<`, l.box(p), `>]`)
		}
		for _, inner := range g.Groups {
			frames = c.dotGroup(w, l, inner, frames)
		}
	}
	if !framed(g) {
		body()
		return frames
	}
	f := frames[0]
	frames = frames[1:]
	l.group(w, f, body)
	return frames
}

// cluster writes a subgraph with a frame. All of it is said every time, because
// a subgraph inherits what the one around it says.
func (w *dotWriter) cluster(name, label, attrs string, body func()) {
	if label == "" {
		label = `""`
	} else {
		label = `<` + label + `>`
	}
	w.block("subgraph cluster_"+name, func() {
		w.line(`graph [label=`, label, `, labeljust=l, `, attrs, `]`)
		body()
	})
}

// kindOrder is the order from left to right of what traffic passes through.
var kindOrder = map[view.BoxKind]int{
	view.BoxClient: 1, view.BoxProxy: 2, view.BoxBackend: 3, view.BoxServer: 4,
}

func (c *chart) dotEdge(w *dotWriter, l dotLabels, e *edgePlan) {
	from, to := l.name(e.from), l.name(e.to)
	if p := e.from.port(e.edge.FromRow); p >= 0 {
		from += ":r" + strconv.Itoa(p)
	} else if s := l.start(e); s != "" {
		from += ":" + s
	}
	if p := e.to.port(e.edge.ToRow); p >= 0 {
		to += ":r" + strconv.Itoa(p)
	} else if len(e.to.rows) > 0 && c.forward(e) { // the box as a whole, so none of its rows
		to += ":" + l.heading()
	}
	if c.forward(e) {
		from, to = from+":e", to+":w"
	}
	attrs := `id="e` + strconv.Itoa(e.n) + `", ` + l.stroke(e)
	if label := l.edge(e); label != "" {
		attrs += `, label=<` + label + `>`
	}
	w.line(from, ` -> `, to, ` [`, attrs, `]`)
}

// forward reports whether an arrow runs from a box's right side to another's
// left; of others Graphviz chooses the sides.
func (c *chart) forward(e *edgePlan) bool {
	from, to := kindOrder[e.from.box.Kind], kindOrder[e.to.box.Kind]
	back := from > 0 && to > 0 && from > to
	return !c.pic.Down && !back && e.from != e.to
}

// dotLonely keeps boxes without any arrow in their column: what nobody
// connects to would otherwise stand where the clients do.
func (c *chart) dotLonely(w *dotWriter, l dotLabels) {
	touched := map[*boxPlan]bool{}
	for _, e := range c.edges {
		touched[e.from], touched[e.to] = true, true
	}
	control := c.controlled()
	for _, b := range c.boxes {
		order := kindOrder[b.box.Kind]
		if order == 1 && control != nil {
			w.line(l.name(control), ` -> `, l.name(b), ` [style=invis]`)
		}
		if touched[b] || order < 2 {
			continue
		}
		if left := c.lastBefore(order); left != nil {
			w.line(l.name(left), ` -> `, l.name(b), ` [style=invis]`)
		}
	}
}

// dotOutside keeps clients in a zone of their own left of those that share one
// with a proxy: in one column with them, their zone would stand above or below
// the proxy's and their arrows would come in through its roof.
func (c *chart) dotOutside(w *dotWriter, l dotLabels) {
	var outside, inside []*boxPlan
	for _, g := range c.pic.Groups {
		var clients []*boxPlan
		proxies := false
		eachBox(g, func(b *view.Box) {
			if b.Kind == view.BoxClient {
				clients = append(clients, c.index[b.ID])
			}
			proxies = proxies || b.Kind == view.BoxProxy
		})
		if proxies {
			inside = append(inside, clients...)
		} else {
			outside = append(outside, clients...)
		}
	}
	if len(inside) == 0 {
		return
	}
	for _, b := range outside {
		w.line(l.name(b), ` -> `, l.name(inside[0]), ` [style=invis]`)
	}
}

// controlled returns the first box that only steers others, nil for none. Such
// boxes get a column of their own, left of the clients: above them, their
// arrows would have to find a way through the traffic's.
func (c *chart) controlled() *boxPlan {
	for _, e := range c.edges {
		if e.edge.Line == view.LineControl && kindOrder[e.from.box.Kind] == 0 {
			return e.from
		}
	}
	return nil
}

// lastBefore returns the first box of the kind that stands directly left of
// those of the given order; nil for none.
func (c *chart) lastBefore(order int) *boxPlan {
	var found *boxPlan
	for _, b := range c.boxes {
		o := kindOrder[b.box.Kind]
		if o > 0 && o < order && (found == nil || o > kindOrder[found.box.Kind]) {
			found = b
		}
	}
	return found
}

// dotText writes labels to be read, in the colours of the light scheme.
type dotText struct{}

// dotPlain is what a node may be called by itself; others get a name that
// these cannot be.
var dotPlain = lazy.Regexp(`^[A-Za-z0-9_./:-]+$`)

func (dotText) name(b *boxPlan) string {
	if dotPlain.Get().MatchString(b.box.ID) {
		return `"` + b.box.ID + `"`
	}
	return `"box ` + strconv.Itoa(b.n) + `"`
}

// group draws the double frame of an untrusted zone as one in another: a
// cluster has one line only.
func (dotText) group(w *dotWriter, f *frame, body func()) {
	name, label := strconv.Itoa(f.n), ""
	if f.label != nil {
		label = dotCell(`BALIGN="LEFT"`, dotLines(f.label))
	}
	attrs := func(margin string) string {
		return `labelloc=t, peripheries=1, color="` + rule.light + `", margin=` + margin
	}
	if !f.group.Untrusted() {
		w.cluster(name, label, attrs("12"), body)
		return
	}
	w.cluster(name+"_untrusted", "", attrs("3"), func() {
		w.cluster(name, label, attrs("12"), body)
	})
}

// dotLines is the lines of a text in its font, colour and size.
func dotLines(t *textBlock) string {
	if strings.TrimSpace(t.tag+strings.Join(t.lines, "")) == "" {
		return ""
	}
	escaped := make([]string, len(t.lines))
	for i, l := range t.lines {
		escaped[i] = strings.ReplaceAll(escape(l), `\`, `\\`) // \N is the node's name, here too
	}
	if t.tag != "" {
		escaped[0] = "<B>" + strings.ReplaceAll(escape(t.tag), `\`, `\\`) + "</B> " + escaped[0]
	}
	out := strings.Join(escaped, "<BR/>")
	switch t.font {
	case fontStrong, fontTitle:
		out = "<B>" + out + "</B>"
	case fontSlanted:
		out = "<I>" + out + "</I>"
	case fontText, fontSmall, fontNote:
	}
	attrs := ""
	if size := faces[t.font].size; size != faces[fontText].size {
		attrs += ` POINT-SIZE="` + strconv.Itoa(size) + `"`
	}
	if t.ink != ink {
		attrs += ` COLOR="` + t.ink.light + `"`
	}
	if attrs == "" {
		return out
	}
	return "<FONT" + attrs + ">" + out + "</FONT>"
}

// dotStack puts texts under each other, leaving out what is empty.
func dotStack(texts ...string) string {
	return joinNonEmpty("<BR/>", texts...)
}

func dotMarks(marks []*markPlan) string {
	var out []string
	for _, m := range marks {
		t := *m.text
		t.lines = append([]string{chartLookOf(m.mark).dot + " " + t.lines[0]}, t.lines[1:]...)
		out = append(out, dotLines(&t))
	}
	return dotStack(out...)
}

// dotCell is a table of one cell.
func dotCell(attrs, inner string) string {
	return `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2"><TR><TD ` + attrs + `>` + inner + `</TD></TR></TABLE>`
}

func (dotText) box(b *boxPlan) string {
	look := boxLooks[b.box.Kind]
	var out strings.Builder
	out.WriteString(`<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="6"`)
	fmt.Fprintf(&out, ` COLOR="%s" BGCOLOR="%s"`, look.edge.light, paper.light)
	switch {
	case look.dash != "":
		out.WriteString(` STYLE="DASHED"`)
	case look.radius > 0:
		out.WriteString(` STYLE="ROUNDED"`)
	}
	align := "CENTER"
	if len(b.rows) > 0 {
		align = "LEFT"
	}
	head := dotLines(b.head)
	if look.sign == &signError {
		head = `<FONT COLOR="` + bad.light + `">&#215; </FONT>` + head
	}
	sub := ""
	if b.sub != nil {
		sub = dotLines(b.sub)
	}
	// The width is ours: Graphviz knows only that of Latin letters.
	out.WriteString(`><TR><TD`)
	if len(b.rows) > 0 {
		fmt.Fprintf(&out, ` PORT="%s"`, dotText{}.heading())
	}
	fmt.Fprintf(&out, ` ALIGN="%s" BALIGN="%s" WIDTH="%d"`, align, align, b.w)
	if look.radius == 0 && look.fill != paper {
		fmt.Fprintf(&out, ` BGCOLOR="%s"`, look.fill.light)
	}
	out.WriteString(`>` + dotStack(head, sub, dotMarks(b.marks)) + `</TD></TR>`)
	for i, r := range b.rows {
		note := ""
		if r.note != nil {
			note = dotLines(r.note)
		}
		fmt.Fprintf(&out, `<HR/><TR><TD PORT="r%d" ALIGN="LEFT" BALIGN="LEFT">%s</TD></TR>`,
			i, dotStack(dotLines(r.text), note, dotMarks(r.marks)))
	}
	out.WriteString(`</TABLE>`)
	return out.String()
}

func (dotText) edge(e *edgePlan) string {
	if e.h == 0 {
		return ""
	}
	label := ""
	if e.label != nil {
		t := *e.label
		t.ink = labelInk(e.edge)
		label = dotLines(&t)
	}
	note := ""
	if e.note != nil {
		note = dotLines(e.note)
	}
	return dotCell(`BALIGN="LEFT" WIDTH="`+strconv.Itoa(e.w)+`"`, dotStack(label, note, dotMarks(e.marks)))
}

func (dotText) start(*edgePlan) string { return "" }

func (dotText) heading() string { return "heading" }

func (dotText) stroke(e *edgePlan) string {
	look, colour := lookOfEdge(e.edge), edgeInk(e.edge).light
	if look.double {
		colour += ":invis:" + colour
	}
	out := `color="` + colour + `", arrowhead=` + look.arrow + `, arrowsize=` + look.size
	if look.dash != "" {
		out += `, style=` + look.style
	}
	return out
}

// around writes the title and what is to be read first above the graph, and
// the foot below it: in the label of a frame that is not drawn, because a graph
// has one label only.
func (dotText) around(c *chart, w *dotWriter, body func()) {
	var top []string
	if c.pic.Title != "" {
		top = append(top, `<TR><TD ALIGN="LEFT" BALIGN="LEFT">`+
			dotLines(text(c.pic.Title, fontTitle, ink, int(defaultPage), maxLines))+`</TD></TR>`)
	}
	if c.pic.Above != nil {
		top = append(top, `<TR><TD ALIGN="LEFT">`+dotTable(c.pic.Above)+`</TD></TR>`)
	}
	if len(top) > 0 {
		w.line(`graph [labelloc=t, labeljust=l, label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="4">`,
			strings.Join(top, ""), `</TABLE>>]`)
	}
	if len(c.pic.Foot)+len(c.pic.Legend) == 0 {
		body()
		return
	}
	var foot []string
	for _, l := range c.pic.Legend {
		e := &view.Edge{Line: l.Line, Session: l.Session, Fails: l.Fails}
		name := text(l.Name+":", fontStrong, labelInk(e), unbroken, 1)
		foot = append(foot, dotLines(name)+" "+dotLines(text(l.Text, fontNote, ink, unbroken, 1)))
	}
	for _, f := range c.pic.Foot {
		foot = append(foot, dotLines(text(f, fontNote, faint, int(defaultPage), maxLines)))
	}
	w.cluster("sheet", dotCell(`BALIGN="LEFT"`, dotStack(foot...)), `labelloc=b, peripheries=0`, body)
}

// dotTable is a table with its headings, sections and marks.
func dotTable(t *view.Table) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<TABLE BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="5" COLOR="%s">`, rule.light)
	cell := func(t *textBlock, right bool, span int) {
		align := "LEFT"
		if right {
			align = "RIGHT"
		}
		fmt.Fprintf(&out, `<TD ALIGN="%s" BALIGN="%s" COLSPAN="%d" WIDTH="%d">%s</TD>`, align, align, span, t.room.w+12, dotLines(t))
	}
	out.WriteString(`<TR>`)
	for _, c := range t.Columns {
		cell(text(c.Heading(), fontStrong, ink, wordLimits[0], cellLines), c.Right, 1)
	}
	out.WriteString(`</TR>`)
	all := max(len(t.Columns), 1)
	for _, s := range t.Sections {
		if s.Title != "" {
			out.WriteString(`<HR/><TR>`)
			cell(text(s.Title, fontStrong, ink, int(defaultPage), cellLines), false, all)
			out.WriteString(`</TR>`)
		}
		for _, r := range s.Rows {
			out.WriteString(`<HR/><TR>`)
			for i := range t.Columns {
				var c view.Cell
				if i < len(r.Cells) {
					c = r.Cells[i]
				}
				cell(text(c.Text, cellFont(r), toneInk[c.Tone], wordLimits[0], cellLines), t.Columns[i].Right, 1)
			}
			out.WriteString(`</TR>`)
			for _, m := range planMarks(r.Marks, int(defaultPage)) {
				out.WriteString(`<TR>`)
				fmt.Fprintf(&out, `<TD ALIGN="LEFT" BALIGN="LEFT" COLSPAN="%d">%s</TD>`, all, dotMarks([]*markPlan{m}))
				out.WriteString(`</TR>`)
			}
		}
	}
	out.WriteString(`</TABLE>`)
	return out.String()
}
