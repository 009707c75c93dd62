package emit

import (
	"cmp"
	"slices"
	"sort"
)

// hide keeps lifelines, bars and the frames of zones out of a place.
func (f *lifeFrame) hide(at rect) {
	for i := sort.SearchInts(f.borders, at.x-2); i < len(f.borders) && f.borders[i]-2 <= at.right(); i++ {
		f.cut[i] = append(f.cut[i], span{at.y, at.bottom()})
	}
	first := sort.SearchInts(f.x, at.x-barReach)
	for i := first; i < len(f.x) && f.x[i]-barReach <= at.right(); i++ {
		f.gone[i] = append(f.gone[i], at)
	}
}

// barReach is how far from its lifeline a bar may be.
const barReach = barStep*barDepth + barWidth + 2

// hidden returns where a line at x, near a lifeline, is not drawn.
func (f *lifeFrame) hidden(lane, x int) []span {
	var out []span
	for _, r := range f.gone[lane] {
		if x >= r.x-2 && x <= r.right()+2 {
			out = append(out, span{r.y, r.bottom()})
		}
	}
	return merged(out)
}

// draw draws every lifeline from the heads to the foot: dotted while time passes,
// dashed where it relays what it cannot read.
func (f *lifeFrame) draw(s *sheet) {
	past := merged(f.past)
	for i, x := range f.x {
		relayed, gone := merged(f.relayed[i]), f.hidden(i, x)
		for _, u := range merged(f.used[i]) {
			vertical(s, stroke{x1: x, y1: u.y1, y2: u.y2, ink: rule}, gone, slices.Concat(past, relayed), func(y int) string {
				switch {
				case within(past, y):
					return "1 5"
				case within(relayed, y):
					return "4 4"
				}
				return ""
			})
		}
	}
}

// vertical draws a vertical line from y1 to y2 of s, interrupted where it is gone,
// and dashed as look says for each range of y between marks.
func vertical(out *sheet, s stroke, gone, marks []span, look func(y int) string) {
	edges := []int{s.y1, s.y2}
	first := sort.Search(len(gone), func(i int) bool { return gone[i].y2 > s.y1 })
	for _, m := range gone[first:] {
		if m.y1 >= s.y2 {
			break
		}
		edges = append(edges, max(m.y1, s.y1), min(m.y2, s.y2))
	}
	for _, m := range marks {
		edges = append(edges, min(max(m.y1, s.y1), s.y2), min(max(m.y2, s.y1), s.y2))
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var last *stroke
	for k := 1; k < len(edges); k++ {
		y := edges[k-1]
		switch {
		case within(gone, y):
			last = nil
		case last != nil && last.dash == look(y):
			last.y2 = edges[k]
		default:
			last = &stroke{s.x1, y, s.x1, edges[k], s.ink, s.width, look(y)}
			out.add(last)
		}
	}
}

// merged puts spans in order and joins those that touch.
func merged(spans []span) []span {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.y1, b.y1) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.y1 <= out[n-1].y2 {
			out[n-1].y2 = max(out[n-1].y2, s.y2)
			continue
		}
		out = append(out, s)
	}
	return out
}

// within reports whether y lies in one of merged spans.
func within(spans []span, y int) bool {
	i := sort.Search(len(spans), func(i int) bool { return spans[i].y2 > y })
	return i < len(spans) && spans[i].y1 <= y
}
