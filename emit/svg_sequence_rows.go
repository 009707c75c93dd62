package emit

import (
	"sort"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// numberText is the step numbers of a row: "4", "4-10", "" for none.
func numberText(r view.Row) string {
	first, last := r.Numbers()
	switch {
	case first == 0:
		return ""
	case last <= first:
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}

// messageTag is the session's name before a text that does not begin with it.
func messageTag(r *view.MessageRow) string {
	if r.Session == "" || beginsWith(r.Text, r.Session) {
		return ""
	}
	return r.Session
}

func beginsWith(text, word string) bool {
	rest, ok := strings.CutPrefix(text, word)
	return ok && (rest == "" || rest[0] == ' ')
}

// row draws one row from y downwards and returns the y behind it.
func (l *panelLayout) row(i int, r view.Row, y int) int {
	id := rowID(r)
	if id = l.prefix + id; id != l.prefix && !l.ids[id] {
		l.ids[id] = true
		l.over.add(&opening{id})
		defer func() { l.over.add(&closing{}) }()
	}
	switch r := r.(type) {
	case *view.MessageRow:
		return l.message(i, r, y)
	case *view.ActionRow:
		return l.note(i, r, y)
	case *view.SpanRow:
		return l.fold(i, r, y)
	case *view.GapRow:
		return l.pause(r, y)
	}
	panic("emit: unknown row")
}

func rowID(r view.Row) string {
	switch r := r.(type) {
	case *view.MessageRow:
		return first(r.IDs)
	case *view.ActionRow:
		return first(r.IDs)
	}
	return ""
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// number draws a row's step numbers beside its first line of text.
func (l *panelLayout) number(r view.Row, y int) {
	if n := numberText(r); n != "" {
		t := text(n, fontSmall, faint, unbroken, 1)
		t.place = atEnd
		l.over.add(t.at(l.numbers-t.room.w, y+1))
	}
}

// tag is what stands before a text to say on what it goes.
type tag struct {
	name string
	ink  *swatch
	sign *sign // nil for none
}

func (t tag) width() int {
	w := 0
	if t.name != "" {
		w = measure(fontStrong, t.name+" ")
	}
	if t.sign != nil {
		w += tagSign
	}
	return w
}

const tagSign = 16 // the sign of a tag and the gap behind it

// tagOf is the tag of a message, and its text without that.
func tagOf(r *view.MessageRow) (tag, string) {
	if r.Plain == 0 {
		return tag{name: messageTag(r), ink: hueOf(r.Session).line}, r.Text
	}
	t := tag{ink: plainInk, sign: &signOpenLock}
	rest, ok := strings.CutPrefix(r.Text, plainWord+" ")
	if ok {
		t.name = plainWord
	}
	return t, rest
}

// plainWord begins the text of what is in plaintext.
const plainWord = "plain"

// message draws a text over an arrow. Lifelines between the two ends give way
// to the text. What the name of the band around it says is not said again.
func (l *panelLayout) message(i int, r *view.MessageRow, y int) int {
	a, b := min(r.From, r.To), max(r.From, r.To)
	x1, x2 := l.x[a], l.x[b]
	named := l.extend(i, y)
	tag, words := tagOf(r)
	if named {
		tag = tagNone
	}
	indent := 0
	if tag.sign != nil {
		indent = tagSign
	}
	t := balanced(tag, words, fontText, x2-x1-2*gutter-indent).in(x1+indent, x2, y+5)
	if tag.sign != nil {
		l.over.add(&glyph{t.room.x - tagSign, t.room.y + 2, tag.sign, plainLine})
		l.hide(rect{t.room.x - tagSign, t.room.y, tagSign, 18})
	}
	l.number(r, t.room.y)
	l.over.add(t)
	l.hide(t.room)
	y = t.room.bottom() + 8
	l.arrow(r, x1+1, x2-1, y, arrowInk(r))
	y += 8
	if len(r.Marks) > 0 {
		y = l.marks(r.Marks, x1, x2, y)
	}
	l.extended(i, y+3)
	if b := l.own[i]; b != nil {
		b.named = true
	}
	return y + 3
}

const marksLeast = 200 // where there is less room below an arrow, findings are wider than it

// marks writes findings below an arrow, wider than that where it is short, and returns
// the y behind them.
func (l *panelLayout) marks(list []view.Mark, x1, x2, y int) int {
	width := x2 - x1 - 2*gutter
	if width < marksLeast {
		width = noteWidth
	}
	width = min(marksWidth(list), width)
	left, right := l.x[0]+gutter/2, l.right-l.pad()
	x := max(min(x1+(x2-x1-width)/2, right-width), left)
	width = min(width, right-x)
	bottom := l.over.marks(list, x, y, width) + 4
	l.hide(rect{x, y, width, bottom - y})
	return bottom
}

var tagNone tag

// balanced breaks a text into lines of at most width, as few as it needs and all
// about as long.
func balanced(t tag, words string, f font, width int) *textBlock {
	b := &textBlock{font: f, ink: ink, tag: t.name, hue: t.ink}
	text, indent := measured(words, f.ruler()), b.indent()
	broken := func(width int) ([]string, bool) { return text.lines(width, indent, maxLines, ellipsisDots) }
	lines, cut := broken(width)
	if len(lines) < 2 || cut {
		return b.with(&text, lines, cut)
	}
	least := width/2 + sort.Search(width-width/2, func(n int) bool {
		narrow, _ := broken(width/2 + n)
		return len(narrow) <= len(lines)
	})
	if narrow, cut := broken(least); len(narrow) == len(lines) && !cut {
		lines = narrow
	}
	return b.with(&text, lines, false)
}

func arrowInk(r *view.MessageRow) *swatch {
	switch r.Line {
	case view.LineTLS:
		return hueOf(r.Session).line
	case view.LineControl, view.LineFlow:
		return faint
	case view.LinePlain:
		if r.Plain > 0 {
			return plainLine
		}
		return ink
	}
	panic("emit: unknown line")
}

// arrow draws a line with a head: double for TLS, thin for plaintext, dotted
// for what is no traffic; dashed where the message may be missing.
func (l *panelLayout) arrow(r *view.MessageRow, x1, x2, y int, ink *swatch) {
	dash := ""
	switch {
	case r.Line == view.LineControl:
		dash = "2 4"
	case r.Optional:
		dash = "6 4"
	}
	toRight, toLeft := r.From < r.To || r.Both, r.From > r.To || r.Both
	head := headOf[r.Line]
	from, to := x1, x2
	if toLeft {
		l.over.add(&glyph{from, y - 6, &head.left, ink})
		from += head.length
	}
	if toRight {
		l.over.add(&glyph{to - 12, y - 6, &head.right, ink})
		to -= head.length
	}
	if r.Line == view.LineTLS {
		l.over.add(&stroke{from, y - 2, to, y - 2, ink, 1, dash}, &stroke{from, y + 2, to, y + 2, ink, 1, dash})
		return
	}
	l.over.add(&stroke{from, y, to, y, ink, 1, dash})
}

// head is an arrow's head in both directions; length is how much of the line
// it covers.
type head struct {
	left, right sign
	length      int
}

var (
	wideHead = head{sign{fill: "M0 6l12-6v12z"}, sign{fill: "M12 6l-12-6v12z"}, 12}
	slimHead = head{sign{fill: "M0 6l10-4v8z"}, sign{fill: "M12 6l-10-4v8z"}, 8}
	openHead = head{sign{line: "M8 2l-7 4l7 4"}, sign{line: "M4 2l7 4l-7 4"}, 1}
	headOf   = [...]head{
		0:                slimHead,
		view.LinePlain:   slimHead,
		view.LineTLS:     wideHead,
		view.LineControl: openHead,
		view.LineFlow:    openHead,
	}
)

// note draws what happens inside a node: a box on its lifeline, moved inwards
// at the edges of the picture.
func (l *panelLayout) note(i int, r *view.ActionRow, y int) int {
	left, right := l.around(r.At)
	width := min(noteWidth, right-left-20)
	t := balanced(tagNone, r.Text, fontText, width)
	w := max(t.room.w, min(marksWidth(r.Marks), width))
	at := rect{0, y + 4, w + 20, t.room.h + 8}
	at.x = min(max(l.x[r.At]-at.w/2, left), right-at.w)
	l.extend(i, y)
	l.number(r, at.y+4)
	box := &rectangle{at: at, fill: paper, edge: rule}
	l.over.add(box)
	l.over.add(t.in(at.x, at.right(), at.y+4))
	if len(r.Marks) > 0 {
		box.at.h = l.over.marks(r.Marks, at.x+10, t.room.bottom(), w) + 4 - at.y
	}
	if r.Session != "" {
		l.over.add(&stroke{at.x + 1, at.y, at.x + 1, box.at.bottom(), hueOf(r.Session).line, 3, ""})
	}
	l.hide(box.at)
	l.extended(i, box.at.bottom()+4)
	return box.at.bottom() + 4
}

// around returns how far a text on a lifeline may reach to both sides.
func (l *panelLayout) around(at int) (left, right int) {
	last := l.x[len(l.x)-1]
	right = l.right - l.pad()
	left = l.x[0] - (right - last)
	if l.numbers > margin {
		left = max(left, l.numbers+gutter/2)
	}
	if at > 0 {
		left = l.x[at-1] + gutter
	}
	if at < len(l.x)-1 {
		right = l.x[at+1] - gutter
	}
	return left, right
}

// fold draws what stands for rows that are not shown, or what is said of a session.
func (l *panelLayout) fold(i int, r *view.SpanRow, y int) int {
	if l.own[i] != nil && len(r.Marks) == 0 && r.First == 0 {
		return l.remark(i, r, y)
	}
	left, right := l.x[r.From]-gutter, l.x[r.To]+gutter
	if r.First == 0 {
		left, right = left+2*gutter, right-2*gutter
	}
	if r.From == r.To {
		left, right = l.around(r.From)
	}
	t := balanced(tagNone, r.Text, fontText, right-left-20)
	if r.From == r.To {
		w := max(t.room.w, min(marksWidth(r.Marks), right-left-20)) + 20
		left = min(max(l.x[r.From]-w/2, left), right-w)
		right = left + w
	}
	l.extend(i, y)
	box := &rectangle{at: rect{left, y + 4, right - left, t.room.h + 8}, fill: strong}
	l.number(r, y+8)
	l.over.add(box, t.in(left, right, y+8))
	if len(r.Marks) > 0 {
		w := min(marksWidth(r.Marks), right-left-20)
		box.at.h = l.over.marks(r.Marks, left+(right-left-w)/2, t.room.bottom(), w) + 4 - box.at.y
	}
	l.hide(box.at)
	l.extended(i, box.at.bottom()+4)
	return box.at.bottom() + 4
}

// remark says something of a session or connection in its own band.
func (l *panelLayout) remark(i int, r *view.SpanRow, y int) int {
	b, left, right := l.own[i], l.x[r.From]+gutter, l.x[r.To]-gutter
	named := l.extend(i, y)
	if !named {
		left += tagSign
	}
	t := balanced(tagNone, r.Text, fontSlanted, right-left).in(left, right, y+6)
	if !named {
		l.over.add(&glyph{t.room.x - tagSign, t.room.y + 2, b.sign, b.line})
		l.hide(rect{t.room.x - tagSign, t.room.y, tagSign, t.room.h})
	}
	l.number(r, t.room.y)
	l.over.add(t)
	l.hide(t.room)
	l.extended(i, t.room.bottom()+6)
	return t.room.bottom() + 6
}

// pause draws time that passes: every lifeline is dotted.
func (l *panelLayout) pause(r *view.GapRow, y int) int {
	left, right := l.x[0], l.right
	if len(l.x) > 1 {
		right = l.x[1]
	}
	t := text(r.Text, fontSlanted, faint, right-left-2*gutter, maxLines).in(left, right, y+8)
	if len(l.x) == 1 {
		t.at(left+gutter, y+8)
	}
	l.over.add(t)
	l.hide(t.room)
	y = t.room.bottom() + 8
	l.past = append(l.past, span{t.room.y - 8, y})
	return y
}
