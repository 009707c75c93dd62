package flowtext

import (
	"strings"
	"unicode/utf8"
)

// raw is text that the formatter has not seen, but which has its line breaks.
type raw struct {
	strings.Builder
	of        []*statement // of each line; nil for a comment
	blankNext bool
}

// The measures of the one style that decide where a line ends.
const (
	indent      = 4
	lineColumns = 100
	listColumns = 50
)

// put writes a line.
func (r *raw) put(depth int, of *statement, line string) {
	if r.blankNext {
		r.blankNext = false
		r.put(0, nil, "")
	}
	if line != "" {
		r.WriteString(strings.Repeat(" ", depth*indent) + line)
	}
	r.WriteByte('\n')
	r.of = append(r.of, of)
}

// statement writes a statement with its block.
func (r *raw) statement(depth int, s *statement) {
	if s.isRemark() {
		r.put(depth, nil, comment(s.trail))
		return
	}
	if s.lost {
		r.notes(depth, s.notes)
		r.lost(depth, s)
		return
	}
	if len(s.inner) == 0 && !s.opens && (len(s.notes) == 0 || depth > 0) {
		r.notes(depth, s.notes)
		r.head(depth, s, "")
		return
	}
	if one, ok := s.oneLine(depth); ok {
		r.put(depth, s, one)
		return
	}
	r.head(depth, s, " {")
	r.notes(depth+1, s.notes)
	for _, inner := range s.inner {
		r.statement(depth+1, inner)
	}
	r.put(depth, s, "}")
}

func (r *raw) notes(depth int, notes []string) {
	for _, n := range notes {
		r.put(depth, nil, n)
	}
}

// lost writes in comments what the language has no form for.
func (r *raw) lost(depth int, s *statement) {
	r.put(depth, nil, comment("no form of the language says: "+s.line()))
	for _, inner := range s.inner {
		for _, l := range inner.lines() {
			r.put(depth, nil, comment("    "+l))
		}
	}
}

// lines are a statement with its block, a line each.
func (s *statement) lines() []string {
	out := []string{s.line()}
	for _, inner := range s.inner {
		for _, l := range inner.lines() {
			out = append(out, "    "+l)
		}
	}
	return out
}

// oneLine is a statement of a block that has one statement of its own, where all of it
// fits on a line.
func (s *statement) oneLine(depth int) (string, bool) {
	if depth == 0 || len(s.notes) > 0 || len(s.inner) > 1 {
		return "", false
	}
	line := s.line() + " {"
	for _, inner := range s.inner {
		if inner.lost || inner.opens || len(inner.inner) > 0 || len(inner.notes) > 0 || inner.trail != "" {
			return "", false
		}
		line += " " + inner.line() + " "
	}
	line += "}"
	return line + s.behind(), depth*indent+utf8.RuneCountInString(line) <= lineColumns
}

// behind is the comment behind the line.
func (s *statement) behind() string {
	if s.trail == "" {
		return ""
	}
	return "  " + comment(s.trail)
}

// head writes a statement up to its block. A list goes on in the next line where it
// does not fit.
func (r *raw) head(depth int, s *statement, end string) {
	line := strings.Join(s.words, " ")
	end += s.behind()
	if len(s.list) == 0 {
		r.put(depth, s, line+end)
		return
	}
	column := depth*indent + utf8.RuneCountInString(line) + 1
	width := column
	if column > listColumns {
		column = (depth + 2) * indent
	}
	line += " "
	for i, e := range s.list {
		if i < len(s.list)-1 {
			e += ","
		} else {
			e += end
		}
		n := utf8.RuneCountInString(e)
		if i > 0 {
			if width+1+n > lineColumns {
				r.put(depth, s, line)
				line, width = strings.Repeat(" ", max(0, column-depth*indent)), column
			} else {
				line, width = line+" ", width+1
			}
		}
		line, width = line+e, width+n
	}
	r.put(depth, s, line)
}
