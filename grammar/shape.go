package grammar

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The shape of a text: this is the grammar of the language, and all of it.
// Which words a line may have, and where, is not said here but in the table of
// Statements.
type (
	shapeFile struct {
		Statements []*shapeStatement `parser:"@@*"`
	}
	shapeStatement struct {
		Line  shapeLine   `parser:"@@"`
		Block *shapeBlock `parser:"@@? End"`
		// Broken is the line up to its block or end, where it is none by the
		// grammar; then Line is empty. Only recovery fills it in.
		Broken []lexer.Token
	}
	shapeBlock struct {
		Open       lexer.Token       `parser:"@Open"`
		Statements []*shapeStatement `parser:"@@*"`
		Close      lexer.Token       `parser:"@Close"`
	}
	shapeLine struct {
		Keyword lexer.Token `parser:"@Word"`
		List    shapeList   `parser:"@@?"`
	}
	shapeList struct {
		Elements []shapeElement `parser:"@@ ( Comma @@ )*"`
	}
	shapeElement struct {
		Arguments []shapeArgument `parser:"@@+"`
	}
	shapeArgument struct {
		Value shapeValue  `parser:"  @@"`
		Group *shapeGroup `parser:"| @@"`
	}
	shapeValue struct {
		Token lexer.Token `parser:"@( Word | String )"`
	}
	shapeGroup struct {
		Left   lexer.Token  `parser:"@Left"`
		Values []shapeValue `parser:"@@ ( Comma @@ )*"`
		Right  lexer.Token  `parser:"@Right"`
	}
)

// The parsers are built when the first broken text is parsed, not before main.
var (
	fileParser      = sync.OnceValue(buildGrammar)
	statementParser = sync.OnceValue(production[shapeStatement])
	lineParser      = sync.OnceValue(production[shapeLine])
)

func buildGrammar() *participle.Parser[shapeFile] {
	// One token of lookahead points at better places than two.
	return participle.MustBuild[shapeFile](participle.Lexer(definition{}), participle.UseLookahead(1))
}

func production[P any]() *participle.Parser[P] {
	p, err := participle.ParserForProduction[P](fileParser())
	if err != nil {
		panic("grammar: " + err.Error()) // the productions are ours
	}
	return p
}

// byGrammar parses tokens whose braces are balanced. It does not fail: where the
// text is no file by the grammar it goes on statement by statement, and where a
// statement is none, with its line and the statements of its block.
func byGrammar(text tokens) []*shapeStatement {
	tokens := text.lexed()
	if file, err := fileParser().ParseFromLexer(replayed(tokens)); err == nil {
		return file.Statements
	}
	r := recovery{PeekingLexer: replayed(tokens)}
	r.sound = r.production
	return r.statements()
}

func replayed(tokens []lexer.Token) *lexer.PeekingLexer {
	lex, err := lexer.Upgrade(&replay{tokens})
	if err != nil {
		panic("grammar: " + err.Error()) // replay has no errors
	}
	return lex
}

// recovery parses statements of which some are known to be broken.
type recovery struct {
	*lexer.PeekingLexer
	// sound parses a statement with its block, or returns nil where that is broken.
	sound func() *shapeStatement
}

// production parses a statement by its production.
func (r recovery) production() *shapeStatement {
	start := r.MakeCheckpoint()
	s, err := statementParser().ParseFromLexer(r.PeekingLexer, participle.AllowTrailing(true))
	if err != nil {
		r.LoadCheckpoint(start)
		return nil
	}
	return s
}

func (r recovery) statements() []*shapeStatement {
	var out []*shapeStatement
	for {
		switch r.Peek().Type {
		case tokEnd:
			r.Next()
		case tokClose, lexer.EOF:
			return out
		default:
			out = append(out, r.statement())
		}
	}
}

func (r recovery) statement() *shapeStatement {
	if s := r.sound(); s != nil {
		return s
	}
	start := r.MakeCheckpoint()
	s := &shapeStatement{}
	if line, err := lineParser().ParseFromLexer(r.PeekingLexer, participle.AllowTrailing(true)); err == nil && endsLine(r.Peek().Type) {
		s.Line = *line
	} else {
		r.LoadCheckpoint(start)
		s.Broken = r.rest()
	}
	if r.Peek().Type == tokOpen {
		s.Block = &shapeBlock{Open: *r.Next(), Statements: r.statements()}
		if r.Peek().Type == tokClose {
			s.Block.Close = *r.Next()
		}
	}
	return s
}

// rest returns the tokens up to the block or the end of the line.
func (r recovery) rest() []lexer.Token {
	start := r.RawCursor()
	for !endsLine(r.Peek().Type) {
		r.Next()
	}
	return r.Range(start, r.RawCursor())
}

func endsLine(t lexer.TokenType) bool {
	switch t {
	case tokEnd, tokOpen, tokClose, lexer.EOF:
		return true
	}
	return false
}

// first returns the token that the statement begins with; false where it has
// none.
func (s *shapeStatement) first() (lexer.Token, bool) {
	switch {
	case s.Line.Keyword.Type != 0:
		return s.Line.Keyword, true
	case len(s.Broken) > 0:
		return s.Broken[0], true
	}
	return lexer.Token{}, false
}

// last returns the last token before the block.
func (s *shapeStatement) last() lexer.Token {
	if len(s.Broken) > 0 {
		return s.Broken[len(s.Broken)-1]
	}
	elements := s.Line.List.Elements
	if len(elements) == 0 {
		return s.Line.Keyword
	}
	arguments := elements[len(elements)-1].Arguments
	last := arguments[len(arguments)-1]
	if last.Group != nil {
		return last.Group.Right
	}
	return last.Value.Token
}
