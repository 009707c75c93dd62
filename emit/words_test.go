package emit

import (
	"context"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/view"
)

// TestWordsSamples: whatever a label holds, a sentence is one line that does
// nothing to the terminal, and there are as many as the picture has.
func TestWordsSamples(t *testing.T) {
	pics := samples()
	pics["oddchart"], pics["topology"], pics["decision"] = oddChart(), topologySample(), decisionSample()
	for name, pic := range pics {
		got, found, err := inWords.Emit(context.Background(), pic, Options{})
		if err != nil || len(found) > 0 {
			t.Fatal(err, found)
		}
		show(t, name+".words.txt", got)
		if !utf8.Valid(got) {
			t.Errorf("%s is not UTF-8", name)
		}
		p := view.Describe(pic)
		want := len(p.Foot)
		if p.Title != "" {
			want++
		}
		for _, part := range p.Parts {
			if want += len(part.Facts) + len(part.Steps); part.Title != "" {
				want++
			}
		}
		lines := 0
		for line := range strings.Lines(string(got)) {
			if line = strings.TrimSuffix(line, "\n"); line != "" {
				lines++
			}
			if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E }) {
				t.Errorf("%s: a line acts on the terminal: %q", name, line)
			}
			if strings.TrimSpace(line) != line {
				t.Errorf("%s: blanks around %q", name, line)
			}
		}
		if lines != want {
			t.Errorf("%s: %d lines for %d sentences:\n%s", name, lines, want, got)
		}
	}
}
