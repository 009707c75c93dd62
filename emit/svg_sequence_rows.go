package emit

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// participantPlate tells the kinds of participant apart by shape: who connects
// is round, who decides stands on a darker ground.
func participantPlate(p *view.Lifeline, at rect) *plate {
	out := &plate{at: at, fill: paper, edge: ink}
	switch p.Kind {
	case flow.KindClient:
		if !p.Untrusted {
			out.radius = 10
		}
	case flow.KindProxy, flow.KindInner:
		out.fill = strong
	}
	return out
}

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
	if r.Session == "" || r.Line != view.LineTLS || beginsWith(r.Text, r.Session) {
		return ""
	}
	return r.Session
}

func beginsWith(text, word string) bool {
	rest, ok := strings.CutPrefix(text, word)
	return ok && (rest == "" || rest[0] == ' ')
}

// row draws one row from y downwards and returns the y behind it.
func (l *panelLayout) row(r view.Row, y int) int {
	id := rowID(r)
	if id = l.prefix + id; id != l.prefix && !l.ids[id] {
		l.ids[id] = true
		l.over.add(&opening{id})
		defer func() { l.over.add(&closing{}) }()
	}
	switch r := r.(type) {
	case *view.MessageRow:
		return l.message(r, y)
	case *view.ActionRow:
		return l.note(r, y)
	case *view.SpanRow:
		return l.fold(r, y)
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
		t := text(n, fontSmall, faint, columnWidth, 1)
		t.place = atEnd
		l.over.add(t.at(l.numbers-t.room.w, y+1))
	}
}

// message draws a text over an arrow. Lifelines between the two ends give way
// to the text.
func (l *panelLayout) message(r *view.MessageRow, y int) int {
	a, b := min(r.From, r.To), max(r.From, r.To)
	x1, x2 := l.x[a], l.x[b]
	ink1 := arrowInk(r)
	tag := messageTag(r)
	t := tagged(tag, hueOf(r.Session).line, r.Text, fontText, ink, x2-x1-2*gutter, maxLines).in(x1, x2, y+5)
	if tag != "" { // tspans of two widths cannot be centred alike everywhere
		t.place = atStart
	}
	l.number(r, t.room.y)
	l.over.add(t)
	l.cutAll(t.room)
	y = t.room.bottom() + 8
	l.arrow(r, x1, x2, y, ink1)
	y += 8
	if len(r.Marks) > 0 {
		width := min(marksWidth(r.Marks), x2-x1-2*gutter)
		from := y
		y = l.over.marks(r.Marks, x1+(x2-x1-width)/2, y, width) + 4
		l.cutAll(rect{x1 + (x2-x1-width)/2, from, width, y - from})
	}
	return y + 3
}

func arrowInk(r *view.MessageRow) *swatch {
	switch r.Line {
	case view.LineTLS:
		return hueOf(r.Session).line
	case view.LineControl, view.LineFlow:
		return faint
	}
	return ink
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
	from, to := x1+1, x2-1
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
func (l *panelLayout) note(r *view.ActionRow, y int) int {
	left, right := l.around(r.At)
	width := min(noteWidth, right-left-20)
	t := text(r.Text, fontText, ink, width, maxLines)
	w := max(t.room.w, min(marksWidth(r.Marks), width))
	at := rect{0, y + 4, w + 20, t.room.h + 8}
	at.x = min(max(l.x[r.At]-at.w/2, left), right-at.w)
	l.number(r, at.y+4)
	box := &plate{at: at, fill: paper, edge: rule}
	l.over.add(box)
	l.over.add(t.at(at.x+10, at.y+4))
	if len(r.Marks) > 0 {
		box.at.h = l.over.marks(r.Marks, at.x+10, t.room.bottom(), w) + 4 - at.y
	}
	if r.Session != "" {
		l.over.add(&stroke{at.x + 1, at.y, at.x + 1, box.at.bottom(), hueOf(r.Session).line, 3, ""})
	}
	l.cutAll(box.at)
	return box.at.bottom() + 4
}

// around returns how far a text on a lifeline may reach to both sides.
func (l *panelLayout) around(at int) (left, right int) {
	last := l.x[len(l.x)-1]
	left, right = l.x[0]-(l.right-last), l.right
	if at > 0 {
		left = l.x[at-1] + gutter
	}
	if at < len(l.x)-1 {
		right = l.x[at+1] - gutter
	}
	return left, right
}

// fold draws what stands for rows that are not shown.
func (l *panelLayout) fold(r *view.SpanRow, y int) int {
	left, right := l.x[r.From]-l.boxWidth/2, l.x[r.To]+l.boxWidth/2
	if r.From == r.To {
		left, right = l.around(r.From)
	}
	t := text(r.Text, fontText, ink, right-left-20, maxLines)
	if r.From == r.To {
		w := max(t.room.w, min(marksWidth(r.Marks), right-left-20)) + 20
		left = min(max(l.x[r.From]-w/2, left), right-w)
		right = left + w
	}
	box := &plate{at: rect{left, y + 4, right - left, t.room.h + 8}, fill: strong}
	l.number(r, y+8)
	l.over.add(box, t.in(left, right, y+8))
	if len(r.Marks) > 0 {
		w := min(marksWidth(r.Marks), right-left-20)
		box.at.h = l.over.marks(r.Marks, left+(right-left-w)/2, t.room.bottom(), w) + 4 - box.at.y
	}
	l.cutAll(box.at)
	return box.at.bottom() + 4
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
	y = t.room.bottom() + 8
	l.past = append(l.past, span{-1, t.room.y - 8, y})
	return y
}

// cutAll interrupts every lifeline that would run through r.
func (l *panelLayout) cutAll(r rect) {
	for i, x := range l.x {
		if x >= r.x-2 && x <= r.right()+2 {
			l.gone = append(l.gone, span{i, r.y, r.bottom()})
		}
	}
}

// bandLevels returns for each band how many earlier ones it lies within, so
// that it can be drawn inside of them.
func bandLevels(bands []*view.Band) []int {
	levels := make([]int, len(bands))
	for i, b := range bands {
		taken := map[int]bool{}
		for j, o := range bands[:i] {
			if b.From < o.To && o.From < b.To && b.First <= o.Last && o.First <= b.Last {
				taken[levels[j]] = true
			}
		}
		for taken[levels[i]] {
			levels[i]++
		}
	}
	return levels
}

// bandStarts draws the labels of the bands that start with row i, and notes
// where they start.
func (l *panelLayout) bandStarts(i, y int) int {
	for n, b := range l.Bands {
		if b.First == i {
			l.starts[n] = y
		}
	}
	return l.bandLabels(y, func(b *view.Band) bool { return b.First == i && b.Last >= i })
}

func relayText(b *view.Band) string { return "relays " + b.Session + ", cannot read" }

// bandLabels names the bands that are chosen, side by side, and under the
// names who only relays them.
func (l *panelLayout) bandLabels(y int, chosen func(*view.Band) bool) int {
	below := y
	for n, b := range l.Bands {
		if !chosen(b) {
			continue
		}
		x := l.x[b.From] + gutter + l.levels[n]*bandInset
		hue := hueOf(b.Session)
		label := b.Label
		if label == "" {
			label = b.Session
		}
		top := y + 6
		for m, o := range l.Bands[:n] { // one under the other, where two share a gap
			if chosen(o) && o.From == b.From && m < n {
				top = below + 2
			}
		}
		t := text(label, fontStrong, hue.line, l.x[b.From+1]-gutter-x-18, 3).at(x+18, top)
		l.over.add(&glyph{x, top + 3, &signLock, hue.line}, t)
		bottom := t.room.bottom()
		for _, at := range b.Relays {
			left, right := l.around(at)
			r := text(relayText(b), fontSmall, ink, right-left, 3)
			half := min(l.x[at]-left, right-l.x[at])
			if r.room.w > 2*half {
				r = text(relayText(b), fontSmall, ink, 2*half, 3)
			}
			r.in(l.x[at]-r.room.w/2, l.x[at]+(r.room.w+1)/2, t.room.bottom())
			l.over.add(r)
			l.cutAll(r.room)
			bottom = max(bottom, r.room.bottom())
		}
		below = max(below, bottom+2)
	}
	return below
}

// How far a band's ends stand from the lifelines that hold its keys, and from
// the ends of a band around it.
const (
	bandEnd   = 5
	bandInset = 6
)

// bands draws the sessions behind everything: a tinted ground from one holder
// of the keys to the other, closed by a bar at each. It passes behind a
// lifeline that only relays; two that meet leave a channel at the node that
// reads.
func (l *panelLayout) bands() {
	for n, b := range l.Bands {
		if b.First < 0 || b.Last < b.First || b.Last >= len(l.Rows) || b.To <= b.From {
			continue
		}
		hue := hueOf(b.Session)
		inset := bandEnd + l.levels[n]*bandInset
		at := rect{l.x[b.From] + inset, l.starts[n], l.x[b.To] - l.x[b.From] - 2*inset, 0}
		at.h = l.bottoms[b.Last] + 2 - at.y
		l.sheet.add(
			&plate{at: at, fill: hue.tint},
			&stroke{at.x, at.y, at.right(), at.y, hue.line, 1, ""},
			&stroke{at.x, at.bottom(), at.right(), at.bottom(), hue.line, 1, ""},
			&stroke{at.x + 1, at.y, at.x + 1, at.bottom(), hue.line, 3, ""},
			&stroke{at.right() - 1, at.y, at.right() - 1, at.bottom(), hue.line, 3, ""},
		)
	}
}

// lifelines draws every lifeline from the heads to the foot: interrupted where
// a text or box stands, dotted while time passes, dashed where it relays.
func (l *panelLayout) lifelines(top, bottom int) {
	for i := range l.x {
		edges := []int{top, bottom}
		dashed := l.relayed(i)
		for _, s := range slices.Concat(l.gone, l.past, dashed) {
			if s.on == i || s.on < 0 {
				edges = append(edges, min(max(s.y1, top), bottom), min(max(s.y2, top), bottom))
			}
		}
		slices.Sort(edges)
		edges = slices.Compact(edges)
		var last *stroke
		for k := 1; k < len(edges); k++ {
			mid := (edges[k-1] + edges[k]) / 2
			dash := ""
			switch {
			case within(l.gone, i, mid):
				last = nil
				continue
			case within(l.past, i, mid):
				dash = "1 5"
			case within(dashed, i, mid):
				dash = "4 4"
			}
			if last != nil && last.dash == dash {
				last.y2 = edges[k]
				continue
			}
			last = &stroke{l.x[i], edges[k-1], l.x[i], edges[k], rule, 1, dash}
			l.sheet.add(last)
		}
	}
}

// relayed returns where lifeline i passes a session on that it cannot read.
func (l *panelLayout) relayed(i int) []span {
	var out []span
	for n, b := range l.Bands {
		if slices.Contains(b.Relays, i) && b.First >= 0 && b.Last < len(l.bottoms) && b.First <= b.Last {
			out = append(out, span{i, l.starts[n], l.bottoms[b.Last] + 2})
		}
	}
	slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.y1, b.y1) })
	return out
}

func within(spans []span, i, y int) bool {
	return slices.ContainsFunc(spans, func(s span) bool {
		return (s.on == i || s.on < 0) && s.y1 <= y && y < s.y2
	})
}
