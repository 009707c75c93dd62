package flow

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// askKey is what tells two things that flowc asks for apart.
type askKey struct {
	via        *Listener
	host, path string
	scheme     string // and the method, the header fields and the client's address, where they are others
	noSNI      bool
}

func (a *Ask) key() askKey {
	k := askKey{via: a.Via, host: a.Call.Host, path: a.Call.Path, scheme: a.Call.Scheme, noSNI: a.NoSNI}
	if len(a.fields) > 0 {
		k.scheme += fmt.Sprint(a.fields)
	}
	if a.Call.IsHTTP() && a.Call.Method != MethodGet {
		k.scheme += " " + a.Call.Method
	}
	if a.source != "" {
		k.scheme += " from " + a.source
	}
	return k
}

// asked are the things that flowc asks for, each once.
type asked struct {
	numbers map[askKey]int32
	all     []askedOnce
}

type askedOnce struct {
	own      *Request // of the topology, that asks for it, too
	first    *Path    // the way of the first request
	followed bool
}

// prepare notes the requests of the topology that flowc made.
func (x *asked) prepare(t *Topology) {
	x.numbers = make(map[askKey]int32, 2*len(t.Routes))
	x.all = make([]askedOnce, 0, 2*len(t.Routes))
	for _, q := range t.Requests {
		if a, ok := q.AsAsk(); ok {
			x.all[x.number(&a)].own = q
		}
	}
}

// number is where a thing is among all.
func (x *asked) number(a *Ask) int32 {
	k := a.key()
	n, ok := x.numbers[k]
	if !ok {
		n = int32(len(x.all))
		x.numbers[k], x.all = n, append(x.all, askedOnce{})
	}
	return n
}

// Taking returns the path of a request that flowc made; nil where it takes none of
// these.
func (p *Paths) Taking(q *Request) *Path {
	if a, ok := q.AsAsk(); ok {
		if n, ok := p.asked.numbers[a.key()]; ok {
			return p.asked.all[n].first
		}
	}
	return nil
}

// AsAsk is what a request asks for that flowc made, wherever its proxies send it; ok is false
// for others.
func (q *Request) AsAsk() (a Ask, ok bool) {
	if !q.Derived || q.bySource || q.Origin != OriginSupplied || len(q.Calls) != 1 || q.Via == nil || len(q.forks) > 0 || q.Follow.V {
		return Ask{}, false
	}
	return Ask{Via: q.Via.Listens(q.Calls[0].Port), Call: q.Calls[0], NoSNI: q.SNI.IsSet() && q.SNI.V == "", fields: q.Fields}, true
}

// asksFor is what flowc asks for to come to a route: by each scheme, at each
// port at which clients enter from which a way leads to it. What was asked for
// another route is not asked again.
func (f *pathFinder) asksFor(r *Route) []*Ask {
	f.toAsk = f.toAsk[:0]
	ways := f.waysIn(r)
	if len(ways) > 0 && !slices.ContainsFunc(ways, func(in wayIn) bool { return !in.inside || !f.led[ledTo{in.at, ""}] }) {
		f.out.Unled = append(f.out.Unled, Unled{r, ways[0].at})
	}
	for _, in := range ways {
		a := ask(r, in)
		a.n = f.out.asked.number(&a)
		if known := &f.out.asked.all[a.n]; !known.followed {
			known.followed = true
			at := f.asks.One()
			*at = a
			f.toAsk = append(f.toAsk, at)
		}
	}
	return f.toAsk
}

// ask is a request for a route in short.
func ask(r *Route, in wayIn) Ask {
	h, _ := r.Sample(r.firstProxy())
	call := Call{Scheme: in.scheme, Host: in.host, Port: in.at.Port, Method: h.Method, Path: in.path}
	if !call.IsHTTP() {
		call.Method, call.Path = "CONNECT", "/"
	}
	return Ask{Wanted: r, Via: in.at, Call: call, NoSNI: r.SNI.V == SNINone, Inside: in.inside, fields: h.Fields, pattern: in.pattern, source: h.Source}
}

// wayIn is a port at which clients enter, and the scheme and host by which they
// ask there.
type wayIn struct {
	at           *Listener
	scheme, host string
	path         string
	changed      bool   // a proxy on the way makes the path or the host of it
	pattern      string // the host of the route that it is for: "*.X" for a wildcard, "" for all
	inside       bool   // other proxies send to this one, and none of their routes leads this there
}

// ledTo is a port that another proxy sends to what asks for a host below a
// domain; "" for any host.
type ledTo struct {
	at    *Listener
	below string
}

// lead notes to which ports the routes in front of a proxy lead.
func (f *pathFinder) lead(p *Proxy) {
	for _, r := range f.t.leadingTo(p) {
		for _, up := range r.Proxies {
			_, below, _ := strings.Cut(Fold(r.HostOn(up)), ".")
			for _, at := range up.Listeners {
				if !at.Takes(r) {
					continue
				}
				for _, l := range p.Listeners {
					if r.leads(at, l) {
						f.led[ledTo{l, ""}], f.led[ledTo{l, below}] = true, true
					}
				}
			}
		}
	}
}

// isLed reports whether a route in front, for a host of its own, leads to a way
// in that takes several hosts: what is asked for that route comes this way.
func (f *pathFinder) isLed(in wayIn) bool {
	if in.pattern == "" {
		return f.led[ledTo{in.at, ""}]
	}
	below, wildcard := strings.CutPrefix(Fold(in.pattern), "*.")
	return wildcard && f.led[ledTo{in.at, below}]
}

// waysIn are the ports at which clients enter from which a way leads to a
// route: those at which it is served, or those of the proxies in front of them.
// Where the host's name leads to some of them, only those.
func (f *pathFinder) waysIn(r *Route) []wayIn {
	f.in.all, f.in.named = f.in.all[:0], f.in.named[:0]
	f.in.seen, f.in.entered = nil, nil
	for _, p := range r.Proxies {
		sample, ok := r.Sample(p)
		if !ok {
			continue
		}
		f.in.host = sample.Host
		f.in.entries, f.in.domain = f.t.EntryProxies(f.in.host)
		for _, l := range p.Listeners {
			if !l.Takes(r) {
				continue
			}
			for _, scheme := range l.schemes(r) {
				if l.comesBy(r, scheme) {
					f.climb(wayIn{at: l, scheme: scheme, host: f.in.host, path: sample.Path, pattern: r.pattern(p, sample.Host)})
				}
			}
		}
	}
	if len(f.in.named) > 0 {
		return f.in.named
	}
	return f.in.all
}

// waysIn are the ways in that are found for a route.
type waysIn struct {
	all, named []wayIn
	entered    map[wayIn]bool // those that are found; nil for a few, which are looked through
	seen       map[wayIn]bool // by which climb has come
	host       string         // at the proxy that the ways lead to
	entries    []*Proxy       // to which that leads
	domain     string         // for this one
}

// has reports whether a way is found already, and notes it.
func (w *waysIn) has(in wayIn) bool {
	if w.entered == nil {
		if len(w.all) <= crowd {
			return slices.Contains(w.all, in)
		}
		w.entered = map[wayIn]bool{}
		for _, o := range w.all {
			w.entered[o] = true
		}
	}
	known := w.entered[in]
	w.entered[in] = true
	return known
}

// enter notes a way in.
func (f *pathFinder) enter(in wayIn) {
	w := &f.in
	if w.has(in) {
		return
	}
	w.all = append(w.all, in)
	entries, domain := w.entries, w.domain
	if in.host != w.host { // a proxy on the way makes this one of it
		entries, domain = f.t.EntryProxies(in.host)
	}
	if domain != "" && slices.Contains(entries, in.at.Proxy) {
		w.named = append(w.named, in)
	}
}

// climb goes from a port to those that send to it, and on to those to which no
// proxy sends, or to which the host's name leads. No client enters by a socket.
func (f *pathFinder) climb(in wayIn) {
	before := f.before[in.at.Proxy]
	up := false
	if len(before) > 0 {
		if f.in.seen[in] || in.changed && len(f.in.seen) > maxPaths {
			return // what a chain makes of paths has no end
		}
		if f.in.seen == nil {
			f.in.seen = map[wayIn]bool{}
		}
		f.in.seen[in] = true
		up = f.climbOver(before, in)
	}
	if in.at.Socket.IsSet() {
		return // only a process of the machine connects to it, and no client
	}
	named := f.named(in.at.Proxy, in.host)
	if !up && !f.isLed(in) || named {
		in.inside = !named && len(before) > 0
		f.enter(in)
	}
}

// climbOver climbs over proxies that send to a way in, and reports whether any of them
// leads there what is asked for.
func (f *pathFinder) climbOver(before []*Proxy, in wayIn) (up bool) {
	for _, p := range before {
		ways, plainly := f.waysTo(p, in)
		up = up || len(ways) > 0
		for _, before := range ways {
			if before.path == in.path || !plainly {
				f.climb(before)
			}
		}
	}
	return up
}

// waysTo are the ways in at a proxy that sends to another one, and whether one
// of them takes the path that is asked for as it is.
func (f *pathFinder) waysTo(p *Proxy, in wayIn) (out []wayIn, plainly bool) {
	for r, rehosts := range f.sendingOn(p, in) {
		for _, at := range p.Listeners {
			if at.Takes(r) && r.leads(at, in.at) && (!rehosts || at.reads(r)) {
				before := in.before(at, r, rehosts)
				plainly = plainly || before.path == in.path && PathMatches(r.Path.V, in.path)
				out = append(out, before)
			}
		}
	}
	return out, plainly
}

// before is the way in one proxy further to the front, over a route of that one:
// what has to be asked for there for this to be asked for here.
func (in wayIn) before(at *Listener, r *Route, rehosts bool) wayIn {
	out := wayIn{at: at, scheme: in.scheme, host: in.host, path: in.path, changed: in.changed, pattern: in.pattern}
	switch {
	case at.Relays(r):
	case at.Kind == ListenHTTP:
		out.scheme = "http"
	case at.Kind != ListenHTTPS && in.scheme == "tcp":
		out.scheme = "tls"
	case at.Kind == ListenHTTPS, in.scheme == "http":
		out.scheme = "https"
	}
	if at.reads(r) {
		out.path = r.rewrittenFrom(in.path)
	}
	if rehosts {
		out.pattern = r.HostOn(at.Proxy)
		out.host = OneHost(cmp.Or(out.pattern, AnyHost))
	}
	out.changed = out.changed || out.path != in.path || out.host != in.host
	return out
}

// reads reports whether the port reads the HTTP that it sends on over a route.
func (l *Listener) reads(r *Route) bool { return l.Kind != ListenTCP && !l.Relays(r) }

// sendingOn are the routes of a proxy that may take what comes to a way in: those
// for its host, and those that make its host of another one.
func (f *pathFinder) sendingOn(p *Proxy, in wayIn) iter.Seq2[*Route, bool] {
	return func(yield func(r *Route, rehosts bool) bool) {
		for r := range p.RoutesFor(in.host) {
			if !yield(r, false) {
				return
			}
		}
		if in.pattern == "" {
			return // every host comes there as it is
		}
		for _, r := range f.rehosting[p][Fold(in.pattern)] {
			if !yield(r, true) {
				return
			}
		}
	}
}

// rehost notes the routes that send their requests on with another host, by
// that host and by the wildcard that covers it.
func (f *pathFinder) rehost() {
	f.rehosting = map[*Proxy]map[string][]*Route{}
	for _, r := range f.t.Routes {
		host := Fold(r.Changed(Head{Host: AnyHost}).Host)
		if host == AnyHost || host == "" {
			continue
		}
		_, below, _ := strings.Cut(host, ".")
		for _, p := range r.Proxies {
			if f.rehosting[p] == nil {
				f.rehosting[p] = map[string][]*Route{}
			}
			for _, pattern := range []string{host, "*." + below} {
				f.rehosting[p][pattern] = append(f.rehosting[p][pattern], r)
			}
		}
	}
}

// named reports whether a host's name leads to a proxy.
func (f *pathFinder) named(p *Proxy, host string) bool {
	return slices.ContainsFunc(p.Domains, func(d Fact[string]) bool { return InDomain(d.V, host) })
}

// leads reports whether the route sends what one port receives to another.
func (r *Route) leads(at, to *Listener) bool {
	return slices.ContainsFunc(r.Targets, func(t *Target) bool {
		return t.Proxy == to.Proxy && to.Has(cmp.Or(t.Port, at.Port))
	})
}

// comesBy reports whether what is asked by a scheme comes to a port as the route wants
// it, in TLS or in plaintext.
func (l *Listener) comesBy(r *Route, scheme string) bool {
	tls := l.Kind == ListenHTTPS || l.Kind == ListenTCP && (l.Terminates() || scheme == "https" || scheme == "tls")
	for _, m := range r.conditions(MatchTLS, "") {
		if !m.Meets(Head{TLS: tls}) {
			return false
		}
	}
	return true
}

// schemes are those by which clients of a port ask for a route.
func (l *Listener) schemes(r *Route) []string { return l.schemesOver(r, map[*Listener]bool{}) }

func (l *Listener) schemesOver(r *Route, seen map[*Listener]bool) []string {
	seen[l] = true
	switch {
	case l.Kind == ListenHTTP:
		return []string{"http"}
	case l.Kind == ListenTCP && l.Terminates() && r.leadsToTCP(l, seen):
		return []string{"tls"}
	case !l.Relays(r), r.Mode.V == ModePassthrough:
		return []string{r.schemeInTLS()}
	}
	if r.AnswersItself() {
		return []string{"tcp"}
	}
	var out []string
	for _, t := range r.Targets {
		switch {
		case t.Backend == nil:
			out = union(out, t.Proxy.schemesAt(cmp.Or(t.Port, l.Port), seen)...)
		case t.Backend.Speaks.V.TLS():
			out = union(out, r.schemeInTLS())
		case t.Backend.Speaks.V == SpeaksTCP:
			out = union(out, "tcp")
		default:
			out = union(out, "http")
		}
	}
	return out
}

// leadsToTCP reports whether a port sends what comes by the route to a relay, behind
// which servers speak a protocol that is no HTTP.
func (r *Route) leadsToTCP(l *Listener, seen map[*Listener]bool) bool {
	return slices.ContainsFunc(r.Targets, func(t *Target) bool {
		return t.Proxy != nil && slices.Contains(t.Proxy.schemesAt(cmp.Or(t.Port, l.Port), seen), "tcp")
	})
}

// schemesAt are the schemes by which a port of the proxy is asked, that a relay leads to.
func (p *Proxy) schemesAt(port int, seen map[*Listener]bool) []string {
	l := p.Listens(port)
	switch {
	case l == nil && port == defaultPorts["http"], l != nil && l.Kind == ListenHTTP:
		return []string{"http"}
	case l == nil, l.Terminates():
		return []string{"https"}
	case seen[l]:
		return nil // it is looked at already
	}
	for _, r := range p.Routes {
		if l.Relays(r) {
			return l.schemesOver(r, seen)
		}
	}
	return []string{"https"}
}

// schemeInTLS is https, or tls where what the route's servers speak is no HTTP.
func (r *Route) schemeInTLS() string {
	for _, t := range r.Targets {
		if t.Backend != nil && (t.Backend.Speaks.V == SpeaksTCP || t.Backend.Speaks.V == SpeaksTLS) {
			return "tls"
		}
	}
	return "https"
}
