package document

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// NewFence returns a fence that somebody else found in the document: what stands
// behind the word flow in its info string, and its body without the prefixes of
// lists and quotes, of which columns is the width. line is the line of the
// document on which the body begins.
func (d *Document) NewFence(info, body string, line, columns int) (*Fence, diag.List) {
	opener := strings.Repeat("\n", max(0, line-2)) + d.opener(line-1, info, columns) + "flow "
	d = &Document{Path: d.Path, Source: source.NewFile(d.Path, opener+info)}
	s := &scanner{doc: d, src: d.Source}
	f := &Fence{Model: true, Line: line, last: line + strings.Count(body, "\n")}
	f.At = d.Source.Span(len(opener)-len("flow "), len(opener)-1)
	f.Attrs, _ = s.attrs(len(opener), len(d.Source.Text), fenceKeys, false)
	f.Body = strings.ReplaceAll(body, "\r\n", "\n")
	if f.Body != "" && !strings.HasSuffix(f.Body, "\n") {
		f.Body += "\n"
	}
	for range strings.Count(f.Body, "\n") {
		f.columns = append(f.columns, columns)
	}
	return f, d.Findings
}

// opener is what stands before the word flow of a fence, on line n of the
// document if the document still has it there: an engine may hand over options
// that stand elsewhere.
func (d *Document) opener(n int, info string, columns int) string {
	if n > 0 && n <= d.Source.Lines() {
		before, behind, ok := strings.Cut(d.Source.Line(n), "flow")
		if ok && strings.HasPrefix(strings.TrimLeft(behind, " \t"), info) {
			return before
		}
	}
	return strings.Repeat(" ", columns)
}

// Find returns the fence of a document that has a body and says the same, or else
// the first with the body, if that has a text; nil where there is none. A line
// break or blank line at the end of a body makes no difference.
func (d *Document) Find(body string, attrs Attrs) *Fence {
	trim := func(s string) string { return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), " \t\n") }
	var first *Fence
	for _, f := range d.Fences {
		if !f.Model || trim(f.Body) != trim(body) {
			continue
		}
		if f.Attrs.same(attrs) {
			return f
		}
		if first == nil && trim(body) != "" {
			first = f
		}
	}
	return first
}

// same reports whether attributes say the same, in whatever order.
func (a Attrs) same(b Attrs) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		y := b.Get(x.Key)
		if y == nil || x.Value != y.Value && !(a.On(x.Key) && b.On(x.Key)) {
			return false
		}
	}
	return true
}

// Locate moves fences to where they stand in another version of the document:
// those with the same body, the first to the first.
func (d *Document) Locate(other *Document) {
	taken := make(map[*Fence]bool)
	for _, f := range d.Fences {
		for _, g := range other.Fences {
			if !taken[g] && g.Body == f.Body {
				taken[g] = true
				f.Line, f.columns = g.Line, g.columns
				break
			}
		}
	}
}

// Opener returns the line of the text on which the fence opens.
func (f *Fence) Opener() int { return f.At.File.Position(f.At.Start).Line }

// Prefixes returns what stands before the sign of a Markdown fence, and what
// each of its other lines begins with: "- " and "  ".
func (f *Fence) Prefixes() (first, rest string) {
	line := f.At.File.Line(f.Opener())
	if i := strings.IndexAny(line, "`~"); i >= 0 {
		first = line[:i]
	}
	return first, blankPrefix(first)
}

// Columns returns how many columns stand before the first line of the body.
func (f *Fence) Columns() int {
	if len(f.columns) == 0 {
		return 0
	}
	return f.columns[0]
}
