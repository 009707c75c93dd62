package check_test

import (
	"regexp"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// A source is a document with the place in it, something that was measured, or
// what the model itself says.
var sourced = regexp.MustCompile(`RFC \d+|manual|OpenShift|Gateway API|X\.509|PROXY protocol specification|measured|language reference`)

// TestExamples runs what each rule shows: its bad model breaks this rule and no
// other, its good one none, and both are in the one style.
func TestExamples(t *testing.T) {
	for _, r := range check.Rules {
		t.Run(string(r.Code), func(t *testing.T) {
			if r.Wire == "" {
				t.Error("Wire does not say what flows")
			}
			if !sourced.MatchString(r.Why) {
				t.Errorf("Why names none of the sources that `sourced` knows: %q", r.Why)
			}
			bad := findings(t, "bad.flow", r.Bad)
			if len(bad) == 0 {
				t.Error("nothing is found in the bad model")
			}
			for _, d := range bad {
				if d.Code != r.Code {
					t.Errorf("the bad model breaks another rule: %s %s", d.Code, d.Message)
				}
			}
			for _, d := range findings(t, "good.flow", r.Good) {
				t.Errorf("the good model breaks a rule: %s %s", d.Code, d.Message)
			}
		})
	}
}

// findings are what the rules say of a model that is sound in form.
func findings(t *testing.T, name, text string) diag.List {
	t.Helper()
	file, found := grammar.Parse(source.NewFile(name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(found, more...) {
		t.Fatalf("%s is broken: %s %s", name, d.Code, d.Message)
	}
	if styled := grammar.Format(file); styled != text {
		t.Errorf("flowc fmt writes %s so:\n%s", name, styled)
	}
	return check.Run(topology, flow.NewCache(topology))
}
