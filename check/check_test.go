package check_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

var want = regexp.MustCompile(`# want (FL\d{3})(?:: (.*))?$`)

// TestRules runs every rule over the models of testdata/CODE.txtar. A line that
// ends in "# want CODE: words" wants that finding there, with those words in
// its message; every other line wants none. Names that begin with "good" are
// the near misses: they want nothing at all; what ends in ".fixed.flow" is not
// for this test.
func TestRules(t *testing.T) {
	for _, r := range check.Rules {
		t.Run(string(r.Code), func(t *testing.T) {
			ar, err := txtar.ParseFile("testdata/" + string(r.Code) + ".txtar")
			if err != nil {
				t.Fatalf("every rule has a testdata file: %v", err)
			}
			var bad, good bool
			for _, f := range ar.Files {
				if strings.HasSuffix(f.Name, fixedSuffix) {
					continue // of TestFixes
				}
				t.Run(f.Name, func(t *testing.T) { runModel(t, f.Name, string(f.Data)) })
				bad = bad || strings.Contains(string(f.Data), "# want "+string(r.Code))
				good = good || strings.HasPrefix(f.Name, "good")
			}
			if !bad || !good {
				t.Errorf("testdata/%s.txtar needs a model that breaks the rule and a good one", r.Code)
			}
		})
	}
}

func runModel(t *testing.T, name, text string) {
	src := source.NewFile(name, text)
	file, findings := grammar.Parse(src)
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(findings, more...) {
		t.Fatalf("the model itself is broken: %s %s", d.Code, d.Message)
	}
	var got []string
	for _, d := range check.Run(topology, flow.NewCache(topology)) {
		got = append(got, fmt.Sprintf("%d %s", src.Position(d.At.Start).Line, d.Code))
		line := src.Line(src.Position(d.At.Start).Line)
		if m := want.FindStringSubmatch(line); m != nil && !strings.Contains(d.Message, m[2]) {
			t.Errorf("line %d: message %q does not say %q", src.Position(d.At.Start).Line, d.Message, m[2])
		}
		if len(d.Suggestions) == 0 {
			t.Errorf("%s has no help", d.Code)
		}
	}
	var wanted []string
	for n := 1; n <= src.Lines(); n++ {
		if m := want.FindStringSubmatch(src.Line(n)); m != nil {
			wanted = append(wanted, fmt.Sprintf("%d %s", n, m[1]))
		}
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("findings %q, want %q", got, wanted)
	}
}

// TestList holds the list to its own order and to the testdata that is there.
func TestList(t *testing.T) {
	var codes []string
	for _, r := range check.Rules {
		codes = append(codes, string(r.Code))
		if r.Doc == "" || r.Why == "" || r.Since == "" || r.Name == "" || r.Severity == 0 || r.Run == nil {
			t.Errorf("%s is not filled in", r.Code)
		}
	}
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Errorf("codes are not in order, or not unique: %v", codes)
	}
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if code := strings.TrimSuffix(e.Name(), ".txtar"); !slices.Contains(codes, code) {
			t.Errorf("testdata/%s belongs to no rule", e.Name())
		}
	}
}
