package verify

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Report is a capture held against a model, or, without one, what was seen.
type Report struct {
	Capture *Capture
	Results []*Result
	Other   int  // connections that do not end at a place of the model
	Blind   int  // exchanges whose client's bytes the capture has not
	ByPort  bool // places were found by their port alone
	Model   bool
}

// Result is one exchange and what a model says of it.
type Result struct {
	*Exchange
	Observed   string // "plain", "edge", "reencrypt", "passthrough", or what is known: "TLS, no backend connection"
	Route      *flow.Route
	Lifecycle  *flow.Lifecycle // of the request that it is most like; nil without a model
	Departures []Departure     // in the order of the capture
	Exposures  []Exposure
	Seen       int // derived messages that the capture shows by name
	Veiled     int // derived messages that protected records may hold
	Followed   int // derived messages that are missing behind a departure of their connection
	Open       int // derived messages that the capture ends before
	cmp        *comparison
}

// Exposure is a hop that is plaintext where the model says TLS, or the other
// way round.
type Exposure struct {
	Conn      *Joined
	Event     *Event // the first message that shows it
	Protected bool   // it is TLS, and the model says plaintext
	At        source.Span
}

// Agrees reports whether the capture shows what the model derives.
func (r *Report) Agrees() bool {
	return len(r.Results) > 0 && !slices.ContainsFunc(r.Results, func(x *Result) bool { return len(x.Departures) > 0 })
}

// Verify holds a capture against every request of a model.
func Verify(t *flow.Topology, derive func(*flow.Request) *flow.Lifecycle, c *Capture, mapped map[string]netip.AddrPort) *Report {
	h := findHops(t, mapped)
	h.learn(c.Conns)
	out := &Report{Capture: c, Model: true, ByPort: h.byPort}
	var conns []*Joined
	for _, conn := range c.Conns {
		if at := h.of(conn); at != nil {
			conns = append(conns, &Joined{Conn: conn, hop: at})
		} else {
			out.Other++
		}
	}
	isClient := func(j *Joined) bool {
		return j.hop.kind == hopListener && !h.proxies[j.Ends[Opener].Addr()]
	}
	exchanges := join(conns, isClient, mayFollow)
	var lifecycles []*flow.Lifecycle
	for _, r := range t.Requests {
		lifecycles = append(lifecycles, derive(r))
	}
	done := map[*Exchange]bool{}
	for i, x := range exchanges {
		switch {
		case done[x]:
			continue
		case x.Client().blind():
			out.Blind++
			continue
		}
		res := pick(h, lifecycles, exchanges[i:], done)
		for _, y := range res.taken {
			done[y] = true
		}
		res.N = len(out.Results) + 1
		out.Results = append(out.Results, res.Result)
	}
	return out
}

// blind reports whether bytes were sent and nothing of them can be read.
func (c *Conn) blind() bool {
	return c.Lost[Opener]+c.Lost[Acceptor] > 0 &&
		!slices.ContainsFunc(c.Events, func(e *Event) bool { return e.Layer != flow.LayerTCP })
}

// mayFollow reports whether a proxy at which a ends opens connections like b.
func mayFollow(a, b *Joined) bool {
	if a.hop.proxy == nil {
		return false
	}
	switch b.hop.kind {
	case hopInner:
		return a.hop.kind == hopListener && a.hop.proxy == b.hop.proxy
	case hopServer:
		return serves(a.hop.proxy, b.hop.server.Backend)
	case hopNone, hopListener:
	}
	return a.hop.proxy != b.hop.proxy
}

// picked is the best result for an exchange, and the exchanges that it took: a
// request may open several connections of its client.
type picked struct {
	*Result
	taken []*Exchange
}

// pick finds the request that an exchange is most like: one that it agrees
// with, else the one from which it departs last.
func pick(h *hops, lifecycles []*flow.Lifecycle, ahead []*Exchange, done map[*Exchange]bool) picked {
	var best picked
	for _, lc := range sameName(lifecycles, ahead[0].Client()) {
		taken := take(lc, ahead, done)
		if !h.fits(lc, taken[0].Client()) {
			continue
		}
		var conns []*Joined
		for _, x := range taken {
			conns = append(conns, x.Conns...)
		}
		slices.SortStableFunc(conns, func(a, b *Joined) int { return cmp.Compare(a.start(), b.start()) })
		res := newResult(&Exchange{Conns: conns}, compare(lc, conns))
		if best.Result == nil || res.better(best.Result) {
			best = picked{res, taken}
		}
	}
	if best.Result == nil {
		x := ahead[0]
		best = picked{&Result{Exchange: &Exchange{Conns: x.Conns}}, ahead[:1]}
		best.Departures = []Departure{{
			Kind: Extra, Event: firstEvent(x.Conns[0].Conn), order: x.Conns[0].start(),
			Text: fmt.Sprintf("no request of the model opens a connection to %s from %s", x.Client().hop.name(), x.Client().Ends[Opener].Addr()),
		}}
	}
	best.Observed = observed(best.Conns)
	best.declared()
	if best.cmp != nil { // of many exchanges, only what a report needs is kept
		best.cmp.at, best.cmp.veiled, best.cmp.byOrder, best.cmp.joined = nil, nil, nil, nil
	}
	return best
}

// declared adds a departure where the mode that the connections show is not
// that of the route, although the messages agree: a port without a certificate
// relays whatever its routes say. A plaintext request that a TLS route allows is
// none, and along a chain of proxies each has a mode of its own.
func (r *Result) declared() {
	terminal := map[string]flow.Mode{"edge": flow.ModeEdge, "reencrypt": flow.ModeReencrypt, "passthrough": flow.ModePassthrough}
	mode, sure := terminal[r.Observed]
	if !sure || len(r.Departures) > 0 || r.Route == nil || r.Route.Mode.V == mode || len(r.routes()) != 1 {
		return
	}
	back := r.Conns[len(r.Conns)-1]
	for _, e := range back.Events {
		if e.Layer != flow.LayerTCP {
			r.Departures = []Departure{{
				Kind: Different, Event: e, conn: r.cmp.derived[back], order: e.Order,
				Text: fmt.Sprintf("the wire shows %s, declared is %s", r.Observed, modeWord(r.Route.Mode.V)),
			}}
			return
		}
	}
}

// routes are those that the lifecycle's connections were chosen by.
func (r *Result) routes() []*flow.Route {
	var out []*flow.Route
	for _, c := range r.Lifecycle.Connections {
		if c.Route != nil && !slices.Contains(out, c.Route) {
			out = append(out, c.Route)
		}
	}
	return out
}

func firstEvent(c *Conn) *Event {
	if len(c.Events) == 0 {
		return nil
	}
	return c.Events[0]
}

// sameName returns the lifecycles whose client asks for the name that a
// connection asks for; all of them where none does, or nothing can be seen.
func sameName(all []*flow.Lifecycle, j *Joined) []*flow.Lifecycle {
	if !j.hello() {
		return all
	}
	var out []*flow.Lifecycle
	for _, lc := range all {
		if slices.ContainsFunc(lc.Sessions, func(s *flow.Session) bool { return strings.EqualFold(s.SNI, j.TLS.SNI) }) {
			out = append(out, lc)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// take returns the exchanges that a request makes up: one for each connection
// that its client opens.
func take(lc *flow.Lifecycle, ahead []*Exchange, done map[*Exchange]bool) []*Exchange {
	n := 0
	for _, c := range lc.Connections {
		if c.From.Kind == flow.KindClient {
			n++
		}
	}
	out := []*Exchange{ahead[0]}
	client := ahead[0].Client().Ends[Opener].Addr()
	for _, x := range ahead[1:] {
		if len(out) >= n {
			break
		}
		if !done[x] && x.Client().Ends[Opener].Addr() == client {
			out = append(out, x)
		}
	}
	return out
}

// fits reports whether a connection can begin a request at all: by who opens
// it and where it leads.
func (h *hops) fits(lc *flow.Lifecycle, j *Joined) bool {
	if len(lc.Connections) == 0 {
		return false
	}
	first := lc.Connections[0]
	if (first.From.Kind == flow.KindClient) != (j.hop.kind == hopListener) {
		return false
	}
	if first.From.Kind != flow.KindClient {
		return first.To.Server != nil && first.To.Server.Backend.Name == j.hop.group()
	}
	if first.To.Proxy != j.hop.proxy || first.Port != j.hop.listener.Port {
		return false
	}
	prefix, known := h.clients[first.From.ID]
	return !known || prefix.Contains(j.Ends[Opener].Addr())
}

func newResult(x *Exchange, c *comparison) *Result {
	res := &Result{Exchange: x, Lifecycle: c.lc, Departures: c.out, Followed: c.followed, Open: c.open, cmp: c}
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
			res.Veiled++
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

// exposures are the hops that are not protected as the model says.
func (c *comparison) exposures() []Exposure {
	var out []Exposure
	for _, j := range c.conns {
		conn := c.derived[j]
		if conn == nil {
			continue
		}
		tls, plain := carries(c.lc, conn)
		for _, e := range j.Events {
			readable := e.Layer == flow.LayerHTTP && !e.Inside && e.Name != "data"
			if tls && !plain && readable || plain && !tls && e.Layer == flow.LayerTLS {
				out = append(out, Exposure{Conn: j, Event: e, Protected: !readable, At: lineOfConn(c.lc, conn)})
				break
			}
		}
	}
	return out
}

// carries reports what is derived for a connection: TLS, readable HTTP, or
// both, where one end answers the other in the wrong language.
func carries(lc *flow.Lifecycle, conn *flow.Connection) (tls, plain bool) {
	for _, s := range lc.Steps {
		if s.Connection != conn {
			continue
		}
		tls = tls || s.Layer == flow.LayerTLS
		plain = plain || s.Layer == flow.LayerHTTP && !s.Protected
	}
	return tls, plain
}

// observed names the mode that an exchange's connections show.
func observed(conns []*Joined) string {
	front := conns[0]
	var back *Joined
	for _, j := range conns[1:] {
		if j.hop == nil || j.hop.kind != hopInner {
			back = j
		}
	}
	if front.hop != nil && front.hop.kind == hopServer {
		return "no client connection"
	}
	f, b := speaks(front.Conn), ""
	if back != nil {
		b = speaks(back.Conn)
	}
	switch {
	case back == nil && f == "":
		return "a connection without a word"
	case back == nil:
		return f + ", no backend connection"
	case b == "":
		return f + ", a backend connection without a word"
	case f == "TLS" && b == "TLS" && (!front.hello() || !back.hello()):
		return "TLS before the proxy and behind it, its beginning unseen"
	case f == "TLS" && b == "TLS" && front.TLS.Random == back.TLS.Random:
		return "passthrough"
	case f == "TLS" && b == "TLS":
		return "reencrypt"
	case f == "TLS":
		return "edge"
	case b == "TLS":
		return "plain before the proxy, TLS behind it"
	}
	return "plain"
}

// speaks is "TLS", "plain", or "" where nothing was said.
func speaks(c *Conn) string {
	for _, e := range c.Events {
		switch {
		case e.Layer == flow.LayerTLS, e.Inside:
			return "TLS"
		case e.Layer == flow.LayerHTTP:
			return "plain"
		}
	}
	return ""
}

// Observe says what a capture shows without a model: connections that were
// opened for another one are found by what they carry and when.
func Observe(c *Capture) *Report {
	out := &Report{Capture: c}
	var conns []*Joined
	for _, conn := range c.Conns {
		if len(conn.Events) > 0 {
			conns = append(conns, &Joined{Conn: conn})
		}
	}
	// A proxy is whoever accepts connections and opens others; where its
	// addresses differ, only what a connection carries can tell.
	accepts := map[netip.Addr]bool{}
	for _, j := range conns {
		accepts[j.Ends[Acceptor].Addr()] = true
	}
	for _, x := range join(conns, func(*Joined) bool { return false }, func(a, b *Joined) bool {
		return a.Ends[Acceptor] != b.Ends[Acceptor] && a.Ends[Opener].Addr() != b.Ends[Opener].Addr() &&
			(a.Ends[Acceptor].Addr() == b.Ends[Opener].Addr() || !accepts[b.Ends[Opener].Addr()])
	}) {
		res := &Result{Exchange: x, Observed: observed(x.Conns)}
		out.Results = append(out.Results, res)
	}
	return out
}

// serves reports whether a route of a proxy leads to a backend.
func serves(p *flow.Proxy, b *flow.Backend) bool {
	return slices.ContainsFunc(p.Routes, func(r *flow.Route) bool {
		return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend == b })
	})
}
