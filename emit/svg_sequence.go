package emit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// Distances of a sequence, in pixels.
const (
	margin     = 24  // around everything
	gutter     = 16  // between numbers, texts and lifelines
	labelWidth = 400 // a message's text is broken beyond it
	leastHead  = 76  // a participant's box
	longHead   = 110 // one with a long word, where there are many
	noteWidth  = 280 // a note's text is broken beyond it
	headEvery  = 25  // rows, then the participants are named again
	headBefore = 8   // rows that must follow, for a head to be worth it
)

// layoutSequence places every panel under the one before, each in a frame of its
// own or all in one.
func layoutSequence(seq *view.Sequence, on page) *sheet {
	s := &sheet{w: 2 * margin}
	var panels []*panelLayout
	for i, p := range seq.Panels {
		l := newPanelLayout(p)
		if len(seq.Panels) > 1 {
			l.prefix = "p" + strconv.Itoa(i+1) + "."
		}
		panels = append(panels, l)
	}
	frames := framesOf(seq, panels, on)
	for _, f := range frames {
		f.columns()
		s.w = max(s.w, f.right+margin)
	}
	s.w = max(s.w, min(on.column(), 2*margin+footWidth(&seq.Head)))
	y := s.heading(seq.Title)
	for i, f := range frames {
		if i > 0 {
			y += margin
		}
		y = f.layout(s, y)
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
func (s *sheet) foot(lines []string, y int) int { return s.footIn(fontSmall, lines, y) }

func (s *sheet) footIn(f font, lines []string, y int) int {
	for i, l := range lines {
		if i == 0 {
			y += gutter
		}
		t := text(l, f, faint, s.w-2*margin, 2*maxLines).at(margin, y)
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

// lifeFrame is lifelines under their heads, and the panels that use them: first the
// columns, from what every row needs; then the rows from top to bottom; last the
// zones, bands and lifelines behind them, whose ends only then are known.
type lifeFrame struct {
	lifelines []*view.Lifeline
	panels    []*panelLayout
	shared    bool // each panel stands behind a divider
	zones     []zoneStrip
	page      page

	numbers  int   // right edge of the step numbers
	x        []int // lifelines
	boxWidth int   // of a participant
	arrows   []int // how wide each gap between lifelines would like to be for arrows to have one line of text
	most     []int // and for everything else not to be broken
	right    int   // right edge of everything

	under, over sheet    // the bands; the shapes of rows and heads
	gone        [][]rect // near each lifeline: no line is drawn through these
	past        []span   // where time passes
	relayed     [][]span // of each lifeline: where it relays what it cannot read
	borders     []int    // the sides of the zones
	cut         [][]span // of each: it is not drawn through these
	used        [][]span // of each lifeline: the panels that have it
	since       int      // rows since the last heads
}

// framesOf puts panels into frames: one for each, or for all.
func framesOf(seq *view.Sequence, panels []*panelLayout, on page) []*lifeFrame {
	if len(seq.Frame) > 0 {
		f := newFrame(seq.Frame, true)
		f.page = on
		for _, l := range panels {
			f.add(l, l.Lanes)
		}
		f.size()
		return []*lifeFrame{f}
	}
	var out []*lifeFrame
	for _, l := range panels {
		f := newFrame(l.Lifelines, false)
		f.page = on
		lanes := make([]int, len(l.Lifelines))
		for i := range lanes {
			lanes[i] = i
		}
		f.add(l, lanes)
		f.size()
		out = append(out, f)
	}
	alignFrames(out)
	return out
}

func newFrame(lifelines []*view.Lifeline, shared bool) *lifeFrame {
	n := len(lifelines)
	return &lifeFrame{
		lifelines: lifelines, shared: shared, zones: zoneStrips(lifelines), numbers: margin,
		arrows: make([]int, max(n-1, 0)), most: make([]int, max(n-1, 0)),
		gone: make([][]rect, n), relayed: make([][]span, n), used: make([][]span, n),
	}
}

// add puts a panel into the frame; lanes are the places of its lifelines there.
func (f *lifeFrame) add(l *panelLayout, lanes []int) {
	l.lifeFrame, l.lanes = f, lanes
	f.panels = append(f.panels, l)
}

// size finds how wide numbers, heads and gaps would like to be.
func (f *lifeFrame) size() {
	for _, l := range f.panels {
		for _, r := range l.Rows {
			if n := numberText(r); n != "" {
				f.numbers = max(f.numbers, margin+measure(fontSmall, n), margin+measure(fontSmall, l.unit()))
			}
		}
	}
	n := len(f.lifelines)
	if n == 0 {
		return
	}
	limit := min(max((f.page.column()-margin-f.pad()-f.left())/n-gutter, f.leastBox()), 176)
	f.boxWidth = leastHead
	for _, p := range f.lifelines {
		f.boxWidth = max(f.boxWidth, participantBlock(p, limit-20, true).width+20)
	}
	for _, l := range f.panels {
		l.wishes()
	}
}

// leastBox is as wide as no participant's name has to be broken within a word,
// if those are not too long.
func (f *lifeFrame) leastBox() int {
	least := leastHead
	for _, p := range f.lifelines {
		for _, word := range strings.Fields(clean(p.Label)) {
			least = max(least, min(measure(fontStrong, word)+20, longHead))
		}
	}
	return least
}

// left is where the first participant's box begins.
func (f *lifeFrame) left() int {
	if f.numbers > margin {
		return f.numbers + gutter + f.pad()
	}
	return margin + f.pad()
}

// alignFrames gives frames with as many lifelines the same places for them.
func alignFrames(frames []*lifeFrame) {
	for _, f := range frames {
		for _, o := range frames {
			if len(f.lifelines) != len(o.lifelines) {
				continue
			}
			f.numbers, f.boxWidth = max(f.numbers, o.numbers), max(f.boxWidth, o.boxWidth)
			for i := range f.most {
				f.arrows[i], f.most[i] = max(f.arrows[i], o.arrows[i]), max(f.most[i], o.most[i])
			}
		}
	}
}

// columns decides where the lifelines stand: as close as the participants'
// boxes allow, then wider where texts are long, and as evenly as there is room
// for in the column of a page, which is exceeded only for the texts of arrows.
func (f *lifeFrame) columns() {
	left, n := f.left(), len(f.lifelines)
	switch n {
	case 0:
		f.right = left
	case 1:
		f.x = []int{left + max(f.boxWidth, noteWidth+2*gutter)/2}
		f.right = 2*f.x[0] - left + f.pad()
	default:
		around := margin + left + f.boxWidth + f.pad()
		gaps := share(slices.Repeat([]int{f.boxWidth + gutter}, n-1), f.arrows, f.page.legible()-around)
		gaps = share(gaps, f.most, f.page.column()-around)
		gaps = share(gaps, slices.Repeat([]int{slices.Max(gaps)}, n-1), f.page.column()-around)
		at := left + f.boxWidth/2
		f.x = []int{at}
		for _, g := range gaps {
			at += g
			f.x = append(f.x, at)
		}
		f.right = at + f.boxWidth/2 + f.pad()
	}
	for _, z := range f.zones {
		left, right := f.room(z)
		f.borders = append(f.borders, left, right)
	}
	f.cut = make([][]span, len(f.borders))
	for _, l := range f.panels {
		l.x = make([]int, len(l.lanes))
		for i, lane := range l.lanes {
			l.x[i] = f.x[lane]
		}
	}
}

// layout places the frame from y downwards and returns the y behind it.
func (f *lifeFrame) layout(s *sheet, y int) int {
	if !f.shared {
		y = s.title(f.panels[0].Title, y)
	}
	if len(f.x) == 0 {
		return s.foot(f.panels[0].Foot, y)
	}
	top := y
	y = f.zoneTitles(y)
	y = f.heads(y, true)
	first := y
	for i, l := range f.panels {
		above := y
		if f.shared {
			y = l.divider(y)
		}
		from := y
		y = l.layout(y)
		for _, lane := range l.lanes {
			if i == 0 || slices.Contains(f.panels[i-1].lanes, lane) {
				f.used[lane] = append(f.used[lane], span{above, y})
			} else {
				f.used[lane] = append(f.used[lane], span{from, y})
			}
		}
	}
	if !f.shared {
		for lane := range f.used {
			f.used[lane] = []span{{first, y}}
		}
	}
	y = f.heads(y, false)
	f.strips(s, top, y)
	s.add(f.under.shapes...)
	f.draw(s)
	s.add(f.over.shapes...)
	if f.shared {
		return y + f.pad()
	}
	return s.foot(f.panels[0].Foot, y+f.pad())
}

// panelLayout places the rows of one panel into its frame.
type panelLayout struct {
	*view.Panel
	*lifeFrame
	lanes []int // the places of the lifelines in the frame
	x     []int // the lifelines

	prefix        string // of the ids of rows
	ids           map[string]bool
	bands         []*bandPlan // sessions, then plaintext connections
	own           []*bandPlan // of each row
	starting      map[int][]*bandPlan
	tops, bottoms []int // of the rows
}

// span is a range of y.
type span struct{ y1, y2 int }

func newPanelLayout(p *view.Panel) *panelLayout {
	l := &panelLayout{Panel: p, ids: map[string]bool{}}
	l.planBands()
	return l
}

// unit is what the numbers of the rows count.
func (l *panelLayout) unit() string {
	switch {
	case l.Flights:
		return "flight"
	case l.Frames:
		return "frame"
	}
	return "step"
}

// wishes finds how wide each gap between lifelines would have to be for no
// text in it to be broken.
func (l *panelLayout) wishes() {
	n := len(l.lifeFrame.lifelines) - 1
	wish := func(out []int, from, to, width int) {
		for g := max(from, 0); g < min(to, n); g++ {
			out[g] = max(out[g], (width+2*gutter)/(to-from))
		}
	}
	ask := func(from, to, width int) { wish(l.most, l.lanes[from], l.lanes[to], width) }
	around := func(lane, width int) { // centred on a lifeline
		if lane == 0 || lane == n {
			width += width - l.boxWidth // one side has the box's half only
		}
		wish(l.most, lane-1, lane, width/2)
		wish(l.most, lane, lane+1, width/2)
	}
	for _, r := range l.Rows {
		switch r := r.(type) {
		case *view.MessageRow:
			tag, words := tagOf(r)
			from, to := min(r.From, r.To), max(r.From, r.To)
			wish(l.arrows, l.lanes[from], l.lanes[to], min(tag.width()+measure(fontText, words), labelWidth))
			ask(from, to, min(marksWidth(r.Marks), labelWidth))
		case *view.ActionRow:
			around(l.lanes[r.At], min(max(measure(fontText, r.Text), marksWidth(r.Marks)), noteWidth)+20)
		case *view.SpanRow:
			width := min(measure(fontText, r.Text), labelWidth)
			ask(r.From, r.To, width)
			if r.From < r.To {
				wish(l.arrows, l.lanes[r.From], l.lanes[r.To], width/2+2*gutter) // two lines
			}
		case *view.GapRow:
			wish(l.most, 0, 1, min(measure(fontSlanted, r.Text), labelWidth))
		}
	}
	for _, b := range l.bands {
		ask(b.From, b.From+1, min(measure(fontStrong, b.name())+24, labelWidth))
		for _, at := range b.Relays {
			around(l.lanes[at], measure(fontText, relayText(l.Panel, b.Band))+20)
		}
	}
}

// layout places the rows from y downwards and returns the y behind them.
func (l *panelLayout) layout(y int) int {
	y += gutter / 2
	for i, r := range l.Rows {
		if l.since >= headEvery && len(l.Rows)-i >= headBefore {
			y = l.heads(y+gutter/2, false) + gutter/2
		}
		l.since++
		if i > 0 && l.own[i] != l.own[i-1] && l.own[i-1] != nil {
			y += bandGap
		}
		y = l.bandStarts(i, y)
		l.tops = append(l.tops, y)
		y = l.row(i, r, y)
		l.bottoms = append(l.bottoms, y)
	}
	y += gutter / 2
	l.drawBands(y)
	return y
}
