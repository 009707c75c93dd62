package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// lanes are the lifelines of a panel, with the way back from a participant.
type lanes struct {
	lines []*Lifeline
	index map[*flow.Participant]int
}

// newLanes puts the participants from left to right: each right of the one that
// connects to it, servers last, otherwise in the order of appearance. Those that
// keep refuses are left out.
func newLanes(l *flow.Lifecycle, keep func(*flow.Participant) bool) *lanes {
	depth := depths(l)
	order := slices.Clone(l.Participants)
	slices.SortStableFunc(order, func(a, b *flow.Participant) int { return depth[a] - depth[b] })
	out := &lanes{index: map[*flow.Participant]int{}}
	for _, p := range order {
		if !keep(p) {
			continue
		}
		out.index[p] = len(out.lines)
		out.lines = append(out.lines, lifeline(p))
	}
	return out
}

// depths is how far right each participant stands.
func depths(l *flow.Lifecycle) map[*flow.Participant]int {
	depth := map[*flow.Participant]int{}
	for range l.Participants { // a chain is at most this long; a loop of proxies ends here
		for _, c := range l.Connections {
			if c.To.Kind != flow.KindClient && depth[c.To] <= depth[c.From] {
				depth[c.To] = depth[c.From] + 1
			}
		}
	}
	servers := 1
	for _, d := range depth {
		servers = max(servers, d+1)
	}
	for _, p := range l.Participants {
		if p.Kind == flow.KindServer {
			depth[p] = servers
		}
	}
	return depth
}

func lifeline(p *flow.Participant) *Lifeline {
	l := &Lifeline{ID: p.ID, Label: p.Label, Kind: p.Kind}
	if p.Zone != nil {
		l.Zone, l.Trust = p.Zone.Title(), p.Zone.Trust.V
		l.Sub, l.Untrusted = l.Zone, l.Trust == flow.Untrusted
	}
	if p.Address != "" && (l.Sub == "" || p.Kind == flow.KindServer || p.Kind == flow.KindInner) {
		l.Sub = p.Address
	}
	return l
}

// has reports whether the participant has a lifeline.
func (l *lanes) has(p *flow.Participant) bool {
	_, ok := l.index[p]
	return ok
}

// span returns the outermost lifelines of participants.
func (l *lanes) span(ps ...*flow.Participant) (from, to int) {
	from, to = len(l.lines), -1
	for _, p := range ps {
		if i, ok := l.index[p]; ok {
			from, to = min(from, i), max(to, i)
		}
	}
	return from, to
}

// relays are the lifelines between the ends of a session's band that pass it on.
func (l *lanes) relays(s *flow.Session, b *Band) []int {
	var out []int
	for _, r := range s.RelayedBy {
		if i, ok := l.index[r]; ok && b.From < i && i < b.To {
			out = append(out, i)
		}
	}
	return out
}

// keeper says which participants --only leaves: those named by their id, their
// node or its backend, and what joins them. Where it names fewer than two of
// them, all stay.
func keeper(in *Input, l *flow.Lifecycle) func(*flow.Participant) bool {
	only := keeperOfOnly(in, l)
	if len(in.Around) == 0 {
		return only
	}
	near, _ := nearby(in, l)
	return func(p *flow.Participant) bool { return near[p] && only(p) }
}

func keeperOfOnly(in *Input, l *flow.Lifecycle) func(*flow.Participant) bool {
	if len(in.Only) == 0 {
		return func(*flow.Participant) bool { return true } // those of a capture may be no node of a model
	}
	kept := map[*flow.Participant]bool{}
	for _, p := range l.Participants {
		if slices.Contains(in.Only, p.ID) || slices.Contains(in.Only, node(p)) {
			kept[p] = true
		}
	}
	if len(kept) < 2 {
		return func(*flow.Participant) bool { return true }
	}
	before, behind := beyond(l, kept, false), beyond(l, kept, true)
	return func(p *flow.Participant) bool { return kept[p] || before[p] && behind[p] }
}

// beyond are the participants that connections of a lifecycle lead to from some
// of them, over however many; with back, those that lead to them.
func beyond(l *flow.Lifecycle, some map[*flow.Participant]bool, back bool) map[*flow.Participant]bool {
	out := map[*flow.Participant]bool{}
	for range l.Participants { // no way is longer
		for _, c := range l.Connections {
			from, to := c.From, c.To
			if back {
				from, to = to, from
			}
			if some[from] || out[from] {
				out[to] = true
			}
		}
	}
	return out
}
