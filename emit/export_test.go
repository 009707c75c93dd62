package emit

import (
	"strings"

	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/internal/layout/judge"
	"github.com/flowc-lang/flowc/view"
)

// Faults returns what is wrong with the layout of a picture; tests
// outside the package hold the pictures of real models to it.
func Faults(pic view.Picture) []string { return faults(layoutSheet(pic, defaultPage)) }

// FaultsOn returns the same for a column of so many pixels.
func FaultsOn(pic view.Picture, column int) []string { return faults(layoutSheet(pic, page(column))) }

// Legible returns what is too small to be read in a column of so many pixels.
func Legible(pic view.Picture, column int) []string {
	s := layoutSheet(pic, page(column))
	var texts []judge.Text
	for _, shape := range s.shapes {
		if t, ok := shape.(*textBlock); ok {
			texts = append(texts, judge.Text{Said: strings.Join(t.lines, " "), Size: faces[t.font].size})
		}
	}
	return judge.Small(texts, s.w, column)
}

var CheckSVG = checkSVG

// PlanFaults returns what is wrong with the places of a flowchart, however its texts are
// broken.
func PlanFaults(pic *view.Flowchart) []string {
	var out []string
	for _, part := range parts(pic) {
		for _, b := range breaksTried {
			g := newChart(part, b).graph()
			if part.Down {
				out = append(out, judge.Faults(g, layout.Tree(g, defaultPage.legible()), true)...)
				out = append(out, judge.Faults(g, layout.List(g), true)...)
			} else {
				out = append(out, judge.Faults(g, layout.Columns(g), false)...)
			}
		}
	}
	return out
}
