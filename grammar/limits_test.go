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
