package flow

import (
	"context"
	"slices"
)

// Handshake is one meeting of a certificate and whoever judges it, as a
// request would bring it about if no end refused anything: what is wrong with
// the second hop shows although the first one fails.
type Handshake struct {
	Request     *Request // Derived, and not of the model, where no request takes the route
	Client      *Client  // that opens the session; nil where Proxy does
	Proxy       *Proxy
	Opened      *Route    // by which Proxy opened it; nil where Client did
	Route       *Route    // by which the last proxy on the way chose; nil where none matched
	Listener    *Listener // at the far end; nil where Backend is there
	Backend     *Backend
	SNI         string
	Name        string // that the opener wants in the certificate; "" for none
	Certificate *Certificate
}

// Opener is the name of whoever opens the session.
func (h *Handshake) Opener() string {
	if h.Client != nil {
		return h.Client.Name
	}
	return h.Proxy.Name
}

// End is the opener's end of the session.
func (h *Handshake) End() ClientEnd {
	if h.Client != nil {
		return h.Client.End
	}
	return h.Opened.UpstreamEnd(h.Proxy)
}

// ClientAuth is what the far end asks of the opener's certificate.
func (h *Handshake) ClientAuth() Fact[ClientAuth] {
	switch {
	case h.Backend != nil:
		return h.Backend.End.ClientCertificate
	default:
		end := h.Listener.End
		if r := h.Listener.terminated(h.SNI); r != nil {
			end = r.clientSide(end)
		}
		return end.ClientCertificate
	}
}

// visit is a request's coming to a route at a proxy, in TLS.
type visit struct {
	route *Route
	proxy *Proxy
}

// Handshakes returns every handshake of a topology's requests, and of a probe
// for each TLS route and proxy where none of them takes it, in their order. It
// passes over the requests that are to be left out. Where the context ends, it
// does not go on.
func Handshakes(ctx context.Context, t *Topology, leaveOut func(*Request) bool) []Handshake {
	l := unhindered(t)
	taken := map[visit]bool{}
	var out []Handshake
	for _, q := range t.Requests {
		if ctx.Err() != nil {
			return nil
		}
		if q.From != nil && q.Via != nil && len(q.Calls) > 0 && !leaveOut(q) {
			out = append(out, l.handshakes(q, taken)...)
		}
	}
	for _, r := range t.Routes {
		if ctx.Err() != nil {
			return nil
		}
		if r.Mode.V == ModeNone {
			continue
		}
		for _, p := range r.entryProxies() {
			if taken[visit{r, p}] {
				continue
			}
			if q := t.probe(r, p, "https"); q != nil {
				out = append(out, l.handshakes(q, map[visit]bool{})...)
			}
		}
	}
	return out
}

// lenient is a topology in which every end accepts what it meets, and the way
// back from its copies.
type lenient struct {
	c        *clone
	clients  map[*Client]*Client
	proxies  map[*Proxy]*Proxy
	backends map[*Backend]*Backend
	routes   map[*Route]*Route
}

func unhindered(t *Topology) *lenient {
	c := cloneOf(t)
	for _, x := range c.t.Clients {
		x.End.Verify, x.SendProxy, x.End.TLS = Default(false), Default(ProxyVersion(0)), everyVersion
	}
	for _, p := range c.t.Proxies {
		for _, l := range p.Listeners {
			l.AcceptProxy = Default(false)
			accepts(&l.End)
		}
	}
	for _, b := range c.t.Backends {
		b.AcceptProxy = Default(false)
		accepts(&b.End)
		for _, s := range b.Servers {
			s.State, s.Weight = Default(ServerUp), Default(1)
		}
	}
	for _, r := range c.t.Routes {
		r.SendProxy, r.Allow, r.ClientCertificate = Default(ProxyVersion(0)), nil, Default(ClientAuth{})
		r.WithoutCertificate = Default(0)
		r.Upstream.End.Verify, r.Upstream.End.TLS = Default(false), everyVersion
		for _, to := range r.Targets {
			to.Weight = Default(1)
		}
	}
	c.t.index()
	return &lenient{c, inverse(c.clients), inverse(c.proxies), inverse(c.backends), inverse(c.routes)}
}

var everyVersion = Default(Versions{TLS10, TLS13})

func accepts(e *ServerEnd) {
	e.TLS, e.StrictSNI, e.ClientCertificate = everyVersion, Default(false), Default(ClientAuth{})
}

func inverse[T any](m map[*T]*T) map[*T]*T {
	out := make(map[*T]*T, len(m))
	for k, v := range m {
		out[v] = k
	}
	return out
}

// handshakes derives a request of the real topology in the lenient one, and
// notes where it took which routes.
func (l *lenient) handshakes(q *Request, taken map[visit]bool) []Handshake {
	copied := *q
	copied.From, copied.Via = l.c.clients[q.From], l.c.proxies[q.Via]
	copied.After, copied.Resume, copied.Expect = Fact[*Request]{}, Fact[string]{}, nil
	copied.EarlyData, copied.Stop, copied.TLS = Default(false), Default(StopNever), Fact[Versions]{}
	lc := Derive(l.c.t, &copied)
	for _, s := range lc.Sessions {
		for _, c := range s.Connections {
			taken[visit{l.routes[c.Route], l.proxies[c.From.Proxy]}] = true
			if c.Listener == nil {
				continue
			}
			for _, x := range lc.Exchanges {
				taken[visit{l.routes[x.Route], l.proxies[c.Listener.Proxy]}] = true
			}
		}
	}
	var out []Handshake
	for _, s := range lc.Sessions {
		if s.Opened == nil || s.Ends[1] == nil || len(s.Connections) == 0 {
			continue
		}
		out = append(out, l.handshake(q, lc, s)...)
	}
	return out
}

// handshake is a session in terms of the real topology: one for each backend
// among which the last proxy chooses.
func (l *lenient) handshake(q *Request, lc *Lifecycle, s *Session) []Handshake {
	last := s.Connections[len(s.Connections)-1]
	h := Handshake{Request: q, Route: l.routes[last.Route], SNI: s.SNI, Certificate: s.Certificate}
	if c := s.Ends[0].Client; c != nil {
		h.Client, h.Name = l.clients[c], q.Calls[0].Host
		if !q.SNI.IsSet() && s.SNI != "" {
			h.Name = s.SNI
		}
	} else {
		h.Proxy, h.Opened = l.proxies[s.Ends[0].Proxy], l.routes[s.Connections[0].Route]
		if h.Opened == nil || h.Proxy == nil {
			return nil
		}
		h.Name = h.Opened.Upstream.Name.V
		if h.Name == "" {
			h.Name = s.SNI
		}
	}
	if h.Name == AnyHost {
		h.Name = "" // whatever the host is, a certificate may have it
	}
	if last.Listener != nil {
		if !last.Listener.Terminates() {
			return nil
		}
		h.Listener = l.listener(last.Listener)
		h.Route = l.answering(lc, h.Listener)
		return []Handshake{h}
	}
	if h.Route == nil {
		return nil
	}
	var out []Handshake
	for _, to := range h.Route.Targets {
		if to.Backend == nil || !to.Backend.Speaks.V.TLS() {
			continue
		}
		h.Backend = to.Backend
		h.Certificate, _ = to.Backend.End.certificateFor(s.SNI)
		out = append(out, h)
	}
	return out
}

func (l *lenient) listener(copied *Listener) *Listener {
	own := l.proxies[copied.Proxy]
	return own.Listeners[slices.Index(copied.Proxy.Listeners, copied)]
}

// answering is the route that a client's request takes at the listener where
// its TLS ends; nil where none matches.
func (l *lenient) answering(lc *Lifecycle, at *Listener) *Route {
	for _, x := range lc.Exchanges {
		if r := l.routes[x.Route]; r != nil && slices.Contains(r.Proxies, at.Proxy) {
			return r
		}
	}
	for _, c := range lc.Connections {
		if r := l.routes[c.Route]; r != nil && slices.Contains(r.Proxies, at.Proxy) {
			return r
		}
	}
	return nil
}
