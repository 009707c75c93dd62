package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// frame puts several panels into one frame: a lifeline for each client and proxy,
// in the order of the ways through them, and one for whichever server is chosen.
func (s *Sequence) frame() {
	if len(s.Panels) < 2 {
		return
	}
	depth, of := map[string]int{}, map[string][]*Lifeline{}
	var order []string
	for _, p := range s.Panels {
		for i, l := range p.Lifelines {
			k := frameKey(l)
			if of[k] == nil {
				order = append(order, k)
			}
			of[k] = append(of[k], l)
			depth[k] = max(depth[k], i)
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return depth[a] - depth[b] })
	if i := slices.Index(order, chosen); i >= 0 { // servers are last
		order = append(slices.Delete(order, i, i+1), chosen)
	}
	at := map[string]int{}
	for i, k := range order {
		at[k] = i
		s.Frame = append(s.Frame, sharedLifeline(of[k]))
	}
	for _, p := range s.Panels {
		for _, l := range p.Lifelines {
			p.Lanes = append(p.Lanes, at[frameKey(l)])
		}
	}
}

// chosen stands for the servers of all panels.
const chosen = "chosen server"

func frameKey(l *Lifeline) string {
	if l.Kind == flow.KindServer {
		return chosen
	}
	return "id " + l.ID
}

// sharedLifeline is the one of several panels: without what they differ in.
func sharedLifeline(all []*Lifeline) *Lifeline {
	first := all[0]
	if !slices.ContainsFunc(all, func(l *Lifeline) bool { return l.ID != first.ID }) {
		return first
	}
	out := &Lifeline{ID: chosen, Label: chosen, Kind: first.Kind}
	if !slices.ContainsFunc(all, func(l *Lifeline) bool { return l.Zone != first.Zone || l.Trust != first.Trust }) {
		out.Zone, out.Trust, out.Untrusted = first.Zone, first.Trust, first.Untrusted
	}
	return out
}
