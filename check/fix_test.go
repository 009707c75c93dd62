package check_test

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// fixedSuffix is how the names of what fixes make of models end.
const fixedSuffix = ".fixed.flow"

// TestFixes applies each fix of the rules' models and examples on its own: its
// finding is gone, no other one has come, and the text is as sound as it was.
// What all of them make of a model of the testdata is written below it, as
// NAME.fixed.flow, in the one style.
func TestFixes(t *testing.T) {
	fixing := map[diag.Code]bool{}
	for _, r := range check.Rules {
		fixEach(t, string(r.Code)+" bad example", r.Bad, fixing)
		path := filepath.Join("testdata", string(r.Code)+".txtar")
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := ar.Files
		ar.Files = nil
		for _, f := range files {
			if strings.HasSuffix(f.Name, fixedSuffix) {
				continue
			}
			ar.Files = append(ar.Files, f)
			if text := fixEach(t, string(r.Code)+" "+f.Name, unwanted(string(f.Data)), fixing); text != "" {
				name := strings.TrimSuffix(f.Name, ".flow") + fixedSuffix
				ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(text)})
			}
		}
		golden.Check(t, path, txtar.Format(ar))
	}
	var codes []string
	for code := range fixing {
		codes = append(codes, string(code))
	}
	slices.Sort(codes)
	if got, want := strings.Join(codes, " "), "FL215 FL407 FL408 FL604 FL605 FL613"; got != want {
		t.Errorf("the rules with fixes are %s, want %s", got, want)
	}
}

// unwanted is a model without the comments that say what is found in it.
func unwanted(text string) string {
	return regexp.MustCompile(`(?m)[ \t]*# want .*$`).ReplaceAllString(text, "")
}

// fixEach tries each fix of a text alone, and returns what all of them make of
// it, in the one style; "" where there is none.
func fixEach(t *testing.T, name, text string, fixing map[diag.Code]bool) string {
	t.Helper()
	before, _ := judged(t, name, text)
	var all []diag.Edit
	for i, d := range before {
		if d.Fix == nil {
			continue
		}
		fixing[d.Code] = true
		after, _ := judged(t, name+", "+d.Fix.Message, edited(text, d.Fix.Edits))
		for _, left := range after {
			n := slices.IndexFunc(before, func(o diag.Diagnostic) bool { return o.Code == left.Code && o.Message == left.Message })
			if n < 0 || n == i {
				t.Errorf("%s: %q leaves %s %s", name, d.Fix.Message, left.Code, left.Message)
			}
		}
		for _, e := range d.Fix.Edits {
			if !slices.ContainsFunc(all, func(o diag.Edit) bool { return o.At.Start == e.At.Start && o.At.End == e.At.End && o.New == e.New }) {
				all = append(all, e)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	_, styled := judged(t, name, edited(text, all))
	return styled
}

// judged is what the rules find in a text that is sound in form, and the text
// in the one style.
func judged(t *testing.T, name, text string) (found diag.List, styled string) {
	t.Helper()
	file, broken := grammar.Parse(source.NewFile(name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(broken, more...) {
		t.Fatalf("%s: %s %s in\n%s", name, d.Code, d.Message, text)
	}
	found = check.Run(topology, flow.NewCache(topology))
	advice.New(topology, file, nil).Fill(found)
	return found, grammar.Format(file)
}

// edited is a text with edits that do not overlap.
func edited(text string, edits []diag.Edit) string {
	edits = slices.Clone(edits)
	slices.SortFunc(edits, func(a, b diag.Edit) int { return b.At.Start - a.At.Start })
	for _, e := range edits {
		text = text[:e.At.Start] + e.New + text[e.At.End:]
	}
	return text
}
