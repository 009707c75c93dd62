package resolve

import (
	"github.com/flowc-lang/flowc/flow"
)

// expect is expect OUTCOME, …: a status or alert NAME, perhaps with from NODE,
// or close, timeout, redirect-loop, ok.
func expect(l *line, q *flow.RequestDraft) {
	for _, e := range l.elements() {
		sub := &line{r: l.r, s: l.s, tokens: e}
		if x, ok := sub.outcome(); ok {
			q.Expect = append(q.Expect, x)
		}
	}
}

// outcome reads one outcome.
func (l *line) outcome() (x flow.ExpectDraft, ok bool) {
	w, ok := l.take()
	if !ok {
		return x, false
	}
	x.At = w.At
	switch w.Text {
	case "alert":
		name, ok := read(l, text)
		if !ok {
			return x, false
		}
		alert, known := flow.ParseAlert(name.V)
		if !known {
			return x, false
		}
		x.Ending, x.At = flow.Alerted{Alert: alert}, join(w.At, name.At)
	case "close":
		x.Ending = flow.Closed{}
	case "timeout":
		x.Ending = flow.TimedOut{}
	case "redirect-loop":
		x.Ending = flow.RedirectLoop{}
	case "ok":
		x.Ending = flow.Passed{}
	default:
		status, ok := number(l.r, w)
		if !ok {
			return x, false
		}
		x.Ending = flow.Answered{Status: status}
	}
	if _, ok := l.accept("from"); ok {
		if x.From, ok = read(l, text); !ok {
			return x, false
		}
		x.At = join(x.At, x.From.At)
	}
	return x, true
}
