package flow

import (
	"cmp"
	"fmt"
	"slices"
)

// fill gives a fact that nothing states a default.
func fill[T any](f *Fact[T], v T) {
	if !f.IsSet() {
		*f = Default(v)
	}
}

// clientEnd completes a client's side of TLS: everything is verified unless it
// says otherwise.
func (c *completion) clientEnd(d ClientEndDraft, is *ClientProfile) ClientEnd {
	end := ClientEnd{
		ClientEndFacts: d.ClientEndFacts,
		Trust:          findAll(c, c.cas, d.Trust),
		Certificate:    find(c, c.certificates, d.Certificate),
	}
	end.fillDefaults(is)
	fill(&end.Verify, true)
	return end
}

// fillDefaults fills in what a client's side can do where nothing is said.
func (e *ClientEnd) fillDefaults(is *ClientProfile) {
	fill(&e.TLS, is.TLS)
	if is.ALPN != nil {
		fill(&e.ALPN, is.ALPN)
	}
}

// serverEnd completes a server's side of TLS.
func (c *completion) serverEnd(d ServerEndDraft, is *ServerProfile) ServerEnd {
	end := ServerEnd{
		ServerEndFacts:    d.ServerEndFacts,
		Certificates:      findAll(c, c.certificates, d.Certificates),
		ClientCertificate: c.clientAuth(d.ClientCertificate),
	}
	end.fillDefaults(is)
	return end
}

// fillDefaults fills in what a server's side can do where nothing is said.
func (e *ServerEnd) fillDefaults(is *ServerProfile) {
	if e.TLS.V.Max == 0 { // a front end may know what is likely
		fill(&e.TLS, is.TLS)
	}
	if is.ALPN != nil {
		fill(&e.ALPN, is.ALPN)
	}
}

func (c *completion) clientAuth(d Fact[ClientAuthDraft]) Fact[ClientAuth] {
	return Fact[ClientAuth]{
		V:      ClientAuth{Mode: d.V.Mode, CA: find(c, c.cas, d.V.CA).V},
		Origin: d.Origin, At: d.At,
	}
}

func (c *completion) declareClient(d *ClientDraft) {
	x := &Client{Decl: made(d.Decl), ClientFacts: d.ClientFacts}
	if c.nodes.bind(c, DeclClient, x.Name, x.At, node{client: x}) {
		c.t.Clients = append(c.t.Clients, x)
	}
	c.later(func() {
		x.Zone = find(c, c.zones, d.Zone).V
		x.End = c.clientEnd(d.End, &curlClient)
	})
}

func (c *completion) declareProxy(d *ProxyDraft) {
	p := &Proxy{Decl: made(d.Decl), ProxyFacts: d.ProxyFacts}
	p.Profile = cmp.Or(p.Profile, c.profile)
	if c.nodes.bind(c, DeclProxy, p.Name, p.At, node{proxy: p}) {
		c.t.Proxies = append(c.t.Proxies, p)
	}
	if d.Incomplete {
		c.incomplete[p] = true
	}
	c.later(func() {
		p.Zone = find(c, c.zones, d.Zone).V
		p.End = c.clientEnd(d.End, &p.Behaves().Client)
		p.From = findAll(c, c.zones, d.From)
		for _, l := range d.Listeners {
			p.Listeners = append(p.Listeners, c.listener(p, l))
		}
		p.fillDefaults()
	})
}

// fillDefaults fills in what a proxy does of which nothing is said.
func (p *Proxy) fillDefaults() {
	is := p.Behaves().Defaults
	fill(&p.Order, is.Order)
	fill(&p.Balance, "roundrobin")
	fill(&p.Connection, is.Connection)
	fill(&p.Reuse, is.Reuse)
	fill(&p.Retries, is.Retries)
}

func (c *completion) listener(p *Proxy, d *ListenerDraft) *Listener {
	l := &Listener{ListenerFacts: d.ListenerFacts, Proxy: p}
	l.Origin = cmp.Or(l.Origin, OriginStated)
	l.Kind = cmp.Or(l.Kind, ListenHTTP)
	is := p.Behaves().Server
	if l.Kind != ListenHTTPS {
		is.ALPN = nil
	}
	l.End = c.serverEnd(d.End, &is)
	l.Port = cmp.Or(l.Port, map[ListenKind]int{ListenHTTP: 80, ListenHTTPS: 443, ListenTCP: 443}[l.Kind])
	fill(&l.InspectDelay, p.Behaves().Defaults.InspectDelay)
	return l
}

func (c *completion) declareBackend(d *BackendDraft) {
	b := c.rooms.backends.One()
	b.Decl, b.BackendFacts = made(d.Decl), d.BackendFacts
	if c.nodes.bind(c, DeclBackend, b.Name, b.At, node{backend: b}) {
		c.t.Backends = append(c.t.Backends, b)
	}
	if d.Incomplete {
		c.incomplete[b] = true
	}
	c.later(func() {
		b.Zone = find(c, c.zones, d.Zone).V
		b.End = c.serverEnd(d.End, &goServer)
		c.ofBackend.empty()
		for _, s := range d.Servers {
			c.server(b, s)
		}
		if d.LostServer {
			c.lostServer[b] = true
		}
		switch {
		case len(b.Servers) == 0 && !d.NoServers.V:
			supplyServer(b, d.ServerPort)
		case len(b.Servers) > 0 && d.NoServers.V:
			c.report(Mistake{Kind: MistakeServersAndNone, At: d.NoServers.At, Related: b.Servers[0].At, Decl: b.Name})
		}
	})
}

func (c *completion) server(b *Backend, d *ServerDraft) {
	s := c.rooms.servers.One()
	s.Decl, s.ServerFacts, s.Backend = made(d.Decl), d.ServerFacts, b
	fill(&s.Weight, 1)
	fill(&s.State, ServerUp)
	s.Labels = c.labels(d.Labels)
	if c.ofBackend.bind(c, DeclServer, s.Name, s.At, s) {
		b.Servers = append(b.Servers, s)
	}
}

// supplyNode supplies a client, proxy or backend under the name by which the
// model calls it, where it declares none of the kind.
func (c *completion) supplyNode(kind DeclKind, name string) node {
	d := Decl{Name: name, Origin: OriginSupplied}
	var n node
	switch kind {
	case DeclClient:
		n.client = &Client{Decl: d, End: c.clientEnd(ClientEndDraft{}, &curlClient)}
		c.t.Clients = append(c.t.Clients, n.client)
	case DeclProxy:
		n.proxy = &Proxy{Decl: d, ProxyFacts: ProxyFacts{Profile: c.profile}}
		n.proxy.End = c.clientEnd(ClientEndDraft{}, &n.proxy.Behaves().Client)
		n.proxy.fillDefaults()
		c.supplyListeners(n.proxy)
		c.t.Proxies = append(c.t.Proxies, n.proxy)
	case DeclBackend:
		n.backend = &Backend{Decl: d, End: c.serverEnd(ServerEndDraft{}, &goServer)}
		supplyServer(n.backend, 0)
		c.t.Backends = append(c.t.Backends, n.backend)
	default:
		panic("flow: no node is supplied of this kind")
	}
	c.nodes.supply(kind, name, n)
	return n
}

// supplyServer gives a backend the one server that it is assumed to have.
func supplyServer(b *Backend, port int) {
	s := &Server{
		Decl: Decl{Name: b.Name + "-1", Origin: OriginSupplied}, Backend: b,
		ServerFacts: ServerFacts{Port: port, Weight: Default(1), State: Default(ServerUp)},
	}
	b.Servers = []*Server{s}
}

// serversOf are the names of a backend's servers, once all are known. Few models ask
// for them.
func (c *completion) serversOf(b *Backend) *scope[*Server] {
	s := c.servers[b]
	if s == nil {
		s = newScope[*Server](len(b.Servers), DeclServer)
		s.unnamed = c.lostServer[b]
		for _, x := range b.Servers {
			s.add(Candidate{x.Name, x.At}, binding[*Server]{x, DeclServer})
		}
		c.servers[b] = s
	}
	return s
}

// serversNamed are the servers of all backends that have a name, once all are known.
func (c *completion) serversNamed(name string) []*Server {
	if c.named == nil {
		c.named = map[string][]*Server{}
		for _, b := range c.t.Backends {
			for _, s := range b.Servers {
				c.named[s.Name] = append(c.named[s.Name], s)
			}
		}
	}
	return c.named[name]
}

func (c *completion) supplyListeners(p *Proxy) {
	for _, f := range []ListenerFacts{{Kind: ListenHTTP}, {Kind: ListenHTTPS}} {
		f.Origin = OriginSupplied
		p.Listeners = append(p.Listeners, c.listener(p, &ListenerDraft{ListenerFacts: f}))
	}
}

// supply supplies the client and the proxy of a model that names none, and the
// ports of a proxy that states none.
func (c *completion) supply() {
	if len(c.t.Clients) == 0 {
		c.supplyNode(DeclClient, c.freeName("client"))
	}
	if len(c.t.Proxies) == 0 {
		c.supplyNode(DeclProxy, c.freeName("haproxy"))
	}
	for _, p := range c.t.Proxies {
		if len(p.Listeners) == 0 {
			c.supplyListeners(p)
		}
	}
}

// expectsHeader reports whether a port in front of all others expects a PROXY header.
func (c *completion) expectsHeader() bool {
	return slices.ContainsFunc(c.outer, func(p *Proxy) bool {
		return slices.ContainsFunc(p.Listeners, func(l *Listener) bool { return l.AcceptProxy.V })
	})
}

// requiresCertificate reports whether an end that clients come to requires a certificate
// of them: a port in front of all others, and where TLS is relayed what is behind it.
func (c *completion) requiresCertificate() bool {
	required := func(auth Fact[ClientAuth]) bool { return auth.V.Mode == AuthRequired }
	ports := func(p *Proxy) bool {
		return slices.ContainsFunc(p.Listeners, func(l *Listener) bool { return required(l.End.ClientCertificate) })
	}
	if slices.ContainsFunc(c.outer, ports) || slices.ContainsFunc(c.t.Routes, func(r *Route) bool { return required(r.ClientCertificate) }) {
		return true
	}
	if !slices.ContainsFunc(c.t.Routes, func(r *Route) bool { return r.Mode.V == ModePassthrough }) {
		return false
	}
	return slices.ContainsFunc(c.t.Proxies, ports) ||
		slices.ContainsFunc(c.t.Backends, func(b *Backend) bool { return required(b.End.ClientCertificate) })
}

// mostAssumed is how many supplied backends are named one by one: every picture
// repeats it.
const mostAssumed = 20

// listAssumed lists what was supplied for the model as a whole.
func (c *completion) listAssumed() {
	assume := func(a Assumption) { c.t.Assumed = append(c.t.Assumed, a) }
	for _, x := range c.t.Clients {
		switch {
		case x.Supplied() && x.Name == "client":
			assume(Assumption{Kind: AssumesClient})
		case x.Supplied():
			assume(Assumption{Kind: AssumesClient, Name: x.Name})
		}
		if x.Supplied() && c.expectsHeader() {
			assume(Assumption{Kind: AssumesSender, Name: x.Name})
		}
		if x.Supplied() && c.requiresCertificate() {
			assume(Assumption{Kind: AssumesCertificate, Name: x.Name})
		}
	}
	for _, p := range c.t.Proxies {
		if p.Listeners[0].Supplied() {
			assume(Assumption{Kind: AssumesPorts, Name: p.Name})
		}
	}
	var backends []string
	for _, b := range c.t.Backends {
		if len(b.Servers) > 0 && b.Servers[0].Supplied() {
			backends = append(backends, b.Name)
		}
	}
	if len(backends) > mostAssumed {
		assume(Assumption{Kind: AssumesBackends, Count: len(backends)})
		backends = nil
	}
	for _, name := range backends {
		assume(Assumption{Kind: AssumesBackend, Name: name})
	}
	if len(c.likely) > mostAssumed {
		assume(Assumption{Kind: AssumesProtocol, Count: len(c.likely)})
		c.likely = nil
	}
	for _, b := range c.likely {
		assume(Assumption{Kind: AssumesSpeaks, Name: b.Name, Speaks: b.Speaks.V})
	}
	derived := 0
	for _, q := range c.t.Requests {
		if q.Derived {
			derived++
		}
	}
	switch {
	case derived == 1:
		assume(Assumption{Kind: AssumesRequest, Name: c.t.Requests[0].Name})
	case derived > 1:
		a := Assumption{Kind: AssumesRequests}
		for _, q := range c.t.Requests {
			if len(q.Calls) > 0 && q.Calls[0].Host == "" {
				a.Name = "tcp"
			}
		}
		assume(a)
	}
}

// freeName returns the name, or the first of name-2, name-3… that is free.
func (c *completion) freeName(name string) string {
	for n, free := 2, name; ; n++ {
		if c.nodes.inOtherCase(free) < 0 {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}
