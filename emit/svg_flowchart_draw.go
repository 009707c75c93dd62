package emit

import (
	"strconv"

	"github.com/flowc-lang/flowc/view"
)

// drawing is one part of a flowchart on its way to a sheet.
type drawing struct {
	*sheet
	*chart
	spots  *spots
	dx, dy int             // of the part's corner on the sheet
	ids    map[string]bool // of the whole picture
}

// placed is a part of a flowchart with its places.
type placed struct {
	chart *chart
	spots *spots
}

// assemble draws a picture: title, what is to be read first, the parts of the graph under
// each other, the foot.
func assemble(pic *view.Flowchart, on page, parts []placed) *sheet {
	s := &sheet{w: min(on.column(), 2*margin+max(footWidth(&pic.Head), legendWidth(pic.Legend)))}
	var drawings []*drawing
	ids := map[string]bool{}
	for _, p := range parts {
		drawings = append(drawings, &drawing{sheet: s, chart: p.chart, spots: p.spots, dx: margin, ids: ids})
		s.w = max(s.w, p.spots.w+2*margin)
	}
	var above *sheet
	if pic.Above != nil {
		table := *pic.Above
		table.Title, table.Foot = "", nil
		above = layoutTable(&table, on)
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
		d.draw()
		y += d.spots.h
	}
	y = s.legend(pic.Legend, y)
	s.h = s.footIn(fontNote, pic.Foot, y) + margin
	return s
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

// draw adds frames, arrows, labels and boxes, so that nothing hides what is to be read.
func (d *drawing) draw() {
	for i, f := range d.frames {
		if at := d.spots.frames[i]; at.w > 0 {
			d.frame(f, d.at(at), d.at(d.spots.titles[i]))
		}
	}
	for _, fails := range []bool{true, false} { // where wires share a stretch, that of a failure lies beneath
		for i, e := range d.edges {
			if e.edge.Fails == fails {
				d.arrow(e, d.spots.lines[i])
			}
		}
	}
	for i, e := range d.edges {
		if at := d.spots.labels[i]; at.w > 0 {
			d.label(e, d.at(at))
		}
	}
	for i, b := range d.boxes {
		d.box(b, d.at(d.spots.boxes[i]))
	}
	for _, x := range d.spots.copies {
		d.box(d.boxes[x.box].copy(), d.at(x.at))
	}
}

// at is a place on the sheet.
func (d *drawing) at(r rect) rect { return rect{r.x + d.dx, r.y + d.dy, r.w, r.h} }

// id makes the id of a part unique in the picture.
func (d *drawing) id(kind, name string) string {
	id := kind + "-" + name
	for n := 2; d.ids[id]; n++ {
		id = kind + "-" + name + "-" + strconv.Itoa(n)
	}
	d.ids[id] = true
	return id
}

// frame draws a group on the ground of its zone. The frame of an untrusted zone is dashed.
func (d *drawing) frame(f *frame, at, title rect) {
	look := zoneLookOf(f.group.Trust)
	d.add(&opening{d.id("group", f.group.ID)},
		&rectangle{at: at, fill: look.tint, edge: look.frame, dash: look.dash, radius: frameRadius})
	if f.label != nil {
		d.add(f.label.at(title.x, title.y))
	}
	d.add(&closing{})
}

const frameRadius = 4

// label writes on an arrow, whose line ends before it and goes on behind it.
func (d *drawing) label(e *edgePlan, at rect) {
	s, look := d.sheet, lookOfEdge(e.edge)
	x, y := at.x+edgePadX, at.y+edgePadY
	s.add(&rectangle{at: rect{at.x, y, at.w, at.h - 2*edgePadY}, fill: d.ground(at)})
	if e.label != nil {
		if look.sign != nil {
			s.add(&glyph{x, y + 2, look.sign, edgeInk(e.edge)})
		}
		if line := d.spots.lines[e.n].line; look.sign == nil && len(e.marks) == 0 && line[len(line)-2].x == line[len(line)-1].x {
			s.add(e.label.in(at.x, at.right(), y)) // above a box
		} else {
			s.add(e.label.at(x+look.signRoom(), y))
		}
		y = e.label.room.bottom()
	}
	if e.note != nil {
		s.add(e.note.at(x+look.signRoom(), y))
		y = e.note.room.bottom()
	}
	s.planned(e.marks, x, y)
}

// ground is what a place lies on: the tint of the smallest frame around it.
func (d *drawing) ground(at rect) *swatch {
	out := paper
	for i, f := range d.frames { // outermost first
		frame := d.at(d.spots.frames[i])
		if at.x >= frame.x && at.right() <= frame.right() && at.y >= frame.y && at.bottom() <= frame.bottom() {
			out = zoneLookOf(f.group.Trust).tint
		}
	}
	return out
}

// planned draws findings whose texts are broken already.
func (s *sheet) planned(marks []*markPlan, x, y int) {
	for _, m := range marks {
		s.add(&glyph{x, y + 2, chartLookOf(m.mark).sign, m.text.ink}, m.text.at(x+signRoom, y))
		y = m.text.room.bottom()
	}
}

func (d *drawing) box(b *boxPlan, at rect) {
	s, look := d.sheet, boxLooks[b.box.Kind]
	if removed(b.box.Marks) {
		look.dash = removedDash
	}
	s.add(&opening{d.id("box", b.box.ID)})
	radius := min(look.radius, at.h/2)
	if len(b.rows) == 0 {
		s.add(&rectangle{at: at, fill: look.fill, edge: look.edge, radius: radius, dash: look.dash})
		d.heading(b, at, true)
		s.add(&closing{})
		return
	}
	radius = min(radius, boxPadX) // round ends would cut the rows
	s.add(&rectangle{at: at, fill: paper, radius: radius})
	switch {
	case look.radius != 0:
	case b.whole:
		s.add(&rectangle{at: at, fill: look.fill})
	default:
		s.add(&rectangle{at: rect{at.x, at.y, at.w, b.headH}, fill: look.fill})
	}
	if !b.whole {
		d.bands(b, at)
	}
	s.add(&rectangle{at: at, edge: look.edge, radius: radius, dash: look.dash})
	d.heading(b, at, false)
	for _, r := range b.rows {
		d.row(b, r, at)
	}
	s.add(&closing{})
}

// bands are the grounds of rows, each with a line above it. Where rows are apart, each
// reaches to the middle between them.
func (d *drawing) bands(b *boxPlan, at rect) {
	top := b.headH
	for i, r := range b.rows {
		bottom := at.h
		if i+1 < len(b.rows) {
			bottom = (r.y + r.h + b.rows[i+1].y) / 2
		}
		if r.row.Fails {
			d.add(&rectangle{at: rect{at.x, at.y + top, at.w, bottom - top}, fill: failTint})
		}
		d.add(&stroke{at.x + 1, at.y + top, at.right() - 1, at.y + top, rule, 0, ""})
		top = bottom
	}
}

// row writes what stands in a row.
func (d *drawing) row(b *boxPlan, r *rowPlan, at rect) {
	s := d.sheet
	x, y := at.x+boxPadX, at.y+r.y+(r.h-r.textH)/2
	if b.whole {
		y = at.y + r.y
	}
	s.add(r.text.at(x, y))
	switch {
	case r.beside:
		s.add(r.note.at(at.right()-boxPadX-r.note.room.w, y+1))
		y = r.text.room.bottom()
	case r.note != nil:
		s.add(r.note.at(x, r.text.room.bottom()))
		y = r.note.room.bottom()
	default:
		y = r.text.room.bottom()
	}
	s.planned(r.marks, x, y)
}

// heading writes what stands above the rows; in a box without rows it is
// centred.
func (d *drawing) heading(b *boxPlan, at rect, centred bool) {
	s, look := d.sheet, boxLooks[b.box.Kind]
	x, y := at.x+boxPadX, at.y+(b.headH-b.textH)/2
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
func (d *drawing) arrow(e *edgePlan, c curve) {
	look := lookOfEdge(e.edge)
	if removed(e.edge.Marks) {
		look.dash, look.double = removedDash, false
	}
	shift := func(pts []point) []point {
		out := make([]point, len(pts))
		for i, p := range pts {
			out[i] = point{p.x + float64(d.dx), p.y + float64(d.dy)}
		}
		return out
	}
	d.add(&opening{d.id("arrow", arrowName(e.edge))},
		&arrow{shift(c.line), shift(c.head), edgeInk(e.edge), look.double, look.width, look.dash}, &closing{})
}

func arrowName(e *view.Edge) string {
	if e.ID != "" {
		return e.ID
	}
	return e.From + "-" + e.To
}
