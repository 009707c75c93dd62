package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/source"
)

// marked is the comment behind a line of a faulty model in which a finding is
// expected: "# want FL306 the wildcard takes it".
var marked = regexp.MustCompile(`# want (FL\d{3})\b`)

// TestFaultyModels compiles whole topologies with one to four faults each, as
// they are really made, and sound ones that come close to a fault. Each fault
// is one finding, on its line, and nothing else is found.
func TestFaultyModels(t *testing.T) {
	faulty := heldToMarks(t, "testdata/faulty/*.flow")
	sound := heldToMarks(t, "testdata/sound/*.flow")
	if faulty.models < 172 || faulty.faults < faulty.models || sound.models < 87 || sound.faults > 0 {
		t.Errorf("%d faulty models with %d faults, %d sound models with %d", faulty.models, faulty.faults, sound.models, sound.faults)
	}
	t.Logf("%d faulty models, %d faults: %d found, %d missed, %d false alarms; %d sound models: %d findings",
		faulty.models, faulty.faults, faulty.faults-faulty.missed, faulty.missed, faulty.unmarked, sound.models, sound.unmarked)
}

// tally counts models, the faults that are marked in them, those that were not
// found, and findings that no mark expects.
type tally struct{ models, faults, missed, unmarked int }

func heldToMarks(t *testing.T, pattern string) tally {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	sum := tally{models: len(paths)}
	for _, path := range paths {
		want, got := marks(t, path), findings(path)
		missed, unmarked := without(want, got), without(got, want)
		sum.faults += len(want)
		sum.missed += len(missed)
		sum.unmarked += len(unmarked)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
	return sum
}

// marks are the findings that a model's comments expect: "12 FL306".
func marks(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	src := source.NewFile(path, string(text))
	var out []string
	for n := 1; n <= src.Lines(); n++ {
		for _, m := range marked.FindAllStringSubmatch(src.Line(n), -1) {
			out = append(out, fmt.Sprintf("%d %s", n, m[1]))
		}
	}
	slices.Sort(out)
	return out
}

// findings are what is found in a model: "12 FL306".
func findings(path string) []string {
	m := Load(path, os.ReadFile)
	m.Compile()
	var out []string
	for _, d := range m.Findings {
		line := 0
		if d.At.Known() {
			line = d.At.File.Position(d.At.Start).Line
		}
		out = append(out, fmt.Sprintf("%d %s", line, d.Code))
	}
	slices.Sort(out)
	return out
}

// without returns a without b, each element as often as it is there.
func without(a, b []string) []string {
	rest := slices.Clone(b)
	var out []string
	for _, s := range a {
		if i := slices.Index(rest, s); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
		} else {
			out = append(out, s)
		}
	}
	return out
}
