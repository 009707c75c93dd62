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
func measure(f font, s string) int {
	face := &faces[f]
	sum := 0
	for _, r := range s {
		if r >= ' ' && r <= '~' {
			sum += int(face.widths[r-' '])
		} else {
			sum += scriptOf(r).width
		}
	}
	return (sum*face.size + 999) / 1000
}

// columnsOf returns how many columns of a terminal s takes.
func columnsOf(s string) int {
	n := 0
	for _, r := range s {
		n += diag.RuneColumns(r)
	}
	return n
}

// ruler measures a piece of text, in whatever unit lines are broken by.
type ruler func(string) int

func (f font) ruler() ruler { return func(s string) int { return measure(f, s) } }

// maxLines is how many lines a label may take before it is cut. The longest
// sensible label takes three.
const maxLines = 6

// wrap breaks text into lines of at most width, the first of them shorter by
// indent. It breaks at blanks; a word that is too long is broken behind a
// character at which names are joined, else anywhere. What does not fit in
// limit lines ends in dots; cut reports that. The result has at least one line.
func wrap(s string, size ruler, width, indent, limit int, dots string) (lines []string, cut bool) {
	s = clean(s)
	room := width - indent
	line := ""
	flush := func() {
		lines = append(lines, line)
		line, room = "", width
	}
	words := strings.Fields(s)
	for len(words) > 0 && len(lines) < limit {
		word := words[0]
		joined := word
		if line != "" {
			joined = line + " " + word
		}
		if fits(joined, size, room) {
			line, words = joined, words[1:]
			continue
		}
		if line != "" || room < width {
			if fits(word, size, width) || line != "" && size(line)*2 > room {
				var behind []string
				line, behind = atComma(line, size)
				words = append(behind, words...)
				flush()
				continue
			}
		}
		prefix := line
		if prefix != "" {
			prefix += " "
		}
		n := breakAt(word, size, room-size(prefix))
		if prefix != "" && size(prefix+word[:n]) > room {
			flush()
			continue
		}
		line, words[0] = prefix+word[:n], word[n:]
		if size(line) > width && size(dots) <= width { // one character, wider than all there is
			line = dots
		}
		flush()
	}
	if line != "" || len(lines) == 0 {
		flush()
	}
	if len(words) == 0 {
		return lines, false
	}
	last := len(lines) - 1
	if room = width; last == 0 {
		room -= indent
	}
	lines[last] = ellipsis(lines[last]+" "+strings.Join(words, " "), size, room, dots)
	return lines, true
}

// fits is size(s) <= room that does not measure a word of megabytes to its end.
func fits(s string, size ruler, room int) bool {
	const enough = 1 << 10
	if len(s) > enough && size(strings.ToValidUTF8(s[:enough], "")) > room {
		return false
	}
	return size(s) <= room
}

// atComma moves what stands behind a line's last comma or semicolon to the next
// line, where enough stays: a reader expects the break there.
func atComma(line string, size ruler) (kept string, behind []string) {
	k := max(strings.LastIndex(line, ", "), strings.LastIndex(line, "; ")) + 1
	if k == 0 || strings.HasSuffix(line, ",") || strings.HasSuffix(line, ";") || size(line[:k])*2 < size(line) {
		return line, nil
	}
	return line[:k], strings.Fields(line[k:])
}

// breakAt returns how many bytes of word go on this line: the most that fit,
// up to a joint where there is one in the second half, and at least one
// character.
func breakAt(word string, size ruler, room int) int {
	_, first := utf8.DecodeRuneInString(word)
	n, joint := first, 0
	for i, r := range word {
		end := i + utf8.RuneLen(r)
		if i > 0 && size(word[:end]) > room {
			break
		}
		n = end
		if strings.ContainsRune("./-_:=,;@&?+|", r) {
			joint = n
		}
	}
	if joint*2 >= n && n < len(word) {
		return joint
	}
	return n
}

// ellipsis returns s, or as much of it as fits in width with dots behind it.
func ellipsis(s string, size ruler, width int, dots string) string {
	if size(s) <= width {
		return s
	}
	runes := []rune(s)
	n := sort.Search(len(runes), func(i int) bool { return size(string(runes[:i+1])+dots) > width })
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
