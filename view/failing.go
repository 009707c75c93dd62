package view

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// mostMarks is how many faults are said at one arrow; more are counted.
const mostMarks = 3

// tally counts the faults that an arrow has beyond those that are said.
type tally struct {
	n      int
	faulty bool // one of them is not expected
}

// failing draws the courses of the model's requests that fail, as far as they get,
// each with why it fails at the place where it does. A supplied request that fails is
// drawn only where no other arrow begins at its client.
func (g *structure) failing() {
	for _, q := range g.s.in.Topology.Requests {
		if q.From == nil || q.Via == nil {
			continue
		}
		outside := g.s.near == nil && (g.boxes[q.From.Name] == nil || g.boxes[q.Via.Name] == nil)
		if outside || g.s.in.cache().Fault(q) == flow.FaultNone {
			continue
		}
		l := g.s.in.Derive(q)
		if !g.concerns(l) || q.Derived && g.leaves(g.boxes[q.From.Name]) {
			continue
		}
		g.sends(l, failsAsExpected(l))
	}
}

// tallies says at each arrow how many faults it has beyond those that it says.
func (g *structure) tallies() {
	for _, e := range g.chart.Edges {
		if more := g.more[e]; more.n > 0 {
			e.Marks = append(e.Marks, Mark{Message: "and " + count(more.n, "request") + " more", Error: more.faulty, Expected: !more.faulty})
		}
	}
}

// leadsNowhere reports whether a course fails because no route takes its request.
func leadsNowhere(l *flow.Lifecycle) bool {
	return l.Outcome.Fault == flow.FaultNoRoute || l.Outcome.Fault == flow.FaultInsecure
}

// strays draws the plaintext for a route that promises a redirect that comes to
// another proxy, where none takes it.
func (g *structure) strays(r *flow.Route) {
	for _, l := range plaintext(g.s.in, r, true) {
		if leadsNowhere(l) || l.Outcome.Fault == flow.FaultNoServer {
			g.sends(l, g.isMeant(l))
		}
	}
}

// isMeant reports whether a request of the model fails as a course does, and says so.
func (g *structure) isMeant(l *flow.Lifecycle) bool {
	if g.meant == nil {
		g.meant = map[flow.Reason]bool{}
		for _, q := range g.s.in.Topology.Requests {
			if q.ExpectsFailure() {
				if l := g.s.in.Derive(q); failsAsExpected(l) {
					g.meant[l.Outcome.Why.Reason()] = true
				}
			}
		}
	}
	return g.meant[l.Outcome.Why.Reason()]
}

// concerns reports whether a course takes one of the routes that are drawn, or none
// at all.
func (g *structure) concerns(l *flow.Lifecycle) bool {
	taken := slices.ContainsFunc(g.s.in.Topology.Routes, l.Takes)
	return !taken || slices.ContainsFunc(g.s.routes, l.Takes)
}

// sends draws a course, with why it fails if it does.
func (g *structure) sends(l *flow.Lifecycle, expected bool) {
	g.course(l)
	if l.Outcome.Fault != flow.FaultNone {
		g.fails(l, faultMark(words.Why(l.Outcome.Why), expected))
	}
}

// fails marks the place at which a course fails, and reports whether it is drawn: the
// row of the route that fails it, or the arrow of the connection on which it fails.
func (g *structure) fails(l *flow.Lifecycle, m Mark) bool {
	if g.failed[l.Request] == nil {
		return false
	}
	e := g.failingEdge(l)
	for _, c := range g.failed[l.Request] {
		for _, on := range c.edges {
			g.stops[on], g.goes[on] = g.stops[on] || on == e, g.goes[on] || on != e
		}
	}
	m.Gets = sees(l)
	if row := g.failingRow(l); row != nil {
		row.Marks = marked(row.Marks, m)
		return true
	}
	if e == nil {
		return false
	}
	if with := marked(e.Marks, m); len(with) <= mostMarks {
		e.Marks = with
	} else {
		more := g.more[e]
		g.more[e] = tally{more.n + 1, more.faulty || m.Error}
	}
	return true
}

// failingRow is the row of the route for which a course fails, in the box of the last
// proxy on its way that has the route; nil where it fails on a connection.
func (g *structure) failingRow(l *flow.Lifecycle) *BoxRow {
	r := l.Outcome.Why.Route
	if r == nil {
		return nil
	}
	for _, p := range slices.Backward(l.Participants) {
		if rows := g.rows[p.Proxy]; rows != nil && slices.Contains(p.Proxy.Routes, r) {
			return rows.row(p.Proxy, r)
		}
	}
	return nil
}

// failingEdge is the arrow on which a course fails: the last one of the connection, or
// of the session, in which it does; else the last one that it has.
func (g *structure) failingEdge(l *flow.Lifecycle) *Edge {
	var last, failing *Edge
	cause := l.Outcome.Cause
	for _, c := range g.failed[l.Request] {
		for i, h := range c.hops {
			last = c.edges[i]
			if cause.Connection != nil && cause.Connection.ID == h.conn.ID || cause.Session != nil && cause.Session.ID == h.id() {
				failing = last
			}
		}
	}
	if failing != nil {
		return failing
	}
	return last
}

// marked adds a mark, unless there is one that says the same. What another request
// expects is a fault where one does not.
func marked(marks []Mark, m Mark) []Mark {
	says := func(m Mark) string { return strings.TrimPrefix(m.Message, asExpected) }
	i := slices.IndexFunc(marks, func(o Mark) bool { return says(o) == says(m) })
	switch {
	case i < 0:
		return append(slices.Clip(marks), m)
	case marks[i].Expected && !m.Expected:
		marks[i] = m
	}
	return marks
}

// leaves reports whether an arrow begins at the box.
func (g *structure) leaves(b *Box) bool {
	return b != nil && slices.ContainsFunc(g.chart.Edges, func(e *Edge) bool { return e.From == b.ID })
}
