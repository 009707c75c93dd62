package emit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/view"
)

// drawing is one part of a flowchart on its way to a sheet.
type drawing struct {
	*sheet
	*chart
	places *places
	dx, dy int             // of the layout's corner on the sheet
	ids    map[string]bool // of the whole picture
	tips   map[*edgePlan]point
}

// layoutFlowchart places the picture: title, what is to be read first, the
// parts of the graph under each other, the foot.
func layoutFlowchart(ctx context.Context, pic *view.Flowchart, layout Layout) (*sheet, error) {
	s := &sheet{w: min(columnWidth, 2*margin+footWidth(&pic.Head))}
	var drawings []*drawing
	ids := map[string]bool{}
	for _, part := range parts(pic) {
		c, p, err := fitLayout(ctx, part, layout)
		if err != nil {
			return nil, err
		}
		drawings = append(drawings, &drawing{s, c, p, margin, 0, ids, nil})
		s.w = max(s.w, p.width()+2*margin)
	}
	var above *sheet
	if pic.Above != nil {
		table := *pic.Above
		table.Title, table.Foot = "", nil
		above = layoutTable(&table)
		s.w = max(s.w, above.w)
	}
	y := s.heading(pic.Title)
	if above != nil {
		y = s.paste(above, 0, y-margin) + gutter/2
	}
	for i, d := range drawings {
		if i > 0 {
			y += margin
		}
		d.dy = y
		if err := d.place(); err != nil {
			return nil, err
		}
		y += d.places.height()
	}
	s.h = s.foot(pic.Foot, y) + margin
	return s, nil
}

// fitLayout has a part laid out, with texts broken as late as a page allows.
func fitLayout(ctx context.Context, pic *view.Flowchart, layout Layout) (c *chart, p *places, err error) {
	for _, at := range breaksTried {
		c = newChart(pic, at)
		svg, err := layout(ctx, c.writeDOT(dotRoom{}))
		if err != nil {
			return nil, nil, err
		}
		if p, err = readLayout(svg); err != nil {
			return nil, nil, err
		}
		p.enclose(c)
		p.trim()
		if p.width() <= chartWidth-2*margin || len(c.boxes) >= crowded {
			break
		}
	}
	return c, p, nil
}

// paste adds the shapes of another sheet, moved, and returns the y behind them.
func (s *sheet) paste(from *sheet, dx, dy int) int {
	for _, shape := range from.shapes {
		switch sh := shape.(type) {
		case *rectangle:
			sh.at.x, sh.at.y = sh.at.x+dx, sh.at.y+dy
		case *stroke:
			sh.x1, sh.y1, sh.x2, sh.y2 = sh.x1+dx, sh.y1+dy, sh.x2+dx, sh.y2+dy
		case *glyph:
			sh.x, sh.y = sh.x+dx, sh.y+dy
		case *textBlock:
			sh.room.x, sh.room.y = sh.room.x+dx, sh.room.y+dy
		}
	}
	s.add(from.shapes...)
	return from.h + dy
}

// place adds frames, labels and boxes where Graphviz put them.
func (d *drawing) place() error {
	for _, f := range d.frames {
		at, ok := d.places.frames["c"+strconv.Itoa(f.n)]
		if !ok {
			return fmt.Errorf("Graphviz's layout has no frame %q", f.group.ID)
		}
		d.frame(f, d.at(at))
	}
	d.land()
	for _, e := range d.edges {
		id := "e" + strconv.Itoa(e.n)
		if len(d.places.lines[id].line) < 4 {
			return fmt.Errorf("Graphviz's layout has no arrow from %q to %q", e.edge.From, e.edge.To)
		}
		d.arrow(e)
	}
	for _, e := range d.edges {
		if at, ok := d.places.labels["e"+strconv.Itoa(e.n)]; ok {
			d.label(e, d.at(at))
		}
	}
	for _, b := range d.boxes {
		at, ok := d.places.boxes["n"+strconv.Itoa(b.n)]
		if !ok {
			return fmt.Errorf("Graphviz's layout has no box %q", b.box.ID)
		}
		r := d.at(at)
		d.box(b, rect{r.x, r.y, b.w, b.h})
	}
	return nil
}

// at is a place of the layout on the sheet, in whole pixels.
func (d *drawing) at(a area) rect {
	x, y := int(math.Round(a.x)), int(math.Round(a.y))
	return rect{x + d.dx, y + d.dy, int(math.Round(a.x+a.w)) - x, int(math.Round(a.y+a.h)) - y}
}

// id makes the id of a part unique in the picture.
func (d *drawing) id(kind, name string) string {
	id := kind + "-" + name
	for n := 2; d.ids[id]; n++ {
		id = kind + "-" + name + "-" + strconv.Itoa(n)
	}
	d.ids[id] = true
	return id
}

// frame draws a group: a double frame is an untrusted zone.
func (d *drawing) frame(f *frame, at rect) {
	s := d.sheet
	s.add(&opening{d.id("group", f.group.ID)}, &rectangle{at: at, edge: rule})
	if f.group.Untrusted {
		s.add(&rectangle{at: rect{at.x + 3, at.y + 3, at.w - 6, at.h - 6}, edge: rule})
	}
	if f.label != nil {
		label := d.at(d.places.labels["c"+strconv.Itoa(f.n)])
		s.add(f.label.at(label.x+framePad, label.y+framePad))
	}
	s.add(&closing{})
}

// label writes beside an arrow, where Graphviz kept room for it. The ground
// is for crowded pictures, where Graphviz leads other arrows through that room.
func (d *drawing) label(e *edgePlan, at rect) {
	s, look := d.sheet, lookOfEdge(e.edge)
	x, y := at.x+edgePadX, at.y+edgePadY
	s.add(&rectangle{at: rect{x, y, at.w - 2*edgePadX, at.h - 2*edgePadY}, fill: paper})
	if e.label != nil {
		if look.sign != nil {
			s.add(&glyph{x, y + 2, look.sign, edgeInk(e.edge)})
		}
		s.add(e.label.at(x+look.signRoom(), y))
		y = e.label.room.bottom()
	}
	s.planned(e.marks, x, y)
}

// planned draws findings whose texts are broken already.
func (s *sheet) planned(marks []*markPlan, x, y int) {
	for _, m := range marks {
		s.add(&glyph{x, y + 2, lookOf(m.mark).sign, m.text.ink}, m.text.at(x+signRoom, y))
		y = m.text.room.bottom()
	}
}

func (d *drawing) box(b *boxPlan, at rect) {
	s, look := d.sheet, boxLooks[b.box.Kind]
	s.add(&opening{d.id("box", b.box.ID)})
	radius := min(look.radius, at.h/2)
	if len(b.rows) == 0 {
		s.outline(look, &rectangle{at: at, fill: look.fill, edge: look.edge, radius: radius})
		d.heading(b, at, true)
		s.add(&closing{})
		return
	}
	radius = min(radius, boxPadX) // round ends would cut the rows
	s.add(&rectangle{at: at, fill: paper, radius: radius})
	if look.radius == 0 {
		s.add(&rectangle{at: rect{at.x, at.y, at.w, b.headH}, fill: look.fill})
	}
	s.outline(look, &rectangle{at: at, edge: look.edge, radius: radius})
	d.heading(b, at, false)
	for _, r := range b.rows {
		y := at.y + r.y
		s.add(&stroke{at.x + 1, y, at.right() - 1, y, rule, 0, ""})
		x, y := at.x+boxPadX, y+rowPad
		s.add(r.text.at(x, y))
		y = r.text.room.bottom()
		if r.note != nil {
			s.add(r.note.at(x, y))
			y = r.note.room.bottom()
		}
		s.planned(r.marks, x, y)
	}
	s.add(&closing{})
}

// outline draws a box's edge, dashed where the look says so.
func (s *sheet) outline(look boxLook, p *rectangle) {
	if !look.dashed {
		s.add(p)
		return
	}
	at, edge := p.at, p.edge
	if p.fill != nil {
		s.add(&rectangle{at: at, fill: p.fill})
	}
	for _, l := range []stroke{
		{x1: at.x, y1: at.y, x2: at.right(), y2: at.y},
		{x1: at.x, y1: at.bottom(), x2: at.right(), y2: at.bottom()},
		{x1: at.x, y1: at.y, x2: at.x, y2: at.bottom()},
		{x1: at.right(), y1: at.y, x2: at.right(), y2: at.bottom()},
	} {
		l.ink, l.dash = edge, "5 3"
		s.add(&l)
	}
}

// heading writes what stands above the rows; in a box without rows it is
// centred.
func (d *drawing) heading(b *boxPlan, at rect, centred bool) {
	s, look := d.sheet, boxLooks[b.box.Kind]
	x, y := at.x+boxPadX, at.y+boxPadY
	if centred {
		y = at.y + (at.h-b.textH)/2
	}
	left, right := at.x, at.right()
	if look.sign != nil {
		if centred {
			x = at.x + (at.w-b.head.room.w-signRoom)/2
		}
		s.add(&glyph{x, y + 3, look.sign, look.edge})
		left, x = left+signRoom, x+signRoom
	}
	put := func(t *textBlock) {
		if centred {
			s.add(t.in(left, right, y))
		} else {
			s.add(t.at(x, y))
		}
		y = t.room.bottom()
	}
	put(b.head)
	left, x = at.x, at.x+boxPadX
	if b.sub != nil {
		put(b.sub)
	}
	if w, _ := marksSize(b.marks); centred {
		x = at.x + (at.w-w)/2
	}
	s.planned(b.marks, x, y)
}

// arrow adds a line and its head: double for TLS, dashed where it is not established,
// thin for plaintext, dotted for what is no traffic.
func (d *drawing) arrow(e *edgePlan) {
	c, look := d.places.lines["e"+strconv.Itoa(e.n)], lookOfEdge(e.edge)
	if d.forward(e) {
		c = d.arrive(e, c)
	}
	shift := func(pts []point) []point {
		out := make([]point, len(pts))
		for i, p := range pts {
			out[i] = point{p.x + float64(d.dx), p.y + float64(d.dy)}
		}
		return out
	}
	d.add(&opening{d.id("arrow", arrowName(e.edge))},
		&arrow{shift(c.line), shift(c.head), edgeInk(e.edge), look.double, look.dash}, &closing{})
}

// arrive turns the end of an arrow to the right. Graphviz ends it at the right
// place, but between crowded columns so steeply that its head lies along the
// box.
func (d *drawing) arrive(e *edgePlan, c curve) curve {
	tip, look := d.tips[e], lookOfEdge(e.edge)
	head := make([]point, len(look.head))
	for i, p := range look.head {
		head[i] = point{tip.x + p.x, tip.y + p.y}
	}
	line := slices.Clone(c.line)
	end := point{tip.x - look.reach, tip.y}
	n := len(line)
	turn := max(2, min(headTurn, (end.x-line[n-4].x)/2))
	line[n-1], line[n-2] = end, point{end.x - turn, end.y}
	if d.crosses(line[n-4:]) {
		return c // it came around a corner
	}
	return curve{line, head}
}

// land decides where the arrows end that run to the right: in the middle of
// their row or heading, those that come to the same one under each other.
func (d *drawing) land() {
	type landing struct {
		box *boxPlan
		row int
	}
	at := map[landing][]*edgePlan{}
	for _, e := range d.edges {
		if d.forward(e) {
			b := landing{e.to, e.to.port(e.edge.ToRow)}
			at[b] = append(at[b], e)
		}
	}
	begins := func(e *edgePlan) float64 {
		if line := d.places.lines["e"+strconv.Itoa(e.n)].line; len(line) > 0 {
			return line[0].y
		}
		return 0
	}
	d.tips = map[*edgePlan]point{}
	for b, edges := range at {
		box := d.places.boxes["n"+strconv.Itoa(b.box.n)]
		y, h := box.y, box.h
		switch {
		case b.row >= 0:
			row := b.box.rows[b.row]
			y, h = y+float64(row.y), float64(row.h)
		case len(b.box.rows) > 0:
			h = float64(b.box.headH)
		}
		slices.SortStableFunc(edges, func(a, b *edgePlan) int { return cmp.Compare(begins(a), begins(b)) })
		gap := min(berthGap, h/float64(len(edges)))
		for i, e := range edges {
			d.tips[e] = point{box.x, y + h/2 + (float64(i)-float64(len(edges)-1)/2)*gap}
		}
	}
}

// crosses reports whether a piece of an arrow runs through a box.
func (d *drawing) crosses(piece []point) bool {
	around := bounds(piece)
	for _, b := range d.places.boxes {
		core := area{b.x + 1, b.y + 1, b.w - 2, b.h - 2}
		if core.overlaps(around) && slices.ContainsFunc(along(piece), core.has) {
			return true
		}
	}
	return false
}

func arrowName(e *view.Edge) string {
	if e.ID != "" {
		return e.ID
	}
	return e.From + "-" + e.To
}
