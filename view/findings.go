package view

import (
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// placeFindings puts each finding on the first row that what it is about takes
// part in: a route's on the first row of its connection, a client's on its first
// message.
func (p *panel) placeFindings(rows []Row) {
	placed := map[Finding]bool{}
	for _, s := range p.l.Steps {
		r, ok := p.rowOf[s]
		if !ok {
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
	if len(rows) == 0 {
		return
	}
	for _, f := range p.in.Findings {
		if !placed[f] && p.l.Request.Whole.Contains(f.At) {
			mark(rows[len(rows)-1], f.Mark) // what is expected is judged by how it ends
		}
	}
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
		switch {
		case p == nil:
		case p.Server != nil:
			out = append(out, p.Server.Backend.Whole)
		case p.Proxy != nil:
			out = append(out, p.Proxy.Whole)
		case p.Client != nil:
			out = append(out, p.Client.Whole)
		}
	}
	return out
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
