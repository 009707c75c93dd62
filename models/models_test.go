package models_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// Every model is listed once and opens with the comment that the list quotes.
func TestList(t *testing.T) {
	files, err := fs.Glob(models.FS, "*.flow")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, m := range models.List() {
		if listed[m.Path] {
			t.Errorf("%s is listed twice", m.Path)
		}
		listed[m.Path] = true
		if want := "# models/" + m.Path + " - " + m.Doc + "\n"; m.Doc == "" || !strings.HasPrefix(text(t, m.Path), want) {
			t.Errorf("%s does not open with %q", m.Path, want)
		}
		if len(m.Doc) > 120 {
			t.Errorf("%s: what it shows is %d characters long, more than a line", m.Path, len(m.Doc))
		}
	}
	for _, f := range files {
		if !listed[f] {
			t.Errorf("%s is not listed", f)
		}
	}
}

// What Standalone puts in the place of an import is whole: lib/ imports nothing.
func TestStandalone(t *testing.T) {
	libs, err := fs.Glob(models.FS, "lib/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range libs {
		if strings.Contains(text(t, f), "import ") {
			t.Errorf("%s imports another file, which Standalone does not follow", f)
		}
		if want := "# models/" + f + " - "; !strings.HasPrefix(text(t, f), want) {
			t.Errorf("%s does not open with %q", f, want)
		}
	}
	for _, m := range models.List() {
		got, ok := models.Standalone(m.Name)
		if !ok {
			t.Fatalf("no model %q", m.Name)
		}
		if strings.Contains(string(got), "\nimport ") {
			t.Errorf("%s: an import is left:\n%s", m.Name, got)
		}
		if path.Base(m.Path) != m.Name+".flow" {
			t.Errorf("%s lies at %s", m.Name, m.Path)
		}
	}
	if got, ok := models.Standalone("nosuch"); ok {
		t.Errorf("Standalone of a model that is not there: %q", got)
	}
}

// Every model compiles without a finding, and what its requests expect is what
// is derived. Standalone's text means the same.
func TestExpectations(t *testing.T) {
	read := func(file string) ([]byte, error) { return fs.ReadFile(models.FS, file) }
	for _, m := range models.List() {
		t.Run(m.Name, func(t *testing.T) {
			compiled := pipeline.Load(m.Path, read)
			compiled.Compile()
			expectations(t, compiled)
			if len(compiled.Topology.Requests) == 0 {
				t.Error("no request is there to follow")
			}

			text, _ := models.Standalone(m.Name)
			alone := pipeline.Load(m.Path, func(string) ([]byte, error) { return text, nil })
			alone.Compile()
			expectations(t, alone)
			if a, b := len(alone.Topology.Requests), len(compiled.Topology.Requests); a != b {
				t.Errorf("standalone it has %d requests, and %d with its imports", a, b)
			}
		})
	}
}

func expectations(t *testing.T, m *pipeline.Model) {
	t.Helper()
	for _, d := range m.Findings {
		t.Errorf("%s: %s: %s", d.Code, d.At.Text(), d.Message)
	}
	for _, r := range m.Topology.Requests {
		got := m.Derive(r).Outcome
		for _, e := range got.Endings {
			one := got
			one.Endings = []flow.Ending{e}
			if !expected(r, one) {
				t.Errorf("request %s ends in %s from %s (%s), which it does not expect", r.Name, words.Ending(e), got.FromID(), words.Why(got.Why))
			}
		}
		if !r.Derived && len(r.Expect) == 0 {
			t.Errorf("request %s expects nothing", r.Name)
		}
	}
}

// expected reports whether a request expects an outcome.
func expected(r *flow.Request, o flow.Outcome) bool {
	if len(r.Expect) == 0 {
		return o.Only(flow.Answered{Status: 200})
	}
	return slices.ContainsFunc(r.Expect, o.Meets)
}

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := fs.ReadFile(models.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
