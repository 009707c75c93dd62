package models_test

import (
	"io/fs"
	"path"
	"strings"
	"testing"

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

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := fs.ReadFile(models.FS, file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
