package grammar

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// balance returns the scanner's tokens with every "{" closed, none of them
// deeper than MaxDepth or without a statement before it, and every statement
// ended. Only then is it safe to hand them to the parser, which recurses.
func balance(s *scanner) tokens {
	if balanced(s.tokens) {
		return tokens{s.text, s.tokens}
	}
	b := &balancer{scanner: s, in: s.tokens, byIndent: true}
	b.run()
	if b.unclosed > 0 {
		// Indentation did not tell where a "}" is missing. Then a word that only
		// the top level has does.
		loose := &balancer{scanner: s, in: s.tokens}
		loose.run()
		b = loose
	}
	for _, d := range b.found {
		s.add(d)
	}
	s.bad = append(s.bad, b.bad...)
	slices.Sort(s.bad)
	return tokens{s.text, b.out}
}

// balanced reports whether nothing is to be done, as in nearly every text.
func balanced(tokens []lexeme) bool {
	depth, prev := 0, tokEnd
	for _, t := range tokens {
		kind := lexer.TokenType(t.kind)
		switch kind {
		case tokOpen:
			if depth++; depth > maxDepth || prev == tokEnd || prev == tokOpen {
				return false
			}
		case tokClose:
			if depth--; depth < 0 {
				return false
			}
		}
		if prev == tokClose && kind != tokEnd {
			return false
		}
		prev = kind
	}
	return depth == 0
}

// balancer repairs one run of tokens. Two are tried at most, so findings are
// kept here until it is known which one is taken.
type balancer struct {
	*scanner
	in       []lexeme
	i        int // next token of in
	out      []lexeme
	open     []opened
	found    diag.List
	bad      []int
	unclosed int
	byIndent bool
}

// opened is a "{" that is not closed yet.
type opened struct {
	token   lexeme
	keyword lexeme // of the statement whose block it opens
	indent  int
	context string // of the statements in it; "" where the statement is unknown
}

func (b *balancer) run() {
	b.out = make([]lexeme, 0, len(b.in)+16)
	for b.i < len(b.in) {
		t := b.in[b.i]
		b.i++
		switch lexer.TokenType(t.kind) {
		case tokOpen:
			b.openBrace(t)
		case tokClose:
			b.closeBrace(t)
		case tokWord:
			if b.atStart() {
				b.closeBefore(t)
			}
			b.out = append(b.out, t)
		default:
			b.out = append(b.out, t)
		}
	}
	b.unclosed = len(b.open)
	for len(b.open) > 0 {
		b.missing(len(b.text), nil)
	}
}

func (b *balancer) last(n int) lexer.TokenType {
	if len(b.out) < n {
		return tokEnd
	}
	return lexer.TokenType(b.out[len(b.out)-n].kind)
}

// atStart reports whether a statement begins here.
func (b *balancer) atStart() bool { return b.last(1) == tokEnd || b.last(1) == tokOpen }

func (b *balancer) openBrace(t lexeme) {
	if b.atStart() {
		if b.last(1) == tokOpen || b.last(2) == tokClose || len(b.out) == 0 || b.last(2) == tokEnd {
			b.problem(codeBrace, t, `"{" opens a block without a statement before it`, "")
			b.skip()
			return
		}
		// A brace on a line of its own belongs to the statement above it.
		d := b.problem(codeBrace, t, `"{" is on a line of its own`, "put it at the end of its statement's line")
		d.Fix = b.moveUp(t)
		b.out = b.out[:len(b.out)-1]
	}
	if len(b.open) >= maxDepth {
		b.problem(codeTooDeep, t, fmt.Sprintf("blocks are nested deeper than %d", maxDepth), "")
		b.skip()
		return
	}
	keyword := b.lineStart()
	o := opened{token: t, keyword: keyword, indent: b.indent(keyword)}
	if sig := lookup(b.context(len(b.open)), b.valueOf(keyword)); sig != nil {
		o.context = sig.Opens
	}
	b.open = append(b.open, o)
	b.out = append(b.out, t)
}

func (b *balancer) closeBrace(t lexeme) {
	if len(b.open) == 0 {
		b.problem(codeBrace, t, `"}" closes nothing`, "")
		if b.i < len(b.in) && b.in[b.i].is(tokEnd) && b.atStart() {
			b.i++
		}
		return
	}
	b.open = b.open[:len(b.open)-1]
	b.out = append(b.out, t)
	if b.i == len(b.in) || b.in[b.i].is(tokEnd) {
		return
	}
	if next := b.in[b.i]; !next.is(tokOpen) {
		d := b.problem(codeLine, next, `a statement follows "}" on the same line`, "put it on a line of its own")
		at := b.src.Span(int(next.start), int(next.start))
		d.Fix = &diag.Fix{Message: "begin a line with it", Edits: []diag.Edit{{At: at, New: "\n"}}}
		b.bad = append(b.bad, int(next.start))
	}
	b.end(int(t.start) + 1)
}

// closeBefore closes the blocks that the statement beginning with t does not
// fit in, up to one that it does, where that shows that a "}" is missing: it is
// indented no deeper than what it would stand in, or, where indentation tells
// nothing, only the top level has it.
func (b *balancer) closeBefore(t lexeme) {
	if len(b.open) == 0 || b.fits(t, len(b.open)) {
		return
	}
	depth := len(b.open) - 1
	for depth > 0 && !b.fits(t, depth) {
		depth--
	}
	if depth == 0 && !b.fits(t, 0) {
		return
	}
	if b.byIndent && b.indent(t) > b.open[len(b.open)-1].indent || !b.byIndent && depth > 0 {
		return
	}
	for len(b.open) > depth {
		b.missing(int(t.start), &t)
	}
}

// fits reports whether the statement beginning with t may stand at that depth
// of the open blocks. A declaration with a block is no statement without.
func (b *balancer) fits(t lexeme, depth int) bool {
	sig := lookup(b.context(depth), b.valueOf(t))
	return sig != nil && (sig.Opens != "" || !b.hasBlock())
}

// hasBlock reports whether the line at the cursor ends in a "{".
func (b *balancer) hasBlock() bool {
	for _, t := range b.in[b.i:] {
		switch lexer.TokenType(t.kind) {
		case tokOpen:
			return true
		case tokEnd, tokClose:
			return false
		}
	}
	return false
}

// context returns the place that statements at that depth are in.
func (b *balancer) context(depth int) string {
	if depth == 0 {
		return contextFile
	}
	return b.open[depth-1].context
}

// missing closes the innermost block at the offset, before the statement that
// begins with next, and reports it.
func (b *balancer) missing(offset int, next *lexeme) {
	o := b.open[len(b.open)-1]
	b.open = b.open[:len(b.open)-1]
	d := problem(codeBrace, b.place(o.token), fmt.Sprintf(`"{" of %s is never closed`, shown(b.valueOf(o.keyword))))
	if next != nil {
		d.Related = append(d.Related, diag.Related{Message: `a "}" is missing before this`, At: b.place(*next)})
	}
	b.found = append(b.found, d)
	b.end(offset)
	b.out = append(b.out, emptyToken(tokClose, offset))
	b.end(offset)
}

// end ends the statement, if one is open.
func (b *balancer) end(offset int) {
	if !b.atStart() {
		b.out = append(b.out, emptyToken(tokEnd, offset))
	}
}

// skip drops the block whose "{" was just read, and the end behind it.
func (b *balancer) skip() {
	for depth := 1; b.i < len(b.in) && depth > 0; b.i++ {
		switch lexer.TokenType(b.in[b.i].kind) {
		case tokOpen:
			depth++
		case tokClose:
			depth--
		}
	}
	if b.i < len(b.in) && b.in[b.i].is(tokEnd) && b.atStart() {
		b.i++
	}
}

// lineStart returns the first word of the line that out ends with.
func (b *balancer) lineStart() lexeme {
	for i := len(b.out) - 1; i > 0; i-- {
		if t := b.out[i-1]; t.is(tokEnd) || t.is(tokOpen) {
			return b.out[i]
		}
	}
	return b.out[0]
}

// indent returns how many blanks stand before the token in its line, or many
// where something else does.
func (b *balancer) indent(t lexeme) int {
	line := int(t.start)
	for line > 0 && classes[b.text[line-1]] == blank {
		line--
	}
	if line > 0 && b.text[line-1] != '\n' && b.text[:line] != byteOrderMark {
		return len(b.text)
	}
	return int(t.start) - line
}

// moveUp puts a brace at the end of its statement's line, unless something else
// stands between.
func (b *balancer) moveUp(t lexeme) *diag.Fix {
	before := b.place(b.out[len(b.out)-2]) // before the statement's end
	between := b.src.Span(before.End, int(t.start))
	if strings.Trim(between.Text(), " \t\r\n") != "" {
		return nil
	}
	return &diag.Fix{Message: "put it after its statement", Edits: []diag.Edit{{At: between, New: " "}}}
}

func (b *balancer) problem(code diag.Code, t lexeme, message, help string) *diag.Diagnostic {
	d := problem(code, b.place(t), message)
	d.Help = help
	b.found = append(b.found, d)
	return &b.found[len(b.found)-1]
}

func emptyToken(kind lexer.TokenType, offset int) lexeme {
	return lexeme{int8(kind), int32(offset), int32(offset)}
}

func (b *balancer) valueOf(t lexeme) string { return b.text[t.start:t.end] }

func (b *balancer) place(t lexeme) source.Span { return b.src.Span(int(t.start), int(t.end)) }
