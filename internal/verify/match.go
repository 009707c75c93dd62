package verify

import (
	"cmp"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/flowc-lang/flowc/flow"
)

// matcher finds the request of a model that an exchange is.
type matcher struct {
	capture    *Capture
	hops       *hops
	guide      *guide
	weave      *weave
	gaps       *gaps
	courses    *courses
	lifecycles []*flow.Lifecycle        // of the model's requests, in their order, then of checks
	checking   []*flow.Lifecycle        // those of checks
	unasked    map[*flow.Lifecycle]bool // health checks that a backend states and no request is
	done       map[*exchange]bool
	seen       map[*flow.Lifecycle]int  // how many exchanges it was
	listed     map[*flow.Lifecycle]bool // health checks that a request is, of which one is in the report
}

// Verify holds a capture against every request of a model, and against the
// health checks that it states.
func Verify(t *flow.Topology, derive func(*flow.Request) *flow.Lifecycle, c *Capture, mapped map[string]netip.AddrPort) *Report {
	m := &matcher{
		capture: c,
		hops:    findHops(t, mapped), courses: newCourses(derive), unasked: map[*flow.Lifecycle]bool{},
		done: map[*exchange]bool{}, seen: map[*flow.Lifecycle]int{}, listed: map[*flow.Lifecycle]bool{},
	}
	for _, r := range t.Requests {
		m.lifecycles = append(m.lifecycles, derive(r))
	}
	for _, r := range unaskedChecks(t) {
		lc := derive(r)
		m.unasked[lc] = true
		m.lifecycles = append(m.lifecycles, lc)
	}
	for _, lc := range m.lifecycles {
		m.hops.refused(lc, mapped)
		if lc.Request.Check != nil {
			m.checking = append(m.checking, lc)
		}
	}
	m.hops.learn(c.Conns)
	out := &Report{Capture: c, Model: true, ByPort: m.hops.byPort}
	var conns []*joined
	for _, conn := range c.Conns {
		if at := m.hops.of(conn); len(at) > 0 {
			conns = append(conns, &joined{conn: conn, ends: at})
		} else {
			out.Other++
		}
	}
	m.guide = newGuide(m.hops, m.lifecycles, m.asCheck)
	m.weave = join(conns, m.rules())
	m.gaps = newGaps(m.weave)
	m.settle()
	exchanges := m.weave.exchanges()
	c.only.clients = len(exchanges)
	for i, x := range exchanges {
		if c.compared != nil && i%progressEvery == 0 {
			c.compared(i, len(exchanges))
		}
		switch {
		case m.done[x]:
		case !c.only.has(x):
			out.LeftOut++
		case x.Client().blind():
			out.Blind++
		default:
			out.add(m, m.pick(exchanges[i:]))
		}
	}
	out.sort()
	for _, lc := range m.lifecycles {
		if c.only.all() && m.seen[lc] == 0 && !m.unasked[lc] && !lc.Request.Derived {
			out.Unseen = append(out.Unseen, lc.Request.Name)
		}
	}
	return out
}

// rules are what the model says of the capture's connections.
func (m *matcher) rules() rules {
	front := m.isFront
	return rules{
		isClient:  func(j *joined) bool { return j.ends.has(hopListener) && !m.hops.proxies[j.Ends[opener].Addr()] },
		isFront:   front,
		mayFollow: m.hops.mayFollow,
		hints: func(j *joined) hints {
			return hints{m.hops.mutual(j), j.mayBeTwo(m.hops.two(j)), front(j) && !j.ends.has(hopServer) && !m.hops.relays(j)}
		},
		tried:   m.guide.tried,
		isRelay: m.hops.relays,
		fits:    m.guide.fits,
	}
}

// add keeps the results of an exchange. A health check that agrees is only
// counted where no request is that check, or where it came before: a proxy
// checks again and again.
func (r *Report) add(m *matcher, results []*Result) {
	for _, res := range results {
		switch {
		case res.late() || m.orphaned(res):
			r.Late++
			continue
		case m.lacks(res):
			r.Lacking++
			continue
		}
		if len(res.Departures) == 0 && res.base != nil && res.base.Request.Check != nil {
			if m.unasked[res.base] || m.listed[res.base] {
				r.Checks++
				continue
			}
			m.listed[res.base] = true
		}
		r.Results = append(r.Results, res)
	}
}

// lingers is how long a client may keep a connection open that a capture of
// several exchanges ends with.
const lingers = int64(10 * time.Second)

// goesOn takes for unfinished what only lacks the end of connections that are open
// where a capture of more than this exchange ends.
func (r *Result) goesOn(c *Capture) {
	last := int64(0)
	for _, j := range r.Conns {
		for _, e := range j.Events {
			last = max(last, e.Time)
		}
	}
	if len(r.Departures) == 0 || r.cmp == nil || c.only.clients < 2 || last < c.only.end-lingers {
		return
	}
	open := func(d Departure) bool {
		return d.Kind == stepMissing && d.Event == nil && d.Step != nil && ends(d.Step) && r.cmp.joined[d.conn] != nil && !r.cmp.joined[d.conn].closed()
	}
	if i := slices.IndexFunc(r.Departures, func(d Departure) bool { return !open(d) }); i < 0 {
		r.Unfinished += len(r.Departures) + r.Followed
		r.Departures, r.Followed = nil, 0
	}
}

// late reports whether a result differs because its exchange began before the
// capture: what is missing of it, or seems to be too much, may go back to that.
func (r *Result) late() bool {
	middle := slices.ContainsFunc(r.Conns, func(j *joined) bool { return j.Middle && (j.From == nil || !j.Reused) })
	return len(r.Departures) > 0 && middle && len(r.Exposures) == 0 &&
		!slices.ContainsFunc(r.Departures, func(d Departure) bool { return d.Kind == factDifferent })
}

// orphaned reports whether a connection of a proxy for which no client is found can
// be for one whose connection began before the capture.
func (m *matcher) orphaned(r *Result) bool {
	b := r.Client()
	if r.base != nil || m.isFront(b) {
		return false
	}
	return slices.ContainsFunc(m.weave.conns, func(a *joined) bool {
		return a.Middle && (a.shut() == 0 || a.shut() > b.start()) && m.isFront(a) && m.hops.mayFollow(a, b)
	})
}

func (m *matcher) isFront(j *joined) bool { return j.ends.has(hopListener) || j.ends.has(hopInner) }

// sort numbers the results in the order in which their exchanges began.
func (r *Report) sort() {
	slices.SortStableFunc(r.Results, func(a, b *Result) int { return cmp.Compare(a.Client().start(), b.Client().start()) })
	begins := map[*joined]int{}
	for i, res := range r.Results {
		res.N = i + 1
		if c := res.Client(); !c.Reused && c.Kept {
			begins[c.of] = res.N
		} else if c.Reused {
			res.begins = begins[c.of]
		}
	}
}

// unaskedChecks are the health checks that backends state, of each proxy that
// sends requests there, as requests: a proxy makes them whatever else it does.
func unaskedChecks(t *flow.Topology) []*flow.Request {
	serves := services(t)
	var out []*flow.Request
	for _, p := range t.Proxies {
		for _, b := range t.Backends {
			asked := slices.ContainsFunc(t.Requests, func(r *flow.Request) bool { return r.FromProxy == p && r.Check == b })
			if b.Check.V.Kind == "" || asked || !serves[service{p, b}] {
				continue
			}
			out = append(out, &flow.Request{Decl: flow.Decl{Name: "check of " + b.Name, At: b.Check.At}, FromProxy: p, Check: b})
		}
	}
	return out
}

// blind reports whether bytes were sent and nothing of them can be read.
func (c *conn) blind() bool {
	return c.Lost[opener]+c.Lost[acceptor] > 0 &&
		!slices.ContainsFunc(c.Events, func(e *event) bool { return e.Layer() != flow.LayerTCP })
}

// mayFollow reports whether a proxy at which a may end opens connections like b.
func (h *hops) mayFollow(a, b *joined) bool {
	for _, from := range a.ends {
		if from.proxy == nil {
			continue
		}
		if slices.ContainsFunc(b.ends, func(to *hop) bool { return h.opens(from, to) }) {
			return true
		}
	}
	return false
}

// opens reports whether the proxy at a hop opens connections to another one.
func (h *hops) opens(from, to *hop) bool {
	switch to.kind {
	case hopInner:
		return from.kind == hopListener && from.proxy == to.proxy
	case hopServer:
		return h.serves[service{from.proxy, to.server.Backend}]
	case hopListener:
		return from.proxy != to.proxy
	case hopNone:
	}
	panic("verify: a hop of no kind")
}

// picked is the best result for an exchange, and the exchanges that it took: a
// request may open several connections of its client.
type picked struct {
	*Result
	taken []*exchange
}

// pick finds the request that an exchange is most like, and those that the
// health checks are which fell into its time: who a connection of a proxy was
// opened for is a guess where nothing but its time says so.
func (m *matcher) pick(ahead []*exchange) []*Result {
	var checks []*Result
	without := map[*joined]bool{}
	best := m.best(ahead, without)
	for better := true; better && len(best.Departures) > 0; {
		better = false
		for _, j := range best.Conns[1:] {
			check := m.check(j)
			if check == nil {
				continue
			}
			without[j] = true
			if alone := m.best(ahead, without); alone.better(best.Result) {
				best, better = alone, true
				checks = append(checks, check)
				break
			}
			delete(without, j)
		}
	}
	out := append([]*Result{best.Result}, checks...)
	if series := m.series(ahead[0]); len(best.Departures) > 0 && len(series) > 1 && departure(series) > best.Departures[0].order {
		out, best.taken = series, ahead[:1]
	}
	for i, y := range best.taken {
		m.done[y] = true
		if i > 0 {
			y.Client().By = byFollow
		}
	}
	for _, res := range out {
		res.goesOn(m.capture)
		m.advise(res)
		m.decide(res)
		res.finish()
		m.seen[res.base]++
	}
	return out
}

// series are the requests that a client makes on one connection, each held
// against the requests of the model by itself; none where there is one alone.
func (m *matcher) series(x *exchange) []*Result {
	c := x.Client()
	if c.calls < 2 || c.of == nil || c.Reused || c.Kept {
		return nil
	}
	turns := m.weave.turns[c.of]
	if turns[0].loose && turns[0].hidden {
		return nil // what looks like several may be one
	}
	var out []*Result
	for i, t := range turns {
		if t.answered == 0 && i < len(turns)-1 {
			return nil // a client that asks again before the answer does not begin anew
		}
		one := m.weave.exchange(c.of, []*turn{t})
		out = append(out, m.best([]*exchange{one}, nil).Result)
	}
	return out
}

// departure is the order of the first departure of several results; the largest
// number where they agree.
func departure(results []*Result) int {
	out := math.MaxInt
	for _, r := range results {
		if len(r.Departures) > 0 {
			out = min(out, r.Departures[0].order)
		}
	}
	return out
}

// check returns what a connection to a server is as a health check, with which
// it agrees; nil where it is none.
func (m *matcher) check(j *joined) *Result {
	if j.By != byTime {
		return nil
	}
	return m.asCheck(j)
}

// asCheck is the health check that a connection to a server agrees with on its own; nil
// for none.
func (m *matcher) asCheck(j *joined) *Result {
	if !j.ends.has(hopServer) {
		return nil
	}
	alone := &joined{conn: j.conn, ends: j.ends, Reused: j.Reused, Kept: j.Kept, calls: j.calls, of: j.of}
	for _, lc := range m.checking {
		if !m.hops.fits(lc, alone) {
			continue
		}
		if c := m.courses.compare(lc, []*joined{alone}); len(c.out) == 0 {
			return newResult(&exchange{Conns: c.conns}, lc, c)
		}
	}
	return nil
}

// best is the request that an exchange agrees with, else the one from which it
// departs last. Of those that it is equally like it is the one that was seen
// least.
func (m *matcher) best(ahead []*exchange, without map[*joined]bool) picked {
	var best picked
	for _, lc := range m.guide.sameName(ahead[0].Client()) {
		taken := m.take(lc, ahead)
		if !m.hops.fits(lc, taken[0].Client()) {
			continue
		}
		var conns []*joined
		for _, x := range taken {
			conns = append(conns, x.Conns...)
		}
		conns = slices.DeleteFunc(conns, func(j *joined) bool { return without[j] })
		slices.SortStableFunc(conns[1:], func(a, b *joined) int { return cmp.Compare(a.start(), b.start()) })
		res := newResult(&exchange{Conns: conns}, lc, m.courses.compare(lc, conns))
		if best.Result == nil || res.better(best.Result) || !best.better(res) && m.seen[lc] < m.seen[best.base] {
			best = picked{res, taken}
		}
	}
	if best.Result == nil {
		best = picked{unasked(ahead[0]), ahead[:1]}
	}
	return best
}

// unasked is an exchange that no request of the model can be.
func unasked(x *exchange) *Result {
	out := &Result{exchange: &exchange{Conns: x.Conns}}
	out.Departures = []Departure{{
		Kind: messageExtra, Event: firstEvent(x.Conns[0].conn), order: x.Conns[0].start(),
		Text: fmt.Sprintf("no request of the model opens a connection to %s from %s", x.Client().ends.name(), x.Client().Ends[opener].Addr()),
	}}
	return out
}

// finish says what the result is beside its messages, and keeps of many
// exchanges only what a report needs.
func (r *Result) finish() {
	r.Observed, r.Resumed = observed(r.Conns), resumedSides(r.Conns)
	r.Declared, r.DeclaredAt = r.declared()
	r.otherMode()
	if r.cmp != nil {
		r.cmp.at, r.cmp.encrypted, r.cmp.byOrder, r.cmp.joined = nil, nil, nil, nil
	}
}

func firstEvent(c *conn) *event {
	if len(c.Events) == 0 {
		return nil
	}
	return c.Events[0]
}

// take returns the exchanges that a request makes up: one for each connection
// that its client opens, where the next one leads where that does and begins
// when the one before it was answered.
func (m *matcher) take(lc *flow.Lifecycle, ahead []*exchange) []*exchange {
	out := []*exchange{ahead[0]}
	looked := 0
	for _, d := range lc.Connections[1:] {
		if d.From.Kind != flow.KindClient {
			continue
		}
		before := out[len(out)-1].Client()
		for _, x := range ahead[1:] {
			if looked++; looked > maxAhead {
				return out
			}
			if !slices.Contains(out, x) && !m.done[x] && m.follows(before, x.Client()) && x.Client().ends.accept(d) && sameSNI(lc, d, x.Client()) {
				out = append(out, x)
				break
			}
		}
	}
	return out
}

// maxAhead is how many exchanges are looked at for the other connections of a
// client.
const maxAhead = 4096

// follows reports whether a client can have opened one connection after what
// came on another one.
func (m *matcher) follows(before, c *joined) bool {
	if before.Ends[opener].Addr() != c.Ends[opener].Addr() {
		return false
	}
	asked := before.start()
	for _, e := range before.Events {
		if e.From == acceptor && e.Layer() != flow.LayerTCP {
			return c.start() > e.Order
		}
	}
	return c.start() > asked
}

// sameSNI reports whether a connection asks for the name that a derived one
// does, as far as both do.
func sameSNI(lc *flow.Lifecycle, d *flow.Connection, j *joined) bool {
	s := sessionOn(lc, d)
	return s == nil || !j.hello() || strings.EqualFold(s.SNI, j.TLS.SNI)
}

// fits reports whether a connection can begin a request at all: by who opens
// it and where it leads.
func (h *hops) fits(lc *flow.Lifecycle, j *joined) bool {
	if len(lc.Connections) == 0 {
		return false
	}
	first := lc.Connections[0]
	if !j.ends.accept(first) {
		return false
	}
	return h.from(first, j)
}

// from reports whether a derived connection can be opened from where one of the
// capture is: a client whose address is known has that. Where a PROXY header comes
// first, the address is the one in it, and a balancer opens the connection.
func (h *hops) from(d *flow.Connection, j *joined) bool {
	if d.From.Kind != flow.KindClient {
		return true
	}
	prefix, known := h.clients[d.From.ID]
	if known && j.Header != nil && d.From.Client.SendsProxy(d.Listener) != 0 {
		return !j.origin().IsValid() || prefix.Contains(j.origin())
	}
	return !known || prefix.Contains(j.Ends[opener].Addr())
}

func newResult(x *exchange, lc *flow.Lifecycle, c *comparison) *Result {
	res := &Result{exchange: x, base: lc, Lifecycle: c.lc, Departures: c.out, Followed: c.followed, Unfinished: c.open, cmp: c}
	for _, e := range c.lc.Exchanges {
		if e.Route != nil {
			res.Route = e.Route
		}
	}
	named := map[*flow.Step]bool{}
	for _, s := range c.events {
		named[s] = true
	}
	for s := range c.at {
		if named[s] {
			res.Seen++
		} else {
			res.Encrypted++
		}
	}
	res.Exposures = c.exposures()
	return res
}

// better reports whether a result says more than another one about what the
// exchange is.
func (r *Result) better(o *Result) bool {
	switch {
	case len(r.Departures) == 0 || len(o.Departures) == 0:
		return len(r.Departures) == 0 && (len(o.Departures) > 0 || r.Seen > o.Seen)
	case r.Departures[0].order != o.Departures[0].order:
		return r.Departures[0].order > o.Departures[0].order
	}
	return len(r.Departures) < len(o.Departures)
}
