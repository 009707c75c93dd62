package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

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
	// Its models are made from a seed, which the caller states.
	"bench": {"math/rand/v2"},
	// So is the order of its pictures.
	"bench/blind": {"math/rand/v2"},
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

// TestForbiddenUses shows that the search finds what it looks for.
func TestForbiddenUses(t *testing.T) {
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
