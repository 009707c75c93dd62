package document

import (
	"regexp"
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Markdown is CommonMark, as GitHub and most engines read it. Models stand in
// fences whose first word is flow; the forms {.flow …}, which Pandoc and
// Python-Markdown write, and {flow}, a directive of MyST, are such fences, too.
var Markdown = &Language{
	Name:    "Markdown",
	Exts:    []string{".md", ".markdown"},
	scan:    func(s *scanner) { s.markdown(commonMark()) },
	comment: func(text string) string { return "<!-- " + text + " -->" },
}

// MDX is Markdown with JSX: its comments are expressions, and nothing is code
// because it is indented.
var MDX = &Language{
	Name:    "MDX",
	Exts:    []string{".mdx"},
	scan:    func(s *scanner) { s.markdown(mdx()) },
	comment: func(text string) string { return "{/* " + text + " */}" },
}

var (
	commonMark = sync.OnceValue(func() parser.Parser { return markdownParser(true) })
	mdx        = sync.OnceValue(func() parser.Parser { return markdownParser(false) })
)

// markdownParser parses blocks, and of inlines those in which a marker could
// hide: code and raw HTML.
func markdownParser(indentedCode bool) parser.Parser {
	blocks := parser.DefaultBlockParsers()
	if !indentedCode {
		var kept []util.PrioritizedValue
		for _, b := range blocks {
			if b.Value != parser.NewCodeBlockParser() {
				kept = append(kept, b)
			}
		}
		blocks = kept
	}
	return parser.NewParser(
		parser.WithBlockParsers(blocks...),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
		),
	)
}

// markdown finds the regions and fences of a Markdown document.
func (s *scanner) markdown(p parser.Parser) {
	tree := p.Parse(text.NewReader([]byte(s.src.Text)))
	// the walk function returns no error, so Walk returns none
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.FencedCodeBlock:
			s.markdownFence(n)
		case *ast.HTMLBlock:
			s.htmlBlock(n)
		case *ast.Paragraph:
			s.expressions(n)
		case *ast.RawHTML:
			s.rawHTML(n)
		}
		return ast.WalkContinue, nil
	})
}

// htmlBlock takes a comment that is a block for a marker. Other HTML must not
// hide one.
func (s *scanner) htmlBlock(n *ast.HTMLBlock) {
	lines := n.Lines()
	if lines.Len() == 0 {
		return
	}
	start, end := lines.At(0).Start, lines.At(lines.Len()-1).Stop
	if n.HasClosure() {
		end = n.ClosureLine.Stop
	}
	whole := s.src.Text[start:end]
	if n.HTMLBlockType != ast.HTMLBlockType2 {
		if loc := markerWords.FindStringIndex(whole); loc != nil {
			s.misplaced(start+loc[0], start+loc[1], "inside HTML")
		}
		return
	}
	from := start + strings.Index(whole, "<!--")
	length := strings.Index(s.src.Text[from:end], "-->")
	if length < 0 {
		if said.MatchString(s.src.Text[from+len("<!--") : end]) {
			s.doc.report(codeMarker, s.src.Span(from, from+len("<!--")), "a comment begins here and does not end", "end it with -->")
		}
		return
	}
	to := from + length
	s.comment(mark{start: from, end: to + len("-->"), from: from + len("<!--"), to: to, parent: n.Parent()})
}

// expression is a comment of MDX, alone on its lines.
var expression = regexp.MustCompile(`(?s)^[ \t]*\{/\*(.*?)\*/\}`)

// expressions takes the comments of MDX in a paragraph for markers.
func (s *scanner) expressions(n *ast.Paragraph) {
	lines := n.Lines()
	for i := 0; i < lines.Len(); i++ {
		start := lines.At(i).Start
		loc := expression.FindStringSubmatchIndex(s.src.Text[start:lines.At(lines.Len()-1).Stop])
		if loc == nil {
			continue
		}
		open := start + strings.IndexByte(s.src.Text[start:], '{')
		s.comment(mark{start: open, end: start + loc[1], from: start + loc[2], to: start + loc[3], parent: n.Parent()})
	}
}

// rawHTML reports a marker in the middle of a paragraph.
func (s *scanner) rawHTML(n *ast.RawHTML) {
	for i := 0; i < n.Segments.Len(); i++ {
		seg := n.Segments.At(i)
		if loc := markerWords.FindStringIndex(s.src.Text[seg.Start:seg.Stop]); loc != nil {
			s.misplaced(seg.Start+loc[0], seg.Start+loc[1], "in the middle of a paragraph")
		}
	}
}

var (
	// flowInfo is an info string that makes a fence a model.
	flowInfo = regexp.MustCompile(`^(?:flow(?:[ \t{]|$)|\{[ \t]*\.flow(?:[ \t}]|$))`)
	// mystInfo is that of a directive, whose options follow in lines.
	mystInfo   = regexp.MustCompile(`^\{flow\}`)
	mystOption = regexp.MustCompile(`^[ \t]*:([A-Za-z]+):[ \t]*(.*?)[ \t]*$`)
	closing    = regexp.MustCompile("^[ \t>]*(`{3,}|~{3,})[ \t]*$")
)

func (s *scanner) markdownFence(n *ast.FencedCodeBlock) {
	lines := n.Lines()
	opener := s.openerLine(n)
	last := opener + lines.Len()
	closed := last+1 <= s.src.Lines() && closing.MatchString(s.src.Line(last+1))
	if !closed {
		s.unclosed(opener, last)
	}
	if n.Info == nil {
		return
	}
	seg := n.Info.Segment
	info := s.src.Text[seg.Start:seg.Stop]
	f := &Fence{Model: true, Line: opener + 1, last: last}
	if closed {
		f.last++
	}
	switch {
	case mystInfo.MatchString(info):
		f.At = s.src.Span(seg.Start+1, seg.Start+len("{flow"))
	case flowInfo.MatchString(info):
		word := seg.Start + strings.Index(info, "flow")
		f.At = s.src.Span(word, word+len("flow"))
		var ok bool
		if f.Attrs, ok = s.attrs(word+len("flow"), seg.Stop, FenceKeys, false); !ok {
			return
		}
	default:
		if !s.namedFile(f, seg.Start, info) {
			return
		}
	}
	var body strings.Builder
	for i := 0; i < lines.Len(); i++ {
		line := lines.At(i)
		content := strings.Repeat(" ", line.Padding) + strings.TrimRight(s.src.Text[line.Start:line.Stop], "\n")
		before := s.src.Position(line.Start).Column - 1 - line.Padding
		if mystInfo.MatchString(info) && body.Len() == 0 && s.option(f, line.Start, content) {
			f.Line++
			continue
		}
		body.WriteString(content + "\n")
		f.columns = append(f.columns, max(0, before))
	}
	f.Body = body.String()
	s.doc.Fences = append(s.doc.Fences, f)
}

// otherFile is the name of a file in the info string of a fence that is no
// model, as it has to be written to be one: a name alone.
var otherFile = regexp.MustCompile(`[ \t]file=([A-Za-z0-9_][A-Za-z0-9_.-]*)(?:[ \t]|$)`)

// namedFile reports whether a fence in another language is a file that
// commands of this document read. Other tools have attributes of their own: what
// is not such a name is none of flowc's business.
func (s *scanner) namedFile(f *Fence, start int, info string) bool {
	loc := otherFile.FindStringSubmatchIndex(info)
	if loc == nil {
		return false
	}
	f.Model = false
	f.At = s.src.Span(start+loc[0]+1, start+loc[3])
	f.Attrs = Attrs{{Key: "file", Value: info[loc[2]:loc[3]], At: f.At}}
	return true
}

// option reads ":view: topology" and reports whether the line is one.
func (s *scanner) option(f *Fence, start int, line string) bool {
	loc := mystOption.FindStringSubmatchIndex(line)
	if loc == nil {
		return false
	}
	s.directiveOption(f, start+loc[2], line[loc[2]:loc[3]], line[loc[4]:loc[5]])
	return true
}

// openerLine is the line on which a fence opens.
func (s *scanner) openerLine(n *ast.FencedCodeBlock) int {
	switch lines := n.Lines(); {
	case n.Info != nil:
		return s.src.Position(n.Info.Segment.Start).Line
	case lines.Len() > 0:
		return s.src.Position(lines.At(0).Start).Line - 1
	}
	return s.src.Position(max(0, n.Pos())).Line
}

// unclosed reports a fence without an end that swallows markers.
func (s *scanner) unclosed(opener, last int) {
	for n := opener + 1; n <= min(last, s.src.Lines()); n++ {
		if line := s.src.LineSpan(n); markerWords.MatchString(line.Text()) {
			s.doc.report(codeMarker, s.src.LineSpan(opener), "a fence opens here and does not end; the markers in it are not read", "close the fence")
			return
		}
	}
}
