package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/view"
)

// many is a model of n routes to as many backends of five servers.
func many(n int) string {
	var b strings.Builder
	b.WriteString("title \"Many\"\nzone internet untrusted\nzone cluster trusted\nclient browser in internet\n" +
		"proxy haproxy in cluster {\n    listen http :80\n    listen https :443\n}\n")
	for i := range n {
		mode := []string{"edge", "reencrypt", "passthrough", "none"}[i%4]
		fmt.Fprintf(&b, "backend b%d in cluster {\n    server s-1, s-2, s-3, s-4, s-5\n}\n", i)
		insecure := ""
		if i%4 < 2 {
			insecure = "    insecure redirect\n"
		}
		fmt.Fprintf(&b, "route r%d {\n    host h%d.apps.example.test\n    tls %s\n%s    to b%d\n}\n", i, i, mode, insecure, i)
	}
	return b.String()
}

// TestMany holds how pictures fold.
func TestMany(t *testing.T) {
	in := parse(t, "many", many(40))
	for _, v := range []string{"topology", "decision", "stages", "visibility"} {
		golden.Check(t, "testdata/many."+v+".golden", dump(project(t, in, v, "")))
	}
	in.Only = []string{"r7", "r8"}
	golden.Check(t, "testdata/many.only.topology.golden", dump(project(t, in, "topology", "")))
	in.Only = nil
	few := parse(t, "few", many(5))
	few.Collapse = []string{"routes", "servers"}
	golden.Check(t, "testdata/many.collapse.topology.golden", dump(project(t, few, "topology", "")))
}

// BenchmarkMany projects a model of 1,000 routes.
func BenchmarkMany(b *testing.B) {
	in := parse(b, "many", many(1000))
	for _, v := range view.Views {
		if v.Per == view.PerRequest {
			continue
		}
		b.Run(v.Name, func(b *testing.B) {
			for b.Loop() {
				v.Project(in)
			}
		})
	}
}
