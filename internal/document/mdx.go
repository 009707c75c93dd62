package document

import (
	"bytes"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// MDX is Markdown with JSX: its comments are expressions, and nothing is code
// because it is indented.
var MDX = &Language{
	Name:    "MDX",
	Exts:    []string{".mdx"},
	scan:    (*scanner).mdx,
	comment: func(text string) string { return "{/* " + text + " */}" },

	formatted: true,
}

var expression = commentSigns{"{/*", "*/}"}

// mdx finds the regions and fences of an MDX document.
func (s *scanner) mdx() {
	s.walk(mdxParser(), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.RawHTML:
			start, end := inlineRange(n.Segments)
			s.jsx(start, end, n.Parent())
		case *ast.Heading:
			s.expressions(n)
		case *ast.Paragraph, *ast.TextBlock:
			s.expressions(n)
			s.foreignMarkers(n)
		}
	})
}

// jsx reports markers in a part of the text that is JSX.
func (s *scanner) jsx(start, end int, parent any) {
	s.comments(htmlComment, start, end, parent, fault{
		"a marker is in an HTML comment, which MDX does not have", "write {/* flow:begin … */} and {/* flow:end */}",
	})
	s.comments(expression, start, end, parent, misplaced("inside JSX"))
}

// expressions takes the comments of a text for markers. They stand alone in it:
// what is beside them would be one paragraph with what flowc writes.
func (s *scanner) expressions(n ast.Node) {
	parts := s.uncoded(n)
	var rest strings.Builder
	for _, p := range parts {
		rest.WriteString(withoutComments(s.src.Text[p.Start:p.Stop]))
	}
	var f fault
	if strings.Trim(rest.String(), " \t\n>") != "" || n.Kind() == ast.KindHeading {
		f = misplaced("in the middle of a text")
	}
	for _, p := range parts {
		s.comments(expression, p.Start, p.Stop, n.Parent(), f)
	}
}

// uncoded returns the parts of a block's text that are not code and not JSX.
func (s *scanner) uncoded(n ast.Node) []text.Segment {
	start, end := inlineRange(n.Lines())
	var out []text.Segment
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		var from, to int
		switch c := child.(type) {
		case *ast.CodeSpan:
			first, last := c.FirstChild(), c.LastChild()
			if first == nil {
				continue
			}
			from, to = first.(*ast.Text).Segment.Start, last.(*ast.Text).Segment.Stop
		case *ast.RawHTML:
			from, to = inlineRange(c.Segments)
		default:
			continue
		}
		out = append(out, text.NewSegment(start, from))
		start = to
	}
	return append(out, text.NewSegment(start, end))
}

// withoutComments is a text less the comments in it.
func withoutComments(s string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, expression.open)
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		_, s, _ = strings.Cut(rest, expression.close)
	}
}

// mdxParser parses blocks as MDX has them: tags do not make what follows them a
// block of HTML, and blocks may be indented, as the content of elements is.
var mdxParser = sync.OnceValue(func() parser.Parser {
	var blocks []util.PrioritizedValue
	for _, b := range parser.DefaultBlockParsers() {
		switch p := b.Value.(parser.BlockParser); p {
		case parser.NewCodeBlockParser(), parser.NewHTMLBlockParser():
			continue
		case parser.NewFencedCodeBlockParser():
			b.Value = indentedFence{p}
		default:
			b.Value = indentedBlock{p}
		}
		blocks = append(blocks, b)
	}
	return markdownParser(blocks)
})

// indentedBlock is a block that may be indented by any number of columns.
type indentedBlock struct{ parser.BlockParser }

func (indentedBlock) CanAcceptIndentedLine() bool { return true }

// indentedFence is a fence that may be indented so, at both of its ends.
type indentedFence struct{ parser.BlockParser }

func (indentedFence) CanAcceptIndentedLine() bool { return true }

var fenceSigns = parser.NewContextKey()

func (p indentedFence) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	node, state := p.BlockParser.Open(parent, reader, pc)
	if node != nil {
		line = bytes.TrimLeft(line, " \t")
		pc.Set(fenceSigns, line[:len(line)-len(bytes.TrimLeft(line, string(line[:1])))])
	}
	return node, state
}

func (p indentedFence) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	signs := pc.Get(fenceSigns).([]byte)
	line, _ := reader.PeekLine()
	if rest, ok := bytes.CutPrefix(bytes.TrimLeft(line, " \t"), signs); ok && len(bytes.TrimSpace(bytes.TrimLeft(rest, string(signs[:1])))) == 0 {
		reader.AdvanceToEOL()
		return parser.Close
	}
	return p.BlockParser.Continue(node, reader, pc)
}
