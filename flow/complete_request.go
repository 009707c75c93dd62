package flow

import (
	"cmp"
	"slices"
	"strings"
)

// asking is a request while its ends are looked for.
type asking struct {
	*Request
	draft *RequestDraft
	from  node // what From names; empty where it names nothing
}

func (c *completion) declareRequest(d *RequestDraft) {
	q := &asking{Request: &Request{Decl: made(d.Decl), RequestFacts: d.RequestFacts}, draft: d}
	fill(&q.Times, 1)
	if c.requests.bind(c, DeclRequest, q.Name, q.At, q.Request) {
		c.asked = append(c.asked, q)
	}
	if d.Incomplete {
		c.incomplete[q.Request] = true
	}
	c.later(func() {
		q.Calls = c.calls(d.Calls)
		c.findEnds(q)
	})
}

// defaultPorts of the schemes that have one.
var defaultPorts = map[string]int{"http": 80, "https": 443, "tls": 443}

// calls completes what a request asks for, which leads to one port only.
func (c *completion) calls(all []Call) []Call {
	var out []Call
	for _, x := range all {
		x.Scheme = cmp.Or(x.Scheme, "https")
		x.Port = cmp.Or(x.Port, defaultPorts[x.Scheme])
		x.Path = cmp.Or(x.Path, "/")
		x.Method = cmp.Or(x.Method, map[bool]string{true: "CONNECT", false: "GET"}[x.Scheme == "tls"])
		if len(out) > 0 && (out[0].Scheme != x.Scheme || out[0].Port != x.Port) {
			c.report(Mistake{Kind: MistakeOtherPort, At: x.At, Related: out[0].At, Name: out[0].Scheme, Ports: []int{out[0].Port}})
			continue
		}
		out = append(out, x)
	}
	return out
}

// settleRequests finds where each request comes from and goes to. One that
// cannot be made is left out; a model that has none gets its own.
func (c *completion) settleRequests() {
	for _, q := range c.asked {
		if c.settleRequest(q) {
			c.t.Requests = append(c.t.Requests, q.Request)
			c.made[q.Request] = true
		}
	}
	for _, q := range c.asked {
		if o := find(c, c.requests, q.draft.After); c.made[o.V] {
			q.After = o
		}
	}
	c.breakRequestCircles()
	if !c.declared[DeclRequest] {
		c.deriveRequests()
	}
}

// findEnds finds what from, via and check name. This happens before a client
// and a proxy are supplied, so that they get the names that requests use.
func (c *completion) findEnds(q *asking) {
	d, kinds := q.draft, []DeclKind{DeclClient, DeclProxy}
	if d.Check.V != "" {
		kinds = []DeclKind{DeclProxy, DeclClient}
		if n, ok := c.needNode(d.Check, DeclBackend); ok {
			q.Check = n.backend
		}
	}
	if d.From.V != "" {
		q.from, _ = c.needNode(d.From, kinds...)
	}
	if d.Via.V != "" {
		if n, ok := c.needNode(d.Via, DeclProxy); ok {
			q.Via, q.ViaAt, q.ViaStated = n.proxy, d.Via.At, true
		}
	}
}

// settleRequest reports whether the request can be made.
func (c *completion) settleRequest(q *asking) bool {
	for _, e := range q.draft.Expect {
		x := Expect{Ending: e.Ending, At: e.At}
		if e.From.V != "" {
			x.From, _ = c.findParty(e.From)
		}
		q.Expect = append(q.Expect, x)
	}
	if q.draft.Check.V != "" || q.from.proxy != nil {
		return c.settleCheck(q)
	}
	q.From = c.t.Clients[0]
	if q.from.client != nil {
		q.From = q.from.client
	}
	if len(q.Calls) == 0 {
		if !c.incomplete[q.Request] {
			c.report(Mistake{Kind: MistakeNothingAsked, At: q.At, Decl: q.Name})
		}
		return false
	}
	q.fillHello()
	c.findVia(q, q.Calls[0].Host)
	return true
}

// fillHello fills in what the client says in its ClientHello, of which the
// request says nothing.
func (q *Request) fillHello() {
	fill(&q.TLS, q.From.End.TLS.V)
	fill(&q.SNI, SNIOf(q.Calls[0].Host))
}

// SNIOf is the SNI for a host: none for an address (RFC 6066, 3).
func SNIOf(host string) string {
	if isAddress(host) {
		return ""
	}
	return host
}

// settleCheck settles a health check, which is from a proxy and of a backend
// that says how it is checked.
func (c *completion) settleCheck(q *asking) bool {
	d, p := q.draft, Mistake{}
	switch {
	case d.Check.V == "":
		p = Mistake{Kind: MistakeProxyAsks, At: d.From.At, Name: d.From.V}
	case q.from.client != nil:
		p = Mistake{Kind: MistakeClientChecks, At: d.From.At, Related: q.from.client.At, Name: d.From.V}
	case len(q.Calls) > 0:
		p = Mistake{Kind: MistakeCheckAsks, At: q.Calls[0].At, Related: d.Check.At}
	case q.Check == nil:
		return false
	case !q.Check.Check.IsSet() && !c.incomplete[q.Check]:
		p = Mistake{Kind: MistakeNotChecked, At: d.Check.At, Related: q.Check.At, Name: d.Check.V}
	case d.From.V == "" && len(c.t.Proxies) > 1:
		p = Mistake{Kind: MistakeCheckFrom, At: q.At, Decl: q.Name, Names: proxyNames(c.t.Proxies)}
	}
	q.FromProxy = c.t.Proxies[0]
	if q.from.proxy != nil {
		q.FromProxy = q.from.proxy
	}
	if p.Kind != 0 {
		c.report(p)
	}
	return p.Kind == 0
}

// findVia finds the proxy that a request goes to: its via, else the proxy with
// the longest domain over the host or the one in front of it, else the only one
// that no route points to.
func (c *completion) findVia(q *asking, host string) {
	if q.Via != nil {
		return
	}
	candidates, domain := c.t.EntryProxies(host)
	byDomain := domain != ""
	if !byDomain {
		candidates = c.outer
	}
	if len(candidates) == 0 { // in a circle, which was reported
		candidates = c.t.Proxies[:1]
	}
	q.Via = candidates[0]
	if len(candidates) > 1 && q.draft.Via.V == "" && !c.mayGoElsewhere() {
		c.report(Mistake{Kind: MistakeUnclearWay, At: q.At, Decl: q.Name, Names: proxyNames(candidates), ByDomain: byDomain})
	}
}

// mayGoElsewhere reports whether a proxy or a route lost a statement, which may
// have said where requests go.
func (c *completion) mayGoElsewhere() bool {
	if len(c.incomplete) == 0 {
		return c.lost.File
	}
	return c.lost.File ||
		slices.ContainsFunc(c.t.Proxies, func(p *Proxy) bool { return c.incomplete[p] }) ||
		slices.ContainsFunc(c.t.Routes, func(r *Route) bool { return c.incomplete[r] })
}

// breakRequestCircles reports requests that come after themselves and takes the
// last link out of each circle.
func (c *completion) breakRequestCircles() {
	done := map[*Request]bool{}
	for _, q := range c.t.Requests {
		var way []*Request
		on := map[*Request]bool{} // the way
		for at := q; at != nil && !done[at]; at = at.After.V {
			way = append(way, at)
			on[at] = true
			if next := at.After.V; next != nil && on[next] {
				var names []string
				for _, o := range way[slices.Index(way, next):] {
					names = append(names, o.Name)
				}
				c.report(Mistake{Kind: MistakeRequestCircle, At: at.After.At, Names: append(names, next.Name)})
				at.After = Fact[*Request]{}
			}
		}
		for _, o := range way {
			done[o] = true
		}
	}
}

// findParty finds what an outcome can come from and returns its full name: a
// server as backend/server (the backend may be left out where no other has a
// server of that name), a client or a proxy by its name.
func (c *completion) findParty(name Ref) (string, bool) {
	if backend, _, ok := strings.Cut(name.V, "/"); ok {
		return name.V, c.findServer(name, len(backend))
	}
	if b, ok := c.nodes.lookup(name.V); ok && b.value.backend == nil {
		return name.V, true
	}
	switch servers := c.serversNamed(name.V); len(servers) {
	case 1:
		return servers[0].fullName(), true
	case 0:
		c.unknownParty(name)
	default:
		c.report(Mistake{
			Kind: MistakeSeveralServers, At: name.At, Related: servers[0].At, Name: name.V, Count: len(servers),
			Names: []string{servers[0].fullName(), servers[1].fullName()},
		})
	}
	return "", false
}

// findServer reports a backend/server that is not there; the backend's name is
// middle bytes long. A proxy's second stage is written likewise: router/inner.
func (c *completion) findServer(name Ref, middle int) bool {
	first := Ref{V: name.V[:middle], Origin: name.Origin, At: part(name, 0, middle)}
	second := Ref{V: name.V[middle+1:], Origin: name.Origin, At: part(name, middle+1, len(name.V))}
	if b, ok := c.nodes.lookup(first.V); ok && b.value.proxy != nil && second.V == "inner" {
		return true
	}
	n, ok := c.findNode(first, DeclBackend)
	return ok && find(c, c.serversOf(n.backend), second).IsSet()
}

// unknownParty reports a name that no party of a request has.
func (c *completion) unknownParty(name Ref) {
	if c.mayBeLost(name.V) || c.nodes.unnamed || len(c.lostServer) > 0 {
		c.unresolved(name.At)
		return
	}
	if i := c.nodes.position(name.V); i >= 0 {
		c.report(Mistake{Kind: MistakeBackendAnswers, At: name.At, Related: c.nodes.names[i].At, Name: name.V})
		return
	}
	c.unknown(Mistake{Kind: MistakeUnknownParty, At: name.At, Name: name.V}, func() []Candidate {
		var known []Candidate
		for _, b := range c.t.Backends {
			for _, s := range b.Servers {
				known = append(known, Candidate{s.Name, s.At})
			}
		}
		for i, n := range c.nodes.names {
			if c.nodes.means[i].value.backend == nil {
				known = append(known, n)
			}
		}
		return known
	})
}
