package emit

import (
	"cmp"
	"slices"
	"sort"

	"github.com/flowc-lang/flowc/view"
)

// bandLevels returns for each band how many earlier ones it lies within, so
// that it can be drawn inside of them.
func bandLevels(bands []*view.Band) []int {
	levels := make([]int, len(bands))
	for i, b := range bands {
		taken := map[int]bool{}
		for j, o := range bands[:i] {
			if b.From < o.To && o.From < b.To && b.First <= o.Last && o.First <= b.Last {
				taken[levels[j]] = true
			}
		}
		for taken[levels[i]] {
			levels[i]++
		}
	}
	return levels
}

// bandStarts draws the labels of the bands that start with row i, and notes
// where they start.
func (l *panelLayout) bandStarts(i, y int) int {
	for n, b := range l.Bands {
		if b.First == i {
			l.starts[n] = y
		}
	}
	return l.bandLabels(y, func(b *view.Band) bool { return b.First == i && b.Last >= i })
}

func relayText(b *view.Band) string { return "relays " + b.Session + ", cannot read" }

// bandLabels names the bands that are chosen, side by side, and under the
// names who only relays them.
func (l *panelLayout) bandLabels(y int, chosen func(*view.Band) bool) int {
	below := y
	for n, b := range l.Bands {
		if !chosen(b) {
			continue
		}
		x := l.x[b.From] + gutter + l.inset(n) - bandEnd
		hue := hueOf(b.Session)
		label := b.Label
		if label == "" {
			label = b.Session
		}
		top := y + 6
		for _, o := range l.Bands[:n] { // one under the other, where two share a gap
			if chosen(o) && o.From < b.To && b.From < o.To {
				top = below + 2
			}
		}
		t := text(label, fontStrong, hue.line, l.x[b.From+1]-gutter-x-18, 3).at(x+18, top)
		l.over.add(&glyph{x, top + 3, &signLock, hue.line}, t)
		l.gone = append(l.gone, t.room) // where bands lie deep in each other
		bottom := t.room.bottom()
		for _, at := range b.Relays {
			half := min(l.x[at]-l.x[at-1], l.x[at+1]-l.x[at])/2 - 4
			r := text(relayText(b), fontSmall, ink, 2*half, 3)
			r.in(l.x[at]-half, l.x[at]+half, t.room.bottom())
			l.over.add(r)
			l.gone = append(l.gone, r.room)
			bottom = max(bottom, r.room.bottom())
		}
		below = max(below, bottom+2)
	}
	return below
}

// How far a band's ends stand from the lifelines that hold its keys, and from
// the ends of a band around it.
const (
	bandEnd   = 5
	bandInset = 6
	bandDepth = 4 // no band stands further in than this many
)

// bands draws the sessions behind everything: a tinted ground from one holder
// of the keys to the other, closed by a bar at each. It passes behind a
// lifeline that only relays; two that meet leave a channel at the node that
// reads.
func (l *panelLayout) bands() {
	for n, b := range l.Bands {
		if !l.drawn(b) {
			continue
		}
		hue, inset := hueOf(b.Session), l.inset(n)
		at := rect{l.x[b.From] + inset, l.starts[n], l.x[b.To] - l.x[b.From] - 2*inset, 0}
		at.h = l.bottoms[b.Last] + 2 - at.y
		l.sheet.add(
			&rectangle{at: at, fill: hue.tint},
			&stroke{at.x, at.y, at.right(), at.y, hue.line, 1, ""},
			&stroke{at.x, at.bottom(), at.right(), at.bottom(), hue.line, 1, ""},
		)
		solid := func(int) string { return "" }
		l.upright(stroke{x1: at.x + 1, y1: at.y, y2: at.bottom(), ink: hue.line, width: 3}, nil, solid)
		l.upright(stroke{x1: at.right() - 1, y1: at.y, y2: at.bottom(), ink: hue.line, width: 3}, nil, solid)
	}
}

// drawn reports whether a session was up at all.
func (l *panelLayout) drawn(b *view.Band) bool {
	return b.First >= 0 && b.First <= b.Last && b.Last < len(l.Rows) && b.From < b.To
}

// lifelines draws every lifeline from the heads to the foot: dotted while time
// passes, dashed where it relays what it cannot read.
func (l *panelLayout) lifelines(top, bottom int) {
	past := merged(l.past)
	for i, x := range l.x {
		relayed := merged(l.relayed(i))
		l.upright(stroke{x1: x, y1: top, y2: bottom, ink: rule}, slices.Concat(past, relayed), func(y int) string {
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

// upright draws a vertical line from y1 to y2 of s, interrupted where a text
// or box stands, and dashed as look says for each range of y between marks.
func (l *panelLayout) upright(s stroke, marks []span, look func(y int) string) {
	gone := []span{}
	for _, r := range l.gone {
		if s.x1 >= r.x-2 && s.x1 <= r.right()+2 {
			gone = append(gone, span{r.y, r.bottom()})
		}
	}
	gone = merged(gone)
	edges := []int{s.y1, s.y2}
	for _, m := range slices.Concat(gone, marks) {
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
			l.sheet.add(last)
		}
	}
}

// relayed returns where lifeline i passes a session on that it cannot read.
func (l *panelLayout) relayed(i int) []span {
	var out []span
	for n, b := range l.Bands {
		if l.drawn(b) && slices.Contains(b.Relays, i) {
			out = append(out, span{l.starts[n], l.bottoms[b.Last] + 2})
		}
	}
	return out
}

// merged puts spans in order and joins those that touch.
func merged(spans []span) []span {
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
