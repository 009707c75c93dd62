package resolve

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// requestBody is a request while it is read.
type requestBody struct {
	*flow.Request
	from, via, after, check *ast.Word
	fromNode                node     // what from names; empty where it names nothing
	senders                 []sender // whom its outcomes come from
}

var stopAfter = choice(map[string]flow.StopAfter{
	"connect": flow.StopAfterConnect, "hello": flow.StopAfterHello, "handshake": flow.StopAfterHandshake,
})

var requestStatements = merge(methods(), setters[*requestBody]{
	"from":  word(func(q *requestBody) **ast.Word { return &q.from }),
	"via":   word(func(q *requestBody) **ast.Word { return &q.via }),
	"after": word(func(q *requestBody) **ast.Word { return &q.after }),
	"check": word(func(q *requestBody) **ast.Word { return &q.check }),
	"sni":   one(sniOrNone, func(q *requestBody) *flow.Fact[string] { return &q.SNI }),
	"host":  one(host, func(q *requestBody) *flow.Fact[string] { return &q.HostField }),
	"header": func(l *line, q *requestBody) {
		if name, ok := read(l, text); ok {
			if v, ok := read(l, text); ok {
				q.Fields = append(q.Fields, flow.HeaderField{Name: name.V, Value: v.V})
			}
		}
	},
	"tls":     one(versions, func(q *requestBody) *flow.Fact[flow.Versions] { return &q.TLS }),
	"times":   one(number, func(q *requestBody) *flow.Fact[int] { return &q.Times }),
	"close":   flag(func(q *requestBody) *flow.Fact[bool] { return &q.Close }),
	"body":    one(size, func(q *requestBody) *flow.Fact[int64] { return &q.Body }),
	"upgrade": one(text, func(q *requestBody) *flow.Fact[string] { return &q.Upgrade }),
	"follow":  flag(func(q *requestBody) *flow.Fact[bool] { return &q.Follow }),
	"resume": func(l *line, q *requestBody) {
		q.Resume = flow.State("client", l.s.Keyword.At)
		if l.peek() != nil {
			q.Resume, _ = read(l, text)
		}
	},
	"early-data": flag(func(q *requestBody) *flow.Fact[bool] { return &q.EarlyData }),
	"stop": func(l *line, q *requestBody) {
		if _, ok := read(l, text); ok {
			q.Stop, _ = read(l, stopAfter)
		}
	},
	"expect": expect,
})

// word is a statement of one name, looked up when the request is settled.
func word(field func(*requestBody) **ast.Word) setter[*requestBody] {
	return func(l *line, q *requestBody) {
		if w, ok := l.take(); ok {
			*field(q) = w
		}
	}
}

// methods are the statements that ask for a URL.
func methods() setters[*requestBody] {
	table := setters[*requestBody]{"connect": call}
	for _, m := range []string{"get", "post", "put", "delete", "head", "options", "patch"} {
		table[m] = call
	}
	return table
}

// call adds a request to the connection, which leads to one port only.
func call(l *line, q *requestBody) {
	c, ok := read(l, url)
	if !ok {
		l.r.hurt[q] = true
		return
	}
	c.V.Method, c.V.At = strings.ToUpper(l.s.Keyword.Text), c.At
	if len(q.Calls) > 0 && (q.Calls[0].Scheme != c.V.Scheme || q.Calls[0].Port != c.V.Port) {
		first := q.Calls[0]
		d := l.r.report(codeExclusive, c.At, "requests on one connection go to one port, and the first goes to %s :%d", first.Scheme, first.Port)
		d.Related = related("the first", first.At)
		d.Help = "make it a request of its own"
		return
	}
	q.Calls = append(q.Calls, c.V)
}

func declareRequest(r *resolver, l *line, imported bool) {
	w, ok := l.name(isRouteName)
	if !ok {
		r.requests.holes = true
		return
	}
	d := l.decl(w, imported)
	q := &requestBody{Request: newRequest(d)}
	declare(l, r.requests, "request", d, q.Request,
		func() { r.asked = append(r.asked, q) },
		func() {
			if l.s.Broken {
				r.hurt[q] = true
			}
			requestStatements.apply(r, l.s.Block, q)
			r.findEnds(q)
		})
}

func newRequest(d flow.Decl) *flow.Request {
	return &flow.Request{Decl: d, Times: flow.Default(1)}
}

// settleRequests finds where each request comes from and goes to. One that
// cannot be made is left out; a model that has none gets its own.
func (r *resolver) settleRequests() {
	for _, q := range r.asked {
		if r.settleRequest(q) {
			r.t.Requests = append(r.t.Requests, q.Request)
			r.made[q.Request] = true
		}
	}
	for _, q := range r.asked {
		r.settleAfter(q)
	}
	r.breakRequestCycles()
	if !r.declared["request"] {
		r.deriveRequests()
	}
}

// findEnds finds what from, via and check name. This happens before a client
// and a proxy are supplied, so that they get the names that requests use.
func (r *resolver) findEnds(q *requestBody) {
	kinds := []string{"client", "proxy"}
	if q.check != nil {
		kinds = []string{"proxy", "client"}
		if n, ok := r.needNode(q.check, "backend"); ok {
			q.Check = n.backend
		}
	}
	if q.from != nil {
		q.fromNode, _ = r.needNode(q.from, kinds...)
	}
	if q.via != nil {
		if n, ok := r.needNode(q.via, "proxy"); ok {
			q.Via, q.ViaAt = n.proxy, q.via.At
		}
	}
}

// settleRequest reports whether the request can be made.
func (r *resolver) settleRequest(q *requestBody) bool {
	for _, s := range q.senders {
		if name, ok := r.findParty(s.word); ok {
			q.Expect[s.index].From = name
		}
	}
	if q.check != nil || q.fromNode.proxy != nil {
		return r.settleCheck(q)
	}
	q.From = r.t.Clients[0]
	if q.fromNode.client != nil {
		q.From = q.fromNode.client
	}
	if len(q.Calls) == 0 {
		if !r.hurt[q] {
			d := r.report(codeMissing, q.At, "request %q asks for nothing", q.Name)
			d.Help = "say what it asks for: get https://shop.example.test/"
		}
		return false
	}
	if !q.TLS.IsSet() {
		q.TLS = flow.Default(q.From.End.TLS.V)
	}
	if !q.SNI.IsSet() {
		q.SNI = flow.Default(SNIOf(q.Calls[0].Host))
	}
	r.findVia(q, q.Calls[0].Host)
	return true
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
func (r *resolver) settleCheck(q *requestBody) bool {
	var d *diag.Diagnostic
	switch {
	case q.check == nil:
		d = r.report(codeMissing, q.from.At, "%q is a proxy, and a proxy asks of its own only for a health check", q.from.Text)
		d.Help = "add what it checks: check BACKEND"
	case q.fromNode.client != nil:
		d = r.report(codeWrongKind, q.from.At, "%q is a client, and a health check comes from a proxy", q.from.Text)
		d.Related = declaredHere(q.fromNode.client.At)
	case len(q.Calls) > 0:
		d = r.report(codeExclusive, q.Calls[0].At, "a health check asks for what the backend's \"check\" says")
		d.Related = related("the health check", q.check.At)
	case q.Check == nil:
		return false
	case !q.Check.Check.IsSet() && !r.hurt[q.Check]:
		d = r.report(codeMissing, q.check.At, "backend %q does not say how it is checked", q.check.Text)
		d.Related, d.Help = declaredHere(q.Check.At), "add to it: check tcp, check tls or check http"
	case q.from == nil && len(r.t.Proxies) > 1:
		d = r.report(codeMissing, q.At, "request %q needs \"from\": the proxy that makes the health check", q.Name)
		d.Help = "one of " + proxyNames(r.t.Proxies, ", ")
	}
	q.FromProxy = r.t.Proxies[0]
	if q.fromNode.proxy != nil {
		q.FromProxy = q.fromNode.proxy
	}
	return d == nil
}

// findVia finds the proxy that a request goes to: its via, else the proxy with
// the longest domain over the host, else the only one that no route points to.
func (r *resolver) findVia(q *requestBody, host string) {
	if q.Via != nil {
		return
	}
	candidates, _ := r.t.Over(host)
	why := "their domains fit its host equally well"
	if len(candidates) == 0 {
		candidates = r.outer()
		why = "no route points to any of them"
	}
	if len(candidates) == 0 { // in a circle, which was reported
		candidates = r.t.Proxies[:1]
	}
	q.Via = candidates[0]
	if len(candidates) > 1 && q.via == nil && !r.incomplete() {
		d := r.report(codeNoVia, q.At, "request %q could go to %s: %s", q.Name, proxyNames(candidates, " or "), why)
		d.Help = "say to which: via " + candidates[0].Name
	}
}

// incomplete reports whether a proxy or a route lost a statement, which may
// have said where requests go.
func (r *resolver) incomplete() bool {
	return r.partial ||
		slices.ContainsFunc(r.t.Proxies, func(p *flow.Proxy) bool { return r.hurt[p] }) ||
		slices.ContainsFunc(r.t.Routes, func(x *flow.Route) bool { return r.hurt[x] })
}

// outer returns the proxies that no route points to.
func (r *resolver) outer() []*flow.Proxy {
	var out []*flow.Proxy
	for _, p := range r.t.Proxies {
		if r.fronts[p] == nil {
			out = append(out, p)
		}
	}
	return out
}

func (r *resolver) settleAfter(q *requestBody) {
	if q.after == nil {
		return
	}
	o, ok := r.requests.find(r, q.after)
	if ok && r.made[o] {
		q.After = flow.State(o, q.after.At)
	}
}

// breakRequestCycles reports requests that come after themselves and takes the
// last link out of each circle.
func (r *resolver) breakRequestCycles() {
	done := map[*flow.Request]bool{}
	for _, q := range r.t.Requests {
		var way []*flow.Request
		for at := q; at != nil && !done[at]; at = at.After.V {
			way = append(way, at)
			if next := at.After.V; next != nil && slices.Contains(way, next) {
				var names []string
				for _, o := range way[slices.Index(way, next):] {
					names = append(names, o.Name)
				}
				r.report(codeRequestCycle, at.After.At, "requests come after each other in a circle: %s after %s",
					strings.Join(names, " after "), next.Name)
				at.After = flow.Fact[*flow.Request]{}
			}
		}
		for _, o := range way {
			done[o] = true
		}
	}
}
