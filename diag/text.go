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
}

// WriteText writes findings for a person to read, in the order given, each
// with the line that it is about:
//
//	models/shop.flow:12:5: error FL101: unknown statement "hots" in a route, did you mean "host"?
//	12 |     hots shop.apps.example.test
//	   |     ^^^^
//	   help: …
//
// What comes from the text cannot steer the terminal: control characters are
// written as pictures of themselves. All is written at once; an error of w is
// not reported.
func WriteText(w io.Writer, l List, opt TextOptions) {
	t := &textWriter{color: opt.Color}
	for i, d := range l {
		if i > 0 {
			t.out.WriteByte('\n')
		}
		t.diagnostic(d)
	}
	_, _ = w.Write(t.out.Bytes())
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
	out    bytes.Buffer
	color  bool
	gutter int // columns of the line numbers of one finding
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
	t.paint(style, fmt.Sprintf("%s %s:", d.Severity, d.Code))
	t.out.WriteByte(' ')
	t.paint(styleStrong, clean(d.Message))
	t.out.WriteByte('\n')
	t.excerpt(d.At, "^", style)
	for _, r := range d.Related {
		t.related(d, r)
	}
	if d.Help != "" {
		t.out.WriteString(strings.Repeat(" ", t.gutter+1))
		t.paint(styleHelp, "help:")
		t.out.WriteString(" " + clean(d.Help) + "\n")
	}
}

// related writes the second place; its file only where it is another one.
func (t *textWriter) related(d Diagnostic, r Related) {
	t.out.WriteString(strings.Repeat(" ", t.gutter+1))
	if r.At.Known() && r.At.File != d.At.File {
		t.out.WriteString(place(r.At) + ": ")
	}
	t.paint(styleRelated, clean(r.Message)+":")
	t.out.WriteByte('\n')
	t.excerpt(r.At, "-", styleRelated)
}

func (t *textWriter) paint(style, s string) {
	if !t.color {
		t.out.WriteString(s)
		return
	}
	t.out.WriteString("\x1b[" + style + "m" + s + "\x1b[0m")
}

// excerpt writes the line on which the span begins, and marks under the span.
func (t *textWriter) excerpt(at source.Span, mark, style string) {
	if !at.Known() {
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
	if end := at.File.Position(at.End).Line; end > n && at.End > line.End+1 {
		t.out.WriteString(" to line " + strconv.Itoa(end))
	}
	t.out.WriteByte('\n')
}

func place(at source.Span) string {
	p := at.File.Position(at.Start)
	return fmt.Sprintf("%s:%d:%d", clean(at.File.Name), p.Line, p.Column)
}

func lineDigits(at source.Span) int {
	if !at.Known() {
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
	add := func(from, to int) int {
		before := column
		for _, r := range whole[from:to] {
			s, w := glyph(r, column)
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
		_, w := glyph(r, 0)
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
		_, w := glyph(r, 0)
		if columns -= w; columns < 0 {
			return from
		}
		from += n
	}
	return from
}

// glyph returns how a rune of the text is shown at a column, and its columns.
func glyph(r rune, column int) (string, int) {
	if r == '\t' {
		n := tabColumns - column%tabColumns
		return strings.Repeat(" ", n), n
	}
	r = visible(r)
	return string(r), runeColumns(r)
}

// visible returns a picture of what would steer a terminal: control characters
// and those that turn the direction of writing.
func visible(r rune) rune {
	switch {
	case r < ' ':
		return '␀' + r
	case r == 0x7f:
		return '␡'
	case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069':
		return utf8.RuneError
	}
	return r
}

func clean(s string) string { return strings.Map(visible, strings.ToValidUTF8(s, "\uFFFD")) }

// runeColumns returns the columns that a terminal gives a rune: none to what
// combines with the rune before, two to what is wide (Unicode annex 11).
func runeColumns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), 0x1160 <= r && r <= 0x11ff, 0x1f3fb <= r && r <= 0x1f3ff:
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}

// wide holds the ranges of East Asian Width W and F, emoji among them.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x1100, 0x115f, 1}, {0x231a, 0x231b, 1}, {0x2329, 0x232a, 1}, {0x23e9, 0x23ec, 1}, {0x23f0, 0x23f3, 3},
		{0x25fd, 0x25fe, 1}, {0x2614, 0x2615, 1}, {0x2648, 0x2653, 1}, {0x267f, 0x2693, 20}, {0x26a1, 0x26a1, 1},
		{0x26aa, 0x26ab, 1}, {0x26bd, 0x26be, 1}, {0x26c4, 0x26c5, 1}, {0x26ce, 0x26d4, 6}, {0x26ea, 0x26ea, 1},
		{0x26f2, 0x26f3, 1}, {0x26f5, 0x26fa, 5}, {0x26fd, 0x26fd, 1}, {0x2705, 0x2705, 1}, {0x270a, 0x270b, 1},
		{0x2728, 0x2728, 1}, {0x274c, 0x274e, 2}, {0x2753, 0x2755, 1}, {0x2757, 0x2757, 1}, {0x2795, 0x2797, 1},
		{0x27b0, 0x27bf, 15}, {0x2b1b, 0x2b1c, 1}, {0x2b50, 0x2b55, 5}, {0x2e80, 0x303e, 1}, {0x3041, 0x33ff, 1},
		{0x3400, 0x4dbf, 1}, {0x4e00, 0xa4cf, 1}, {0xa960, 0xa97f, 1}, {0xac00, 0xd7a3, 1}, {0xf900, 0xfaff, 1},
		{0xfe10, 0xfe19, 1}, {0xfe30, 0xfe6f, 1}, {0xff01, 0xff60, 1}, {0xffe0, 0xffe6, 1},
	},
	R32: []unicode.Range32{
		{0x16fe0, 0x18aff, 1}, {0x1b000, 0x1b2ff, 1}, {0x1f004, 0x1f004, 1}, {0x1f0cf, 0x1f0cf, 1}, {0x1f18e, 0x1f18e, 1},
		{0x1f191, 0x1f19a, 1}, {0x1f200, 0x1f320, 1}, {0x1f32d, 0x1f335, 1}, {0x1f337, 0x1f37c, 1}, {0x1f37e, 0x1f393, 1},
		{0x1f3a0, 0x1f3ca, 1}, {0x1f3cf, 0x1f3d3, 1}, {0x1f3e0, 0x1f3f0, 1}, {0x1f3f4, 0x1f3f4, 1}, {0x1f3f8, 0x1f43e, 1},
		{0x1f440, 0x1f440, 1}, {0x1f442, 0x1f4fc, 1}, {0x1f4ff, 0x1f53d, 1}, {0x1f54b, 0x1f54e, 1}, {0x1f550, 0x1f567, 1},
		{0x1f57a, 0x1f57a, 1}, {0x1f595, 0x1f596, 1}, {0x1f5a4, 0x1f5a4, 1}, {0x1f5fb, 0x1f64f, 1}, {0x1f680, 0x1f6c5, 1},
		{0x1f6cc, 0x1f6cc, 1}, {0x1f6d0, 0x1f6d2, 1}, {0x1f6d5, 0x1f6d7, 1}, {0x1f6dc, 0x1f6df, 1}, {0x1f6eb, 0x1f6ec, 1},
		{0x1f6f4, 0x1f6fc, 1}, {0x1f7e0, 0x1f7eb, 1}, {0x1f90c, 0x1f93a, 1}, {0x1f93c, 0x1f945, 1}, {0x1f947, 0x1f9ff, 1},
		{0x1fa70, 0x1faff, 1}, {0x20000, 0x3fffd, 1},
	},
}
