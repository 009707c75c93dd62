package cluster

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

// Each fact that a suggestion may be about has words, or is said to have none.
func TestFacts(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../diag/suggestion.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Fact") {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		n++
		fact := diag.Fact(value)
		said := slices.ContainsFunc(slices.Concat(fields, gatewayFields, ingressFields), func(f field) bool { return f.fact == fact })
		if !said && !slices.Contains(unstated, fact) && !slices.Contains(wordless, fact) {
			t.Errorf("%s has no words, and is not said to have none", spec.Names[0].Name)
		}
		if said && slices.Contains(wordless, fact) {
			t.Errorf("%s has words", spec.Names[0].Name)
		}
		return true
	})
	if n < 40 {
		t.Error(n)
	}
}
