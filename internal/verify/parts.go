package verify

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// A derived connection to a server carries what a client asks on one of its
// connections, one request after another. A real proxy sends each of them on
// whatever connection is idle then, which may be another client's before, and
// opens a new one where there is none (HAProxy configuration manual,
// "http-reuse"). So several connections can carry on what one is derived to
// carry, and each begins as that one does.

// begun is a connection that carries on what another one began, or goes on where
// a derived one is older than the request: it is to begin as derived, too.
type begun struct {
	conn *flow.Connection
	j    *joined
}

// opens reports whether a step belongs to how a connection begins, before
// anything is asked on it.
func opens(s *flow.Step) bool {
	switch s.Layer() {
	case flow.LayerTCP:
		return s.Op != flow.OpFIN && s.Op != flow.OpRST
	case flow.LayerPROXY:
		return true
	case flow.LayerTLS:
		return s.Op != flow.OpAlert
	case flow.LayerHTTP:
	}
	return s.Op == flow.OpPreface || s.Op == flow.OpSettings || s.Op == flow.OpSettingsAck
}

// ends reports whether a step belongs to how a connection ends in order.
func ends(s *flow.Step) bool {
	return s.Op == flow.OpFIN || s.Op == flow.OpRST || s.Op == flow.OpAlert && s.Alert() == flow.AlertCloseNotify
}

// own are the steps of a direction that the part of a connection can have which
// is the exchange's.
func (j *joined) own(steps []*flow.Step) []*flow.Step {
	if !j.Reused && !j.Kept {
		return steps
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s *flow.Step) bool {
		return j.Reused && opens(s) || j.Kept && ends(s)
	})
}

// carryOn finds the connections that carry on what another one began, and puts
// them together. The front connection must ask that often.
func (c *comparison) carryOn() {
	more := map[*flow.Connection][]*joined{}
	calls := map[*flow.Connection]int{}
	for _, j := range c.conns {
		if c.derived[j] != nil || j.From == nil || j.calls == 0 {
			continue
		}
		for _, d := range c.lc.Connections {
			first := c.joined[d]
			if first == nil || first.From != j.From || d.From.Kind != flow.KindProxy || !j.ends.accept(d) ||
				calls[d]+first.calls+j.calls > j.From.calls {
				continue
			}
			c.derived[j] = d
			calls[d] += j.calls
			more[d] = append(more[d], j)
			break
		}
	}
	for _, d := range c.lc.Connections {
		if j := c.joined[d]; j != nil && (len(more[d]) > 0 || d.Since != nil) {
			c.joined[d] = c.merge(d, append([]*joined{j}, more[d]...))
			c.derived[c.joined[d]] = d
		}
	}
}

// merge makes one connection of several. How the first begins is part of the
// lifecycle, unless that has the connection from before; how the others do is
// compared apart.
func (c *comparison) merge(d *flow.Connection, parts []*joined) *joined {
	whole := *parts[0]
	conn := *parts[0].conn
	whole.conn, conn.Events = &conn, nil
	for i, p := range parts {
		from := 0
		if !p.Reused && (i > 0 || d.Since != nil) {
			from = p.beginning()
			if from > 0 {
				c.begun = append(c.begun, begun{d, p})
			}
		}
		for _, e := range p.Events[from:] {
			if i == len(parts)-1 || !e.closes() && !e.isAlert() {
				conn.Events = append(conn.Events, e)
			}
		}
		for side := range conn.Lost {
			conn.Lost[side] = max(conn.Lost[side], p.Lost[side])
		}
		conn.Cut = conn.Cut || p.Cut
		whole.Kept = p.Kept
	}
	slices.SortStableFunc(conn.Events, func(a, b *event) int { return cmp.Compare(a.Order, b.Order) })
	return &whole
}

// beginning is how many of a connection's messages come before its first turn.
func (j *joined) beginning() int {
	if all := turnsOf(j, hints{}); len(all) > 0 {
		return all[0].from
	}
	return 0
}

// beginnings compares how the connections begin that carry on what others began.
func (k *courses) beginnings(c *comparison) {
	for _, b := range c.begun {
		lc := c.lc
		for lc != nil && b.conn.Since != nil { // it began in an earlier lifecycle
			lc, b.conn = lc.Before, b.conn.Since
		}
		if lc == nil {
			continue
		}
		part := *b.j
		conn := *b.j.conn
		conn.Events = b.j.Events[:b.j.beginning()]
		part.conn, part.Kept = &conn, true
		found := compare(beginningOf(lc, b.conn), []*joined{&part})
		if on := found.resumedOn(); len(on) > 0 {
			again := k.resume(lc, on)
			if d := connOf(again, b.conn.ID); d != nil {
				found = compare(beginningOf(again, d), []*joined{&part})
			}
		}
		for _, d := range found.out {
			d.conn = c.derived[b.j]
			c.depart(d)
		}
	}
	if len(c.begun) > 0 {
		slices.SortStableFunc(c.out, func(a, b Departure) int { return cmp.Compare(a.order, b.order) })
	}
}

func connOf(lc *flow.Lifecycle, id string) *flow.Connection {
	for _, d := range lc.Connections {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// beginningOf is a lifecycle of one connection of another one, without what is
// asked on it.
func beginningOf(lc *flow.Lifecycle, d *flow.Connection) *flow.Lifecycle {
	out := &flow.Lifecycle{Request: lc.Request, Sessions: lc.Sessions, Connections: []*flow.Connection{d}}
	for _, s := range lc.Steps {
		if s.Kind() == flow.Message && s.Connection == d && opens(s) {
			out.Steps = append(out.Steps, s)
		}
	}
	return out
}
