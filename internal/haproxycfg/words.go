package haproxycfg

import (
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// Word is one word of a line as HAProxy reads it: without quotes and escapes, and
// with the values of environment variables.
type Word struct {
	Text string
	At   source.Span // as it is written
}

// Words returns the words of several, as they are read.
func Words(words []Word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w.Text
	}
	return out
}

// lexer splits one line into words (HAProxy configuration manual, 2.2 and 2.3).
type lexer struct {
	file *source.File
	text string // of the file
	at   int    // of the next byte
	end  int    // of the line
	env  *environment

	words  []Word
	word   strings.Builder
	start  int // of the word; -1 for none
	strong bool
	weak   bool
	opened int // where the quote begins
	faults []fault
}

// fault is what is wrong in a line.
type fault struct {
	code Code
	at   source.Span
	msg  string
	help string
}

// split returns the words of the line between two offsets, and what is wrong in it.
func split(file *source.File, start, end int, env *environment) ([]Word, []fault) {
	x := &lexer{file: file, text: file.Text, at: start, end: end, env: env, start: -1}
	if n := atMost(x.text[start:end]); n > 0 {
		x.words = make([]Word, 0, n)
	}
	for x.at < x.end {
		if x.text[x.at] == '#' && !x.strong && !x.weak {
			break // a comment, also within a word
		}
		if !x.plain() {
			x.byte()
		}
	}
	if x.strong || x.weak {
		x.fail(FaultSyntax, x.opened, x.opened+1, "the quote is not closed", "add the closing quote on the same line")
	}
	x.finish(min(x.at, x.end))
	return x.words, x.faults
}

// atMost is how many words a line has where nothing in it is quoted or expanded.
func atMost(line string) int {
	n, within := 0, false
	for i := range len(line) {
		if line[i] == '#' {
			break
		}
		space := isSpace(line[i])
		if !space && !within {
			n++
		}
		within = !space
	}
	return n
}

// plain reads a word that is as it is written: it takes no memory of its own.
func (x *lexer) plain() bool {
	if x.start >= 0 || x.strong || x.weak {
		return false
	}
	i := x.at
	for i < x.end && isPlain(x.text[i]) {
		i++
	}
	if i == x.at || i < x.end && !isSpace(x.text[i]) {
		return false
	}
	x.words = append(x.words, Word{x.text[x.at:i], x.file.Span(x.at, i)})
	x.at = i
	return true
}

// isPlain reports whether a byte stands for itself, and ends no word.
func isPlain(c byte) bool {
	switch c {
	case '"', '\'', '\\', '#', 0:
		return false
	}
	return !isSpace(c)
}

func (x *lexer) fail(code Code, start, end int, msg, help string) {
	x.faults = append(x.faults, fault{code, x.file.Span(start, end), msg, help})
}

// byte reads what begins at the next byte.
func (x *lexer) byte() {
	switch c := x.text[x.at]; {
	case c == '"' && !x.strong:
		x.quote(&x.weak)
	case c == '\'' && !x.weak:
		x.quote(&x.strong)
	case c == '\\' && !x.strong:
		x.escape()
	case c == '$' && x.weak:
		x.variable()
	case isSpace(c) && !x.strong && !x.weak:
		x.finish(x.at)
		x.at++
	case c == 0:
		x.fail(FaultSyntax, x.at, x.at+1, "the line has a NUL byte", "remove it")
		x.at++
	default:
		x.put(string(c))
		x.at++
	}
}

// isSpace is isspace() of the C locale, as HAProxy asks it.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (x *lexer) begin() {
	if x.start < 0 {
		x.start = x.at
	}
}

func (x *lexer) put(s string) {
	x.begin()
	x.word.WriteString(s)
}

func (x *lexer) finish(end int) {
	if x.start < 0 {
		return
	}
	x.words = append(x.words, Word{x.word.String(), x.file.Span(x.start, end)})
	x.word.Reset()
	x.start = -1
}

func (x *lexer) quote(open *bool) {
	x.begin()
	x.opened = x.at
	*open = !*open
	x.at++
}

// escapes are what stands behind a backslash outside of strong quotes.
var escapes = map[byte]string{
	' ': " ", '\\': `\`, '#': "#", 'r': "\r", 'n': "\n", 't': "\t", '"': `"`, '\'': "'",
}

// escape reads a backslash. One before any other byte stays.
func (x *lexer) escape() {
	next := byte(0)
	if x.at+1 < x.end {
		next = x.text[x.at+1]
	}
	switch s, known := escapes[next]; {
	case known:
		x.put(s)
		x.at += 2
	case next == '$' && x.weak:
		x.put("$")
		x.at += 2
	case next == 'x':
		x.hex()
	default:
		x.put(`\`)
		x.at++
	}
}

func (x *lexer) hex() {
	if x.at+3 < x.end {
		hi, lo := hexDigit(x.text[x.at+2]), hexDigit(x.text[x.at+3])
		if hi >= 0 && lo >= 0 {
			x.put(string([]byte{byte(hi<<4 | lo)}))
			x.at += 4
			return
		}
	}
	x.fail(FaultSyntax, x.at, min(x.at+4, x.end), `\x needs two hexadecimal digits`, `write it as \x41, or \\x for a backslash and an x`)
	x.put(`\x`)
	x.at += 2
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// variable reads $NAME, ${NAME}, ${NAME-VALUE} or ${NAME[*]} in weak quotes.
func (x *lexer) variable() {
	v, ok := readVariable(x.text[:x.end], x.at)
	if !ok {
		x.fail(FaultSyntax, x.at, min(v.end, x.end), "this is no environment variable", `write "${NAME}", or "\$" for a dollar sign`)
		x.put("$")
		x.at++
		return
	}
	value, known := x.env.value(v)
	if !known {
		x.fail(FaultVariable, x.at, v.end, "environment variable "+v.name+" has no value", x.env.help(v.name))
		value = unknownValue
	}
	x.begin()
	if !v.words {
		x.word.WriteString(value)
		x.at = v.end
		return
	}
	start := x.start
	for i, w := range strings.Fields(value) {
		if i > 0 {
			x.finish(v.end)
			x.start = start
		}
		x.word.WriteString(w)
	}
	x.at = v.end
}

// unknownValue stands for the value of a variable that has none, so that what is
// around it can be read.
const unknownValue = "unknown"

// variable is a use of an environment variable.
type variable struct {
	name     string
	fallback string // behind "-"
	has      bool   // it has a fallback
	words    bool   // [*]: its value is several words
	end      int    // offset behind it
}

// readVariable reads a variable that begins at a dollar sign. Where there is none,
// end is behind what was taken for one.
func readVariable(text string, at int) (variable, bool) {
	i := at + 1
	braced := i < len(text) && text[i] == '{'
	if braced {
		i++
	}
	v := variable{}
	start := i
	for i < len(text) && (isLetter(text[i]) || i > start && text[i] >= '0' && text[i] <= '9') {
		i++
	}
	v.name, v.end = text[start:i], i
	if v.name == "" {
		v.end = i + 1
		return v, false
	}
	if !braced {
		return v, true
	}
	if strings.HasPrefix(text[i:], "[*]") {
		v.words = true
		i += len("[*]")
	}
	if i < len(text) && text[i] == '-' {
		shut := strings.IndexByte(text[i:], '}')
		if shut < 0 {
			v.end = len(text)
			return v, false
		}
		v.fallback, v.has = text[i+1:i+shut], true
		i += shut
	}
	if i >= len(text) || text[i] != '}' {
		v.end = min(i+1, len(text))
		return v, false
	}
	v.end = i + 1
	return v, true
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
