package diff_test

import (
	"bufio"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// TestPairs compares the two examples of each rule, in both directions, and holds the gravest
// difference against what somebody reads from them.
func TestPairs(t *testing.T) {
	want := map[string][]string{}
	file, err := os.Open("testdata/pairs.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for in := bufio.NewScanner(file); in.Scan(); {
		if f := strings.Fields(in.Text()); len(f) > 3 && f[0] != "#" {
			want[f[0]] = f[1:3]
		}
	}
	for _, r := range check.Rules {
		t.Run(string(r.Code), func(t *testing.T) {
			grades := want[string(r.Code)]
			if len(grades) != 2 {
				t.Fatal("no grades in testdata/pairs.txt")
			}
			for i, models := range [][2]string{{r.Bad, r.Good}, {r.Good, r.Bad}} {
				res := compare(t, models[0], models[1])
				if got := grade(res); got != grades[i] {
					var b strings.Builder
					if err := res.WriteText(&b, "old", "new"); err != nil {
						t.Fatal(err)
					}
					t.Errorf("direction %d: %s, want %s\n%s", i, got, grades[i], b.String())
				}
			}
		})
	}
}

// compare compares two texts, and what the rules find in them.
func compare(t testing.TB, old, is string) *diff.Result {
	t.Helper()
	a, b := resolved(t, "old.flow", old), resolved(t, "new.flow", is)
	return diff.Of(context.Background(), a, b)
}

func resolved(t testing.TB, name, text string) diff.Side {
	t.Helper()
	m := pipeline.LoadText(name, text)
	if err := m.Resolve(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !m.Drawable() {
		t.Fatalf("%v", m.Findings)
	}
	found, paths, err := m.Find(context.Background(), diff.Rules())
	if err != nil {
		t.Fatal(err)
	}
	m.Forget()
	return diff.Side{Topology: m.Topology, Found: found, Paths: paths}
}
