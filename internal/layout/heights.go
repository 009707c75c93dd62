package layout

import "math"

// rounds is how often boxes whose wires may begin anywhere are fitted to where these lead.
const rounds = 2

// heights decides how high everything is and how far down it stands.
func (n *net) heights() {
	for _, items := range n.cols {
		for _, it := range items {
			n.size(it)
		}
	}
	for _, items := range n.cols[n.anchor:] {
		for _, it := range items {
			n.loosen(it)
		}
	}
	for range rounds {
		for col := n.anchor; col < len(n.cols); col++ {
			n.drop(col, true)
		}
		n.follow()
		n.part()
		for col := n.anchor - 1; col >= 0; col-- {
			n.drop(col, false)
		}
		n.part()
		for col, items := range n.cols {
			for _, it := range items {
				n.stretch(it)
			}
			switch {
			case col > n.anchor:
				n.drop(col, true)
			case col == n.anchor:
				n.drop(col, true)
				n.follow()
			}
		}
	}
	for col := n.anchor - 1; col >= 0; col-- {
		n.drop(col, false)
	}
	n.part()
	n.straighten()
	n.floor = math.MinInt32
	for _, items := range n.cols {
		for _, it := range items {
			n.floor = max(n.floor, it.y+it.h+n.padBelow(it))
		}
	}
}

// size gives the slots of an item their heights, and the wires their places at them.
func (n *net) size(it *item) {
	if it.box < 0 {
		s := &it.slots[0]
		up, down := max(it.label.Up, passHeight/2), max(it.label.Down, passHeight/2)
		s.h, it.h = up+down, up+down
		s.in[0].toY, s.out[0].fromY = up, up
		return
	}
	b := &n.g.Boxes[it.box]
	for i := range it.slots {
		s := &it.slots[i]
		s.h = b.Head
		if i > 0 {
			s.h = b.Rows[i-1]
		}
		s.h = max(s.h, n.outHeight(s), n.inHeight(s))
	}
	y := 0
	for i := range it.slots {
		s := &it.slots[i]
		s.y = y
		y += s.h
		n.spread(s)
	}
	it.h = y
}

// spread puts the wires of a slot under each other around its middle.
func (n *net) spread(s *slot) {
	n.spreadIn(s)
	for i, y := range placed(s, n.reaches(s.out)) {
		s.out[i].fromY = y
	}
}

func (n *net) spreadIn(s *slot) {
	for i, y := range placed(s, n.inReaches(s)) {
		s.in[i].toY = y
	}
}

// placed is where wires with labels stand at a slot. A single one is at the middle, though
// its label may reach further to one side.
func placed(s *slot, reaches []reach) []int {
	y := s.y + (s.h-stacked(reaches))/2
	if len(reaches) == 1 {
		r := reaches[0]
		y = min(max(s.y+s.h/2-r.up, s.y+labelGap), s.y+s.h-labelGap-r.down-r.up)
	}
	out := make([]int, len(reaches))
	for i, r := range reaches {
		out[i] = y + r.up
		y += r.up + r.down + labelGap
	}
	return out
}

// reach is how far a wire's label reaches above and below it.
type reach struct{ up, down int }

func (n *net) reach(l *leg) reach {
	label := n.g.Wires[l.wire].Label
	return reach{max(label.Up, wireGap/2), max(label.Down, wireGap/2)}
}

func (n *net) reaches(legs []*leg) []reach {
	out := make([]reach, len(legs))
	for i, l := range legs {
		out[i] = n.reach(l)
	}
	return out
}

// fewHeads is up to how many wires that end at a slot are as far from each other as their
// labels are, so that they can be straight.
const fewHeads = 4

func (n *net) inReaches(s *slot) []reach {
	if len(s.in) <= fewHeads {
		return n.reaches(s.in)
	}
	out := make([]reach, len(s.in))
	for i := range out {
		out[i] = reach{(wireGap - labelGap) / 2, (wireGap - labelGap) / 2}
	}
	return out
}

func (n *net) outHeight(s *slot) int { return stacked(n.reaches(s.out)) + 2*labelGap }
func (n *net) inHeight(s *slot) int  { return stacked(n.inReaches(s)) + 2*labelGap }

// stacked is the height of labels under each other.
func stacked(reaches []reach) int {
	h := -labelGap
	for _, r := range reaches {
		h += r.up + r.down + labelGap
	}
	return max(h, 0)
}

// drop puts the items of a column under each other, each as high up as its first wire
// allows: of those that come to it, or of those that leave it.
func (n *net) drop(col int, incoming bool) {
	var above *item
	for _, it := range n.cols[col] {
		y, ok := it.wanted(incoming)
		if above == nil && !ok {
			y = 0
		}
		if above != nil {
			least := above.y + above.h + n.between(above, it)
			if !ok || y < least {
				y = least
			}
		}
		it.y = y
		above = it
	}
}

// follow moves the boxes of the anchor column down to where their first wires lead.
func (n *net) follow() {
	var above *item
	for _, it := range n.cols[n.anchor] {
		if y, ok := it.wanted(false); ok {
			it.y = max(it.y, y)
		}
		if above != nil {
			it.y = max(it.y, above.y+above.h+n.between(above, it))
		}
		above = it
	}
}

// wanted is where an item stands if its first wire is straight.
func (it *item) wanted(incoming bool) (y int, ok bool) {
	for i := range it.slots {
		s := &it.slots[i]
		if incoming {
			for _, l := range s.in {
				if l.from != nil {
					return l.from.y + l.fromY - l.toY, true
				}
			}
			continue
		}
		for _, l := range s.out {
			if l.to != nil {
				return l.to.y + l.toY - l.fromY, true
			}
		}
	}
	return 0, false
}

// between is the least distance between two items of a column: with the frames that end
// and begin between them.
func (n *net) between(a, b *item) int {
	gap := boxGap
	if a.box < 0 || b.box < 0 {
		gap = wireGap
	}
	pad := 0
	for f := a.frame; f >= 0 && !n.within(b, f); f = n.g.Frames[f].Inside {
		pad += framePad
	}
	for f := b.frame; f >= 0 && !n.within(a, f); f = n.g.Frames[f].Inside {
		pad += n.titleRoom(f)
	}
	if pad > 0 {
		gap = max(gap, pad+frameGap)
	}
	return gap
}

// within reports whether an item stands in a frame.
func (n *net) within(it *item, frame int) bool {
	for f := it.frame; f >= 0; f = n.g.Frames[f].Inside {
		if f == frame {
			return true
		}
	}
	return false
}

// padBelow is the room for the frames around an item below it.
func (n *net) padBelow(it *item) int {
	pad := 0
	for f := it.frame; f >= 0; f = n.g.Frames[f].Inside {
		pad += framePad
	}
	return pad
}

// titleRoom is how much of a frame is above what is in it.
func (n *net) titleRoom(frame int) int {
	if t := n.g.Frames[frame].Title; t.H > 0 {
		return t.H + framePad
	}
	return framePad
}

// part moves what stands in frames down until no frame reaches over another, and nothing
// else stands in it: in its columns, each has its heights to itself.
func (n *net) part() { n.partIn(n.units) }

// partIn does it for units of one frame, in their order. It returns the heights over which
// they reach.
func (n *net) partIn(units []*unit) (top, bottom int) {
	low := make([]int, len(n.cols))
	for i := range low {
		low[i] = math.MinInt32
	}
	top, bottom = math.MaxInt32, math.MinInt32
	for _, u := range units {
		var from, to int
		gap := wireGap
		if u.frame < 0 {
			from, to = u.items[0].y, u.items[0].y+u.items[0].h
		} else {
			from, to = n.partIn(u.inner)
			from, to, gap = from-n.titleRoom(u.frame), to+framePad, frameGap
		}
		by := 0
		for col := u.first; col <= u.last; col++ {
			if low[col] > math.MinInt32 {
				by = max(by, low[col]+gap-from)
			}
		}
		for _, it := range u.items {
			it.y += by
		}
		for col := u.first; col <= u.last; col++ {
			low[col] = max(low[col], to+by)
		}
		top, bottom = min(top, from+by), max(bottom, to+by)
	}
	return top, bottom
}

// mostStretch is how far apart wires that leave a box are at most for being straight.
const mostStretch = 320

// stretchRows is up to how many rows a box has of which each is stretched for its wires.
const stretchRows = 4

// stretch spreads the wires that leave the rows of a box, where several leave one, as far as
// the places to which they lead, so that they are straight, and makes the rows as high as
// they need.
func (n *net) stretch(it *item) {
	last := &it.slots[len(it.slots)-1]
	if it.box >= 0 && len(it.slots) == 1 && len(last.out) == 0 && len(last.in) > 1 {
		n.stretchIn(it, last)
	}
	if it.box < 0 || len(it.slots) > stretchRows+1 || !it.fans() {
		return
	}
	by := 0
	var before *leg
	for i := range it.slots {
		s := &it.slots[i]
		if by > 0 {
			s.y += by
			n.spread(s)
		}
		if len(s.out) == 0 {
			continue
		}
		if before != nil {
			if d := min(spacing(before, s.out[0]), mostStretch) - (s.out[0].fromY - before.fromY); d > 0 {
				s.y, by = s.y+d, by+d
				n.spread(s)
			}
		}
		by += n.stretchOut(s)
		before = s.out[len(s.out)-1]
	}
	it.h += by
}

// spacing is how far the ends of two wires are from each other.
func spacing(above, below *leg) int { return below.to.y + below.toY - above.to.y - above.toY }

// fans reports whether several wires leave a row, and all lead to the next column.
func (it *item) fans() bool {
	several := false
	for i := range it.slots {
		for _, l := range it.slots[i].out {
			if l.to == nil {
				return false
			}
		}
		several = several || len(it.slots[i].out) > 1
	}
	return several
}

// stretchOut does it for one row, and returns by how much it grows.
func (n *net) stretchOut(s *slot) int {
	if len(s.out) < 2 {
		return 0
	}
	reaches := n.reaches(s.out)
	y := s.y + labelGap + reaches[0].up
	for i, l := range s.out {
		if i > 0 {
			y += max(min(spacing(s.out[i-1], l), mostStretch), reaches[i-1].down+labelGap+reaches[i].up)
		}
		l.fromY = y
	}
	h := y + reaches[len(reaches)-1].down + labelGap - s.y
	if free := s.h - h; free > 0 {
		for _, l := range s.out {
			l.fromY += free / 2
		}
		h = s.h
	}
	by := h - s.h
	s.h = h
	n.spreadIn(s)
	return by
}

// loosen moves the rows of a box apart as far as the boxes need to which they lead, so that
// each of those can stand beside its row.
func (n *net) loosen(it *item) {
	if it.box < 0 || len(it.slots) < 2 {
		return
	}
	by := 0
	low, above := 0, (*item)(nil)
	for i := range it.slots {
		s := &it.slots[i]
		if by > 0 {
			s.y += by
			n.spread(s)
		}
		for k, l := range s.out {
			if l.to == nil || !l.leads() {
				continue
			}
			if above != nil {
				least := low + n.between(above, l.to)
				if d := least - (l.fromY - l.toY); d > 0 && k == 0 {
					s.y, by = s.y+d, by+d
					n.spread(s)
				}
				low = max(least, l.fromY-l.toY) + l.to.h
			} else {
				low = l.fromY - l.toY + l.to.h
			}
			above = l.to
		}
	}
	it.h += by
}

// leads reports whether a wire is the first one to a box that has one place for all.
func (l *leg) leads() bool {
	return l.to.box >= 0 && len(l.to.slots) == 1 && l.to.slots[0].in[0] == l
}

// stretchIn does it for the wires that come to a box without rows from which none leaves.
func (n *net) stretchIn(it *item, s *slot) {
	for _, l := range s.in {
		if l.from == nil {
			return
		}
	}
	reaches := n.inReaches(s)
	y := labelGap + reaches[0].up
	for i, l := range s.in {
		if i > 0 {
			before := s.in[i-1]
			apart := l.from.y + l.fromY - before.from.y - before.fromY
			y += max(min(apart, mostStretch), reaches[i-1].down+labelGap+reaches[i].up)
		}
		l.toY = y
	}
	h := y + reaches[len(reaches)-1].down + labelGap
	if free := s.h - h; free > 0 {
		for _, l := range s.in {
			l.toY += free / 2
		}
		h = s.h
	}
	it.h, s.h = h, h
}

// slack is how far a wire may end beside the middle of its slot to be straight.
const slack = 10

// straighten moves the ends of wires that are almost straight.
func (n *net) straighten() {
	for _, g := range n.gaps {
		for _, l := range g.legs {
			if l.from == nil || l.to == nil {
				continue
			}
			by := l.from.y + l.fromY - l.to.y - l.toY
			s := &l.to.slots[l.toSlot]
			if by == 0 || l.to.box < 0 || len(s.in) > 1 || by > slack || by < -slack {
				continue
			}
			if y := l.toY + by - s.y; y >= wireGap/2 && y <= s.h-wireGap/2 {
				l.toY += by
			}
		}
	}
}
