package emit

import (
	"github.com/flowc-lang/flowc/view"
)

// A sheet is a picture laid out: every shape with its place, in drawing order.
// Layout is done when a sheet exists; writing it as SVG decides nothing more,
// so that tests can find overlaps and cut-offs by computing with rectangles.
type sheet struct {
	w, h   int
	shapes []shape
}

// rect is a place on a sheet, in whole pixels, y downwards.
type rect struct{ x, y, w, h int }

func (r rect) right() int  { return r.x + r.w }
func (r rect) bottom() int { return r.y + r.h }

// shape is one of *rectangle, *stroke, *arrow, *glyph, *textBlock, *opening, *closing.
type shape interface{ shape() }

// rectangle is a filled rectangle, with a frame where edge is set.
type rectangle struct {
	at     rect
	fill   *swatch // nil for none
	edge   *swatch // nil for none
	radius int
	dash   string // of the frame: SVG's stroke-dasharray, "" for solid
}

// stroke is a straight line, horizontal or vertical.
type stroke struct {
	x1, y1, x2, y2 int
	ink            *swatch
	width          int    // 0 means 1
	dash           string // SVG's stroke-dasharray, "" for solid
}

// glyph is a small sign drawn as a path from its top left corner.
type glyph struct {
	x, y int
	sign *sign
	ink  *swatch
}

// textBlock is a block of text. room is the place that was kept for it: nothing
// else may lie there, and the text may not reach out of it.
type textBlock struct {
	room  rect
	lines []string
	font  font
	ink   *swatch
	place anchor
	tag   string  // set in bold before the first line, "" for none
	hue   *swatch // of the tag
	full  string  // the whole text where lines were cut, for a tooltip
}

// opening and closing group the shapes between them under an id.
type (
	opening struct{ id string }
	closing struct{}
)

func (*rectangle) shape() {}
func (*stroke) shape()    {}
func (*glyph) shape()     {}
func (*textBlock) shape() {}
func (*opening) shape()   {}
func (*closing) shape()   {}

// anchor is where in its room a text stands.
type anchor int

// The anchors.
const (
	atStart anchor = iota
	atMiddle
	atEnd
)

func (s *sheet) add(shapes ...shape) { s.shapes = append(s.shapes, shapes...) }

// text breaks s into lines of at most width and returns it as a block at the
// origin, whose room is as high as its lines and as wide as the widest.
func text(s string, f font, ink *swatch, width, limit int) *textBlock {
	return tagged("", nil, s, f, ink, width, limit)
}

// even is text whose lines are as narrow as their number allows, so that they are about as
// long as each other. No word is broken for that.
func even(s string, f font, ink *swatch, width int) *textBlock {
	return evenTagged("", nil, s, f, ink, width)
}

// evenTagged is even text with a bold tag before it.
func evenTagged(tag string, hue *swatch, s string, f font, ink *swatch, width int) *textBlock {
	b := &textBlock{font: f, ink: ink, tag: tag, hue: hue}
	t, indent := measured(s, f.ruler()), b.indent()
	lines, cut := t.lines(width, indent, labelLines, ellipsisDots)
	if len(lines) == 1 || cut {
		return b.with(&t, lines, cut)
	}
	for least := t.widest(); least < width; {
		middle := (least + width) / 2
		if narrower, cut := t.lines(middle, indent, labelLines, ellipsisDots); cut || len(narrower) > len(lines) {
			least = middle + 1
		} else {
			lines, width = narrower, middle
		}
	}
	return b.with(&t, lines, false)
}

const ellipsisDots = "\u2026"

// tagged is text with a bold tag before it.
func tagged(tag string, hue *swatch, s string, f font, ink *swatch, width, limit int) *textBlock {
	b := &textBlock{font: f, ink: ink, tag: tag, hue: hue}
	t := measured(s, f.ruler())
	lines, cut := t.lines(width, b.indent(), limit, ellipsisDots)
	return b.with(&t, lines, cut)
}

// indent is how far the first line is moved by a tag.
func (b *textBlock) indent() int {
	if b.tag == "" {
		return 0
	}
	return measure(fontStrong, b.tag+" ")
}

// with gives a block its lines, and room for them.
func (b *textBlock) with(t *wordy, lines []string, cut bool) *textBlock {
	b.lines = lines
	if cut {
		b.full = t.whole
	}
	for i := range lines {
		b.room.w = max(b.room.w, b.width(i))
	}
	b.room.h = len(lines) * faces[b.font].leading
	return b
}

// width is how wide a line of a block is, its tag included.
func (b *textBlock) width(i int) int {
	w := measure(b.font, b.lines[i])
	if i == 0 {
		w += b.indent()
	}
	return w
}

// at moves a block to a place and returns it.
func (b *textBlock) at(x, y int) *textBlock {
	b.room.x, b.room.y = x, y
	return b
}

// in centres a block over a range of x.
func (b *textBlock) in(x1, x2, y int) *textBlock {
	b.place = atMiddle
	return b.at(x1+(x2-x1-b.room.w)/2, y)
}

// marks lays findings under each other from (x, y) and returns the y behind
// them.
func (s *sheet) marks(list []view.Mark, x, y, width int) int {
	for _, m := range list {
		look := lookOf(m)
		t := text(m.Code+" "+m.Message, fontSmall, look.ink, width-18, maxLines).at(x+18, y)
		s.add(&glyph{x, y + 2, look.sign, look.ink}, t)
		y += t.room.h
	}
	return y
}

// marksWidth is how wide the findings are in one line each.
func marksWidth(list []view.Mark) int {
	w := 0
	for _, m := range list {
		w = max(w, 18+measure(fontSmall, m.Code+" "+m.Message))
	}
	return w
}

// sign is a small picture of 12 by 12 pixels.
type sign struct {
	fill, line string // paths: filled, and drawn as lines of 1.5 pixels
}

var (
	signLock     = sign{"M1 5h10v7h-10z", "M3.5 5v-2a2.5 2.5 0 0 1 5 0v2"}
	signOpenLock = sign{"M0 5.5h9v6.5h-9z", "M6.5 5.5v-2.3a2.3 2.3 0 0 1 4.6 0v1.8"}
	signError    = sign{"M2.6 0.8L6 4.2L9.4 0.8L11.2 2.6L7.8 6L11.2 9.4L9.4 11.2L6 7.8L2.6 11.2L0.8 9.4L4.2 6L0.8 2.6Z", ""}
	signExpected = sign{"", "M2.6 0.8L6 4.2L9.4 0.8L11.2 2.6L7.8 6L11.2 9.4L9.4 11.2L6 7.8L2.6 11.2L0.8 9.4L4.2 6L0.8 2.6Z"}
	signAdded    = sign{"", "M6 1.5v9M1.5 6h9"}
	signRemoved  = sign{"", "M1.5 6h9"}
	signChanged  = sign{"", "M1 7.5q2.5 -4.5 5 -1.5t5 -1.5"}
	signWarning  = sign{"", "M6 1l5.4 10h-10.8zM6 4.6v3M6 8.6v1.2"}
)
