// Package witness finds the course of a request that demonstrates a finding: the
// shortest of those that the model's own requests take, and of those that can
// be made up for what the finding is about. A finding, a topology and its
// courses go in; it knows no rule but by its code, and no picture.
package witness

import (
	"cmp"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Witness is a course in which a finding can be seen.
type Witness struct {
	Course *flow.Lifecycle
	Step   *flow.Step // at which it can be seen
	Own    bool       // the course is of a request of the model
}

// mostTried is how many requests are made up for one finding.
const mostTried = 100

// Of returns the course that demonstrates a finding, or nil and why there is
// none.
func Of(t *flow.Topology, courses *flow.Cache, d diag.Diagnostic) (*Witness, string) {
	if d.Code < "FL2" || d.Code >= "FL8" {
		return nil, "it is about what is written, not about what happens"
	}
	evidence := evidenceOf()[d.Code]
	if evidence.none != "" {
		return nil, evidence.none
	}
	s := &search{t: t, courses: courses}
	s.concern(d)
	s.collect(d.Code)
	var best *candidate
	for _, c := range s.candidates {
		if c.judge(s, evidence) && (best == nil || c.before(best)) {
			best = c
		}
	}
	if best == nil {
		return nil, "no request of the model comes there, and none can be made up that does"
	}
	return &Witness{best.course, best.step, best.own}, ""
}

// search is what one finding is about, and the courses that may show it.
type search struct {
	t          *flow.Topology
	courses    *flow.Cache
	requests   []*flow.Request
	routes     []*flow.Route
	proxies    []*flow.Proxy
	listeners  []*flow.Listener
	backends   []*flow.Backend
	clients    []*flow.Client
	certs      []*flow.Certificate
	candidates []*candidate

	madeUpSoFar int // requests
}

// concern collects the declarations in which a finding's places stand.
func (s *search) concern(d diag.Diagnostic) {
	places := []source.Span{d.At}
	for _, r := range d.Related {
		places = append(places, r.At)
	}
	in := func(whole source.Span) bool {
		return slices.ContainsFunc(places, whole.Contains)
	}
	s.requests = kept(s.t.Requests, func(q *flow.Request) bool { return in(q.Whole) })
	s.routes = kept(s.t.Routes, func(r *flow.Route) bool { return in(r.Whole) })
	s.backends = kept(s.t.Backends, func(b *flow.Backend) bool { return in(b.Whole) })
	s.clients = kept(s.t.Clients, func(c *flow.Client) bool { return in(c.Whole) })
	s.certs = kept(s.t.Certificates, func(c *flow.Certificate) bool { return in(c.Whole) })
	for _, p := range s.t.Proxies {
		own := kept(p.Listeners, func(l *flow.Listener) bool { return in(l.Whole) })
		s.listeners = append(s.listeners, own...)
		if in(p.Whole) {
			s.proxies = append(s.proxies, p)
		}
	}
}

func kept[T any](all []*T, keep func(*T) bool) []*T {
	var out []*T
	for _, x := range all {
		if keep(x) {
			out = append(out, x)
		}
	}
	return out
}

// collect derives what may show the finding: the requests that it is about, the
// other requests of the model, and requests that are made up for the routes
// that it is about, or that lead over what it is about.
func (s *search) collect(code diag.Code) {
	for _, q := range s.t.Requests {
		if !q.Derived { // those are made up below, for what the finding is about
			s.try(q, true)
		}
	}
	routes := slices.Clone(s.routes)
	for _, r := range s.t.Routes {
		if len(routes) >= mostTried {
			break
		}
		if !slices.Contains(s.routes, r) && s.leadsOver(r) {
			routes = append(routes, r)
		}
	}
	for _, r := range routes {
		if s.madeUpSoFar >= mostTried {
			break
		}
		for _, q := range s.madeUp(r) {
			s.try(q, false)
			if vary := variants()[code]; vary != nil {
				s.try(vary(q), false)
			}
		}
	}
	for _, b := range s.backends {
		s.tryCheck(b)
	}
	for _, r := range s.routes {
		for _, to := range r.Targets {
			if to.Backend != nil {
				s.tryCheck(to.Backend)
			}
		}
	}
}

// leadsOver reports whether a route is one by which a request comes to what the
// finding is about.
func (s *search) leadsOver(r *flow.Route) bool {
	return slices.ContainsFunc(r.Targets, func(to *flow.Target) bool {
		return to.Backend != nil && slices.Contains(s.backends, to.Backend)
	}) || slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool {
		return slices.Contains(s.proxies, p)
	}) || slices.ContainsFunc(s.certs, func(c *flow.Certificate) bool {
		return r.Certificate.V == c || slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool { return shows(p, c) }) ||
			slices.ContainsFunc(r.Targets, func(to *flow.Target) bool { return to.Backend != nil && has(to.Backend.End, c) })
	}) || len(s.clients) > 0
}

func shows(p *flow.Proxy, c *flow.Certificate) bool {
	return slices.ContainsFunc(p.Listeners, func(l *flow.Listener) bool { return has(l.End, c) })
}

func has(e flow.ServerEnd, c *flow.Certificate) bool {
	return slices.ContainsFunc(e.Certificates, func(o flow.Fact[*flow.Certificate]) bool { return o.V == c })
}

// madeUp are requests for a route: as it would be reached, from each client
// that the finding is about, and as somebody who knows its name only asks.
func (s *search) madeUp(r *flow.Route) []*flow.Request {
	var out []*flow.Request
	for _, scheme := range schemes(r) {
		probes := flow.Probes(s.t, r, scheme)
		named := flow.ByName(s.t, r, scheme)
		if named != nil && !slices.ContainsFunc(probes, func(q *flow.Request) bool { return q.Via == named.Via && q.Calls[0].Host == named.Calls[0].Host }) {
			probes = append(probes, named)
		}
		for i, q := range probes {
			out = append(out, q)
			for _, c := range s.clients {
				if i == 0 || q != named {
					other := *q
					other.From = c
					out = append(out, &other)
				}
			}
		}
	}
	return out
}

// schemes are those by which a route is meant to be asked for: plaintext for a
// TLS route only where that is answered.
func schemes(r *flow.Route) []string {
	switch {
	case r.Mode.V == flow.ModeNone:
		return []string{"http"}
	case r.Insecure.V == flow.InsecureNone:
		return []string{"https"}
	}
	return []string{"https", "http"}
}

// tryCheck derives the health check of a backend that says how it is checked.
func (s *search) tryCheck(b *flow.Backend) {
	if !b.Check.IsSet() {
		return
	}
	for _, r := range s.t.Routes {
		for _, to := range r.Targets {
			if to.Backend == b && len(r.Proxies) > 0 {
				s.try(&flow.Request{
					Decl: flow.Decl{Name: "check", Label: "check of " + b.Name}, FromProxy: r.Proxies[0], Check: b,
					RequestFacts: flow.RequestFacts{Times: flow.Default(1)}, Derived: true,
				}, false)
				return
			}
		}
	}
}

// try adds the course of a request to the candidates.
func (s *search) try(q *flow.Request, own bool) {
	var lc *flow.Lifecycle
	if own {
		lc = s.courses.Of(q)
	} else {
		s.madeUpSoFar++
		lc = flow.Derive(s.t, q)
	}
	if len(lc.Steps) > 0 {
		s.candidates = append(s.candidates, &candidate{course: lc, own: own})
	}
}

// candidate is a course that may show a finding, and how well it does.
type candidate struct {
	course *flow.Lifecycle
	own    bool
	step   *flow.Step
	sure   bool // it has what the rule is about, not only the place
	about  int  // how much of what the finding is about it meets
}

// judge reports whether the course shows the finding at all, and notes where.
func (c *candidate) judge(s *search, evidence evidence) bool {
	o := c.course.Outcome
	c.about = c.meets(s)
	switch {
	case c.about == 0:
		return false
	case slices.Contains(evidence.faults, o.Fault) && o.Cause != nil:
		c.step, c.sure = blamed(c.course), true
	case evidence.step != nil:
		if c.step = evidence.step(c.course); c.step == nil {
			return false
		}
		c.sure = true
	case evidence.faults == nil && o.Cause != nil:
		c.step, c.sure = blamed(c.course), true
	case evidence.strict:
		return false
	default:
		c.step = s.first(c.course)
	}
	return c.step != nil
}

// blamed is the first step at which the fault of a course shows: of several
// attempts the outcome blames the last.
func blamed(lc *flow.Lifecycle) *flow.Step {
	if s := find(lc, func(s *flow.Step) bool { return s.Fault == lc.Outcome.Fault }); s != nil {
		return s
	}
	return lc.Outcome.Cause
}

// before orders candidates: what the rule is about, more of what the finding is
// about, the model's own request, the shorter course.
func (c *candidate) before(o *candidate) bool {
	return cmp.Or(
		cmp.Compare(trueFirst[c.sure], trueFirst[o.sure]), cmp.Compare(o.about, c.about), cmp.Compare(trueFirst[c.own], trueFirst[o.own]),
		cmp.Compare(len(c.course.Steps), len(o.course.Steps)),
	) < 0
}

// trueFirst is the order of what is so before what is not.
var trueFirst = map[bool]int{true: 0, false: 1}

// meets counts the declarations of the finding that a course meets.
func (c *candidate) meets(s *search) int {
	n := 0
	count := func(ok bool) {
		if ok {
			n++
		}
	}
	lc := c.course
	for _, q := range s.requests {
		count(lc.Request == q)
	}
	for _, r := range s.routes {
		count(takes(lc, r) || asksFor(lc.Request, r))
	}
	for _, p := range lc.Participants {
		count(slices.Contains(s.proxies, p.Proxy) && p.Proxy != nil)
		count(slices.Contains(s.clients, p.Client) && p.Client != nil)
		count(p.Server != nil && slices.Contains(s.backends, p.Server.Backend))
	}
	for _, x := range lc.Connections {
		count(x.Listener != nil && slices.Contains(s.listeners, x.Listener) && x.Attempt < 2)
	}
	for _, x := range lc.Sessions {
		count(x.Certificate != nil && slices.Contains(s.certs, x.Certificate))
		count(x.ClientCert != nil && slices.Contains(s.certs, x.ClientCert))
	}
	if len(s.requests)+len(s.routes)+len(s.proxies)+len(s.clients)+len(s.backends)+len(s.listeners)+len(s.certs) == 0 {
		return 1 // it is about the model
	}
	return n
}

func takes(lc *flow.Lifecycle, r *flow.Route) bool {
	return slices.ContainsFunc(lc.Exchanges, func(x *flow.Exchange) bool { return x.Route == r }) ||
		slices.ContainsFunc(lc.Connections, func(c *flow.Connection) bool { return c.Route == r })
}

// asksFor reports whether a request is for a route's host and path, whoever
// then takes it.
func asksFor(q *flow.Request, r *flow.Route) bool {
	if len(q.Calls) == 0 || r.HostOn(&flow.Proxy{}) == "" && r.Subdomain.V == "" {
		return false
	}
	return slices.ContainsFunc(append(slices.Clone(r.Proxies), &flow.Proxy{}), func(p *flow.Proxy) bool {
		host := r.HostOn(p)
		return host != "" && flow.HostMatches(host, q.Calls[0].Host) && flow.PathMatches(r.Path.V, q.Calls[0].Path)
	})
}

// first is the first step of a course at which it meets what the finding is
// about: the choice of the route, a message to or from the party.
func (s *search) first(lc *flow.Lifecycle) *flow.Step {
	for _, st := range lc.Steps {
		switch {
		case st.Kind() == flow.Action && (st.Op == flow.OpRoute || st.Op == flow.OpInspectSNI || st.Op == flow.OpChooseServer):
			if len(s.routes) > 0 || len(s.requests) > 0 || st.At.Proxy != nil && slices.Contains(s.proxies, st.At.Proxy) {
				return st
			}
		case st.Op == flow.OpCertificate && len(s.certs) > 0:
			return st
		case st.Kind() == flow.Message && st.Connection.Listener != nil && slices.Contains(s.listeners, st.Connection.Listener) && st.Layer() != flow.LayerTCP,
			st.Kind() == flow.Message && st.To.Server != nil && slices.Contains(s.backends, st.To.Server.Backend):
			return st
		}
	}
	return lc.Steps[0]
}
