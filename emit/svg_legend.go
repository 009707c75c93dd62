package emit

import "github.com/flowc-lang/flowc/view"

// The measures of a legend.
const (
	sampleWidth = 34 // of a line
	legendGap   = 12 // between a line, its name and what is said of it
)

// legend draws a sample of each line with its name and its meaning, and returns the y behind.
func (s *sheet) legend(lines []*view.LegendLine, y int) int {
	if len(lines) == 0 {
		return y
	}
	y += gutter
	named := legendNames(lines)
	for _, l := range lines {
		e := &view.Edge{Line: l.Line, Session: l.Session, Fails: l.Fails}
		look := lookOfEdge(e)
		x := margin + sampleWidth + legendGap
		name := text(l.Name, fontStrong, labelInk(e), s.w-margin-x, maxLines).at(x, y)
		said := text(l.Text, fontText, ink, s.w-margin-x, maxLines).at(x, name.room.bottom())
		if beside := x + named + legendGap; s.w-margin-beside >= leastLegend {
			said = text(l.Text, fontText, ink, s.w-margin-beside, maxLines).at(beside, y)
		}
		middle := float64(y) + float64(faces[fontStrong].leading)/2
		tip := point{float64(margin + sampleWidth), middle}
		head := make([]point, len(look.head))
		for i, p := range look.head {
			head[i] = point{tip.x + p.x, tip.y + p.y}
		}
		from, to := point{margin, middle}, point{tip.x - look.reach, middle}
		s.add(&arrow{[]point{from, between(from, to, 1./3), between(from, to, 2./3), to}, head, edgeInk(e), look.double, look.width, look.dash}, name, said)
		y = max(name.room.bottom(), said.room.bottom()) + 2
	}
	return y
}

// leastLegend is how much room there must be for what is said of a line to stand beside its
// name, not under it.
const leastLegend = 160

// legendNames is how wide the names of lines are.
func legendNames(lines []*view.LegendLine) int {
	w := 0
	for _, l := range lines {
		w = max(w, measure(fontStrong, l.Name))
	}
	return w
}

// legendWidth is how wide a legend would like to be.
func legendWidth(lines []*view.LegendLine) int {
	w := 0
	for _, l := range lines {
		w = max(w, measure(fontText, l.Text))
	}
	if len(lines) == 0 {
		return 0
	}
	return sampleWidth + 2*legendGap + legendNames(lines) + w
}
