package verify

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// order finds the steps that the capture shows before one that must precede
// them. A protected record that comes too early to be a step is not it, and the
// step is missing.
func (c *comparison) order() (missing []*flow.Step) {
	type latest struct {
		order int
		step  *flow.Step
	}
	low := map[*flow.Step]latest{} // of a step and all before it, the latest place
	for _, s := range c.steps {
		var high latest
		for _, a := range s.After {
			if low[a].order > high.order {
				high = low[a]
			}
		}
		if at, ok := c.at[s]; ok {
			switch {
			case at.hi < high.order && c.encrypted[s]:
				delete(c.at, s)
				if !c.optional(s) {
					missing = append(missing, s)
				}
				at.lo = 0
			case at.hi < high.order:
				c.depart(Departure{
					Kind: secrecyEarly, Step: s, Event: c.byOrder[at.hi], After: c.byOrder[high.order], first: high.step,
					conn: s.Connection, side: sideOf(s), order: at.hi,
					Text: fmt.Sprintf("%s comes before %s", sentWords(s), sentWords(high.step)),
				})
			}
			if at.lo > high.order {
				high = latest{at.lo, s}
			}
		}
		low[s] = high
	}
	return missing
}

// sentWords name a derived message and who sends it.
func sentWords(s *flow.Step) string { return stepWords(s) + " from " + s.From.ID }

// absent says which steps the capture should have and does not. Where an
// exchange is still going on at its end, they may come yet.
func (c *comparison) absent(missing []*flow.Step) {
	low := map[*flow.Step]int{}
	for _, s := range c.steps {
		for _, a := range s.After {
			low[s] = max(low[s], low[a], c.at[a].lo)
		}
	}
	for _, s := range missing {
		j := c.joined[s.Connection]
		after := max(low[s], c.before(s))
		switch {
		case c.replaced(s):
			continue
		case j != nil && j.Middle && after < j.start():
			continue // it was before the capture began
		case c.unfinished(s, after):
			c.open++
			continue
		}
		d := Departure{Kind: stepMissing, Step: s, After: c.byOrder[after], conn: s.Connection, side: sideOf(s), order: after}
		d.Text = fmt.Sprintf("%s is expected, and missing from the capture", stepWords(s))
		c.depart(d)
	}
}

// replaced reports whether the capture has what may come in the place of a step.
func (c *comparison) replaced(s *flow.Step) bool {
	_, ok := c.at[s.Instead]
	return ok
}

// before is the place of the last step of the same direction before s.
func (c *comparison) before(s *flow.Step) int {
	out := 0
	for _, o := range c.steps {
		if o == s {
			break
		}
		if o.Kind() == flow.Message && o.Connection == s.Connection && sideOf(o) == sideOf(s) {
			out = max(out, c.at[o].lo)
		}
	}
	return out
}

// unfinished reports whether the capture may end before a step: nothing came
// after what it follows, on a connection whose end is not closed.
func (c *comparison) unfinished(s *flow.Step, after int) bool {
	j := c.joined[s.Connection]
	switch {
	case c.conns[0].Kept:
		return false // something came behind it
	case after < c.last:
		return false
	}
	return j == nil || !j.closedFor(sideOf(s))
}

// closed reports whether an end of the connection has closed it.
func (c *conn) closed() bool { return c.shut() > 0 }

// closedFor reports whether a side can send no more: it has ended its direction,
// or an end has reset the connection.
func (c *conn) closedFor(side connSide) bool {
	return slices.ContainsFunc(c.Events, func(e *event) bool {
		return e.Op == flow.OpRST || e.Op == flow.OpFIN && e.From == side
	})
}
