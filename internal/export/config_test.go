package export

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/source"
)

// tokenize takes a line apart as HAProxy does (configuration manual, 2.2):
// blanks part words, # begins a comment, backslashes escape outside quotes and
// in double ones, where variables are expanded, too; single quotes take all as
// it is. It is written from the manual, not from the writer.
func tokenize(line string) (words []string, err error) {
	var word strings.Builder
	open := false
	flush := func() {
		if open {
			words = append(words, word.String())
		}
		word.Reset()
		open = false
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case ' ', '\t':
			flush()
		case '#':
			flush()
			return words, nil
		case '\'':
			end := strings.IndexByte(line[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("an open single quote")
			}
			word.WriteString(line[i+1 : i+1+end])
			open = true
			i += end + 1
		case '"':
			end := strings.IndexByte(line[i+1:], '"')
			if end < 0 {
				return nil, fmt.Errorf("an open double quote")
			}
			inner := line[i+1 : i+1+end]
			if strings.ContainsAny(inner, `\`) {
				return nil, fmt.Errorf("an escape in double quotes, which nobody writes: %s", inner)
			}
			word.WriteString(inner)
			open = true
			i += end + 1
		case '\\':
			open = true
			if i+1 == len(line) {
				return nil, fmt.Errorf("a backslash at the end")
			}
			i++
			if line[i] != 'x' {
				if !strings.ContainsRune(` #\"'`, rune(line[i])) {
					return nil, fmt.Errorf("the escape %q", line[i])
				}
				word.WriteByte(line[i])
				continue
			}
			var b byte
			if _, err := fmt.Sscanf(line[i+1:min(i+3, len(line))], "%02x", &b); err != nil {
				return nil, err
			}
			word.WriteByte(b)
			i += 2
		default:
			open = true
			word.WriteByte(c)
		}
	}
	flush()
	return words, nil
}

// checkLine holds a rendered line to the words that it was made of.
func checkLine(t *testing.T, want []string, comment string) {
	t.Helper()
	var b strings.Builder
	writeLine(&b, "    ", line{words: words(want...), comment: comment})
	text, ok := strings.CutSuffix(b.String(), "\n")
	if !ok || strings.ContainsAny(text, "\n\r\x00") {
		t.Fatalf("%q is not one line", b.String())
	}
	got, err := tokenize(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "\x00", "?")
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%q is read as %q, and was %q", text, got, want)
	}
}

func TestWordsComeThrough(t *testing.T) {
	for _, w := range []string{
		"a", "it's", `"`, `\`, `'\''`, "#", "$HOME", "${HOME}", "a b", "\ttab", "\nbind :1", "\r\n", "\x01", "\x7f", "}", "{", "--", "-f",
		"ä€", "\xff", `\x41`, "a#b", "100%", "%[src]", "a,b)", "\x00",
	} {
		checkLine(t, []string{"directive", w, "end"}, "")
	}
}

func FuzzWords(f *testing.F) {
	f.Add("it's", "$HOME #", "x\ny\\")
	f.Fuzz(func(t *testing.T, a, b, comment string) {
		if a == "" || b == "" {
			t.Skip("an empty word ends a line; the exporter writes none")
		}
		checkLine(t, []string{"directive", a, b}, comment)
	})
}

func TestPlaceholder(t *testing.T) {
	w := word{env: "FLOWC_SHOP", text: ":80"}
	if got, want := w.quoted(), `"${FLOWC_SHOP}":80`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLayout(t *testing.T) {
	f := source.NewFile("a\\b\n.flow", "x\ny\n")
	var c config
	s := c.section(f.Span(0, 1), "backend", "b")
	s.add(f.Span(2, 3), "server", "a b")
	s.comment("no\nmore")
	want := "backend b" + strings.Repeat(" ", 63) + "# a?b?.flow:1\n    server 'a b'" + strings.Repeat(" ", 56) + "# a?b?.flow:2\n    # no?more\n"
	if got := c.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestNames(t *testing.T) {
	n := newNames("-")
	for _, tc := range []struct{ thing, wanted, want string }{
		{"1", "hr/portal", "hr:portal"}, {"2", "hr:Portal", "hr:Portal-2"}, {"1", "other", "hr:portal"},
		{"3", "ä b", "__b"}, {"4", "..", "_.."}, {"5", strings.Repeat("x", 200), strings.Repeat("x", 100)}, {"6", "", "_"},
	} {
		if got := n.name(tc.thing, tc.wanted); got != tc.want {
			t.Errorf("%s is %s, not %s", tc.wanted, got, tc.want)
		}
	}
}
