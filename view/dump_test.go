package view_test

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/view"
)

// dump writes a picture as text that a person can read and a golden can hold.
func dump(pic view.Picture) string {
	var b strings.Builder
	h := pic.Header()
	fmt.Fprintf(&b, "# %s\n", h.Title)
	switch p := pic.(type) {
	case *view.Flowchart:
		dumpFlowchart(&b, p)
	case *view.Sequence:
		for i, l := range p.Frame {
			fmt.Fprintf(&b, "frame %d %s %q (%s)\n", i, l.ID, l.Label, l.Sub)
		}
		for _, panel := range p.Panels {
			dumpPanel(&b, panel)
		}
	case *view.Table:
		dumpTable(&b, p)
	}
	for _, f := range h.Foot {
		fmt.Fprintf(&b, "foot: %s\n", f)
	}
	fmt.Fprintf(&b, "desc: %s\n", h.Desc)
	return b.String()
}

func dumpTable(b *strings.Builder, t *view.Table) {
	width := make([]int, len(t.Columns))
	each := func(f func(cells []string)) {
		var titles []string
		for _, c := range t.Columns {
			titles = append(titles, c.Heading())
		}
		f(titles)
		for _, s := range t.Sections {
			for _, r := range s.Rows {
				f(texts(r))
			}
		}
	}
	each(func(cells []string) {
		for i, c := range cells {
			width[i] = max(width[i], len([]rune(c)))
		}
	})
	line := func(cells []string, tail string) {
		var out []string
		for i, c := range cells {
			out = append(out, c+strings.Repeat(" ", width[i]-len([]rune(c))))
		}
		b.WriteString(strings.TrimRight("| "+strings.Join(out, " | ")+" |"+tail, " ") + "\n")
	}
	var titles []string
	for _, c := range t.Columns {
		titles = append(titles, c.Heading())
	}
	line(titles, "")
	for _, s := range t.Sections {
		if s.Title != "" {
			fmt.Fprintf(b, "-- %s\n", s.Title)
		}
		for _, r := range s.Rows {
			tail := marks(r.Marks)
			if r.Wire {
				tail += " (wire)"
			}
			if r.Own {
				tail += " (own)"
			}
			line(texts(r), tail)
		}
	}
}

// texts are the cells of a row, each with a sign for its tone.
func texts(r *view.TableRow) []string {
	signs := map[view.Tone]string{view.ToneGood: "+", view.ToneBad: "!", view.ToneMuted: "~", view.ToneClear: "?"}
	var out []string
	for _, c := range r.Cells {
		sign := signs[c.Tone]
		if c.Text == "" {
			sign = ""
		}
		out = append(out, sign+c.Text)
	}
	return out
}

func marks(ms []view.Mark) string {
	out := ""
	for _, m := range ms {
		sign := map[view.Grade]string{view.GradeError: "!", view.GradeWarning: "?", view.GradeExpected: "="}[m.Grade()]
		out += " {" + sign + strings.TrimSpace(m.Code+" "+m.Message) + "}"
	}
	return out
}

var lineSigns = map[view.Line]string{view.LinePlain: "-", view.LineTLS: "=", view.LineControl: ".", view.LineFlow: "~"}

func dumpPanel(b *strings.Builder, p *view.Panel) {
	if p.Title != "" {
		fmt.Fprintf(b, "== %s\n", p.Title)
	}
	if len(p.Lanes) > 0 {
		fmt.Fprintf(b, "lanes %v\n", p.Lanes)
	}
	for i, l := range p.Lifelines {
		untrusted := ""
		if l.Untrusted {
			untrusted = " untrusted"
		}
		fmt.Fprintf(b, "lifeline %d %s %q (%s%s)\n", i, l.ID, l.Label, l.Sub, untrusted)
	}
	for i, r := range p.Rows {
		fmt.Fprintf(b, "%2d %s\n", i, row(p, r))
	}
	for _, band := range p.Bands {
		fmt.Fprintf(b, "band %q lifelines %d..%d rows %d..%d relays %v%s\n", band.Label, band.From, band.To, band.First, band.Last, band.Relays, open(band))
	}
	for _, band := range p.Clear {
		fmt.Fprintf(b, "clear %d %q lifelines %d..%d rows %d..%d%s\n", band.Plain, band.Label, band.From, band.To, band.First, band.Last, open(band))
	}
	for _, f := range p.Foot {
		fmt.Fprintf(b, "panel foot: %s\n", f)
	}
}

func open(b *view.Band) string {
	if b.Open {
		return " open"
	}
	return ""
}

func row(p *view.Panel, r view.Row) string {
	first, last := r.Numbers()
	n := fmt.Sprintf("%7s", strings.TrimSuffix(fmt.Sprintf("%d-%d", first, last), fmt.Sprintf("-%d", first)))
	if first == 0 {
		n = fmt.Sprintf("%7s", "")
	}
	session := func(s string) string {
		if s == "" {
			return ""
		}
		return s + " | "
	}
	switch r := r.(type) {
	case *view.MessageRow:
		from, to := p.Lifelines[r.From].ID, p.Lifelines[r.To].ID
		sign := lineSigns[r.Line]
		arrow := sign + sign + ">"
		if r.Both {
			arrow = "<" + sign + ">"
		}
		tail := ""
		if r.Optional {
			tail = " (optional)"
		}
		if r.Plain > 0 {
			tail += fmt.Sprintf(" (clear %d)", r.Plain)
		}
		return fmt.Sprintf("%s %s %s %s: %s%s%s%s", n, from, arrow, to, session(r.Session), r.Text, tail, marks(r.Marks))
	case *view.ActionRow:
		return fmt.Sprintf("%s %s [%s%s]%s", n, p.Lifelines[r.At].ID, session(r.Session), r.Text, marks(r.Marks))
	case *view.SpanRow:
		return fmt.Sprintf("%s %s..%s ( %s%s )%s", n, p.Lifelines[r.From].ID, p.Lifelines[r.To].ID, session(r.Session), r.Text, marks(r.Marks))
	case *view.GapRow:
		return fmt.Sprintf("%s ... %s", n, r.Text)
	}
	panic("unknown row")
}

func dumpFlowchart(b *strings.Builder, c *view.Flowchart) {
	if c.Above != nil {
		dumpTable(b, c.Above)
	}
	var group func(g *view.Group, indent string)
	group = func(g *view.Group, indent string) {
		untrusted := ""
		if g.Untrusted() {
			untrusted = " untrusted"
		}
		fmt.Fprintf(b, "%sgroup %q %q%s\n", indent, g.ID, g.Label, untrusted)
		for _, x := range g.Boxes {
			dumpBox(b, x, indent+"  ")
		}
		for _, sub := range g.Groups {
			group(sub, indent+"  ")
		}
	}
	for _, g := range c.Groups {
		group(g, "")
	}
	for _, e := range c.Edges {
		sign := lineSigns[e.Line]
		from, to := e.From, e.To
		if e.FromRow != "" {
			from += "/" + e.FromRow
		}
		if e.ToRow != "" {
			to += "/" + e.ToRow
		}
		head := ">"
		if e.Broken || e.Fails {
			head = "x"
		}
		note := ""
		if e.Note != "" {
			note = " | " + e.Note
		}
		fmt.Fprintf(b, "[%s] %s%s%s [%s]: %s%s%s\n", from, sign, sign, head, to, e.Label, note, marks(e.Marks))
	}
	for _, l := range c.Legend {
		fmt.Fprintf(b, "%s: %s\n", l.Name, l.Text)
	}
}

var kinds = map[view.BoxKind]string{
	view.BoxClient: "client", view.BoxProxy: "proxy", view.BoxBackend: "backend", view.BoxServer: "server",
	view.BoxQuestion: "question", view.BoxOutcome: "outcome", view.BoxFault: "fault", view.BoxNote: "note", view.BoxAction: "action",
}

func dumpBox(b *strings.Builder, x *view.Box, indent string) {
	sub := ""
	if x.Sub != "" {
		sub = " (" + x.Sub + ")"
	}
	fmt.Fprintf(b, "%s%s [%s] %q%s%s\n", indent, kinds[x.Kind], x.ID, x.Label, sub, marks(x.Marks))
	for _, r := range x.Rows {
		note := ""
		if r.Note != "" {
			note = " | " + r.Note
		}
		state := ""
		if r.Down {
			state = " down"
		}
		fmt.Fprintf(b, "%s  row %s: %s%s%s%s\n", indent, r.ID, r.Text, note, state, marks(r.Marks))
	}
}
