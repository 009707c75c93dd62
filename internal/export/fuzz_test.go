package export_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// directives are the words with which a line of a configuration may begin.
var directives = strings.Fields(`
	default-path presetenv
	mode balance option no http-reuse retries timeout source cookie
	bind acl tcp-request http-request http-response http-check use_backend default_backend server`)

// Whatever a model says, the configuration has sections and directives of ours
// alone: nothing of a model begins a line.
func FuzzExport(f *testing.F) {
	for _, m := range models.List() {
		text, _ := models.Standalone(m.Name)
		f.Add(text)
	}
	own, err := filepath.Glob("testdata/*.flow")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range own {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m := pipeline.Load("m.flow", func(path string) ([]byte, error) {
			if path != "m.flow" {
				return nil, errors.New("no such file")
			}
			return text, nil
		})
		m.Compile()
		if !m.Drawable() {
			t.Skip()
		}
		res := export.Targets[0].Export(m.Topology)
		again := export.Targets[0].Export(m.Topology)
		paths := make(map[string]bool)
		for i, file := range res.Files {
			if !bytes.Equal(file.Text, again.Files[i].Text) {
				t.Fatalf("%s is not the same twice", file.Path)
			}
			if lower := strings.ToLower(file.Path); paths[lower] || strings.ContainsAny(file.Path, `/\:`) {
				t.Fatalf("the path %q", file.Path)
			}
			paths[strings.ToLower(file.Path)] = true
			if strings.HasSuffix(file.Path, ".cfg") {
				checkLines(t, string(file.Text))
			}
		}
		for _, n := range res.Needs {
			if rest, ok := strings.CutPrefix(n.Path, "certs/"); !ok || strings.ContainsAny(rest, `/\:`) || n.What() == "" {
				t.Fatalf("the path %q", n.Path)
			}
		}
	})
}

// checkLines holds that every line is a comment, a section or a directive.
func checkLines(t *testing.T, text string) {
	t.Helper()
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		first, _, _ := strings.Cut(strings.TrimSpace(l), " ")
		switch {
		case strings.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f }):
			t.Fatalf("a control character in %q", l)
		case l == "", strings.HasPrefix(first, "#"):
		case !strings.HasPrefix(l, " "):
			if !slices.Contains([]string{"global", "defaults", "frontend", "backend"}, first) {
				t.Fatalf("a section %q", l)
			}
		case !slices.Contains(directives, first):
			t.Fatalf("a directive %q", l)
		}
	}
}
