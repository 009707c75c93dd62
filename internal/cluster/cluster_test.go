package cluster_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// load compiles a model of some texts by their names.
func load(t testing.TB, texts map[string]string, first string, more ...string) *pipeline.Model {
	t.Helper()
	open := func(path string) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	m, err := pipeline.LoadFrom(t.Context(), pipeline.Input{Input: front.Input{Path: first, More: more, Read: open}, From: cluster.End.Name})
	if err != nil {
		t.Fatal(err)
	}
	m.Compile()
	return m
}

// lines are the findings of a model, one a line.
func lines(m *pipeline.Model) string {
	var b strings.Builder
	for _, d := range m.Findings {
		fmt.Fprintf(&b, "%s: %s %s: %s\n", d.At.Place(), d.Severity, d.Code, d.Message)
		if d.Help != "" {
			fmt.Fprintf(&b, "    help: %s\n", d.Help)
		}
	}
	return b.String()
}

// Each text below testdata/models is the model beside it, with its findings.
func TestModels(t *testing.T) {
	paths, err := filepath.Glob("testdata/models/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		t.Run(filepath.Base(p), func(t *testing.T) {
			data, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(p)
			m := load(t, map[string]string{name: string(data)}, name)
			draft, _, err := m.Draft(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var notes strings.Builder
			for _, u := range draft.Unmodelled {
				fmt.Fprintf(&notes, "%d %s: %s\n", u.Kind, u.At.Line(), u.What)
			}
			flowtext.Tidy(draft)
			text := flowtext.Write(draft, "from "+name)
			golden.Check(t, strings.TrimSuffix(p, ".yaml")+".golden", lines(m)+"--\n"+notes.String()+"--\n"+text.Text)
			if len(text.Unsaid) > 0 {
				t.Error(text.Unsaid)
			}
		})
	}
}

var wanted = regexp.MustCompile(`# want ((FL\d+): )?(.*)$`)

// Each text of the archives below testdata/wants has the findings of its comments,
// "# want CODE: words", in their lines, and no other one.
func TestWants(t *testing.T) {
	paths, err := filepath.Glob("testdata/wants/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, p := range paths {
		archive, err := txtar.ParseFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			t.Run(strings.TrimSuffix(filepath.Base(p), ".txtar")+"/"+f.Name, func(t *testing.T) {
				m := load(t, map[string]string{"a.yaml": string(f.Data)}, "a.yaml")
				wants(t, m, string(f.Data), "")
				paths := flow.FindPaths(t.Context(), m.Topology, func(*flow.Request) bool { return false })
				for _, c := range paths.Classes {
					if c.Summary.Fails() && len(m.Findings)+m.Ignored == 0 {
						t.Errorf("a path fails without a finding: %v", c.Summary)
					}
				}
			})
		}
	}
}

// wants holds the findings of a model against the comments of its text. Only those are
// compared whose codes begin like some text.
func wants(t *testing.T, m *pipeline.Model, text, codes string) {
	t.Helper()
	got := strings.Split(strings.TrimSuffix(lines(m), "\n"), "\n")
	for i := 0; i < len(got); i++ {
		if !strings.HasPrefix(got[i], "    help:") && !strings.Contains(got[i], " "+codes) {
			got = slices.Delete(got, i, i+1)
			if i < len(got) && strings.HasPrefix(got[i], "    help:") {
				got = slices.Delete(got, i, i+1)
			}
			i--
		}
	}
	for n, line := range strings.Split(text, "\n") {
		for _, want := range strings.Split(line, " ; ") {
			w := wanted.FindStringSubmatch(want)
			if w == nil {
				continue
			}
			i := slices.IndexFunc(got, func(g string) bool {
				return strings.HasPrefix(g, fmt.Sprintf("a.yaml:%d:", n+1)) && strings.Contains(g, w[2]+": ") && strings.Contains(g, w[3])
			})
			if i < 0 {
				t.Errorf("line %d: no finding %q in\n%s", n+1, want, strings.Join(got, "\n"))
				continue
			}
			got = slices.Delete(got, i, i+1)
			if i < len(got) && strings.HasPrefix(got[i], "    help:") {
				got = slices.Delete(got, i, i+1)
			}
		}
	}
	if len(got) > 0 && got[0] != "" {
		t.Errorf("not wanted:\n%s", strings.Join(got, "\n"))
	}
}
