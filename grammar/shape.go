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
	// shapeStatement parses by its own Parse, which recovers from a broken line.
	shapeStatement struct {
		Tokens []lexer.Token // the line, up to its block or end
		Line   *shapeLine    // nil where the line is words alone
		Err    error         // what breaks the line
		Block  *shapeBlock
	}
	shapeBlock struct {
		Open       lexer.Token       `parser:"@Open"`
		Statements []*shapeStatement `parser:"@@*"`
		Close      lexer.Token       `parser:"@Close"`
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
		Words []lexer.Token `parser:"@( Word | String ) ( Comma @( Word | String ) )*"`
		Right lexer.Token   `parser:"@Right"`
	}
)

// The parsers are built when the first text is parsed, not before main.
var (
	fileParser  = sync.OnceValue(build[shapeFile])
	blockParser = sync.OnceValue(build[shapeBlock])
	lineParser  = sync.OnceValue(build[shapeLine])
)

func build[G any]() *participle.Parser[G] {
	// One token of lookahead points at better places than two.
	return participle.MustBuild[G](participle.Lexer(definition{}), participle.UseLookahead(1))
}

// parseShape parses tokens whose braces are balanced. It does not fail: what
// breaks a line is kept in its statement.
func parseShape(tokens []lexer.Token) []*shapeStatement {
	lex, err := lexer.Upgrade(&replay{tokens})
	if err != nil {
		panic("grammar: " + err.Error()) // replay has no errors
	}
	file, err := fileParser().ParseFromLexer(lex)
	if err != nil {
		panic("grammar: the braces are not balanced: " + err.Error())
	}
	return file.Statements
}

// Parse makes a statement Parseable to participle. Lines of words alone, which
// is nearly all of them, are taken as they are; the others go through their
// production, and a line that fails ends where the next statement begins.
func (s *shapeStatement) Parse(lex *lexer.PeekingLexer) error {
	if t := lex.Peek().Type; t == tokClose || t == lexer.EOF {
		return participle.NextMatch
	}
	start := lex.RawCursor()
	if !plain(lex) {
		s.line(lex)
	}
	s.Tokens = lex.Range(start, lex.RawCursor())
	if lex.Peek().Type == tokOpen {
		block, err := blockParser().ParseFromLexer(lex, participle.AllowTrailing(true))
		if err != nil {
			return err
		}
		s.Block = block
	}
	if lex.Peek().Type == tokEnd {
		lex.Next()
	}
	return nil
}

// plain takes a line that is words alone, and nothing of any other.
func plain(lex *lexer.PeekingLexer) bool {
	if lex.Peek().Type != tokWord {
		return false
	}
	start := lex.MakeCheckpoint()
	for t := lex.Peek().Type; t == tokWord || t == tokString; t = lex.Peek().Type {
		lex.Next()
	}
	if !endsLine(lex.Peek()) {
		lex.LoadCheckpoint(start)
		return false
	}
	return true
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
