package emit

import (
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// flowchart writes what leads to what: a tree of questions where nothing
// travels, else the groups with their boxes and what leaves each.
func (t *textWriter) flowchart(f *view.Flowchart) {
	if f.Above != nil {
		t.table(f.Above)
		t.line("")
	}
	c := newTextChart(t, f)
	if c.onlyFlow() {
		c.trees()
		return
	}
	for _, g := range f.Groups {
		c.group("", g)
	}
	for i, l := range f.Legend {
		if i == 0 {
			c.line("")
		}
		c.hanging("", "", l.Name+": "+l.Text)
	}
}

type textChart struct {
	*textWriter
	*view.Flowchart
	boxes  []*view.Box
	byID   map[string]*view.Box
	where  map[string]string // label of a box's group
	from   map[string][]*view.Edge
	labels map[string]int // how many boxes have the same
	inward map[string]bool
}

func newTextChart(t *textWriter, f *view.Flowchart) *textChart {
	c := &textChart{
		textWriter: t, Flowchart: f,
		byID: map[string]*view.Box{}, where: map[string]string{}, from: map[string][]*view.Edge{},
		labels: map[string]int{}, inward: map[string]bool{},
	}
	var collect func(g *view.Group)
	collect = func(g *view.Group) {
		for _, b := range g.Boxes {
			c.boxes = append(c.boxes, b)
			c.byID[b.ID], c.where[b.ID] = b, g.Label
			c.labels[b.Label]++
		}
		for _, inner := range g.Groups {
			collect(inner)
		}
	}
	for _, g := range f.Groups {
		collect(g)
	}
	for _, e := range f.Edges {
		c.from[e.From] = append(c.from[e.From], e)
		c.inward[e.To] = true
	}
	return c
}

func (c *textChart) onlyFlow() bool {
	for _, e := range c.Edges {
		if e.Line != view.LineFlow {
			return false
		}
	}
	return len(c.Edges) > 0
}

// group writes a frame that is open to the right: labels are never cut off by
// it. An untrusted one is double and says so.
func (c *textChart) group(lead string, g *view.Group) {
	inner := lead
	open, bar, end := c.signs.group, c.signs.groupBar, c.signs.groupEnd
	if g.Untrusted() {
		open, bar, end = c.signs.doubleGroup, c.signs.doubleBar, c.signs.doubleGroupEnd
	}
	label := frameLabel(g)
	framed := g.ID != "" || label != ""
	if framed {
		c.hanging(lead, open, label)
		inner += bar
	}
	for i, b := range g.Boxes {
		if i > 0 {
			c.line(inner)
		}
		c.box(inner, b)
	}
	for i, sub := range g.Groups {
		if i > 0 || len(g.Boxes) > 0 {
			c.line(inner)
		}
		c.group(inner, sub)
	}
	if framed {
		c.line(lead + end)
	}
}

// box writes a box, its rows, and what leaves each of them.
func (c *textChart) box(lead string, b *view.Box) {
	c.hanging(lead, "", c.heading(b))
	c.marks(lead+"  ", b.Marks)
	rows := map[string]bool{"": true}
	for _, r := range b.Rows {
		rows[r.ID] = true
		c.hanging(lead, "  ", note(r.Text, r.Note))
		c.marks(lead+"    ", r.Marks)
		c.edges(lead+"    ", b.ID, func(e *view.Edge) bool { return e.FromRow == r.ID && r.ID != "" })
	}
	c.edges(lead+"  ", b.ID, func(e *view.Edge) bool { return e.FromRow == "" || !rows[e.FromRow] })
}

// heading is a box's name, and what it is smaller.
func (c *textChart) heading(b *view.Box) string {
	s := note(b.Label, b.Sub)
	if b.Kind == view.BoxFault {
		s = c.signs.error + s
	}
	return s
}

func note(s, small string) string {
	if small == "" {
		return s
	}
	return s + "  (" + small + ")"
}

// edges writes the arrows that leave a box and are chosen.
func (c *textChart) edges(lead, box string, chosen func(*view.Edge) bool) {
	for _, e := range c.from[box] {
		if !chosen(e) {
			continue
		}
		c.hanging(lead, "", c.arrow(e)+" "+c.target(e))
		c.marks(lead+"  ", e.Marks)
	}
}

// arrow is the line of an edge with its text in it.
func (c *textChart) arrow(e *view.Edge) string {
	var sign string
	switch e.Line {
	case view.LinePlain:
		sign = c.signs.plain
	case view.LineTLS:
		sign = c.signs.tls
	case view.LineControl:
		sign = strings.TrimSpace(c.signs.control)
	case view.LineFlow:
		sign = c.signs.flow
	}
	line, head := strings.Repeat(sign, 2), ">"
	if e.Broken || e.Fails {
		head = "x"
	}
	if label := clean(joinNonEmpty(", ", e.Label, e.Note)); label != "" {
		return line + " " + label + " " + line + head
	}
	return line + line + head
}

// target names where an edge ends: the box, with its group where two boxes
// have the same name, and the row.
func (c *textChart) target(e *view.Edge) string {
	b := c.byID[e.To]
	if b == nil {
		return e.To
	}
	s := b.Label
	if c.labels[b.Label] > 1 && c.where[b.ID] != "" {
		s += " in " + c.where[b.ID]
	}
	for _, r := range b.Rows {
		if r.ID == e.ToRow && e.ToRow != "" {
			s += ": " + r.Text
		}
	}
	return s
}

// trees writes every box under the one that leads to it; one that several lead
// to is written out at the first.
func (c *textChart) trees() {
	seen := map[string]bool{}
	root := func(b *view.Box) {
		if seen[b.ID] {
			return
		}
		if len(seen) > 0 {
			c.line("")
		}
		c.tree(b, "", "", seen)
	}
	for _, b := range c.boxes {
		if !c.inward[b.ID] {
			root(b)
		}
	}
	for _, b := range c.boxes { // those in a circle
		root(b)
	}
}

// tree writes b behind lead, and what follows it. The leads of its lines: sign
// on the first, its width in blanks or a bar below.
func (c *textChart) tree(b *view.Box, lead, answer string, seen map[string]bool) {
	c.leaf(b, lead, answer, seen)
	if seen[b.ID] {
		return
	}
	seen[b.ID] = true
	below := continued(lead, c.signs)
	edges := c.from[b.ID]
	for i, e := range edges {
		sign := c.signs.branch
		if i == len(edges)-1 {
			sign = c.signs.last
		}
		next := c.byID[e.To]
		if next == nil {
			continue
		}
		said := ""
		if e.Label != "" {
			said = e.Label + ": "
		}
		c.tree(next, below+sign, said, seen)
		c.marks(continued(below+sign, c.signs), e.Marks)
	}
}

// leaf writes a box of a tree: its name, rows and marks.
func (c *textChart) leaf(b *view.Box, lead, answer string, seen map[string]bool) {
	below := continued(lead, c.signs)
	s := answer + c.heading(b)
	if seen[b.ID] && len(c.from[b.ID]) > 0 {
		c.split(lead, below, s+", as above")
		return
	}
	c.split(lead, below, s)
	for _, r := range b.Rows {
		c.split(below+"  ", below+"  ", note(r.Text, r.Note))
		c.marks(below+"  ", r.Marks)
	}
	c.marks(below, b.Marks)
}

// split writes text behind one lead, and its further lines behind another.
func (c *textChart) split(lead, below, s string) {
	for i, l := range c.wrap(s, c.width-columnsOf(lead), maxLines) {
		if i > 0 {
			lead = below + "  "
		}
		c.line(lead + l)
	}
}

// continued is the lead of the lines under one that began with lead.
func continued(lead string, signs *textSigns) string {
	if rest, ok := strings.CutSuffix(lead, signs.branch); ok {
		return rest + signs.bar
	}
	if rest, ok := strings.CutSuffix(lead, signs.last); ok {
		return rest + strings.Repeat(" ", columnsOf(signs.last))
	}
	return lead
}
