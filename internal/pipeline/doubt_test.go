package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/models"
)

// oneWord is a word of a model, or a quoted one.
var oneWord = regexp.MustCompile(`[^\s{},()"#]+|"[^"\n]*"`)

// TestNoRuleFollowsFromAMistake misspells every word of every model that comes
// with flowc, one at a time. The models are sound: where the misspelling breaks
// syntax or a name, no rule has anything to add, and it is said once, but of a
// name where it is declared: the second word of its line.
func TestNoRuleFollowsFromAMistake(t *testing.T) {
	mistakes := 0
	for _, model := range models.List() {
		standalone, _ := models.Standalone(model.Name)
		text := string(standalone)
		for _, at := range oneWord.FindAllStringIndex(text, -1) {
			line := text[strings.LastIndexByte(text[:at[0]], '\n')+1 : at[0]]
			if strings.Contains(line, "#") {
				continue
			}
			m := compile(t, text[:at[1]]+"zq"+text[at[1]:])
			if !m.Findings.Broken() {
				continue
			}
			mistakes++
			broken := len(slices.DeleteFunc(slices.Clone(m.Findings), func(d diag.Diagnostic) bool { return !d.Broken }))
			if declares := len(strings.Fields(line)) == 1; broken > 1 && !declares {
				t.Errorf("%s: %q misspelt is found %d times", model.Name, line+text[at[0]:at[1]], broken)
			}
			for _, d := range m.Findings {
				if !d.Broken && !follows(model.Name, d) {
					t.Errorf("%s: of %q misspelt comes: %s: %s", model.Name, line+text[at[0]:at[1]], d.Code, d.Message)
				}
			}
		}
	}
	if mistakes < 1000 {
		t.Errorf("only %d misspellings were mistakes", mistakes)
	}
}

// TestBrokenNamesHideNothing adds a certificate that signs with what nobody
// declares to the faulty models: what is found in them stays found, but for
// the rules that must know the whole model.
func TestBrokenNamesHideNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/faulty/*.flow")
	if err != nil || len(files) == 0 {
		t.Fatal("no faulty models", err)
	}
	whole := map[diag.Code]bool{}
	for _, r := range check.Rules {
		whole[r.Code] = r.Scope == check.ScopeModel
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want, got []string
		for _, d := range compile(t, string(text)).Findings {
			if !whole[d.Code] && !d.Broken {
				want = append(want, fmt.Sprintf("%d: %s", d.At.Start, d.Code))
			}
		}
		for _, d := range compile(t, string(text)+"\ncertificate zq { issuer nobody }\n").Findings {
			if !d.Broken {
				got = append(got, fmt.Sprintf("%d: %s", d.At.Start, d.Code))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// follows reports whether a finding is right in spite of a misspelling: a
// domain that is misspelt moves the hosts below it away from their certificate.
func follows(model string, d diag.Diagnostic) bool {
	return model == "sharding" && d.Code == "FL401" && strings.Contains(d.Message, "testzq")
}

var wantedHere = regexp.MustCompile(`# want(-above)? ((?:FL\d{3} ?)+)`)

// TestMistakes holds the models of testdata/mistakes.txtar, each of which has
// several mistakes of different phases, against the findings that they want: a
// line that ends in "# want CODE CODE" wants those there, one that ends in
// "# want-above CODE" wants it in the line above. No other line has any.
func TestMistakes(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/mistakes.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(ar.Files) < 40 {
		t.Errorf("there are %d models", len(ar.Files))
	}
	for _, f := range ar.Files {
		t.Run(f.Name, func(t *testing.T) {
			want := map[string]int{}
			for i, line := range strings.Split(string(f.Data), "\n") {
				m := wantedHere.FindStringSubmatch(line)
				if m == nil {
					continue
				}
				at := i + 1
				if m[1] != "" {
					at--
				}
				for _, code := range strings.Fields(m[2]) {
					want[fmt.Sprintf("%d: %s", at, code)]++
				}
			}
			if len(want) < 2 {
				t.Errorf("one mistake is not several: %v", want)
			}
			for _, d := range compile(t, string(f.Data)).Findings {
				at := fmt.Sprintf("%d: %s", d.At.File.Position(d.At.Start).Line, d.Code)
				if want[at]--; want[at] < 0 {
					t.Errorf("nobody wants %s: %s", at, d.Message)
				}
			}
			for at, n := range want {
				if n > 0 {
					t.Errorf("%s is not found", at)
				}
			}
		})
	}
}
