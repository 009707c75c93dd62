package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// costly are packages of the standard library that no package of the command
// imports: they make large tables before main, or link many others.
var costly = []string{"net/http", "html/template", "text/template", "expvar", "net/rpc", "runtime/metrics"}

// TestStart keeps what a user waits for at every start small: no package that
// flowc links makes regular expressions before main, and none imports what
// costs as much as the rest of a start.
func TestStart(t *testing.T) {
	for _, f := range sources(t) {
		if f.test || f.pkg == "cmd/flowc-graphviz" {
			continue
		}
		for _, wrong := range early(f.ast) {
			t.Errorf("%s: %s", f.path, wrong)
		}
	}
}

// early lists what a file has done before main that costs much.
func early(f *ast.File) []string {
	var out []string
	for _, spec := range f.Imports {
		if path := strings.Trim(spec.Path.Value, `"`); slices.Contains(costly, path) {
			out = append(out, "it imports "+path)
		}
	}
	for _, decl := range f.Decls {
		vars, ok := decl.(*ast.GenDecl)
		if !ok || vars.Tok != token.VAR {
			continue
		}
		ast.Inspect(vars, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false // it runs later
			case *ast.SelectorExpr:
				if pkg, ok := n.X.(*ast.Ident); ok && pkg.Name == "regexp" && strings.HasPrefix(n.Sel.Name, "MustCompile") {
					out = append(out, "regexp."+n.Sel.Name+" runs before main; lazy.Regexp does not")
				}
			}
			return true
		})
	}
	return out
}

// TestEarly shows that the search finds what it looks for.
func TestEarly(t *testing.T) {
	const text = `package x
import ("net/http"; "regexp"; "sync")
var a = regexp.MustCompile("a")
var b = map[string]*regexp.Regexp{"b": regexp.MustCompilePOSIX("b")}
var c = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("c") })
func f() { regexp.MustCompile("d") }`
	parsed, err := parser.ParseFile(token.NewFileSet(), "x.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"it imports net/http", "regexp.MustCompile runs before main; lazy.Regexp does not", "regexp.MustCompilePOSIX runs before main; lazy.Regexp does not"}
	if got := early(parsed); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
