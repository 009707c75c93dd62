package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/internal/pipeline"
)

// Every code is explained, and its name leads to the same page, which is no
// wider than text is but for words that are.
func TestExplainEveryCode(t *testing.T) {
	for _, c := range pipeline.Codes() {
		var pages [2]string
		for i, word := range []string{strings.ToLower(string(c.Code)), strings.ToUpper(c.Name)} {
			var out, errs bytes.Buffer
			if code := run([]string{"explain", word}, strings.NewReader(""), &out, &errs); code != exitClean {
				t.Errorf("explain %s: exit %d: %s", word, code, errs.String())
			}
			pages[i] = out.String()
		}
		if pages[0] != pages[1] || !strings.Contains(pages[0], c.Code.URL()) {
			t.Errorf("%s and %s are not explained alike:\n%s\n%s", c.Code, c.Name, pages[0], pages[1])
		}
		for line := range strings.Lines(pages[0]) {
			if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > defaultWidth && strings.Contains(line, " ") {
				t.Errorf("%s: a line of %d: %s", c.Code, n, line)
			}
		}
	}
}

func TestWrapWords(t *testing.T) {
	for _, tc := range []struct {
		text  string
		width int
		want  string
	}{
		{"one two three", 7, "one two|three"},
		{"one two three", 8, "one two|three"},
		{"one unbreakable two", 5, "one|unbreakable|two"},
		{"größe über alles", 10, "größe über|alles"},
		{"", 5, ""},
		{"one", 0, "one"},
	} {
		if got := strings.Join(wrapWords(tc.text, tc.width), "|"); got != tc.want {
			t.Errorf("wrapWords(%q, %d) is %q, want %q", tc.text, tc.width, got, tc.want)
		}
	}
}
