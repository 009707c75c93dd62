package document

import (
	"regexp"
	"slices"
	"strings"
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
	rstMarker    = regexp.MustCompile(`^([ \t]*(?:[-*+][ \t]+|\d+\.[ \t]+)*)(\.\.[ \t]+)(flowc?[ \t]*:[^:].*)$`)
	rstDirective = regexp.MustCompile(`^([ \t]*(?:[-*+][ \t]+|\d+\.[ \t]+)*)\.\.[ \t]+([A-Za-z][A-Za-z0-9_.:+-]*)::(?:[ \t]+(.*))?$`)
	rstComment   = regexp.MustCompile(`^[ \t]*\.\.(?:[ \t]+[^_\[|].*)?$`)
	rstOption    = regexp.MustCompile(`^[ \t]*:([^:]+):[ \t]*(.*)$`)
)

// rstLiteral are the directives whose content is not markup.
var rstLiteral = []string{
	"code", "code-block", "sourcecode", "parsed-literal", "raw", "math", "mermaid", "graphviz", "uml", "plantuml",
	"prompt", "productionlist", "csv-table", "doctest", "testcode", "testoutput", "literalinclude", "highlight",
}

// rstCode are those that show code in the language of their argument.
var rstCode = []string{"code", "code-block", "sourcecode"}

// rst finds the regions and fences of a reStructuredText document.
func (s *scanner) rst() {
	for n := 1; n <= s.src.Lines(); n++ {
		line := s.src.Line(n)
		if m := rstMarker.FindStringSubmatchIndex(line); m != nil {
			start := s.src.LineSpan(n).Start
			end := start + len(strings.TrimRight(line, " \t"))
			s.comment(mark{start: start + m[4], end: end, from: start + m[6], to: end, parent: width(line[:m[4]])})
			continue
		}
		if m := rstDirective.FindStringSubmatch(line); m != nil {
			n = s.rstDirective(n, width(m[1]), m[2], strings.TrimSpace(m[3]))
			continue
		}
		switch {
		case rstComment.MatchString(line):
			n = s.skipIndented(n, indentation(line))
		case strings.HasSuffix(strings.TrimRight(line, " \t"), "::"):
			n = s.skipIndented(n, indentation(line))
		}
	}
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
		option := rstOption.FindStringSubmatchIndex(s.src.Line(body))
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
	for i := body; i <= end; i++ {
		text := s.src.Line(i)
		cut := min(max(least, 0), len(text)-len(strings.TrimLeft(text, " \t")))
		f.Body += text[cut:] + "\n"
		f.columns = append(f.columns, cut)
	}
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
