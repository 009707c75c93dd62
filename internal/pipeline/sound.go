package pipeline

import (
	"slices"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/source"
)

// standing returns those findings of rules that stand however the broken parts
// of a model are mended. The rules were held against the model without the
// statements that are broken. What they found is kept where they find it, too,
// when the declarations around those statements are gone, and all that names
// them: then it follows from neither.
func standing(l diag.List, read *front.Model, broken diag.List, date, today string) diag.List {
	type key struct {
		code    diag.Code
		at      source.Span
		message string
	}
	again := map[key]bool{}
	if t := read.Sound(broken); t != nil {
		t.Date = date
		for _, d := range check.RunOn(today, t, flow.NewCourses(t)) {
			again[key{d.Code, d.At, d.Message}] = true
		}
	}
	scopes := map[diag.Code]check.Scope{}
	for _, r := range check.Rules {
		scopes[r.Code] = r.Scope
	}
	return slices.DeleteFunc(l, func(d diag.Diagnostic) bool {
		switch scopes[d.Code] {
		case check.ScopeStated:
			return false
		case check.ScopeModel:
			return true
		case check.ScopeDeclared:
			return !again[key{d.Code, d.At, d.Message}]
		}
		panic("pipeline: unknown scope")
	})
}
