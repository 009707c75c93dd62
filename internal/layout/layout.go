// Package layout places the boxes, wires and labels of a flowchart. It knows their sizes
// and what they are for, and no text, colour or format. Lengths are pixels, y downwards.
//
// Two kinds of flowchart are placed. Columns places a network: boxes in columns by their
// role, wires from left to right. Tree places questions from top to bottom, each above its
// answers. Both are deterministic, take linear or almost linear time, and keep what
// PlanFaults lists: nothing overlaps, and no wire runs through a box, a label or a head.
package layout

// Graph is a flowchart without places.
type Graph struct {
	Frames []Frame
	Boxes  []Box
	Wires  []Wire
}

// Frame is drawn around its boxes, with a title in its top left corner.
type Frame struct {
	Title  Size // zero for none
	Inside int  // the frame that this one stands in, which is before it in Graph.Frames; -1 for none
}

// Size is how large something is.
type Size struct{ W, H int }

// Box is a heading and rows under it.
type Box struct {
	Frame int // the innermost one around it, an index in Graph.Frames; -1 for none
	Role  int // boxes of a higher role stand further right, see Columns
	W     int
	Head  int   // height of the heading
	Rows  []int // heights
}

// End is where a wire begins or ends: a row of a box, or its heading.
type End struct {
	Box int
	Row int // -1 for the heading
}

// Wire is an arrow from one box to another.
type Wire struct {
	From, To End
	Label    Label
}

// Label is written on a wire, near to where it begins. A zero label is none.
type Label struct {
	W        int
	Up, Down int // how far it reaches above and below the wire
}

// Plan is where everything stands.
type Plan struct {
	W, H   int
	Frames []Rect // of size zero where a frame has no box
	Titles []Rect
	Boxes  []Placed
	Copies []Copy // of boxes that are drawn more than once
	Wires  []Path
}

// Copy is another place at which a box is drawn.
type Copy struct {
	Box int
	Rect
}

// Placed is a box with its place.
type Placed struct {
	Rect
	Head int    // height of the heading, which grows where many wires meet it
	Rows []Span // within the box
}

// Span is a part of a height.
type Span struct{ Y, H int }

// Path is a wire as a polyline of horizontal and vertical stretches. Corners are places
// at which it turns. The last stretch runs into the box at which the wire ends.
type Path struct {
	Points []Point
	Label  Rect // of size zero for none
}

// Point is a place.
type Point struct{ X, Y int }

// Rect is a rectangle from its top left corner.
type Rect struct{ X, Y, W, H int }

// Right is the x behind a rectangle.
func (r Rect) Right() int { return r.X + r.W }

// Bottom is the y below a rectangle.
func (r Rect) Bottom() int { return r.Y + r.H }

// Distances.
const (
	boxGap     = 18 // between boxes under each other
	wireGap    = 14 // between wires, and between a wire and a box
	passHeight = 12 // of a wire that passes a column
	trackGap   = 10 // between the vertical stretches of wires
	framePad   = 10 // between a frame and what is in it
	frameGap   = 16 // between frames
	labelGap   = 4  // between labels under each other
	labelStub  = 6  // of a wire before and behind its label, at least
	headRoom   = 22 // of the last stretch of a wire, at least
	channel    = 48 // between two columns, at least
)

// LastStretch is how long the last stretch of a bent wire is at least.
const LastStretch = headRoom

func (p *Plan) move(dx, dy int) {
	shift := func(r *Rect) { r.X, r.Y = r.X+dx, r.Y+dy }
	for i := range p.Frames {
		shift(&p.Frames[i])
		shift(&p.Titles[i])
	}
	for i := range p.Boxes {
		shift(&p.Boxes[i].Rect)
	}
	for i := range p.Copies {
		shift(&p.Copies[i].Rect)
	}
	for i := range p.Wires {
		w := &p.Wires[i]
		shift(&w.Label)
		for j := range w.Points {
			w.Points[j].X, w.Points[j].Y = w.Points[j].X+dx, w.Points[j].Y+dy
		}
	}
}

// trim moves everything to the origin and sets the size of the plan.
func (p *Plan) trim() {
	first := true
	var lo, hi Point
	add := func(x, y int) {
		if first {
			lo, hi, first = Point{x, y}, Point{x, y}, false
		}
		lo, hi = Point{min(lo.X, x), min(lo.Y, y)}, Point{max(hi.X, x), max(hi.Y, y)}
	}
	both := func(r Rect) {
		if r.W > 0 && r.H > 0 {
			add(r.X, r.Y)
			add(r.Right(), r.Bottom())
		}
	}
	for i := range p.Frames {
		both(p.Frames[i])
		both(p.Titles[i])
	}
	for i := range p.Boxes {
		both(p.Boxes[i].Rect)
	}
	for i := range p.Copies {
		both(p.Copies[i].Rect)
	}
	for i := range p.Wires {
		both(p.Wires[i].Label)
		for _, q := range p.Wires[i].Points {
			add(q.X, q.Y)
		}
	}
	p.move(-lo.X, -lo.Y)
	p.W, p.H = hi.X-lo.X, hi.Y-lo.Y
}
