package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module   = "github.com/flowc-lang/flowc/"
	graphviz = "github.com/goccy/go-graphviz"
)

// row says what a package may import beside the standard library: packages of
// this module by their folder, others by their path.
type row struct {
	pkg string
	may []string
}

// rows is the table of ARCHITECTURE.md. A package without a row fails.
var rows = []row{
	{"source", nil},
	{"diag", []string{"source"}},
	{"ast", []string{"source"}},
	{"grammar", []string{"ast", "diag", "source", "internal/spell", "github.com/alecthomas/participle/v2"}},
	{"load", []string{"grammar", "ast", "diag", "source", "internal/spell"}},
	{"resolve", []string{"ast", "flow", "diag", "source", "internal/spell"}},
	{"flow", []string{"source"}},
	{"check", []string{"flow", "diag", "source", "internal/spell"}},
	{"view", []string{"flow", "source"}},
	{"emit", []string{"view", "flow", "diag", "source"}},
	{"models", nil},
	{"internal/arch", nil},
	{"internal/gallery", nil},
	{"internal/depfile", nil},
	{"internal/demo", []string{"flow", "diag", "source"}},
	{"internal/baseline", []string{"diag"}},
	{"internal/docs", []string{"diag", "emit", "internal/document", "internal/filename", "internal/pipeline", "internal/spell", "source", "view"}},
	{"internal/document", []string{"diag", "source", "internal/spell", "github.com/yuin/goldmark"}},
	{"internal/filename", nil},
	{"internal/export", []string{"flow", "source", "internal/spell"}},
	{"internal/fix", []string{"diag", "grammar", "source"}},
	{"internal/golden", []string{"github.com/google/go-cmp"}},
	{"internal/graphviz", nil},
	{"internal/hear", nil},
	{"internal/pictures", []string{"diag", "source"}},
	{"internal/pipeline", []string{"grammar", "load", "resolve", "flow", "check", "view", "emit", "ast", "diag", "source", "internal/demo", "internal/document", "internal/pictures", "internal/spell", "internal/waive"}},
	{"internal/raster", nil},
	{"internal/spell", nil},
	{"internal/summary", []string{"flow", "internal/pipeline", "view"}},
	{"internal/waive", []string{"ast", "diag", "source", "internal/spell"}},
	{"internal/trace", []string{"flow", "resolve", "source", "internal/spell"}},
	{"internal/verify", []string{"flow", "source", "view", "internal/spell", "github.com/gopacket/gopacket", "golang.org/x/crypto", "golang.org/x/net"}},
	{"cmd/flowc", []string{
		"source", "diag", "ast", "grammar", "load", "resolve", "flow", "check", "view", "emit", "models",
		"internal/baseline", "internal/depfile", "internal/docs", "internal/document", "internal/export", "internal/filename", "internal/fix", "internal/graphviz", "internal/pictures", "internal/pipeline", "internal/raster", "internal/spell", "internal/summary", "internal/trace", "internal/verify",
		"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term", "golang.org/x/sys", "github.com/rogpeppe/go-internal", "github.com/fsnotify/fsnotify",
	}},
	{"cmd/flowc-graphviz", []string{"internal/graphviz", graphviz}},
}

// forbidden is what makes two runs differ: below cmd nothing reads the clock,
// chance or the environment. A name of "" forbids the whole package.
var forbidden = map[string][]string{
	"time":         {"Now", "Since", "Until"},
	"os":           {"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Getwd"},
	"math/rand":    {""},
	"math/rand/v2": {""},
	"crypto/rand":  {""},
}

// excused lists who may do what is forbidden, and must say why.
var excused = map[string][]string{
	// It runs a program, which it looks for on PATH and gives an environment.
	"internal/graphviz": {"os.Getenv", "os.LookupEnv", "os.Environ"},
	// So does this; what draws text must know where fonts are.
	"internal/raster": {"os.Getenv", "os.Environ"},
}

// file is one Go file of the module.
type file struct {
	path string // from the module's root, with slashes
	pkg  string // its folder
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func TestImports(t *testing.T) {
	table := make(map[string][]string)
	for _, r := range rows {
		table[r.pkg] = r.may
	}
	for _, f := range sources(t) {
		may, ok := table[f.pkg]
		if !ok && !f.test {
			t.Errorf("%s: package %s has no row in this test and in ARCHITECTURE.md", f.path, f.pkg)
			continue
		}
		for _, spec := range f.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if within(imported, graphviz) && f.pkg != "cmd/flowc-graphviz" {
				t.Errorf("%s imports %s, which only cmd/flowc-graphviz may: it starts a WebAssembly machine before main", f.path, imported)
				continue
			}
			if !f.test && !allowed(imported, may) {
				t.Errorf("%s: %s may not import %s; it may import %s", f.path, f.pkg, imported, strings.Join(append([]string{"the standard library"}, may...), ", "))
			}
		}
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, f := range sources(t) {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function", f.fset.Position(fn.Pos()))
			}
		}
	}
}

func TestDeterminism(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || strings.HasPrefix(f.pkg, "cmd/") {
			continue
		}
		for _, use := range forbiddenUses(f) {
			if !slices.Contains(excused[f.pkg], use.name) {
				t.Errorf("%s uses %s; only cmd may", f.fset.Position(use.at), use.name)
			}
		}
	}
}

// TestTable keeps the test itself honest: each row is a package that exists,
// and the rules find what they look for.
func TestTable(t *testing.T) {
	have := make(map[string]bool)
	for _, f := range sources(t) {
		have[f.pkg] = true
	}
	for _, r := range rows {
		if !have[r.pkg] {
			t.Errorf("there is a row for %s and no such package", r.pkg)
		}
	}

	const text = `package x
import ("os"; clock "time"; "math/rand")
func f() { _ = clock.Now(); os.Getenv("A"); os.Exit(1); rand.Int() }`
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, "x.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, use := range forbiddenUses(file{ast: parsed, fset: fset}) {
		got = append(got, use.name)
	}
	slices.Sort(got)
	if want := []string{"math/rand", "os.Getenv", "time.Now"}; !slices.Equal(got, want) {
		t.Errorf("forbidden uses are %v, want %v", got, want)
	}
	for _, tc := range []struct {
		path string
		want bool
	}{
		{"strings", true},
		{"encoding/json", true},
		{"github.com/x/y", false},
		{"github.com/x/y/z", false},
		{module + "flow", true},
		{module + "flowers", false},
		{"golang.org/x/term", false},
	} {
		if got := allowed(tc.path, []string{"flow"}); got != tc.want {
			t.Errorf("allowed(%s) is %v", tc.path, got)
		}
	}
}

// allowed reports whether a package that may import may can import path.
func allowed(path string, may []string) bool {
	if own, ok := strings.CutPrefix(path, module); ok {
		return slices.Contains(may, own)
	}
	first, _, _ := strings.Cut(path, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(may, func(m string) bool { return within(path, m) })
}

// within reports whether path is the package or module root, or below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

type use struct {
	name string
	at   token.Pos
}

func forbiddenUses(f file) []use {
	local := make(map[string]string) // name in this file: import path
	var out []use
	for _, spec := range f.ast.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || forbidden[imported] == nil {
			continue
		}
		if slices.Contains(forbidden[imported], "") {
			out = append(out, use{imported, spec.Pos()})
			continue
		}
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		local[name] = imported
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		id, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		imported, ok := local[id.Name]
		if ok && slices.Contains(forbidden[imported], sel.Sel.Name) {
			out = append(out, use{imported + "." + sel.Sel.Name, sel.Pos()})
		}
		return true
	})
	return out
}

// sources parses every Go file of this module; modules nested in it have rules
// of their own. Files are read here, in the test's process, so that the test
// cache sees them.
func sources(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
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
