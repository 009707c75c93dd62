package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// line reads the arguments of one statement from left to right. Lists are
// flat here: a comma is a token of its own.
type line struct {
	r      *reader
	s      *ast.Statement
	tokens []token
}

// token is a word, a group in parentheses, or a comma (both nil).
type token struct {
	word  *ast.Word
	group *ast.Group
	at    source.Span
}

func (t token) comma() bool { return t.word == nil && t.group == nil }

// line is valid until the declaration that the statement is in has been read.
func (r *reader) line(s *ast.Statement) *line {
	from := len(r.tokens)
	r.tokens = flatten(r.tokens, s.Args)
	r.lines = append(r.lines, line{r: r, s: s, tokens: r.tokens[from:len(r.tokens):len(r.tokens)]})
	return &r.lines[len(r.lines)-1]
}

func flatten(out []token, args []ast.Arg) []token {
	for _, a := range args {
		switch a := a.(type) {
		case *ast.Word:
			out = append(out, token{word: a, at: a.At})
		case *ast.Group:
			out = append(out, token{group: a, at: a.At})
		case *ast.List:
			for i, e := range a.Elems {
				if i > 0 {
					out = append(out, token{at: e.At})
				}
				out = flatten(out, e.Args)
			}
		default:
			panic("resolve: unknown argument")
		}
	}
	return out
}

// peek returns the next word, or nil where none comes next.
func (l *line) peek() *ast.Word {
	if len(l.tokens) == 0 {
		return nil
	}
	return l.tokens[0].word
}

// next returns the next word and goes on; nil where none comes next.
func (l *line) next() *ast.Word {
	w := l.peek()
	if w != nil {
		l.tokens = l.tokens[1:]
	}
	return w
}

// take returns the next word, which must be there.
func (l *line) take() (*ast.Word, bool) {
	if w := l.next(); w != nil {
		return w, true
	}
	if !l.s.Broken {
		l.r.misfit(l.s.Keyword)
	}
	return nil, false
}

// accept goes over the next word if it is text.
func (l *line) accept(text string) (*ast.Word, bool) {
	if w := l.peek(); w != nil && w.Text == text {
		return l.next(), true
	}
	return nil, false
}

// quoted returns the next word if it is quoted: a label.
func (l *line) quoted() (string, bool) {
	if w := l.peek(); w != nil && w.Quoted {
		return l.next().Text, true
	}
	return "", false
}

// elements returns what stands between the commas of the rest of the line.
func (l *line) elements() [][]token {
	var out [][]token
	rest := l.tokens
	for len(rest) > 0 {
		n := slices.IndexFunc(rest, token.comma)
		if n < 0 {
			n = len(rest)
		}
		out = append(out, rest[:n])
		rest = rest[min(n+1, len(rest)):]
	}
	l.tokens = nil
	return out
}

// words returns the words of the rest of the line, a list of them.
func (l *line) words() []*ast.Word {
	var out []*ast.Word
	for _, t := range l.tokens {
		if t.word != nil {
			out = append(out, t.word)
		}
	}
	l.tokens = nil
	return out
}

// setter reads one statement into the declaration T that it stands in.
type setter[T any] func(l *line, into T)

// setters is the table of the statements that may stand in a T, by keyword.
type setters[T any] map[string]setter[T]

// apply reads the statements of a block. A broken one was reported, and so was
// one that the table does not know; lost says that there is a broken one.
func (table setters[T]) apply(r *reader, b *ast.Block, into T) (lost bool) {
	if b == nil {
		return false
	}
	for _, it := range b.Items {
		s, ok := it.(*ast.Statement)
		if !ok {
			continue
		}
		if s.Broken || s.Keyword == nil {
			lost = true
			continue
		}
		if set, ok := table[s.Keyword.Text]; ok {
			set(r.line(s), into)
		}
	}
	return lost
}

// one is a statement of one value: path /cart.
func one[T, V any](parse parser[V], field func(T) *flow.Fact[V]) setter[T] {
	return func(l *line, into T) {
		if v, ok := read(l, parse); ok {
			*field(into) = v
		}
	}
}

// many is a statement of one or more values, each separated by a comma, that
// may be repeated: trust public-ca, service-ca.
func many[T, V any](parse parser[V], field func(T) *[]flow.Fact[V]) setter[T] {
	return func(l *line, into T) {
		for _, w := range l.words() {
			if v, ok := parse(l.r, w); ok {
				*field(into) = append(*field(into), flow.State(v, w.At))
			}
		}
	}
}

// flag is a statement without a value: accept-proxy.
func flag[T any](field func(T) *flow.Fact[bool]) setter[T] {
	return func(l *line, into T) {
		*field(into) = flow.State(true, l.s.Keyword.At)
	}
}

// name is a statement of one name, which is looked up later.
func name[T any](field func(T) *flow.Ref) setter[T] { return one(text, field) }

// names is a statement of one or more names.
func names[T any](field func(T) *[]flow.Ref) setter[T] { return many(text, field) }

// read reads the next word as a V.
func read[V any](l *line, parse parser[V]) (flow.Fact[V], bool) {
	w, ok := l.take()
	if !ok {
		return flow.Fact[V]{}, false
	}
	v, ok := parse(l.r, w)
	return flow.State(v, w.At), ok
}

// join returns the span from the beginning of a to the end of b.
func join(a, b source.Span) source.Span {
	if !a.Known() || a.File != b.File {
		return b
	}
	return a.File.Span(a.Start, b.End)
}
