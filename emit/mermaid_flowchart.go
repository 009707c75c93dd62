package emit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// mermaidShapes holds the brackets around a node of each kind.
var mermaidShapes = map[view.BoxKind][2]string{
	view.BoxClient:   {"(", ")"},
	view.BoxProxy:    {"[", "]"},
	view.BoxBackend:  {"[", "]"},
	view.BoxServer:   {"[", "]"},
	view.BoxQuestion: {"{{", "}}"},
	view.BoxOutcome:  {"([", "])"},
	view.BoxFault:    {"[[", "]]"},
	view.BoxNote:     {"[", "]"},
	view.BoxAction:   {"[", "]"},
}

// mermaidFlowSettings is the front matter of a flowchart. Mermaid 11 breaks the
// lines of a label at 200 pixels otherwise, in the middle of an address; 10 breaks none.
const mermaidFlowSettings = `config:
  flowchart:
    wrappingWidth: 400
`

// mermaidClasses are the looks that a node or subgraph may have beside its
// shape, in the order in which they are written. The page's theme is not known
// here, so texts are the theme's own, strokes are between a light page's and a
// dark one's, and fills let the page through. Every version reads a style in the
// source, and only 10.5 and later one in the front matter.
var mermaidClasses = []struct {
	name   string
	tint   *swatch // of the fill; nil for the theme's own
	stroke *swatch // nil for the theme's own
	style  string
}{
	{"default", rule, rule, ""}, // of each node
	{"frame", rule, rule, "font-weight:bold"},
	{"zone", hues[0].line, rule, "font-style:italic"},
	{"untrusted", zoneUntrusted.frame, zoneUntrusted.frame, "stroke-width:2px,stroke-dasharray:6 4,font-style:italic"},
	{"question", hues[0].line, hues[0].line, ""},
	{"outcome", good, good, ""},
	{"fault", bad, bad, "stroke-width:2px"},
	{"warning", warn, warn, "stroke-width:2px"},
	{"removed", bad, bad, "stroke-width:2px,stroke-dasharray:5 4"},
	{"added", good, good, "stroke-width:3px"},
	{"changed", warn, warn, "stroke-width:2px"},
	{"note", nil, rule, "stroke-dasharray:4 3"},
	{"foot", nil, nil, "fill:none,stroke:none"},
}

// mermaidTintHex is the fill of a class: translucent, so that the theme's text
// keeps its contrast on it, on a light page and on a dark one.
func mermaidTintHex(s *swatch) string { return midtoneHex(s) + "1c" }

// mermaidArrows holds the arrow of each kind of line.
var mermaidArrows = map[view.Line]string{
	view.LinePlain:   "-->",
	view.LineTLS:     "==>",
	view.LineControl: "-.->",
	view.LineFlow:    "-->",
}

// mermaidLink is the arrow of an edge: one with a cross where its session does not
// come up.
func mermaidLink(e *view.Edge) string {
	switch {
	case removed(e.Marks):
		return "-.->"
	case e.Line == view.LineFlow:
		return mermaidArrows[e.Line]
	case e.Fails && e.Line == view.LinePlain:
		return "--x"
	case e.Broken, e.Fails:
		return "==x"
	}
	return mermaidArrows[e.Line]
}

// flowEnd is what an edge may end at: a box, or a row of it.
type flowEnd struct{ box, row string }

// mermaidFlow writes one flowchart.
type mermaidFlow struct {
	strings.Builder
	ids     mermaidIDs
	ends    map[flowEnd]string  // the node that stands for each
	touched map[string]bool     // boxes of which an edge names a row
	direct  map[string]bool     // boxes that an edge names themselves
	classes map[string][]string // nodes of each class
	depth   int
	down    bool
}

func mermaidFlowchart(pic *view.Flowchart, framed bool) []byte {
	f := &mermaidFlow{
		ids:     mermaidIDs{},
		ends:    map[flowEnd]string{},
		touched: map[string]bool{},
		direct:  map[string]bool{},
		classes: map[string][]string{},
		depth:   1,
		down:    pic.Down,
	}
	for _, e := range pic.Edges {
		for _, end := range []flowEnd{{e.From, e.FromRow}, {e.To, e.ToRow}} {
			if end.row != "" {
				f.touched[end.box] = true
			} else {
				f.direct[end.box] = true
			}
		}
	}
	mermaidHead(&f.Builder, "flowchart "+direction(pic.Down), mermaidFlowSettings, &pic.Head, framed)
	for _, g := range pic.Groups {
		f.group(g)
	}
	f.edges(joinedEdges(pic))
	foot := pic.Foot
	if framed {
		foot = append(legendLines(pic.Legend), foot...)
	}
	if framed && len(foot) > 0 {
		f.node(f.ids.get("f", "foot"), [2]string{"[", "]"}, mermaidLines(foot...), "foot")
	}
	f.looks()
	return []byte(f.String())
}

// legendLines says what the sessions of a picture are, in words.
func legendLines(legend []*view.LegendLine) []string {
	var out []string
	for _, l := range legend {
		if l.Session != "" {
			out = append(out, l.Name+": "+l.Text)
		}
	}
	return out
}

// looks writes the classes in use, each with its nodes. Mermaid gives the one named
// "default" to every node.
func (f *mermaidFlow) looks() {
	for _, c := range mermaidClasses {
		nodes := f.classes[c.name]
		if len(nodes) == 0 && c.name != "default" {
			continue
		}
		var style []string
		if c.tint != nil {
			style = append(style, "fill:"+mermaidTintHex(c.tint))
		}
		if c.stroke != nil {
			style = append(style, "stroke:"+midtoneHex(c.stroke))
		}
		f.line("classDef %s %s", c.name, joinNonEmpty(",", append(style, c.style)...))
		if len(nodes) > 0 {
			f.line("class %s %s", strings.Join(nodes, ","), c.name)
		}
	}
}

func direction(down bool) string {
	if down {
		return "TB"
	}
	return "LR"
}

// line writes one statement at the current depth.
func (f *mermaidFlow) line(format string, args ...any) {
	f.WriteString(strings.Repeat("  ", f.depth))
	fmt.Fprintf(f, format, args...)
	f.WriteByte('\n')
}

// node writes a node; text is escaped already.
func (f *mermaidFlow) node(id string, shape [2]string, text string, classes ...string) {
	f.line("%s%s%s%s", id, shape[0], quoteLines(text), shape[1])
	for _, c := range classes {
		f.classes[c] = append(f.classes[c], id)
	}
}

// quoteLines quotes a label, with its line breaks as such. Where a label holds a
// tag, <br/> among them, Mermaid 11.0 to 11.4 decode its entities before they
// read it as Markdown.
func quoteLines(text string) string {
	return `"` + strings.ReplaceAll(text, "<br/>", "\n") + `"`
}

// subgraph writes a frame with a title around what body writes.
func (f *mermaidFlow) subgraph(id, title string, body func()) {
	f.line(`subgraph %s["%s"]`, id, title)
	f.depth++
	body()
	f.depth--
	f.line("end")
}

func (f *mermaidFlow) group(g *view.Group) {
	if !hasBoxes(g) {
		return
	}
	body := func() {
		for _, b := range g.Boxes {
			f.box(b)
		}
		for _, inner := range g.Groups {
			f.group(inner)
		}
	}
	if !framed(g) {
		body()
		return
	}
	id := f.ids.get("g", g.ID)
	look := "zone"
	if g.Untrusted() {
		look = "untrusted"
	}
	f.classes[look] = append(f.classes[look], id)
	f.subgraph(id, mermaidLine(frameLabel(g)), func() {
		if f.down { // Mermaid turns a frame that no arrow leaves to the side otherwise
			f.line("direction TB")
		}
		body()
	})
}

// hasBoxes reports whether a group has anything to frame.
func hasBoxes(g *view.Group) bool {
	return len(g.Boxes) > 0 || slices.ContainsFunc(g.Groups, hasBoxes)
}

// box writes a box as one node with its rows as lines; or, where edges end at
// its rows and there are several, as a frame with a node for each.
func (f *mermaidFlow) box(b *view.Box) {
	if f.touched[b.ID] && len(b.Rows) > 1 {
		f.boxFrame(b)
	} else {
		f.boxNode(b)
	}
}

func (f *mermaidFlow) boxNode(b *view.Box) {
	id := f.ids.get("b", b.ID)
	f.ends[flowEnd{b.ID, ""}] = id
	lines := []string{b.Label, b.Sub}
	classes := boxClasses(b.Kind, b.Marks)
	for _, r := range b.Rows {
		f.ends[flowEnd{b.ID, r.ID}] = id
		lines = append(lines, "· "+joinNonEmpty(": ", r.Text, r.Note))
		lines = append(lines, markLines(r.Marks)...)
		classes = append(classes, rowClass(r)...)
	}
	lines = append(lines, markLines(b.Marks)...)
	f.node(id, mermaidShapes[b.Kind], mermaidLines(lines...), classes...)
}

// boxFrame writes a frame around the rows, and before them a node for the box
// itself where an edge ends at it or the title does not say all of it.
func (f *mermaidFlow) boxFrame(b *view.Box) {
	title, head := joinNonEmpty(" · ", b.Label, b.Sub), b.Label
	if b.Sub != "" && measure(fontText, title) > widestRow(b)+mermaidTitleRoom {
		title, head = b.Label, b.Sub
	}
	frame := f.ids.get("g", b.ID)
	f.classes["frame"] = append(f.classes["frame"], frame)
	f.subgraph(frame, mermaidLine(title), func() {
		if f.direct[b.ID] || len(b.Marks) > 0 || title == b.Label && b.Sub != "" {
			id := f.ids.get("b", b.ID)
			f.ends[flowEnd{b.ID, ""}] = id
			lines := append([]string{head}, markLines(b.Marks)...)
			f.node(id, mermaidShapes[b.Kind], mermaidLines(lines...), boxClasses(b.Kind, b.Marks)...)
		}
		for _, r := range b.Rows {
			id := f.ids.get("r", b.ID+"-"+r.ID)
			f.ends[flowEnd{b.ID, r.ID}] = id
			lines := append([]string{r.Text, r.Note}, markLines(r.Marks)...)
			f.node(id, mermaidShapes[view.BoxAction], mermaidLines(lines...), rowClass(r)...)
		}
	})
}

// mermaidTitleRoom is what a frame is wider than the widest text in it, in
// pixels. Mermaid lets a title that is longer run over the frame around.
const mermaidTitleRoom = 60

// widestRow is the width of the widest text of a box's rows in pixels.
func widestRow(b *view.Box) int {
	widest := 0
	for _, r := range b.Rows {
		widest = max(widest, measure(fontText, r.Text), measure(fontText, r.Note))
	}
	return widest
}

// boxClasses are the classes of a node for a box.
func boxClasses(kind view.BoxKind, marks []view.Mark) []string {
	switch kind {
	case view.BoxFault:
		return []string{"fault"}
	case view.BoxNote:
		return append([]string{"note"}, markClass(marks)...)
	case view.BoxQuestion:
		return append([]string{"question"}, markClass(marks)...)
	case view.BoxOutcome:
		return append([]string{"outcome"}, markClass(marks)...)
	default:
		return markClass(marks)
	}
}

// markClass is the class of a node with marks: the worst of them.
func markClass(marks []view.Mark) []string {
	if look, ok := worst(marks); ok {
		return []string{look.class}
	}
	return nil
}

// rowClass is the class of a node for a row.
func rowClass(r *view.BoxRow) []string {
	if r.Fails {
		return []string{"fault"}
	}
	return markClass(r.Marks)
}

// edges writes the arrows, and then the strokes of those that are not plain.
func (f *mermaidFlow) edges(edges []joinedEdge) {
	styled := map[*swatch][]string{}
	for i, e := range edges {
		label := ""
		lines := append(strings.SplitAfter(strings.Join(e.labels, " or\n"), "\n"), e.Note)
		if lines = append(lines, markLines(e.Marks)...); strings.Join(lines, "") != "" {
			label = "|" + quoteLines(mermaidLines(lines...)) + "|"
		}
		f.line("%s %s%s %s", f.end(e.From, e.FromRow), mermaidLink(e.Edge), label, f.end(e.To, e.ToRow))
		if stroke := edgeStroke(e.Edge); stroke != nil {
			styled[stroke] = append(styled[stroke], strconv.Itoa(i))
		}
	}
	strokes := []*swatch{bad, warn, good, plainInk}
	for _, h := range hues {
		strokes = append(strokes, h.line)
	}
	for _, stroke := range strokes {
		if list := styled[stroke]; len(list) > 0 {
			f.line("linkStyle %s stroke:%s", strings.Join(list, ","), midtoneHex(stroke))
		}
	}
}

// end is the node at an end of an edge.
func (f *mermaidFlow) end(box, row string) string {
	id, ok := f.ends[flowEnd{box, row}]
	if !ok {
		panic(fmt.Sprintf("emit: an edge ends at box %q, row %q, which is not in the picture", box, row))
	}
	return id
}

// edgeStroke is the colour of an arrow; nil for the theme's own.
func edgeStroke(e *view.Edge) *swatch {
	if look, ok := worst(e.Marks); ok {
		return look.ink
	}
	if e.Fails {
		return bad
	}
	switch e.Line {
	case view.LineTLS:
		return hueOf(e.Session).line
	case view.LinePlain:
		return plainInk
	case view.LineControl, view.LineFlow:
		return nil
	}
	panic("emit: unknown line")
}

// midtone is the colour between the light scheme's and the dark one's, for a
// format that cannot ask which is on. It keeps 3:1 against both papers.
func midtone(s *swatch) (r, g, b int) {
	mean := func(i int) int {
		light, _ := strconv.ParseUint(s.light[i:i+2], 16, 8)
		dark, _ := strconv.ParseUint(s.dark[i:i+2], 16, 8)
		return int(light+dark) / 2
	}
	return mean(1), mean(3), mean(5)
}

func midtoneHex(s *swatch) string {
	r, g, b := midtone(s)
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}

func joinNonEmpty(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}
