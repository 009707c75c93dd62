package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestOrderOfEntries turns the declarations of each model round that is about where
// names lead and who admits what: nothing else is found, nor is anything missed.
func TestOrderOfEntries(t *testing.T) {
	turned := 0
	for _, code := range []string{"FL301", "FL306", "FL606", "FL607", "FL608", "FL611", "FL614"} {
		ar, err := txtar.ParseFile("testdata/" + code + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if strings.HasSuffix(f.Name, fixedSuffix) {
				continue
			}
			there := codesOf(f.Name, string(f.Data), false)
			if back := codesOf(f.Name, string(f.Data), true); !slices.Equal(there, back) {
				t.Errorf("%s %s: %q, and the other way round %q", code, f.Name, there, back)
			}
			turned++
		}
	}
	if turned < 30 {
		t.Errorf("only %d models", turned)
	}
}

// codesOf are the codes found in a model, mistakes in names among them.
func codesOf(name, text string, back bool) []string {
	file, _ := grammar.Parse(source.NewFile(name, text))
	draft, _ := resolve.Draft("m", file, nil)
	if back {
		slices.Reverse(draft.Declarations)
	}
	topology, mistakes := flow.Complete(draft)
	var out []string
	for _, d := range append(check.Mistakes(mistakes), check.Run(topology, flow.NewCache(topology))...) {
		out = append(out, string(d.Code))
	}
	slices.Sort(out)
	return out
}
