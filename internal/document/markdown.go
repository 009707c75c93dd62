package document

import (
	"strings"
	"sync"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// Markdown is CommonMark, as GitHub and most engines read it. Models stand in
// fences whose first word is flow; the forms {.flow …}, which Pandoc and
// Python-Markdown write, and {flow}, a directive of MyST, are such fences, too.
var Markdown = &Language{
	Name:    "Markdown",
	Exts:    []string{".md", ".markdown"},
	scan:    (*scanner).markdown,
	comment: func(text string) string { return "<!-- " + text + " -->" },

	formatted: true,
}

var commonMark = sync.OnceValue(func() parser.Parser { return markdownParser(parser.DefaultBlockParsers()) })

// markdownParser parses blocks, admonitions among them, and of inlines those in
// which a marker could hide: code and raw HTML.
func markdownParser(blocks []util.PrioritizedValue) parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(append(blocks, util.Prioritized(admonitions{}, 350))...),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
		),
	)
}

// markdown finds the regions and fences of a Markdown document.
func (s *scanner) markdown() {
	s.walk(commonMark(), func(n ast.Node) {
		switch n := n.(type) {
		case *ast.HTMLBlock:
			start, end := htmlRange(n)
			var f fault
			if n.HTMLBlockType != ast.HTMLBlockType2 {
				f = misplaced("inside HTML")
			}
			s.comments(htmlComment, start, end, n.Parent(), f)
		case *ast.Paragraph, *ast.TextBlock:
			s.foreignMarkers(n)
		case *ast.CodeBlock:
			start, end := inlineRange(n.Lines())
			s.comments(htmlComment, start, end, n.Parent(), fault{
				"a marker is in an indented block, which is code",
				"indent it less than four blanks; put an example of a marker in a fence"})
		case *ast.RawHTML:
			start, end := inlineRange(n.Segments)
			s.comments(htmlComment, start, end, n.Parent(), misplaced("in the middle of a text"))
		}
	})
}

// foreignMarkers looks for markers of other languages in a block of text.
func (s *scanner) foreignMarkers(n ast.Node) {
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		s.foreignMarker(line.Start, strings.TrimRight(s.src.Text[line.Start:line.Stop], "\n"))
	}
}

// walk calls a function for each node of a document but its fences, which it
// reads.
func (s *scanner) walk(p parser.Parser, visit func(ast.Node)) {
	tree := p.Parse(text.NewReader([]byte(s.src.Text)))
	// the walk function returns no error, so Walk returns none
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if fence, ok := n.(*ast.FencedCodeBlock); ok && entering {
			s.markdownFence(fence)
		} else if entering {
			visit(n)
		}
		return ast.WalkContinue, nil
	})
}

// htmlRange is the part of the text that a block of HTML takes.
func htmlRange(n *ast.HTMLBlock) (start, end int) {
	start, end = inlineRange(n.Lines())
	if n.HasClosure() {
		end = n.ClosureLine.Stop
		if n.Lines().Len() == 0 {
			start = n.ClosureLine.Start
		}
	}
	return start, end
}

// inlineRange is the part of the text from the first to the last of its
// segments.
func inlineRange(all *text.Segments) (start, end int) {
	if all.Len() == 0 {
		return 0, 0
	}
	return all.At(0).Start, all.At(all.Len() - 1).Stop
}

// commentSigns are what a comment begins and ends with.
type commentSigns struct{ open, close string }

var htmlComment = commentSigns{"<!--", "-->"}

// comments takes the comments between two places of the text for markers. f is
// what is wrong with all of them.
func (s *scanner) comments(sign commentSigns, start, end int, parent any, f fault) {
	for {
		open := strings.Index(s.src.Text[start:end], sign.open)
		if open < 0 {
			return
		}
		open += start
		from, to, next := open+len(sign.open), end, end
		if open > 0 && s.src.Text[open-1] == '\\' { // text that looks like a comment
			start = from
			continue
		}
		length := strings.Index(s.src.Text[from:end], sign.close)
		if length >= 0 {
			to, next = from+length, from+length+len(sign.close)
		}
		m := mark{start: open, end: next, from: from, to: to, parent: parent, fault: f}
		if length < 0 || s.holdsMarker(sign, from, to) {
			s.endless(sign, m)
		} else {
			s.comment(m)
		}
		start = next
	}
}

// holdsMarker reports whether a marker begins in a part of a comment.
func (s *scanner) holdsMarker(sign commentSigns, from, to int) bool {
	for _, rest := range strings.Split(s.src.Text[from:to], sign.open)[1:] {
		if k, _, _ := marker(rest); k != noMarker {
			return true
		}
	}
	return false
}

// endless reports a comment that does not end before a marker begins, or not at
// all, if it is a marker or holds one. Its markers pair all the same.
func (s *scanner) endless(sign commentSigns, m mark) {
	text := s.src.Text[m.from:m.to]
	own, _, _ := marker(text)
	if own == noMarker && !s.holdsMarker(sign, m.from, m.to) {
		return
	}
	s.doc.report(codeMarker, s.src.Span(m.start, m.from), "a comment begins here and does not end; the markers in it are not read", "end it with "+sign.close)
	m.said = true
	for at := m.from; ; {
		next := strings.Index(s.src.Text[at:m.to], sign.open)
		part := m
		if part.from = at; next >= 0 {
			part.to = at + next
		}
		s.comment(part)
		if next < 0 {
			return
		}
		at += next + len(sign.open)
	}
}

var (
	// flowInfo is an info string that makes a fence a model.
	flowInfo = lazy.Regexp(`^(?:flow(?:[ \t{,]|$)|\{[ \t]*\.flow(?:[ \t}]|$))`)
	// mystInfo is that of a directive, whose options follow in lines.
	mystInfo   = lazy.Regexp(`^\{flow\}`)
	mystOption = lazy.Regexp(`^[ \t]*:([A-Za-z]+):[ \t]*(.*?)[ \t]*$`)
	closing    = lazy.Regexp("^[ \t>]*(`{3,}|~{3,})[ \t]*$")
)

func (s *scanner) markdownFence(n *ast.FencedCodeBlock) {
	lines := n.Lines()
	opener := s.openerLine(n)
	last := opener + lines.Len()
	closed := last+1 <= s.src.Lines() && closing.Get().MatchString(s.src.Line(last+1))
	if !closed {
		s.unread(opener, last, "close the fence")
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
	case mystInfo.Get().MatchString(info):
		f.At = s.src.Span(seg.Start+1, seg.Start+len("{flow"))
	case flowInfo.Get().MatchString(info):
		word := seg.Start + strings.Index(info, "flow")
		f.At = s.src.Span(word, word+len("flow"))
		var ok bool
		if f.Attrs, ok = s.attrs(word+len("flow"), seg.Stop, fenceKeys, false); !ok {
			return
		}
	default:
		if !s.namedFile(f, seg.Start, info) {
			return
		}
	}
	var body strings.Builder
	for i := range lines.Len() {
		line := lines.At(i)
		content := strings.Repeat(" ", line.Padding) + strings.TrimRight(s.src.Text[line.Start:line.Stop], "\n")
		before := s.src.Position(line.Start).Column - 1 - line.Padding
		if mystInfo.Get().MatchString(info) && body.Len() == 0 && s.option(f, line.Start, content) {
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
// model, as it has to be written to be one: a name alone, or one in a folder, of a text of a
// kind that flowc reads.
var otherFile = lazy.Regexp(`[ \t]file=([A-Za-z0-9_][A-Za-z0-9_.-]*|(?:[A-Za-z0-9_][A-Za-z0-9_-]*/)+[A-Za-z0-9_][A-Za-z0-9_.-]*\.(?:cfg|json|ya?ml))(?:[ \t]|$)`)

// namedFile reports whether a fence in another language is a file that
// commands of this document read. Other tools have attributes of their own: what
// is not such a name is none of flowc's business.
func (s *scanner) namedFile(f *Fence, start int, info string) bool {
	loc := otherFile.Get().FindStringSubmatchIndex(info)
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
	loc := mystOption.Get().FindStringSubmatchIndex(line)
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
