package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

var root = filepath.Join("..", "..")

// file is one Go file of the module.
type file struct {
	path string // from the module's root, with slashes
	pkg  string // its folder
	test bool
	ast  *ast.File
	fset *token.FileSet
}

// sources parses every Go file of this module; modules nested in it have rules
// of their own. Files are read here, in the test's process, so that the test
// cache sees them.
func sources(t *testing.T) []file {
	t.Helper()
	fset := token.NewFileSet()
	var out []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipFolder(root, rel, d.Name())
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(fset, p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		out = append(out, file{rel, path.Dir(rel), strings.HasSuffix(rel, "_test.go"), parsed, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func skipFolder(root, rel, name string) error {
	if rel == "." {
		return nil
	}
	if strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(root, rel, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}
