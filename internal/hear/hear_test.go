package hear_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/hear"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
	"github.com/flowc-lang/flowc/view"
)

// opened is the dial with everything opened.
var opened = view.Show{TCP: true, PROXY: true, TLS: true, HTTP: true, Actions: true}

// each calls f with every model that there is: the good ones, and the faulty
// and sound ones of the rules.
func each(t *testing.T, f func(t *testing.T, m *pipeline.Model)) {
	t.Helper()
	good(t, f)
	for _, pattern := range []string{"../pipeline/testdata/faulty/*.flow", "../pipeline/testdata/sound/*.flow"} {
		for _, path := range files(t, pattern) {
			run(t, filepath.Base(path), pipeline.Load(path, os.ReadFile), f)
		}
	}
	for _, path := range files(t, "../../check/testdata/*.txtar") {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range ar.Files {
			run(t, filepath.Base(path)+"/"+file.Name, pipeline.LoadText(file.Name, string(file.Data)), f)
		}
	}
}

// good calls f with the models that come with flowc, and those of courses that
// fail, repeat, resume and check.
func good(t *testing.T, f func(t *testing.T, m *pipeline.Model)) {
	t.Helper()
	for _, m := range models.List() {
		run(t, m.Name, pipeline.Load(m.Path, func(file string) ([]byte, error) { return fs.ReadFile(models.FS, file) }), f)
	}
	for _, pattern := range []string{"../../flow/testdata/course/*.flow", "testdata/*.flow"} {
		for _, path := range files(t, pattern) {
			run(t, filepath.Base(path), pipeline.Load(path, os.ReadFile), f)
		}
	}
}

func run(t *testing.T, name string, m *pipeline.Model, f func(t *testing.T, m *pipeline.Model)) {
	m.Compile()
	if m.Drawable() {
		t.Run(name, func(t *testing.T) { f(t, m) })
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file is %s: %v", pattern, err)
	}
	return paths
}

// spoken is a picture of a model in words.
func spoken(t *testing.T, m *pipeline.Model, p *pipeline.Plan) string {
	t.Helper()
	pic, _ := p.Picture()
	if pic == nil {
		return ""
	}
	words, err := pipeline.Format("words")
	if err != nil {
		t.Fatal(err)
	}
	text, found, err := m.Emit(context.Background(), p, pic, words, emit.Options{})
	if err != nil || len(found) > 0 {
		t.Fatal(err, found)
	}
	return string(text)
}

// TestSequences: whoever hears nothing but the words of a sequence knows where
// each session ends, who holds its keys, which hop is plaintext, and the order
// of the messages.
func TestSequences(t *testing.T) {
	heard := 0
	each(t, func(t *testing.T, m *pipeline.Model) {
		for _, show := range []view.Show{{}, opened} {
			plans, _ := m.Plans(pipeline.Choice{Views: []string{"sequence"}, Show: show})
			for _, p := range plans {
				text := spoken(t, m, p)
				if text == "" {
					continue
				}
				heard++
				for _, d := range differences(text, m.Derive(p.Request), show == opened) {
					t.Errorf("%s: %s", p.Request.Name, d)
				}
				if t.Failed() {
					t.Fatal(text)
				}
			}
		}
	})
	t.Logf("%d texts", heard)
	if heard < 1000 {
		t.Errorf("only %d texts", heard)
	}
}

// changes are slips of the tongue: each says something else than the picture.
var changes = []struct {
	name     string
	topology bool                      // it can be made in the words of a topology, too
	change   func(lines []string) bool // false where there is nothing to change
}{
	{"two steps swap their places", false, func(lines []string) bool { return swap(lines, false) }},
	{"two steps swap what they say", false, func(lines []string) bool { return swap(lines, true) }},
	{"a session ends where it starts", true, inLine(" starts at ", func(s string) string {
		from, rest, _ := strings.Cut(s, " starts at ")
		start, rest, _ := strings.Cut(rest, " and ends at ")
		end, rest, ok := strings.Cut(rest, ": ")
		if !ok {
			return s
		}
		return from + " starts at " + end + " and ends at " + start + ": " + rest
	})},
	{"the relay holds the keys", true, func(lines []string) bool {
		for _, l := range lines {
			relay, rest, ok := strings.Cut(l, " relays ")
			if id, _, cut := strings.Cut(rest, " and cannot"); ok && cut {
				return inLine(" hold the keys of "+id, func(s string) string {
					first, _, _ := strings.Cut(s, " and ")
					return first + " and " + strings.ToLower(relay[:1]) + relay[1:] + " hold the keys of " + id + "."
				})(lines)
			}
		}
		return false
	}},
	{"a relay is forgotten", true, inLine(" and cannot read it.", func(string) string { return "" })},
	{"another session is forgotten", false, inLine(" with keys of its own.", func(string) string { return "" })},
	{"another session of a hop is forgotten", false, inLine("; likewise ", func(s string) string {
		before, _, _ := strings.Cut(s, "; likewise ")
		return before + "."
	})},
	{"a hop is plaintext no more", true, inLine(": plaintext", func(s string) string {
		return strings.Replace(s, ": plaintext", ": encrypted by T1", 1)
	})},
	{"a hop becomes plaintext", true, inLine(": encrypted by T", func(s string) string {
		before, _, _ := strings.Cut(s, ": encrypted by T")
		return before + ": plaintext."
	})},
	{"a request is sent by the other side", false, inLine(" sends to ", func(s string) string {
		when, rest, _ := strings.Cut(s, ": ")
		from, rest, _ := strings.Cut(rest, " sends to ")
		end := strings.IndexAny(rest, ",:")
		return when + ": " + rest[:end] + " sends to " + from + rest[end:]
	})},
	{"a message is readable", false, inLine(", encrypted by ", func(s string) string {
		before, rest, _ := strings.Cut(s, ", encrypted by ")
		_, text, _ := strings.Cut(rest, ": ")
		return before + ", in plaintext: " + text
	})},
	{"a step is left out", false, inLine("Steps ", func(string) string { return "" })},
	{"a sentence is not understood", false, inLine(" sends to ", func(s string) string {
		return strings.Replace(s, " sends to ", " send ", 1)
	})},
	{"somebody else answers", false, inLine("The outcome is ", func(s string) string {
		outcome, _, _ := strings.Cut(s, ",")
		return strings.TrimSuffix(outcome, ".") + ", from nobody."
	})},
}

// inLine changes the first line that holds a text.
func inLine(holds string, change func(string) string) func([]string) bool {
	return func(lines []string) bool {
		for i, l := range lines[1:] {
			if strings.Contains(l, holds) {
				lines[i+1] = change(l)
				return lines[i+1] != l
			}
		}
		return false
	}
}

// swap exchanges the first two steps that follow one another, or what they say.
func swap(lines []string, texts bool) bool {
	for i := range lines[1:] {
		a, b := lines[i], lines[i+1]
		if !strings.HasPrefix(a, "Step") || !strings.HasPrefix(b, "Step") {
			continue
		}
		lines[i], lines[i+1] = b, a
		if texts {
			when, said, _ := strings.Cut(a, ": ")
			other, says, _ := strings.Cut(b, ": ")
			if strings.Contains(when, ",") != strings.Contains(other, ",") || said == says {
				lines[i], lines[i+1] = a, b
				continue
			}
			lines[i], lines[i+1] = when+": "+says, other+": "+said
		}
		return true
	}
	return false
}

// TestNotices: a text that says something else is noticed.
func TestNotices(t *testing.T) {
	made := map[string]int{}
	good(t, func(t *testing.T, m *pipeline.Model) {
		for _, show := range []view.Show{{}, opened} {
			plans, _ := m.Plans(pipeline.Choice{Views: []string{"sequence"}, Show: show})
			for _, p := range plans {
				text := spoken(t, m, p)
				l := m.Derive(p.Request)
				for _, c := range changes {
					lines := strings.Split(text, "\n")
					if !c.change(lines) {
						continue
					}
					made[c.name]++
					if changed := strings.Join(lines, "\n"); len(differences(changed, l, show == opened)) == 0 {
						t.Errorf("%s: %s, and nobody notices:\n%s", p.Request.Name, c.name, changed)
					}
				}
			}
		}
	})
	for _, c := range changes {
		if made[c.name] == 0 {
			t.Errorf("never tried: %s", c.name)
		}
	}
	t.Log(made)
}

// TestUnheard refuses what nobody could understand.
func TestUnheard(t *testing.T) {
	for _, text := range []string{
		"title\n\nSomething happens.\n",
		"title\n\nParty 1 is client c.\nStep 1: client c sends to server s: SYN.\n",
		"title\n\nParty 1 is client c.\nOnly client c and client c hold the keys of T1.\n",
		"title\n\nParty 1 is client c.\nHop 2, client c to client c, port 1: plaintext.\n",
	} {
		if a, err := hear.Parse(text); err == nil {
			t.Errorf("understood %q as %+v", text, a)
		}
	}
}
