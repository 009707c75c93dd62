package main

import (
	"os"
	"strings"
	"testing"
	"time"

	models "github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/view"
)

// TestTexts shows that other tools are given everything to draw: each box,
// arrow, lifeline and row.
func TestTexts(t *testing.T) {
	m := pipeline.LoadText("model.flow", models.Model(models.Typical, models.Seed))
	m.Compile()
	plans, _ := m.Plans(pipeline.Choice{Views: []string{"topology", "sequence"}})
	for _, p := range plans {
		pic, reason := p.Picture()
		if pic == nil {
			t.Fatal(reason)
		}
		for name, write := range map[string]func(view.Picture) (string, bool){"d2": d2Text, "plantuml": plantText} {
			text, ok := write(pic)
			if !ok {
				t.Fatalf("%s has no %s", name, p.Name)
			}
			for _, want := range content(pic) {
				if !strings.Contains(text, words(want)) {
					t.Errorf("%s of the %s lacks %q", name, p.Name, want)
				}
			}
			if arrows := strings.Count(text, "> "); arrows < arrowsOf(pic) {
				t.Errorf("%s of the %s has %d arrows, want %d", name, p.Name, arrows, arrowsOf(pic))
			}
		}
	}
	if _, ok := d2Text(&view.Table{}); ok {
		t.Error("D2 draws a table")
	}
}

// content is what a picture says.
func content(pic view.Picture) []string {
	var out []string
	switch pic := pic.(type) {
	case *view.Flowchart:
		var group func(g *view.Group)
		group = func(g *view.Group) {
			out = append(out, g.Label)
			for _, b := range g.Boxes {
				out = append(out, boxLines(b)...)
			}
			for _, inner := range g.Groups {
				group(inner)
			}
		}
		for _, g := range pic.Groups {
			group(g)
		}
		for _, e := range pic.Edges {
			out = append(out, e.Label)
		}
	case *view.Sequence:
		for _, l := range pic.Panels[0].Lifelines {
			out = append(out, l.Label, l.Sub)
		}
		for _, r := range pic.Panels[0].Rows {
			if m, ok := r.(*view.MessageRow); ok {
				out = append(out, m.Text)
			}
		}
	}
	return out
}

func arrowsOf(pic view.Picture) (n int) {
	switch pic := pic.(type) {
	case *view.Flowchart:
		return len(pic.Edges)
	case *view.Sequence:
		for _, r := range pic.Panels[0].Rows {
			if _, ok := r.(*view.MessageRow); ok {
				n++
			}
		}
	}
	return n
}

// TestJudged: a job is slower only if it is past the tolerance twice.
func TestJudged(t *testing.T) {
	of := func(ms int) sample { return sample{cpu: time.Duration(ms) * time.Millisecond} }
	for _, c := range []struct {
		name          string
		first, second [2]sample
		ok            bool
		says          string
	}{
		{"as before", [2]sample{of(10), of(11)}, [2]sample{}, true, "1.10"},
		{"at the limit", [2]sample{of(10), of(20)}, [2]sample{}, true, "2.00"},
		{"disturbed once", [2]sample{of(10), of(30)}, [2]sample{of(10), of(15)}, true, "1.50, after 3.00 at first sight"},
		{"slower", [2]sample{of(10), of(30)}, [2]sample{of(10), of(25)}, false, "2.50, after 3.00 at first sight: SLOWER"},
		{"fails now", [2]sample{of(10), {failed: "exit status 3"}}, [2]sample{}, false, "failed: exit status 3"},
		{"new", [2]sample{{failed: "unknown flag"}, of(10)}, [2]sample{}, true, "it failed before: unknown flag"},
	} {
		looks := 0
		words, ok := judged(func(times int) (before, now sample) {
			looks++
			if times == 1 {
				return c.first[0], c.first[1]
			}
			return c.second[0], c.second[1]
		})
		if ok != c.ok || !strings.Contains(words, c.says) {
			t.Errorf("%s: %t, %q; want %t, %q", c.name, ok, words, c.ok, c.says)
		}
		if again := c.second != [2]sample{}; again != (looks == 2) {
			t.Errorf("%s: looked %d times", c.name, looks)
		}
	}
}

// TestInTurns runs this test's own program: as one that works, and as one that
// fails.
func TestInTurns(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := inTurns(3, command{name: self, args: []string{"-test.run=^$"}}, command{name: self, args: []string{"-no-such-flag"}})
	if s[0].failed != "" || s[0].cpu <= 0 {
		t.Errorf("a program that works: %+v", s[0])
	}
	if !strings.Contains(s[1].failed, "no-such-flag") {
		t.Errorf("a program that fails: %+v", s[1])
	}
}
