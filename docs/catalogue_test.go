package docs_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// groups are the letters of the invariants that were gathered before there was
// a rule, and how many each has. None of them is forgotten.
var groups = []struct {
	letter string
	about  string
	count  int
}{
	{"M", "Modes", 13},
	{"S", "Selection of routes", 21},
	{"C", "Certificates", 12},
	{"X", "Client certificates", 5},
	{"I", "Insecure requests", 6},
	{"B", "Backends and shards", 9},
	{"P", "Protocols", 6},
	{"Y", "PROXY headers", 6},
	{"Z", "Zones", 4},
	{"T", "Timeouts", 5},
}

var (
	candidateRow = regexp.MustCompile(`(?m)^\| ([A-Z]\d\d) \| (.+?) \| (.+) \|$`)
	ownRow       = regexp.MustCompile(`(?m)^\| \[(FL\d+)\]\(FL\d+\.md\) \| (error|warning) \| (.+) \|$`)
	codeWord     = regexp.MustCompile(`\[(FL\d+)\]\((FL\d+)\.md\)`)
	reason       = regexp.MustCompile(`^(by construction|not statable): `)
)

// Every candidate of the catalogue is a finding or has a reason why it is none,
// every rule is in it, and its numbers are right.
func TestCatalogue(t *testing.T) {
	text := read(t, "rules/catalogue.md")
	gathered, own, _ := strings.Cut(text, "\n## Our own\n")
	known := map[string]bool{}
	for _, c := range pipeline.Codes() {
		known[string(c.Code)] = true
	}
	var got, want []string
	stated, constructed, named := 0, 0, map[string]bool{}
	for _, row := range candidateRow.FindAllStringSubmatch(gathered, -1) {
		id, fate := row[1], row[3]
		got = append(got, id)
		codes := codeWord.FindAllStringSubmatch(fate, -1)
		for _, c := range codes {
			named[c[1]] = true
			if c[1] != c[2] || !known[c[1]] {
				t.Errorf("%s names %s, which no finding has", id, c[0])
			}
		}
		switch {
		case len(codes) > 0:
			stated++
		case !reason.MatchString(fate):
			t.Errorf("%s has neither a code nor a reason: %q", id, fate)
		case strings.HasPrefix(fate, "by construction"):
			constructed++
		}
	}
	for _, g := range groups {
		if !strings.Contains(gathered, "\n## "+g.about+"\n") {
			t.Errorf("there is no heading %q", g.about)
		}
		for i := range g.count {
			want = append(want, fmt.Sprintf("%s%02d", g.letter, i+1))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the catalogue lists\n%v, want\n%v", got, want)
	}
	ours := ownRules(t, own, named)
	numbers := fmt.Sprintf("%d of them are findings of `flowc check` today, %d cannot be broken because of how flowc derives, and %d the language cannot state. %d [rules]",
		stated, constructed, len(want)-stated-constructed, ours)
	if !strings.Contains(strings.Join(strings.Fields(text), " "), numbers) {
		t.Errorf("the catalogue does not say: %s", numbers)
	}
}

// ownRules holds the rules that no candidate asked for against their table, and
// returns how many there are.
func ownRules(t *testing.T, table string, named map[string]bool) int {
	t.Helper()
	listed := map[string]string{}
	for _, row := range ownRow.FindAllStringSubmatch(table, -1) {
		listed[row[1]] = row[2] + " | " + row[3]
	}
	for _, r := range check.Rules {
		code, row := string(r.Code), r.Severity.String()+" | "+strings.ReplaceAll(r.Doc, "|", `\|`)
		switch have, ok := listed[code]; {
		case named[code] && ok:
			t.Errorf("%s is a candidate's and listed among our own", code)
		case !named[code] && have != row:
			t.Errorf("our own rule %s is listed as %q, want %q", code, have, row)
		}
	}
	return len(listed)
}
