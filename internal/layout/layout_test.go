package layout_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/internal/layout/judge"
)

// picker draws numbers, by rapid or from a seed.
type picker interface {
	upTo(what string, most int) int // from 0 to most
}

type byRapid struct{ t *rapid.T }

func (p byRapid) upTo(what string, most int) int { return rapid.IntRange(0, most).Draw(p.t, what) }

type bySeed struct{ r *rand.Rand }

func (p bySeed) upTo(_ string, most int) int { return p.r.IntN(most + 1) }

// network draws clients, proxies in a chain and backends in some zones, joined anyhow.
func network(p picker, boxes int) *layout.Graph {
	g := &layout.Graph{}
	for range p.upTo("frames", min(6, boxes)) {
		inside := -1
		if n := len(g.Frames); n > 0 && p.upTo("nested", 4) == 0 {
			inside = p.upTo("inside", n-1)
		}
		g.Frames = append(g.Frames, layout.Frame{Title: layout.Size{W: 40 + p.upTo("title", 200), H: 16 * p.upTo("titled", 1)}, Inside: inside})
		if f := &g.Frames[len(g.Frames)-1]; f.Title.H == 0 {
			f.Title.W = 0
		}
	}
	for range boxes {
		b := layout.Box{
			Frame: p.upTo("frame", len(g.Frames)) - 1, Role: []int{-1, 0, 0, 1, 1, 1}[p.upTo("role", 5)],
			W: 60 + p.upTo("width", 200), Head: 34 + p.upTo("head", 20),
		}
		if b.Role >= 0 {
			for range p.upTo("rows", 4) {
				b.Rows = append(b.Rows, 28+p.upTo("height", 40))
			}
		}
		g.Boxes = append(g.Boxes, b)
	}
	for range p.upTo("wires", 2*boxes) {
		w := layout.Wire{From: end(p, g), To: end(p, g)}
		if w.From.Box == w.To.Box {
			continue
		}
		if p.upTo("label", 3) > 0 {
			w.Label = layout.Label{W: 20 + p.upTo("label width", 180), Up: 12, Down: 12 + 16*p.upTo("lines", 2)}
		}
		g.Wires = append(g.Wires, w)
	}
	return g
}

func end(p picker, g *layout.Graph) layout.End {
	b := p.upTo("box", len(g.Boxes)-1)
	return layout.End{Box: b, Row: p.upTo("row", len(g.Boxes[b].Rows)) - 1}
}

// questions draws a tree in which some boxes are led to twice.
func questions(p picker, boxes int) *layout.Graph {
	g := &layout.Graph{Frames: []layout.Frame{{Title: layout.Size{W: 60, H: 16}, Inside: -1}}}
	frame := p.upTo("framed", 1) - 1
	for i := range boxes {
		g.Boxes = append(g.Boxes, layout.Box{Frame: frame, W: 60 + p.upTo("width", 180), Head: 34 + p.upTo("head", 30)})
		if i == 0 {
			continue
		}
		w := layout.Wire{From: layout.End{Box: p.upTo("question", i-1), Row: -1}, To: layout.End{Box: i, Row: -1}}
		if p.upTo("label", 3) > 0 {
			w.Label = layout.Label{W: 20 + p.upTo("label width", 100), Up: 12 + 8*p.upTo("lines", 8), Down: 12 + 8*p.upTo("lines below", 8)}
		}
		g.Wires = append(g.Wires, w)
		if p.upTo("again", 5) == 0 {
			again := w
			again.From.Box = p.upTo("other question", i-1)
			if again.From != w.From {
				g.Wires = append(g.Wires, again)
			}
		}
	}
	return g
}

func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := network(byRapid{t}, rapid.IntRange(1, 30).Draw(t, "boxes"))
		p := layout.Columns(g)
		for _, f := range judge.Faults(g, p, false) {
			t.Error(f)
		}
		if again := layout.Columns(g); !reflect.DeepEqual(p, again) {
			t.Error("a second run gives other places")
		}
	})
}

func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := questions(byRapid{t}, rapid.IntRange(1, 30).Draw(t, "boxes"))
		for _, p := range []*layout.Plan{layout.Tree(g, 800), layout.Tree(g, 1<<30), layout.List(g)} {
			for _, f := range judge.Faults(g, p, true) {
				t.Error(f)
			}
		}
	})
}

// fleet is some routers behind two balancers, each with rows that lead to backends of their
// own, as many boxes as are asked for.
func fleet(boxes int) *layout.Graph {
	p := bySeed{rand.New(rand.NewPCG(1, uint64(boxes)))}
	g := &layout.Graph{}
	for range 4 {
		g.Frames = append(g.Frames, layout.Frame{Title: layout.Size{W: 80, H: 16}, Inside: -1})
	}
	box := func(frame, role, rows int) int {
		b := layout.Box{Frame: frame, Role: role, W: 80 + p.upTo("", 80), Head: 34}
		for range rows {
			b.Rows = append(b.Rows, 28+16*p.upTo("", 1))
		}
		g.Boxes = append(g.Boxes, b)
		return len(g.Boxes) - 1
	}
	wire := func(from, fromRow, to, toRow int) {
		g.Wires = append(g.Wires, layout.Wire{
			From: layout.End{Box: from, Row: fromRow}, To: layout.End{Box: to, Row: toRow},
			Label: layout.Label{W: 60 + p.upTo("", 60), Up: 12, Down: 12 + 16*p.upTo("", 1)},
		})
	}
	clients := []int{box(0, -1, 0), box(0, -1, 0), box(2, -1, 0)}
	balancers := []int{box(1, 0, 1), box(1, 0, 1)}
	const routers = 20
	each := max((boxes-routers-5)/routers, 1)
	for i := range routers {
		r := box(2, 0, each)
		for row := range each {
			wire(balancers[i%2], 0, r, row)
			wire(r, row, box(2+p.upTo("", 1), 1, 1+p.upTo("", 2)), p.upTo("", 1)-1)
		}
		wire(clients[2], -1, r, p.upTo("", each-1))
	}
	wire(clients[0], -1, balancers[0], 0)
	wire(clients[0], -1, balancers[1], 0)
	wire(clients[1], -1, balancers[1], 0)
	return g
}

func TestLarge(t *testing.T) {
	for _, boxes := range []int{30, 300, 3000} {
		t.Run(fmt.Sprint(boxes), func(t *testing.T) {
			g := network(bySeed{rand.New(rand.NewPCG(1, uint64(boxes)))}, boxes)
			for _, f := range judge.Faults(g, layout.Columns(g), false) {
				t.Error(f)
			}
		})
	}
	for _, boxes := range []int{30, 300, 3000, 10000} {
		t.Run(fmt.Sprintf("fleet-%d", boxes), func(t *testing.T) {
			g := fleet(boxes)
			for _, f := range judge.Faults(g, layout.Columns(g), false) {
				t.Error(f)
			}
		})
	}
}

// TestStable adds a route with its backend: what stands above stays where it is.
func TestStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 12).Draw(t, "rows")
		at := rapid.IntRange(0, rows).Draw(t, "at")
		servers := rapid.SliceOfN(rapid.IntRange(1, 4), rows+1, rows+1).Draw(t, "servers")
		router := func(skip int) (*layout.Graph, []int) {
			g := &layout.Graph{
				Frames: []layout.Frame{{Title: layout.Size{W: 60, H: 16}, Inside: -1}, {Title: layout.Size{W: 60, H: 16}, Inside: -1}},
				Boxes:  []layout.Box{{Frame: 0, Role: -1, W: 80, Head: 34}, {Frame: 1, Role: 0, W: 120, Head: 34}},
			}
			label := layout.Label{W: 80, Up: 12, Down: 12}
			var backends []int
			for i, n := range servers {
				if i == skip {
					backends = append(backends, -1)
					continue
				}
				p := &g.Boxes[1]
				row, b := len(p.Rows), len(g.Boxes)
				p.Rows = append(p.Rows, 44)
				back := layout.Box{Frame: 1, Role: 1, W: 100, Head: 50}
				for range n {
					back.Rows = append(back.Rows, 28)
				}
				g.Boxes = append(g.Boxes, back)
				backends = append(backends, b)
				g.Wires = append(g.Wires,
					layout.Wire{From: layout.End{Box: 0, Row: -1}, To: layout.End{Box: 1, Row: row}, Label: label},
					layout.Wire{From: layout.End{Box: 1, Row: row}, To: layout.End{Box: b, Row: -1}, Label: label})
			}
			return g, backends
		}
		with, backends := router(-1)
		without, others := router(at)
		p, q := layout.Columns(with), layout.Columns(without)
		for i := range at {
			if a, b := p.Boxes[backends[i]].Y, q.Boxes[others[i]].Y; a != b {
				t.Errorf("backend %d of %d moves from %d to %d for route %d", i, rows, b, a, at)
			}
		}
		if a, b := p.Boxes[1].Y, q.Boxes[1].Y; a != b {
			t.Errorf("the router moves from %d to %d for route %d", b, a, at)
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	for _, boxes := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint(boxes), func(b *testing.B) {
			g := fleet(boxes)
			b.ReportAllocs()
			for b.Loop() {
				layout.Columns(g)
			}
		})
	}
}

func BenchmarkTree(b *testing.B) {
	for _, boxes := range []int{30, 300, 3000} {
		b.Run(fmt.Sprint(boxes), func(b *testing.B) {
			g := questions(bySeed{rand.New(rand.NewPCG(1, uint64(boxes)))}, boxes)
			b.ReportAllocs()
			for b.Loop() {
				layout.Tree(g, 800)
			}
		})
	}
}
