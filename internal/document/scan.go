package document

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// scanner collects what a language finds in a document.
type scanner struct {
	doc  *Document
	src  *source.File
	open []*opened // the regions whose ends have not come yet, the innermost last
}

// opened is a region whose end has not come yet.
type opened struct {
	region *Region
	inner  []*Region // that begin in it
	drop   bool      // it is no region: its marker is wrong, or others begin in it
	quiet  bool      // that its marker is wrong was said: its end is not missed
}

// mark is a comment that may be a marker.
type mark struct {
	start, end int // the whole comment in the text: "<!-- … -->"
	from, to   int // what it says, without the comment's own signs
	parent     any // what it stands in
	fault      fault
	said       bool // that it is wrong was said
}

// fault says what is wrong with the place of a marker. The zero fault is none.
type fault struct{ message, help string }

// misplaced is the fault of a marker that stands where it cannot be one.
func misplaced(where string) fault {
	return fault{"a marker is " + where, "put it on a line of its own, with a blank line before and after it"}
}

type kind int

const (
	noMarker kind = iota
	beginMarker
	endMarker
	someMarker // one that is misspelled so that nobody knows
)

var (
	// said is how every comment begins that is meant for flowc.
	said = lazy.Regexp(`(?i)^\s*(flowc?\s*:\s*([a-z]*):*)`)
	// saidWithout is said with another sign in the place of the colon. A remark
	// about a flow may begin so, but goes on in another way.
	saidWithout = lazy.Regexp(`(?i)^\s*(flowc?[\s_-]+(begin|end))\s*(?:$|[a-z]+=)`)
)

// meant are words that somebody may take for begin and end.
var meant = map[string]kind{
	"begin": beginMarker, "start": beginMarker, "open": beginMarker,
	"end": endMarker, "stop": endMarker, "close": endMarker, "finish": endMarker,
}

// marker tells which marker the text of a comment is, how it is spelled, and
// where its attributes begin.
func marker(text string) (k kind, head string, attrs int) {
	loc := said.Get().FindStringSubmatchIndex(text)
	if loc == nil {
		loc = saidWithout.Get().FindStringSubmatchIndex(text)
	}
	if loc == nil {
		return noMarker, "", 0
	}
	word := strings.ToLower(text[loc[4]:loc[5]])
	k, ok := meant[word]
	if !ok {
		near, _ := spell.Nearest(word, []string{"begin", "end"})
		k, ok = meant[near]
	}
	if !ok {
		k = someMarker
	}
	return k, strings.TrimSpace(text[loc[2]:loc[3]]), loc[3]
}

// spelled is how a kind of marker is spelled.
var spelled = map[kind]string{beginMarker: "flow:begin", endMarker: "flow:end"}

// comment takes a comment for a marker if it is one. A marker that is wrong is
// reported, and pairs with the next one all the same, so that one mistake is
// one finding.
func (s *scanner) comment(m mark) {
	k, head, attrs := marker(s.src.Text[m.from:m.to])
	if k == noMarker {
		return
	}
	wrong := m.fault
	switch {
	case m.said, wrong != (fault{}):
	case !s.alone(m):
		wrong = fault{"a marker shares its line with other text", "put the marker on a line of its own"}
	case head != spelled[k]:
		wrong = fault{fmt.Sprintf("%q is not a marker", head), "write flow:begin or flow:end"}
		if right := spelled[k]; right != "" {
			wrong.help = fmt.Sprintf("did you mean %q?", right)
		}
	}
	if wrong != (fault{}) && !m.said {
		s.doc.report(codeMarker, s.span(m), wrong.message, wrong.help)
		m.said = true
	}
	switch k {
	case beginMarker:
		s.begin(m, m.from+attrs)
	case endMarker:
		s.endRegion(m, m.from+attrs)
	default: // it opens and closes nothing
	}
}

func (s *scanner) span(m mark) source.Span { return s.src.Span(m.start, m.end) }

// alone reports whether a marker is on lines of its own, but for what a
// list or quote begins with.
func (s *scanner) alone(m mark) bool {
	first := s.src.LineSpan(s.src.Position(m.start).Line)
	last := s.src.LineSpan(s.src.Position(m.end).Line)
	return strings.TrimSpace(s.src.Text[m.end:last.End]) == "" && container.Get().MatchString(s.src.Text[first.Start:m.start])
}

// container is what may stand before a marker: the signs of quotes and lists.
var container = lazy.Regexp(`^(?:[ \t>]|[-*+•][ \t]|(?:\d{1,9}|#|[A-Za-z])[.)][ \t])*$`)

// begin opens a region. attrs is where its attributes begin.
func (s *scanner) begin(m mark, attrs int) {
	r := &Region{At: s.span(m), document: s.doc, parent: m.parent}
	o := &opened{region: r, drop: m.said, quiet: m.said}
	if !m.said {
		var ok bool
		r.Attrs, ok = s.attrs(attrs, m.to, regionKeys, false)
		o.drop = !ok
	}
	first := s.src.LineSpan(s.src.Position(m.start).Line)
	r.Prefix = blankPrefix(s.src.Text[first.Start:m.start])
	r.first = s.src.Position(m.end).Line + 1
	if n := len(s.open); n > 0 {
		s.open[n-1].inner = append(s.open[n-1].inner, r)
		s.open[n-1].drop, o.drop, o.quiet = true, true, true
	}
	s.open = append(s.open, o)
}

// endRegion closes the innermost open region. attrs is where attributes stand
// that an end marker has not.
func (s *scanner) endRegion(m mark, attrs int) {
	if rest := strings.TrimSpace(s.src.Text[attrs:m.to]); rest != "" && !m.said {
		s.doc.report(codeMarker, s.span(m), fmt.Sprintf("an end marker has no attributes, and this one has %q", rest), "write flow:end alone")
		m.said = true
	}
	n := len(s.open)
	if n == 0 {
		if !m.said {
			s.doc.report(codeMarker, s.span(m), "a region ends here and none begins", "delete this marker, or put a flow:begin before it")
		}
		return
	}
	o := s.open[n-1]
	s.open = s.open[:n-1]
	r := o.region
	for _, inner := range o.inner {
		d := s.doc.report(codeMarker, inner.At, "a region begins inside another one", "end the first one with flow:end before it, or delete this marker")
		d.Related = append(d.Related, related("the first one begins here", r.At))
	}
	switch {
	case o.drop || m.said:
	case r.parent != m.parent:
		d := s.doc.report(codeMarker, s.span(m), "a region ends in another list item, quote or block than it begins in", "indent both markers, and all between them, alike")
		d.Related = append(d.Related, related("it begins here", r.At))
	default:
		r.last = s.src.Position(m.start).Line - 1
		for n := r.first; n <= r.last; n++ {
			r.Body = append(r.Body, strip(s.src.Line(n), r.Prefix))
		}
		s.doc.Regions = append(s.doc.Regions, r)
	}
}

// end is the end of the text.
func (s *scanner) end() {
	for _, o := range s.open {
		if o.quiet {
			continue
		}
		d := s.doc.report(codeMarker, o.region.At, "a region begins here and does not end", "put its flow:end after it, in the same list item, quote or block")
		if len(o.inner) > 0 {
			d.Related = append(d.Related, related("the next one begins here", o.inner[0].At))
		}
	}
	s.doc.Fences = outside(s.doc.Fences, s.doc.Regions)
}

// outside returns the fences that flowc did not write itself. Both lists are in
// the order of the text.
func outside(fences []*Fence, regions []*Region) []*Fence {
	var out []*Fence
	next := 0
	for _, f := range fences {
		for next < len(regions) && regions[next].last < f.Line {
			next++
		}
		if next == len(regions) || f.Line < regions[next].first {
			out = append(out, f)
		}
	}
	return out
}

// unread reports what opens and does not end, on line n, if markers stand in
// lines n+1 to last: they are not read.
func (s *scanner) unread(n, last int, help string) {
	for i := n + 1; i <= min(last, s.src.Lines()); i++ {
		if markerWords.Get().MatchString(s.src.Line(i)) {
			s.doc.report(codeMarker, s.src.LineSpan(n), "a block of code opens here and does not end; the markers in it are not read", help)
			return
		}
	}
}

// markerWords finds markers in a text that is not looked at any closer.
var markerWords = lazy.Regexp(`flow:(?:begin|end)\b`)

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
