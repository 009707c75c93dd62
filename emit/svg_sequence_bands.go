package emit

import (
	"slices"

	"github.com/flowc-lang/flowc/view"
)

// How bands stand at lifelines.
const (
	barWidth  = 3  // of what says who holds the keys
	barStep   = 5  // from the bar of one session to that of another beside it
	barDepth  = 4  // no bar stands further in than this many
	joinOver  = 60 // pixels in which nothing is said do not end a ground
	bandInset = 8  // of texts from the end of a band
	bandGap   = 6  // between a ground and a row that is not on it
)

// bandPlan is a band with where it is drawn. A session has a bar at each of the
// two lifelines that hold its keys, as long as it is up, and a ground behind the
// rows that are about it; a connection in plaintext has only grounds. Where rows
// of another one are between the same lifelines, or long nothing is said in it, a
// ground ends, and the next begins with the name again.
type bandPlan struct {
	*view.Band
	line, tint, ink *swatch
	sign            *sign
	level           int
	start           int
	grounds         []span
	last            int  // the row at which the last ground ends; -1 for none
	named           bool // the name stands over the rows that follow
}

// name is what a band is called where it begins.
func (b *bandPlan) name() string {
	if b.Label == "" {
		return b.Session
	}
	return b.Label
}

// keys reports whether reading it needs keys.
func (b *bandPlan) keys() bool { return b.Plain == 0 }

// inset is how far a text or ground stands from a lifeline at which the band ends.
func (b *bandPlan) inset() int { return 1 + min(b.level, barDepth)*barStep }

// planBands finds the bands that are drawn, and to which of them each row belongs.
func (l *panelLayout) planBands() {
	l.own, l.starting = make([]*bandPlan, len(l.Rows)), map[int][]*bandPlan{}
	type key struct {
		session string
		plain   int
	}
	by := map[key][]*bandPlan{}
	for _, b := range slices.Concat(l.Bands, l.Clear) {
		if !l.drawn(b) {
			continue
		}
		hue := hueOf(b.Session)
		p := &bandPlan{Band: b, line: hue.line, tint: hue.tint, ink: hue.line, sign: &signLock, last: -1}
		if b.Plain > 0 {
			p.line, p.tint, p.ink, p.sign = plainLine, plainTint, plainInk, &signOpenLock
		}
		l.bands = append(l.bands, p)
		by[key{b.Session, b.Plain}] = append(by[key{b.Session, b.Plain}], p)
		l.starting[b.First] = append(l.starting[b.First], p)
	}
	bandLevels(l.bands)
	for i, r := range l.Rows {
		k, from, to := key{}, 0, 0
		switch r := r.(type) {
		case *view.MessageRow:
			k, from, to = key{r.Session, r.Plain}, min(r.From, r.To), max(r.From, r.To)
		case *view.ActionRow:
			k, from, to = key{r.Session, 0}, r.At, r.At
		case *view.SpanRow:
			k, from, to = key{r.Session, r.Plain}, r.From, r.To
		case *view.GapRow:
		}
		if k == (key{}) {
			continue
		}
		for _, b := range by[k] {
			if b.First <= i && i <= b.Last && b.From <= from && to <= b.To {
				l.own[i] = b
				break
			}
		}
	}
}

// drawn reports whether a band has any rows.
func (l *panelLayout) drawn(b *view.Band) bool {
	return b.First >= 0 && b.First <= b.Last && b.Last < len(l.Rows) && b.From < b.To
}

// bandLevels finds for each session how many others have their bars at one of its
// lifelines at the same time, so that it has its own further in.
func bandLevels(bands []*bandPlan) {
	var up []*bandPlan
	order := slices.Clone(bands)
	slices.SortStableFunc(order, func(a, b *bandPlan) int { return a.First - b.First })
	for _, b := range order {
		if !b.keys() {
			continue
		}
		up = slices.DeleteFunc(up, func(o *bandPlan) bool { return o.Last < b.First })
		taken := map[int]bool{}
		for _, o := range up {
			if b.From < o.To && o.From < b.To {
				taken[o.level] = true
			}
		}
		for taken[b.level] {
			b.level++
		}
		up = append(up, b)
	}
}

// relayText says what a relay cannot do with a session.
func relayText(p *view.Panel, b *view.Band) string {
	if p.Flights {
		return "relays " + b.Session + ", has no keys"
	}
	return "relays " + b.Session + ", cannot read"
}

// bandStarts names the bands that start with row i, side by side, and who only
// relays them.
func (l *panelLayout) bandStarts(i, y int) int {
	below := y
	for n, b := range l.starting[i] {
		if _, remark := l.Rows[i].(*view.SpanRow); remark && !b.keys() {
			continue // that says it all
		}
		top := y
		for _, o := range l.starting[i][:n] { // one under the other, where two share a gap
			if o.From < b.To && b.From < o.To {
				top = below
			}
		}
		b.start = top
		below = max(below, l.bandLabel(b, top+6)+2)
		b.grounds, b.named = append(b.grounds, span{top, below}), true
		b.last = i - 1
	}
	return below
}

// bandLabel names a band, and beside that or below who relays it. It returns the
// y behind.
func (l *panelLayout) bandLabel(b *bandPlan, top int) int {
	x := l.x[b.From] + b.inset() + barWidth + bandInset
	t := text(b.name(), fontStrong, b.ink, l.x[b.From+1]-gutter-x-18, 3).at(x+18, top)
	l.over.add(&glyph{x, top + 3, b.sign, b.line}, t)
	l.hide(t.room)
	bottom := t.room.bottom()
	edge, y := t.room.right()+gutter, top-3
	for _, at := range b.Relays {
		left, right := l.around(at)
		r := text(relayText(l.Panel, b.Band), fontText, ink, right-left-20, 3)
		box := rect{l.x[at] - r.room.w/2 - 10, y, r.room.w + 20, r.room.h + 6}
		box.x = min(max(box.x, left), right-box.w)
		if box.x < edge {
			box.y = bottom + 2
			y = box.y
		}
		edge, bottom = box.right()+4, max(bottom, box.bottom())
		l.over.add(&rectangle{at: box, fill: paper, edge: b.line, dash: "4 4"}, r.in(box.x, box.right(), box.y+3))
		l.hide(box)
	}
	return bottom
}

// extend grows the ground of a row's band to it, or begins another one, before the
// row is drawn. It reports whether the band's name stands over the row already.
func (l *panelLayout) extend(i, y int) bool {
	b := l.own[i]
	if b == nil {
		return false
	}
	if n := len(b.grounds); n == 0 || !b.named || y-b.grounds[n-1].y2 > joinOver || l.interrupted(b, i) {
		b.grounds, b.named = append(b.grounds, span{y, y}), false
	}
	return b.named
}

// interrupted reports whether between the last row of a band and row i others are
// about something else on the way between its ends.
func (l *panelLayout) interrupted(b *bandPlan, i int) bool {
	for j := b.last + 1; j < i; j++ {
		from, to := 0, 0
		switch r := l.Rows[j].(type) {
		case *view.MessageRow:
			from, to = min(r.From, r.To), max(r.From, r.To)
		case *view.SpanRow:
			from, to = r.From, r.To
		case *view.ActionRow, *view.GapRow:
		}
		if from < b.To && b.From < to {
			return true
		}
	}
	return false
}

// extended notes where a row of a band ends.
func (l *panelLayout) extended(i, y int) {
	if b := l.own[i]; b != nil {
		b.grounds[len(b.grounds)-1].y2, b.last = y, i
	}
}

// drawBands draws grounds and bars behind everything; end is where the panel ends.
func (l *panelLayout) drawBands(end int) {
	bottom := func(b *bandPlan) int {
		if b.Open {
			return end
		}
		return l.bottoms[b.Last] + 2
	}
	for _, b := range l.bands {
		left, right := l.x[b.From]+b.inset(), l.x[b.To]-b.inset()
		for _, g := range b.grounds {
			at := rect{left, g.y1, right - left, g.y2 + 2 - g.y1}
			l.under.add(&rectangle{at: at, fill: b.tint})
			if !b.keys() {
				l.dashes(b, at)
			}
		}
		for _, at := range b.Relays {
			lane := l.lanes[at]
			l.relayed[lane] = append(l.relayed[lane], span{b.start, bottom(b)})
		}
	}
	for _, b := range l.bands { // over the grounds of others
		if left, right := l.x[b.From]+b.inset(), l.x[b.To]-b.inset(); b.keys() {
			l.bar(b, b.From, left+barWidth/2, bottom(b))
			l.bar(b, b.To, right-barWidth/2, bottom(b))
		}
	}
}

// dashes frame a ground of what is in plaintext.
func (l *panelLayout) dashes(b *bandPlan, at rect) {
	const dash = "2 3"
	for _, y := range []int{at.y, at.bottom()} {
		l.under.add(&stroke{at.x, y, at.right(), y, b.line, 1, dash})
	}
	same := func(int) string { return dash }
	for _, side := range []struct{ at, x int }{{b.From, at.x}, {b.To, at.right()}} {
		vertical(&l.under, stroke{x1: side.x, y1: at.y, y2: at.bottom(), ink: b.line}, l.hidden(l.lanes[side.at], side.x), nil, same)
	}
}

// bar draws who holds the keys of a session, beside one of its lifelines.
func (l *panelLayout) bar(b *bandPlan, at, x, bottom int) {
	solid := func(int) string { return "" }
	vertical(&l.under, stroke{x1: x, y1: b.start, y2: bottom, ink: b.line, width: barWidth}, l.hidden(l.lanes[at], x), nil, solid)
}
