package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// MarkStep marks one step of a sequence of one panel: the row that shows it, or
// a row of its own where the dial shows none.
func MarkStep(s *Sequence, step *flow.Step, m Mark) {
	p := s.Panels[0]
	at := len(p.Rows)
	for i, r := range p.Rows {
		first, last := r.Numbers()
		if first > step.N {
			at = min(at, i)
			break
		}
		if marks := marksOf(r); marks != nil && step.N <= last {
			*marks = append([]Mark{m}, *marks...)
			return
		}
	}
	row := stepRow(p, step)
	if row == nil {
		return
	}
	*marksOf(row) = []Mark{m}
	p.Rows = slices.Insert(p.Rows, at, row)
	for _, b := range slices.Concat(p.Bands, p.Clear) {
		if b.First >= at {
			b.First++
		}
		if b.Last >= at {
			b.Last++
		}
	}
}

// marksOf are the marks of a row; nil where it has none.
func marksOf(r Row) *[]Mark {
	switch r := r.(type) {
	case *MessageRow:
		return &r.Marks
	case *ActionRow:
		return &r.Marks
	case *SpanRow:
		return &r.Marks
	}
	return nil
}

// stepRow is a row for a step that the dial does not show; nil where a party to
// it has no lifeline.
func stepRow(p *Panel, s *flow.Step) Row {
	lane := func(x *flow.Participant) int {
		return slices.IndexFunc(p.Lifelines, func(l *Lifeline) bool { return l.ID == x.ID })
	}
	session := ""
	if s.Session != nil {
		session = s.Session.ID
	}
	if s.Kind() == flow.Action {
		at := lane(s.At)
		if at < 0 {
			return nil
		}
		return &ActionRow{First: s.N, Last: s.N, IDs: []string{s.ID}, At: at, Text: actionText(s), Session: session}
	}
	from, to := lane(s.From), lane(s.To)
	if from < 0 || to < 0 {
		return nil
	}
	return &MessageRow{First: s.N, Last: s.N, IDs: []string{s.ID}, From: from, To: to, Text: messageText(s), Session: session, Line: line(s)}
}
