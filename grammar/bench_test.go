package grammar_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// largeModel is a model of n routes with a backend each.
func largeModel(n int) string {
	var b strings.Builder
	b.WriteString("proxy haproxy \"HAProxy\" {\n    listen https :443\n}\n\n")
	for i := range n {
		fmt.Fprintf(&b, `backend app-%[1]d "Application %[1]d" {
    server app-%[1]d-1 10.%[2]d.%[3]d.1:8443
}
route app-%[1]d on haproxy {   # of team %[2]d
    host app-%[1]d.apps.example.test
    tls reencrypt { name app-%[1]d.svc }
    labels team=t%[2]d, tier=web
    to app-%[1]d
}
`, i, i/250, i%250)
	}
	return b.String()
}

// largeGo is Go source of about the size of a text.
func largeGo(size int) string {
	var b strings.Builder
	b.WriteString("package apps\n\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `// App%[1]d is served by team %[2]d.
func App%[1]d(host string) (*Route, error) {
	r := &Route{Name: "app-%[1]d", Host: host, Labels: []string{"team", "tier"}}
	if err := r.check(%[1]d); err != nil {
		return nil, err
	}
	return r, nil
}
`, i, i/250)
	}
	return b.String()
}

// BenchmarkParse parses a model of 10,000 routes, and Go source of the same
// size with Go's own parser beside it.
func BenchmarkParse(b *testing.B) {
	model := largeModel(10_000)
	b.Run("flow", func(b *testing.B) {
		b.SetBytes(int64(len(model)))
		b.ReportAllocs()
		for b.Loop() {
			if _, found := grammar.Parse(source.NewFile("large.flow", model)); len(found) > 0 {
				b.Fatal(found[0].Message)
			}
		}
	})
	golang := largeGo(len(model))
	b.Run("go", func(b *testing.B) {
		b.SetBytes(int64(len(golang)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parser.ParseFile(token.NewFileSet(), "large.go", golang, parser.ParseComments|parser.SkipObjectResolution); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkSmall parses a model of ten routes; the tables are built before.
func BenchmarkSmall(b *testing.B) {
	model := largeModel(10)
	b.SetBytes(int64(len(model)))
	for b.Loop() {
		grammar.Parse(source.NewFile("small.flow", model))
	}
}
