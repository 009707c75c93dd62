package diag

import (
	"strings"
	"unicode"
)

// Columns returns how many columns of a terminal the text takes: none for what
// combines with the rune before, two for what is wide, one for a tab.
func Columns(text string) int {
	n := 0
	var m meter
	for _, r := range text {
		n += m.next(r)
	}
	return n
}

// The runes by which several become one picture (Unicode Technical Standard 51).
const (
	joiner    = '\u200d' // joins the emoji on both its sides
	asPicture = '\ufe0f' // shows the rune before it as an emoji, which is wide
)

// meter measures a text rune by rune. Of an emoji that is made of several, the
// first one counts: so do terminals that can show it as one.
type meter struct {
	last   rune // what the rune before is, or combines with
	wide   bool // it takes two columns
	joined bool // a joiner stands between it and the next rune
}

// next returns how many columns the rune adds to those before it.
func (m *meter) next(r rune) int {
	joined := m.joined
	m.joined = false
	switch n := RuneColumns(r); {
	case r == joiner:
		m.joined = symbol(m.last)
		return 0
	case r == asPicture && !m.wide && symbol(m.last):
		m.wide = true
		return 1
	case n == 0:
		return 0
	case joined && symbol(r):
		return 0
	default:
		*m = meter{last: r, wide: n == 2}
		return n
	}
}

// symbol reports whether a rune can be, or begin, an emoji.
func symbol(r rune) bool {
	return unicode.In(r, unicode.So, unicode.Sm) || strings.ContainsRune("#*0123456789\u203c\u2049\u3030", r)
}

// RuneColumns returns the columns that a terminal gives a rune alone: none to what
// combines with the rune before, two to what is wide (Unicode annex 11).
func RuneColumns(r rune) int {
	switch {
	case r < 0x300, unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf), 0x1160 <= r && r <= 0x11ff, 0xd7b0 <= r && r <= 0xd7ff,
		0x1f3fb <= r && r <= 0x1f3ff:
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
