package pipeline

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/witness"
	"github.com/flowc-lang/flowc/view"
)

// Demonstrate returns the sequence that demonstrates a finding of the model,
// with the step at which it shows marked, or nil and why there is none.
func (m *Model) Demonstrate(d diag.Diagnostic) (plan *Plan, pic *view.Sequence, reason string) {
	if !m.Drawable() {
		return nil, nil, "nothing can be derived of a model with broken syntax or names"
	}
	shown, reason := witness.Of(m.Topology, m.courses, d)
	if shown == nil {
		return nil, nil, reason
	}
	i := slices.IndexFunc(view.Views, func(v *view.View) bool { return v.Name == "sequence" })
	plan = &Plan{Name: string(d.Code), Request: shown.Course.Request, view: view.Views[i], in: &view.Input{
		Topology: m.Topology, Request: shown.Course.Request,
		Derive: func(*flow.Request) *flow.Lifecycle { return shown.Course },
	}}
	drawn, reason := plan.Picture()
	pic, ok := drawn.(*view.Sequence)
	if !ok {
		return nil, nil, reason
	}
	pic.Title = string(d.Code) + ": " + shownBy(shown)
	view.MarkStep(pic, shown.Step, view.Mark{Code: string(d.Code), Message: d.Message, Error: d.Severity == diag.Error})
	return plan, pic, ""
}

// shownBy says whose request demonstrates a finding.
func shownBy(s *witness.Witness) string {
	q := s.Course.Request
	switch {
	case s.Own:
		return "request " + q.Name
	case len(q.Calls) == 0:
		return q.Title()
	}
	return "a request that the model does not name: " + q.Calls[0].Method + " " + q.Calls[0].URL()
}

// explains reports whether a finding of a code is why a course fails in this way.
func explains(code string, fault flow.Fault) bool {
	return witness.Explains(diag.Code(code), fault)
}
