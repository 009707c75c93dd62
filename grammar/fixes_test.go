package grammar_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/source"
)

// fixed returns the text of a file with one fix applied.
func fixed(text string, f *diag.Fix) string {
	edits := slices.Clone(f.Edits)
	slices.SortFunc(edits, func(a, b diag.Edit) int { return cmp.Compare(a.At.Start, b.At.Start) })
	var out strings.Builder
	end := 0
	for _, e := range edits {
		out.WriteString(text[end:e.At.Start] + e.New)
		end = e.At.End
	}
	return out.String() + text[end:]
}

// says returns the findings as text, without their places, which a fix moves.
func says(l diag.List) []string {
	var out []string
	for _, d := range l {
		out = append(out, string(d.Code)+" "+d.Message)
	}
	slices.Sort(out)
	return out
}

// without returns a with one copy of each of b taken out.
func without(a, b []string) []string {
	a = slices.Clone(a)
	for _, s := range b {
		if i := slices.Index(a, s); i >= 0 {
			a = slices.Delete(a, i, i+1)
		}
	}
	return a
}

// Each fix of each mistake takes its finding away, and brings none up. What is
// fixed, and how, is as it was read and found right.
func TestFixes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		file, found := parseFile(t, path)
		if len(found) == 0 {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			text := file.Source.Text
			var out strings.Builder
			for _, d := range found {
				if d.Fix == nil {
					continue
				}
				p := file.Source.Position(d.At.Start)
				fmt.Fprintf(&out, "%d:%d %s %s\n    %s\n", p.Line, p.Column, d.Code, d.Message, d.Fix.Message)
				_, left := grammar.Parse(source.NewFile(path, fixed(text, d.Fix)))
				if added := without(says(left), says(found)); len(added) > 0 {
					t.Errorf("%q: %s brings up %q", d.Message, d.Fix.Message, added)
				}
				if gone := without(says(found), says(left)); !slices.Contains(gone, string(d.Code)+" "+d.Message) {
					t.Errorf("%q: %s does not take it away", d.Message, d.Fix.Message)
				}
			}
			golden.Check(t, strings.TrimSuffix(path, ".flow")+".fixes", out.String())
		})
	}
}
