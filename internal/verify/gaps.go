package verify

import (
	"cmp"
	"math"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// A packet that the capture lacks may be the request for which a connection was opened, or
// the answer that came to nobody: of what else went on then, it cannot be said that
// something is missing or too much. TCP tells: what one end acknowledges was sent
// (RFC 9293, 3.4).

// gap is a packet of a connection that the capture lacks: it was sent between these orders.
type gap struct{ lo, hi int32 }

// maxGaps is how many are kept of a connection; what comes then is put to the last.
const maxGaps = 8

// missed notes a gap.
func (c *conn) missed(g gap) {
	if n := len(c.gaps); n == maxGaps {
		c.gaps[n-1].hi = max(c.gaps[n-1].hi, g.hi)
		return
	}
	c.gaps = append(c.gaps, g)
}

// gaps are those of all connections, so that one can be found by its time.
type gaps struct {
	all   []gap   // by lo
	until []int32 // of each, the largest hi of it and those before
}

func newGaps(w *weave) *gaps {
	g := &gaps{}
	for _, j := range w.conns {
		for _, at := range j.gaps {
			until := j.saysNext(int(at.hi))
			if len(w.turns[j]) <= 1 || j.TLS != nil && j.TLS.Version == 0 {
				until = max(until, j.last()) // what it asks cannot be told apart
			}
			g.all = append(g.all, gap{at.lo, max(at.hi, int32(until))})
		}
	}
	slices.SortFunc(g.all, func(a, b gap) int { return cmp.Compare(a.lo, b.lo) })
	for i, at := range g.all {
		if i > 0 {
			at.hi = max(at.hi, g.until[i-1])
		}
		g.until = append(g.until, at.hi)
	}
	return g
}

// saysNext is the order of what the opener says next behind an order, else of the last
// message: until then what goes on may be for a request that is missing.
func (c *conn) saysNext(order int) int {
	i, _ := slices.BinarySearchFunc(c.Events, order, func(e *event, order int) int { return cmp.Compare(e.Order, order+1) })
	for _, e := range c.Events[i:] {
		if order = e.Order; e.From == opener {
			break
		}
	}
	return order
}

// last is the order of a connection's last message.
func (c *conn) last() int {
	if n := len(c.Events); n > 0 {
		return c.Events[n-1].Order
	}
	return c.first
}

// between reports whether a packet may be missing that was sent after one order and before
// another one.
func (g *gaps) between(from, to int) bool {
	n, _ := slices.BinarySearchFunc(g.all, int32(to), func(at gap, to int32) int { return cmp.Compare(at.lo, to+1) })
	return n > 0 && int(g.until[n-1]) >= from
}

// mayBeAnothers reports whether what says whose a connection is may be among what the capture lacks of it.
func (j *joined) mayBeAnothers() bool {
	return len(j.gaps) > 0 && (j.By == byTime || j.By == byRequest || j.By == byReuse)
}

// differsBy is the order before which a result differs for the first time. What is missing was to come
// later: until the exchange is over, and the end of a connection at any time. For whom a connection
// is that seems to be for nobody may be in any of its messages, and where one of several requests
// ends, too.
func (r *Result) differsBy() int {
	d := r.Departures[0]
	switch {
	case r.base == nil, r.Client().calls > 1, slices.ContainsFunc(r.Conns, (*joined).mayBeAnothers):
	case d.Kind != stepMissing || d.Event != nil:
		return d.order
	case d.Step != nil && ends(d.Step):
		return math.MaxInt32 - 1
	}
	out := d.order
	for _, j := range r.Conns {
		out = max(out, j.last())
	}
	return out
}

// lacks reports whether a result may differ because packets are missing that were sent before it
// differs: its own, or those of another exchange, whose connections are taken for its
// own then, or its own for theirs. A hop that is not protected as the model says stands, and so
// does another answer to a client whose own connections are whole.
func (m *matcher) lacks(r *Result) bool {
	if len(r.Departures) == 0 || len(r.Exposures) > 0 || !m.gaps.between(r.Client().start(), r.differsBy()) {
		return false
	}
	own := slices.ContainsFunc(r.Conns, func(j *joined) bool { return len(j.gaps) > 0 })
	other := func(op flow.Op) bool { // on the client's connection
		return slices.ContainsFunc(r.Departures, func(d Departure) bool {
			return d.Kind == factDifferent && d.conn != nil && d.conn.From.Kind == flow.KindClient && d.Step != nil && d.Step.Op == op
		})
	}
	return own || other(flow.OpRequest) || !other(flow.OpResponse)
}
