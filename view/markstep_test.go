package view_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/view"
)

// TestMarkStep marks every step of a course in turn: one row has the mark, the
// rows stay in order, and each band begins and ends at the same steps.
func TestMarkStep(t *testing.T) {
	mark := view.Mark{Code: "FL000", Message: "here", Error: true}
	for _, name := range []string{"reencrypt", "passthrough", "network-load-balancer"} {
		in := model(t, name)
		request := in.Topology.Requests[0].Name
		before := project(t, in, "sequence", request).(*view.Sequence)
		for _, step := range before.Lifecycle.Steps {
			s := project(t, in, "sequence", request).(*view.Sequence)
			view.MarkStep(s, step, mark)
			marked, last := 0, 0
			for _, r := range s.Panels[0].Rows {
				first, to := r.Numbers()
				if strings.Contains(row(s.Panels[0], r), "FL000") {
					marked++
					if step.N < first || step.N > to {
						t.Errorf("%s: step %d is marked at %d to %d", name, step.N, first, to)
					}
				}
				if first > 0 && first < last {
					t.Errorf("%s: marking step %d: row %d stands behind %d", name, step.N, first, last)
				}
				last = max(last, first)
			}
			if marked != 1 {
				t.Errorf("%s: step %d, %s: %d rows are marked", name, step.N, step.ID, marked)
			}
			if a, b := bandSteps(before.Panels[0]), bandSteps(s.Panels[0]); a != b {
				t.Errorf("%s: marking step %d, %s, moves bands:\n%s\n%s", name, step.N, step.ID, a, b)
			}
		}
	}
}

// bandSteps says at which steps each band begins and ends.
func bandSteps(p *view.Panel) string {
	var out []string
	for _, b := range p.Bands {
		first, _ := p.Rows[b.First].Numbers()
		_, last := p.Rows[b.Last].Numbers()
		out = append(out, fmt.Sprintf("%s %d-%d", b.Session, first, last))
	}
	return strings.Join(out, ", ")
}
