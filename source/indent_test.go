package source_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/source"
)

func TestIndented(t *testing.T) {
	for _, tc := range []struct {
		text           string
		lines, columns int
		want           string
	}{
		{"zone a\n", 0, 0, "zone a\n"},
		{"zone a\n\nzone b", 2, 0, "\n\nzone a\n\nzone b"},
		{"zone a\n\nzone b\n", 1, 2, "\n  zone a\n\n  zone b\n"},
		{"zone a\r\n\r\nzone b\r\n", 1, 2, "\n  zone a\r\n\r\n  zone b\r\n"},
		{" \n\t\n", 0, 1, "  \n \t\n"}, // a blank is text
		{"", 3, 4, "\n\n\n"},
		{"a\n\r", 0, 1, " a\n\r"},
		{"\ufeffzone a\n", 0, 0, "\ufeffzone a\n"},
		{"\ufeffzone a\n", 1, 1, "\n zone a\n"},
	} {
		if got := source.Indented(tc.text, tc.lines, tc.columns); got != tc.want {
			t.Errorf("%q below %d lines and behind %d columns is %q, not %q", tc.text, tc.lines, tc.columns, got, tc.want)
		}
	}
}

// Every rune of a text is found in the indented one, so many lines and columns
// further, whatever the text.
func FuzzIndented(f *testing.F) {
	f.Add("zone a\r\n\r\n  zone \"é世\"\n\n", uint8(3), uint8(4))
	f.Add("\ufeff\r\n\r\r\n\xff", uint8(0), uint8(1))
	f.Fuzz(func(t *testing.T, text string, lines, columns uint8) {
		in := source.Indented(text, int(lines), int(columns))
		if most := source.IndentedSize(text, int(lines), int(columns)); len(in) > most {
			t.Fatalf("%d bytes, which are more than %d", len(in), most)
		}
		before, after := source.NewFile("a", text), source.NewFile("a", in)
		if after.Lines() != before.Lines()+int(lines) {
			t.Fatalf("%d lines, of %d", after.Lines(), before.Lines())
		}
		if lines > 0 || columns > 0 {
			before = source.NewFile("a", strings.TrimPrefix(text, "\ufeff"))
		}
		for i := range before.Lines() {
			from, to := before.LineSpan(i+1), after.LineSpan(i+1+int(lines))
			at := to.Start
			if from.Text() != "" {
				at += int(columns)
			}
			if got := in[at:to.End]; got != from.Text() {
				t.Fatalf("line %d is %q, not %q", i+1, got, from.Text())
			}
			if p := after.Position(at); from.Text() != "" && p.Column != int(columns)+1 && utf8.ValidString(in) && !strings.HasPrefix(in, "\ufeff") {
				t.Fatalf("line %d begins in column %d", i+1, p.Column)
			}
		}
	})
}
