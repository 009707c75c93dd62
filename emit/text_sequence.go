package emit

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// Widths of a sequence in a terminal, in columns.
const (
	textHead  = 18 // a participant's name is broken beyond it
	textLabel = 44 // a message's
	textNote  = 34
)

// textPanel draws one sequence: a column for each lifeline, a line of text for
// most rows.
type textPanel struct {
	*textWriter
	*view.Panel
	numbers int   // columns of the step numbers
	x       []int // lifelines
	box     int   // columns of a participant
	inner   int   // columns of its text
	right   int   // last column
}

func (t *textWriter) panel(p *view.Panel) {
	l := &textPanel{textWriter: t, Panel: p}
	if p.Title != "" {
		t.paragraph(p.Title)
		t.line("")
	}
	if len(p.Lifelines) > 0 {
		l.columns()
		l.heads(true)
		for i, r := range p.Rows {
			if i > 0 && i%headEvery == 0 && len(p.Rows)-i >= headBefore {
				l.heads(false)
			}
			l.bandLabels(i)
			l.row(i, r)
		}
		l.heads(false)
	}
	for _, f := range p.Foot {
		t.paragraph(f)
	}
}

// columns decides where the lifelines stand, as the drawing of SVG does.
func (l *textPanel) columns() {
	for _, r := range l.Rows {
		l.numbers = max(l.numbers, len(numberText(r)))
	}
	n := len(l.Lifelines)
	limit := min(max((l.width-l.numbers)/n-6, 9), textHead)
	for _, p := range l.Lifelines {
		for _, s := range l.headLines(p, limit, true) {
			l.inner = max(l.inner, columnsOf(s))
		}
	}
	left := l.numbers + 2
	if l.box = l.inner + 4; left+n*(l.box+1)-1 > l.width {
		l.box = l.inner + 2 // names touch their frames before lines get too long
	}
	least := slices.Repeat([]int{l.box + 1}, n-1)
	gaps := share(least, l.wishes(), l.width-left-l.box)
	at := left + l.box/2
	l.x = []int{at}
	for _, g := range gaps {
		at += g
		l.x = append(l.x, at)
	}
	l.right = at + (l.box - l.box/2) - 1
	if n == 1 {
		l.right = max(l.right, at+textNote)
	}
}

// wishes returns how wide each gap would have to be for no text to be broken.
func (l *textPanel) wishes() []int {
	out := make([]int, len(l.Lifelines)-1)
	ask := func(from, to, width int) {
		for g := max(from, 0); g < min(to, len(out)); g++ {
			out[g] = max(out[g], width/(to-from))
		}
	}
	for _, r := range l.Rows {
		switch r := r.(type) {
		case *view.MessageRow:
			ask(min(r.From, r.To), max(r.From, r.To), min(columnsOf(messageText(r)), textLabel)+9)
		case *view.ActionRow:
			w := min(columnsOf(r.Text), textNote) + 6
			ask(r.At-1, r.At, w/2)
			ask(r.At, r.At+1, w/2)
		case *view.SpanRow:
			ask(r.From, r.To, min(columnsOf(r.Text), textLabel)+6)
		case *view.GapRow:
			ask(0, 1, columnsOf(r.Text)+6)
		}
	}
	for _, b := range l.Bands {
		ask(b.From, b.From+1, min(columnsOf(b.Label), textLabel)+4)
	}
	return out
}

// messageText is what an arrow says: its session first, where it is protected.
func messageText(r *view.MessageRow) string {
	if tag := messageTag(r); tag != "" {
		return tag + " " + r.Text
	}
	return r.Text
}

func (l *textPanel) headLines(p *view.Lifeline, width int, whole bool) []string {
	lines := l.wrap(p.Label, width, 3)
	if whole && p.Sub != "" {
		lines = append(lines, l.wrap(p.Sub, width, 3)...)
	}
	if p.Untrusted {
		lines = append(lines, l.wrap("untrusted", width, 1)...)
	}
	return lines
}

// heads draws the participants' boxes beside each other.
func (l *textPanel) heads(whole bool) {
	var texts [][]string
	height := 0
	for _, p := range l.Lifelines {
		texts = append(texts, l.headLines(p, l.inner, whole))
		height = max(height, len(texts[len(texts)-1]))
	}
	for y := -1; y <= height; y++ {
		var c cells
		for i, p := range l.Lifelines {
			f, left := l.signs.frame, l.x[i]-l.box/2
			if p.Untrusted {
				f = l.signs.double
			}
			switch right := left + l.box - 1; y {
			case -1:
				c.fill(left, right, f[4])
				c.put(left, f[0])
				c.put(right, f[1])
			case height:
				c.fill(left, right, f[4])
				c.put(left, f[2])
				c.put(right, f[3])
			default:
				c.put(left, f[5])
				c.put(right, f[5])
				if n := y - (height-len(texts[i]))/2; n >= 0 && n < len(texts[i]) {
					c.put(left+(l.box-columnsOf(texts[i][n]))/2, texts[i][n])
				}
			}
		}
		l.line(c.String())
	}
}

// blank returns a line with the lifelines of row i: heavy where the keys of a
// session are held, broken where one passes through.
func (l *textPanel) blank(i int) *cells {
	var c cells
	for n, x := range l.x {
		sign := l.signs.life
		for _, b := range l.Bands {
			switch {
			case i < b.First || i > b.Last:
			case b.From == n || b.To == n:
				sign = l.signs.holds
			case slices.Contains(b.Relays, n) && sign != l.signs.holds:
				sign = l.signs.relays
			}
		}
		c.put(x, sign)
	}
	return &c
}

// bandLabels names the sessions that are up from row i.
func (l *textPanel) bandLabels(i int) {
	for _, b := range l.Bands {
		if b.First != i || b.Last < b.First || b.To >= len(l.x) {
			continue
		}
		label := b.Label
		if label == "" {
			label = b.Session
		}
		for _, s := range l.wrap(label, l.x[b.From+1]-l.x[b.From]-3, 3) {
			c := l.blank(i)
			c.put(l.x[b.From]+2, s)
			l.line(c.String())
		}
		for _, at := range b.Relays {
			l.centred(i, "", []string{relayText(l.Panel, b)}, l.x[at], l.x[at])
		}
	}
}

// centred writes lines between two columns of row i, the numbers beside the
// first.
func (l *textPanel) centred(i int, number string, lines []string, x1, x2 int) {
	for n, s := range lines {
		c := l.blank(i)
		if n == 0 {
			c.put(l.numbers-len(number), number)
		}
		w := columnsOf(s)
		x := min((x1+x2+1-w)/2, l.right+1-w)
		c.put(max(x, l.numbers+2), s)
		l.line(c.String())
	}
}

func (l *textPanel) row(i int, r view.Row) {
	switch r := r.(type) {
	case *view.MessageRow:
		l.message(i, r)
	case *view.ActionRow:
		l.note(i, r)
	case *view.SpanRow:
		l.fold(i, r)
	case *view.GapRow:
		l.pause(r)
	}
}

// arrowSign returns the characters that an arrow's line repeats; there are
// gaps in it where the message may be missing.
func (l *textPanel) arrowSign(r *view.MessageRow) string {
	switch {
	case r.Line == view.LineControl:
		return l.signs.control
	case r.Line == view.LineFlow:
		return l.signs.flow
	case r.Line == view.LineTLS && r.Optional:
		return l.signs.maybeTLS
	case r.Line == view.LineTLS:
		return l.signs.tls
	case r.Optional:
		return l.signs.maybe
	}
	return l.signs.plain
}

// message writes a text into its arrow, or over it where it is too long.
func (l *textPanel) message(i int, r *view.MessageRow) {
	x1, x2 := l.x[min(r.From, r.To)], l.x[max(r.From, r.To)]
	number, text := numberText(r), clean(messageText(r))
	if columnsOf(text) > x2-x1-7 {
		l.centred(i, number, l.wrap(text, x2-x1-4, maxLines), x1, x2)
		number, text = "", ""
	}
	c := l.blank(i)
	c.put(l.numbers-len(number), number)
	c.fill(x1+1, x2, l.arrowSign(r))
	if text != "" {
		c.put(x1+(x2-x1-columnsOf(text))/2, " "+text+" ")
	}
	if r.From < r.To || r.Both {
		c.put(x2-1, ">")
	}
	if r.From > r.To || r.Both {
		c.put(x1+1, "<")
	}
	l.line(c.String())
	l.rowMarks(i, r.Marks, x1, x2)
}

// rowMarks writes findings under a row, between two columns where they fit,
// else as far to the right as there is room.
func (l *textPanel) rowMarks(i int, list []view.Mark, x1, x2 int) {
	for _, m := range list {
		sign := l.markSign(m)
		width := min(max(x2-x1-4, textNote), l.width-l.numbers-2)
		left := max(min(x1+2, l.width-width), l.numbers+2)
		for n, s := range l.wrap(m.Code+" "+m.Message, width-2, maxLines) {
			c := l.blank(i)
			if n > 0 {
				sign = "  "
			}
			c.put(left, sign+s)
			l.line(c.String())
		}
	}
}

// note writes what happens inside a node on its lifeline.
func (l *textPanel) note(i int, r *view.ActionRow) {
	signs, width := l.signs.note, textNote
	lines := l.wrap(r.Text, min(width, l.room(r.At)-4), maxLines)
	w := 0
	for _, s := range lines {
		w = max(w, columnsOf(s))
	}
	for n, s := range lines {
		lines[n] = signs[0] + s + strings.Repeat(" ", w-columnsOf(s)) + signs[1]
	}
	l.centred(i, numberText(r), lines, l.x[r.At], l.x[r.At])
	l.rowMarks(i, r.Marks, l.x[r.At]-2, l.x[r.At]+textNote+2)
}

// room is how wide a text centred on a lifeline may be.
func (l *textPanel) room(at int) int {
	left, right := l.numbers+2, l.right
	if at > 0 {
		left = l.x[at-1] + 2
	}
	if at < len(l.x)-1 {
		right = l.x[at+1] - 2
	}
	if at == 0 || at == len(l.x)-1 {
		return right - left
	}
	return 2 * min(l.x[at]-left, right-l.x[at])
}

// fold writes what stands for rows that are not shown.
func (l *textPanel) fold(i int, r *view.SpanRow) {
	x1, x2 := l.x[r.From], l.x[r.To]
	if r.From == r.To {
		x1, x2 = max(x1-textNote/2, l.numbers+2), min(x2+textNote/2, l.right)
	}
	number := numberText(r)
	for n, s := range l.wrap(r.Text, x2-x1-5, maxLines) {
		c := l.blank(i)
		if n == 0 {
			c.put(l.numbers-len(number), number)
		}
		c.fill(x1, x2+1, l.signs.fold)
		c.put(x1+(x2-x1-columnsOf(s))/2, " "+s+" ")
		l.line(c.String())
	}
	l.rowMarks(i, r.Marks, x1, x2)
}

// pause writes time that passes.
func (l *textPanel) pause(r *view.GapRow) {
	x2 := l.right
	if len(l.x) > 1 {
		x2 = l.x[1]
	}
	for _, s := range l.wrap(r.Text, x2-l.x[0]-3, maxLines) {
		var c cells
		for _, x := range l.x {
			c.put(x, l.signs.past)
		}
		c.put(l.x[0]+2, s)
		l.line(c.String())
	}
}
