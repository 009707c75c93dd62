package resolve_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/golden"
)

// Each fix of each mistake takes its finding away, and brings none up. What is
// fixed, and how, is as it was read and found right.
func TestFixes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases: ", err)
	}
	var out strings.Builder
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, found := resolveArchive(archive)
		for _, d := range found {
			if d.Fix == nil {
				continue
			}
			p := d.At.File.Position(d.At.Start)
			fmt.Fprintf(&out, "%s %s:%d:%d %s\n    %s\n", filepath.Base(file), d.At.File.Name, p.Line, p.Column, d.Message, d.Fix.Message)
			_, left := resolveArchive(fixedArchive(archive, d.Fix))
			was, is := says(found), says(left)
			if added := without(is, was); len(added) > 0 {
				t.Errorf("%s: %q: %s brings up %q", file, d.Message, d.Fix.Message, added)
			}
			if !slices.Contains(without(was, is), string(d.Code)+" "+d.Message) {
				t.Errorf("%s: %q: %s does not take it away", file, d.Message, d.Fix.Message)
			}
		}
	}
	golden.Check(t, "testdata/fixes.golden", out.String())
}

// fixedArchive returns the case with one fix applied, which is one edit.
func fixedArchive(a *txtar.Archive, f *diag.Fix) *txtar.Archive {
	out := &txtar.Archive{Comment: a.Comment, Files: slices.Clone(a.Files)}
	e := f.Edits[0]
	for i := range out.Files {
		if text := string(out.Files[i].Data); out.Files[i].Name == e.At.File.Name {
			out.Files[i].Data = []byte(text[:e.At.Start] + e.New + text[e.At.End:])
		}
	}
	return out
}

// says returns the findings as text, without their places, which a fix moves.
func says(l diag.List) []string {
	var out []string
	for _, d := range l {
		out = append(out, string(d.Code)+" "+d.Message)
	}
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
