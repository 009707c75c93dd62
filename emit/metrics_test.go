package emit

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMeasure compares with widths that a browser reported for Helvetica,
// which the system drew with Liberation Sans.
func TestMeasure(t *testing.T) {
	for _, c := range []struct {
		font font
		text string
		want int
	}{
		{fontText, "", 0},
		{fontText, "ClientHello, SNI shop.apps.example.test", 251}, // 250.57
		{fontStrong, "T1 handshake TLS 1.3, 4-10 @ WAVY", 247},     // 246.28 without kerning
		{fontSmall, "1234567890", 67},                              // 66.72
		{fontText, "e\u0301", 8},                                   // a mark takes no room
	} {
		if got := measure(c.font, c.text); got != c.want {
			t.Errorf("measure(%q) is %d, want %d", c.text, got, c.want)
		}
	}
}

func TestScripts(t *testing.T) {
	for i := 1; i < len(scripts); i++ {
		if scripts[i].last <= scripts[i-1].last {
			t.Errorf("scripts are not in order at %#x", scripts[i].last)
		}
	}
	if scripts[len(scripts)-1].last != utf8.MaxRune {
		t.Error("scripts do not cover Unicode")
	}
	for s, want := range map[string]int{"abc": 3, "\u65e5\u672c": 4, "\U0001F512": 2, "e\u0301": 1, "\u05e9\u05dc": 2, "\u2550\u2502": 2, "\u200b": 0} {
		if got := columnsOf(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text          string
		width, indent int
		limit         int
		want          []string
		cut           bool
	}{
		{"", 10, 0, 3, []string{""}, false},
		{"  one  ", 10, 0, 3, []string{"one"}, false},
		{"one two three", 7, 0, 3, []string{"one two", "three"}, false},
		{"one two three", 7, 4, 3, []string{"one", "two", "three"}, false},
		{"one two three", 7, 6, 3, []string{"", "one two", "three"}, false},
		{"first word, second word", 16, 0, 3, []string{"first word,", "second word"}, false},
		{"first word; second word", 16, 0, 3, []string{"first word;", "second word"}, false},
		{"a, long enough line", 14, 0, 3, []string{"a, long enough", "line"}, false},
		{"shop.apps.example.test", 12, 0, 3, []string{"shop.apps.", "example.test"}, false},
		{"abcdefghijkl", 5, 0, 3, []string{"abcde", "fghij", "kl"}, false},
		{"abcdefghijklmnopqrs", 5, 0, 2, []string{"abcde", "fghi\u2026"}, true},
		{"one two three four", 7, 0, 1, []string{"one tw\u2026"}, true},
		{"line\nbreak\ttab", 40, 0, 3, []string{"line break tab"}, false},
		{"\u65e5\u672c\u8a9e", 4, 0, 3, []string{"\u65e5\u672c", "\u8a9e"}, false},
		{"a\uFDFDb", 20, 0, 9, []string{"a\uFDFDb"}, false},
		{"wide", 0, 0, 9, []string{"w", "i", "d", "e"}, false},
	} {
		got, cut := wrap(c.text, columns, c.width, c.indent, c.limit, "\u2026")
		if diff := cmp.Diff(c.want, got); diff != "" || cut != c.cut {
			t.Errorf("wrap(%q, %d, %d) cut %v (-want +got):\n%s", c.text, c.width, c.indent, cut, diff)
		}
	}
}

func TestWrapKeepsText(t *testing.T) {
	squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		width := rapid.IntRange(200, 400).Draw(t, "width")
		indent := rapid.IntRange(0, width).Draw(t, "indent")
		lines, cut := wrap(text, fontText.ruler(), width, indent, 1000, "\u2026")
		if cut {
			t.Skip("longer than a thousand lines")
		}
		if got, want := squeeze(strings.Join(lines, " ")), squeeze(clean(text)); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
		for i, l := range lines {
			room := width
			if i == 0 {
				room -= indent
			}
			if measure(fontText, l) > room && utf8.RuneCountInString(l) > 1 {
				t.Fatalf("line %q is %d wide, has %d", l, measure(fontText, l), room)
			}
		}
	})
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\tc\r\u2028d":      "a b c  d",
		"\x00\x1b[0m":           "\uFFFD\uFFFD[0m",
		"\u202eevil\u202c":      "evil",
		"\xff":                  "\uFFFD",
		"\u05e9\u05dc\u05d5 ok": "\u05e9\u05dc\u05d5 ok",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) is %q, want %q", in, got, want)
		}
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		least, most []int
		total       int
		want        []int
	}{
		{[]int{10, 10}, []int{50, 20}, 100, []int{50, 20}},
		{[]int{10, 10}, []int{50, 20}, 40, []int{20, 20}},
		{[]int{10, 10}, []int{50, 20}, 45, []int{25, 20}},
		{[]int{30, 30}, []int{50, 20}, 40, []int{30, 30}},
		{nil, nil, 40, nil},
	} {
		if diff := cmp.Diff(c.want, share(c.least, c.most, c.total)); diff != "" {
			t.Errorf("share(%v, %v, %d) (-want +got):\n%s", c.least, c.most, c.total, diff)
		}
	}
}
