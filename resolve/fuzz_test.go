package resolve_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// TestTablesAgree holds the grammar's table of statements against those that
// they are resolved with: a statement without a setter would be ignored.
func TestTablesAgree(t *testing.T) {
	want := map[string][]string{}
	for _, s := range grammar.Statements {
		for _, place := range s.In {
			want[place] = append(want[place], s.Keyword)
		}
	}
	for _, words := range want {
		slices.Sort(words)
	}
	if diff := cmp.Diff(want, resolve.Tables); diff != "" {
		t.Errorf("statements of the grammar (-) and of resolve (+):\n%s", diff)
	}
}

// FuzzResolve resolves whatever parses: it does not panic, the topology is
// sound, the findings have a place, and the grammar let nothing through that
// resolution cannot read.
func FuzzResolve(f *testing.F) {
	models, _ := filepath.Glob("../models/*.flow")
	for _, name := range models {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "")
	}
	cases, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range cases {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var entry, imported string
		for _, file := range archive.Files {
			switch {
			case file.Name == "model.flow":
				entry = string(file.Data)
			case filepath.Ext(file.Name) == ".flow":
				imported = string(file.Data)
			}
		}
		f.Add(entry, imported)
	}
	f.Fuzz(func(t *testing.T, entry, imported string) {
		if len(entry)+len(imported) > 16<<10 {
			t.Skip("large inputs find nothing that small ones do not")
		}
		model, parsed := grammar.Parse(source.NewFile("model.flow", entry))
		lib, _ := grammar.Parse(source.NewFile("lib.flow", imported))
		topology, found := complete("model", model, []*ast.File{lib})
		sound(t, topology)
		for _, d := range found {
			if d.Code == resolve.CodeForm {
				t.Errorf("the grammar let %q through (it said %d things)", d.At.Text(), len(parsed))
			}
			if !d.At.Known() || !d.Broken {
				t.Errorf("%s has no place or does not stop pictures", d.Message)
			}
		}
		again, _ := complete("model", model, []*ast.File{lib})
		if diff := cmp.Diff(dump(topology), dump(again)); diff != "" {
			t.Errorf("resolved twice, the topologies differ:\n%s", diff)
		}
	})
}
