package grammar

import (
	"iter"

	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of shape.go once more, by hand: for texts without mistakes, which
// are nearly all, it is many times as fast as participle. It understands a
// statement as the grammar does or not at all; then participle says which
// line is broken. FuzzShape holds the two against each other.

// quick parses statements. What it returns is valid until it is reset.
type quick struct {
	tokens     tokens
	i          int // next token
	statements arena[shapeStatement]
	blocks     arena[shapeBlock]
	within     arena[*shapeStatement]
	open       []*shapeStatement // of the blocks that are not read to their end
	elements   arena[shapeElement]
	arguments  arena[shapeArgument]
}

// shapes yields the statements of tokens whose braces are balanced, and where
// the next one begins, or end. Each is valid until the next is asked for.
func shapes(tokens tokens, end int) iter.Seq2[*shapeStatement, int] {
	return func(yield func(*shapeStatement, int) bool) {
		q := &quick{tokens: tokens}
		for q.peek() != lexer.EOF {
			q.reset()
			start := q.i
			if s := q.statement(); s != nil {
				if !yield(s, q.offset(end)) {
					return
				}
				continue
			}
			some := q.recovered(start)
			for i, s := range some {
				next := q.offset(end)
				if i+1 < len(some) {
					first, _ := some[i+1].first()
					next = first.Pos.Offset
				}
				if !yield(s, next) {
					return
				}
			}
		}
	}
}

// recovered parses the first statement from the token start on, which is broken.
// Of the statements in its block the sound ones are parsed by hand again.
func (q *quick) recovered(start int) []*shapeStatement {
	n, _ := declaration(q.tokens.all[start:])
	end := start + n
	r := recovery{PeekingLexer: replayed(tokens{q.tokens.text, q.tokens.all[start:end]}.lexed())}
	r.sound = func() *shapeStatement {
		from := start + int(r.RawCursor())
		q.i = from
		s := q.statement()
		if s != nil {
			for range q.i - from {
				r.Next()
			}
		}
		return s
	}
	out := r.statements()
	q.i = end
	return out
}

// declaration returns how many tokens the first statement has with its block, and whether
// its end is among them.
func declaration(tokens []lexeme) (n int, ended bool) {
	depth := 0
	for i, t := range tokens {
		switch lexer.TokenType(t.kind) {
		case tokOpen:
			depth++
		case tokClose:
			depth--
		case tokEnd:
			if depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(tokens), false
}

// offset returns where the next statement begins.
func (q *quick) offset(end int) int {
	for _, t := range q.tokens.all[q.i:] {
		if !t.is(tokEnd) {
			return int(t.start)
		}
	}
	return end
}

func (q *quick) reset() {
	q.statements.reset()
	q.blocks.reset()
	q.within.reset()
	q.elements.reset()
	q.arguments.reset()
}

func (q *quick) peek() lexer.TokenType {
	if q.i == len(q.tokens.all) {
		return lexer.EOF
	}
	return lexer.TokenType(q.tokens.all[q.i].kind)
}

func (q *quick) next() lexer.Token {
	q.i++
	return q.tokens.at(q.i - 1)
}

// statement parses Line Block? End, or returns nil.
func (q *quick) statement() *shapeStatement {
	if q.peek() != tokWord {
		return nil
	}
	s := &q.statements.take(1)[0]
	s.Line.Keyword = q.next()
	if !q.list(&s.Line.List) {
		return nil
	}
	if q.peek() == tokOpen {
		if s.Block = q.block(); s.Block == nil {
			return nil
		}
	}
	if q.peek() != tokEnd {
		return nil
	}
	q.i++
	return s
}

// block parses Open Statement* Close, or returns nil.
func (q *quick) block() *shapeBlock {
	b := &q.blocks.take(1)[0]
	b.Open = q.next()
	before := len(q.open)
	for q.peek() != tokClose {
		s := q.statement()
		if s == nil {
			q.open = q.open[:before]
			return nil
		}
		q.open = append(q.open, s)
	}
	if n := len(q.open) - before; n > 0 {
		b.Statements = q.within.take(n)
		copy(b.Statements, q.open[before:])
		q.open = q.open[:before]
	}
	b.Close = q.next()
	return b
}

// list parses ( Element ( Comma Element )* )? up to the line's end.
func (q *quick) list(l *shapeList) bool {
	if endsLine(q.peek()) {
		return true
	}
	l.Elements = q.elements.take(q.countElements())
	for i := range l.Elements {
		if i > 0 {
			q.i++ // the comma
		}
		n := q.countArguments()
		if n == 0 {
			return false
		}
		l.Elements[i].Arguments = q.arguments.take(n)
		for j := range l.Elements[i].Arguments {
			if !q.argument(&l.Elements[i].Arguments[j]) {
				return false
			}
		}
	}
	return endsLine(q.peek())
}

// countElements returns how many elements the list has by its commas.
func (q *quick) countElements() int {
	n, depth := 1, 0
	for _, t := range q.tokens.all[q.i:] {
		switch kind := lexer.TokenType(t.kind); {
		case endsLine(kind):
			return n
		case kind == tokLeft:
			depth++
		case kind == tokRight:
			depth--
		case kind == tokComma && depth == 0:
			n++
		}
	}
	return n
}

// countArguments returns how many arguments stand before the next comma or the
// line's end.
func (q *quick) countArguments() int {
	n, depth := 0, 0
	for _, t := range q.tokens.all[q.i:] {
		switch kind := lexer.TokenType(t.kind); {
		case endsLine(kind), kind == tokComma && depth == 0:
			return n
		case kind == tokLeft:
			depth++
			n++
		case kind == tokRight:
			depth--
		case depth == 0:
			n++
		}
	}
	return n
}

// argument parses Value | Group.
func (q *quick) argument(a *shapeArgument) bool {
	switch q.peek() {
	case tokWord, tokString:
		a.Value.Token = q.next()
		return true
	case tokLeft:
		a.Group = q.group()
		return a.Group != nil
	}
	return false
}

// group parses Left Value ( Comma Value )* Right, or returns nil.
func (q *quick) group() *shapeGroup {
	g := &shapeGroup{Left: q.next()}
	for {
		if t := q.peek(); t != tokWord && t != tokString {
			return nil
		}
		g.Values = append(g.Values, shapeValue{q.next()})
		switch q.peek() {
		case tokComma:
			q.i++
		case tokRight:
			g.Right = q.next()
			return g
		default:
			return nil
		}
	}
}

// arena hands out pieces of a slice and takes them all back at once.
type arena[T any] struct{ free, all []T }

func (a *arena[T]) take(n int) []T {
	if n > len(a.free) {
		a.all = make([]T, max(n, 2*len(a.all), 64))
		a.free = a.all
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	return out
}

func (a *arena[T]) reset() {
	clear(a.all[:len(a.all)-len(a.free)])
	a.free = a.all
}
