package resolve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestMutations takes models apart: lines are left out, repeated and swapped,
// words replaced by those of other lines. Whatever comes of it resolves to a
// sound topology, of which every request can be derived.
func TestMutations(t *testing.T) {
	texts := modelTexts(t)
	var words []string
	for _, text := range texts {
		words = append(words, strings.Fields(text)...)
	}
	var libs []*ast.File
	for _, name := range []string{"lib/places.flow", "lib/pki.flow"} {
		text, err := os.ReadFile("../models/" + name)
		if err != nil {
			t.Fatal(err)
		}
		lib, _ := grammar.Parse(source.NewFile(name, string(text)))
		libs = append(libs, lib)
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := strings.Split(rapid.SampledFrom(texts).Draw(t, "model"), "\n")
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
			j := rapid.IntRange(0, len(lines)-1).Draw(t, "other")
			switch rapid.IntRange(0, 3).Draw(t, "change") {
			case 0:
				lines[i] = ""
			case 1:
				lines[i] += "\n" + lines[j]
			case 2:
				lines[i], lines[j] = lines[j], lines[i]
			case 3:
				fields := strings.Fields(lines[i])
				if len(fields) > 0 {
					fields[rapid.IntRange(0, len(fields)-1).Draw(t, "word")] = rapid.SampledFrom(words).Draw(t, "by")
					lines[i] = strings.Join(fields, " ")
				}
			}
		}
		text := strings.Join(lines, "\n")
		model, parsed := grammar.Parse(source.NewFile("model.flow", text))
		var imported []*ast.File
		for _, lib := range libs {
			if strings.Contains(text, `"`+lib.Source.Name+`"`) {
				imported = append(imported, lib)
			}
		}
		topology, found := complete("model", model, imported)
		for _, fault := range faults(topology) {
			t.Errorf("%s in\n%s", fault, text)
		}
		for _, d := range found {
			if d.Code == resolve.CodeForm || !d.At.Known() {
				t.Errorf("%s: %s\n%s", d.Code, d.Message, text)
			}
		}
		for _, q := range topology.Requests {
			if lifecycle := flow.Derive(topology, q); len(lifecycle.Outcome.Endings) == 0 && q.FromProxy == nil {
				t.Errorf("request %s has no outcome (%d and %d findings) in\n%s", q.Name, len(parsed), len(found), text)
			}
		}
	})
}

// modelTexts are the project's models and the cases of testdata, each as one
// text.
func modelTexts(t *testing.T) []string {
	t.Helper()
	var out []string
	read := func(pattern string) []string {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("nothing is %s: %v", pattern, err)
		}
		return names
	}
	for _, name := range read("../models/*.flow") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	for _, name := range read("testdata/*.txtar") {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ".flow") {
				out = append(out, string(f.Data))
			}
		}
	}
	return out
}
