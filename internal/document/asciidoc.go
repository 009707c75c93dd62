package document

import (
	"regexp"
	"strings"
)

// AsciiDoc is read line by line: what delimited blocks there are, and comments
// between them. Models stand in blocks of the style flow, or of the style
// source with the language flow.
var AsciiDoc = &Language{
	Name:    "AsciiDoc",
	Exts:    []string{".adoc", ".asciidoc"},
	scan:    (*scanner).asciidoc,
	comment: func(text string) string { return "// " + text },
	tight:   true,
}

var (
	// verbatim are the delimiters of blocks in which nothing is markup. A block
	// ends at the line with which it begins.
	adocVerbatim = regexp.MustCompile(`^(?:-{4,}|\.{4,}|\+{4,}|/{4,}|` + "`{3,}" + `)$`)
	// adocNested are those of blocks that hold other blocks.
	adocNested  = regexp.MustCompile(`^(?:={4,}|\*{4,}|_{4,}|--|[|,:!]={3,})$`)
	adocFence   = regexp.MustCompile("^`{3,}\\S*$")
	adocAttrs   = regexp.MustCompile(`^\[(.*)\]$`)
	adocFlow    = regexp.MustCompile(`^(?:flow(?:[%#.][^,]*)?|(?:source[^,]*)?\s*,\s*flow)\s*(?:,|$)`)
	adocBetween = regexp.MustCompile(`^(?:\.[^. ].*|\[.*\]|//(?:[^/].*)?)$`)
)

// asciidoc finds the regions and fences of an AsciiDoc document.
func (s *scanner) asciidoc() {
	var nested []string // the delimiters of the open blocks that hold blocks
	var model *Fence    // whose attribute line was read, and whose block has not begun
	for n := 1; n <= s.src.Lines(); n++ {
		span := s.src.LineSpan(n)
		line := strings.TrimRight(span.Text(), " \t")
		switch {
		case adocVerbatim.MatchString(line) || adocFence.MatchString(line) || line == "--" && model != nil:
			n = s.adocBlock(n, line, model)
			model = nil
		case adocNested.MatchString(line):
			if len(nested) > 0 && nested[len(nested)-1] == line {
				nested = nested[:len(nested)-1]
			} else {
				nested = append(nested, line)
			}
			model = nil
		case adocAttrs.MatchString(line) && adocFlow.MatchString(line[1:]):
			model = s.adocModel(span.Start, line)
		case strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "///"):
			s.comment(mark{start: span.Start, end: span.Start + len(line), from: span.Start + 2, to: span.Start + len(line), parent: strings.Join(nested, " ")})
		case strings.HasPrefix(strings.TrimLeft(line, " \t"), "// flow:"):
			s.misplaced(span.Start, span.End, "behind blanks, where AsciiDoc knows no comment")
		case line != "" && !adocBetween.MatchString(line):
			model = nil
		}
	}
}

// adocModel reads the attribute line of a model; nil where it is wrong.
func (s *scanner) adocModel(start int, line string) *Fence {
	word := strings.Index(line, "flow")
	f := &Fence{Model: true, At: s.src.Span(start+word, start+word+len("flow"))}
	rest := word + len("flow")
	if comma := strings.IndexByte(line[rest:], ','); comma >= 0 {
		rest += comma
	} else {
		rest = len(line) - 1
	}
	var ok bool
	if f.Attrs, ok = s.attrs(start+rest, start+len(line)-1, FenceKeys, true); !ok {
		return nil
	}
	return f
}

// adocBlock reads the block that begins on line n and returns the line on which
// it ends. It is a model's where one is given.
func (s *scanner) adocBlock(n int, delimiter string, model *Fence) int {
	if strings.HasPrefix(delimiter, "```") {
		delimiter = delimiter[:strings.LastIndexByte(delimiter, '`')+1]
	}
	end := n + 1
	for end <= s.src.Lines() && strings.TrimRight(s.src.Line(end), " \t") != delimiter {
		end++
	}
	if end > s.src.Lines() {
		s.unclosed(n, end)
		end = s.src.Lines()
	}
	if model != nil {
		model.Line, model.last = n+1, end
		for i := n + 1; i < end; i++ {
			model.Body += s.src.Line(i) + "\n"
			model.columns = append(model.columns, 0)
		}
		s.doc.Fences = append(s.doc.Fences, model)
	}
	return end
}
