package fix_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/fix"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/source"
)

// find returns what is found in a model of one file.
func find(text string) diag.List {
	m := pipeline.Load("m.flow", func(path string) ([]byte, error) {
		if path != "m.flow" {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
	if err := m.CompileOn(context.Background(), pipeline.Days{Today: "2026-11-22"}); err != nil {
		panic(err)
	}
	return m.Findings
}

func run(text string) fix.Result {
	return fix.Run(func(texts map[string]string) diag.List {
		if fixed, ok := texts["m.flow"]; ok {
			return find(fixed)
		}
		return find(text)
	}, func(name string) string { return name }, func(name, text string) string {
		if styled, found, _ := pipeline.Style(nil, source.NewFile(name, text)); len(found) == 0 {
			return styled
		}
		return text
	})
}

// Whatever the text, fixing it comes to an end with nothing left that has a fix,
// and doing it again changes nothing. A text without syntax errors gets none.
func FuzzRun(f *testing.F) {
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		f.Add(string(text))
	}
	for _, pattern := range []string{"../../grammar/testdata/*.flow", "../../resolve/testdata/*.txtar", "../../check/testdata/*.txtar", "../suppress/testdata/*.txtar"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal("nothing is ", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(text))
			for _, part := range txtar.Parse(text).Files {
				f.Add(string(part.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 8<<10 {
			return
		}
		before := find(text)
		r := run(text)
		for _, d := range r.Left {
			if d.Fix != nil {
				t.Fatalf("%s %q is left, although it can be fixed: %s", d.Code, d.Message, d.Fix.Message)
			}
		}
		after, changed := r.Texts["m.flow"]
		if changed != (len(r.Fixed) > 0) {
			t.Fatalf("%d findings are fixed, and the text changes: %v", len(r.Fixed), changed)
		}
		if !changed {
			return
		}
		if again := run(after); len(again.Texts) > 0 {
			t.Fatalf("a second run changes the text again: %s", again.Fixed[0].Fix.Message)
		}
		if !syntax(before) && syntax(r.Left) {
			t.Fatalf("fixing broke the syntax:\n%s", after)
		}
	})
}

// syntax reports whether syntax errors are among the findings.
func syntax(l diag.List) bool {
	for _, d := range l {
		if d.Code < "FL110" {
			return true
		}
	}
	return false
}
