package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// d2Text writes a picture for D2: its boxes, frames and arrows, or its lifelines
// and messages. The bands of sessions are left out, so D2 has less to draw.
func d2Text(pic view.Picture) (text string, ok bool) {
	switch pic := pic.(type) {
	case *view.Flowchart:
		return chartIn(d2Chart, pic), true
	case *view.Sequence:
		return sequenceIn(d2Sequence, pic), true
	}
	return "", false
}

// plantText writes a picture for PlantUML. Boxes are laid out by its own layout,
// which needs no Graphviz.
func plantText(pic view.Picture) (text string, ok bool) {
	switch pic := pic.(type) {
	case *view.Flowchart:
		return chartIn(plantChart, pic), true
	case *view.Sequence:
		return sequenceIn(plantSequence, pic), true
	}
	return "", false
}

// chartLanguage is how a language writes a flowchart: formats of fmt, whose
// arguments are in the comments.
type chartLanguage struct {
	begin, end string
	open       string // name, label
	shut       string
	box        string                       // name, label
	edge       string                       // path, path, label
	dotted     bool                         // a box in a frame is named by the path to it
	label      func(lines ...string) string // of an edge
}

var (
	d2Chart    = chartLanguage{"direction: right\n", "", "%s: %s {\n", "}\n", "%s: %s\n", "%s -> %s: %s\n", true, quoted}
	plantChart = chartLanguage{"@startuml\n!pragma layout smetana\nleft to right direction\n", "@enduml\n",
		"rectangle %[2]s as %[1]s {\n", "}\n", "rectangle %[2]s as %[1]s\n", "%s --> %s : %s\n", false, words}
)

// chartIn writes a flowchart in a language.
func chartIn(l chartLanguage, c *view.Flowchart) string {
	var b strings.Builder
	paths := map[string]string{} // of boxes
	frames := 0
	var group func(g *view.Group, within string)
	group = func(g *view.Group, within string) {
		framed := g.ID != "" || g.Label != ""
		if framed {
			frames++
			name := fmt.Sprintf("g%d", frames)
			fmt.Fprintf(&b, l.open, name, quoted(g.Label))
			if l.dotted {
				within += name + "."
			}
		}
		for _, box := range g.Boxes {
			name := fmt.Sprintf("b%d", len(paths))
			paths[box.ID] = within + name
			fmt.Fprintf(&b, l.box, name, quoted(boxLines(box)...))
		}
		for _, inner := range g.Groups {
			group(inner, within)
		}
		if framed {
			b.WriteString(l.shut)
		}
	}
	b.WriteString(l.begin)
	for _, g := range c.Groups {
		group(g, "")
	}
	for _, e := range c.Edges {
		fmt.Fprintf(&b, l.edge, paths[e.From], paths[e.To], l.label(cmp.Or(e.Label, " ")))
	}
	b.WriteString(l.end)
	return b.String()
}

func boxLines(b *view.Box) []string {
	lines := []string{b.Label, b.Sub}
	for _, r := range b.Rows {
		lines = append(lines, r.Text, r.Note)
	}
	return lines
}

// sequenceLanguage is how a language writes a sequence.
type sequenceLanguage struct {
	begin, end string
	lifeline   string                       // name, label
	message    string                       // name, name, text
	over       string                       // name, name, text: a note
	alone      string                       // name, text: a note
	text       func(lines ...string) string // in messages and notes
}

var (
	d2Sequence = sequenceLanguage{begin: "shape: sequence_diagram\n", lifeline: "%s: %s\n", message: "%s -> %s: %s\n",
		over: "%s -> %s: %s\n", alone: "%s.%s\n", text: quoted}
	plantSequence = sequenceLanguage{begin: "@startuml\n", end: "@enduml\n", lifeline: "participant %[2]s as %[1]s\n", message: "%s -> %s : %s\n",
		over: "note over %s, %s : %s\n", alone: "note over %s : %s\n", text: words}
)

// sequenceIn writes the first panel of a sequence in a language.
func sequenceIn(l sequenceLanguage, s *view.Sequence) string {
	var b strings.Builder
	b.WriteString(l.begin)
	p := s.Panels[0]
	for i, line := range p.Lifelines {
		fmt.Fprintf(&b, l.lifeline, lane(i), quoted(line.Label, line.Sub))
	}
	for _, row := range p.Rows {
		switch r := row.(type) {
		case *view.MessageRow:
			fmt.Fprintf(&b, l.message, lane(r.From), lane(r.To), l.text(r.Text))
		case *view.ActionRow:
			fmt.Fprintf(&b, l.alone, lane(r.At), l.text(r.Text))
		case *view.SpanRow:
			fmt.Fprintf(&b, l.over, lane(r.From), lane(r.To), l.text(r.Text))
		case *view.GapRow:
			fmt.Fprintf(&b, l.alone, lane(0), l.text(r.Text))
		default:
			panic(fmt.Sprintf("unknown row %T", row))
		}
	}
	b.WriteString(l.end)
	return b.String()
}

func lane(i int) string { return fmt.Sprintf("l%d", i) }

// quoted is lines of text as one quoted word.
func quoted(lines ...string) string { return `"` + words(lines...) + `"` }

// words is lines of text as one line, without what languages read as marks.
func words(lines ...string) string {
	var kept []string
	for _, l := range lines {
		if l != "" {
			kept = append(kept, marks.Replace(l))
		}
	}
	return strings.Join(kept, `\n`)
}

var marks = strings.NewReplacer(`"`, "'", `\`, "/", "\n", " ")
