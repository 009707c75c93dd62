package resolve_test

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// resolveFile resolves a file and what it imports.
func resolveFile(t *testing.T, name string) (*flow.Topology, diag.List) {
	t.Helper()
	var files []*ast.File
	var found diag.List
	var read func(name string)
	read = func(name string) {
		if slices.ContainsFunc(files, func(f *ast.File) bool { return f.Source.Name == name }) {
			return
		}
		text, err := os.ReadFile(filepath.FromSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		f, list := grammar.Parse(source.NewFile(name, string(text)))
		files, found = append(files, f), append(found, list...)
		for _, s := range f.Statements() {
			if s.Keyword.Text == "import" {
				read(path.Join(path.Dir(name), s.Args[0].(*ast.Word).Text))
			}
		}
	}
	read(filepath.ToSlash(name))
	topology, list := complete("model", files[0], files[1:])
	return topology, append(found, list...).Sort()
}
