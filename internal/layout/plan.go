package layout

import "math"

// plan gives columns and channels their places from left to right and reads everything off.
func (n *net) plan() *Plan {
	p := &Plan{
		Frames: make([]Rect, len(n.g.Frames)), Titles: make([]Rect, len(n.g.Frames)),
		Boxes: make([]Placed, len(n.g.Boxes)), Wires: make([]Path, len(n.g.Wires)),
	}
	if len(n.g.Boxes) == 0 {
		return p
	}
	left, width := n.places()
	wide := make([]int, len(n.cols)) // of the boxes of each column
	for col := range n.cols {
		wide[col] = n.boxWidth(col)
	}
	for i, it := range n.boxes {
		b := &p.Boxes[i]
		b.Rect = Rect{left[it.col], it.y, wide[it.col], it.h}
		b.X += (width[it.col] - b.W) / 2
		b.Head = it.slots[0].h
		for _, s := range it.slots[1:] {
			b.Rows = append(b.Rows, Span{s.y, s.h})
		}
	}
	n.frames(p, left, width)
	for i, legs := range n.wires {
		p.Wires[i] = n.path(legs, p, left)
	}
	p.trim()
	return p
}

// boxWidth is that of all boxes of a column.
func (n *net) boxWidth(col int) int {
	w := 0
	for _, it := range n.cols[col] {
		if it.box >= 0 {
			w = max(w, n.g.Boxes[it.box].W)
		}
	}
	return w
}

// places are where columns begin and how wide they are: as wide as their boxes, and as the
// titles of frames over them.
func (n *net) places() (left, width []int) {
	left, width = make([]int, len(n.cols)), make([]int, len(n.cols))
	x := 0
	for col := range n.cols {
		g := n.gaps[col]
		g.x = x
		x += g.w
		left[col], width[col] = x, n.boxWidth(col)
		for i, s := range n.spans {
			if s.first == col && s.last >= 0 { // no wire turns under a title
				width[col] = max(width[col], n.g.Frames[i].Title.W)
			}
		}
		x += width[col]
	}
	n.gaps[len(n.cols)].x = x
	return left, width
}

// frames places frames around their boxes and inner frames, and titles in them.
func (n *net) frames(p *Plan, left, width []int) {
	type reach struct{ x1, x2, top, bottom int }
	of := make([]reach, len(n.g.Frames))
	for i := range of {
		of[i] = reach{math.MaxInt32, math.MinInt32, math.MaxInt32, math.MinInt32}
	}
	widen := func(f, x1, x2, top, bottom int) {
		r := &of[f]
		*r = reach{min(r.x1, x1), max(r.x2, x2), min(r.top, top), max(r.bottom, bottom)}
	}
	for _, items := range n.cols {
		for _, it := range items {
			if it.frame >= 0 {
				widen(it.frame, left[it.col], left[it.col]+width[it.col], it.y, it.y+it.h)
			}
		}
	}
	for i := len(of) - 1; i >= 0; i-- { // inner ones stand behind those around them
		r := of[i]
		if r.x1 > r.x2 {
			continue
		}
		room := n.titleRoom(i)
		at := Rect{r.x1 - framePad, r.top - room, r.x2 - r.x1 + 2*framePad, r.bottom + framePad - r.top + room}
		p.Frames[i] = at
		if t := n.g.Frames[i].Title; t.H > 0 {
			p.Titles[i] = Rect{r.x1, at.Y + framePad/2, t.W, t.H}
		}
		if in := n.g.Frames[i].Inside; in >= 0 {
			widen(in, at.X, at.Right(), at.Y, at.Bottom())
		}
	}
}

// path is the corners of a wire and the place of its label.
func (n *net) path(legs []*leg, p *Plan, left []int) Path {
	var out Path
	first, last := legs[0], legs[len(legs)-1]
	start, _ := first.ends()
	from := p.Boxes[first.from.box].Rect
	out.Points = append(out.Points, Point{from.Right(), start})
	for _, l := range legs {
		a, b := l.ends()
		if l.track > 0 {
			x := n.trackX(n.gapOf(l), l.track)
			out.Points = append(out.Points, Point{x, a}, Point{x, b})
		}
	}
	_, end := last.ends()
	out.Points = append(out.Points, Point{p.Boxes[last.to.box].X, end})
	if w := first.label.W; w > 0 {
		g := n.gapOf(first)
		x := g.x + g.left + labelStub
		if g.tracks == 0 && first.to != nil && first.to.box >= 0 { // in the middle of a straight wire
			x += (g.w - g.left - g.right - g.labels) / 2
		}
		out.Label = Rect{max(x, from.Right()+labelStub/2), start - first.label.Up, w, first.label.Up + first.label.Down}
	}
	if pass := first.to; pass != nil && pass.label.W > 0 {
		_, y := first.ends()
		l := pass.label
		out.Label = Rect{left[pass.col] + labelStub, y - l.Up, l.W, l.Up + l.Down}
	}
	return out
}

// gapOf is the channel of a leg.
func (n *net) gapOf(l *leg) *gap {
	if l.from != nil {
		return n.gaps[l.from.col+1]
	}
	return n.gaps[l.to.col]
}

// trackX is where the vertical stretches of a track are.
func (n *net) trackX(g *gap, track int) int {
	return g.x + g.left + g.labels + track*trackGap
}
