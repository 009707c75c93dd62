package emit

import (
	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/view"
)

// mostWrapped is up to how many boxes a chain that is too wide goes on below. More are not
// read as a chain.
const mostWrapped = 100

// wrapped lays a part out. A network that is too wide to be legible is cut at columns, and
// goes on below, as a line of text does: the boxes at which it is cut are drawn again.
func wrapped(part *view.Flowchart, most int) []placed {
	whole := fit(part, most)
	if part.Down || whole.spots.w <= most || len(whole.chart.boxes) > mostWrapped {
		return []placed{whole}
	}
	w := &wrapping{part: part, col: map[string]int{}}
	for i, col := range layout.ColumnsOf(whole.chart.graph()) {
		w.col[whole.chart.boxes[i].box.ID] = col
		w.last = max(w.last, col)
	}
	var out []placed
	for first := 1; first <= w.last; {
		last := w.last
		line := fit(w.line(first, last), most)
		for ; last > first && line.spots.w > most; last-- {
			line = fit(w.line(first, last-1), most)
		}
		out = append(out, line)
		first = last + 1
	}
	if len(out) < 2 {
		return []placed{whole}
	}
	return out
}

// wrapping is a network on its way to several lines.
type wrapping struct {
	part *view.Flowchart
	col  map[string]int // of each box
	last int
}

// line is the arrows that end in some columns, with the boxes at which they begin and end.
func (w *wrapping) line(first, last int) *view.Flowchart {
	if first == 1 {
		first = 0
	}
	within := func(col int) bool { return first <= col && col <= last }
	out := &view.Flowchart{}
	joined, here := map[string]bool{}, map[string]bool{}
	more := map[string]bool{} // boxes with arrows in other lines
	for _, e := range w.part.Edges {
		joined[e.From], joined[e.To] = true, true
		if !within(max(w.col[e.From], w.col[e.To])) {
			more[e.From], more[e.To] = true, true
			continue
		}
		here[e.From], here[e.To] = true, true
		out.Edges = append(out.Edges, e)
	}
	keep := func(b *view.Box) *view.Box {
		switch col := w.col[b.ID]; {
		case !here[b.ID] && (joined[b.ID] || !within(col)):
			return nil
		case !more[b.ID]:
			return b
		case col < first:
			return noted(b, "continued from above")
		default:
			return noted(b, "continues below")
		}
	}
	out.Groups = keptGroups(w.part.Groups, keep)
	return out
}

// noted is a box with a further remark in its second line.
func noted(b *view.Box, remark string) *view.Box {
	out := *b
	if out.Sub != "" {
		remark = out.Sub + "; " + remark
	}
	out.Sub = remark
	return &out
}

// keptGroups are groups with the boxes that keep returns for theirs.
func keptGroups(groups []*view.Group, keep func(*view.Box) *view.Box) []*view.Group {
	var out []*view.Group
	for _, g := range groups {
		some := *g
		some.Boxes = nil
		for _, b := range g.Boxes {
			if b := keep(b); b != nil {
				some.Boxes = append(some.Boxes, b)
			}
		}
		some.Groups = keptGroups(g.Groups, keep)
		if len(some.Boxes) > 0 || len(some.Groups) > 0 {
			out = append(out, &some)
		}
	}
	return out
}
