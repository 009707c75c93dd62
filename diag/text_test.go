package diag_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// write writes one finding about the text between « and » of a text.
func write(t *testing.T, marked string, d diag.Diagnostic, color bool) string {
	t.Helper()
	d.At = mark(t, "m/shop.flow", marked)
	var out bytes.Buffer
	diag.WriteText(&out, diag.List{d}, diag.TextOptions{Color: color})
	return out.String()
}

func mark(t *testing.T, name, marked string) source.Span {
	t.Helper()
	before, rest, ok := strings.Cut(marked, "«")
	within, after, ok2 := strings.Cut(rest, "»")
	if !ok || !ok2 {
		t.Fatalf("nothing is marked in %q", marked)
	}
	return source.NewFile(name, before+within+after).Span(len(before), len(before)+len(within))
}

var wrong = diag.Diagnostic{Code: "FL101", Severity: diag.Error, Message: "it is wrong"}

func TestWriteText(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a word", "route a {\n    «hots» b\n}\n", `
m/shop.flow:2:5: error FL101: it is wrong
2 |     hots b
  |     ^^^^
`},
		{"tabs", "\t\ta\t«b»\tc", `
m/shop.flow:1:5: error FL101: it is wrong
1 |         a   b   c
  |             ^
`},
		{"a marked tab", "a«\t»b", `
m/shop.flow:1:2: error FL101: it is wrong
1 | a   b
  |  ^^^
`},
		{"wide characters", "title \"世界\" «鬼»", `
m/shop.flow:1:12: error FL101: it is wrong
1 | title "世界" 鬼
  |              ^^
`},
		{"emoji", "\"😀🔒\" «x»", `
m/shop.flow:1:6: error FL101: it is wrong
1 | "😀🔒" x
  |        ^
`},
		{"combining characters", "\"e\u0301e\u0301\" «e\u0301x»", "\n" +
			"m/shop.flow:1:8: error FL101: it is wrong\n" +
			"1 | \"e\u0301e\u0301\" e\u0301x\n" +
			"  |      ^^\n"},
		{"a family, one picture of four", "\"\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\" «x»", "\n" +
			"m/shop.flow:1:11: error FL101: it is wrong\n" +
			"1 | \"\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466\" x\n" +
			"  |      ^\n"},
		{"a skin, a heart and a flag", "«\U0001f44d\U0001f3fd\u2764\ufe0f\U0001f1e9\U0001f1ea»x", "\n" +
			"m/shop.flow:1:1: error FL101: it is wrong\n" +
			"1 | \U0001f44d\U0001f3fd\u2764\ufe0f\U0001f1e9\U0001f1eax\n" +
			"  | ^^^^^^\n"},
		{"no width", "a\u200b\u200d«b»\u2060", "\n" +
			"m/shop.flow:1:4: error FL101: it is wrong\n" +
			"1 | a\u200b\u200db\u2060\n" +
			"  |  ^\n"},
		{"from right to left", "title \"שלום עולם\" «x»", `
m/shop.flow:1:19: error FL101: it is wrong
1 | title "שלום עולם" x
  |                   ^
`},
		{"vowels above and below", "\"سَلَامٌ\" «x»", `
m/shop.flow:1:11: error FL101: it is wrong
1 | "سَلَامٌ" x
  |        ^
`},
		{"a byte order mark", "\ufeff«x»", "\n" +
			"m/shop.flow:1:1: error FL101: it is wrong\n" +
			"1 | \ufeffx\n" +
			"  | ^\n"},
		{"nothing, at the end", "zone«»", `
m/shop.flow:1:5: error FL101: it is wrong
1 | zone
  |     ^
`},
		{"nothing, in nothing", "«»", `
m/shop.flow:1:1: error FL101: it is wrong
1 |
  | ^
`},
		{"the line break", "zone«\n»b\n", `
m/shop.flow:1:5: error FL101: it is wrong
1 | zone
  |     ^
`},
		{"several lines", "route «a {\n    host b\n}» # c\n", `
m/shop.flow:1:7: error FL101: it is wrong
1 | route a {
  |       ^^^ to line 3
`},
		{"CR LF", "a\r\n«b»\r\nc\r\n", `
m/shop.flow:2:1: error FL101: it is wrong
2 | b
  | ^
`},
		{"control characters", "a \x1b[31m «b» \x00\u202e", "\n" +
			"m/shop.flow:1:9: error FL101: it is wrong\n" +
			"1 | a ␛[31m b ␀\uFFFD\n" +
			"  |         ^\n"},
		{"no UTF-8", "a \xff «b»", "\n" +
			"m/shop.flow:1:5: error FL101: it is wrong\n" +
			"1 | a \uFFFD b\n" +
			"  |     ^\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := write(t, tc.text, wrong, false); "\n"+got != tc.want {
				t.Errorf("got\n%s\nwant%s", got, tc.want)
			}
		})
	}
}

// A long line is cut around what is wrong; the marks stand under it.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("abc ", 100)
	for _, tc := range []struct{ name, text, cut string }{
		{"at the beginning", "«here» " + long, "here abc"},
		{"in the middle", long + "«here» " + long, "abc here abc"},
		{"at the end", long + "«here»", "abc here"},
		{"after wide characters", strings.Repeat("世", 100) + "«here»" + strings.Repeat("世", 100), "世here世"},
		{"itself", "x «" + long + "» x", "x abc"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lines := strings.Split(write(t, tc.text, wrong, false), "\n")
			shown, marks := lines[1], lines[2]
			if !strings.Contains(shown, tc.cut) || !strings.Contains(shown, "…") {
				t.Errorf("shown is %q", shown)
			}
			if n := columns(shown); n > 110 {
				t.Errorf("%d columns are shown", n)
			}
			at := strings.Index(shown, "here")
			if tc.name == "itself" {
				at = strings.Index(shown, "abc")
			}
			if before := columns(shown[:at]); before != strings.Index(marks, "^") {
				t.Errorf("the marks are not under it:\n%s\n%s", shown, marks)
			}
			if len(marks) > columns(shown) {
				t.Errorf("the marks go past the line:\n%s\n%s", shown, marks)
			}
		})
	}
}

// columns counts as a terminal does, for the characters of these tests.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r == '世' {
			n++
		}
	}
	return n
}

func TestColumns(t *testing.T) {
	for _, tc := range []struct {
		text string
		want int
	}{
		{"", 0}, {"abc", 3}, {"é", 1}, {"e\u0301", 1}, {"世界", 4}, {"ﾃｽﾄ", 3}, {"한국", 4}, {"\u1112\u1161\u11ab", 2},
		{"नमस्ते", 4}, // half of it combines
		{"😀", 2}, {"☁", 1}, {"☁\ufe0f", 2}, {"⌚\ufe0f", 2}, {"1\ufe0f\u20e3", 2}, {"x\ufe0f", 1},
		{"👍🏽", 2}, {"🇩🇪", 2}, {"👩\u200d⚕\ufe0f", 2}, {"🏳\ufe0f\u200d🌈", 2}, {"❤\ufe0f\u200d🔥", 2},
		{"👩\u200dx", 3}, {"x\u200d👩", 3}, {"👩\u200d\u200d👩", 2}, // a joiner joins pictures only
		{"\u200b\u2060\u00ad", 1}, // a soft hyphen is shown
		{"\u0600", 1},
	} {
		if got := diag.Columns(tc.text); got != tc.want {
			t.Errorf("%+q takes %d columns, not %d", tc.text, got, tc.want)
		}
	}
}

func TestLinks(t *testing.T) {
	file := source.NewFile("a.flow", "zone a\n")
	finding := diag.Diagnostic{Code: "FL301", Severity: diag.Warning, Message: "it is doubtful", At: file.Span(5, 6)}
	other := finding
	other.Code = "FL302"
	list := diag.List{finding, finding, other}
	for _, tc := range []struct {
		links diag.Links
		text  string
		want  int
	}{
		{diag.NoLinks, "http", 0},
		{diag.LineLinks, "\n  see: flowc explain FL301, or " + diag.Code("FL301").URL() + "\n", 1}, // a code has one
		{diag.LineLinks, "see: ", 2},
		{diag.CodeLinks, "see: ", 0},
		{diag.CodeLinks, "\x1b]8;;" + diag.Code("FL301").URL() + "\x1b\\FL301\x1b]8;;\x1b\\", 2},
	} {
		var out bytes.Buffer
		diag.WriteText(&out, list, diag.TextOptions{Links: tc.links})
		if got := strings.Count(out.String(), tc.text); got != tc.want {
			t.Errorf("%q is there %d times, not %d, in\n%s", tc.text, got, tc.want, out.String())
		}
	}
}

func TestRelatedAndHelp(t *testing.T) {
	file := source.NewFile("a.flow", "zone a\nzone b\n\n\n\n\n\n\n\nzone a\n")
	other := source.NewFile("lib/b.flow", "zone a\n")
	list := diag.List{
		{
			Code: "FL121", Severity: diag.Error, Message: `zone "a" is declared twice`, At: file.Span(26, 27),
			Related: []diag.Related{{Message: "declared here", At: file.Span(5, 6)}, {Message: "and here", At: other.Span(5, 6)}},
			Help:    "rename one of them",
		},
		{Code: "FL301", Severity: diag.Warning, Message: "it is doubtful", At: file.Span(12, 13)},
		{Code: "FL110", Severity: diag.Error, Message: `"c.flow" cannot be read`},
	}
	const want = `a.flow:10:6: error FL121: zone "a" is declared twice
10 | zone a
   |      ^
   declared here:
 1 | zone a
   |      -
   lib/b.flow:1:6: and here:
 1 | zone a
   |      -
   help: rename one of them

a.flow:2:6: warning FL301: it is doubtful
2 | zone b
  |      ^

error FL110: "c.flow" cannot be read
`
	var out bytes.Buffer
	diag.WriteText(&out, list, diag.TextOptions{})
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	diag.WriteText(&out, nil, diag.TextOptions{})
	if out.Len() > 0 {
		t.Errorf("of nothing was written %q", out.String())
	}
}

// Colours change nothing but colours.
func TestColor(t *testing.T) {
	d := wrong
	d.Help = "mend it"
	plain, colored := write(t, "«a» b", d, false), write(t, "«a» b", d, true)
	if !strings.Contains(colored, "\x1b[1;31m^\x1b[0m") {
		t.Errorf("%q", colored)
	}
	for {
		before, rest, ok := strings.Cut(colored, "\x1b[")
		if !ok {
			break
		}
		_, after, _ := strings.Cut(rest, "m")
		colored = before + after
	}
	if colored != plain {
		t.Errorf("without its colours it is\n%s\nand not\n%s", colored, plain)
	}
}

// What a text says cannot steer the terminal.
func TestMessagesAreClean(t *testing.T) {
	d := diag.Diagnostic{
		Code: "FL101", Severity: diag.Error, Message: "unknown \"\x1b]0;x\x07\"", Help: "a\nb\x9b",
		Related: []diag.Related{{Message: "\x1b[2J"}},
	}
	got := write(t, "«\x1b[2J»", d, false)
	for _, r := range got {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 {
			t.Errorf("%q is written: %q", r, got)
		}
	}
}

// One mistake in a line of 10 MB is written as fast as in a short one.
func TestHugeLine(t *testing.T) {
	start := time.Now()
	got := write(t, strings.Repeat("x", 10<<20)+" «here» "+strings.Repeat("y", 10<<20), wrong, false)
	if len(got) > 400 || time.Since(start) > 5*time.Second {
		t.Errorf("%d bytes in %v", len(got), time.Since(start))
	}
}
