package view

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// placeFindings puts each finding on the row where the course fails because of it, else
// on the first row in which the subject of the finding takes part: a route's on the first
// row of its connection, a client's on its first message.
func (p *panel) placeFindings(rows []Row) {
	if len(p.in.Findings) == 0 {
		return
	}
	placed := map[Finding]bool{}
	p.placeAtFailure(placed)
	for _, s := range p.l.Steps {
		r := p.row(s)
		if r == nil {
			continue
		}
		for _, whole := range subjects(s) {
			for _, f := range p.in.Findings {
				if !placed[f] && whole.Contains(f.At) {
					placed[f] = true
					mark(r, f.Mark)
				}
			}
		}
	}
	last := p.lastRow(rows)
	if last == nil {
		return
	}
	for _, f := range p.in.Findings {
		if !placed[f] && p.l.Request.Whole.Contains(f.At) {
			mark(last, f.Mark) // what is expected is judged by how it ends
		}
	}
}

// lastRow is the row of the last step that is shown: what stays open behind it is no end of
// the request. nil where there are no rows.
func (p *panel) lastRow(rows []Row) Row {
	for _, s := range slices.Backward(p.l.Steps) {
		if r := p.row(s); r != nil {
			return r
		}
	}
	if len(rows) > 0 {
		return rows[len(rows)-1]
	}
	return nil
}

// placeAtFailure puts the errors that explain why the course fails on the row where it
// does: those about what takes part there, and about the routes that are asked for and
// may not be reached.
func (p *panel) placeAtFailure(placed map[Finding]bool) {
	o, cause := p.l.Outcome, p.blamed()
	row := p.row(cause)
	if row == nil || p.in.Explains == nil {
		return
	}
	var about []source.Span
	for _, f := range p.in.Findings {
		if !f.Error || !p.in.Explains(f.Code, o.Fault) {
			continue
		}
		if about == nil {
			about = append(p.failingSubjects(cause), p.askedRoutes()...)
		}
		if slices.ContainsFunc(about, func(whole source.Span) bool { return whole.Contains(f.At) }) {
			placed[f] = true
			mark(row, f.Mark)
		}
	}
}

// blamed is the first step at which the fault of the course shows: of several attempts,
// the outcome blames the last. It is nil where nothing fails.
func (p *panel) blamed() *flow.Step {
	fault := p.l.Outcome.Fault
	i := slices.IndexFunc(p.l.Steps, func(s *flow.Step) bool { return fault != flow.FaultNone && s.Fault == fault })
	if i < 0 {
		return p.l.Outcome.Cause
	}
	return p.l.Steps[i]
}

// failingSubjects are the declarations that the failing step is about, and those at the
// ends of its session.
func (p *panel) failingSubjects(cause *flow.Step) []source.Span {
	out := subjects(cause)
	if why := p.l.Outcome.Why; why != nil && why.Certificate != nil {
		out = append(out, why.Certificate.Whole)
	}
	if cause.Session != nil {
		for _, end := range cause.Session.Ends {
			out = append(out, nodeSubject(end)...)
		}
		for _, c := range cause.Session.Connections {
			if c.Route != nil {
				out = append(out, c.Route.Whole)
			}
		}
	}
	return out
}

// askedRoutes are the declarations of the routes that the request is for.
func (p *panel) askedRoutes() []source.Span {
	var out []source.Span
	q := p.l.Request
	for _, proxy := range p.in.Topology.Proxies {
		for _, c := range q.Calls {
			for r := range proxy.RoutesFor(c.Host) {
				out = append(out, r.Whole)
			}
		}
	}
	for _, c := range q.Calls {
		for _, r := range p.in.unservedFor(c.Host) {
			out = append(out, r.Whole)
		}
	}
	return out
}

// subjects are the declarations that a step is about.
func subjects(s *flow.Step) []source.Span {
	var out []source.Span
	if s.Exchange != nil && s.Exchange.Route != nil && s.Layer() == flow.LayerHTTP {
		out = append(out, s.Exchange.Route.Whole)
	}
	if s.Connection != nil && s.Connection.Route != nil {
		out = append(out, s.Connection.Route.Whole)
	}
	for _, p := range []*flow.Participant{s.From, s.To, s.At} {
		out = append(out, nodeSubject(p)...)
	}
	return out
}

// nodeSubject is the declaration of a participant; nothing where there is none.
func nodeSubject(p *flow.Participant) []source.Span {
	switch {
	case p == nil:
		return nil
	case p.Server != nil:
		return []source.Span{p.Server.Backend.Whole}
	case p.Proxy != nil:
		return []source.Span{p.Proxy.Whole}
	case p.Client != nil:
		return []source.Span{p.Client.Whole}
	}
	return nil
}

// mark adds a mark to a row; a gap carries none.
func mark(r Row, m Mark) {
	switch r := r.(type) {
	case *MessageRow:
		r.Marks = append(r.Marks, m)
	case *ActionRow:
		r.Marks = append(r.Marks, m)
	case *SpanRow:
		r.Marks = append(r.Marks, m)
	case *GapRow:
	default:
		panic("view: unknown row")
	}
}

// foldMarks leaves one of the findings of each code and grade, and says how many more there
// are: a box that stands for many has the findings of all of them.
func foldMarks(marks []Mark) []Mark {
	type alike struct {
		code  string
		grade Grade
	}
	of := map[alike][]Mark{}
	var order []alike
	for _, m := range marks {
		a := alike{m.Code, m.Grade()}
		if len(of[a]) == 0 {
			order = append(order, a)
		}
		if !hasMark(of[a], m) {
			of[a] = append(of[a], m)
		}
	}
	var out []Mark
	for _, a := range order {
		first := of[a][0]
		if n := len(of[a]) - 1; n > 0 {
			first.Message = fmt.Sprintf("%s; and %d more", first.Message, n)
		}
		out = append(out, first)
	}
	return out
}
