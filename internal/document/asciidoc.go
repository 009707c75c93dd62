package document

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/lazy"
)

// Asciidoc is AsciiDoc, read line by line: what delimited blocks there are, and comments
// between them. Models stand in blocks of the style flow, or of the style
// source with the language flow.
var Asciidoc = &Language{
	Name:    "AsciiDoc",
	Exts:    []string{".adoc", ".asciidoc"},
	scan:    (*scanner).asciidoc,
	comment: func(text string) string { return "// " + text },
	tight:   true,
}

var (
	// adocVerbatim are the delimiters of blocks in which nothing is markup. A
	// block ends at the line with which it begins.
	adocVerbatim = lazy.Regexp(`^(?:-{4,}|\.{4,}|\+{4,}|/{4,}|` + "`{3,}" + `)$`)
	// adocNested are those of blocks that hold other blocks.
	adocNested = lazy.Regexp(`^(?:={4,}|\*{4,}|_{4,}|--|[|,:!]={3,})$`)
	adocFence  = lazy.Regexp("^`{3,}\\S*$")
	adocFlow   = lazy.Regexp(`^\[(?:(flow)(?:[%#.][^,\]]*)?|(?:source[^,]*)?\s*,\s*(flow))\s*(?:,.*)?\]$`)
	// adocApart are the lines that are no text of a paragraph where they follow
	// a block: attributes, titles, headings, macros, conditions. A list's "+"
	// ends a paragraph.
	adocApart = lazy.Regexp(`^(?:\+|\[.*\]|\.[^. ].*|=+ .*|:!?\w[^:]*:.*|\w+::.*\[.*\])$`)
	adocItem  = lazy.Regexp(`^\s*(?:[*.]+|-|\d+\.)\s`)
)

// adocReader is how far an AsciiDoc document was read.
type adocReader struct {
	*scanner
	blocks []adocBlock // the open ones that hold blocks, the innermost last
	model  *Fence      // whose attribute line was read, and whose block has not begun
	text   bool        // the line before is text of a paragraph
	plus   bool        // the line before continues an item of a list
	ended  *mark       // the end marker on the line before
}

// adocBlock is a block that holds blocks.
type adocBlock struct {
	delimiter string
	line      int
}

// asciidoc finds the regions and fences of an AsciiDoc document.
func (s *scanner) asciidoc() {
	r := &adocReader{scanner: s}
	for n := 1; n <= s.src.Lines(); n++ {
		line := strings.TrimRight(s.src.Line(n), " \t")
		comment := strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "///")
		switch {
		case adocVerbatim.Get().MatchString(line) || adocFence.Get().MatchString(line) || line == "--" && r.model != nil:
			n = s.adocBlock(n, line, r.modelOf(n, line))
			r.model, r.text = nil, false
		case adocNested.Get().MatchString(line):
			r.nest(n, line)
		case adocFlow.Get().MatchString(line):
			r.model, r.text = s.adocModel(s.src.LineSpan(n).Start, line), false
		case comment:
			r.comment(n, line)
			continue // a comment changes nothing of what is around it
		default:
			r.line(n, line)
		}
		r.ended, r.plus = nil, line == "+" || r.plus && line == "" // a blank line attaches, too
	}
}

// modelOf returns the model that the block which begins on line n is: that of the
// attribute line above it, or a fence of the language flow; nil for none.
func (r *adocReader) modelOf(n int, line string) *Fence {
	if r.model != nil || strings.TrimLeft(line, "`") != "flow" {
		return r.model
	}
	end := r.src.LineSpan(n).Start + len(line)
	return &Fence{Model: true, At: r.src.Span(end-len("flow"), end)}
}

// nest opens or closes a block that holds blocks.
func (r *adocReader) nest(n int, line string) {
	if last := len(r.blocks) - 1; last >= 0 && r.blocks[last].delimiter == line {
		r.blocks = r.blocks[:last]
	} else {
		r.blocks = append(r.blocks, adocBlock{line, n})
	}
	r.model, r.text = nil, false
}

// comment takes a comment for a marker.
func (r *adocReader) comment(n int, line string) {
	start := r.src.LineSpan(n).Start
	m := mark{start: start, end: start + len(line), from: start + len("//"), to: start + len(line), parent: 0}
	if last := len(r.blocks) - 1; last >= 0 {
		m.parent = r.blocks[last].line
		if strings.HasSuffix(r.blocks[last].delimiter, "===") && r.blocks[last].delimiter[0] != '=' {
			m.fault = fault{"a marker is in a table", "put the region outside of the table"}
		}
	}
	k, _, _ := marker(line[len("//"):])
	switch {
	case k == endMarker || m.fault != (fault{}):
	case r.text:
		m.fault = misplaced("in a paragraph")
	case r.plus:
		m.fault = fault{"of a region directly below a + only the first block would belong to the item", "put the whole region between two lines --"}
	}
	r.scanner.comment(m)
	if k == endMarker {
		r.ended = &m
	}
}

// line reads a line that is neither a comment nor a delimiter.
func (r *adocReader) line(n int, line string) {
	if trimmed := strings.TrimLeft(line, " \t"); trimmed != line && strings.HasPrefix(trimmed, "//") {
		start := r.src.LineSpan(n).Start + len(line) - len(trimmed)
		r.scanner.comment(mark{start: start, end: start + len(trimmed), from: start + len("//"), to: start + len(trimmed),
			fault: misplaced("behind blanks, where AsciiDoc knows no comment")})
	}
	if !strings.HasPrefix(strings.TrimLeft(line, " \t"), "//") {
		r.foreignMarker(r.src.LineSpan(n).Start, line)
	}
	apart := adocApart.Get().MatchString(line)
	if r.ended != nil && line != "" && !apart && !adocItem.Get().MatchString(line) {
		// comments are taken out first: the text would go on what flowc writes
		r.doc.report(codeMarker, r.span(*r.ended), "text follows a region without a blank line", "put a blank line after flow:end")
	}
	switch {
	case line == "", line == "+":
		r.text = false
	case !apart:
		r.text = true
	}
	if line != "" && !apart || line == "+" {
		r.model = nil
	}
}

// adocModel reads the attribute line of a model; nil where it is wrong.
func (s *scanner) adocModel(start int, line string) *Fence {
	groups := adocFlow.Get().FindStringSubmatchIndex(line)
	word := max(groups[2], groups[4])
	f := &Fence{Model: true, At: s.src.Span(start+word, start+word+len("flow"))}
	rest := word + len("flow")
	if comma := strings.IndexByte(line[rest:], ','); comma >= 0 {
		rest += comma
	} else {
		rest = len(line) - 1
	}
	var ok bool
	if f.Attrs, ok = s.attrs(start+rest, start+len(line)-1, fenceKeys, true); !ok {
		return nil
	}
	for _, loc := range adocOption.Get().FindAllStringSubmatchIndex(line[:rest], -1) {
		if key := line[loc[2]:loc[3]]; !slices.Contains(adocOwn, key) {
			s.add(&f.Attrs, Attr{Key: key, Bare: true, At: s.src.Span(start+loc[2], start+loc[3])}, fenceKeys, key+"=VALUE")
		}
	}
	return f
}

// adocOption is an option of a block: [flow%words].
var adocOption = lazy.Regexp(`%([A-Za-z0-9_-]+)`)

// adocOwn are the options of listings that are Asciidoctor's.
var adocOwn = []string{"linenums", "nowrap", "unbreakable"}

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
		s.unread(n, end, "close the block with a line "+delimiter)
		end = s.src.Lines()
	}
	if model != nil {
		model.Line, model.last = n+1, end
		var body strings.Builder
		for i := n + 1; i < end; i++ {
			body.WriteString(s.src.Line(i) + "\n")
			model.columns = append(model.columns, 0)
		}
		model.Body = body.String()
		if !adocInclude.Get().MatchString(model.Body) { // what it holds, Asciidoctor alone knows
			s.doc.Fences = append(s.doc.Fences, model)
		}
	}
	return end
}

// adocInclude is a line of a model that Asciidoctor puts a file in the place of.
var adocInclude = lazy.Regexp(`(?m)^include::[^\[\n]+\[.*\]$`)
