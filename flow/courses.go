package flow

import (
	"slices"
	"strings"
	"sync"
)

// Courses derives lifecycles of one topology. It remembers the last ones, and
// those that other requests come after; what was forgotten is derived again. It
// also remembers which routes the requests take. It is safe for concurrent use.
type Courses struct {
	t      *Topology
	mu     sync.Mutex
	known  map[*Request]*Lifecycle
	recent []*Request               // of those in known that may be forgotten, the oldest first
	before func() map[*Request]bool // the requests that others come after
	takes  map[*Request][]way
	probes map[way]*Request
	shown  func() map[way]*Request // the model's first request that takes each way
}

// way is a route and the scheme by which it is asked for.
type way struct {
	route  *Route
	scheme string
}

// maxRecent is how many lifecycles are remembered. The pictures of a model with
// some dozens of requests are drawn view by view, each of every request.
const maxRecent = 256

// NewCourses returns the courses of a topology; nothing is derived yet.
func NewCourses(t *Topology) *Courses {
	c := &Courses{t: t, known: map[*Request]*Lifecycle{}, takes: map[*Request][]way{}, probes: map[way]*Request{}}
	c.before = sync.OnceValue(func() map[*Request]bool {
		out := map[*Request]bool{}
		for _, q := range t.Requests {
			if q.After.V != nil {
				out[q.After.V] = true
			}
		}
		return out
	})
	c.shown = sync.OnceValue(c.showRequests)
	return c
}

// Of returns the lifecycle of a request.
func (c *Courses) Of(r *Request) *Lifecycle {
	c.mu.Lock()
	defer c.mu.Unlock()
	var missing []*Request
	for q := r; q != nil && c.known[q] == nil && !slices.Contains(missing, q); q = q.After.V {
		missing = append(missing, q)
	}
	lc := derive(c.t, r, c.known)
	for _, q := range slices.Backward(missing) {
		c.remember(q, c.known[q])
	}
	return lc
}

// remember notes what a lifecycle that was just derived is asked for, and
// forgets the oldest one where they are too many.
func (c *Courses) remember(q *Request, lc *Lifecycle) {
	if _, ok := c.takes[q]; !ok {
		c.takes[q] = nil
		for _, x := range lc.Exchanges {
			if w := (way{x.Route, x.Call.Scheme}); x.Route != nil && !slices.Contains(c.takes[q], w) {
				c.takes[q] = append(c.takes[q], w)
			}
		}
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
// is nil where no client can come to the route by that scheme.
func (c *Courses) Route(r *Route, scheme string) *Lifecycle {
	if q := c.Showing(r, scheme); q != nil {
		return c.Of(q)
	}
	return nil
}

// Showing returns the request that shows a route by a scheme, http or https:
// the model's first one that took it, else one of its own (Probe). It is nil
// where no client can come to the route by that scheme.
func (c *Courses) Showing(r *Route, scheme string) *Request {
	w := way{r, scheme}
	if q := c.shown()[w]; q != nil {
		return q
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q, ok := c.probes[w]
	if !ok {
		q = Probe(c.t, r, scheme)
		c.probes[w] = q
	}
	return q
}

// showRequests finds the first request of the model that took each route. One
// that comes after another, or resumes a session, shows too little of a route:
// connections without SYN, handshakes without certificates.
func (c *Courses) showRequests() map[way]*Request {
	shown := map[way]*Request{}
	for _, q := range c.t.Requests {
		if q.After.V != nil || q.Resume.IsSet() || q.EarlyData.V {
			continue
		}
		for _, w := range c.taken(q) {
			if shown[w] == nil {
				shown[w] = q
			}
		}
	}
	return shown
}

// taken returns the ways that a request takes.
func (c *Courses) taken(q *Request) []way {
	c.mu.Lock()
	ways, ok := c.takes[q]
	c.mu.Unlock()
	if !ok {
		c.Of(q)
		return c.taken(q)
	}
	return ways
}

// AnyHost is the host that a Probe names where its route takes every host: one
// that nobody has (RFC 6761, 6.4).
const AnyHost = "any.invalid"

// Probe returns a request that would reach a route by a scheme: from the first
// client, through the proxy at which its traffic enters. nil where there is no
// way in.
func Probe(t *Topology, r *Route, scheme string) *Request {
	if len(r.Proxies) == 0 {
		return nil
	}
	return t.probe(r, r.doors()[0], scheme)
}

// probe is Probe by way of one of the proxies that serve the route.
func (t *Topology) probe(r *Route, at *Proxy, scheme string) *Request {
	if len(t.Clients) == 0 {
		return nil
	}
	host := strings.Replace(r.HostOn(at), "*", "any", 1)
	if host == "" {
		host = AnyHost
	}
	port := t.portFor(at, r, scheme)
	for seen := map[*Proxy]bool{}; !seen[at]; {
		seen[at] = true
		if up, p := t.before(at, port); up != nil {
			at, port = up, p
		}
	}
	if port == 0 {
		return nil
	}
	q := &Request{
		Decl: Decl{Name: r.Name, Origin: OriginSupplied}, From: t.Clients[0], Via: at, Derived: true,
		RequestFacts: RequestFacts{
			Calls: []Call{{Method: "GET", Scheme: scheme, Host: host, Port: port, Path: orRoot(r.Path.V)}},
			Times: Default(1),
		},
	}
	if !isAddress(host) && r.SNI.V != SNINone {
		q.SNI.V = host
	}
	for _, m := range r.Matches {
		if m.Kind == "cookie" {
			q.Fields = append(q.Fields, HeaderField{"Cookie", m.Name + "=" + m.Value})
		} else {
			q.Fields = append(q.Fields, HeaderField{m.Name, m.Value})
		}
	}
	return q
}

// doors are the proxies to which the route's host leads, among those that serve
// it; all of them where no domain says so.
func (r *Route) doors() []*Proxy {
	var out []*Proxy
	for _, p := range r.Proxies {
		if slices.ContainsFunc(p.Domains, func(d Fact[string]) bool {
			return InDomain(d.V, strings.TrimPrefix(r.HostOn(p), "*."))
		}) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return r.Proxies
	}
	return out
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// portFor is the port of a proxy at which a scheme's traffic of a route comes
// in; 0 for none.
func (t *Topology) portFor(p *Proxy, r *Route, scheme string) int {
	kinds := map[string][]ListenKind{"http": {ListenHTTP, ListenTCP}, "https": {ListenHTTPS, ListenTCP}}[scheme]
	for _, k := range kinds {
		for _, l := range p.Listeners {
			if l.Kind == k && r.Serves(l) {
				return l.Port
			}
		}
	}
	return 0
}

// before returns a proxy that sends what comes to one of its ports on to port
// of p, and its own port; nil where none does.
func (t *Topology) before(p *Proxy, port int) (*Proxy, int) {
	for _, r := range t.leadingTo(p) {
		for _, to := range r.Targets {
			if to.Proxy != p {
				continue
			}
			for _, up := range r.Proxies {
				for _, l := range up.Listeners {
					if r.Serves(l) && (to.Port == port || to.Port == 0 && l.Port == port) {
						return up, l.Port
					}
				}
			}
		}
	}
	return nil, 0
}

// Entry returns the proxy to which a client's traffic for a host goes: the one
// with the longest domain over it, else the only one that no route points to.
// It is nil where neither decides.
func (t *Topology) Entry(host string) *Proxy {
	doors, domain := t.Doors(host)
	if domain == "" && len(doors) > 1 || len(doors) == 0 {
		return nil
	}
	return doors[0]
}

// Doors returns the proxies to which a client's traffic for a host can go:
// those with the longest domain over it, and that domain, else those that no
// route points to.
func (t *Topology) Doors(host string) (doors []*Proxy, domain string) {
	if doors, domain = t.Over(host); domain != "" {
		return doors, domain
	}
	for _, p := range t.Proxies {
		if len(t.leadingTo(p)) == 0 {
			doors = append(doors, p)
		}
	}
	return doors, ""
}

// Over returns the proxies with the longest domain over a host, and that
// domain; several where they say the same, none and "" where none has one.
func (t *Topology) Over(host string) (proxies []*Proxy, domain string) {
	for _, p := range t.Proxies {
		for _, d := range p.Domains {
			switch {
			case !InDomain(d.V, host) || len(d.V) < len(domain):
			case len(d.V) > len(domain):
				proxies, domain = []*Proxy{p}, d.V
			case !slices.Contains(proxies, p):
				proxies = append(proxies, p)
			}
		}
	}
	return proxies, domain
}
