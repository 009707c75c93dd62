package cluster_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/front"
)

// Each text with a fault has a finding in the line of the fault that says what it is and what
// to do.
func TestMalformed(t *testing.T) {
	data, err := os.ReadFile("testdata/malformed.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(data), "\n=== ")[1:]
	for _, c := range cases {
		head := strings.Split(strings.TrimSpace(c), "\n")
		want := map[string]string{}
		var text strings.Builder
		for _, l := range head[1:] {
			if strings.HasPrefix(l, `"`) {
				s, err := strconv.Unquote(l)
				if err != nil {
					t.Fatal(l, err)
				}
				text.WriteString(s)
				continue
			}
			key, value, _ := strings.Cut(l, ":")
			want[key] = strings.TrimSpace(value)
		}
		t.Run(head[0], func(t *testing.T) {
			input := text.String()
			if sign, n, ok := strings.Cut(want["repeat"], " "); ok {
				times, err := strconv.Atoi(n)
				if err != nil {
					t.Fatal(err)
				}
				input = strings.Replace(input, "@", strings.Repeat(sign, times), 1)
			}
			m := load(t, map[string]string{"a.yaml": input}, "a.yaml")
			code, says, _ := strings.Cut(want["says"], " ")
			for _, d := range m.Findings {
				if string(d.Code) != code || !strings.Contains(d.Message, says) || !strings.Contains(d.Help, want["help"]) {
					continue
				}
				if line := strconv.Itoa(d.At.File.Position(d.At.Start).Line); line != want["line"] {
					t.Errorf("line %s, not %s:\n%s", line, want["line"], lines(m))
				}
				if strings.ContainsAny(d.Message+d.Help, "\n\x00") || len(d.Message) > 400 {
					t.Errorf("%q", d.Message)
				}
				return
			}
			t.Errorf("no finding %v in\n%s", want, lines(m))
		})
	}
	if len(cases) < 60 {
		t.Error(len(cases))
	}
}

// Whatever the text, reading ends without a panic, each place is one of the text, and the
// draft is complete.
func FuzzRead(f *testing.F) {
	data, err := os.ReadFile("testdata/malformed.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, c := range strings.Split(string(data), "\n=== ")[1:] {
		var text strings.Builder
		for l := range strings.Lines(c) {
			if s, err := strconv.Unquote(strings.TrimSpace(l)); err == nil {
				text.WriteString(s)
			}
		}
		f.Add(text.String())
	}
	for _, pattern := range []string{"testdata/models/*.yaml", "testdata/asks/*.txtar", "testdata/wants/*.txtar"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal(paths, err)
		}
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			if filepath.Ext(p) == ".yaml" {
				f.Add(string(data))
				continue
			}
			for _, x := range txtar.Parse(data).Files {
				f.Add(string(x.Data))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := load(t, map[string]string{"a.yaml": text}, "a.yaml")
		for _, d := range m.Findings {
			if d.At.Known() && (d.At.Start < 0 || d.At.End < d.At.Start || d.At.End > len(d.At.File.Text)) {
				t.Errorf("%v", d)
			}
		}
		for range 2 { // the draft is the same each time
			if d, _, err := m.Draft(t.Context()); err != nil || d == nil {
				t.Error(d, err)
			}
		}
		cluster.End.Owns("a.yaml", text)
		cluster.End.Gathers("a.yaml", text)
		if _, err := cluster.End.Read(t.Context(), front.Input{Path: "b.yaml", Read: func(string) ([]byte, error) { return nil, os.ErrPermission }}); err != nil {
			t.Error(err)
		}
	})
}
