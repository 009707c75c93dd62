package emit

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/view"
)

// mermaidTint is the fill of a session's band: translucent, so that it reads on
// a light page and on a dark one.
func mermaidTint(session string) string {
	return mermaidRGBA(hueOf(session).line, "0.2")
}

// mermaidRGBA is a midtone of which so much covers what is below.
func mermaidRGBA(s *swatch, alpha string) string {
	r, g, b := midtone(s)
	return fmt.Sprintf("rgba(%d, %d, %d, %s)", r, g, b, alpha)
}

// mermaidVariable is one of Mermaid's theme variables, and its colour.
type mermaidVariable struct{ name, colour string }

// mermaidSequenceColours are heads and notes in the colours of a light page, each
// with its own text, because lifelines run below them. What stands on the page
// itself keeps the colour that the page's theme gives it: a theme that the source
// names, "base" too, writes dark texts on dark pages.
var mermaidSequenceColours = []mermaidVariable{
	{"actorBkg", panel.light},
	{"actorBorder", rule.light},
	{"actorTextColor", ink.light},
	{"actorLineColor", midtoneHex(rule)},
	{"nodeBorder", midtoneHex(rule)}, // of a zone's box, in 11.17
	{"noteBkgColor", paper.light},
	{"noteBorderColor", rule.light},
	{"noteTextColor", ink.light},
}

// mermaidSequenceSettings is the front matter of a sequence.
func mermaidSequenceSettings() string {
	var b strings.Builder
	b.WriteString("config:\n  themeVariables:\n")
	for _, v := range mermaidSequenceColours {
		b.WriteString("    " + v.name + ": \"" + v.colour + "\"\n")
	}
	return b.String()
}

// mermaidArrow is the arrow of a message. A dotted one is control plane in
// every picture, so an answer has a solid one, too. An exchange that goes both
// ways has no head, and a sign in its text (mermaidBoth): a head at both ends is not
// in Mermaid before 11.
func mermaidArrow(m *view.MessageRow) string {
	switch {
	case m.Both:
		return "->"
	case m.Line == view.LineControl:
		return "-->>"
	}
	return "->>"
}

// mermaidBoth begins the text of an exchange that goes both ways.
const mermaidBoth = "\u21C4"

// mermaidPanel writes the rows of one panel.
type mermaidPanel struct {
	*strings.Builder
	panel *view.Panel
	nodes []string // the participant of each lifeline
	band  int      // index of the open band; -1 for none
	begun []bool   // bands that have been opened before
}

func mermaidSequence(pic *view.Sequence, framed bool) []byte {
	var b strings.Builder
	mermaidHead(&b, "sequenceDiagram", mermaidSequenceSettings(), &pic.Head, framed)
	nodes := mermaidParticipants(&b, pic.Panels)
	whole := func(texts ...string) {
		if len(nodes.order) > 0 {
			mermaidNote(&b, nodes.order, texts...)
		}
	}
	for _, p := range pic.Panels {
		if p.Title != "" {
			whole("— " + p.Title + " —")
		}
		out := &mermaidPanel{Builder: &b, panel: p, nodes: nodes.of(p), band: -1, begun: make([]bool, len(p.Bands))}
		out.rows()
		if len(p.Foot) > 0 {
			whole(p.Foot...)
		}
	}
	if framed && len(pic.Foot) > 0 {
		whole(pic.Foot...)
	}
	return []byte(b.String())
}

// mermaidNodes are the participants of a diagram, which all panels share.
type mermaidNodes struct {
	order []string
	ids   map[string]string // by lifeline
}

// mermaidParticipants declares the lifelines of all panels, each once, and those
// beside each other that are in the same zone in a box with its name.
func mermaidParticipants(b *strings.Builder, panels []*view.Panel) mermaidNodes {
	nodes, ids := mermaidNodes{ids: map[string]string{}}, mermaidIDs{}
	zone := ""
	enter := func(l *view.Lifeline) {
		if l.Zone == zone {
			return
		}
		if zone != "" {
			b.WriteString("  end\n")
		}
		if zone = l.Zone; zone != "" {
			fmt.Fprintf(b, "  box %s %s\n", mermaidZoneTint(l.Trust), mermaidZone(l))
		}
	}
	for _, p := range panels {
		for _, l := range p.Lifelines {
			if _, declared := nodes.ids[l.ID]; declared {
				continue
			}
			enter(l)
			id := ids.get("p_", l.ID)
			fmt.Fprintf(b, "  participant %s as %s\n", id, mermaidLines(l.Label, mermaidSub(l)))
			nodes.ids[l.ID] = id
			nodes.order = append(nodes.order, id)
		}
	}
	enter(&view.Lifeline{})
	return nodes
}

// mermaidZone is the title of a zone's box. Mermaid takes all up to the last
// closing parenthesis for the box's colour.
func mermaidZone(l *view.Lifeline) string {
	title := mermaidLine(frameLabel(&view.Group{Label: l.Zone, Trust: l.Trust}))
	return strings.ReplaceAll(title, ")", "#41;")
}

// mermaidZoneTint is the fill of a zone's box.
func mermaidZoneTint(t flow.Trust) string {
	return mermaidRGBA(zoneLookOf(t).frame, "0.1")
}

// mermaidSub is the second line of a participant: where it is, unless the box
// around it says that.
func mermaidSub(l *view.Lifeline) string {
	switch {
	case l.Zone != "" && l.Sub == l.Zone:
		return ""
	case l.Zone == "" && l.Untrusted:
		return joinNonEmpty(" ", l.Sub, "(untrusted)")
	}
	return l.Sub
}

// of returns the participants of a panel's lifelines.
func (n mermaidNodes) of(p *view.Panel) []string {
	out := make([]string, len(p.Lifelines))
	for i, l := range p.Lifelines {
		out[i] = n.ids[l.ID]
	}
	return out
}

// rows writes the rows, each run of those that belong to the same band in a
// rect of its own. Bands overlap in time without being nested (T1 opens, T2
// opens, T1 closes), rects must not; and a rect grows over every lifeline that
// anything inside it touches, so that one around T1 would cover T2's server.
func (p *mermaidPanel) rows() {
	for i, row := range p.panel.Rows {
		p.open(p.bandOf(i))
		p.row(row)
	}
	p.open(-1)
}

// open ends the current rect and begins one for a band, unless it is the same.
// The first of a band says what it is, over all lifelines between its ends.
func (p *mermaidPanel) open(band int) {
	if band == p.band {
		return
	}
	if p.band >= 0 {
		p.WriteString("  end\n")
	}
	p.band = band
	if band < 0 {
		return
	}
	b := p.panel.Bands[band]
	fmt.Fprintf(p, "  rect %s\n", mermaidTint(b.Session))
	if !p.begun[band] {
		p.begun[band] = true
		p.note(b.From, b.To, append([]string{b.Label}, p.relays(b)...)...)
	}
}

// relays says who passes a session on unread.
func (p *mermaidPanel) relays(b *view.Band) []string {
	var out []string
	for _, i := range b.Relays {
		out = append(out, p.panel.Lifelines[i].Label+" "+relayText(p.panel, b))
	}
	return out
}

// bandOf returns the index of the band that a row stands in, or -1: that of
// the session which it is about, or that of both neighbours of a row about
// none that happens between the same lifelines.
func (p *mermaidPanel) bandOf(row int) int {
	if session := rowSession(p.panel.Rows[row]); session != "" {
		return p.bandAt(row, session)
	}
	if _, message := p.panel.Rows[row].(*view.MessageRow); message {
		return -1
	}
	before, after := p.neighbour(row, -1), p.neighbour(row, +1)
	if before != after || before < 0 || !p.within(row, before) {
		return -1
	}
	return before
}

// bandAt returns the index of the band of a session that is up at a row, or -1.
func (p *mermaidPanel) bandAt(row int, session string) int {
	for i, b := range p.panel.Bands {
		if b.Session == session && b.First <= row && row <= b.Last && p.within(row, i) {
			return i
		}
	}
	return -1
}

// neighbour returns the band of the nearest row before or after that is a
// message or about a session, or -1.
func (p *mermaidPanel) neighbour(row, step int) int {
	for i := row + step; i >= 0 && i < len(p.panel.Rows); i += step {
		if session := rowSession(p.panel.Rows[i]); session != "" {
			return p.bandAt(i, session)
		}
		if _, message := p.panel.Rows[i].(*view.MessageRow); message {
			return -1
		}
	}
	return -1
}

// within reports whether a row touches no lifeline outside a band.
func (p *mermaidPanel) within(row, band int) bool {
	b := p.panel.Bands[band]
	inside := func(lifelines ...int) bool {
		for _, l := range lifelines {
			if l < b.From || l > b.To {
				return false
			}
		}
		return true
	}
	switch r := p.panel.Rows[row].(type) {
	case *view.MessageRow:
		return inside(r.From, r.To)
	case *view.ActionRow:
		return inside(r.At)
	case *view.SpanRow:
		return inside(r.From, r.To)
	case *view.GapRow:
		return false // it is about everyone
	}
	panic("emit: unknown row")
}

// rowSession is the session that a row is about; "" for none.
func rowSession(row view.Row) string {
	switch r := row.(type) {
	case *view.MessageRow:
		return r.Session
	case *view.ActionRow:
		return r.Session
	case *view.SpanRow:
		return r.Session
	case *view.GapRow:
		return ""
	}
	panic("emit: unknown row")
}

func (p *mermaidPanel) row(row view.Row) {
	switch r := row.(type) {
	case *view.MessageRow:
		p.message(r)
	case *view.ActionRow:
		p.note(r.At, r.At, append([]string{numbered(r, r.Text)}, markLines(r.Marks)...)...)
	case *view.SpanRow:
		p.note(r.From, r.To, append([]string{numbered(r, r.Text)}, markLines(r.Marks)...)...)
	case *view.GapRow:
		p.note(0, len(p.nodes)-1, r.Text)
	default:
		panic("emit: unknown row")
	}
}

func (p *mermaidPanel) message(m *view.MessageRow) {
	text := mermaidText(m.Text)
	if tag := messageTag(m); tag != "" {
		text = mermaidText(tag) + " | " + text
	}
	if m.Optional {
		text += " (optional)"
	}
	if m.Both {
		text = mermaidBoth + " " + text
	}
	text = numbered(m, text)
	for _, line := range markLines(m.Marks) {
		text += "<br/>" + mermaidText(line)
	}
	fmt.Fprintf(p, "  %s%s%s: %s\n", p.nodes[m.From], mermaidArrow(m), p.nodes[m.To], text)
}

// numbered puts a row's step numbers before its text. Mermaid's own numbers
// would count rows, and move when a layer is shown.
func numbered(row view.Row, text string) string {
	return joinNonEmpty(" · ", numberText(row), text)
}

// note writes a note over the lifelines from one to another.
func (p *mermaidPanel) note(from, to int, texts ...string) {
	mermaidNote(p.Builder, p.nodes[from:to+1], texts...)
}

// Room for text in a note, in pixels of Mermaid's 16-pixel Arial: over one
// lifeline, and what each further one adds, by the least distance that Mermaid
// puts between two. It breaks no lines itself, and with its default settings it
// makes a note over one lifeline as wide as the text would be in the browser's
// standard font, an eighth too narrow, and at least 150 pixels. A line that would
// run over its edge has blanks around it.
const (
	mermaidFont         = 16
	mermaidNoteLeast    = 130
	mermaidNoteRoom     = 190
	mermaidNoteEach     = 200
	mermaidNoteOverhang = 30
)

// The blanks around a long line of a note. Mermaid trims blanks off the ends of a
// text, but no word joiner (U+2060, which has no width).
const (
	mermaidPadLeft  = "\u2060\u00A0\u00A0\u00A0"
	mermaidPadRight = "\u00A0\u00A0\u00A0\u2060"
)

// ofMermaid is how wide a text of ours is at most that is so wide in Mermaid's font.
func ofMermaid(width int) int { return ((width+1)*faces[fontText].size - 1) / mermaidFont }

// mermaidNote writes a note over participants, each text beginning a line.
func mermaidNote(b *strings.Builder, nodes []string, texts ...string) {
	room := ofMermaid(max(mermaidNoteRoom, mermaidNoteOverhang+(len(nodes)-1)*mermaidNoteEach))
	by := fontText.ruler()
	var lines []string
	for _, t := range texts {
		for _, line := range textLines(t) {
			if len(line) > mermaidMaxText { // refused in any case
				lines = append(lines, line)
				continue
			}
			broken, _ := wrap(line, by, room, 0, len(line)+1, "")
			lines = append(lines, broken...)
		}
	}
	over := nodes[0]
	if len(nodes) > 1 {
		over += "," + nodes[len(nodes)-1]
	}
	text := make([]string, len(lines))
	for i, line := range lines {
		text[i] = mermaidText(line)
		if len(nodes) == 1 && by.size(line) > ofMermaid(mermaidNoteLeast) {
			text[i] = mermaidPadLeft + text[i] + mermaidPadRight
		}
	}
	fmt.Fprintf(b, "  Note over %s: %s\n", over, strings.Join(text, "<br/>"))
}
