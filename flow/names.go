package flow

// ShortNames are the names of the participants, servers without their
// backend's where that is not needed to tell them apart.
func (lc *Lifecycle) ShortNames() map[*Participant]string {
	short := func(p *Participant) string {
		if p.Server != nil {
			return p.Server.Name
		}
		return p.ID
	}
	used := map[string]int{}
	for _, p := range lc.Participants {
		used[short(p)]++
	}
	out := map[*Participant]string{}
	for _, p := range lc.Participants {
		out[p] = short(p)
		if used[short(p)] > 1 {
			out[p] = p.ID
		}
	}
	return out
}
