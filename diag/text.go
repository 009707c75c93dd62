package diag

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/source"
)

// TextOptions says how findings are written for a person.
type TextOptions struct {
	Color bool // with ANSI colours, for a terminal
	Links Links
}

// Links says how findings point to the page of their code.
type Links int

// The ways to point to a page.
const (
	NoLinks   Links = iota
	LineLinks       // a line "see: flowc explain …" under the first finding of each code
	CodeLinks       // the code is a hyperlink (OSC 8), for a terminal
)

// WriteText writes findings for a person to read, in the order given, each
// with the line that it is about:
//
//	models/shop.flow:12:5: error FL101: unknown statement "hots" in a route, did you mean "host"?
//	12 |     hots shop.apps.example.test
//	   |     ^^^^
//	   help: …
//	   see: flowc explain FL301, or https://…
//
// What comes from the text cannot steer the terminal: control characters are
// written as pictures of themselves. All is written at once; an error of w is
// not reported.
func WriteText(w io.Writer, l List, opt TextOptions) {
	_, _ = w.Write(text(l, opt))
}

func text(l List, opt TextOptions) []byte {
	t := &textWriter{TextOptions: opt, seen: map[Code]bool{}}
	for i, d := range l {
		if i > 0 {
			t.out.WriteByte('\n')
		}
		t.diagnostic(d)
	}
	return t.out.Bytes()
}

// The ANSI styles, by what they are for.
const (
	styleStrong  = "1"
	styleError   = "1;31"
	styleWarning = "1;33"
	styleRelated = "34"
	styleQuiet   = "2"
	styleHelp    = "36"
)

type textWriter struct {
	TextOptions
	out    bytes.Buffer
	gutter int           // columns of the line numbers of one finding
	seen   map[Code]bool // codes that a finding had
}

func (t *textWriter) diagnostic(d Diagnostic) {
	style := styleWarning
	if d.Severity == Error {
		style = styleError
	}
	t.gutter = lineDigits(d.At)
	for _, r := range d.Related {
		t.gutter = max(t.gutter, lineDigits(r.At))
	}
	if d.At.Known() {
		t.paint(styleStrong, place(d.At)+":")
		t.out.WriteByte(' ')
	}
	t.paint(style, fmt.Sprintf("%s %s:", d.Severity, t.code(d.Code)))
	t.out.WriteByte(' ')
	t.paint(styleStrong, clean(d.Message))
	t.out.WriteByte('\n')
	t.excerpt(d.At, "^", style)
	for _, r := range d.Related {
		t.related(d, r)
	}
	if d.Way != nil {
		t.foot("path:", d.Way.String())
	}
	if d.Help != "" {
		t.foot("help:", d.Help)
	}
	if t.Links == LineLinks && !t.seen[d.Code] {
		t.foot("see:", d.Code.explained())
	}
	t.seen[d.Code] = true
}

// foot writes a line under an excerpt.
func (t *textWriter) foot(word, text string) {
	t.out.WriteString(strings.Repeat(" ", t.gutter+1))
	t.paint(styleHelp, word)
	t.out.WriteString(" " + clean(text) + "\n")
}

// code returns the code, as a hyperlink where there are some.
func (t *textWriter) code(c Code) string {
	if t.Links != CodeLinks {
		return string(c)
	}
	return "\x1b]8;;" + c.URL() + "\x1b\\" + string(c) + "\x1b]8;;\x1b\\"
}

// related writes the second place; its file only where it is another one.
func (t *textWriter) related(d Diagnostic, r Related) {
	t.out.WriteString(strings.Repeat(" ", t.gutter+1))
	if r.At.Known() && (r.At.File != d.At.File || r.At.File.Document()) {
		t.out.WriteString(place(r.At) + ": ")
	}
	t.paint(styleRelated, clean(r.Message)+":")
	t.out.WriteByte('\n')
	t.excerpt(r.At, "-", styleRelated)
}

func (t *textWriter) paint(style, s string) {
	if !t.Color {
		t.out.WriteString(s)
		return
	}
	t.out.WriteString("\x1b[" + style + "m" + s + "\x1b[0m")
}

// excerpt writes the line on which the span begins, and marks under the span.
func (t *textWriter) excerpt(at source.Span, mark, style string) {
	if !at.Known() || at.File.Document() { // its place says all
		return
	}
	n := at.File.Position(at.Start).Line
	line := at.File.LineSpan(n)
	text, before, under := window(line, at)
	t.paint(styleQuiet, fmt.Sprintf("%*d |", t.gutter, n))
	t.out.WriteString(strings.TrimRight(" "+text, " ") + "\n")
	t.paint(styleQuiet, strings.Repeat(" ", t.gutter)+" |")
	t.out.WriteString(" " + strings.Repeat(" ", before))
	t.paint(style, strings.Repeat(mark, under))
	if end := lastLine(at); end > n {
		t.out.WriteString(" to line " + strconv.Itoa(end))
	}
	t.out.WriteByte('\n')
}

// lastLine is the line of the last byte of a span.
func lastLine(at source.Span) int { return at.File.Position(max(at.Start, at.End-1)).Line }

func place(at source.Span) string { return clean(at.Place()) }

func lineDigits(at source.Span) int {
	if !at.Known() || at.File.Document() {
		return 1
	}
	return len(strconv.Itoa(at.File.Position(at.Start).Line))
}

// The columns of an excerpt, and how many of them stand before the marks where
// a line is too long to be shown whole.
const (
	excerptColumns = 100
	excerptBefore  = 30
	tabColumns     = 4
)

// window returns what of the line is shown, how many columns of it stand
// before the span, and how many the span takes (at least one). Only the shown
// part of a line is looked at: a line may be megabytes long.
func window(line, at source.Span) (text string, before, under int) {
	whole := line.File.Text
	start, end := line.Start, line.End
	from := min(max(at.Start, start), end)
	to := min(max(at.End, from), end)
	if end-start > excerptColumns {
		start = back(whole, line.Start, from, excerptBefore)
		end = forward(whole, from, line.End, excerptColumns-excerptBefore)
	}
	var out strings.Builder
	column := 0
	var m meter
	add := func(from, to int) int {
		before := column
		for _, r := range whole[from:to] {
			s, w := glyph(&m, r, column)
			out.WriteString(s)
			column += w
		}
		return column - before
	}
	if start > line.Start {
		out.WriteString("…")
		column = 1
	}
	add(start, from)
	before = column
	under = add(from, min(to, end))
	add(min(to, end), end)
	if end < line.End {
		out.WriteString("…")
		if to > end {
			under++
		}
	}
	return out.String(), before, max(under, 1)
}

// back goes back from an offset by so many columns at most, not before least.
func back(text string, least, from, columns int) int {
	for from > least {
		r, n := utf8.DecodeLastRuneInString(text[least:from])
		_, w := glyph(&meter{}, r, 0)
		if columns -= w; columns < 0 {
			return from
		}
		from -= n
	}
	return from
}

// forward goes on from an offset by so many columns at most, not past most.
func forward(text string, from, most, columns int) int {
	for from < most {
		r, n := utf8.DecodeRuneInString(text[from:most])
		_, w := glyph(&meter{}, r, 0)
		if columns -= w; columns < 0 {
			return from
		}
		from += n
	}
	return from
}

// glyph returns how a rune of the text is shown at a column, and how many
// columns it adds to what m has measured.
func glyph(m *meter, r rune, column int) (string, int) {
	if r == '\t' {
		n := tabColumns - column%tabColumns
		*m = meter{}
		return strings.Repeat(" ", n), n
	}
	r = visible(r)
	return string(r), m.next(r)
}

// visible returns a picture of what would steer a terminal: control characters,
// those that turn the direction of writing, and those that end a line.
func visible(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	case unicode.IsControl(r), '\u2028' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return utf8.RuneError
	}
	return r
}

func clean(s string) string { return strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD")) }
