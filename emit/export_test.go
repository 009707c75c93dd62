package emit

import (
	"github.com/flowc-lang/flowc/internal/layout"
	"github.com/flowc-lang/flowc/internal/layout/judge"
	"github.com/flowc-lang/flowc/view"
)

// Faults returns what is wrong with the layout of a picture; tests
// outside the package hold the pictures of real models to it.
func Faults(pic view.Picture) []string { return faults(layoutSheet(pic)) }

// Width is how wide it is drawn.
func Width(pic view.Picture) int { return layoutSheet(pic).w }

var CheckSVG = checkSVG

// PlanFaults returns what is wrong with the places of a flowchart, however its texts are
// broken.
func PlanFaults(pic *view.Flowchart) []string {
	var out []string
	for _, part := range parts(pic) {
		for _, b := range breaksTried {
			g := newChart(part, b).graph()
			if part.Down {
				out = append(out, judge.Faults(g, layout.Tree(g, chartWidth), true)...)
				out = append(out, judge.Faults(g, layout.List(g), true)...)
			} else {
				out = append(out, judge.Faults(g, layout.Columns(g), false)...)
			}
		}
	}
	return out
}
