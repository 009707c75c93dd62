package flow

import (
	"context"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/blocks"
)

// Paths are the ways that bytes can take through a topology, in classes. The derivation cannot
// distinguish the paths of a class, so one lifecycle is derived per class.
type Paths struct {
	All        []*Path     // of the model's requests, then of what flowc asks for each route, in their order
	Classes    []*Class    // in the order of their first paths
	Handshakes []Handshake // each certificate with the end that verifies it, each once
	Unled      []Unled     // in the order of the routes

	asked asked // what flowc asks for
	kinds map[*Client]int
}

// Kind is the number of a client's kind: clients of one kind have the same outcome at every proxy
// that they can reach.
func (p *Paths) Kind(c *Client) int { return p.kinds[c] }

// Unled is a route at a port to which other proxies send, and none of their
// routes leads there what the route is for.
type Unled struct {
	Route *Route
	At    *Listener
}

// FindPaths follows every way: of the model's requests, except those that are to be left out, and
// of the requests that flowc makes for each route through each port that clients connect to, over
// every target. If the context ends, it returns nil.
func FindPaths(ctx context.Context, t *Topology, leaveOut func(*Request) bool) *Paths {
	f := newPathFinder(t)
	n := len(t.Routes) // there is about one handshake for each
	f.met, f.on, f.out.Handshakes = make(map[meeting]int, n), make([][]*Path, 0, n), make([]Handshake, 0, n)
	for _, q := range t.Requests {
		if ctx.Err() != nil {
			return nil
		}
		if q.From != nil && q.Via != nil && len(q.Calls) > 0 && !q.Derived && !leaveOut(q) {
			f.request(q)
		}
	}
	for _, r := range t.Routes {
		if ctx.Err() != nil {
			return nil
		}
		for _, a := range f.asksFor(r) {
			f.follow(a, f.t.clientsFor(r, Head{Source: a.source}, f.clientsAt(a.Via.Proxy)))
		}
	}
	for i := range f.on {
		f.out.Handshakes[i].Paths = f.on[i]
	}
	return f.out
}

// pathFinder follows paths and puts them into classes.
type pathFinder struct {
	t       *Topology
	out     *Paths
	shapes  *shapes
	classes map[string]*Class
	met     map[meeting]int     // the handshake of each, from 1
	on      [][]*Path           // the paths of each handshake
	before  map[*Proxy][]*Proxy // those that send to a proxy
	led     map[ledTo]bool
	clients map[*Proxy][]*Client
	// of each proxy, the routes that send their requests on with another host
	rehosting map[*Proxy]map[string][]*Route
	made      *Ask // what shared asks for
	shared    *Request
	redirects redirections // of the request that is followed
	w         walker
	key       []byte

	in      waysIn // of one route
	toAsk   []*Ask // for it
	ask     *Ask   // what is followed, from which clients
	from    []*Client
	offered string // by the client, as ALPN

	asks  blocks.Of[Ask]
	paths blocks.Of[Path]
	hops  blocks.Of[Hop]
	forks blocks.Of[fork]
	of    blocks.Of[*Class]
	first blocks.Of[*Path]
}

// meeting is what tells handshakes apart: of those that flowc asks for, one that
// a request of the model brings about is not said again.
type meeting struct {
	client   *Client
	proxy    *Proxy
	opened   *Route
	route    *Route
	listener *Listener
	backend  *Backend
	sni      string
	name     string
}

func (f *pathFinder) prepare() {
	for _, p := range f.t.Proxies {
		f.before[p] = f.t.proxiesBefore(p)
	}
	f.led = map[ledTo]bool{}
	for _, p := range f.t.Proxies {
		f.lead(p)
	}
	f.out.asked.prepare(f.t)
	f.out.kinds = make(map[*Client]int, len(f.t.Clients))
	kinds := map[string]int{}
	for _, c := range f.t.Clients {
		kind := f.shapes.kind(c)
		if _, ok := kinds[kind]; !ok {
			kinds[kind] = len(kinds)
		}
		f.out.kinds[c] = kinds[kind]
	}
	f.clients = map[*Proxy][]*Client{}
	f.rehost()
	f.w.t, f.w.shook, f.w.found = f.t, f.shook, f.found
}

// clientsAt are the clients that can reach a proxy, one of each kind.
func (f *pathFinder) clientsAt(p *Proxy) []*Client {
	if known, ok := f.clients[p]; ok {
		return known
	}
	var out []*Client
	seen := map[int]bool{}
	for _, c := range f.t.Clients {
		if !p.ReachedFrom(c.Zone) {
			continue
		}
		if kind := f.out.kinds[c]; !seen[kind] {
			seen[kind] = true
			out = append(out, c)
		}
	}
	f.clients[p] = out
	return out
}

// ReachedFrom reports whether connections from a zone can reach the proxy.
// Where nothing is stated they can.
func (p *Proxy) ReachedFrom(z *Zone) bool {
	return z == nil || len(p.From) == 0 || slices.ContainsFunc(p.From, func(from Fact[*Zone]) bool { return from.V == z })
}

// request follows each call of a request of the model, and the redirects that it
// follows.
func (f *pathFinder) request(q *Request) {
	for _, call := range q.Calls {
		f.call(q, clientCall{Call: call, via: q.Via})
	}
}

func (f *pathFinder) call(q *Request, c clientCall) {
	via := c.via.Listens(c.Port)
	if via == nil {
		return
	}
	a := &Ask{Request: q, Via: via, Call: c.Call, fields: q.sent(), stated: q.sniOf(c.Call)}
	a.NoSNI = a.stated == ""
	if q.HostField.IsSet() {
		a.host = q.HostField.V
	}
	f.redirects = nil
	f.follow(a, []*Client{q.From})
	if !q.Follow.V {
		return
	}
	for _, at := range f.redirects {
		if to := c.sentTo(at, f.t, q); !to.sentBack() && to.leadsOn(f.t) {
			f.call(q, to)
		}
	}
}

// follow walks every way of what is asked for. Where routes are chosen by the client's
// address, each goes its own way.
func (f *pathFinder) follow(a *Ask, clients []*Client) {
	if f.shapes.sources && len(clients) > 1 {
		for i := range clients {
			f.follow(a, clients[i:i+1])
		}
		return
	}
	if len(clients) == 0 {
		return // no client reaches the port
	}
	f.ask, f.from, f.offered, f.w.ask = a, clients, "", a
	if !a.Call.InClear() {
		f.offered = strings.Join(a.Via.alpnAhead(Head{Host: a.sni(), Source: clients[0].Address.V}), " ")
	}
	f.w.start(clients[0])
}

// found notes a path, and puts it into its classes.
func (f *pathFinder) found(end PathEnd, at *Listener, r *Route) {
	a, p := f.ask, f.paths.One()
	*p = Path{
		Ask: a, First: f.w.first, Hops: f.hops.Copy(f.w.hops), End: end, At: at, Route: r,
		Clients: f.from, Classes: f.of.Make(len(f.from)), forks: f.forks.Copy(f.w.forks),
	}
	f.w.count++
	back := end == EndRedirect && f.redirects.add(p, f.w.head)
	f.out.All = append(f.out.All, p)
	if p.First && a.Request == nil && f.out.asked.all[a.n].first == nil { // of the first client
		f.out.asked.all[a.n].first = p
	}
	for _, m := range f.w.meets {
		if f.on[m] == nil {
			f.on[m] = f.first.Make(1)[:0]
		}
		f.on[m] = append(f.on[m], p)
	}
	f.key = f.shapes.path(f.key[:0], p, f.w.met)
	f.key = appendBool(f.key, end == EndNoRoute && r == nil && f.w.shut, back)
	f.key = append(f.key, f.offered...)
	n := len(f.key)
	for i, c := range f.from {
		f.key = f.shapes.from(f.key[:n], p, f.w.met, c)
		cl := f.classes[string(f.key)]
		if cl == nil {
			cl = newClass(f.t, p, c)
			f.classes[string(f.key)] = cl
			f.out.Classes = append(f.out.Classes, cl)
		}
		cl.Count++
		p.Classes[i] = cl
	}
}

// redirections are where a request is redirected.
type redirections []Redirection

// add notes where a path redirects what is asked for, whose head is as it came to the
// last proxy, and reports whether that is what was asked for.
func (x *redirections) add(p *Path, h Head) (back bool) {
	q := p.Ask.Request
	if q == nil {
		q = &Request{}
	}
	at := q.redirection(p.At, p.Route, p.Ask.Call, h)
	if !slices.Contains(*x, at) && p.Ask.Request != nil {
		*x = append(*x, at)
	}
	to := p.Ask.Call
	to.Scheme, to.Host, to.Port = at.resolved(p.Ask.Call)
	return p.Route.Redirect.IsSet() && sameAuthority(to, p.Ask.Call) && at.Path == p.Ask.Call.Path
}

// shook notes a handshake, the first of its kind, and returns its number. Of several
// requests that bring it about, it is of the first that does not expect to fail.
func (f *pathFinder) shook(h *Handshake) int {
	a := f.ask
	m := meeting{h.Client, h.Proxy, h.Opened, h.Route, h.Listener, h.Backend, h.SNI, h.Name}
	visit := meeting{proxy: h.Proxy, opened: h.Opened, route: h.Route, listener: h.Listener, backend: h.Backend}
	if n := f.met[m]; n != 0 {
		if of := &f.out.Handshakes[n-1]; a.Request != nil && !a.Request.ExpectsFailure() && of.Request.ExpectsFailure() {
			of.Request = a.Request
		}
		return n - 1
	}
	if n := f.met[visit]; n != 0 && a.Request == nil {
		return n - 1
	}
	h.Request = f.requestOf(a)
	f.out.Handshakes, f.on = append(f.out.Handshakes, *h), append(f.on, nil)
	f.met[m] = len(f.on)
	if a.Request != nil {
		f.met[visit] = len(f.on)
	}
	return len(f.on) - 1
}

// requestOf is the request from the first client: the topology's own, where that
// asks the same. A large model has one for each route.
func (f *pathFinder) requestOf(a *Ask) *Request {
	if a.Request != nil {
		return a.Request
	}
	if f.made != a || f.shared.From != f.w.client {
		f.made, f.shared = a, f.out.asked.all[a.n].own
		if f.shared == nil || f.shared.From != f.w.client {
			f.shared = a.request(f.w.client)
		}
	}
	return f.shared
}
