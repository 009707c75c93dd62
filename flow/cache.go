package flow

import (
	"slices"
	"sync"
)

// Cache derives lifecycles of one topology. It remembers the last ones, and
// those that other requests come after; what was forgotten is derived again. It
// also remembers which routes the requests take, and the requests that can use each
// route. It is safe for concurrent use.
type Cache struct {
	t      *Topology
	mu     sync.Mutex
	known  map[*Request]*Lifecycle
	recent []*Request               // of those in known that may be forgotten, the oldest first
	before func() map[*Request]bool // the requests that others come after
	takes  map[*Request]took
	probes map[way]*Request
	usable map[way]*Request
	shown  map[way]*Request // the first of the model's requests that takes each way
	asked  int              // requests of the model whose ways are in shown
}

// way is a route and the scheme by which it is asked for.
type way struct {
	route  *Route
	scheme string
}

// took is what is remembered of each lifecycle.
type took struct {
	ways  []way
	fault Fault
}

// maxRecent is how many lifecycles are remembered. The pictures of a model with
// some dozens of requests are drawn view by view, each of every request.
const maxRecent = 256

// NewCache returns the courses of a topology; nothing is derived yet.
func NewCache(t *Topology) *Cache {
	c := &Cache{
		t: t, known: map[*Request]*Lifecycle{}, takes: map[*Request]took{},
		probes: map[way]*Request{}, usable: map[way]*Request{}, shown: map[way]*Request{},
	}
	c.before = sync.OnceValue(func() map[*Request]bool {
		out := map[*Request]bool{}
		for _, q := range t.Requests {
			if q.After.V != nil {
				out[q.After.V] = true
			}
		}
		return out
	})
	return c
}

// Of returns the lifecycle of a request.
func (c *Cache) Of(r *Request) *Lifecycle {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of(r)
}

// of is Of for those that hold the lock.
func (c *Cache) of(r *Request) *Lifecycle {
	derived := derive(c.t, r, c.known)
	lc := c.known[r]
	for _, q := range slices.Backward(derived) {
		c.remember(q, c.known[q])
	}
	return lc
}

// remember notes what a lifecycle that was just derived is asked for, and
// forgets the oldest one where they are too many.
func (c *Cache) remember(q *Request, lc *Lifecycle) {
	if _, ok := c.takes[q]; !ok {
		took := took{fault: lc.Outcome.Fault}
		for _, x := range lc.Exchanges {
			if w := (way{x.Route, x.Call.Scheme}); x.Route != nil && !slices.Contains(took.ways, w) {
				took.ways = append(took.ways, w)
			}
		}
		c.takes[q] = took
	}
	if c.before()[q] {
		return
	}
	c.recent = append(c.recent, q)
	if len(c.recent) > maxRecent {
		delete(c.known, c.recent[0])
		c.recent = c.recent[1:]
	}
}

// Route returns the lifecycle that shows a route by a scheme, http or https. It
// is nil where no client can reach the route by that scheme.
func (c *Cache) Route(r *Route, scheme string) *Lifecycle {
	if q := c.Showing(r, scheme); q != nil {
		return c.Of(q)
	}
	return nil
}

// Showing returns the request that shows a route by a scheme, http or https:
// the model's first one that took it, else one of its own (Probe). It is nil
// where no client can reach the route by that scheme.
func (c *Cache) Showing(r *Route, scheme string) *Request {
	w := way{r, scheme}
	c.mu.Lock()
	defer c.mu.Unlock()
	if q := c.stated(w); q != nil {
		return q
	}
	q, ok := c.probes[w]
	if !ok {
		q = Probe(c.t, r, scheme)
		c.probes[w] = q
	}
	return q
}

// Usable returns a request from a client that can use a route by a scheme, http or
// https (the function Usable), which is looked for once.
func (c *Cache) Usable(r *Route, scheme string) *Request {
	w := way{r, scheme}
	c.mu.Lock()
	defer c.mu.Unlock()
	q, ok := c.usable[w]
	if ok {
		return q
	}
	if lc := usable(c.t, r, scheme); lc != nil {
		q = lc.Request
		c.known[q] = lc
		c.remember(q, lc)
	}
	c.usable[w] = q
	return q
}

// stated returns the first request of the model that takes a way; nil for none. One
// that comes after another, or resumes a session, shows too little of a route:
// connections without SYN, handshakes without certificates. No request behind the one that
// is found is derived: routes are often asked for in the order of their requests, and
// the lifecycle of each is still known then.
func (c *Cache) stated(w way) *Request {
	for c.shown[w] == nil && c.asked < len(c.t.Requests) {
		q := c.t.Requests[c.asked]
		c.asked++
		if q.After.V != nil || q.Resume.IsSet() || q.EarlyData.V {
			continue
		}
		for _, w := range c.took(q).ways {
			if c.shown[w] == nil {
				c.shown[w] = q
			}
		}
	}
	return c.shown[w]
}

// Fault returns what goes wrong in the course of a request. A request whose lifecycle was
// forgotten is not derived again for it.
func (c *Cache) Fault(q *Request) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.took(q).fault
}

// took returns what is remembered of a request.
func (c *Cache) took(q *Request) took {
	if _, ok := c.takes[q]; !ok {
		c.of(q)
	}
	return c.takes[q]
}
