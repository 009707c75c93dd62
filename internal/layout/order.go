package layout

import (
	"cmp"
	"math"
	"slices"
)

// order decides in which order items stand in their columns. All keys are on the scale of
// the anchor column, where each slot has the next number.
func (n *net) order() {
	n.orderAnchor()
	for col := n.anchor + 1; col < len(n.cols); col++ {
		n.orderColumn(col, n.gaps[col], func(l *leg) (*item, *item, int) { return l.to, l.from, l.fromSlot })
	}
	for col := n.anchor - 1; col >= 0; col-- {
		n.orderColumn(col, n.gaps[col+1], func(l *leg) (*item, *item, int) { return l.from, l.to, l.toSlot })
	}
	n.unite()
	for _, items := range n.cols {
		slices.SortFunc(items, func(a, b *item) int { return a.rank - b.rank })
		for i, it := range items {
			it.n = i
		}
	}
}

// unit is an item, or a frame with what is in it.
type unit struct {
	frame       int // -1 for an item
	key         float64
	n           int // by which units of one key are ordered
	first, last int // columns
	items       []*item
	inner       []*unit // of a frame
}

// unite puts the items into their frames and orders everything: what is in a frame stays
// together, in each column and over all of them.
func (n *net) unite() {
	frames := make([]*unit, len(n.g.Frames))
	add := func(u *unit, in int) {
		if in < 0 {
			n.units = append(n.units, u)
		} else {
			frames[in].inner = append(frames[in].inner, u)
		}
	}
	for i := range frames {
		if n.spans[i].last >= 0 {
			frames[i] = &unit{frame: i, n: i, first: n.spans[i].first, last: n.spans[i].last}
			add(frames[i], n.g.Frames[i].Inside)
		}
	}
	count := len(frames)
	for col, items := range n.cols {
		for _, it := range items {
			count++
			add(&unit{frame: -1, key: it.key, n: count, first: col, last: col, items: []*item{it}}, it.frame)
		}
	}
	for i := len(frames) - 1; i >= 0; i-- { // inner ones first
		if f := frames[i]; f != nil {
			f.key = n.frameKey(f)
			for _, u := range f.inner {
				f.items = append(f.items, u.items...)
			}
		}
	}
	rank := 0
	n.rank(n.units, &rank)
}

// rank orders units and numbers their items.
func (n *net) rank(units []*unit, next *int) {
	slices.SortFunc(units, func(a, b *unit) int { return cmp.Or(compareKeys(a.key, b.key), a.n-b.n) })
	for _, u := range units {
		if u.frame < 0 {
			u.items[0].rank = *next
			*next++
			continue
		}
		n.rank(u.inner, next)
	}
}

// frameKey is that of the first box of a frame in the anchor column, else the median of what
// is in it.
func (n *net) frameKey(f *unit) float64 {
	anchored, first := false, math.Inf(1)
	var keys []float64
	for _, u := range f.inner {
		if u.first <= n.anchor && n.anchor <= u.last {
			anchored, first = true, min(first, u.key)
		}
		if !math.IsInf(u.key, 1) {
			keys = append(keys, u.key)
		}
	}
	switch {
	case anchored:
		return first
	case len(keys) > 0:
		return median(keys)
	}
	return first
}

func compareKeys(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// orderAnchor keeps the order that is given, members of a frame beside each other.
func (n *net) orderAnchor() {
	items := n.cols[n.anchor]
	first := map[int]int{}
	place := func(it *item) int {
		if f := n.g.outermost(it.frame); f >= 0 {
			return first[f]
		}
		return it.n
	}
	for i, it := range items {
		if f := n.g.outermost(it.frame); f >= 0 {
			if _, ok := first[f]; !ok {
				first[f] = i
			}
		}
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *item) int { return place(a) - place(b) })
	next := 0
	for _, it := range sorted {
		it.key = float64(next)
		next += len(it.slots)
	}
}

// value is where a slot stands on the scale of the anchor column.
func (n *net) value(it *item, slot int) float64 {
	if it.col == n.anchor {
		return it.key + float64(slot)
	}
	return it.key + float64(slot)/4096
}

// orderColumn gives the items of a column the medians of the slots that they are joined
// with in the column before.
func (n *net) orderColumn(col int, g *gap, ends func(*leg) (here, there *item, slot int)) {
	joined := map[*item][]float64{}
	for _, l := range g.legs {
		if here, there, slot := ends(l); here != nil && there != nil {
			joined[here] = append(joined[here], n.value(there, slot))
		}
	}
	for _, it := range n.cols[col] {
		it.key = math.Inf(1)
		if some := joined[it]; len(some) > 0 {
			it.key = median(some)
		}
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	m := len(of) / 2
	if len(of)%2 == 1 {
		return of[m]
	}
	return (of[m-1] + of[m]) / 2
}

// ports puts the wires at each slot in the order of their other ends.
func (n *net) ports() {
	for _, g := range n.gaps {
		for _, l := range g.legs {
			if l.from != nil {
				s := &l.from.slots[l.fromSlot]
				s.out = append(s.out, l)
			}
			if l.to != nil {
				s := &l.to.slots[l.toSlot]
				s.in = append(s.in, l)
			}
		}
	}
	for _, items := range n.cols {
		for _, it := range items {
			for i := range it.slots {
				s := &it.slots[i]
				slices.SortStableFunc(s.out, func(a, b *leg) int { return compareEnds(a.to, b.to, a.toSlot, b.toSlot, a, b) })
				slices.SortStableFunc(s.in, func(a, b *leg) int { return compareEnds(a.from, b.from, a.fromSlot, b.fromSlot, a, b) })
			}
		}
	}
}

// compareEnds orders by where the other ends stand; wires that go back are the lowest.
func compareEnds(a, b *item, aSlot, bSlot int, l, m *leg) int {
	switch {
	case a == nil && b == nil:
		return l.wire - m.wire
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return cmp.Or(a.n-b.n, aSlot-bSlot, l.wire-m.wire)
}
