package emit

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// zonePad is how far a zone reaches beyond the boxes of its participants.
const zonePad = 6

// zoneStrip is lifelines beside each other in one zone.
type zoneStrip struct {
	first, last int
	title       string
	look        zoneLook
}

// zoneStrips finds the zones of lifelines. A zone with others between is in
// several strips.
func zoneStrips(lifelines []*view.Lifeline) []zoneStrip {
	var out []zoneStrip
	for i, p := range lifelines {
		title, trust := zoneTitle(p)
		if title == "" {
			continue
		}
		if n := len(out) - 1; n >= 0 && out[n].last == i-1 && out[n].title == title {
			out[n].last = i
			continue
		}
		out = append(out, zoneStrip{i, i, title, zoneLookOf(trust)})
	}
	return out
}

// zoneTitle is a zone's name, and the word where it is not trusted.
func zoneTitle(p *view.Lifeline) (string, flow.Trust) {
	switch {
	case !p.Untrusted:
		return p.Zone, p.Trust
	case strings.Contains(strings.ToLower(p.Zone), "untrusted"):
		return p.Zone, flow.Untrusted
	}
	return joinNonEmpty(" ", p.Zone, "(untrusted)"), flow.Untrusted
}

// pad is the room for zones around the boxes.
func (f *lifeFrame) pad() int {
	if len(f.zones) == 0 {
		return 0
	}
	return zonePad
}

// room is how far a strip reaches to both sides.
func (f *lifeFrame) room(z zoneStrip) (left, right int) {
	half := f.boxWidth/2 + zonePad
	if len(f.lifelines) == 1 {
		half = f.x[0] - f.left() + zonePad
	}
	return f.x[z.first] - half, f.x[z.last] + half
}

// zoneTitles writes the names of the zones over the heads, and returns the y of
// those.
func (f *lifeFrame) zoneTitles(y int) int {
	var titles []*textBlock
	height := 0
	for _, z := range f.zones {
		left, right := f.room(z)
		t := text(z.title, fontSmall, ink, right-left-2*zonePad, maxLines).at(left+zonePad, y+zonePad)
		titles = append(titles, t)
		height = max(height, t.room.h+zonePad)
	}
	for _, t := range titles {
		f.over.add(t)
	}
	if height > 0 {
		height += 4
	}
	return y + height
}

// strips draws the zones behind everything. Their frames give way to texts.
func (f *lifeFrame) strips(s *sheet, top, bottom int) {
	bottom += zonePad
	for i, z := range f.zones {
		left, right := f.room(z)
		frame, dash := z.look.frame, z.look.dash
		s.add(
			&rectangle{at: rect{left, top, right - left, bottom - top}, fill: z.look.tint},
			&stroke{left, top, right, top, frame, 1, dash},
			&stroke{left, bottom, right, bottom, frame, 1, dash},
		)
		same := func(int) string { return dash }
		vertical(s, stroke{x1: left, y1: top, y2: bottom, ink: frame}, merged(f.cut[2*i]), nil, same)
		vertical(s, stroke{x1: right, y1: top, y2: bottom, ink: frame}, merged(f.cut[2*i+1]), nil, same)
	}
}

// block is a participant's text: its name, and smaller where it is.
type block struct {
	label, sub    *textBlock
	width, height int
}

func participantBlock(p *view.Lifeline, width int, whole bool) block {
	b := block{label: text(p.Label, fontStrong, ink, width, maxLines)}
	add := func(w *textBlock) *textBlock {
		b.width, b.height = max(b.width, w.room.w), b.height+w.room.h
		return w
	}
	add(b.label)
	if whole && p.Sub != "" && p.Sub != p.Zone {
		b.sub = add(text(p.Sub, fontSmall, faint, width, 3))
	}
	return b
}

// place writes the block in the middle of a box.
func (b block) place(s *sheet, at rect) {
	y := at.y + (at.h-b.height)/2
	for _, w := range []*textBlock{b.label, b.sub} {
		if w != nil {
			s.add(w.in(at.x, at.right(), y))
			y += w.room.h
		}
	}
}

// heads draws the participants' boxes in one line, all of one size, and
// returns the y of their lower edge.
func (f *lifeFrame) heads(y int, whole bool) int {
	var blocks []block
	height := 0
	for _, p := range f.lifelines {
		b := participantBlock(p, f.boxWidth-20, whole)
		blocks = append(blocks, b)
		height = max(height, b.height+16)
	}
	if whole && f.numbers > margin {
		f.unit(y + height)
	}
	for i, p := range f.lifelines {
		at := rect{f.x[i] - f.boxWidth/2, y, f.boxWidth, height}
		f.hide(at)
		f.over.add(participantBox(p, at))
		blocks[i].place(&f.over, at)
	}
	f.since = 0
	for _, l := range f.panels {
		for _, b := range l.bands {
			b.named = false
		}
	}
	return y + height
}

// unit says over the numbers what they count; y is where the heads end.
func (f *lifeFrame) unit(y int) {
	for _, l := range f.panels {
		t := text(l.unit(), fontSmall, faint, unbroken, 1)
		t.place = atEnd
		f.over.add(t.at(f.numbers-t.room.w, y-t.room.h))
		return
	}
}

// participantBox tells the kinds of participant apart by shape: who connects
// is round, who decides stands on a darker ground.
func participantBox(p *view.Lifeline, at rect) *rectangle {
	out := &rectangle{at: at, fill: paper, edge: ink}
	switch p.Kind {
	case flow.KindClient:
		out.radius = 10
	case flow.KindProxy, flow.KindInner:
		out.fill = strong
	case flow.KindServer:
	}
	return out
}

// divider is the title of a panel across the frame, with the names of those that
// the heads only name by their part. It returns the y behind it.
func (l *panelLayout) divider(y int) int {
	if l.since >= headEvery {
		y = l.heads(y+gutter/2, false)
	}
	y += gutter
	right, edge := l.right, l.right
	height := 0
	var names []block
	for i, p := range l.Lifelines {
		b := block{}
		if shown := l.lifeFrame.lifelines[l.lanes[i]]; shown.Label != p.Label {
			b = participantBlock(p, l.boxWidth, true)
			edge = min(edge, l.x[i]-l.boxWidth/2)
			height = max(height, b.height)
		}
		names = append(names, b)
	}
	t := text(l.Title, fontStrong, ink, max(edge-margin-gutter, l.boxWidth), maxLines)
	height = max(height, t.room.h) + 12
	at := rect{margin, y, right - margin, height}
	l.hide(at)
	l.over.add(&rectangle{at: at, fill: strong}, t.at(margin+8, y+(height-t.room.h)/2))
	for i, b := range names {
		if b.label != nil {
			b.place(&l.over, rect{l.x[i] - l.boxWidth/2, y, l.boxWidth, height})
		}
	}
	return y + height
}
