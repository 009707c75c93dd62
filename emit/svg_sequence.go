package emit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// Distances of a sequence, in pixels.
const (
	columnWidth = 760 // of a page of documentation: pictures are legible at it
	widest      = 960 // and so are those of this width, made to fit there
	margin      = 24  // around everything
	gutter      = 16  // between numbers, texts and lifelines
	labelWidth  = 400 // a message's text is broken beyond it
	leastHead   = 76  // a participant's box
	longHead    = 110 // one with a long word, where there are many
	noteWidth   = 280 // a note's text is broken beyond it
	headEvery   = 25  // rows, then the participants are named again
	headBefore  = 8   // rows that must follow, for a head to be worth it
)

// layoutSequence places every panel under the one before.
func layoutSequence(seq *view.Sequence) *sheet {
	s := &sheet{w: 2 * margin}
	var panels []*panelLayout
	for i, p := range seq.Panels {
		l := newPanelLayout(s, p)
		if len(seq.Panels) > 1 {
			l.prefix = "p" + strconv.Itoa(i+1) + "."
		}
		panels = append(panels, l)
	}
	alignPanels(panels)
	for _, l := range panels {
		l.columns()
		s.w = max(s.w, l.right+margin)
	}
	s.w = max(s.w, min(columnWidth, 2*margin+footWidth(&seq.Head)))
	y := s.heading(seq.Title)
	for i, l := range panels {
		if i > 0 {
			y += margin
		}
		y = l.layout(y)
	}
	s.h = s.foot(seq.Foot, y) + margin
	return s
}

// heading writes the title of a picture and returns the y behind it.
func (s *sheet) heading(title string) int {
	if title == "" {
		return margin
	}
	t := text(title, fontTitle, ink, s.w-2*margin, maxLines).at(margin, margin)
	s.add(t)
	return t.room.bottom() + gutter
}

// title writes the heading of a part of a picture at y and returns the y behind it.
func (s *sheet) title(title string, y int) int {
	if title == "" {
		return y
	}
	t := text(title, fontStrong, ink, s.w-2*margin, maxLines).at(margin, y)
	s.add(t)
	return t.room.bottom() + gutter
}

// foot writes what was assumed or folded and returns the y behind it.
func (s *sheet) foot(lines []string, y int) int {
	for i, l := range lines {
		if i == 0 {
			y += gutter
		}
		t := text(l, fontSmall, faint, s.w-2*margin, 2*maxLines).at(margin, y)
		s.add(t)
		y = t.room.bottom()
	}
	return y
}

// footWidth is how wide title and foot would like a picture to be.
func footWidth(h *view.Head) int {
	w := measure(fontTitle, h.Title)
	for _, l := range h.Foot {
		w = max(w, measure(fontSmall, l))
	}
	return w
}

// panelLayout places one panel: first the columns, from what every row needs;
// then the rows from top to bottom; last the bands and lifelines behind them,
// whose ends only then are known.
type panelLayout struct {
	*view.Panel
	sheet *sheet
	over  sheet // the shapes of rows and heads, drawn over bands and lifelines

	prefix   string // of the ids of rows
	ids      map[string]bool
	numbers  int   // right edge of the step numbers
	x        []int // lifelines
	boxWidth int   // of a participant
	arrows   []int // how wide each gap between lifelines would like to be for arrows to have one line of text
	most     []int // and for everything else not to be broken
	right    int   // right edge of everything

	tops, bottoms []int  // of the rows
	starts        []int  // top of the bands, label included
	levels        []int  // of the bands: how many others each lies within
	gone          []rect // no line is drawn through these
	past          []span // where time passes
}

// span is a range of y.
type span struct{ y1, y2 int }

func newPanelLayout(s *sheet, p *view.Panel) *panelLayout {
	l := &panelLayout{Panel: p, sheet: s, ids: map[string]bool{}}
	l.starts = make([]int, len(p.Bands))
	l.levels = bandLevels(p.Bands)
	l.numbers = margin
	for _, r := range l.Rows {
		if n := numberText(r); n != "" {
			l.numbers = max(l.numbers, margin+measure(fontSmall, n))
		}
	}
	n := len(p.Lifelines)
	if n == 0 {
		return l
	}
	limit := min(max((columnWidth-margin-l.left())/n-gutter, l.leastBox()), 176)
	l.boxWidth = leastHead
	for _, p := range p.Lifelines {
		l.boxWidth = max(l.boxWidth, participantBlock(p, limit-20, true).width+20)
	}
	l.wishes()
	return l
}

// leastBox is as wide as no participant's name has to be broken within a word,
// if those are not too long.
func (l *panelLayout) leastBox() int {
	least := leastHead
	for _, p := range l.Lifelines {
		for _, word := range strings.Fields(clean(p.Label)) {
			least = max(least, min(measure(fontStrong, word)+20, longHead))
		}
	}
	return least
}

// left is where the first participant's box begins.
func (l *panelLayout) left() int {
	if l.numbers > margin {
		return l.numbers + gutter
	}
	return margin
}

// alignPanels gives panels with as many lifelines the same places for them.
func alignPanels(panels []*panelLayout) {
	for _, l := range panels {
		for _, o := range panels {
			if len(l.Lifelines) != len(o.Lifelines) {
				continue
			}
			l.numbers, l.boxWidth = max(l.numbers, o.numbers), max(l.boxWidth, o.boxWidth)
			for i := range l.most {
				l.arrows[i], l.most[i] = max(l.arrows[i], o.arrows[i]), max(l.most[i], o.most[i])
			}
		}
	}
}

// columns decides where the lifelines stand: as close as the participants'
// boxes allow, then wider where texts are long, and as evenly as there is room
// for in the column of a page, which is exceeded only for the texts of arrows.
func (l *panelLayout) columns() {
	left, n := l.left(), len(l.Lifelines)
	if n == 0 {
		l.right = left
		return
	}
	if n == 1 {
		l.x = []int{left + max(l.boxWidth, noteWidth+2*gutter)/2}
		l.right = 2*l.x[0] - left
		return
	}
	around := margin + left + l.boxWidth
	gaps := share(slices.Repeat([]int{l.boxWidth + gutter}, n-1), l.arrows, widest-around)
	gaps = share(gaps, l.most, columnWidth-around)
	gaps = share(gaps, slices.Repeat([]int{slices.Max(gaps)}, n-1), columnWidth-around)
	at := left + l.boxWidth/2
	l.x = []int{at}
	for _, g := range gaps {
		at += g
		l.x = append(l.x, at)
	}
	l.right = at + l.boxWidth/2
}

// wishes finds how wide each gap between lifelines would have to be for no
// text in it to be broken.
func (l *panelLayout) wishes() {
	n := len(l.Lifelines) - 1
	l.arrows, l.most = make([]int, n), make([]int, n)
	wish := func(out []int, from, to, width int) {
		for g := max(from, 0); g < min(to, n); g++ {
			out[g] = max(out[g], (width+2*gutter)/(to-from))
		}
	}
	ask := func(from, to, width int) { wish(l.most, from, to, width) }
	around := func(at, width int) { // centred on a lifeline
		if at == 0 || at == n {
			width += width - l.boxWidth // one side has the box's half only
		}
		ask(at-1, at, width/2)
		ask(at, at+1, width/2)
	}
	for _, r := range l.Rows {
		switch r := r.(type) {
		case *view.MessageRow:
			tag := 0
			if t := messageTag(r); t != "" {
				tag = measure(fontStrong, t+" ")
			}
			from, to := min(r.From, r.To), max(r.From, r.To)
			wish(l.arrows, from, to, min(tag+measure(fontText, r.Text), labelWidth))
			ask(from, to, min(marksWidth(r.Marks), labelWidth))
		case *view.ActionRow:
			around(r.At, min(max(measure(fontText, r.Text), marksWidth(r.Marks)), noteWidth)+20)
		case *view.SpanRow:
			ask(r.From, r.To, min(measure(fontText, r.Text), labelWidth))
		case *view.GapRow:
			ask(0, 1, min(measure(fontSlanted, r.Text), labelWidth))
		}
	}
	for _, b := range l.Bands {
		ask(b.From, b.From+1, min(measure(fontStrong, b.Label)+24, labelWidth))
		for _, at := range b.Relays {
			ask(at-1, at+1, 2*measure(fontSmall, relayText(b)))
		}
	}
}

// layout places the panel from y downwards and returns the y behind it.
func (l *panelLayout) layout(y int) int {
	y = l.sheet.title(l.Title, y)
	if len(l.x) == 0 {
		return l.sheet.foot(l.Foot, y)
	}
	y = l.heads(y, true)
	top := y
	y += gutter / 2
	for i, r := range l.Rows {
		if i > 0 && i%headEvery == 0 && len(l.Rows)-i >= headBefore {
			y = l.heads(y+gutter/2, false) + gutter/2
			y = l.bandLabels(y, func(b *view.Band) bool { return b.First < i && b.Last >= i })
		}
		y = l.bandStarts(i, y)
		l.tops = append(l.tops, y)
		y = l.row(i, r, y)
		l.bottoms = append(l.bottoms, y)
		if slices.ContainsFunc(l.Bands, func(b *view.Band) bool { return b.Last == i }) {
			y += gutter / 2
		}
	}
	y += gutter / 2
	l.bands()
	l.lifelines(top, y)
	y = l.heads(y, false)
	l.sheet.add(l.over.shapes...)
	return l.sheet.foot(l.Foot, y)
}

// block is a participant's text: its name, and smaller where it is.
type block struct {
	label, sub, word *textBlock
	width, height    int
}

func participantBlock(p *view.Lifeline, width int, whole bool) block {
	b := block{label: text(p.Label, fontStrong, ink, width, 3)}
	add := func(w *textBlock) *textBlock {
		b.width, b.height = max(b.width, w.room.w), b.height+w.room.h
		return w
	}
	add(b.label)
	if whole && p.Sub != "" {
		b.sub = add(text(p.Sub, fontSmall, faint, width, 3))
	}
	if p.Untrusted {
		b.word = add(text("untrusted", fontSmall, ink, width, 1))
	}
	return b
}

// heads draws the participants' boxes in one line, all of one size, and
// returns the y of their lower edge. A box in an untrusted zone has a double
// frame and says so.
func (l *panelLayout) heads(y int, whole bool) int {
	var blocks []block
	height := 0
	for _, p := range l.Lifelines {
		b := participantBlock(p, l.boxWidth-20, whole)
		blocks = append(blocks, b)
		height = max(height, b.height+16)
	}
	for i, p := range l.Lifelines {
		at := rect{l.x[i] - l.boxWidth/2, y, l.boxWidth, height}
		l.gone = append(l.gone, at)
		if p.Untrusted {
			l.over.add(&rectangle{at: at, fill: paper, edge: ink})
			at = rect{at.x + 3, at.y + 3, at.w - 6, at.h - 6}
		}
		l.over.add(participantBox(p, at))
		ty := y + (height-blocks[i].height)/2
		for _, w := range []*textBlock{blocks[i].label, blocks[i].sub, blocks[i].word} {
			if w != nil {
				l.over.add(w.in(at.x, at.right(), ty))
				ty += w.room.h
			}
		}
	}
	return y + height
}
