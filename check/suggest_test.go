package check_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/advice"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// unsuggested are the rules whose findings may come without a suggestion.
var unsuggested = map[diag.Code]string{
	"FL302": "the model itself says what it expects: only its author knows which of the two is wrong",
}

// TestSuggestions follows each way of each suggestion to the letter, in every
// model that breaks a rule: the finding is gone, and none has come.
func TestSuggestions(t *testing.T) {
	followed, ways := 0, 0
	for _, m := range brokenModels(t) {
		t.Run(m.name, func(t *testing.T) {
			found, renderer := suggested(t, m.name, m.text)
			for _, d := range found {
				if len(d.Suggestions) == 0 && d.Help != "" {
					continue
				}
				if len(d.Suggestions) == 0 && unsuggested[d.Code] == "" {
					t.Errorf("%s has no suggestion: %s", d.Code, d.Message)
				}
				followed++
				for _, w := range d.Suggestions {
					ways++
					follow(t, m, found, d, w, renderer)
				}
			}
		})
	}
	t.Logf("%d findings, %d ways followed", followed, ways)
	if followed < 60 || ways < followed {
		t.Errorf("only %d findings and %d ways", followed, ways)
	}
}

// recorded is what FL302 says of a request that expects a fault, once the fault
// is mended: the expectation is what has to go then, and only its author knows.
var recorded = regexp.MustCompile(`^request "[^"]*" expects (4|5|close|alert|timeout)`)

// follow does what one way says and looks at what is found then: the finding
// itself is gone, and there are no more findings of any code than there were.
func follow(t *testing.T, m model, before diag.List, d diag.Diagnostic, w diag.Suggestion, r *advice.Renderer) {
	t.Helper()
	words := r.Words([]diag.Suggestion{w})
	edits := r.Edits(w)
	if len(edits) == 0 {
		t.Errorf("%s: %q edits nothing", d.Code, words)
		return
	}
	text := edited(m.text, edits)
	file, broken := grammar.Parse(source.NewFile(m.name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, b := range append(broken, more...) {
		t.Errorf("%s: %q breaks the model: %s %s\n%s", d.Code, words, b.Code, b.Message, text)
		return
	}
	counts := map[diag.Code]int{}
	for _, o := range before {
		counts[o.Code]++
	}
	counts[d.Code]--
	for _, left := range check.Run(topology, flow.NewCourses(topology)) {
		if left.Code == "FL302" && recorded.MatchString(left.Message) {
			continue
		}
		counts[left.Code]--
		switch {
		case left.Code == d.Code && left.Message == d.Message:
			t.Errorf("%s: %q leaves %s\n%s", d.Code, words, left.Message, text)
		case counts[left.Code] < 0:
			t.Errorf("%s: %q brings %s %s\n%s", d.Code, words, left.Code, left.Message, text)
		}
	}
}

// model is one text that breaks rules.
type model struct{ name, text string }

// brokenModels are the bad examples of the rules, their testdata, and the
// faulty topologies.
func brokenModels(t *testing.T) []model {
	t.Helper()
	var out []model
	for _, r := range check.Rules {
		out = append(out, model{string(r.Code) + "-bad", r.Bad})
		ar, err := txtar.ParseFile(filepath.Join("testdata", string(r.Code)+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if !strings.HasSuffix(f.Name, fixedSuffix) && !strings.HasPrefix(f.Name, "good") {
				out = append(out, model{string(r.Code) + "-" + f.Name, unwanted(string(f.Data))})
			}
		}
	}
	paths, err := filepath.Glob("../internal/pipeline/testdata/faulty/*.flow")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, broken := grammar.Parse(source.NewFile(path, string(text))); len(broken) == 0 {
			out = append(out, model{filepath.Base(path), unwanted(string(text))})
		}
	}
	return out
}

// suggested is what the rules find in a text that is sound in form, and the
// renderer of its suggestions.
func suggested(t *testing.T, name, text string) (diag.List, *advice.Renderer) {
	t.Helper()
	file, broken := grammar.Parse(source.NewFile(name, text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(broken, more...) {
		t.Fatalf("%s: %s %s", name, d.Code, d.Message)
	}
	found := check.Run(topology, flow.NewCourses(topology))
	renderer := advice.New(topology, file, nil)
	renderer.Fill(found)
	return found, renderer
}

// path renders suggestions as a front end would that shares no word with
// .flow: as paths of facts.
func paths(ways []diag.Suggestion) string {
	var out []string
	for _, w := range ways {
		var steps []string
		for _, s := range w.Steps {
			place := string(s.In.Kind) + "." + s.In.Name
			if s.In.Part != diag.PartNone {
				place += fmt.Sprintf(".%s[%s]", s.In.Part, s.In.Key)
			}
			do := map[diag.Action]string{diag.Declare: "new", diag.Add: "add", diag.Change: "set", diag.Remove: "drop"}[s.Do]
			words := strings.TrimSuffix(fmt.Sprintf("%s %s.%s=%s", do, place, s.Fact, strings.Join(s.Value, ",")), "=")
			for _, with := range s.With {
				words += fmt.Sprintf(" %s=%s", with.Fact, strings.Join(with.Value, ","))
			}
			steps = append(steps, strings.ReplaceAll(words, ". ", " "))
		}
		out = append(out, strings.Join(steps, "; "))
	}
	return strings.Join(out, " | ")
}

// codesOf are the codes of findings, each once.
func codesOf(l diag.List) []diag.Code {
	codes := map[diag.Code]bool{}
	for _, d := range l {
		codes[d.Code] = true
	}
	return slices.Sorted(maps.Keys(codes))
}
