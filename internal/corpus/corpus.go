// Package corpus finds every model of this tree, for tests of what must hold of
// all of them.
package corpus

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Model is an entry file and what reads it and what it imports.
type Model struct {
	Name  string // tells it from all others: "check/testdata/FL201.txtar/bad.flow"
	Entry string // the path by which Read knows it
	Read  func(path string) ([]byte, error)
}

// Models is every .flow file below root, those in txtar archives among them.
func Models(t testing.TB, root string) []Model {
	t.Helper()
	var out []Model
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		name := filepath.ToSlash(p)
		switch path.Ext(name) {
		case ".flow":
			out = append(out, Model{name, name, os.ReadFile})
		case ".txtar":
			archive, err := txtar.ParseFile(p)
			if err != nil {
				return err
			}
			for _, f := range archive.Files {
				if path.Ext(f.Name) == ".flow" {
					out = append(out, Model{name + "/" + f.Name, f.Name, readerOf(archive)})
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readerOf(a *txtar.Archive) func(string) ([]byte, error) {
	return func(p string) ([]byte, error) {
		for _, f := range a.Files {
			if f.Name == p {
				return f.Data, nil
			}
		}
		return nil, fs.ErrNotExist
	}
}
