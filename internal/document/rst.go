package document

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// RST is reStructuredText, read line by line: comments, and the directives and
// literal blocks in which nothing is markup. Models stand in the directive
// flow, or in a code block of the language flow.
var RST = &Language{
	Name:    "reStructuredText",
	Exts:    []string{".rst"},
	scan:    (*scanner).rst,
	comment: func(text string) string { return ".. " + text },
}

var (
	rstComment   = lazy.Regexp(`^(` + rstBefore + `)\.\.(?:[ \t]+([^_\[| \t].*)?)?$`)
	rstDirective = lazy.Regexp(`^(` + rstBefore + `)\.\.[ \t]+([A-Za-z][A-Za-z0-9_.+-]*(?::[A-Za-z0-9_.+-]+)*)::(?:[ \t]+(.*))?$`)
	rstOption    = lazy.Regexp(`^[ \t]*:([^:]+):[ \t]*(.*)$`)
)

// rstBefore is what stands before a construct: blanks, and signs of lists.
const rstBefore = `[ \t]*(?:(?:[-*+•]|(?:\d+|#|[A-Za-z])[.)])[ \t]+)*`

// rstLiteral are the directives whose content is not markup.
var rstLiteral = []string{
	"code", "code-block", "sourcecode", "parsed-literal", "raw", "math", "mermaid", "graphviz", "uml", "plantuml",
	"prompt", "productionlist", "csv-table", "doctest", "testcode", "testoutput", "literalinclude", "highlight",
}

// rstCode are those that show code in the language of their argument.
var rstCode = []string{"code", "code-block", "sourcecode"}

// rstReader is how far a reStructuredText document was read.
type rstReader struct {
	*scanner
	around []rstLine // lines that later ones may stand in: each is indented more than the one before it
	text   bool      // the line before is text of a paragraph
}

// rstLine is a line and its indentation.
type rstLine struct{ number, indent int }

// rst finds the regions and fences of a reStructuredText document.
func (s *scanner) rst() {
	r := &rstReader{scanner: s}
	for n := 1; n <= s.src.Lines(); n++ {
		line := s.src.Line(n)
		if strings.TrimSpace(line) == "" {
			r.text = false
			continue
		}
		r.enter(n, indentation(line))
		directive := rstDirective.Get().FindStringSubmatch(line)
		comment := rstComment.Get().FindStringSubmatchIndex(line)
		isMarker := false
		if comment != nil && comment[4] >= 0 {
			k, _, _ := marker(line[comment[4]:])
			isMarker = k != noMarker && (directive == nil || directive[2] != "flow")
		}
		switch {
		case isMarker:
			n = r.marker(n, line, comment[3], comment[4])
		case directive != nil:
			n = s.rstDirective(n, width(directive[1]), directive[2], strings.TrimSpace(directive[3]))
		case comment != nil:
			n = r.comment(n, width(line[:comment[3]]), comment[4] < 0)
		case strings.HasSuffix(strings.TrimRight(line, " \t"), "::"):
			n = s.skipIndented(n, indentation(line))
		default:
			r.foreignMarker(r.src.LineSpan(n).Start, line)
			r.text = !adornment(line)
			continue
		}
		r.text = false
	}
}

// enter notes a line that is not blank.
func (r *rstReader) enter(n, indent int) {
	last := len(r.around)
	for last > 0 && r.around[last-1].indent >= indent {
		last--
	}
	r.around = append(r.around[:last], rstLine{n, indent})
}

// parent is the number of the line that what stands at a column belongs to: a
// list item, a directive. 0 is the document.
func (r *rstReader) parent(column int) int {
	for i := len(r.around) - 1; i >= 0; i-- {
		if r.around[i].indent < column {
			return r.around[i].number
		}
	}
	return 0
}

// marker takes the comment on line n for a marker and returns the last line of
// it. at and from are where the comment and its text begin in the line.
func (r *rstReader) marker(n int, line string, at, from int) int {
	start, end := r.src.LineSpan(n).Start, len(strings.TrimRight(line, " \t"))
	column := width(line[:at])
	m := mark{start: start + at, end: start + end, from: start + from, to: start + end, parent: r.parent(column)}
	last := r.skipIndented(n, column)
	next := ""
	if n < r.src.Lines() {
		next = r.src.Line(n + 1)
	}
	k, _, _ := marker(line[from:])
	switch {
	case r.text:
		m.fault = misplaced("in a paragraph")
	case last > n:
		m.fault = fault{"a comment goes on below the marker: all that is indented more than it belongs to it", "write a marker on one line, and what follows not deeper than it"}
	case k == endMarker && strings.TrimSpace(next) != "" && !rstComment.Get().MatchString(next):
		m.fault = fault{"text follows a region without a blank line", "put a blank line after flow:end"}
	}
	r.scanner.comment(m)
	return last
}

// comment skips a comment that is not a marker, and reports one whose text,
// which begins on the next line, is one.
func (r *rstReader) comment(n, column int, empty bool) int {
	if empty && n < r.src.Lines() {
		next := r.src.Line(n + 1)
		if strings.TrimSpace(next) == "" {
			return n // an empty comment: what is indented below it is a quote
		}
		if k, _, _ := marker(next); k != noMarker && indentation(next) > column {
			span := r.src.LineSpan(n + 1)
			start := span.Start + len(next) - len(strings.TrimLeft(next, " \t"))
			r.scanner.comment(mark{start: start, end: span.End, from: start, to: span.End, parent: r.parent(column),
				fault: fault{"a marker is on another line than its two dots", "write it after them: .. flow:begin …"}})
		}
	}
	return r.skipIndented(n, column)
}

// adornment reports whether a line underlines or overlines a title.
func adornment(line string) bool {
	line = strings.TrimRight(line, " \t")
	return line != "" && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", line[0]) >= 0 && strings.Trim(line, line[:1]) == ""
}

// rstDirective reads the directive on line n and returns the last line that is
// its own: that of its options, where what follows is markup.
func (s *scanner) rstDirective(n, indent int, name, argument string) int {
	isModel := name == "flow" || slices.Contains(rstCode, name) && argument == "flow"
	if !isModel && !slices.Contains(rstLiteral, name) {
		return n
	}
	end := s.skipIndented(n, indent)
	if !isModel {
		return end
	}
	line := s.src.LineSpan(n)
	word := line.Start + strings.LastIndex(line.Text(), "flow")
	f := &Fence{Model: true, At: s.src.Span(word, word+len("flow"))}
	body := n + 1
	for ; body <= end; body++ {
		option := rstOption.Get().FindStringSubmatchIndex(s.src.Line(body))
		if option == nil {
			break
		}
		if name == "flow" {
			text := s.src.Line(body)
			s.directiveOption(f, s.src.LineSpan(body).Start+option[2], text[option[2]:option[3]], strings.TrimSpace(text[option[4]:option[5]]))
		}
	}
	for body <= end && strings.TrimSpace(s.src.Line(body)) == "" {
		body++
	}
	f.Line, f.last = body, end
	least := -1
	for i := body; i <= end; i++ {
		if text := s.src.Line(i); strings.TrimSpace(text) != "" && (least < 0 || indentation(text) < least) {
			least = indentation(text)
		}
	}
	var whole strings.Builder
	for i := body; i <= end; i++ {
		text := s.src.Line(i)
		cut := min(max(least, 0), len(text)-len(strings.TrimLeft(text, " \t")))
		whole.WriteString(text[cut:] + "\n")
		f.columns = append(f.columns, cut)
	}
	f.Body = whole.String()
	s.doc.Fences = append(s.doc.Fences, f)
	return end
}

// skipIndented returns the last line of those below n that are indented more
// than indent, blank ones between them included.
func (s *scanner) skipIndented(n, indent int) int {
	last := n
	for i := n + 1; i <= s.src.Lines(); i++ {
		switch line := s.src.Line(i); {
		case strings.TrimSpace(line) == "":
		case indentation(line) > indent:
			last = i
		default:
			return last
		}
	}
	return last
}

// indentation is how many columns of blanks a line begins with; a tab goes to
// the next multiple of eight, as docutils counts.
func indentation(line string) int {
	return width(line[:len(line)-len(strings.TrimLeft(line, " \t"))])
}

// width is how many columns a text takes.
func width(s string) int {
	n := 0
	for _, r := range s {
		if r == '\t' {
			n += 8 - n%8
		} else {
			n++
		}
	}
	return n
}
