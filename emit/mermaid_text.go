package emit

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mermaidAlways are the characters that mean something to one of Mermaid's
// lexers, to the Markdown in its labels, to HTML, or to its own placeholders
// for entities (U+FB02 and the pilcrow). They are never written as themselves.
const mermaidAlways = "#;&<>\"%$`\\*~[]{}|@\uFB02\u00B6"

// mermaidWords are words inside a label that Mermaid reads as if they stood
// outside it: it strips a semicolon from a line with "style" or "classDef" and
// a colon, and takes a line with "direction TB" for a direction. One letter of
// them is written as an entity.
var mermaidWords = []string{"style", "classDef", "direction"}

// mermaidPairs are characters that flowcharts read together with what follows,
// even where they are entities: a backslash and an n as a line break, and
// Mermaid's placeholders.
var mermaidPairs = map[rune]string{'\\': "n", '\uFB02': "\u00B0", '\u00B6': "\u00DF"}

// mermaidJoiner stands between such a pair: a word joiner, which has no width.
// It is written as an entity nowhere else.
const mermaidJoiner = "#8288;"

// mermaidText escapes text for a quoted label of a flowchart and for a message,
// note, participant or title of a sequence, in every Mermaid from 10.0.2 on.
// What would be read as syntax becomes #N;, Mermaid's spelling of a character
// by its number, a line break becomes <br/>, and runs of blanks one blank. No
// text is ever empty. mermaidPlain is its inverse, up to blanks.
func mermaidText(s string) string {
	var b strings.Builder
	for i, line := range textLines(s) {
		if i > 0 {
			b.WriteString("<br/>")
		}
		runes := []rune(line)
		for j, r := range runes {
			if !mermaidTrap(runes, j) {
				b.WriteRune(r)
				continue
			}
			b.WriteString("#" + strconv.Itoa(int(r)) + ";")
			if next := mermaidPairs[r]; next != "" && startsWith(runes[j+1:], next) {
				b.WriteString(mermaidJoiner)
			}
		}
	}
	if b.Len() == 0 {
		return "#160;" // a no-break space: some places take no empty label
	}
	return b.String()
}

// mermaidPlain undoes mermaidText.
func mermaidPlain(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, mermaidJoiner, ""), "<br/>", "\n")
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "#")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		number, after, _ := strings.Cut(rest, ";")
		n, err := strconv.Atoi(number)
		if err != nil {
			b.WriteString("#" + rest)
			return b.String()
		}
		b.WriteRune(rune(n))
		s = after
	}
}

// mermaidLine is mermaidText on one line, for places that know no <br/>.
func mermaidLine(s string) string {
	return mermaidText(strings.Join(textLines(s), " "))
}

// mermaidTitle escapes a title for the YAML front matter, which Mermaid does
// not search for entities while it still sanitises the text as HTML. It does
// replace its own placeholders for entities in everything that it draws.
func mermaidTitle(s string) string {
	return strings.NewReplacer("#", "\uFB02\u00B0\u00B0", ";", "\u00B6\u00DF").Replace(mermaidLine(s))
}

// textLines breaks text into lines without control characters and without
// directions that would reach beyond them, without blanks around them, and with
// one blank for every run of them.
func textLines(s string) []string {
	if isPlain(s) { // like nearly every label
		return []string{oneBlank(s)}
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069':
			return -1
		case r == '\u0085' || r == '\u2028' || r == '\u2029' || r == '\r':
			return '\n'
		case r != '\n' && (unicode.IsControl(r) || r == '\uFEFF'):
			return ' '
		case r == '\uFFFE' || r == '\uFFFF': // not allowed in XML
			return '\uFFFD'
		}
		return r
	}, s)
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, line := range lines {
		lines[i] = oneBlank(line)
	}
	return lines
}

// oneBlank is a text with one blank between words, and none around them.
func oneBlank(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return strings.Join(strings.Fields(s), " ")
		}
	}
	return s
}

// mermaidTrap reports whether the rune at i of a line cannot stand for itself.
func mermaidTrap(line []rune, i int) bool {
	r := line[i]
	before, after := line[:i], line[i+1:]
	switch {
	case r == ' ', r >= '0' && r <= '9': // most of what is written, with the letters
		return false
	case r|0x20 >= 'a' && r|0x20 <= 'z':
		return endsMermaidWord(line[:i+1])
	case strings.ContainsRune(mermaidAlways, r), isBidiControl(r):
		return true
	case r == '_': // emphasis in Markdown, except inside a word
		return !inWord(line, i)
	case strings.ContainsRune("-+=", r): // a list or a heading's underline in Markdown
		return i == 0
	case r == ')': // an ordered list
		return ordersList(line, i)
	case r == '.': // an ordered list, a link
		return ordersList(line, i) || endsWithFold(before, "www")
	case r == ':': // a link, an icon, Mermaid's own "wrap:"
		return startsWith(after, "//") || startsWith(after, "fa-") || endsWithFold(before, "wrap")
	}
	return endsMermaidWord(line[:i+1])
}

func endsMermaidWord(s []rune) bool {
	return slices.ContainsFunc(mermaidWords, func(word string) bool { return endsWithFold(s, word) })
}

// isBidiControl reports whether r changes the direction of what follows it,
// which would reorder the source around it.
func isBidiControl(r rune) bool {
	return r >= utf8.RuneSelf && unicode.Is(unicode.Bidi_Control, r)
}

// inWord reports whether letters or digits stand on both sides of the rune at i.
func inWord(line []rune, i int) bool {
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	return i > 0 && word(line[i-1]) && i+1 < len(line) && word(line[i+1])
}

// ordersList reports whether the rune at i of a line ends the number of an item
// of a Markdown list: "1. ".
func ordersList(line []rune, i int) bool {
	for _, r := range line[:i] {
		if r < '0' || r > '9' {
			return false
		}
	}
	return i > 0 && (i+1 == len(line) || line[i+1] == ' ')
}

func startsWith(s []rune, prefix string) bool {
	for i, r := range []rune(prefix) {
		if i >= len(s) || s[i] != r {
			return false
		}
	}
	return true
}

// endsWithFold reports whether s ends with an ASCII suffix in any case.
func endsWithFold(s []rune, suffix string) bool {
	if len(s) < len(suffix) {
		return false
	}
	tail := s[len(s)-len(suffix):]
	for i, r := range slices.Backward(tail) {
		switch c := rune(suffix[i]); {
		case r == c:
		case r < utf8.RuneSelf && unicode.ToLower(r) != unicode.ToLower(c):
			return false
		case r >= utf8.RuneSelf && !strings.EqualFold(string(r), string(c)):
			return false
		}
	}
	return true
}

// mermaidIDs makes identifiers that no Mermaid lexer splits at a keyword: a
// prefix and the words of the element's own id, each with a capital, so that
// "shop/end-1" becomes "bShopEnd1". It counts those that it gave.
type mermaidIDs map[string]int

// get returns a new identifier for an element. The prefix says what it stands
// for and begins with a letter.
func (ids mermaidIDs) get(prefix, element string) string {
	id := prefix + camel(element)
	ids[id]++
	if n := ids[id]; n > 1 {
		return ids.get(prefix, element+"-"+strconv.Itoa(n))
	}
	return id
}

// camel returns the ASCII letters and digits of s, with a capital at the start
// of each run of letters and an underscore between two runs of digits.
func camel(s string) string {
	var b strings.Builder
	var last rune
	parted := false // whether something was left out since last
	for _, r := range strings.ToLower(s) {
		letter, digit := r >= 'a' && r <= 'z', r >= '0' && r <= '9'
		switch {
		case letter && (parted || last < 'a'):
			b.WriteRune(unicode.ToUpper(r))
		case digit && parted && last >= '0' && last <= '9':
			b.WriteString("_" + string(r))
		case letter || digit:
			b.WriteRune(r)
		default:
			parted = true
			continue
		}
		last, parted = r, false
	}
	return strings.ReplaceAll(b.String(), "style", "Style") // see mermaidWords
}
