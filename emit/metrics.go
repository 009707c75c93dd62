package emit

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flowc-lang/flowc/diag"
)

// font is one of the few ways in which text is set.
type font int

// The fonts. Sizes are in pixels, in sizes below.
const (
	fontText    font = iota // what happens
	fontStrong              // headings and session names
	fontSmall               // numbers, second lines, the foot
	fontSlanted             // wires in a table, time that passes
	fontTitle               // the title of a picture
	fontNote                // in a flowchart: on arrows, second lines
)

// face says how a font is written and how wide its characters are.
type face struct {
	size, leading int // pixels
	attrs         string
	widths        *[95]uint16
}

const fontFamily = "Helvetica, Arial, sans-serif"

var faces = [...]face{
	fontText:    {14, 18, ``, &helvetica},
	fontStrong:  {14, 18, ` font-weight="bold"`, &helveticaBold},
	fontSmall:   {12, 16, ` font-size="12"`, &helvetica},
	fontSlanted: {14, 18, ` font-style="italic"`, &helvetica},
	fontTitle:   {20, 26, ` font-size="20" font-weight="bold"`, &helveticaBold},
	fontNote:    {13, 17, ` font-size="13"`, &helvetica},
}

// helvetica holds the advance widths of U+0020 to U+007E in thousandths of the
// font size, as in Adobe's metrics of Helvetica; Arial and Liberation Sans were
// made to the same widths.
var helvetica = [95]uint16{
	278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
	556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
}

// helveticaBold holds those of Helvetica Bold.
var helveticaBold = [95]uint16{
	278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
	975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
	667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
	333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
	611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
}

// script is what is assumed of a range of characters outside ASCII, for which
// a fallback font may be drawn: a width on the safe side in thousandths of the
// font size.
type script struct {
	last  rune // the range ends here and begins behind the one before
	width int
}

var scripts = []script{
	{0x009F, 0},      // control characters, which are never drawn
	{0x00FF, 1000},   // Latin-1
	{0x024F, 1100},   // Latin Extended
	{0x036F, 700},    // phonetics and modifiers
	{0x058F, 1100},   // Greek, Cyrillic, Armenian
	{0x08FF, 1000},   // Hebrew, Arabic, Syriac
	{0x109F, 1400},   // the scripts of India, Thai, Tibetan
	{0x115F, 1100},   // Hangul, leading
	{0x1FFF, 1300},   // other scripts of the first plane
	{0x2027, 1100},   // dashes, quotes, ellipsis
	{0x20FF, 1300},   // punctuation, currency
	{0x2319, 1300},   // letters, arrows, mathematics
	{0x231B, 1400},   // watch, hourglass
	{0x25FF, 1300},   // technical signs, boxes, blocks
	{0x27BF, 1400},   // signs that may be drawn as emoji
	{0x2E7F, 1500},   // more arrows and signs
	{0xA4CF, 1100},   // East Asian
	{0xABFF, 1500},   // more scripts
	{0xD7FF, 1100},   // Hangul
	{0xF8FF, 1300},   // private use
	{0xFAFF, 1100},   // East Asian compatibility
	{0xFDFA, 2500},   // Arabic ligatures
	{0xFDFD, 12000},  // whole sentences in one character
	{0xFEFF, 1300},   // half marks, Arabic forms
	{0xFF60, 1100},   // full-width forms
	{0xFFFF, 1100},   // half-width forms, the replacement character
	{0x11FFF, 2000},  // historic scripts
	{0x16FFF, 4000},  // cuneiform, hieroglyphs
	{0x1AFFF, 1500},  // Tangut, kana
	{0x1EFFF, 1500},  // music, mathematics
	{0x1FBFF, 1500},  // emoji
	{0x10FFFF, 1500}, // East Asian extensions and the rest
}

// scriptOf returns what is assumed of a character outside ASCII.
func scriptOf(r rune) script {
	if zeroWidth(r) {
		return script{}
	}
	return scripts[sort.Search(len(scripts), func(i int) bool { return r <= scripts[i].last })]
}

// zeroWidth reports whether r adds nothing to a line: marks over the letter
// before, joiners, selectors, directions.
func zeroWidth(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc)
}

// measure returns how wide a line of text is in pixels, rounded up.
func measure(f font, s string) int { return f.ruler().size(s) }

// thousandths is the sum of the advance widths of a text, in thousandths of the font size.
func thousandths(widths *[95]uint16, s string) int {
	sum := 0
	for i := range len(s) {
		if c := s[i]; c >= ' ' && c <= '~' {
			sum += int(widths[c-' '])
			continue
		}
		for _, r := range s[i:] {
			if r >= ' ' && r <= '~' {
				sum += int(widths[r-' '])
			} else {
				sum += scriptOf(r).width
			}
		}
		break
	}
	return sum
}

// columnsOf returns how many columns of a terminal s takes.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += diag.RuneColumns(r)
	}
	return n
}

// ruler measures text in whatever unit lines are broken by. Sizes are finer than the
// unit, so that they add up: a text is as large as its pieces.
type ruler struct {
	widths *[95]uint16 // nil: of a terminal
	scale  int
	unit   int // how many sizes one of the widths has that are given
}

// columns is the ruler of a terminal.
var columns = ruler{nil, 1, 1}

func (f font) ruler() ruler { return ruler{faces[f].widths, faces[f].size, 1000} }

// of is the size of a text.
func (r ruler) of(s string) int {
	if r.widths == nil {
		return columnsOf(s)
	}
	return thousandths(r.widths, s) * r.scale
}

// size is how large a text is, in the unit of widths, rounded up.
func (r ruler) size(s string) int { return r.up(r.of(s)) }

func (r ruler) up(size int) int { return (size + r.unit - 1) / r.unit }

// maxLines is how many lines a label may take before it is cut. The longest
// sensible label takes three.
const maxLines = 6

// wrap breaks text into lines of at most width, the first of them shorter by
// indent. It breaks at blanks; a word that is too long is broken behind a
// character at which names are joined, else anywhere. What does not fit in
// limit lines ends in dots; cut reports that. The result has at least one line.
func wrap(s string, by ruler, width, indent, limit int, dots string) (lines []string, cut bool) {
	t := measured(s, by)
	return t.lines(width, indent, limit, dots)
}

// wordy is a text that is measured once, to be broken into lines of any width.
type wordy struct {
	whole string // as it is given, fit for one line
	text  string // with one blank between words
	size  int
	words []word // nil until it is broken
	by    ruler
	blank int // the size of one
}

// word is a part of a text, or what is left of one that was broken.
type word struct{ start, end, size int }

func measured(s string, by ruler) wordy {
	s = clean(s)
	t := wordy{whole: s, text: oneBlank(s), by: by}
	t.size = by.of(t.text)
	return t
}

// split measures the words.
func (t *wordy) split() {
	if t.words != nil {
		return
	}
	t.blank = t.by.of(" ")
	t.words = make([]word, 0, strings.Count(t.text, " ")+1)
	for start := 0; start <= len(t.text); {
		end := len(t.text)
		if i := strings.IndexByte(t.text[start:], ' '); i >= 0 {
			end = start + i
		}
		t.words = append(t.words, word{start, end, t.by.of(t.text[start:end])})
		start = end + 1
	}
}

// widest is the size of the longest word.
func (t *wordy) widest() int {
	t.split()
	most := 0
	for _, w := range t.words {
		most = max(most, w.size)
	}
	return t.by.up(most)
}

// lines breaks the text, see wrap.
func (t *wordy) lines(width, indent, limit int, dots string) (lines []string, cut bool) {
	room := width - indent
	if t.text == "" || t.by.up(t.size) <= room {
		return []string{t.text}, false
	}
	t.split()
	i, next := 0, t.words[0]               // the next word, or what is left of it
	first, start, used := i, next.start, 0 // the line so far: its first word, where it begins, its size
	flush := func(line string) {
		lines, room = append(lines, line), width
		first, start, used = i, next.start, 0
	}
	advance := func() {
		if i++; i < len(t.words) {
			next = t.words[i]
		}
	}
	line := func() string {
		if i == first {
			return ""
		}
		return t.text[start:t.words[i-1].end]
	}
	for i < len(t.words) && len(lines) < limit {
		before := 0 // of the line, with a blank
		if i > first {
			before = used + t.blank
		}
		if t.by.up(before+next.size) <= room {
			used = before + next.size
			advance()
			continue
		}
		if i > first || room < width {
			if t.by.up(next.size) <= width || i > first && t.by.up(used)*2 > room {
				so := line()
				if k := t.comma(first, i, start); k < i {
					so, i, next = t.text[start:t.words[k-1].end], k, t.words[k]
				}
				flush(so)
				continue
			}
		}
		n, size := t.breakAt(next, room-t.by.up(before))
		if i > first && t.by.up(before+size) > room {
			flush(line())
			continue
		}
		so := t.text[start : next.start+n]
		if t.by.up(before+size) > width && t.by.size(dots) <= width { // one character, wider than all there is
			so = dots
		}
		if next.start += n; next.start == next.end {
			advance()
		} else {
			next.size -= size
		}
		flush(so)
	}
	if i > first || len(lines) == 0 {
		flush(line())
	}
	if i == len(t.words) {
		return lines, false
	}
	last := len(lines) - 1
	if room = width; last == 0 {
		room -= indent
	}
	lines[last] = ellipsis(lines[last]+" "+t.text[next.start:], t.by, room, dots)
	return lines, true
}

// comma is the word behind the last comma or semicolon of a line, where enough of the line
// stays: a reader expects the break there. It is the end of the line where there is none.
func (t *wordy) comma(first, end, start int) int {
	joint := func(k int) bool {
		return k > first && (t.text[t.words[k-1].end-1] == ',' || t.text[t.words[k-1].end-1] == ';')
	}
	if joint(end) {
		return end
	}
	for k := end - 1; k > first; k-- {
		if joint(k) {
			if kept := t.text[start:t.words[k-1].end]; t.by.size(kept)*2 < t.by.size(t.text[start:t.words[end-1].end]) {
				return end
			}
			return k
		}
	}
	return end
}

// breakAt returns how many bytes of a word go on this line, and their size: the most that
// fit, up to a joint where there is one in the second half, and at least one
// character.
func (t *wordy) breakAt(w word, room int) (n, size int) {
	text := t.text[w.start:w.end]
	joint, upTo, sum := 0, 0, 0
	for i, r := range text {
		end := i + utf8.RuneLen(r)
		sum += t.by.of(text[i:end])
		if i > 0 && t.by.up(sum) > room {
			break
		}
		n, size = end, sum
		if strings.ContainsRune("./-_:=,;@&?+|", r) {
			joint, upTo = n, size
		}
	}
	if joint*2 >= n && n < len(text) {
		return joint, upTo
	}
	return n, size
}

// ellipsis returns s, or as much of it as fits in width with dots behind it.
func ellipsis(s string, by ruler, width int, dots string) string {
	if by.size(s) <= width {
		return s
	}
	runes := []rune(s)
	n := sort.Search(len(runes), func(i int) bool { return by.size(string(runes[:i+1])+dots) > width })
	return strings.TrimRight(string(runes[:n]), " ") + dots
}

// clean makes a label fit for one line: line breaks and tabs are blanks, what
// is not valid text is the replacement character, and directions that would
// reach beyond the label are left out.
func clean(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
			return ' '
		case r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			return -1
		case unicode.Is(unicode.Cc, r), r == 0xFFFE, r == 0xFFFF:
			return utf8.RuneError
		}
		return r
	}, s)
}

// isPlain reports whether s is nothing but ASCII that is printed.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// share spreads total over columns that need at least least[i] and want at
// most most[i], filling the neediest evenly. Where total is less than the
// least, every column gets its least.
func share(least, most []int, total int) []int {
	out := append([]int(nil), least...)
	left := total
	for _, w := range least {
		left -= w
	}
	for left > 0 {
		open := 0
		for i := range out {
			if out[i] < most[i] {
				open++
			}
		}
		if open == 0 {
			break
		}
		each := max(left/open, 1)
		for i := range out {
			if more := min(each, most[i]-out[i], left); more > 0 {
				out[i] += more
				left -= more
			}
		}
	}
	return out
}
