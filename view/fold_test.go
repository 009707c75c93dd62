package view_test

import (
	"fmt"
	"slices"
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

// shards is a model of n proxies, each with some routes of its own by a label. The first
// route has a label that no proxy admits.
func shards(n, each int) string {
	var b strings.Builder
	b.WriteString("title \"Shards\"\nzone internet untrusted\nclient browser in internet\n")
	for i := range n {
		fmt.Fprintf(&b, "proxy p%d {\n    domain s%d.example.test\n    admit shard=s%d\n    listen http :80\n    listen https :443\n}\n", i, i, i)
		for j := range each {
			label := fmt.Sprintf("s%d", i)
			if i+j == 0 {
				label = "nowhere"
			}
			fmt.Fprintf(&b, "route r%d-%d {\n    labels shard=%s\n    host h%d.s%d.example.test\n    tls %s\n    to b%d-%d\n}\n",
				i, j, label, j, i, []string{"edge", "reencrypt"}[j%2], i, j)
		}
	}
	return b.String()
}

// TestManyShards holds how a fleet folds: what is as it should be into one box, what is not
// is drawn. With Full nothing is folded.
func TestManyShards(t *testing.T) {
	in := parse(t, "shards", shards(9, 6))
	for _, v := range []string{"topology", "shards"} {
		golden.Check(t, "testdata/shards."+v+".golden", dump(project(t, in, v, "")))
	}
	in.Full = true
	for _, v := range []string{"topology", "shards"} {
		boxes, folded := 0, false
		pic := project(t, in, v, "").(*view.Flowchart)
		for _, g := range pic.Groups {
			boxes += len(g.Boxes)
			for _, b := range g.Boxes {
				folded = folded || b.Many
			}
		}
		if boxes < 9+9*6 || folded || slices.ContainsFunc(pic.Foot, func(l string) bool { return strings.HasPrefix(l, "folded") }) {
			t.Errorf("%s has %d boxes, some folded: %v, and says %q", v, boxes, folded, pic.Foot)
		}
	}
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

// TestManyDecisions holds how the decisions of a fleet fold: proxies that ask the same are
// one tree, which counts the answers of all of them. A proxy with a finding has a tree of its
// own. With Full nothing is folded.
func TestManyDecisions(t *testing.T) {
	in := parse(t, "shards", shards(12, 6))
	golden.Check(t, "testdata/shards.decision.golden", dump(project(t, in, "decision", "")))

	counted := func(pic *view.Flowchart) (n, trees int) {
		for _, g := range pic.Groups {
			trees++
			for _, b := range g.Boxes {
				if b.Many {
					for _, r := range b.Rows {
						var some int
						if _, err := fmt.Sscan(r.Text, &some); err != nil {
							t.Fatal(err)
						}
						n += some
					}
				}
			}
		}
		return n, trees
	}
	pic := project(t, in, "decision", "").(*view.Flowchart)
	// each route but the first, which nobody admits, is an answer on :443
	if n, trees := counted(pic); n != 12*6-1 || trees != 1 {
		t.Errorf("%d answers in %d trees", n, trees)
	}
	full := *in
	full.Full = true
	whole := project(t, &full, "decision", "").(*view.Flowchart)
	if n, trees := counted(whole); n != 0 || trees != 12 {
		t.Errorf("unfolded: %d counted answers, %d trees", n, trees)
	}
	only := *in
	only.Only = []string{"r3-1"}
	if n, _ := counted(project(t, &only, "decision", "").(*view.Flowchart)); n != 0 {
		t.Errorf("one route: %d counted answers", n)
	}

	marked := *in
	route := in.Topology.Routes[20]
	marked.Findings = []view.Finding{{Mark: view.Mark{Code: "FL999", Message: "wrong", Error: true}, At: route.Whole}}
	faulty := project(t, &marked, "decision", "").(*view.Flowchart)
	if n, trees := counted(faulty); n != 12*6-1 || trees != 2 {
		t.Errorf("with a finding: %d answers in %d trees", n, trees)
	}
	if !strings.Contains(dump(faulty), "FL999") {
		t.Error("the finding is not drawn")
	}

	one := parse(t, "many", many(100))
	if n, _ := counted(project(t, one, "decision", "").(*view.Flowchart)); n != 100+50 { // 50 redirect on :80
		t.Errorf("one proxy: %d answers", n)
	}
}
