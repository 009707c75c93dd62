package emit

import (
	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/view"
)

// spots is where the parts of a chart stand, in the order of the chart's own lists.
type spots struct {
	w, h   int
	frames []rect
	titles []rect // of frames
	boxes  []rect
	copies []copied
	lines  []curve
	labels []rect // of arrows; of size zero for none
}

// copied is another place at which a box is drawn.
type copied struct {
	box int
	at  rect
}

// layoutFlowchart lays a flowchart out: networks in columns, questions as a tree.
func layoutFlowchart(pic *view.Flowchart, on page) *sheet {
	var all []placed
	for _, part := range parts(pic) {
		all = append(all, wrapped(part, on.chart(pic))...)
	}
	return assemble(pic, on, all)
}

// fit lays a part out with texts broken as late as a page allows. Where breaking them makes
// it little narrower, they are not broken. Questions that are too wide as a tree are listed.
func fit(part *view.Flowchart, most int) placed {
	var c *chart
	var p *layout.Plan
	for i, b := range breaksTried {
		tried := newChart(part, b)
		if at := tried.plan(most); p == nil || at.W*20 < p.W*19 || at.W <= most {
			c, p = tried, at
		}
		if p.W <= most*comfort/100 || p.W <= most && (i >= breaksEasy || part.Down) {
			break
		}
	}
	if part.Down && p.W > most {
		for _, b := range breaksTried {
			c = newChart(part, b)
			if p = layout.List(c.graph()); p.W <= most {
				break
			}
		}
	}
	return placed{c, c.spots(p)}
}

// plan places what is in a chart.
func (c *chart) plan(most int) *layout.Plan {
	if c.pic.Down {
		return layout.Tree(c.graph(), most)
	}
	return layout.Columns(c.graph())
}

// The roles of boxes, by which they stand in columns.
const (
	roleClient = iota - 1 // or what is no traffic: routes by their labels
	roleProxy
	roleBackend
)

func roleOf(b *view.Box) int {
	switch b.Kind {
	case view.BoxNote, view.BoxClient:
		return roleClient
	case view.BoxBackend, view.BoxServer:
		return roleBackend
	default:
		return roleProxy
	}
}

// graph is the chart as sizes.
func (c *chart) graph() *layout.Graph {
	rows := 0
	for _, b := range c.boxes {
		rows += len(b.rows)
	}
	heights := make([]int, 0, rows)
	g := &layout.Graph{
		Frames: make([]layout.Frame, 0, len(c.frames)),
		Boxes:  make([]layout.Box, 0, len(c.boxes)),
		Wires:  make([]layout.Wire, 0, len(c.edges)),
	}
	for _, f := range c.frames {
		var title layout.Size
		if f.label != nil {
			title = layout.Size{W: f.label.room.w, H: f.label.room.h}
		}
		g.Frames = append(g.Frames, layout.Frame{Title: title, Inside: f.in})
	}
	for _, b := range c.boxes {
		box := layout.Box{Frame: b.frame, Role: roleOf(b.box), W: b.w, Head: b.headH}
		if b.whole {
			box.Head = b.h
		} else {
			first := len(heights)
			for _, r := range b.rows {
				heights = append(heights, r.h)
			}
			box.Rows = heights[first:len(heights):len(heights)]
		}
		g.Boxes = append(g.Boxes, box)
	}
	for _, e := range c.edges {
		g.Wires = append(g.Wires, layout.Wire{
			From:  e.from.at(e.edge.FromRow),
			To:    e.to.at(e.edge.ToRow),
			Label: e.onWire(),
		})
	}
	return g
}

// at is where an arrow ends: at a row, or at the box as a whole.
func (p *boxPlan) at(row string) layout.End {
	if p.whole {
		return layout.End{Box: p.n, Row: -1}
	}
	return layout.End{Box: p.n, Row: p.port(row)}
}

// onWire is the room of what is written on an arrow: its label lies on the line, findings
// hang below.
func (e *edgePlan) onWire() layout.Label {
	if e.h == 0 {
		return layout.Label{}
	}
	over := faces[fontNote].leading
	if e.label != nil {
		over = e.label.room.h
	} else if e.note != nil {
		over = e.note.room.h
	}
	return layout.Label{W: e.w, Up: over/2 + edgePadY, Down: e.h - over/2 - edgePadY}
}

// grow makes boxes as large as their places.
func (c *chart) grow(p *layout.Plan) {
	for i, b := range c.boxes {
		at := p.Boxes[i]
		if b.whole {
			down := (at.H - b.h) / 2
			b.headH += 2 * down
			for _, r := range b.rows {
				r.y += down
			}
			b.w, b.h = at.W, at.H
			continue
		}
		b.w, b.h, b.headH = at.W, at.H, at.Head
		for j, r := range b.rows {
			r.y, r.h = at.Rows[j].Y, at.Rows[j].H
		}
	}
}

// spots are the places of a plan, with rounded corners and heads.
func (c *chart) spots(p *layout.Plan) *spots {
	c.grow(p)
	s := &spots{
		w: p.W, h: p.H,
		frames: make([]rect, 0, len(p.Frames)), titles: make([]rect, 0, len(p.Frames)), boxes: make([]rect, 0, len(p.Boxes)),
		lines: make([]curve, 0, len(p.Wires)), labels: make([]rect, 0, len(p.Wires)),
	}
	of := func(r layout.Rect) rect { return rect{r.X, r.Y, r.W, r.H} }
	for i := range p.Frames {
		s.frames = append(s.frames, of(p.Frames[i]))
		s.titles = append(s.titles, of(p.Titles[i]))
	}
	for i := range p.Boxes {
		s.boxes = append(s.boxes, of(p.Boxes[i].Rect))
	}
	for _, x := range p.Copies {
		s.copies = append(s.copies, copied{x.Box, of(x.Rect)})
	}
	for i, w := range p.Wires {
		s.lines = append(s.lines, rounded(w.Points, lookOfEdge(c.edges[i].edge)))
		s.labels = append(s.labels, of(w.Label))
	}
	return s
}

// cornerRadius is that of the corners of arrows.
const cornerRadius = 8

// rounded draws a wire with round corners and a head in the direction of its last stretch.
func rounded(pts []layout.Point, look edgeLook) curve {
	n := len(pts)
	at := make([]point, 0, n)
	for _, p := range pts {
		at = append(at, point{float64(p.X), float64(p.Y)})
	}
	tip, dir := at[n-1], toward(at[n-2], at[n-1])
	head := make([]point, len(look.head))
	for i, h := range look.head { // heads are given from their tips, pointing to the right
		head[i] = point{tip.x + h.x*dir.x - h.y*dir.y, tip.y + h.x*dir.y + h.y*dir.x}
	}
	at[n-1] = point{tip.x - look.reach*dir.x, tip.y - look.reach*dir.y}
	line := make([]point, 0, 6*n-8)
	line = append(line, at[0])
	to := func(p point) {
		from := line[len(line)-1]
		line = append(line, between(from, p, 1./3), between(from, p, 2./3), p)
	}
	for i := 1; i < n-1; i++ {
		before, corner, after := at[i-1], at[i], at[i+1]
		r := min(cornerRadius, distance(before, corner)/2, distance(corner, after)/2)
		in, out := toward(before, corner), toward(corner, after)
		a := point{corner.x - r*in.x, corner.y - r*in.y}
		b := point{corner.x + r*out.x, corner.y + r*out.y}
		to(a)
		line = append(line, between(a, corner, arc), between(b, corner, arc), b)
	}
	to(at[n-1])
	return curve{line, head}
}

// arc is how far the controls of a quarter of a circle are from its ends to its corner.
const arc = 0.5523

func between(a, b point, t float64) point { return point{a.x + (b.x-a.x)*t, a.y + (b.y-a.y)*t} }

// distance is that of two points above or beside each other.
func distance(a, b point) float64 { return max(abs(a.x-b.x), abs(a.y-b.y)) }

func abs(f float64) float64 { return max(f, -f) }

// toward is the direction from a point to another one above or beside it.
func toward(a, b point) point {
	switch {
	case b.x > a.x:
		return point{1, 0}
	case b.x < a.x:
		return point{-1, 0}
	case b.y < a.y:
		return point{0, -1}
	}
	return point{0, 1}
}
