package flow

import (
	"cmp"
	"slices"
)

// Path is one way that the bytes of a request can take: from the clients that
// may ask for something, over a target of each route that it meets, to a
// server, an answer of a proxy, a refusal or a loop. It is what happens if no
// end refuses anything; what really happens is in its classes, one for each
// kind of client.
type Path struct {
	Ask     *Ask
	First   bool // it is the way of the first request: every balancer on it begins with its target
	Hops    []Hop
	End     PathEnd
	At      *Listener // where it ends, where that is a port of a proxy
	Route   *Route    // over which it ends there or goes to a server, the last one chosen; nil where none was
	Clients []*Client // one of each kind that may go this way, the first declared one
	Classes []*Class  // of each of them

	forks []fork
}

// Ask is the request of a path, and the proxy and port to which the client connects.
type Ask struct {
	Request *Request // the model's; nil where flowc asks, for Wanted
	Wanted  *Route   // the route for whose host and path flowc asks; nil for a request of the model
	Via     *Listener
	Call    Call
	NoSNI   bool // the client sends none
	Inside  bool // other proxies send to that of Via, and none of their routes leads this there: perhaps no client connects there
	fields  []HeaderField
	stated  string // of a request of the model: the SNI of the call; "" sends none
	host    string // of the Host field
	pattern string // the host of the route by which Call.Host is asked for
	source  string // of clients whose address is not stated, where the route is chosen by it
	n       int32  // of what flowc asks for: its number
}

// Hop is one connection of a path.
type Hop struct {
	From     *Proxy // that opens it; nil where the client does
	Route    *Route // over which From sends it; nil where the client opens it
	Target   *Target
	Listener *Listener // at its far end; nil where Server is, or where nothing listens
	Server   *Server
	Port     int
	TLS      bool   // what crosses it is inside a TLS session
	Relayed  *Route // over which the far end passes it on unread; nil where it ends there
	Opens    bool   // From opens a session of its own on it, or a plaintext channel
	SNI      string // of the session that crosses it; "" for none
}

// PathEnd is how a path ends if no end refuses anything.
type PathEnd uint8

// The ends of a path.
const (
	EndServer     PathEnd = iota + 1 // a server has the request
	EndRedirect                      // a proxy redirects
	EndAnswer                        // a proxy answers itself, as the route states
	EndNoRoute                       // no route of the last port matches
	EndNoServer                      // the last route has no usable target
	EndNoListener                    // nothing listens where the last route sends it
	EndProtocol                      // TLS reaches a plaintext end, or plaintext one that expects TLS
	EndLoop                          // proxies send it to each other
)

// Placeholder reports whether the host that is asked for is made up: the route
// takes every host, or those below a wildcard.
func (a *Ask) Placeholder() bool {
	return a.Wanted != nil && a.pattern != a.Call.Host
}

// Pattern is the host that flowc asks for, as a route has it: "*.X" where it is
// below a wildcard, "" where every host will do.
func (a *Ask) Pattern() string { return a.pattern }

// requestFor is the request that takes the path from a client. What a request
// of the model comes after, and what it has from there, is left out: it shows
// too little of a path.
func (p *Path) requestFor(c *Client) *Request {
	q := *p.Ask.request(c)
	q.Calls, q.Times, q.Follow = []Call{p.Ask.Call}, Default(1), Default(false)
	q.After, q.Resume, q.EarlyData = Fact[*Request]{}, Fact[string]{}, Default(false)
	q.Via, q.entry, q.forks = p.Ask.Via.Proxy, p.Ask.Via, p.forks
	if p.Ask.Request != nil && !q.SNI.IsSet() {
		q.SNI = Default(p.Ask.stated)
	}
	return &q
}

// request is the request from a client, wherever its proxies send it.
func (a *Ask) request(c *Client) *Request {
	if a.Request != nil {
		return a.Request
	}
	return a.Wanted.supplied(c, a.Via.Proxy, a.Call, a.fields)
}

// Request returns a request that takes the path, from the first of its clients.
func (p *Path) Request() *Request { return p.requestFor(p.Clients[0]) }

// port is the one to which the client connects.
func (a *Ask) port() int {
	if a.Via.Has(a.Call.Port) {
		return a.Call.Port
	}
	return a.Via.Port
}

// sni is what the client says in its ClientHello; "" for none, and in
// plaintext.
func (a *Ask) sni() string {
	switch {
	case a.Call.InClear(), a.NoSNI:
		return ""
	case a.Request != nil:
		return a.stated
	}
	return SNIOf(a.Call.Host)
}

// hostField is the host that the request names.
func (a *Ask) hostField() string { return cmp.Or(a.host, a.Call.Host) }

// Fails reports whether no client that may go the path gets what it asks for.
func (p *Path) Fails() bool {
	return !slices.ContainsFunc(p.Classes, func(c *Class) bool { return !c.Summary.Fails() })
}

// Takes reports whether the path leads over a route.
func (p *Path) Takes(r *Route) bool {
	return p.Route == r || slices.ContainsFunc(p.Hops, func(h Hop) bool { return h.Route == r })
}

// Proxies is how many proxies are on the path.
func (p *Path) Proxies() int {
	n := 0
	for _, h := range p.Hops {
		if h.Listener != nil {
			n++
		}
	}
	return n
}

// Opener is the route for which a proxy opened what crosses a hop; nil where the
// client did.
func (p *Path) Opener(hop int) *Route {
	for i := hop; i > 0; i-- {
		if h := p.Hops[i]; h.Opens {
			return h.Route
		}
	}
	return nil
}
