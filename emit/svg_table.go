package emit

import (
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// Distances of a table, in pixels.
const (
	cellGap   = 20 // between columns
	cellPad   = 6  // above and below a row
	wireShift = 16 // how far a row about a wire is indented
	cellLines = 40
)

// wordLimits are tried in turn until a table is legible: a longer word is broken.
var wordLimits = []int{180, 130, 96, 72}

// tables are widths that are tried in turn until the rows take two lines on average: a
// wide table is shown smaller.
func (p page) tables() []int {
	return []int{p.column(), (p.column() + p.legible() + 20) / 2, p.legible()}
}

// layoutTable places a table: headings, then the rows of each section, cells
// broken to the width of their columns.
func layoutTable(t *view.Table, on page) *sheet {
	t = upright(t)
	l := &tableLayout{Table: t, sheet: &sheet{}}
	for _, l.longest = range wordLimits {
		l.fit(on)
		if l.width() <= on.legible()-2*margin {
			break
		}
	}
	s := l.sheet
	s.w = max(2*margin+l.width(), min(on.column(), 2*margin+footWidth(&t.Head)))
	y := l.place(s.heading(t.Title))
	s.h = s.foot(t.Foot, y) + margin
	return s
}

// fit makes a table as narrow as its rows allow.
func (l *tableLayout) fit(on page) {
	for _, width := range on.tables() {
		l.columns(width - 2*margin)
		if rows := len(l.rows()); l.lines() <= 2*rows {
			return
		}
	}
}

// upright returns t, or where it is few rows with many columns the same cells
// with rows and columns exchanged: a page is narrow and long.
func upright(t *view.Table) *view.Table {
	if len(t.Sections) != 1 || len(t.Columns) <= 6 || len(t.Sections[0].Rows) > 5 {
		return t
	}
	old := t.Sections[0]
	for _, r := range old.Rows {
		if len(r.Marks) > 0 || len(r.Cells) != len(t.Columns) || r.Wire {
			return t
		}
	}
	out := &view.Table{Head: t.Head, Columns: []view.Column{{Title: t.Columns[0].Title}}}
	for _, r := range old.Rows {
		out.Columns = append(out.Columns, view.Column{Title: r.Cells[0].Text, Own: r.Own})
	}
	body := &view.Section{Title: old.Title}
	for c := 1; c < len(t.Columns); c++ {
		row := &view.TableRow{Cells: []view.Cell{{Text: t.Columns[c].Heading(), Tone: view.ToneMuted}}}
		for _, r := range old.Rows {
			row.Cells = append(row.Cells, r.Cells[c])
		}
		body.Rows = append(body.Rows, row)
	}
	out.Sections = []*view.Section{body}
	return out
}

type tableLayout struct {
	*view.Table
	sheet   *sheet
	longest int // a longer word is broken
	widths  []int
	x       []int
}

func cellFont(r *view.TableRow) font {
	if r.Wire {
		return fontSlanted
	}
	return fontText
}

// columns spreads total over the columns: each as wide as its longest word at
// least, and as its longest cell at most.
func (l *tableLayout) columns(total int) {
	least, most := make([]int, len(l.Columns)), make([]int, len(l.Columns))
	need := func(i int, f font, s string, extra int) {
		for _, w := range strings.Fields(clean(s)) {
			least[i] = max(least[i], min(measure(f, w), l.longest)+extra)
		}
		most[i] = max(most[i], measure(f, clean(s))+extra)
	}
	for i, c := range l.Columns {
		need(i, fontStrong, c.Title, 0)
		need(i, fontNote, c.Sub, 0)
	}
	for _, r := range l.rows() {
		for i, c := range r.Cells[:min(len(r.Cells), len(l.Columns))] {
			extra := 0
			if r.Wire && i == 0 {
				extra = wireShift
			}
			need(i, cellFont(r), c.Text, extra)
		}
	}
	l.widths = share(least, most, total-cellGap*max(len(least)-1, 0))
	l.x = l.x[:0]
	x := margin
	for _, w := range l.widths {
		l.x = append(l.x, x)
		x += w + cellGap
	}
}

func (l *tableLayout) rows() []*view.TableRow {
	var out []*view.TableRow
	for _, s := range l.Sections {
		out = append(out, s.Rows...)
	}
	return out
}

func (l *tableLayout) width() int {
	if len(l.x) == 0 {
		return 0
	}
	last := len(l.x) - 1
	return l.x[last] + l.widths[last] - margin
}

// lines returns how many lines of text the rows take.
func (l *tableLayout) lines() int {
	n := 0
	for _, r := range l.rows() {
		tallest := 0
		for _, c := range l.cells(r) {
			tallest = max(tallest, len(c.lines))
		}
		n += tallest
	}
	return n
}

var toneInk = [...]*swatch{
	view.TonePlain: ink,
	view.ToneGood:  good,
	view.ToneBad:   bad,
	view.ToneMuted: faint,
	view.ToneClear: plainInk,
}

// wireLook is the colour and sign of a row about a wire.
func wireLook(r *view.TableRow) (text, line *swatch, s *sign) {
	if r.Session == "" {
		return plainInk, plainLine, &signOpenLock
	}
	hue := hueOf(r.Session)
	return hue.line, hue.line, &signLock
}

// cells breaks the cells of a row into their columns.
func (l *tableLayout) cells(r *view.TableRow) []*textBlock {
	var out []*textBlock
	for i, c := range r.Cells[:min(len(r.Cells), len(l.Columns))] {
		shift := 0
		if r.Wire && i == 0 {
			shift = wireShift
		}
		t := text(c.Text, cellFont(r), toneInk[c.Tone], l.widths[i]-shift, cellLines)
		if shift > 0 {
			t.ink, _, _ = wireLook(r)
		}
		out = append(out, t.at(l.x[i]+shift, 0))
		if l.Columns[i].Right {
			t.place = atEnd
			t.room.x = l.x[i] + l.widths[i] - t.room.w
		}
	}
	return out
}

// place draws the table from y downwards and returns the y behind it.
func (l *tableLayout) place(y int) int {
	s, left, right := l.sheet, margin-8, margin+l.width()+8
	line := func(y, width int) { s.add(&stroke{left, y, right, y, rule, width, ""}) }
	height := 0
	var heads, subs []*textBlock
	for i, c := range l.Columns {
		t := text(c.Title, fontStrong, ink, l.widths[i], cellLines).at(l.x[i], y+cellPad)
		if c.Right {
			t.place = atEnd
			t.room.x = l.x[i] + l.widths[i] - t.room.w
		}
		below := &textBlock{}
		if c.Sub != "" {
			below = text(c.Sub, fontNote, faint, l.widths[i], cellLines).at(l.x[i], t.room.bottom())
		}
		heads, subs = append(heads, t), append(subs, below)
		height = max(height, t.room.h+below.room.h)
	}
	for _, p := range l.ownRectangles(y, height+2*cellPad) {
		s.add(p, &stroke{p.at.x, y + 1, p.at.right(), y + 1, ink, 3, ""})
	}
	for i, t := range heads { // headings stand on their line
		down := height - t.room.h - subs[i].room.h
		t.room.y += down
		s.add(t)
		if len(subs[i].lines) > 0 {
			subs[i].room.y += down
			s.add(subs[i])
		}
	}
	y += height + 2*cellPad
	line(y, 2)
	for i, sec := range l.Sections {
		if sec.Title != "" {
			if i > 0 {
				y += cellPad
			}
			t := text(sec.Title, fontStrong, ink, right-left-16, cellLines).at(margin, y+2*cellPad)
			s.add(t)
			y = t.room.bottom() + cellPad
			line(y, 1)
		}
		for n, r := range sec.Rows {
			y = l.row(r, n, y, left, right)
		}
		line(y, 1)
	}
	return y
}

// row draws one row and returns the y behind it. The model's own row stands
// out by a bar at its side, so not by its ground alone.
func (l *tableLayout) row(r *view.TableRow, n, y, left, right int) int {
	s, ground := l.sheet, &rectangle{fill: panel}
	if r.Own {
		ground.fill = strong
	}
	if n%2 == 1 || r.Own {
		s.add(ground)
	}
	mine := l.ownRectangles(y, 0)
	for _, p := range mine {
		s.add(p)
	}
	if r.Wire {
		_, line, sign := wireLook(r)
		s.add(&glyph{l.x[0], y + cellPad + 2, sign, line})
	}
	top, bottom := y, y+faces[fontText].leading
	for _, t := range l.cells(r) {
		t.room.y = y + cellPad
		s.add(t)
		bottom = max(bottom, t.room.bottom())
	}
	if len(r.Marks) > 0 {
		bottom = s.marks(r.Marks, margin, bottom+2, right-left-16)
	}
	y = bottom + cellPad
	ground.at = rect{left, top, right - left, y - top}
	for _, p := range mine {
		p.at.h = y - top
	}
	if r.Own {
		s.add(&stroke{left + 1, top, left + 1, y, ink, 3, ""})
	}
	return y
}

// ownRectangles are the grounds of the model's own columns.
func (l *tableLayout) ownRectangles(y, height int) []*rectangle {
	var out []*rectangle
	for i, c := range l.Columns {
		if c.Own {
			out = append(out, &rectangle{at: rect{l.x[i] - 8, y, l.widths[i] + 16, height}, fill: strong})
		}
	}
	return out
}
