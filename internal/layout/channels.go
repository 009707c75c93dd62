package layout

import (
	"cmp"
	"slices"
)

// gap is the channel between two columns, in which wires turn.
type gap struct {
	legs   []*leg
	x, w   int
	tracks int
	labels int // width of the labels
	left   int // of the frames that end in it
	right  int // of the frames that begin in it
}

// channels gives the wires their tracks, then columns and channels their places.
func (n *net) channels() {
	lane := n.floor + frameGap
	for _, legs := range n.wires {
		if first := legs[0]; first.to == nil {
			first.toY, legs[1].fromY = lane, lane
			lane += wireGap
		}
	}
	for i, g := range n.gaps {
		if i > 0 {
			g.left = n.pads(i-1, func(s span) bool { return s.last == i-1 })
		}
		if i < len(n.cols) {
			g.right = n.pads(i, func(s span) bool { return s.first == i })
		}
		for _, l := range g.legs {
			if l.label.W > 0 {
				g.labels = max(g.labels, l.label.W+2*labelStub)
			}
		}
		if i > 0 {
			g.labels = max(g.labels, n.passing(i-1)-g.left)
		}
		g.dodge()
		g.assign()
		g.w = g.left + g.labels + g.right
		if g.tracks > 0 {
			g.w += (g.tracks+1)*trackGap + headRoom
		} else if len(g.legs) > 0 {
			g.w += headRoom - 2
		}
		if i > 0 && i < len(n.cols) {
			g.w = max(g.w, channel)
		}
	}
}

// passing is how far labels of wires that pass a column reach out of it.
func (n *net) passing(col int) int {
	most := 0
	for _, it := range n.cols[col] {
		if it.label.W > 0 {
			most = max(most, it.label.W+2*labelStub)
		}
	}
	return max(most-n.boxWidth(col), 0)
}

// pads is the room for the frames around the boxes of a column that end there.
func (n *net) pads(col int, end func(span) bool) int {
	most := 0
	for _, it := range n.cols[col] {
		pad := 0
		for f := it.frame; f >= 0; f = n.g.Frames[f].Inside {
			if end(n.spans[f]) {
				pad += framePad
			}
		}
		most = max(most, pad)
	}
	return most
}

// ends are the heights at which a leg begins and ends.
func (l *leg) ends() (from, to int) {
	from, to = l.fromY, l.toY
	if l.from != nil {
		from += l.from.y
	}
	if l.to != nil {
		to += l.to.y
	}
	return from, to
}

func (l *leg) straight() bool {
	from, to := l.ends()
	return from == to && l.from != nil && l.to != nil
}

// near is how close two stretches of different wires may not be.
const near = 5

// dodge moves heads in their slots where another wire begins at the same height on the
// other side of the channel and the two would lie on each other.
func (g *gap) dodge() {
	var starts []int
	for _, l := range g.legs {
		if from, _ := l.ends(); l.from != nil {
			starts = append(starts, from)
		}
	}
	slices.Sort(starts)
	taken := func(y int) bool {
		i, _ := slices.BinarySearch(starts, y-near+1)
		return i < len(starts) && starts[i] < y+near
	}
	for _, l := range g.legs {
		if l.to == nil || l.to.box < 0 || l.straight() {
			continue
		}
		s := &l.to.slots[l.toSlot]
		_, y := l.ends()
		if !taken(y) || len(s.in) > 1 {
			continue
		}
		for by := 1; by <= s.h/2-wireGap/2; by++ {
			if !taken(y + by) {
				l.toY += by
				break
			}
			if !taken(y - by) {
				l.toY -= by
				break
			}
		}
	}
}

// assign gives each bent wire a track, counted from the left. Of wires that go down, the
// lower ones turn first, of those that go up, the higher ones: so those that need not cross
// do not.
func (g *gap) assign() {
	var down, up []*leg
	for _, l := range g.legs {
		switch from, to := l.ends(); {
		case l.straight():
		case from < to:
			down = append(down, l)
		default:
			up = append(up, l)
		}
	}
	slices.SortStableFunc(down, func(a, b *leg) int {
		aFrom, aTo := a.ends()
		bFrom, bTo := b.ends()
		return cmp.Or(bFrom-aFrom, bTo-aTo)
	})
	slices.SortStableFunc(up, func(a, b *leg) int {
		aFrom, aTo := a.ends()
		bFrom, bTo := b.ends()
		return cmp.Or(aFrom-bFrom, aTo-bTo)
	})
	bent := append(down, up...)
	taken := newTakenTracks(bent)
	for _, l := range bent {
		l.track = taken.most(l) + 1
		taken.set(l)
		g.tracks = max(g.tracks, l.track)
	}
	g.untangle(bent)
}

// untangleRounds bounds how often wires are moved out of each other's way by tracks. What
// is left goes in a circle.
const untangleRounds = 4

// untangle gives a wire another track where its last stretch would lie on the first stretch
// of another one, and where that does not help moves its end.
func (g *gap) untangle(bent []*leg) {
	starts := slices.DeleteFunc(slices.Clone(bent), func(l *leg) bool { return l.from == nil })
	start := func(l *leg) int { from, _ := l.ends(); return from }
	slices.SortStableFunc(starts, func(a, b *leg) int { return start(a) - start(b) })
	meets := func(l *leg) bool {
		_, y := l.ends()
		i, _ := slices.BinarySearchFunc(starts, y-near+1, func(a *leg, y int) int { return start(a) - y })
		for ; i < len(starts) && start(starts[i]) < y+near; i++ {
			if starts[i] != l && starts[i].track >= l.track {
				return true
			}
		}
		return false
	}
	for round := 0; ; round++ {
		done := true
		for _, l := range bent {
			if l.to == nil || !meets(l) {
				continue
			}
			done = false
			if round < untangleRounds {
				g.tracks++
				l.track = g.tracks
				continue
			}
			l.sidestep(func() bool { return !meets(l) })
		}
		if done || round == untangleRounds {
			return
		}
	}
}

// sidestep moves the end of a wire in its slot to where it is well.
func (l *leg) sidestep(well func() bool) {
	s, at, edge := &l.to.slots[l.toSlot], l.toY, near
	if l.to.box < 0 {
		edge = 0
		defer func() { s.out[0].fromY = l.toY }()
	}
	apart := func() bool {
		for _, o := range s.in {
			if d := o.toY - l.toY; o != l && d > -near && d < near {
				return false
			}
		}
		return true
	}
	for by := 1; by <= s.h; by++ {
		for _, l.toY = range []int{at + by, at - by} {
			if l.toY >= s.y+edge && l.toY <= s.y+s.h-edge && apart() && well() {
				return
			}
		}
	}
	l.toY = at
}

// takenTracks are the heights of a channel, and the last track that is taken at each: a tree
// over the places at which wires begin and end.
type takenTracks struct {
	at   []int // sorted
	size int
	tree []node
}

type node struct {
	most int // in the part below the node
	all  int // of the whole part
}

// newTakenTracks makes room for the heights of wires; no track is taken.
func newTakenTracks(legs []*leg) *takenTracks {
	t := &takenTracks{}
	for _, l := range legs {
		from, to := l.ends()
		t.at = append(t.at, from, to)
	}
	slices.Sort(t.at)
	t.at = slices.Compact(t.at)
	t.size = 1
	for t.size < len(t.at) {
		t.size *= 2
	}
	t.tree = make([]node, 2*t.size)
	return t
}

// reach are the places of the vertical stretch of a wire, with some room around it.
func (t *takenTracks) reach(l *leg) (first, last int) {
	from, to := l.ends()
	if from > to {
		from, to = to, from
	}
	first, _ = slices.BinarySearch(t.at, from-wireGap)
	last, found := slices.BinarySearch(t.at, to+wireGap)
	if !found {
		last--
	}
	return first, last
}

// most is the last track that is taken somewhere beside a wire.
func (t *takenTracks) most(l *leg) int {
	first, last := t.reach(l)
	return t.query(1, 0, t.size-1, first, last)
}

func (t *takenTracks) query(at, lo, hi, first, last int) int {
	switch n := t.tree[at]; {
	case last < lo || hi < first:
		return 0
	case first <= lo && hi <= last:
		return n.most
	default:
		mid := (lo + hi) / 2
		return max(n.all, t.query(2*at, lo, mid, first, last), t.query(2*at+1, mid+1, hi, first, last))
	}
}

// set takes the track of a wire, which is beyond all that are taken beside it.
func (t *takenTracks) set(l *leg) {
	first, last := t.reach(l)
	t.update(1, 0, t.size-1, first, last, l.track)
}

func (t *takenTracks) update(at, lo, hi, first, last, track int) {
	if last < lo || hi < first {
		return
	}
	n := &t.tree[at]
	n.most = max(n.most, track)
	if first <= lo && hi <= last {
		n.all = max(n.all, track)
		return
	}
	mid := (lo + hi) / 2
	t.update(2*at, lo, mid, first, last, track)
	t.update(2*at+1, mid+1, hi, first, last, track)
}
