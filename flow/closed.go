package flow

// closings finds for each session that was up what ended it, where no party closed it
// properly: its first alert, or the first FIN or RST of its connections.
func (l *Lifecycle) closings() {
	on := map[*Connection][]*Session{}
	for _, s := range l.Sessions {
		if s.Closed != nil || !s.Up {
			continue
		}
		for _, c := range s.Connections {
			on[c] = append(on[c], s)
		}
	}
	if len(on) == 0 {
		return
	}
	for _, step := range l.Steps {
		if step.Op != OpAlert && step.Op != OpFIN && step.Op != OpRST {
			continue
		}
		for _, s := range on[step.Connection] {
			before := s.Established != nil && step.N < s.Established.N // a relay's earlier attempt
			if s.Closed == nil && !before && (step.Op != OpAlert || step.Session == s) {
				s.Closed = step
			}
		}
	}
}
