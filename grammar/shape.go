package grammar

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The shape of a text. Which words a statement may have is not said here but
// in the table of Statements.
type (
	shapeFile struct {
		Statements []*shapeStatement `parser:"@@*"`
	}
	// shapeStatement is Line Block? End. It parses itself, because it recovers
	// from a broken line, and because nearly all of a text's time is spent here.
	shapeStatement struct {
		Tokens []lexer.Token // the line, up to its block or end
		Line   *shapeLine    // nil where the line is words and commas alone
		Err    error         // what breaks the line
		Block  *shapeBlock
	}
	// shapeBlock is Open Statement* Close.
	shapeBlock struct {
		Open       lexer.Token
		Statements []*shapeStatement
		Close      lexer.Token
	}
	shapeLine struct {
		Keyword lexer.Token  `parser:"@Word"`
		Parts   []*shapePart `parser:"( @@ ( Comma @@ )* )?"`
	}
	shapePart struct {
		Args []*shapeArg `parser:"@@+"`
	}
	shapeArg struct {
		Word  lexer.Token `parser:"  @( Word | String )"`
		Group *shapeGroup `parser:"| @@"`
	}
	shapeGroup struct {
		Left  lexer.Token   `parser:"@Left"`
		Words []lexer.Token `parser:"@( ( Word | String ) ( Comma ( Word | String ) )* )"`
		Right lexer.Token   `parser:"@Right"`
	}
)

// The parsers are built when the first text is parsed, not before main.
var (
	fileParser = sync.OnceValue(build[shapeFile])
	lineParser = sync.OnceValue(build[shapeLine])
)

func build[G any]() *participle.Parser[G] {
	// One token of lookahead points at better places than two.
	return participle.MustBuild[G](participle.Lexer(definition{}), participle.UseLookahead(1))
}

// parseShape parses tokens whose braces are balanced. It does not fail: what
// breaks a line is kept in its statement. Participle copies the tokens that it
// is given, so it is given some declarations at a time.
func parseShape(tokens []lexer.Token) []*shapeStatement {
	var out []*shapeStatement
	for len(tokens) > 0 {
		n := declarations(tokens, 2000)
		lex, err := lexer.Upgrade(&replay{tokens[:n]})
		if err != nil {
			panic("grammar: " + err.Error()) // replay has no errors
		}
		file, err := fileParser().ParseFromLexer(lex)
		if err != nil {
			panic("grammar: the braces are not balanced: " + err.Error())
		}
		out = append(out, file.Statements...)
		tokens = tokens[n:]
	}
	return out
}

// declarations returns how many tokens the first whole declarations have that
// have at least so many together.
func declarations(tokens []lexer.Token, least int) int {
	depth := 0
	for i, t := range tokens {
		switch t.Type {
		case tokOpen:
			depth++
		case tokClose:
			depth--
		case tokEnd:
			if depth == 0 && i >= least {
				return i + 1
			}
		}
	}
	return len(tokens)
}

// Parse makes a statement Parseable to participle. Lines of words and commas,
// which is nearly all of them, are taken as they are; the others go through
// their production, and one that fails ends where the next statement begins.
func (s *shapeStatement) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek().Type; t == tokClose || t == lexer.EOF {
		return participle.NextMatch
	}
	start := lex.RawCursor()
	if !plainLine(lex) {
		s.line(lex)
	}
	s.Tokens = lex.Range(start, lex.RawCursor())
	if lex.Peek().Type == tokOpen {
		s.Block = parseBlock(lex)
	}
	if lex.Peek().Type == tokEnd {
		lex.Next()
	}
	return nil
}

// parseBlock parses a block. The braces are balanced and not deep.
func parseBlock(lex *lexer.PeekingLexer) *shapeBlock {
	b := &shapeBlock{Open: *lex.Next()}
	for {
		s := &shapeStatement{}
		if s.Parse(lex) != nil {
			b.Close = *lex.Next()
			return b
		}
		b.Statements = append(b.Statements, s)
	}
}

// plainLine takes a line of words, and of commas between them, and nothing of any
// other line.
func plainLine(lex *lexer.PeekingLexer) bool {
	start := lex.MakeCheckpoint()
	prev := tokComma // nothing but a word may begin a line, and no comma may be second
	for i := 0; ; i++ {
		t := lex.Peek()
		switch {
		case t.Type == tokWord, t.Type == tokString && i > 0, t.Type == tokComma && i > 1 && prev != tokComma:
			prev = t.Type
			lex.Next()
			continue
		case endsLine(t) && prev != tokComma:
			return true
		}
		lex.LoadCheckpoint(start)
		return false
	}
}

func (s *shapeStatement) line(lex *lexer.PeekingLexer) {
	s.Line, s.Err = lineParser().ParseFromLexer(lex, participle.AllowTrailing(true))
	if s.Err == nil && !endsLine(lex.Peek()) {
		s.Err = &participle.UnexpectedTokenError{Unexpected: *lex.Peek()}
	}
	for s.Err != nil && !endsLine(lex.Peek()) {
		lex.Next()
	}
}

func endsLine(t *lexer.Token) bool {
	switch t.Type {
	case tokEnd, tokOpen, tokClose, lexer.EOF:
		return true
	}
	return false
}
