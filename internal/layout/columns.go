package layout

import (
	"cmp"
	"slices"
)

// Columns places a network from left to right. A column holds the boxes of one role; where
// wires lead from one box of a role to another, each further box stands a column further
// right. Boxes of a role below zero are where traffic begins. Those that share a frame with
// others stand beside them, right of those that do not, so that a frame is a rectangle with
// nothing else in it.
//
// The first boxes of the roles from zero on stand in the order that is given, those behind
// them in the order of the rows that lead to them, and those before them in the order of the
// rows that they lead to. Each is as high up as the boxes above it and its first wire allow,
// so that a change moves nothing above it.
func Columns(g *Graph) *Plan {
	n := newNet(g)
	n.order()
	n.ports()
	n.heights()
	n.channels()
	return n.plan()
}

// net is a graph on its way to a plan.
type net struct {
	g      *Graph
	anchor int       // the column that others are ordered by: the first of a role from zero on
	boxes  []*item   // as in Graph.Boxes
	cols   [][]*item // from top to bottom
	wires  [][]*leg  // from left to right, as in Graph.Wires
	spans  []span    // of frames
	gaps   []*gap    // gaps[i] is left of column i, the last one right of all
	units  []*unit
	floor  int // below everything, where wires go back
}

// span is the columns of a frame; first > last where it has no box.
type span struct{ first, last int }

func (s span) has(col int) bool { return s.first <= col && col <= s.last }

// item is what stands in a column: a box, or the place at which a wire passes it.
type item struct {
	n     int // the order in which items were made
	box   int // -1 for a wire
	frame int // the innermost one; -1 for none
	col   int
	rank  int     // of all items, see net.unite
	key   float64 // by which items are ordered, see net.order
	y, h  int
	slots []slot // the heading, then the rows; one for a wire
	label Label  // of a wire that passes, where it is written here
}

// slot is the heading or a row, where wires begin and end.
type slot struct {
	y, h    int    // from the top of the item
	in, out []*leg // from top to bottom
}

// leg is the part of a wire between two neighbouring columns. One that goes back has two
// legs: out of its box and down, and up and into the other box.
type leg struct {
	wire       int
	from, to   *item // nil where the leg goes down or comes up
	fromSlot   int
	toSlot     int
	fromY, toY int // from the tops of the items; of the picture where there is none
	label      Label
	track      int // of the vertical stretch; track is 0 where there is none
}

func newNet(g *Graph) *net {
	n := &net{g: g, boxes: make([]*item, len(g.Boxes))}
	cols := ColumnsOf(g)
	last := 0
	n.spans = make([]span, len(g.Frames))
	for i := range n.spans {
		n.spans[i] = span{len(g.Boxes) + 1, -1}
	}
	for i := range g.Boxes {
		b := &g.Boxes[i]
		it := &item{box: i, col: cols[i], slots: make([]slot, 1+len(b.Rows))}
		n.boxes[i] = it
		last = max(last, it.col)
		for f := b.Frame; f >= 0; f = g.Frames[f].Inside {
			s := &n.spans[f]
			s.first, s.last = min(s.first, it.col), max(s.last, it.col)
		}
	}
	n.cols = make([][]*item, last+1)
	n.gaps = make([]*gap, last+2)
	for i := range n.gaps {
		n.gaps[i] = &gap{}
	}
	for i, it := range n.boxes {
		it.frame = g.Boxes[i].Frame
		n.add(it)
	}
	n.wires = make([][]*leg, len(g.Wires))
	for i := range g.Wires {
		n.lead(i)
	}
	n.anchor = n.firstAnchor()
	return n
}

func (n *net) add(it *item) {
	it.n = len(n.cols[it.col])
	n.cols[it.col] = append(n.cols[it.col], it)
}

// firstAnchor is the first column of a role from zero on, else the last one.
func (n *net) firstAnchor() int {
	anchor := len(n.cols) - 1
	for i, it := range n.boxes {
		if n.g.Boxes[i].Role >= 0 {
			anchor = min(anchor, it.col)
		}
	}
	return max(anchor, 0)
}

// lead makes the legs of a wire: one to each column that it passes, or two where it goes
// back or stays in its column.
func (n *net) lead(i int) {
	w := &n.g.Wires[i]
	from, to := n.boxes[w.From.Box], n.boxes[w.To.Box]
	first := &leg{wire: i, from: from, fromSlot: w.From.Row + 1, label: w.Label}
	if to.col <= from.col {
		last := &leg{wire: i, to: to, toSlot: w.To.Row + 1}
		n.wires[i] = []*leg{first, last}
		n.gaps[from.col+1].legs = append(n.gaps[from.col+1].legs, first)
		n.gaps[to.col].legs = append(n.gaps[to.col].legs, last)
		return
	}
	at := first
	for col := from.col + 1; ; col++ { // the label stands beside the first boxes that are passed, if there are any
		n.gaps[col].legs = append(n.gaps[col].legs, at)
		n.wires[i] = append(n.wires[i], at)
		if col == to.col {
			at.to, at.toSlot = to, w.To.Row+1
			return
		}
		it := &item{box: -1, col: col, frame: n.frameOfPass(w, col), slots: make([]slot, 1)}
		n.add(it)
		if at == first && n.labelFits(it) {
			it.label, first.label = first.label, Label{}
		}
		at.to = it
		at = &leg{wire: i, from: it}
	}
}

// labelFits reports whether the label of a passing wire can reach over the column into the
// channel behind it: no frame around the wire ends between them.
func (n *net) labelFits(pass *item) bool {
	return pass.frame < 0 || n.spans[pass.frame].last > pass.col
}

// frameOfPass is what a wire stands in in a column that it passes: the frame of the box
// that it leads to or comes from, if that reaches so far; -1 for none.
func (n *net) frameOfPass(w *Wire, col int) int {
	for _, e := range []End{w.To, w.From} {
		if f := n.g.outermost(n.g.Boxes[e.Box].Frame); f >= 0 && n.spans[f].has(col) {
			return f
		}
	}
	return -1
}

// outermost is the frame around a frame that stands in no other; -1 for -1.
func (g *Graph) outermost(frame int) int {
	for frame >= 0 && g.Frames[frame].Inside >= 0 {
		frame = g.Frames[frame].Inside
	}
	return frame
}

// ColumnsOf is the column in which Columns puts each box, whatever their sizes are.
func ColumnsOf(g *Graph) []int {
	depth := depths(g)
	beside := sharesFrame(g)
	type place struct{ role, beside, depth int }
	at := make([]place, len(g.Boxes))
	for i := range g.Boxes {
		at[i] = place{g.Boxes[i].Role, beside[i], depth[i]}
	}
	compare := func(a, b place) int {
		return cmp.Or(a.role-b.role, a.beside-b.beside, a.depth-b.depth)
	}
	all := slices.Clone(at)
	slices.SortFunc(all, compare)
	all = slices.Compact(all)
	out := make([]int, len(at))
	for i, p := range at {
		out[i], _ = slices.BinarySearchFunc(all, p, compare)
	}
	return out
}

// sharesFrame is 1 for boxes of a role below zero that stand in a frame with boxes of a
// role from zero on.
func sharesFrame(g *Graph) []int {
	out := make([]int, len(g.Boxes))
	mixed := make([]bool, len(g.Frames))
	for i := range g.Boxes {
		if b := &g.Boxes[i]; b.Frame >= 0 && b.Role >= 0 {
			mixed[g.outermost(b.Frame)] = true
		}
	}
	for i := range g.Boxes {
		if b := &g.Boxes[i]; b.Frame >= 0 && b.Role < 0 && mixed[g.outermost(b.Frame)] {
			out[i] = 1
		}
	}
	return out
}

// depths is for each box how many boxes of its role stand before it, on the longest way
// that does not go in a circle.
func depths(g *Graph) []int {
	next := make([][]int, len(g.Boxes))
	for i := range g.Wires {
		a, b := g.Wires[i].From.Box, g.Wires[i].To.Box
		if a != b && g.Boxes[a].Role == g.Boxes[b].Role {
			next[a] = append(next[a], b)
		}
	}
	order := finished(next)
	depth := make([]int, len(g.Boxes))
	place := make([]int, len(g.Boxes))
	for i, b := range order {
		place[b] = i
	}
	for _, a := range order {
		for _, b := range next[a] {
			if place[b] > place[a] { // else it goes back
				depth[b] = max(depth[b], depth[a]+1)
			}
		}
	}
	return depth
}

// finished lists nodes so that each stands before those that it leads to, but for those
// that close a circle.
func finished(next [][]int) []int {
	const fresh, open, done = 0, 1, 2
	state := make([]int, len(next))
	var out []int
	type frame struct{ node, edge int }
	for root := range next {
		if state[root] != fresh {
			continue
		}
		stack := []frame{{root, 0}}
		state[root] = open
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.edge == len(next[f.node]) {
				state[f.node] = done
				out = append(out, f.node)
				stack = stack[:len(stack)-1]
				continue
			}
			to := next[f.node][f.edge]
			f.edge++
			if state[to] == fresh {
				state[to] = open
				stack = append(stack, frame{to, 0})
			}
		}
	}
	slices.Reverse(out)
	return out
}
