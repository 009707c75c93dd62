package grammar

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/source"
)

// A text of 64 MiB is read, as far as it has no more words than a fleet of that
// size; what goes beyond is said in one finding.
func TestLimits(t *testing.T) {
	s := scan(source.NewFile("x.flow", strings.Repeat("a ", maxTokens+10)))
	if len(s.list) != 1 || s.list[0].Code != codeTooManyWords || len(s.tokens) > maxTokens+2 {
		t.Errorf("of %d words %d are kept, and %v is found", maxTokens+10, len(s.tokens), s.list)
	}
	line := "# a comment of 32 bytes, all told\n"
	if _, found := Parse(source.NewFile("x.flow", strings.Repeat(line, maxBytes/len(line)))); len(found) > 0 {
		t.Errorf("of 64 MiB was found %v", found)
	}
	_, found := Parse(source.NewFile("x.flow", strings.Repeat(line, maxBytes/len(line)+1)))
	if len(found) != 1 || found[0].Code != codeTooLarge {
		t.Errorf("of more than 64 MiB was found %v", found)
	}
}

// TestWhole: of a text that is cut off, the declarations that are complete are left.
func TestWhole(t *testing.T) {
	for text, want := range map[string]string{
		"zone a\nzone b":                       "zone a",
		"zone a\nroute r {\nhost a.test\ntls":  "zone a",
		"route r {\nhost a.test\n}\nroute s {": "route r { host a.test }",
		"route r {\nhost a.test\ntls":          "route r { host a.test tls",
	} {
		s := scan(source.NewFile("x.flow", text))
		var got []string
		for _, tok := range whole(s.tokens[:len(s.tokens)-1]) { // the end of the text ends a statement
			if word := text[tok.start:tok.end]; word != "" && word != "\n" {
				got = append(got, word)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("of %q is left %q, want %q", text, got, want)
		}
	}
}
