package check

import (
	"context"
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// course is what rules read of a request's lifecycle. It points to no step, so
// that the lifecycles of a large model need not be kept: each is derived once,
// and read once for all rules.
type course struct {
	outcome  flow.Outcome     // without Cause
	cause    *cause           // nil where the outcome has no fault
	expected bool             // the outcome is one that the request expects
	answered []*flow.Route    // of each exchange, in order; nil where none was chosen
	taken    []*flow.Route    // over which it leads, each once
	ports    []*flow.Listener // to which it comes
	asked    []*flow.Backend  // to whose servers a connection was opened
	plain    []plainHop
	apart    []versionless
	doubtful bool // it passes what is in doubt
}

// cause is the step at which a course left the good one.
type cause struct {
	n  int
	id string
}

// courses are the courses of one model's requests and probes. They are for one
// goroutine.
type courses struct {
	ctx     context.Context
	derived *flow.Cache
	doubt   *doubt
	known   map[*flow.Request]*course
	paths   func() *ways
}

func newCourses(derived *flow.Cache) *courses {
	return &courses{ctx: context.Background(), derived: derived, known: map[*flow.Request]*course{}}
}

// of returns the course of a request, nil for no request.
func (c *courses) of(q *flow.Request) *course {
	if q == nil {
		return nil
	}
	known := c.known[q]
	if known == nil {
		if c.ctx.Err() != nil {
			return &course{} // what is found by it is not used
		}
		known = c.asPath(q)
		if known == nil {
			lc := c.derived.Of(q)
			known = newCourse(q, lc)
			known.doubtful = c.doubt.touches(lc)
		}
		c.known[q] = known
	}
	return known
}

// asPath is the course of a request that flowc made, where a path shows it and it
// succeeds: what is derived of the path's class is true of it. Else it is nil.
func (c *courses) asPath(q *flow.Request) *course {
	if !q.Derived || c.paths == nil {
		return nil
	}
	p := c.paths().Taking(q)
	if p == nil || p.Clients[0] != q.From || p.Classes[0].Summary.Fails() {
		return nil
	}
	out := &course{outcome: flow.Outcome{Endings: p.Classes[0].Summary.Endings, Reached: p.Classes[0].Summary.Reached}, expected: true, doubtful: c.doubt.path(p)}
	for _, h := range p.Hops {
		if h.Route != nil && !slices.Contains(out.taken, h.Route) {
			out.taken = append(out.taken, h.Route)
		}
		if h.Server != nil {
			out.asked = append(out.asked, h.Server.Backend)
		}
	}
	if p.Route != nil && !slices.Contains(out.taken, p.Route) {
		out.taken = append(out.taken, p.Route)
	}
	out.answered = []*flow.Route{p.Route}
	return out
}

func newCourse(q *flow.Request, lc *flow.Lifecycle) *course {
	c := &course{
		outcome: lc.Outcome, expected: lc.AsExpected(), taken: taken(lc), plain: plainHops(lc), apart: versionlessOf(q, lc),
	}
	if o := lc.Outcome.Cause; o != nil {
		c.outcome.Cause, c.cause = nil, &cause{o.N, o.ID}
	}
	for _, x := range lc.Exchanges {
		c.answered = append(c.answered, x.Route)
	}
	for _, x := range lc.Connections {
		if x.Listener != nil && !slices.Contains(c.ports, x.Listener) {
			c.ports = append(c.ports, x.Listener)
		}
		if s := x.To.Server; s != nil && !slices.Contains(c.asked, s.Backend) {
			c.asked = append(c.asked, s.Backend)
		}
	}
	return c
}

// taken are the routes over which a lifecycle leads, each once.
func taken(lc *flow.Lifecycle) []*flow.Route {
	var out []*flow.Route
	add := func(r *flow.Route) {
		if r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, x := range lc.Exchanges {
		add(x.Route)
	}
	for _, c := range lc.Connections {
		add(c.Route)
	}
	return out
}

// course returns the course of a request.
func (p *Pass) course(q *flow.Request) *course { return p.model.courses.of(q) }
