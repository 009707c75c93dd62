package judge

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/layout"
)

// TestFaults makes sure that the judge of plans can find anything.
func TestFaults(t *testing.T) {
	g := &layout.Graph{
		Frames: []layout.Frame{{Inside: -1}, {Inside: -1}},
		Boxes:  []layout.Box{{Frame: 0, W: 40, Head: 40}, {Frame: 1, Role: 1, W: 40, Head: 40}, {Frame: -1, Role: 1, W: 40, Head: 40}},
		Wires: []layout.Wire{
			{From: layout.End{Row: -1}, To: layout.End{Box: 1, Row: -1}, Label: layout.Label{W: 20, Up: 8, Down: 8}},
			{From: layout.End{Row: -1}, To: layout.End{Box: 2, Row: -1}},
		},
	}
	sound := func() *layout.Plan {
		box := func(x, y int) layout.Placed {
			return layout.Placed{Rect: layout.Rect{X: x, Y: y, W: 40, H: 40}, Head: 40}
		}
		return &layout.Plan{
			W: 400, H: 300,
			Frames: []layout.Rect{{X: 0, Y: 0, W: 60, H: 60}, {X: 190, Y: 0, W: 60, H: 60}},
			Titles: make([]layout.Rect, 2),
			Boxes:  []layout.Placed{box(10, 10), box(200, 10), box(200, 110)},
			Wires: []layout.Path{
				{Points: []layout.Point{{X: 50, Y: 20}, {X: 200, Y: 20}}, Label: layout.Rect{X: 80, Y: 12, W: 20, H: 16}},
				{Points: []layout.Point{{X: 50, Y: 40}, {X: 120, Y: 40}, {X: 120, Y: 130}, {X: 200, Y: 130}}},
			},
		}
	}
	if got := Faults(g, sound(), false); len(got) > 0 {
		t.Error(got)
	}
	for want, spoil := range map[string]func(*layout.Plan){
		"lies over box 2 {210 20 40 40}": func(p *layout.Plan) { p.Boxes[2].X, p.Boxes[2].Y = 210, 20 },
		"one is in the other":            func(p *layout.Plan) { p.Frames[1].H = 300 },
		"overlap":                        func(p *layout.Plan) { p.Frames[1].X = 50 },
		"runs through box":               func(p *layout.Plan) { p.Boxes[2].X, p.Boxes[2].Y = 110, 60 },
		"runs through label of wire 0":   func(p *layout.Plan) { p.Wires[1].Points[0].Y, p.Wires[1].Points[1].Y = 24, 24 },
		"runs through head of wire 0": func(p *layout.Plan) {
			p.Wires[1].Points[1].X, p.Wires[1].Points[2].X = 192, 192
			p.Wires[1].Points[0].Y, p.Wires[1].Points[1].Y = 8, 8
		},
		"runs through title of frame 1":    func(p *layout.Plan) { p.Titles[1] = layout.Rect{X: 110, Y: 60, W: 30, H: 16} },
		"lie on each other":                func(p *layout.Plan) { p.Wires[1].Points[0].Y, p.Wires[1].Points[1].Y = 17, 17 },
		"last stretch of wire 1 is 5 long": func(p *layout.Plan) { p.Wires[1].Points[1].X, p.Wires[1].Points[2].X = 195, 195 },
		"is not on it":                     func(p *layout.Plan) { p.Wires[0].Label.Y = 60 },
		"not at its row":                   func(p *layout.Plan) { p.Wires[1].Points[2].Y, p.Wires[1].Points[3].Y = 160, 160 },
		"has no places":                    func(p *layout.Plan) { p.Wires[1].Points = nil },
		"runs aslant":                      func(p *layout.Plan) { p.Wires[1].Points[2].X = 130 },
	} {
		p := sound()
		spoil(p)
		if got := strings.Join(Faults(g, p, false), "\n"); !strings.Contains(got, want) {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestSmall computes sizes as they are seen.
func TestSmall(t *testing.T) {
	texts := []Text{{"large", 14}, {"small", 12}}
	for _, tc := range []struct {
		width, column int
		want          []string
	}{
		{600, 760, nil},
		{912, 760, nil},
		{914, 760, []string{`"small" has 10.0 pixels in a column of 760: the picture is 914 wide`}},
		{1200, 760, []string{
			`"large" has 8.9 pixels in a column of 760: the picture is 1200 wide`,
			`"small" has 7.6 pixels in a column of 760: the picture is 1200 wide`,
		}},
	} {
		if got := Small(texts, tc.width, tc.column); !slices.Equal(got, tc.want) {
			t.Errorf("%d in %d: %q", tc.width, tc.column, got)
		}
	}
}
