// Package judge finds what is wrong with the places of a flowchart, by computing with its
// boxes, labels and wires. Only tests use it.
package judge

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowc-lang/flowc/internal/layout"
)

// HeadLength and HeadWidth are the room that the head of an arrow takes.
const (
	HeadLength = 12
	HeadWidth  = 12
)

// near is how close two stretches of different wires may not run beside each other.
const near = 5

// Faults lists what is wrong with a plan: boxes, labels and titles that overlap, frames with
// something else in them, wires that run through a box, a label, a title or a head, wires
// that lie on each other, and last stretches that are too short. In a tree, the wires from
// one question share their beginning.
func Faults(g *layout.Graph, p *layout.Plan, tree bool) []string {
	j := &judge{g: g, p: p, tree: tree, areas: newGrid(p)}
	j.collect()
	j.overlaps()
	j.frames()
	j.crossings()
	j.onEachOther()
	j.ends()
	return j.faults
}

type kind int

const (
	box kind = iota + 1
	label
	title
	head
)

var kindNames = map[kind]string{box: "box", label: "label of wire", title: "title of frame", head: "head of wire"}

// area is what no wire may run through.
type area struct {
	kind kind
	n    int // of the box, wire or frame
	at   layout.Rect
}

func (a area) String() string { return fmt.Sprintf("%s %d %v", kindNames[a.kind], a.n, a.at) }

// stretch is a straight part of a wire.
type stretch struct {
	wire        int
	last        bool
	first       bool
	x1, y1      int
	x2, y2      int // not left of or above x1, y1
	from, until layout.Point
}

func (s *stretch) horizontal() bool { return s.y1 == s.y2 }

type judge struct {
	g      *layout.Graph
	p      *layout.Plan
	tree   bool
	all    []area
	lines  []stretch
	areas  *grid
	faults []string
}

func (j *judge) fail(format string, args ...any) {
	if len(j.faults) < 20 {
		j.faults = append(j.faults, fmt.Sprintf(format, args...))
	}
}

func (j *judge) add(a area) {
	if a.at.W <= 0 || a.at.H <= 0 {
		return
	}
	j.areas.add(len(j.all), a.at)
	j.all = append(j.all, a)
}

func (j *judge) collect() {
	for i := range j.p.Boxes {
		j.add(area{box, i, j.p.Boxes[i].Rect})
	}
	for _, c := range j.p.Copies {
		j.add(area{box, c.Box, c.Rect})
	}
	for i, r := range j.p.Titles {
		j.add(area{title, i, r})
	}
	for i := range j.p.Wires {
		w := &j.p.Wires[i]
		j.add(area{label, i, w.Label})
		for k := 0; k+1 < len(w.Points); k++ {
			a, b := w.Points[k], w.Points[k+1]
			s := stretch{i, k+2 == len(w.Points), k == 0, min(a.X, b.X), min(a.Y, b.Y), max(a.X, b.X), max(a.Y, b.Y), a, b}
			if a.X != b.X && a.Y != b.Y {
				j.fail("wire %d runs aslant from %v to %v", i, a, b)
			}
			j.lines = append(j.lines, s)
		}
		if n := len(w.Points); n >= 2 {
			j.add(area{head, i, headRoom(w.Points[n-2], w.Points[n-1])})
		}
	}
}

// headRoom is the room of a head at the end of a stretch.
func headRoom(from, tip layout.Point) layout.Rect {
	switch {
	case tip.Y == from.Y && tip.X > from.X:
		return layout.Rect{X: tip.X - HeadLength, Y: tip.Y - HeadWidth/2, W: HeadLength, H: HeadWidth}
	case tip.Y == from.Y:
		return layout.Rect{X: tip.X, Y: tip.Y - HeadWidth/2, W: HeadLength, H: HeadWidth}
	}
	return layout.Rect{X: tip.X - HeadWidth/2, Y: tip.Y - HeadLength, W: HeadWidth, H: HeadLength}
}

func overlap(a, b layout.Rect) bool {
	return a.X < b.Right() && b.X < a.Right() && a.Y < b.Bottom() && b.Y < a.Bottom()
}

// overlaps finds areas over each other. Heads beside each other at one box may touch.
func (j *judge) overlaps() {
	for i, a := range j.all {
		j.areas.around(a.at, func(k int) {
			if b := j.all[k]; k > i && overlap(a.at, b.at) && (a.kind != head || b.kind != head) {
				j.fail("%v lies over %v", a, b)
			}
		})
	}
}

// frames finds boxes that are not in their frames, and those that are in another one.
func (j *judge) frames() {
	in := func(b, frame int) bool {
		for f := j.g.Boxes[b].Frame; f >= 0; f = j.g.Frames[f].Inside {
			if f == frame {
				return true
			}
		}
		return false
	}
	for f, at := range j.p.Frames {
		if at.W == 0 || j.g.Frames[f].Inside >= 0 {
			continue
		}
		j.areas.around(at, func(k int) {
			if a := j.all[k]; a.kind == box && overlap(at, a.at) != in(a.n, f) {
				j.fail("frame %d %v and %v: one is in the other, and should not be", f, at, a)
			}
		})
		for h, other := range j.p.Frames {
			if h > f && j.g.Frames[h].Inside < 0 && overlap(at, other) {
				j.fail("frames %d %v and %d %v overlap", f, at, h, other)
			}
		}
	}
}

// crossings finds wires that run through areas that are none of their own.
func (j *judge) crossings() {
	level, upright := j.sorted(true), j.sorted(false)
	for _, a := range j.all {
		core := layout.Rect{X: a.at.X + 1, Y: a.at.Y + 1, W: a.at.W - 2, H: a.at.H - 2}
		through := func(s *stretch) {
			if !j.own(s, a) {
				j.fail("wire %d from %v to %v runs through %v", s.wire, s.from, s.until, a)
			}
		}
		level.within(core.Y, core.Bottom(), core.X, core.Right(), through)
		upright.within(core.X, core.Right(), core.Y, core.Bottom(), through)
	}
}

// track is the stretches of wires at one height, or one distance from the left.
type track struct {
	at        int
	stretches []*stretch // by where they begin
}

func (s *stretch) place() (at, from, to int) {
	if s.horizontal() {
		return s.y1, s.x1, s.x2
	}
	return s.x1, s.y1, s.y2
}

type tracks []track

// sorted are the level or the upright stretches by their places.
func (j *judge) sorted(level bool) tracks {
	of := map[int][]*stretch{}
	for i := range j.lines {
		if s := &j.lines[i]; s.horizontal() == level {
			at, _, _ := s.place()
			of[at] = append(of[at], s)
		}
	}
	var out tracks
	for _, at := range slices.Sorted(maps.Keys(of)) {
		some := of[at]
		slices.SortStableFunc(some, func(a, b *stretch) int {
			_, x, _ := a.place()
			_, y, _ := b.place()
			return x - y
		})
		out = append(out, track{at, some})
	}
	return out
}

// within calls do for the stretches on tracks from..to, without the last, that reach into a
// range along them.
func (t tracks) within(from, to, first, last int, do func(*stretch)) {
	i, _ := slices.BinarySearchFunc(t, from, func(a track, at int) int { return a.at - at })
	for ; i < len(t) && t[i].at < to; i++ {
		some := t[i].stretches
		k, _ := slices.BinarySearchFunc(some, last, func(s *stretch, at int) int {
			_, begin, _ := s.place()
			return begin - at
		})
		for k--; k >= 0; k-- { // stretches on one track do not overlap, but for faults
			_, _, end := some[k].place()
			if end <= first {
				break
			}
			do(some[k])
		}
	}
}

// own reports whether an area belongs to a wire.
func (j *judge) own(s *stretch, a area) bool {
	switch a.kind {
	case label, head:
		return a.n == s.wire || a.kind == head && j.tree && j.g.Wires[a.n].From == j.g.Wires[s.wire].From && s.first
	default:
		return false
	}
}

// onEachOther finds stretches of different wires that run along each other.
func (j *judge) onEachOther() {
	for _, all := range []tracks{j.sorted(true), j.sorted(false)} {
		for i := range all {
			for _, a := range all[i].stretches {
				_, first, last := a.place()
				all.within(a.at()-near+1, a.at()+near, first, last, func(b *stretch) {
					switch {
					case a.wire >= b.wire:
					case j.tree && j.g.Wires[a.wire].From.Box == j.g.Wires[b.wire].From.Box:
					default:
						j.fail("wires %d (%v to %v) and %d (%v to %v) lie on each other", a.wire, a.from, a.until, b.wire, b.from, b.until)
					}
				})
			}
		}
	}
}

func (s *stretch) at() int {
	at, _, _ := s.place()
	return at
}

func abs(n int) int { return max(n, -n) }

// ends finds wires that do not end at their boxes, and last stretches too short for a head.
func (j *judge) ends() {
	for i := range j.p.Wires {
		pts := j.p.Wires[i].Points
		if len(pts) < 2 {
			j.fail("wire %d has no places", i)
			continue
		}
		a, b := pts[len(pts)-2], pts[len(pts)-1]
		if long := abs(a.X-b.X) + abs(a.Y-b.Y); len(pts) > 2 && long < HeadLength+4 {
			j.fail("the last stretch of wire %d is %d long", i, long)
		}
		if l := j.p.Wires[i].Label; l.W > 0 && !j.tree && !on(l, pts) {
			j.fail("the label of wire %d %v is not on it", i, l)
		}
		if j.tree {
			continue
		}
		to := j.p.Boxes[j.g.Wires[i].To.Box]
		y, h := to.Y, to.Head
		if row := j.g.Wires[i].To.Row; row >= 0 {
			y, h = to.Y+to.Rows[row].Y, to.Rows[row].H
		}
		if b.X != to.X || b.Y < y || b.Y > y+h {
			j.fail("wire %d ends at %v, not at its row %v", i, b, layout.Rect{X: to.X, Y: y, W: to.W, H: h})
		}
	}
}

// on reports whether a label lies on a level stretch of a wire, with all its width.
func on(l layout.Rect, pts []layout.Point) bool {
	for k := 0; k+1 < len(pts); k++ {
		a, b := pts[k], pts[k+1]
		if a.Y == b.Y && a.Y >= l.Y && a.Y <= l.Bottom() && min(a.X, b.X) <= l.X && max(a.X, b.X) >= l.Right() {
			return true
		}
	}
	return false
}

// grid finds what is near.
type grid struct {
	w, h  int
	cells map[[2]int][]int
	seen  map[int]int
	turn  int
}

func newGrid(p *layout.Plan) *grid {
	return &grid{max(p.W/40, 64), max(p.H/1000, 64), map[[2]int][]int{}, map[int]int{}, 0}
}

func (g *grid) each(r layout.Rect, do func(cell [2]int)) {
	for x := floor(r.X, g.w); x <= floor(r.Right(), g.w); x++ {
		for y := floor(r.Y, g.h); y <= floor(r.Bottom(), g.h); y++ {
			do([2]int{x, y})
		}
	}
}

func floor(n, by int) int {
	if n < 0 {
		return -((-n + by - 1) / by)
	}
	return n / by
}

func (g *grid) add(n int, r layout.Rect) {
	g.each(r, func(c [2]int) { g.cells[c] = append(g.cells[c], n) })
}

// around calls do once for everything in the cells of a place.
func (g *grid) around(r layout.Rect, do func(n int)) {
	g.turn++
	g.each(r, func(c [2]int) {
		for _, n := range g.cells[c] {
			if g.seen[n] != g.turn {
				g.seen[n] = g.turn
				do(n)
			}
		}
	})
}
