package document

import (
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// Python-Markdown has blocks that CommonMark has not: admonitions, details and
// tabs, whose content is indented by four blanks. Without them a region or a
// model in one would be code, and passed over.
var admonitionLine = lazy.Regexp(`^ {0,3}(?:!!! ?[\w-]|\?\?\?\+? ?[\w-]|===[!+]? +")`)

// admonitionIndent is how far the content of an admonition is indented.
const admonitionIndent = 4

var kindAdmonition = ast.NewNodeKind("Admonition")

type admonition struct{ ast.BaseBlock }

func (*admonition) Kind() ast.NodeKind              { return kindAdmonition }
func (n *admonition) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// admonitions parses them as containers, as goldmark parses list items.
type admonitions struct{}

func (admonitions) Trigger() []byte { return []byte{'!', '?', '='} }

func (admonitions) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	if !admonitionLine.Get().Match(line) {
		return nil, parser.NoChildren
	}
	reader.AdvanceToEOL()
	return &admonition{}, parser.HasChildren
}

func (admonitions) Continue(_ ast.Node, reader text.Reader, _ parser.Context) parser.State {
	line, _ := reader.PeekLine()
	if util.IsBlank(line) {
		return parser.Continue | parser.HasChildren
	}
	if width, _ := util.IndentWidth(line, reader.LineOffset()); width < admonitionIndent {
		return parser.Close
	}
	pos, padding := util.IndentPosition(line, reader.LineOffset(), admonitionIndent)
	reader.AdvanceAndSetPadding(pos, padding)
	return parser.Continue | parser.HasChildren
}

func (admonitions) Close(ast.Node, text.Reader, parser.Context) {}
func (admonitions) CanInterruptParagraph() bool                 { return true }
func (admonitions) CanAcceptIndentedLine() bool                 { return false }
