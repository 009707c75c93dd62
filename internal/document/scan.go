package document

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// scanner collects what a language finds in a document.
type scanner struct {
	doc  *Document
	src  *source.File
	open *Region // the region whose end has not come yet
	// broken: the open region's begin marker is not right; its end is not missed.
	broken bool
}

// mark is a comment that may be a marker.
type mark struct {
	start, end int // the whole comment in the text: "<!-- … -->"
	from, to   int // what it says, without the comment's own signs
	parent     any // what it stands in
}

// said is how every comment begins that is meant for flowc.
var said = regexp.MustCompile(`^\s*flowc?\s*:\s*([A-Za-z]*)`)

// comment takes a comment for a marker if it is one.
func (s *scanner) comment(m mark) {
	text := s.src.Text[m.from:m.to]
	loc := said.FindStringSubmatchIndex(text)
	if loc == nil {
		return
	}
	if !s.alone(m) {
		return
	}
	head, word := strings.TrimSpace(text[:loc[1]]), text[loc[2]:loc[3]]
	switch head {
	case "flow:begin":
		s.begin(m, m.from+loc[1])
	case "flow:end":
		if rest := strings.TrimSpace(text[loc[1]:]); rest != "" {
			s.doc.report(codeMarker, s.span(m), fmt.Sprintf("an end marker has no attributes, and %q stands in this one", rest), "")
		}
		s.endMarker(m)
	default:
		hint := "write flow:begin or flow:end"
		if near, ok := spell.Nearest(word, []string{"begin", "end"}); ok {
			hint = fmt.Sprintf("did you mean %q?", "flow:"+near)
		}
		s.doc.report(codeMarker, s.span(m), fmt.Sprintf("%q is not a marker", head), hint)
	}
}

func (s *scanner) span(m mark) source.Span { return s.src.Span(m.start, m.end) }

// alone reports whether a marker stands on lines of its own, but for what a
// list or quote begins with.
func (s *scanner) alone(m mark) bool {
	last := s.src.LineSpan(s.src.Position(m.end).Line)
	if behind := strings.TrimSpace(s.src.Text[m.end:last.End]); behind != "" {
		s.doc.report(codeMarker, s.span(m), "a marker shares its line with other text", "put the marker on a line of its own")
		return false
	}
	return true
}

// begin opens a region. attrs is where its attributes begin.
func (s *scanner) begin(m mark, attrs int) {
	if s.open != nil {
		d := s.doc.report(codeMarker, s.span(m), "a region begins inside another one", "end the first one with flow:end, or delete this marker")
		d.Related = append(d.Related, related("the first one begins here", s.open.At))
	}
	r := &Region{At: s.span(m), document: s.doc, parent: m.parent}
	var ok bool
	r.Attrs, ok = s.attrs(attrs, m.to, RegionKeys, false)
	first := s.src.LineSpan(s.src.Position(m.start).Line)
	r.Prefix = blankPrefix(s.src.Text[first.Start:m.start])
	r.first = s.src.Position(m.end).Line + 1
	s.broken = !ok || s.open != nil
	s.open = r
}

// endMarker closes the open region.
func (s *scanner) endMarker(m mark) {
	r := s.open
	if r == nil {
		s.doc.report(codeMarker, s.span(m), "a region ends here and none begins", "delete this marker, or put a flow:begin before it")
		return
	}
	s.open = nil
	if s.broken {
		return
	}
	if r.parent != m.parent {
		d := s.doc.report(codeMarker, s.span(m), "a region ends in another list item, quote or block than it begins in", "indent both markers, and all between them, alike")
		d.Related = append(d.Related, related("it begins here", r.At))
		return
	}
	r.last = s.src.Position(m.start).Line - 1
	for n := r.first; n <= r.last; n++ {
		r.Body = append(r.Body, strip(s.src.Line(n), r.Prefix))
	}
	s.doc.Regions = append(s.doc.Regions, r)
}

// end is the end of the text.
func (s *scanner) end() {
	if s.open != nil {
		s.doc.report(codeMarker, s.open.At, "a region begins here and does not end", "put its flow:end behind it, in the same list item or quote")
	}
	s.doc.Fences = outside(s.doc.Fences, s.doc.Regions)
}

// outside returns the fences that flowc did not write itself.
func outside(fences []*Fence, regions []*Region) []*Fence {
	var out []*Fence
	for _, f := range fences {
		inside := false
		for _, r := range regions {
			inside = inside || r.first <= f.Line && f.Line <= r.last
		}
		if !inside {
			out = append(out, f)
		}
	}
	return out
}

// misplaced reports a marker that stands where it cannot be one.
func (s *scanner) misplaced(start, end int, where string) {
	s.doc.report(codeMarker, s.src.Span(start, end), "a marker stands "+where, "put it on a line of its own, with a blank line before it")
}

// markerWords finds markers in a text that is not looked at any closer.
var markerWords = regexp.MustCompile(`flow:(?:begin|end)\b`)

// blankPrefix is the prefix of the lines below one that begins with this one:
// quotes stay, and a list's bullet becomes blanks.
func blankPrefix(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '>' || r == '\t' {
			return r
		}
		return ' '
	}, s)
}

// strip takes a prefix from a line, as far as the line has it.
func strip(line, prefix string) string {
	at := 0
	for _, r := range prefix {
		switch {
		case at >= len(line):
			return ""
		case r == '>':
			rest := strings.TrimLeft(line[at:], " \t")
			if !strings.HasPrefix(rest, ">") {
				continue
			}
			at = len(line) - len(rest) + 1
		case line[at] == ' ' || line[at] == '\t':
			at++
		}
	}
	return line[at:]
}

func related(message string, at source.Span) diag.Related {
	return diag.Related{Message: message, At: at}
}
