package diag_test

import (
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

func TestDeletion(t *testing.T) {
	for _, tc := range []struct{ text, want string }{ // what is deleted stands in [ ]
		{"a\n  [b]\nc\n", "a\nc\n"},
		{"a\n[b]", "a\n"},
		{"a [b] c\n", "a c\n"},
		{"a  [# b]\nc\n", "a\nc\n"},
		{"  [a] b\n", "   b\n"},
		{"a\r\n[b]\r\nc\r\n", "a\r\nc\r\n"},
		{"a\n[b\nc] # d\ne", "a\n # d\ne"},
		{"[b\nc]  \ne", "e"},
		{"[a]", ""},
	} {
		start := strings.Index(tc.text, "[")
		end := strings.Index(tc.text, "]") - 1
		text := strings.NewReplacer("[", "", "]", "").Replace(tc.text)
		e := diag.Deletion(source.NewFile("a", text).Span(start, end))
		if got := text[:e.At.Start] + e.New + text[e.At.End:]; got != tc.want {
			t.Errorf("%q becomes %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestFixMessages(t *testing.T) {
	f := source.NewFile("a", "hots a\nb "+strings.Repeat("é", 100))
	for _, tc := range []struct {
		fix  *diag.Fix
		want string
	}{
		{diag.Replace(f.Span(0, 4), "host"), `replace "hots" by "host"`},
		{diag.Delete(f.Span(0, 8)), `delete "hots a…"`},
		{diag.Delete(f.Span(9, 209)), `delete "` + strings.Repeat("é", 30) + `…"`},
	} {
		if tc.fix.Message != tc.want {
			t.Errorf("%q, want %q", tc.fix.Message, tc.want)
		}
	}
}
