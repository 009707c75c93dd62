package flow

import (
	"iter"
	"slices"
	"strings"
)

// clone is a copy of a topology whose declarations may be bent: everything
// that a derivation reads is copied, certificates and authorities are shared.
// It has no index (Topology.index): that would have to follow what is bent.
type clone struct {
	t        *Topology
	clients  map[*Client]*Client
	proxies  map[*Proxy]*Proxy
	backends map[*Backend]*Backend
	routes   map[*Route]*Route
}

func cloneOf(t *Topology) *clone {
	c := &clone{
		t: new(Topology), clients: map[*Client]*Client{}, proxies: map[*Proxy]*Proxy{},
		backends: map[*Backend]*Backend{}, routes: map[*Route]*Route{},
	}
	*c.t = *t
	c.t.Clients = copies(t.Clients, c.clients)
	c.t.Proxies = copies(t.Proxies, c.proxies)
	c.t.Backends = copies(t.Backends, c.backends)
	c.t.Routes = copies(t.Routes, c.routes)
	for _, b := range c.t.Backends {
		c.backend(b)
	}
	for _, p := range c.t.Proxies {
		c.proxy(p)
	}
	for _, r := range c.t.Routes {
		c.route(r)
	}
	c.t.Requests, c.t.into, c.t.ups, c.t.domains, c.t.outer = nil, nil, nil, nil, nil
	return c
}

func copies[T any](in []*T, seen map[*T]*T) []*T {
	out := make([]*T, len(in))
	for i, old := range in {
		v := *old
		out[i] = &v
		seen[old] = out[i]
	}
	return out
}

func (c *clone) backend(b *Backend) {
	servers := make([]*Server, len(b.Servers))
	for i, s := range b.Servers {
		v := *s
		v.Backend = b
		servers[i] = &v
	}
	b.Servers, b.End.names = servers, nil
}

func (c *clone) proxy(p *Proxy) {
	listeners := make([]*Listener, len(p.Listeners))
	for i, l := range p.Listeners {
		v := *l
		v.Proxy, v.facts, v.End.names = p, nil, nil
		listeners[i] = &v
	}
	p.Listeners, p.index = listeners, nil
	p.Routes, p.Refused = c.ofRoutes(p.Routes), c.ofRoutes(p.Refused)
}

func (c *clone) ofRoutes(list []*Route) []*Route {
	out := slices.Clone(list)
	for i, r := range out {
		out[i] = c.routes[r]
	}
	return out
}

func (c *clone) route(r *Route) {
	r.On = slices.Clone(r.On)
	for i := range r.On {
		r.On[i].Proxy = c.proxies[r.On[i].Proxy]
	}
	r.Proxies = slices.Clone(r.Proxies)
	for i, p := range r.Proxies {
		r.Proxies[i] = c.proxies[p]
	}
	r.Refused = slices.Clone(r.Refused)
	for i := range r.Refused {
		r.Refused[i].Proxy, r.Refused[i].Owner = c.proxies[r.Refused[i].Proxy], c.routes[r.Refused[i].Owner]
	}
	targets := make([]*Target, len(r.Targets))
	for i, t := range r.Targets {
		v := *t
		v.Backend, v.Proxy = c.backends[t.Backend], c.proxies[t.Proxy]
		targets[i] = &v
	}
	r.Targets = targets
}

// request is a request of the topology in its copy.
func (c *clone) request(q *Request) *Request {
	v := *q
	v.From, v.Via = c.clients[q.From], c.proxies[q.Via]
	v.Calls = slices.Clone(q.Calls)
	return &v
}

// InMode derives what a route would do in another mode, with a backend that speaks what the mode
// expects, and all else unchanged, for a client that can use it. It is nil if no client can reach
// the route.
func InMode(t *Topology, r *Route, m Mode) *Lifecycle {
	c := cloneOf(t)
	r = c.routes[r]
	bent := r.Mode.V != m
	if bent {
		c.setMode(r, m)
	}
	for _, q := range t.Requests {
		c.t.Requests = append(c.t.Requests, c.request(q))
	}
	if bent && m == ModeNone {
		if lost := c.t.lostPlaintext(r); lost != nil {
			return Derive(c.t, lost)
		}
	}
	return usable(c.t, r, schemesFor(m)...)
}

// lostPlaintext is a client's request in plaintext for a route that no server answers
// where its name leads; nil where some reach the route, or get another answer, and
// where no port there takes plaintext.
func (t *Topology) lostPlaintext(r *Route) *Request {
	paths := t.PlainPaths(r)
	if len(paths) == 0 || slices.ContainsFunc(paths, func(p *Path) bool { return p.Route == r || !p.Lost() }) {
		return nil
	}
	return paths[0].Request()
}

func (c *clone) setMode(r *Route, m Mode) {
	r.Mode = Default(m)
	if m == ModePassthrough {
		seen := slices.DeleteFunc(slices.Clone(r.Matches), func(m Match) bool { return !m.Kind.OnRelay() })
		r.Path, r.Matches, r.Affinity = Fact[string]{}, seen, Fact[string]{}
	}
	for _, p := range r.Proxies {
		p.supply(m)
	}
	for _, t := range r.Targets {
		if b := t.Backend; b != nil {
			b.Speaks = Default(map[Mode]Protocol{ModeNone: SpeaksHTTP, ModeEdge: SpeaksHTTP, ModeReencrypt: SpeaksHTTPS, ModePassthrough: SpeaksHTTPS}[m])
			b.End.Certificates = nil // one that fits
		}
	}
	facts := ClientEndFacts{Verify: Default(true)}
	r.Upstream = Upstream{End: ClientEnd{ClientEndFacts: facts, Trust: r.Upstream.End.Trust}}
	r.Upstream.End.fillDefaults(&r.behaves().Client)
}

// supply gives a proxy the port that a mode needs, where it has none: a port
// that only relays ends TLS or reads HTTP instead, if the mode is not to relay.
func (p *Proxy) supply(m Mode) {
	kind, port := ListenHTTPS, 443
	if m == ModeNone {
		kind, port = ListenHTTP, 80
	}
	for _, l := range p.Listeners {
		if l.Kind == kind {
			return
		}
	}
	is := p.Behaves()
	var end ServerEnd
	end.fillDefaults(&is.Server)
	for _, l := range p.Listeners {
		if !l.Has(port) {
			continue
		}
		if l.Kind == ListenTCP && m != ModePassthrough {
			l.Kind, l.Unmatched, l.End = kind, Default(is.Defaults.Unmatched), end
		}
		return
	}
	facts := ListenerFacts{
		Kind: kind, Port: port, Origin: OriginSupplied,
		Unmatched: Default(is.Defaults.Unmatched), InspectDelay: Default(is.Defaults.InspectDelay),
	}
	p.Listeners = append(p.Listeners, &Listener{ListenerFacts: facts, Proxy: p, End: end})
}

// Failure is one way in which a route can fail, derived.
type Failure struct {
	What      string // "every server refuses connections"
	Lifecycle *Lifecycle
	Past      bool // the request is served without the client certificate that its route requires
}

// whatIf bends a topology so that a route fails, of which the usual course is known; ok
// is false where that cannot happen to the route.
type whatIf struct {
	what  string
	apply func(c *clone, r *Route, q *Request, usual *Lifecycle) (ok bool)
}

// stranger is a CA that no end trusts.
var stranger = &CA{Decl: Decl{Name: "another-ca", Label: "another CA"}, Private: Default(true)}

func onServers(f func(*Server)) func(*clone, *Route, *Request, *Lifecycle) bool {
	return func(_ *clone, r *Route, _ *Request, _ *Lifecycle) bool {
		some := false
		for _, t := range r.Targets {
			if t.Backend == nil {
				continue
			}
			for _, s := range t.Backend.Servers {
				f(s)
				some = true
			}
		}
		return some
	}
}

func backendCertificate(c *Certificate, modes ...Mode) func(*clone, *Route, *Request, *Lifecycle) bool {
	return func(_ *clone, r *Route, _ *Request, _ *Lifecycle) bool {
		if !slices.Contains(modes, r.Mode.V) || r.Mode.V == ModeReencrypt && !r.Upstream.End.Verify.V {
			return false
		}
		if r.Mode.V == ModeReencrypt && c.Names != nil && r.Upstream.Name.V == "" && r.Upstream.SNI.V == "" && !r.Upstream.SNIHost {
			return false
		}
		for _, t := range r.Targets {
			if t.Backend != nil {
				t.Backend.End.Certificates = []Fact[*Certificate]{Default(c)}
			}
		}
		return true
	}
}

func terminates(r *Route) bool { return r.Mode.V == ModeEdge || r.Mode.V == ModeReencrypt }

// onListeners bends the ports of the proxy at which the client's TLS ends: it may
// stand before the one that serves the route.
func onListeners(f func(*Listener)) func(*clone, *Route, *Request, *Lifecycle) bool {
	return func(c *clone, _ *Route, _ *Request, usual *Lifecycle) bool {
		ends := c.proxies[usual.firstEnd()]
		if ends == nil {
			return false
		}
		for _, r := range ends.Routes {
			r.Certificate, r.ClientCertificate = Fact[*Certificate]{}, Fact[ClientAuth]{}
		}
		for _, l := range ends.Listeners {
			if l.Terminates() {
				f(l)
			}
		}
		return true
	}
}

// firstEnd is the proxy at which the client's first session ends; nil where none
// does.
func (lc *Lifecycle) firstEnd() *Proxy {
	if len(lc.Sessions) == 0 {
		return nil
	}
	return lc.Sessions[0].Ends[1].Proxy
}

func backendAsks(modes ...Mode) func(*clone, *Route, *Request, *Lifecycle) bool {
	return func(_ *clone, r *Route, q *Request, _ *Lifecycle) bool {
		if !slices.Contains(modes, r.Mode.V) {
			return false
		}
		none := Fact[*Certificate]{}
		if r.Mode.V == ModePassthrough {
			q.From.End.Certificate = statedNone
		}
		r.Upstream.End.Certificate = none
		for _, p := range r.Proxies {
			p.End.Certificate = none
		}
		for _, t := range r.Targets {
			if t.Backend != nil {
				t.Backend.End.ClientCertificate = Default(ClientAuth{Mode: AuthRequired})
			}
		}
		return true
	}
}

// statedNone is the certificate of a client that is said to have none.
var statedNone = Fact[*Certificate]{Origin: OriginStated}

var refusing = onServers(func(s *Server) { s.State = Default(ServerRefuses) })

var whatIfs = []whatIf{
	{"no usable server", onServers(func(s *Server) { s.State = Default(ServerDown) })},
	{"every server refuses connections", refusing},
	{"every server accepts and never answers", onServers(func(s *Server) { s.State = Default(ServerSilent) })},
	{"the server's certificate is of an unknown CA", backendCertificate(
		&Certificate{Decl: Decl{Name: "unknown", Label: "the server's certificate"}, Issuer: Default(stranger)}, ModeReencrypt, ModePassthrough)},
	{"the server's certificate has another name", backendCertificate(
		&Certificate{Decl: Decl{Name: "misnamed", Label: "the server's certificate"}, CertificateFacts: CertificateFacts{Names: []Fact[string]{Default("other.invalid")}}}, ModeReencrypt, ModePassthrough)},
	{"the server requires a client certificate, and gets none", backendAsks(ModeReencrypt, ModePassthrough)},
	{"the client does not trust the proxy's certificate", onListeners(func(l *Listener) {
		l.End.Certificates = []Fact[*Certificate]{Default(&Certificate{Decl: Decl{Name: "unknown", Label: "the proxy's certificate"}, Issuer: Default(stranger)})}
	})},
	{"the proxy requires a client certificate, and gets none", func(c *clone, r *Route, q *Request, usual *Lifecycle) bool {
		asks := onListeners(func(l *Listener) { l.End.ClientCertificate = Default(ClientAuth{Mode: AuthRequired}) })(c, r, q, usual)
		q.From.End.Certificate = statedNone
		return asks
	}},
	{"no TLS version in common with the client", func(_ *clone, r *Route, q *Request, _ *Lifecycle) bool {
		q.TLS = Fact[Versions]{V: Versions{TLS10, TLS10}}
		q.From.End.TLS = Default(Versions{TLS10, TLS10})
		return !q.Calls[0].InClear()
	}},
	{"the client sends no SNI", func(_ *clone, r *Route, q *Request, _ *Lifecycle) bool {
		q.SNI = Fact[string]{}
		return !q.Calls[0].InClear() && r.SNI.V == SNIHost
	}},
	{"no route has the host", func(_ *clone, r *Route, q *Request, _ *Lifecycle) bool {
		if r.Host.V == "" && r.Subdomain.V == "" {
			return false
		}
		q.Calls[0].Host = sibling(q.Calls[0].Host)
		if q.SNI.V != "" {
			q.SNI.V = q.Calls[0].Host
		}
		return true
	}},
}

// Failures derives each way in which a route can fail while all else works: servers, certificates,
// versions, names. A route that is served without the client certificate that it requires fails to
// refuse clients. The request is that of a client that can use the route.
func Failures(t *Topology, r *Route) iter.Seq[Failure] {
	return func(yield func(Failure) bool) {
		usual := usable(t, r, schemesFor(r.Mode.V)...)
		if usual == nil {
			return
		}
		for _, w := range whatIfs {
			c := cloneOf(t)
			q := c.request(usual.Request)
			if !w.apply(c, c.routes[r], q, usual) {
				continue
			}
			lc := Derive(c.t, q)
			past := lc.Outcome.Fault == FaultNone && lc.pastCertificate()
			if (past || lc.Outcome.Fault != FaultNone) && !yield(Failure{What: w.what, Lifecycle: lc, Past: past}) {
				return
			}
		}
	}
}

// Refused derives the request again where every server of the route by which it came to one
// refuses connections. It is nil where it came to none.
func (lc *Lifecycle) Refused() *Lifecycle {
	var r *Route
	for _, x := range lc.Connections {
		if x.To.Server != nil {
			r = x.Route
		}
	}
	if r == nil {
		return nil
	}
	c := cloneOf(lc.Topology)
	q := c.request(lc.Request)
	refusing(c, c.routes[r], q, lc)
	return Derive(c.t, q)
}

// pastCertificate reports whether the client's session came to a route that requires a
// client certificate, and has none.
func (lc *Lifecycle) pastCertificate() bool {
	return slices.ContainsFunc(lc.Steps, func(s *Step) bool {
		choice, ok := s.Facts.(RouteChoice)
		return ok && s.Op == OpRoute && choice.Route != nil && choice.Route.ClientCertificate.V.Mode == AuthRequired &&
			len(lc.Sessions) > 0 && lc.Sessions[0].Ends[1] == s.At && lc.Sessions[0].ClientCert == nil
	})
}

// sibling is a name beside host that no route has.
func sibling(host string) string {
	_, parent, _ := strings.Cut(host, ".")
	return "unknown." + parent
}
