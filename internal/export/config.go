package export

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/source"
)

// word is one word of a directive. Whatever text it holds, it is one word in
// the file, too: rendering quotes it (HAProxy configuration manual, 2.2).
type word struct {
	text string
	env  string // the variable whose value comes before text; "" for none
}

// words makes words of texts.
func words(texts ...string) []word {
	out := make([]word, len(texts))
	for i, t := range texts {
		out[i] = word{text: t}
	}
	return out
}

// line is a directive, or a comment where it has no words.
type line struct {
	words   []word
	comment string
	at      source.Span // the model's line that it comes from; zero for none
}

// section is a section of a configuration: frontend, backend, defaults, global.
type section struct {
	head  line
	lines []line
}

// config is one configuration file in the making.
type config struct{ sections []*section }

func (c *config) section(at source.Span, head ...string) *section {
	s := &section{head: line{words: words(head...), at: at}}
	c.sections = append(c.sections, s)
	return s
}

func (s *section) add(at source.Span, texts ...string) { s.addWords(at, words(texts...)) }

func (s *section) addWords(at source.Span, w []word) {
	s.lines = append(s.lines, line{words: w, at: at})
}

func (s *section) comment(format string, args ...any) {
	s.lines = append(s.lines, line{comment: fmt.Sprintf(format, args...)})
}

// commentColumn is where the place in the model stands behind a directive.
const commentColumn = 72

// String renders the file. Each directive is one line, each word of it quoted
// where it has to be.
func (c *config) String() string {
	var b strings.Builder
	for i, s := range c.sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		writeLine(&b, "", s.head)
		for _, l := range s.lines {
			writeLine(&b, "    ", l)
		}
	}
	return b.String()
}

func writeLine(b *strings.Builder, indent string, l line) {
	var text strings.Builder
	text.WriteString(indent)
	for i, w := range l.words {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(w.quoted())
	}
	comment := l.comment
	if l.at.Known() {
		comment = place(l.at)
	}
	if comment != "" {
		if pad := commentColumn - text.Len(); len(l.words) > 0 {
			text.WriteString(strings.Repeat(" ", max(pad, 1)))
		}
		text.WriteString("# " + printable(comment))
	}
	b.WriteString(text.String() + "\n")
}

// place is where the model says something: models/shop.flow:12.
func place(s source.Span) string {
	return s.Line()
}

// printable keeps a comment on its line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\\' || r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// bare is what may stand in a word beside letters and digits without quotes.
const bare = `_-.:/@*+,=()%[]!{}<>|^;&`

// quoted renders a word. Single quotes take everything as it is; a single
// quote and what cannot stand in a line are escaped outside of them.
func (w word) quoted() string {
	if w.env != "" {
		return `"${` + w.env + `}"` + word{text: w.text}.quoted()
	}
	isBare := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(bare, r)
	}
	if strings.IndexFunc(w.text, func(r rune) bool { return !isBare(r) }) < 0 && w.text != "" {
		return w.text
	}
	var b strings.Builder
	b.WriteByte('\'')
	for i := range len(w.text) {
		switch c := w.text[i]; {
		case c == '\'':
			b.WriteString(`'\''`)
		case c == 0:
			b.WriteByte('?') // HAProxy's strings end there
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `'\x%02x'`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// literal makes a log-format string of a text, in which % begins a variable
// (HAProxy configuration manual, 8.2.4).
func literal(s string) string {
	if s == "" {
		return "%[var(txn.none)]" // an empty word would end the line
	}
	return strings.ReplaceAll(s, "%", "%%")
}

// argument makes one argument of a sample fetch of a text: the comma and the
// parenthesis end one.
func argument(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`,()'"\ `, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
