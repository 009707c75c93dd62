package emit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/view"
)

// chart is a flowchart with its texts broken into lines and its boxes sized:
// what DOT and the SVG share. Where things stand is left to Graphviz.
type chart struct {
	pic    *view.Flowchart
	breaks breaks
	frames []*frame // outermost first, each before those inside it
	boxes  []*boxPlan
	edges  []*edgePlan
	index  map[string]*boxPlan // by view.Box.ID
}

// frame is a group that is drawn.
type frame struct {
	group *view.Group
	label *textBlock // nil for none
	n     int        // in chart.frames
	in    int        // the frame around it, in chart.frames; -1 for none
}

// boxPlan is one box from its top left corner.
type boxPlan struct {
	box       *view.Box
	n         int        // in chart.boxes
	frame     int        // in chart.frames; -1 for none
	head, sub *textBlock // sub is nil for none
	marks     []*markPlan
	textH     int  // of what stands above the rows
	headH     int  // of the part above the rows
	starts    int  // arrows that begin side by side at a box without rows
	whole     bool // arrows end at it, not at its rows, which stand close
	rows      []*rowPlan
	ports     map[string]int // the numbers of the rows by their ids
	w, h      int
}

// rowPlan is one row of a box.
type rowPlan struct {
	row        *view.BoxRow
	text, note *textBlock // note is nil for none
	beside     bool       // the note stands behind the text, not under it
	marks      []*markPlan
	y, h       int
	textH      int // of what stands in it
}

// markPlan is a finding on the spot.
type markPlan struct {
	mark view.Mark
	text *textBlock
}

// edgePlan is one arrow.
type edgePlan struct {
	edge     *view.Edge
	n        int // in chart.edges
	from, to *boxPlan
	start    int        // which of the starts of from it takes; -1 for the box or its row
	label    *textBlock // nil for none
	note     *textBlock // under it; nil for none
	marks    []*markPlan
	w, h     int // of the label; 0 where there is nothing to say
}

// Distances in pixels, which Graphviz takes for points.
const (
	boxPadX, boxPadY = 12, 8
	frameWidth       = 170 // at which a frame's label is broken
	clientsWidth     = 108 // the same around clients alone, which are narrow
	boxLeast         = 64  // the narrowest box
	rowPad           = 5   // above and below a row
	serverGap        = 8   // between a server and its address
	startGap         = 40  // between arrows that begin under each other
	startsMost       = 12  // they are closer where there are more
	signRoom         = 16  // a sign of 12 pixels and the gap behind it
	edgePadX         = 4   // beside a label on an arrow
	edgePadY         = 4   // above and below it
	framePad         = 4   // around a frame's label
	labelLines       = 12  // a label of 300 characters is whole in these
	leastMark        = 112 // a finding is not broken into narrower lines
	rowMark          = 170 // a finding in a row is broken at this width
	passingMark      = 140 // nor into these on an arrow that passes a column
)

// breaks says how wide texts may be before they are broken.
type breaks struct {
	head, row int
	wire      int // on an arrow from left to right
	branch    int // on an arrow from top to bottom, where labels stand side by side
}

// A chart that is narrower than comfort, in hundredths of what is legible, is large enough on
// its page; so is any that is legible from the breaks of number breaksEasy on, whose lines
// are short enough.
const (
	comfort    = 88
	breaksEasy = 2
)

// breaksTried are tried in turn until a picture is legible in the column of its page.
var breaksTried = []breaks{
	{head: 240, row: 240, wire: 190, branch: 210},
	{head: 180, row: 170, wire: 140, branch: 176},
	{head: 150, row: 136, wire: 124, branch: 150},
	{head: 136, row: 130, wire: 104, branch: 110},
	{head: 112, row: 112, wire: 104, branch: 104},
	{head: 112, row: 112, wire: 86, branch: 84},
	{head: 88, row: 88, wire: 80, branch: 64},
}

// newChart measures a flowchart. It panics where an edge names a box or row
// that is not there: that is a view's mistake.
func newChart(pic *view.Flowchart, at breaks) *chart {
	c := &chart{pic: pic, breaks: at, index: map[string]*boxPlan{}}
	for _, g := range pic.Groups {
		c.measureGroup(g, -1)
	}
	for _, e := range c.joined() {
		c.edges = append(c.edges, c.planEdge(e))
	}
	c.widen()
	return c
}

// widen gives findings of arrows that pass a column longer lines: there is room for them
// beside the boxes of the column.
func (c *chart) widen() {
	if c.pic.Down || !slices.ContainsFunc(c.edges, func(e *edgePlan) bool { return len(e.marks) > 0 }) {
		return
	}
	cols := layout.ColumnsOf(c.graph())
	for _, e := range c.edges {
		if len(e.marks) > 0 && cols[e.to.n] > cols[e.from.n]+1 {
			e.plan(c.breaks.wire, max(c.breaks.wire, passingMark))
		}
	}
}

// joined are the arrows of a picture, as they are drawn.
func (c *chart) joined() []*view.Edge {
	var out []*view.Edge
	for _, j := range joinedEdges(c.pic) {
		e := j.Edge
		if len(j.labels) > 1 {
			both := *e
			both.Label = strings.Join(j.labels, " or ")
			e = &both
		}
		out = append(out, e)
	}
	return out
}

// joinedEdge is an arrow that stands for several with the same ends.
type joinedEdge struct {
	*view.Edge
	labels []string // of all of them
}

// joinedEdges are the arrows of a picture. Answers to one question that lead to one box are
// one arrow.
func joinedEdges(pic *view.Flowchart) []joinedEdge {
	at := map[[2]string]int{}
	var out []joinedEdge
	for _, e := range pic.Edges {
		ends := [2]string{e.From, e.To}
		i, ok := at[ends]
		if !ok || !pic.Down || e.Label == "" || len(e.Marks) > 0 {
			at[ends] = len(out)
			out = append(out, joinedEdge{e, []string{e.Label}})
			continue
		}
		out[i].labels = append(out[i].labels, e.Label)
	}
	return out
}

// parts are the pictures that a picture from top to bottom consists of: groups
// that no arrow joins are put under each other, not side by side.
func parts(pic *view.Flowchart) []*view.Flowchart {
	if !pic.Down || len(pic.Groups) < 2 {
		return []*view.Flowchart{pic}
	}
	of := map[string]int{} // the part of each box
	var out []*view.Flowchart
	for _, g := range pic.Groups {
		if !hasBoxes(g) {
			continue
		}
		eachBox(g, func(b *view.Box) { of[b.ID] = len(out) })
		out = append(out, &view.Flowchart{Down: true, Groups: []*view.Group{g}})
	}
	for _, e := range pic.Edges {
		i := of[e.From]
		if of[e.To] != i || i >= len(out) {
			return []*view.Flowchart{pic}
		}
		out[i].Edges = append(out[i].Edges, e)
	}
	return out
}

func eachBox(g *view.Group, do func(*view.Box)) {
	for _, b := range g.Boxes {
		do(b)
	}
	for _, inner := range g.Groups {
		eachBox(inner, do)
	}
}

// spread lets the arrows out of a box without rows begin under each other, not
// all at one point, in the order of the boxes and rows that they lead to.
func (c *chart) spread() {
	order := slices.Clone(c.edges)
	slices.SortStableFunc(order, func(a, b *edgePlan) int {
		return cmp.Or(a.to.n-b.to.n, a.to.port(a.edge.ToRow)-b.to.port(b.edge.ToRow))
	})
	for _, e := range order {
		e.start = -1
		if len(e.from.rows) == 0 && c.forward(e) {
			e.start = e.from.starts
			e.from.starts++
		}
	}
	for _, b := range c.boxes {
		if b.starts > 0 {
			b.h = max(b.h, min(b.starts, startsMost)*startGap)
			b.headH = b.h
		}
	}
}

func (c *chart) measureGroup(g *view.Group, in int) {
	if framed(g) {
		f := &frame{group: g, n: len(c.frames), in: in}
		in = f.n
		if label := frameLabel(g); label != "" {
			width := frameWidth
			if !slices.ContainsFunc(g.Boxes, func(b *view.Box) bool { return b.Kind != view.BoxClient }) {
				width = clientsWidth
			}
			f.label = text(label, fontStrong, zoneLookOf(g.Trust).title, width, labelLines)
		}
		c.frames = append(c.frames, f)
	}
	for _, b := range g.Boxes {
		p := c.planBox(b)
		p.n, p.frame = len(c.boxes), in
		c.boxes = append(c.boxes, p)
		c.index[b.ID] = p
	}
	for _, inner := range g.Groups {
		c.measureGroup(inner, in)
	}
}

// framed reports whether a group has a frame and something in it.
func framed(g *view.Group) bool { return (g.ID != "" || g.Label != "") && hasBoxes(g) }

// frameLabel is a group's label with the word that its frame stands for.
func frameLabel(g *view.Group) string {
	word := zoneLookOf(g.Trust).word
	switch {
	case word == "" || strings.Contains(strings.ToLower(g.Label), word):
		return g.Label
	case g.Label == "":
		return word
	}
	return g.Label + " (" + word + ")"
}

func (c *chart) planBox(b *view.Box) *boxPlan {
	look := boxLooks[b.Kind]
	p := &boxPlan{box: b, marks: planMarks(b.Marks, max(c.breaks.row, leastMark))}
	p.head = named(b.Name, b.Label, look.font, look.ink(), c.breaks.head)
	w, h := p.head.room.w, p.head.room.h
	if b.Sub != "" {
		p.sub = even(b.Sub, fontNote, faint, c.breaks.head)
		w, h = max(w, p.sub.room.w), h+p.sub.room.h
	}
	if look.sign != nil {
		w += signRoom
	}
	mw, mh := marksSize(p.marks)
	w, h = max(w, mw), h+mh
	p.textH, p.headH = h, h+2*boxPadY
	p.whole = (b.Kind == view.BoxBackend || b.Kind == view.BoxNote) && len(b.Rows) > 0
	if p.whole {
		p.headH -= boxPadY / 2
	}
	p.ports = make(map[string]int, len(b.Rows))
	y := p.headH
	for i, r := range b.Rows {
		row := c.planRow(r, p.whole)
		if p.whole {
			row.h = row.textH
			if i == len(b.Rows)-1 {
				row.h += boxPadY
			}
		}
		row.y = y
		y += row.h
		w = max(w, row.width())
		if _, known := p.ports[row.row.ID]; !known {
			p.ports[row.row.ID] = len(p.rows)
		}
		p.rows = append(p.rows, row)
	}
	p.w, p.h = max(w+2*(boxPadX+look.bulge), boxLeast), y
	return p
}

// named is text that begins with a name, which is bold.
func named(name, s string, f font, ink *swatch, width int) *textBlock {
	rest, ok := strings.CutPrefix(s, name)
	switch rest = strings.TrimSpace(rest); {
	case !ok || name == "":
		return even(s, f, ink, width)
	case rest == "":
		return even(s, fontStrong, ink, width)
	}
	return evenTagged(name, ink, rest, f, ink, width)
}

func (c *chart) planRow(r *view.BoxRow, whole bool) *rowPlan {
	p := &rowPlan{row: r, marks: planMarks(r.Marks, max(min(c.breaks.row, rowMark), leastMark))}
	switch {
	case r.Fails:
		p.text = even(r.Text, fontStrong, bad, c.breaks.row)
	case r.Down:
		p.text = even(r.Text, fontText, bad, c.breaks.row)
	default:
		p.text = named(r.Name, r.Text, fontText, ink, c.breaks.row)
	}
	p.h = p.text.room.h
	if r.Note != "" {
		p.note = even(r.Note, fontNote, faint, c.breaks.row)
		if whole {
			p.besideIn(c.breaks.row)
		}
		if !p.beside {
			p.h += p.note.room.h
		}
	}
	_, mh := marksSize(p.marks)
	p.textH = p.h + mh
	p.h = p.textH + 2*rowPad
	return p
}

func (p *rowPlan) width() int {
	w, _ := marksSize(p.marks)
	switch {
	case p.beside:
		w = max(w, p.text.room.w+serverGap+p.note.room.w)
	case p.note != nil:
		w = max(w, p.note.room.w)
	}
	return max(w, p.text.room.w)
}

func planMarks(marks []view.Mark, width int) []*markPlan {
	var out []*markPlan
	for _, m := range marks {
		said := strings.TrimSpace(m.Code + " " + markSaid(m))
		out = append(out, &markPlan{m, text(said, fontNote, chartLookOf(m).ink, width-signRoom, labelLines)})
	}
	return out
}

// besideIn puts the note behind the text where there is room: as wide as two rows and a gap. A
// note in several lines is put in one for that.
func (p *rowPlan) besideIn(row int) {
	most := 2*row + serverGap
	note := text(p.row.Note, fontNote, faint, most, 1)
	if len(p.text.lines) == 1 && note.full == "" && p.text.room.w+serverGap+note.room.w <= most {
		p.beside, p.note = true, note
	}
}

// marksSize is the room that findings under each other take.
func marksSize(marks []*markPlan) (w, h int) {
	for _, m := range marks {
		w, h = max(w, signRoom+m.text.room.w), h+m.text.room.h
	}
	return w, h
}

func (c *chart) planEdge(e *view.Edge) *edgePlan {
	p := &edgePlan{edge: e, n: len(c.edges), from: c.end(e.From, e.FromRow), to: c.end(e.To, e.ToRow)}
	width := c.breaks.wire
	if c.pic.Down {
		width = c.breaks.branch
	}
	p.plan(width, max(width, leastMark))
	return p
}

// plan breaks what is written on an arrow.
func (p *edgePlan) plan(width, marks int) {
	e := p.edge
	p.marks = planMarks(e.Marks, marks)
	p.w, p.h = marksSize(p.marks)
	if e.Label != "" {
		p.label = even(e.Label, fontNote, labelInk(e), width)
		p.w, p.h = max(p.w, p.label.room.w+lookOfEdge(e).signRoom()), p.h+p.label.room.h
	}
	if e.Note != "" {
		p.note = even(e.Note, fontNote, labelInk(e), width)
		p.w, p.h = max(p.w, p.note.room.w+lookOfEdge(e).signRoom()), p.h+p.note.room.h
	}
	if p.h > 0 {
		p.w, p.h = p.w+2*edgePadX, p.h+2*edgePadY
	}
}

// end finds the box that an edge ends at.
func (c *chart) end(box, row string) *boxPlan {
	p := c.index[box]
	known := p != nil
	if known && row != "" {
		_, known = p.ports[row]
	}
	if !known {
		panic(fmt.Sprintf("emit: an edge ends at box %q, row %q, which is not in the picture", box, row))
	}
	return p
}

// port is the number of a row in its box, -1 for the box itself.
func (p *boxPlan) port(row string) int {
	if row == "" {
		return -1
	}
	return p.ports[row]
}

// boxLook is how a kind of box looks: told apart by its outline, without colour.
type boxLook struct {
	font   font
	text   *swatch // of the heading; nil: ink
	fill   *swatch // of the heading; rows stand on paper
	edge   *swatch
	radius int    // of the corners, at most half the height
	bulge  int    // what round ends take on each side
	dash   string // of the edge
	sign   *sign
}

// ink is the colour of the heading.
func (l boxLook) ink() *swatch {
	if l.text != nil {
		return l.text
	}
	return ink
}

var boxLooks = map[view.BoxKind]boxLook{
	view.BoxClient:   {font: fontStrong, fill: paper, edge: ink, radius: 10},
	view.BoxProxy:    {font: fontStrong, fill: strong, edge: ink},
	view.BoxBackend:  {font: fontStrong, fill: panel, edge: ink},
	view.BoxServer:   {font: fontText, fill: paper, edge: ink},
	view.BoxQuestion: {font: fontStrong, fill: hues[0].tint, edge: hues[0].line, radius: 8},
	view.BoxOutcome:  {font: fontText, fill: paper, edge: ink, radius: 20, bulge: 6},
	view.BoxFault:    {font: fontStrong, fill: failTint, edge: bad, text: bad, radius: 20, bulge: 6, sign: &signError},
	view.BoxNote:     {font: fontSlanted, fill: paper, edge: rule, dash: "5 3"},
	view.BoxAction:   {font: fontStrong, fill: hues[1].tint, edge: good, text: good},
}

// edgeLook is how a kind of line looks: told apart by its stroke, without
// colour.
type edgeLook struct {
	ink    *swatch // nil: the session's
	text   *swatch // of the label; nil: ink
	double bool
	width  int     // of a single line; 0 means 1
	dash   string  // SVG's stroke-dasharray, "" for solid
	style  string  // the same for Graphviz
	sign   *sign   // before the label
	arrow  string  // Graphviz's name of the head
	size   string  // of the head, for Graphviz
	head   []point // from its tip, pointing to the right
	reach  float64 // how much of the line the head covers
}

var edgeLooks = map[view.Line]edgeLook{
	view.LinePlain:   {width: 2, ink: plainLine, text: plainInk, sign: &signOpenLock, arrow: "normal", size: "0.8", head: slimTip, reach: 9},
	view.LineTLS:     {double: true, sign: &signLock, arrow: "normal", size: "1.2", head: wideTip, reach: 11},
	view.LineControl: {width: 2, ink: faint, dash: "2 4", style: "dotted", arrow: "vee", size: "0.8", head: veeTip, reach: 6},
	view.LineFlow:    {width: 2, ink: faint, arrow: "normal", size: "0.8", head: slimTip, reach: 8},
}

// failsLook is that of what a request takes that fails where the line ends: in a cross.
var failsLook = edgeLook{width: 2, ink: bad, text: bad, dash: "7 4", style: "dashed", sign: &signError, arrow: "none", size: "1.2", head: crossTip, reach: 6}

// refusesLook is that of an answer that leads to a failure.
var refusesLook = edgeLook{width: 2, ink: bad, text: bad, arrow: "normal", size: "0.8", head: slimTip, reach: 9}

// brokenLook is that of a session that is not established: dashed, and without a lock.
var brokenLook = edgeLook{width: 2, dash: "7 4", style: "dashed", arrow: "normal", size: "1.2", head: wideTip, reach: 11}

func lookOfEdge(e *view.Edge) edgeLook {
	switch {
	case e.Fails && e.Line == view.LineFlow:
		return refusesLook
	case e.Fails:
		return failsLook
	case e.Broken:
		return brokenLook
	}
	return edgeLooks[e.Line]
}

var (
	wideTip = []point{{0, 0}, {-12, -6}, {-12, 6}}
	slimTip = []point{{0, 0}, {-10, -4.5}, {-10, 4.5}}
	// a cross of two strokes, six pixels before the box
	crossTip = []point{
		{-1, -4}, {-3, -6}, {-7, -2}, {-11, -6}, {-13, -4}, {-9, 0},
		{-13, 4}, {-11, 6}, {-7, 2}, {-3, 6}, {-1, 4}, {-5, 0},
	}
	veeTip = []point{{0, 0}, {-9, -4}, {-6, 0}, {-9, 4}}
)

// headTurn is how far before its head an arrow turns to it, where there is room.
const headTurn = 16

// berthGap is between heads of arrows that end at the same box or row.
const berthGap = 14

func (l edgeLook) signRoom() int {
	if l.sign == nil {
		return 0
	}
	return signRoom
}

// edgeInk is the colour of an arrow: that of its fault, or of its session.
func edgeInk(e *view.Edge) *swatch {
	if look, ok := worst(e.Marks); ok && look.ink == bad {
		return look.ink
	}
	if look := lookOfEdge(e); look.ink != nil {
		return look.ink
	}
	return hueOf(e.Session).line
}

// labelInk is the colour of what is written on an arrow: that of its session or of plaintext.
func labelInk(e *view.Edge) *swatch {
	if removed(e.Marks) {
		return bad
	}
	switch look := lookOfEdge(e); {
	case look.text != nil:
		return look.text
	case look.ink == nil:
		return hueOf(e.Session).line
	}
	return ink
}

// copy is a plan of the same box with texts of its own, to be drawn at another place.
func (p *boxPlan) copy() *boxPlan {
	out := *p
	out.head, out.sub, out.marks = p.head.copy(), p.sub.copy(), copyMarks(p.marks)
	out.rows = nil
	for _, r := range p.rows {
		row := *r
		row.text, row.note, row.marks = r.text.copy(), r.note.copy(), copyMarks(r.marks)
		out.rows = append(out.rows, &row)
	}
	return &out
}

func copyMarks(marks []*markPlan) []*markPlan {
	var out []*markPlan
	for _, m := range marks {
		out = append(out, &markPlan{m.mark, m.text.copy()})
	}
	return out
}

func (b *textBlock) copy() *textBlock {
	if b == nil {
		return nil
	}
	out := *b
	return &out
}
