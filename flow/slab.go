package flow

// slab makes the steps of a lifecycle, and the lists of what they come after, some at
// a time: a lifecycle has dozens, all of which live as long as it does.
type slab struct {
	steps []Step
	lists []*Step
}

// How many steps and entries of lists are made at a time.
const (
	stepsAtATime   = 16
	entriesAtATime = 32
)

// step returns an empty step.
func (s *slab) step() *Step {
	if len(s.steps) == 0 {
		s.steps = make([]Step, stepsAtATime)
	}
	out := &s.steps[0]
	s.steps = s.steps[1:]
	return out
}

// list returns an empty list with room for n entries; keep says which of them are in use.
func (s *slab) list(n int) []*Step {
	if len(s.lists) < n {
		s.lists = make([]*Step, max(n, entriesAtATime))
	}
	return s.lists[:0:n]
}

// keep is the list that list returned, once it has its entries; nil without any.
func (s *slab) keep(list []*Step) []*Step {
	n := len(list)
	if n == 0 {
		return nil
	}
	s.lists = s.lists[n:]
	return list[:n:n]
}
