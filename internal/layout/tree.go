package layout

import "slices"

// Tree places questions from top to bottom, each centred above its answers, which stand side
// by side with their tops on one line. Where that is wider than most, answers that lead no
// further are listed under their question instead, those first that save most. The plan may
// still be wider; List is narrower.
//
// A box to which several questions lead is drawn under each of them: Plan.Copies says where.
func Tree(g *Graph, most int) *Plan {
	t := newTree(g)
	t.place()
	for t.width() > most && t.list() {
		t.place()
	}
	return t.plan()
}

// List places questions from top to bottom, the answers to each under it in a list.
func List(g *Graph) *Plan {
	t := newTree(g)
	for _, n := range t.all {
		n.listed = len(n.answers) > 0
	}
	t.place()
	return t.plan()
}

// Distances in a tree.
const (
	branchGap = 20 // between branches side by side
	listGap   = 12 // between answers in a list
	listStep  = 18 // from the left edge of a question to the line of its list
	listStub  = 8  // of the line before and behind a label in a list
	dropRoom  = 18 // of the line above a branch's label and below it
)

// branch is a box in the tree with the wire that leads to it.
type branch struct {
	box, wire int // wire is -1 at a root
	copy      bool
	depth     int
	answers   []*branch
	listed    bool
	x, y      int // of the box
	w, h      int
	label     Size
	below     int    // how far the label reaches below its wire
	left      []edge // the outline of the branch, from top to bottom
	right     []edge
}

// edge is where an outline is over a range of heights.
type edge struct{ top, bottom, x int }

type tree struct {
	g     *Graph
	roots []*branch
	all   []*branch // parents before their answers
	turns []int     // where wires turn above the boxes of each depth
	next  [][]int   // wires by where they begin
}

func newTree(g *Graph) *tree {
	t := &tree{g: g, next: make([][]int, len(g.Boxes))}
	led := make([]bool, len(g.Boxes))
	for i, w := range g.Wires {
		t.next[w.From.Box] = append(t.next[w.From.Box], i)
		led[w.To.Box] = led[w.To.Box] || w.To.Box != w.From.Box
	}
	drawn := make([]bool, len(g.Boxes))
	for i := range g.Boxes {
		if !led[i] {
			t.roots = append(t.roots, t.grow(i, -1, 0, drawn))
		}
	}
	for i := range g.Boxes { // in a circle
		if !drawn[i] {
			t.roots = append(t.roots, t.grow(i, -1, 0, drawn))
		}
	}
	return t
}

// grow makes the branch of a box. Where the box has been drawn before, the branch is a copy,
// and has no answers of its own.
func (t *tree) grow(box, wire, depth int, drawn []bool) *branch {
	b := &t.g.Boxes[box]
	n := &branch{box: box, wire: wire, depth: depth, w: b.W, h: b.Head, copy: drawn[box]}
	for _, h := range b.Rows {
		n.h += h
	}
	if wire >= 0 {
		l := t.g.Wires[wire].Label
		n.label, n.below = Size{l.W, l.Up + l.Down}, l.Down
	}
	t.all = append(t.all, n)
	if drawn[box] {
		return n
	}
	drawn[box] = true
	for _, w := range t.next[box] {
		n.answers = append(n.answers, t.grow(t.g.Wires[w].To.Box, w, depth+1, drawn))
	}
	return n
}

// place gives all branches their places.
func (t *tree) place() {
	tops := t.tops()
	for _, r := range t.roots {
		t.heights(r, 0, tops)
	}
	var before *branch
	for _, r := range t.roots {
		t.outline(r, false)
		if before != nil {
			r.shift(apart(before.right, r.left, branchGap))
			before.right = over(before.right, r.right)
		} else {
			before = r
		}
	}
}

// tops is where the boxes of each depth begin that stand side by side.
func (t *tree) tops() []int {
	var heights, labels []int
	var visit func(n *branch)
	visit = func(n *branch) {
		for len(heights) <= n.depth {
			heights, labels = append(heights, 0), append(labels, 0)
		}
		heights[n.depth] = max(heights[n.depth], n.h)
		labels[n.depth] = max(labels[n.depth], n.label.H)
		if !n.listed {
			for _, a := range n.answers {
				visit(a)
			}
		}
	}
	for _, r := range t.roots {
		visit(r)
	}
	out := make([]int, len(heights))
	t.turns = []int{0}
	for d := 1; d < len(out); d++ {
		out[d] = out[d-1] + heights[d-1] + dropRoom + labels[d] + dropRoom
		t.turns = append(t.turns, out[d]-dropRoom-labels[d]-dropRoom/2)
	}
	return out
}

// heights sets the y of a branch; it returns where the branch ends.
func (t *tree) heights(n *branch, y int, tops []int) int {
	n.y = y
	bottom := y + n.h
	for _, a := range n.answers {
		if n.listed {
			label := t.g.Wires[a.wire].Label
			top := bottom + listGap + max(label.Up-a.h/2, 0)
			bottom = max(t.heights(a, top, tops), top+a.h/2+label.Down)
			continue
		}
		bottom = max(bottom, t.heights(a, tops[a.depth], tops))
	}
	return bottom
}

// outline sets the x of a branch, from zero on, and what is around it: its boxes, with the
// wires between them and their labels. inList says that it is an answer in a list.
func (t *tree) outline(n *branch, inList bool) {
	for _, a := range n.answers {
		t.outline(a, n.listed)
	}
	n.x = 0
	bottom := n.y + n.h
	switch {
	case len(n.answers) == 0:
		n.left, n.right = []edge{{n.y, bottom, 0}}, []edge{{n.y, bottom, n.w}}
	case n.listed:
		n.list()
	default:
		n.spread()
		bottom = t.turns[n.answers[0].depth]
		n.left, n.right = []edge{{n.y, bottom, n.x}}, []edge{{n.y, bottom, n.x + n.w}}
		for _, a := range n.answers {
			n.left, n.right = overLeft(n.left, a.left), over(n.right, a.right)
		}
	}
	if n.wire >= 0 && !inList {
		middle := n.x + n.w/2
		top := t.turns[n.depth] - trackGap/2
		n.left = append([]edge{{top, n.y, middle - n.label.W/2}}, n.left...)
		n.right = append([]edge{{top, n.y, middle + (n.label.W+1)/2}}, n.right...)
	}
}

// spread puts answers side by side, and the question above their middle.
func (n *branch) spread() {
	var right []edge
	for i, a := range n.answers {
		if i > 0 {
			a.shift(apart(right, a.left, branchGap))
			right = over(right, a.right)
		} else {
			right = a.right
		}
	}
	first, last := n.answers[0], n.answers[len(n.answers)-1]
	n.x = (first.x+first.w/2+last.x+last.w/2)/2 - n.w/2
}

// list puts answers under each other, with their labels in a column before them.
func (n *branch) list() {
	labels := 0
	for _, a := range n.answers {
		labels = max(labels, a.label.W)
	}
	at := listStep + labels + 2*listStub
	if labels > 0 {
		at += dropRoom
	}
	bottom, right := n.y+n.h, n.w
	for _, a := range n.answers {
		a.shift(at - a.x)
		bottom = max(bottom, a.y+a.h/2+a.below)
		for i := range a.right {
			bottom, right = max(bottom, a.right[i].bottom), max(right, a.right[i].x)
		}
	}
	n.left = []edge{{n.y, bottom, 0}}
	n.right = []edge{{n.y, bottom, right}}
}

func (n *branch) shift(dx int) {
	if dx == 0 {
		return
	}
	n.x += dx
	for i := range n.left {
		n.left[i].x += dx
	}
	for i := range n.right {
		n.right[i].x += dx
	}
	for _, a := range n.answers {
		a.shift(dx)
	}
}

// apart is how far right an outline has to move to be right of another one.
func apart(right, left []edge, gap int) int {
	by, first, from := 0, true, 0
	for _, r := range right {
		for from < len(left) && left[from].bottom+gap <= r.top {
			from++
		}
		for _, l := range left[from:] {
			if l.top >= r.bottom+gap {
				break
			}
			if need := r.x + gap - l.x; first || need > by {
				by, first = need, false
			}
		}
	}
	return by
}

// over is the outline of two branches beside each other, the second one in front.
func over(a, b []edge) []edge { return merge(a, b, func(x, y int) int { return max(x, y) }) }

func overLeft(a, b []edge) []edge { return merge(a, b, func(x, y int) int { return min(x, y) }) }

// merge joins two outlines; where both reach, pick decides.
func merge(a, b []edge, pick func(x, y int) int) []edge {
	a, b = slices.Clone(a), slices.Clone(b)
	out := make([]edge, 0, len(a)+len(b))
	add := func(e edge) {
		if n := len(out); n > 0 && out[n-1].bottom == e.top && out[n-1].x == e.x {
			out[n-1].bottom = e.bottom
		} else if e.top < e.bottom {
			out = append(out, e)
		}
	}
	for len(a) > 0 && len(b) > 0 {
		if a[0].top > b[0].top {
			a, b = b, a
		}
		switch first, second := a[0], b[0]; {
		case first.bottom <= second.top: // first alone
			add(first)
			a = a[1:]
		case first.top < second.top: // first alone, down to where second begins
			add(edge{first.top, second.top, first.x})
			a = cut(a, second.top)
		default:
			bottom := min(first.bottom, second.bottom)
			add(edge{first.top, bottom, pick(first.x, second.x)})
			a, b = cut(a, bottom), cut(b, bottom)
		}
	}
	for _, e := range a {
		add(e)
	}
	for _, e := range b {
		add(e)
	}
	return out
}

// cut takes off an outline what is above a height within its first edge.
func cut(of []edge, at int) []edge {
	if of[0].bottom <= at {
		return of[1:]
	}
	of[0].top = at
	return of
}

func (t *tree) width() int {
	first, lo, hi := true, 0, 0
	for _, r := range t.roots {
		for _, e := range r.left {
			if first || e.x < lo {
				lo, first = e.x, false
			}
		}
	}
	for _, r := range t.roots {
		for _, e := range r.right {
			hi = max(hi, e.x)
		}
	}
	return hi - lo
}

// list makes questions list their answers, those that save most by it: one of a few, some
// at a time of many. It reports whether there was one.
func (t *tree) list() bool {
	var some []*branch
	for _, n := range t.all {
		if !n.listed && len(n.answers) > 1 && n.saves() > 0 && n.leadsNoFurther() {
			some = append(some, n)
		}
	}
	slices.SortStableFunc(some, func(a, b *branch) int { return b.saves() - a.saves() })
	for _, n := range some[:min(len(some), 1+len(some)/8)] {
		n.listed = true
	}
	return len(some) > 0
}

func (n *branch) leadsNoFurther() bool {
	return !slices.ContainsFunc(n.answers, func(a *branch) bool { return len(a.answers) > 0 })
}

// saves is about how much narrower answers are as a list.
func (n *branch) saves() int {
	side, labels, boxes := 0, 0, 0
	for _, a := range n.answers {
		side += max(a.w, a.label.W) + branchGap
		labels, boxes = max(labels, a.label.W), max(boxes, a.w)
	}
	return side - branchGap - listStep - labels - 2*listStub - boxes
}

// plan reads the places off.
func (t *tree) plan() *Plan {
	p := &Plan{
		Frames: make([]Rect, len(t.g.Frames)), Titles: make([]Rect, len(t.g.Frames)),
		Boxes: make([]Placed, len(t.g.Boxes)), Wires: make([]Path, len(t.g.Wires)),
	}
	for _, n := range t.all {
		at := Rect{n.x, n.y, n.w, n.h}
		if n.copy {
			p.Copies = append(p.Copies, Copy{n.box, at})
		} else {
			b := &p.Boxes[n.box]
			b.Rect, b.Head = at, t.g.Boxes[n.box].Head
			y := b.Head
			for _, h := range t.g.Boxes[n.box].Rows {
				b.Rows = append(b.Rows, Span{y, h})
				y += h
			}
		}
		for _, a := range n.answers {
			p.Wires[a.wire] = t.path(n, a)
		}
	}
	t.frames(p)
	p.trim()
	return p
}

// path is the wire from a question to an answer.
func (t *tree) path(n, a *branch) Path {
	var out Path
	l := t.g.Wires[a.wire].Label
	if n.listed {
		x, y := n.x+listStep, a.y+a.h/2
		out.Points = []Point{{x, n.y + n.h}, {x, y}, {a.x, y}}
		if l.W > 0 {
			out.Label = Rect{x + listStub, y - l.Up, l.W, l.Up + l.Down}
		}
		return out
	}
	from, to := n.x+n.w/2, a.x+a.w/2
	out.Points = []Point{{from, n.y + n.h}}
	if from != to {
		turn := t.turns[a.depth]
		out.Points = append(out.Points, Point{from, turn}, Point{to, turn})
	}
	out.Points = append(out.Points, Point{to, a.y})
	if l.W > 0 {
		out.Label = Rect{to - l.W/2, a.y - dropRoom - l.Up - l.Down, l.W, l.Up + l.Down}
	}
	return out
}

// frames are around all that stands in them.
func (t *tree) frames(p *Plan) {
	for i, f := range t.g.Frames {
		var in []Rect
		for _, n := range t.all {
			if t.g.outermost(t.g.Boxes[n.box].Frame) == i {
				in = append(in, Rect{n.x, n.y, n.w, n.h})
				if n.wire >= 0 {
					in = append(in, p.Wires[n.wire].Label)
				}
			}
		}
		if len(in) == 0 {
			continue
		}
		around := in[0]
		for _, r := range in {
			if r.W == 0 {
				continue
			}
			x, y := min(around.X, r.X), min(around.Y, r.Y)
			around = Rect{x, y, max(around.Right(), r.Right()) - x, max(around.Bottom(), r.Bottom()) - y}
		}
		room := framePad
		if f.Title.H > 0 {
			room += f.Title.H
		}
		p.Frames[i] = Rect{around.X - framePad, around.Y - room, max(around.W, f.Title.W) + 2*framePad, around.H + room + framePad}
		if f.Title.H > 0 {
			p.Titles[i] = Rect{around.X, around.Y - room + framePad/2, f.Title.W, f.Title.H}
		}
	}
}
