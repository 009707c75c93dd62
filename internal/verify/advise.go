package verify

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// advise names the statement that a request lacks, where the exchange differs in who closes a
// connection first and agrees with the same request that has it: Connection: close
// (RFC 9112, 9.6) may not be seen, and what follows from it is.
func (m *matcher) advise(r *Result) {
	if len(r.Departures) == 0 || r.base == nil || r.base.Request.Close.V {
		return
	}
	d := r.Departures[0]
	if d.Kind != secrecyEarly || d.Step == nil || !ends(d.Step) || saysKept(r.Conns[0]) {
		return
	}
	if c := m.courses.compare(m.courses.closing(r.base), r.Conns); len(c.out) == 0 {
		r.Advice = fmt.Sprintf("add close to request %q, if its client sends Connection: close; the exchange agrees then", r.base.Request.Name)
	}
}

// saysKept reports whether a client's request can be read and does not ask for the connection
// to be closed.
func saysKept(j *joined) bool {
	asks := func(e *event) bool { return e.From == opener && e.head != nil }
	return slices.ContainsFunc(j.Events, asks) && !slices.ContainsFunc(j.Events, func(e *event) bool { return asks(e) && e.head.closes })
}

// closing is a lifecycle whose request asks for the connection to be closed.
func (k *courses) closing(lc *flow.Lifecycle) *flow.Lifecycle {
	out := k.closed[lc]
	if out == nil {
		r := *lc.Request
		r.Close = flow.State(true, r.At)
		out = k.derive(&r)
		k.closed[lc] = out
	}
	return out
}
