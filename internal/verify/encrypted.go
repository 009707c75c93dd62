package verify

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// place notes that one of several protected records holds a step.
func (c *comparison) place(j *joined, s *flow.Step, first, last *event) {
	c.at[s], c.encrypted[s] = span{first.Order, last.Order}, true
	if j.Lost[last.From] > 0 {
		c.at[s] = span{0, last.Order}
	}
}

// group is steps that may share a protected record: one message of HTTP, or
// messages of the handshake under the same keys (RFC 8446, 5.1).
type group struct {
	steps    []*flow.Step
	optional bool
}

// records compares the protected records of a direction with the steps that
// they hide. What is certain: different content types and different keys do
// not share a record, and an alert of TLS 1.3 is a record of a known length.
func (c *comparison) records(j *joined, side connSide, encrypted []*flow.Step, hidden []*event) (missing []*flow.Step) {
	alerts, encrypted := split(encrypted, func(s *flow.Step) bool { return s.Op == flow.OpAlert })
	if j.TLS != nil && j.TLS.Version == flow.TLS13 {
		hidden, missing = c.alerts(j, alerts, hidden)
	} else {
		missing = c.mandatory(alerts)
	}
	groups, must := c.groupsOf(encrypted), 0
	for _, g := range groups {
		if !g.optional {
			must++
		}
	}
	n := 0
	for _, e := range hidden {
		n += e.Count
	}
	most := n
	if !slices.ContainsFunc(encrypted, func(s *flow.Step) bool { return s.Layer() == flow.LayerHTTP }) {
		most = len(encrypted)
	}
	if n > most {
		e := hidden[min(most, len(hidden)-1)]
		c.depart(Departure{
			Kind: messageExtra, Event: e, conn: c.derived[j], side: side, order: e.Order,
			Text: fmt.Sprintf("%s is not expected", e.words()),
		})
	}
	before := 0
	for _, g := range groups {
		switch {
		case g.optional:
			continue
		case before >= n:
			missing = append(missing, c.mandatory(g.steps)...)
		default:
			last := max(n-(must-before), before) // room for the groups behind
			first, end := nth(hidden, before), nth(hidden, last)
			for _, s := range g.steps {
				c.place(j, s, first, end)
			}
			if first == end {
				c.events[first] = g.steps[0]
			}
		}
		before++
	}
	return missing
}

// nth returns the event of the nth record, counting folded ones.
func nth(hidden []*event, n int) *event {
	for _, e := range hidden {
		if n < e.Count {
			return e
		}
		n -= e.Count
	}
	return hidden[len(hidden)-1]
}

// groupsOf puts together what may share a record.
func (c *comparison) groupsOf(steps []*flow.Step) []group {
	var out []group
	kind := func(s *flow.Step) string {
		switch {
		case s.Layer() == flow.LayerHTTP:
			return "http"
		case s.Op == flow.OpNewSessionTicket:
			return "tickets"
		}
		return "handshake"
	}
	for _, s := range steps {
		if n := len(out); n > 0 && kind(s) == kind(out[n-1].steps[0]) && !(waits(s) && out[n-1].speaks()) {
			out[n-1].steps = append(out[n-1].steps, s)
			out[n-1].optional = out[n-1].optional && c.optional(s)
			continue
		}
		out = append(out, group{steps: []*flow.Step{s}, optional: c.optional(s)})
	}
	return out
}

// waits reports whether a message of HTTP waits for the other side before it goes
// the way of the one before it. What opens HTTP/2 does not, and a body may begin
// in the record of its request.
func waits(s *flow.Step) bool {
	return s.Op == flow.OpRequest || s.Op == flow.OpResponse || s.Op == flow.OpData && s.Optional
}

func (g *group) speaks() bool {
	return slices.ContainsFunc(g.steps, func(s *flow.Step) bool {
		return s.Op == flow.OpRequest || s.Op == flow.OpResponse || s.Op == flow.OpData
	})
}

// alerts takes the records that are as long as an alert for the derived
// alerts, the last ones first: a message of two bytes is as long, too.
func (c *comparison) alerts(j *joined, alerts []*flow.Step, hidden []*event) (rest []*event, missing []*flow.Step) {
	var short []*event
	for _, e := range hidden {
		if e.isAlert() {
			short = append(short, e)
		}
	}
	take := min(len(short), len(alerts))
	short = short[len(short)-take:]
	// the optional ones give way first
	chosen := slices.Clone(alerts)
	for i := len(chosen) - 1; i >= 0 && len(chosen) > take; i-- {
		if c.optional(chosen[i]) {
			chosen = slices.Delete(chosen, i, i+1)
		}
	}
	missing = c.mandatory(chosen[min(take, len(chosen)):])
	for i, s := range chosen[:min(take, len(chosen))] {
		c.found(j, s, short[i])
		c.encrypted[s] = c.optional(s) // data of two bytes is as long
	}
	rest = slices.DeleteFunc(slices.Clone(hidden), func(e *event) bool {
		return slices.Contains(short[:min(take, len(chosen))], e)
	})
	return rest, missing
}

// isAlert reports whether a protected record is as long as an alert.
func (e *event) isAlert() bool {
	return e.Secrecy == secrecyHidden && e.Count == 1 && e.Bytes == recordHeader+alertRecord
}
