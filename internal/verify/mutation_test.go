package verify

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// mutant is a capture in which one message is not where it was.
type mutant struct {
	what  string
	conns []*conn
}

// mutants drop a message, double it, move it to another connection, and swap it
// with the one before it.
func mutants(c *Capture, conn, at int) []mutant {
	e := c.Conns[conn].Events[at]
	out := []mutant{
		{"dropped", with(c, conn, slices.Delete(slices.Clone(c.Conns[conn].Events), at, at+1))},
		{"doubled", with(c, conn, slices.Insert(slices.Clone(c.Conns[conn].Events), at, e))},
	}
	for other := range c.Conns {
		if other == conn {
			continue
		}
		moved := with(c, conn, slices.Delete(slices.Clone(c.Conns[conn].Events), at, at+1))
		events := append(slices.Clone(moved[other].Events), e)
		sortEvents(events)
		whole := *moved[other]
		whole.Events = events
		moved[other] = &whole
		out = append(out, mutant{"moved", moved})
		break
	}
	if at > 0 {
		events := slices.Clone(c.Conns[conn].Events)
		a, b := *events[at-1], *events[at]
		if a.From == b.From && a.Op != b.Op {
			a.Order, b.Order = b.Order, a.Order
			events[at-1], events[at] = &b, &a
			out = append(out, mutant{"swapped", with(c, conn, events)})
		}
	}
	return out
}

func with(c *Capture, conn int, events []*event) []*conn {
	out := slices.Clone(c.Conns)
	whole := *out[conn]
	whole.Events = events
	out[conn] = &whole
	return out
}

// optional are the messages that are steps which may be missing.
func optional(r *Report) map[*event]bool {
	out := map[*event]bool{}
	for _, x := range r.Results {
		for e, s := range x.cmp.events {
			out[e] = s.Optional
		}
	}
	return out
}

// TestMutants: a message that is dropped, doubled, moved or swapped is noticed,
// by a reader with the keys and, less often, by one without.
func TestMutants(t *testing.T) {
	for _, keys := range []bool{true, false} {
		found, missed := map[string]int{}, map[string]int{}
		for _, m := range cases(t) {
			top := topology(t, m.name, m.model)
			courses := flow.NewCache(top)
			c := m.read(t, keys)
			free := optional(Verify(top, courses.Of, c, nil))
			for i, conn := range c.Conns {
				for at, e := range conn.Events {
					if e.Aside {
						continue
					}
					for _, mut := range mutants(c, i, at) {
						if mut.what == "dropped" && free[e] {
							continue // it may be missing
						}
						r := Verify(top, courses.Of, &Capture{Files: c.Files, Conns: mut.conns}, nil)
						if r.Agrees() {
							missed[mut.what]++
						} else {
							found[mut.what]++
						}
					}
				}
			}
		}
		for _, what := range []string{"dropped", "doubled", "moved", "swapped"} {
			n := found[what] + missed[what]
			t.Logf("keys %v: %d of %d messages %s were noticed", keys, found[what], n, what)
			if least := map[bool]int{true: 95, false: 60}[keys]; found[what]*100 < least*n {
				t.Errorf("keys %v: less than %d %% of the messages %s were noticed", keys, least, what)
			}
		}
	}
}
