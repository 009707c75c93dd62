package grammar

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// The tokens. A statement's end is a token of its own, inserted as Go's lexer
// inserts semicolons: at a line break unless after "{" or ",", before "}", and
// at the end of the text.
const (
	tokWord lexer.TokenType = -(iota + 2) // -1 is lexer.EOF
	tokString
	tokOpen  // {
	tokClose // }
	tokLeft  // (
	tokRight // )
	tokComma
	tokEnd
)

// definition makes the lexer known to participle. Its tokens carry a byte
// offset and no line or column: those are source.File's affair.
type definition struct{}

var symbols = map[string]lexer.TokenType{
	"EOF": lexer.EOF, "Word": tokWord, "String": tokString, "Open": tokOpen, "Close": tokClose,
	"Left": tokLeft, "Right": tokRight, "Comma": tokComma, "End": tokEnd,
}

func (definition) Symbols() map[string]lexer.TokenType { return symbols }

func (definition) Lex(name string, r io.Reader) (lexer.Lexer, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	f := source.NewFile(name, string(text))
	return &replay{tokens: tokens{f.Text, scan(f).tokens}.lexed()}, nil
}

// lexeme is a token of a text by its place: of a large text all are kept at once.
// A "}" that is missing stands where it should, and is empty.
type lexeme struct {
	kind       int8 // a lexer.TokenType of the above
	start, end int32
}

func (t lexeme) is(kind lexer.TokenType) bool { return t.kind == int8(kind) }

// tokens are tokens of a text, in order.
type tokens struct {
	text string
	all  []lexeme
}

// at returns a token as participle knows it.
func (t tokens) at(i int) lexer.Token {
	own := t.all[i]
	return lexer.Token{Type: lexer.TokenType(own.kind), Value: t.text[own.start:own.end], Pos: lexer.Position{Offset: int(own.start)}}
}

// lexed returns all tokens as participle knows them.
func (t tokens) lexed() []lexer.Token {
	out := make([]lexer.Token, len(t.all))
	for i := range t.all {
		out[i] = t.at(i)
	}
	return out
}

// replay hands tokens that are already there to participle.
type replay struct{ tokens []lexer.Token }

func (r *replay) Next() (lexer.Token, error) {
	if len(r.tokens) == 0 {
		return lexer.EOFToken(lexer.Position{}), nil
	}
	t := r.tokens[0]
	r.tokens = r.tokens[1:]
	return t, nil
}

// scanner turns a text into tokens and comments.
type scanner struct {
	src      *source.File
	text     string
	pos      int
	tokens   []lexeme
	comments []source.Span
	list     diag.List
	unlisted int // findings beyond those that are kept
	// bad holds the offsets at which something was reported that breaks the
	// statement it stands in; ascending once the whole text is read.
	bad     []int
	line    int            // how many line breaks were read
	strange map[string]int // message about a strange character: the last line with it
}

// class says what a byte is to the scanner.
type class uint8

const (
	inWord class = iota // also every byte of a letter beyond ASCII that is no blank
	blank
	newline
	control
	mark  // { } ( ) ,
	quote // "
	wide  // the first byte of a rune beyond ASCII
)

var classes = func() (c [256]class) {
	for b := range c {
		switch {
		case b == ' ' || b == '\t' || b == '\r':
			c[b] = blank
		case b == '\n':
			c[b] = newline
		case b < ' ' || b == 0x7f:
			c[b] = control
		case b == '"':
			c[b] = quote
		case strings.ContainsRune("{}(),", rune(b)):
			c[b] = mark
		case b >= utf8.RuneSelf:
			c[b] = wide
		}
	}
	return c
}()

const byteOrderMark = "\uFEFF"

// scan reads the whole text. What is wrong is reported and read as a blank.
func scan(f *source.File) *scanner {
	s := &scanner{src: f, text: f.Text, strange: make(map[string]int)}
	if !s.isText() {
		return s
	}
	s.pos = len(s.text) - len(strings.TrimPrefix(s.text, byteOrderMark))
	s.tokens = make([]lexeme, 0, len(s.text)/8+256)
	s.checkUTF8()
	for s.pos < len(s.text) {
		if len(s.tokens) > maxTokens {
			s.report(codeTooManyWords, s.pos, s.pos, fmt.Sprintf("the file has more than %d words; the rest is not read", maxTokens), "")
			s.pos = len(s.text)
			s.tokens = whole(s.tokens)
			break
		}
		s.next()
	}
	s.end(s.pos)
	slices.Sort(s.bad)
	return s
}

// whole returns the tokens of the declarations that are complete: of one that is cut
// off nothing is known. Where there is none, all are returned.
func whole(tokens []lexeme) []lexeme {
	end := 0
	for {
		n, ended := declaration(tokens[end:])
		if !ended {
			break
		}
		end += n
	}
	if end == 0 {
		return tokens
	}
	return tokens[:end]
}

// isText refuses what is no text at all with one finding instead of thousands.
func (s *scanner) isText() bool {
	switch {
	case strings.HasPrefix(s.text, "\xff\xfe"), strings.HasPrefix(s.text, "\xfe\xff"):
		s.report(codeNotText, 0, 2, "the file is UTF-16, not UTF-8", "save it as UTF-8")
		return false
	case strings.IndexByte(s.text, 0) >= 0:
		at := strings.IndexByte(s.text, 0)
		s.report(codeNotText, at, at+1, "the file is not text: it holds a NUL byte", "")
		return false
	}
	return true
}

// checkUTF8 reports each line's first bytes that are no UTF-8.
func (s *scanner) checkUTF8() {
	if utf8.ValidString(s.text) {
		return
	}
	for i := 0; i < len(s.text); {
		r, n := utf8.DecodeRuneInString(s.text[i:])
		if r != utf8.RuneError || n != 1 {
			i += n
			continue
		}
		s.report(codeNotText, i, i+1, fmt.Sprintf("the byte 0x%02x is not UTF-8", s.text[i]), "save the file as UTF-8")
		line := strings.IndexByte(s.text[i:], '\n')
		if line < 0 || len(s.list) > maxErrors {
			return
		}
		i += line
	}
}

// next reads one token, blank or comment.
func (s *scanner) next() {
	c := s.text[s.pos]
	switch classes[c] {
	case blank:
		if c == '\r' && !strings.HasPrefix(s.text[s.pos+1:], "\n") {
			s.oddity(s.pos, s.pos+1, "a carriage return has no line feed after it")
		}
		s.pos++
	case newline:
		s.end(s.pos)
		s.pos++
		s.line++
	case control, wide:
		if n, what := strangeRune(s.text[s.pos:]); what != "" {
			s.oddity(s.pos, s.pos+n, what)
			s.pos += n
			return
		}
		s.word()
	case mark:
		s.mark(c)
	case quote:
		s.quoted()
	case inWord:
		if c == '#' {
			s.comment()
			return
		}
		s.word()
	}
}

func (s *scanner) mark(c byte) {
	switch c {
	case '{':
		s.emit(tokOpen, s.pos, s.pos+1)
	case '}':
		s.end(s.pos)
		s.emit(tokClose, s.pos, s.pos+1)
	case '(':
		s.emit(tokLeft, s.pos, s.pos+1)
	case ')':
		s.emit(tokRight, s.pos, s.pos+1)
	case ',':
		s.emit(tokComma, s.pos, s.pos+1)
	}
	s.pos++
}

// end ends the statement, if one is open. Before a "}" and at the end of the
// text a list ends too, although its comma says that it goes on.
func (s *scanner) end(at int) {
	if len(s.tokens) == 0 {
		return
	}
	switch lexer.TokenType(s.tokens[len(s.tokens)-1].kind) {
	case tokEnd, tokOpen:
		return
	case tokComma:
		if at < len(s.text) && s.text[at] == '\n' {
			return
		}
	}
	s.emit(tokEnd, at, at)
}

func (s *scanner) emit(t lexer.TokenType, start, end int) {
	s.tokens = append(s.tokens, lexeme{int8(t), int32(start), int32(end)})
}

// word reads a bare word: up to a blank, a line break, a mark or a quote. A
// "#" within it is a part of it.
func (s *scanner) word() {
	start := s.pos
	i := start + bareLength(s.text[start:])
	s.emit(tokWord, start, i)
	s.pos = i
	if i < len(s.text) && s.text[i] == '"' {
		s.report(codeQuote, i, i+1, fmt.Sprintf("a blank is missing between %s and the quote", shown(s.text[start:i])),
			"a quoted word is quoted whole")
	}
}

// bareLength returns how many bytes of the text may belong to a bare word.
func bareLength(text string) int {
	i := 0
	for i < len(text) {
		switch classes[text[i]] {
		case inWord:
			i++
		case wide:
			n, what := strangeRune(text[i:])
			if what != "" {
				return i
			}
			i += n
		default:
			return i
		}
	}
	return i
}

// bare reports whether a word may stand without quotes.
func bare(word string) bool {
	return word != "" && word[0] != '#' && bareLength(word) == len(word)
}

// quoted reads a quoted word, which ends in its line.
func (s *scanner) quoted() {
	start, i := s.pos, s.pos+1
	for i < len(s.text) && s.text[i] != '"' && s.text[i] != '\n' {
		switch c := s.text[i]; {
		case c == '\\':
			i += s.escape(i)
		case classes[c] == control, c == '\r' && !strings.HasPrefix(s.text[i+1:], "\n"):
			s.oddity(i, i+1, controlName(rune(c)))
			i++
		case classes[c] == wide:
			r, n := utf8.DecodeRuneInString(s.text[i:])
			if turns(r) {
				s.oddity(i, i+n, turnName(r))
			}
			i += n
		default:
			i++
		}
	}
	if i < len(s.text) && s.text[i] == '"' {
		i++
		s.emit(tokString, start, i)
		if i < len(s.text) && (classes[s.text[i]] == inWord && s.text[i] != '#' || s.text[i] == '"') {
			s.report(codeQuote, i, i+1, "a blank is missing after the closing quote", `a quote within quotes is written \"`)
		}
	} else {
		// The statement's block is not lost with the quote.
		line := strings.TrimRight(s.text[start:i], " \t\r")
		line = strings.TrimRight(strings.TrimSuffix(line, "{"), " \t\r")
		i = start + max(len(line), 1)
		s.emit(tokString, start, i)
		s.report(codeQuote, start, start+1, "the quote is not closed in its line", "")
	}
	s.pos = i
}

// escape checks the escape sequence at i and returns its length in bytes.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.text) || s.text[i+1] == '\n' {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s.text[i+1:])
	if !strings.ContainsRune(`"\n`, rune(s.text[i+1])) {
		s.report(codeEscape, i, i+1+n, fmt.Sprintf("%s is not a valid escape", s.text[i:i+1+n]), `escapes are \", \\ and \n`)
	}
	return 1 + n
}

// comment reads from "#" to the end of the line.
func (s *scanner) comment() {
	start, end := s.pos, len(s.text)
	if n := strings.IndexByte(s.text[start:], '\n'); n >= 0 {
		end = start + n
	}
	s.pos = end
	end = start + len(strings.TrimRight(s.text[start:end], " \t\r"))
	for i := start; i < end; i++ {
		switch c := s.text[i]; {
		case classes[c] == control, c == '\r':
			s.oddity(i, i+1, controlName(rune(c)))
		case classes[c] == wide:
			switch r, n := utf8.DecodeRuneInString(s.text[i:]); {
			case turns(r):
				s.oddity(i, i+n, turnName(r))
			case unseen(r) && !joins(r):
				s.oddity(i, i+n, unseenName(r))
			}
		}
	}
	s.comments = append(s.comments, s.src.Span(start, end))
}

// strangeRune returns the length of the rune that text begins with and, where
// it may not stand outside quotes and comments, what it is.
func strangeRune(text string) (n int, what string) {
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError && n == 1:
		return n, "" // reported by checkUTF8
	case unicode.IsControl(r):
		return n, controlName(r)
	case string(r) == byteOrderMark:
		return n, "a byte order mark is inside the text"
	case unicode.IsSpace(r) || r == '\u200b' || r == '\u2060':
		return n, fmt.Sprintf("the invisible character U+%04X is no blank here", r)
	case turns(r):
		return n, turnName(r)
	case unseen(r):
		return n, unseenName(r)
	case r == '“' || r == '”' || r == '„':
		return n, fmt.Sprintf("the quotes of the language are \", not %c", r)
	}
	return n, ""
}

func controlName(r rune) string {
	return fmt.Sprintf("the control character U+%04X does not belong in a text", r)
}

// oddity reports a character that is read as a blank; one finding of its kind
// is enough for a line.
func (s *scanner) oddity(start, end int, message string) {
	if line, ok := s.strange[message]; ok && line == s.line {
		s.bad = append(s.bad, start)
		return
	}
	s.strange[message] = s.line
	if d := s.report(codeStrange, start, end, message, ""); d != nil {
		d.Fix = s.strangeFix(start, end)
	}
}

// strangeFix returns the fix of what people paste from a formatted text: curly
// quotes around a word, and blanks that are none. Where a line has more of
// them, or other quotes, it is not clear what was meant.
func (s *scanner) strangeFix(start, end int) *diag.Fix {
	line := s.src.LineSpan(s.src.Position(start).Line)
	text := line.Text()
	r, _ := utf8.DecodeRuneInString(s.text[start:])
	opening, closing := strings.IndexAny(text, "“„"), strings.LastIndexAny(text, "“”")
	switch {
	case unicode.Is(unicode.Zs, r) && strings.Count(text, string(r)) == 1:
		return &diag.Fix{Message: "put a blank there", Edits: []diag.Edit{{At: s.src.Span(start, end), New: " "}}}
	case !strings.ContainsRune("“”„", r), opening < 0, closing <= opening, strings.Contains(text, `"`):
		return nil
	case strings.Count(text, "“")+strings.Count(text, "”")+strings.Count(text, "„") != 2:
		return nil
	}
	quote := func(i int) diag.Edit {
		return diag.Edit{At: s.src.Span(line.Start+i, line.Start+i+len("“")), New: `"`}
	}
	return &diag.Fix{Message: `put " there`, Edits: []diag.Edit{quote(opening), quote(closing)}}
}

// report adds a finding and returns it, or nil where it is not kept.
func (s *scanner) report(code diag.Code, start, end int, message, help string) *diag.Diagnostic {
	d := problem(code, s.src.Span(start, end), message)
	d.Help = help
	s.bad = append(s.bad, start)
	if !s.add(d) {
		return nil
	}
	return &s.list[len(s.list)-1]
}

// add keeps a finding. Far more than are listed are kept, because they do not
// come in the order of the text; a text of nothing but mistakes must not fill
// the memory.
func (s *scanner) add(d diag.Diagnostic) bool {
	if s.full() {
		s.unlisted++
		return false
	}
	s.list = append(s.list, d)
	return true
}

// span returns the place of a token.
func (s *scanner) span(t lexer.Token) source.Span {
	return s.src.Span(t.Pos.Offset, t.Pos.Offset+len(t.Value))
}

func (s *scanner) full() bool { return len(s.list) >= 10*maxErrors }

// shown quotes a word of the text for a message, cut where it is long.
func shown(word string) string { return `"` + clip(word, 60) + `"` }

// clip cuts what comes from the text to so many bytes, between characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
