package layout

// mostRowStretch is how far apart the middles of neighbouring rows are moved at most.
const mostRowStretch = 200

// stretchRows moves the rows of a box apart, so that the wires that leave them are straight
// where they lead to places under each other. What stands in a row stays at its top.
func (n *net) stretchRows(it *item) {
	mid, moved := n.middles(it)
	if !moved {
		return
	}
	last := len(mid) - 1
	top := n.least(it, 0)
	for i := 1; i <= last; i++ {
		s := &it.slots[i]
		bottom := top + n.least(it, i)
		if i < last {
			bottom = mid[i+1] - n.least(it, i+1)/2
		}
		s.y, s.h, s.mid = top, bottom-top, mid[i]-top
		top = bottom
		n.spread(s)
	}
	it.h = top
}

// middles are where the middles of the slots of a box are to be, from its top; moved tells
// that some are further apart than they have to be. Rows behind one that would have to move
// too far stay together: their wires are not straight, however far apart they are.
func (n *net) middles(it *item) (mid []int, moved bool) {
	mid = make([]int, len(it.slots))
	mid[0] = n.least(it, 0) / 2
	before := 0 // the last row with a wire to the right
	straight := true
	top := n.least(it, 0)
	for i := 1; i < len(it.slots); i++ {
		s, least := &it.slots[i], n.least(it, i)
		mid[i] = top + least/2
		if len(s.out) > 0 && s.out[0].to != nil {
			if before > 0 && straight {
				a, b := it.slots[before].out[0], s.out[0]
				apart := b.to.y + b.toY - a.to.y - a.toY
				straight = apart <= mostRowStretch*(i-before)
				if at := mid[before] + apart; straight && at > mid[i] {
					mid[i], moved = at, true
				}
			}
			before = i
		}
		top = mid[i] - least/2 + least
	}
	return mid, moved
}
