package flow

// walker follows what is asked for, as Derive does and by the same decisions, but over
// every target, and as if every end accepted what it meets.
type walker struct {
	t      *Topology
	ask    *Ask
	hops   []Hop
	forks  []fork
	met    []Handshake // on the way so far
	meets  []int       // their numbers
	client *Client
	head   Head // as it comes to the next port
	first  bool // every balancer on the way so far begins with it
	count  int  // of paths that were found
	gone   map[edge]bool
	found  func(end PathEnd, at *Listener, r *Route)
	shook  func(*Handshake) int
	shut   bool // a route of the last port takes what is asked for, and no plaintext
}

// opening is a TLS session that a client opens, or a proxy for a route.
type opening struct {
	proxy     *Proxy // nil where the client opens it
	opened    *Route
	sni, name string
}

// named is the SNI of a session; "" for none, and in plaintext.
func (o *opening) named() string {
	if o == nil {
		return ""
	}
	return o.sni
}

// start is the client's connection.
func (w *walker) start(client *Client) {
	a := w.ask
	w.hops = append(w.hops[:0], Hop{Listener: a.Via, Port: a.port(), TLS: !a.Call.InClear(), Opens: true})
	w.forks, w.met, w.meets, w.client = w.forks[:0], w.met[:0], w.meets[:0], client
	w.first, w.count = true, 0
	clear(w.gone)
	w.head = Head{Method: a.Call.Method, Host: a.hostField(), Path: a.Call.Path, Fields: a.fields, Source: client.Address.V}
	if a.Call.InClear() {
		w.enter(a.Via, nil)
		return
	}
	w.hops[0].SNI = a.sni()
	o := &opening{sni: a.sni(), name: a.Call.Host}
	if (a.Request == nil || !a.Request.SNI.IsSet()) && o.sni != "" {
		o.name = o.sni
	}
	w.enter(a.Via, o)
}

// enter is a connection that has come to a port; ses is the session in it, nil
// for plaintext.
func (w *walker) enter(l *Listener, ses *opening) {
	if w.looped(l) {
		w.found(EndLoop, l, nil)
		return
	}
	w.shut = false
	sni := ses.named()
	way := l.relaying(Head{Host: sni, Source: w.head.Source, TLS: ses != nil})
	switch {
	case way.route != nil && way.route.closes():
		w.found(EndAnswer, l, way.route)
		return
	case way.route != nil:
		w.hops[len(w.hops)-1].Relayed = way.route
		w.fork(l, way.route, ses, false)
		return
	case way.refuses && (ses != nil || way.unread):
		w.found(EndNoRoute, l, nil)
		return
	case way.refuses, (ses != nil) != l.Terminates():
		w.found(EndProtocol, l, nil)
		return
	}
	r, redirect := w.chosen(l, sni)
	if ses != nil {
		w.meet(Handshake{Listener: l, Route: r}, ses)
		defer w.leave()
	}
	switch {
	case r == nil:
		w.found(EndNoRoute, l, nil)
	case redirect:
		w.found(EndRedirect, l, r)
	case r.closes(), r.Answer.IsSet() && l.Kind != ListenTCP:
		w.found(EndAnswer, l, r)
	default:
		if l.Kind != ListenTCP {
			defer func(came Head) { w.head = came }(w.head)
			w.head = r.Changed(w.head)
		}
		w.fork(l, r, r.opens(l.Proxy, w.head.Host), true)
	}
}

// chosen is the route over which a port that reads what comes sends it on, and
// whether it redirects instead; nil for none.
func (w *walker) chosen(l *Listener, sni string) (r *Route, redirect bool) {
	if l.Kind == ListenTCP {
		return l.bytesRoute(Head{Host: sni, Source: w.head.Source}), false
	}
	r, w.shut = l.HTTPRoute(w.head)
	return r, r != nil && l.Redirects(r)
}

// opens is the session that a proxy opens for a route; nil for plaintext.
func (r *Route) opens(p *Proxy, host string) *opening {
	if r.Mode.V != ModeReencrypt {
		return nil
	}
	sni := r.upstreamSNI(host)
	return &opening{proxy: p, opened: r, sni: sni, name: r.Upstream.Checked(sni)}
}

// to is the session towards one of the route's targets.
func (o *opening) to(t *Target) *opening {
	if o == nil || o.opened == nil || t == nil || !t.Certified.IsSet() {
		return o
	}
	own := *o
	own.name = o.opened.Upstream.CheckedAt(t, o.sni)
	return &own
}

// fork goes on over each target of a route.
func (w *walker) fork(l *Listener, r *Route, ses *opening, opens bool) {
	n := 0
	first := r.begin(l)
	r.eachWay(l, w.hops[len(w.hops)-1].Port, func(to serverChoice, t *Target, usable bool) {
		ses := ses
		if opens {
			ses = ses.to(t)
		}
		if !usable {
			w.standby(to.server.Backend, r, ses)
			return
		}
		n++
		e := edge{l, r, to.proxy, to.port, nil}
		if to.server != nil {
			e.backend = to.server.Backend
		}
		if w.count > maxPaths && n > 1 && w.gone[e] {
			return
		}
		if !r.oneWay() {
			w.note(e)
		}
		was := w.first
		w.first = was && (first == nil || first.like(to))
		defer func() { w.first = was }()
		came := w.head.Source
		w.head.Source = r.Onward(l.Proxy, came)
		defer func() { w.head.Source = came }()
		w.forks = append(w.forks, fork{l.Proxy, r, to})
		w.hops = append(w.hops, Hop{From: l.Proxy, Route: r, Target: t, Server: to.server, Port: to.port, TLS: ses != nil, Opens: opens, SNI: ses.named()})
		w.reach(to, r, ses)
		w.forks, w.hops = w.forks[:len(w.forks)-1], w.hops[:len(w.hops)-1]
	})
	// where only those are served whose cookie names a server, everybody else is not
	if n == 0 || r.keepsClients(l) && len(r.choices(w.hops[len(w.hops)-1].Port)) == 0 {
		w.found(EndNoServer, l, r)
	}
}

// maxPaths is how many paths of what is asked for are followed however they are
// combined. Beyond it, a way that was gone before is not gone again: a mesh of
// proxies has more combinations than there are atoms.
const maxPaths = 1024

// edge is a way from a port to the next one, or to a backend.
type edge struct {
	at      *Listener
	route   *Route
	proxy   *Proxy
	port    int
	backend *Backend
}

// oneWay reports whether a route has one proxy or one server as its targets.
func (r *Route) oneWay() bool {
	return len(r.Targets) == 1 && (r.Targets[0].Proxy != nil || len(r.Targets[0].Backend.Servers) == 1)
}

// note remembers that a way was gone.
func (w *walker) note(e edge) {
	if w.gone == nil {
		w.gone = map[edge]bool{}
	}
	w.gone[e] = true
}

// begin is where a load balancer sends its first request; nil where it has no choice.
func (r *Route) begin(l *Listener) *serverChoice {
	if r.oneWay() {
		return nil
	}
	choices := r.choices(l.Port)
	if len(choices) < 2 {
		return nil
	}
	i, _ := balancingOf(r.balance(l.Proxy).V).begin(choices).next()
	return &choices[i]
}

// like reports whether paths do not tell one choice from another.
func (c *serverChoice) like(o serverChoice) bool {
	if c.server != nil && o.server != nil {
		return c.server.Backend == o.server.Backend && c.server.State.V == o.server.State.V
	}
	return c.proxy == o.proxy && c.port == o.port && (c.server == nil) == (o.server == nil)
}

// standby is a backend whose servers are all known to be down, or backups: they come back, so
// that a handshake with them counts, and no bytes go there now.
func (w *walker) standby(b *Backend, r *Route, ses *opening) {
	if ses != nil && b.Speaks.V.TLS() {
		w.meet(Handshake{Backend: b, Route: r}, ses)
		w.leave()
	}
}

// reach is a connection to one of a route's targets.
func (w *walker) reach(to serverChoice, r *Route, ses *opening) {
	if to.proxy != nil {
		next := to.proxy.Listens(to.port)
		w.hops[len(w.hops)-1].Listener = next
		if next == nil {
			w.found(EndNoListener, nil, r)
			return
		}
		w.enter(next, ses)
		return
	}
	if tls := to.server.Backend.Speaks.V.TLS(); tls != (ses != nil) {
		w.found(EndProtocol, nil, r)
		return
	}
	if ses != nil {
		w.meet(Handshake{Backend: to.server.Backend, Route: r}, ses)
		defer w.leave()
	}
	w.found(EndServer, nil, r)
}

// meet notes a handshake.
func (w *walker) meet(h Handshake, ses *opening) {
	h.SNI, h.Name, h.Proxy, h.Opened = ses.sni, ses.name, ses.proxy, ses.opened
	if ses.proxy == nil {
		h.Client = w.client
	}
	if h.Name == AnyHost {
		h.Name = "" // whatever the host is, a certificate may have it
	}
	if h.Listener != nil {
		h.Certificate, h.fits = h.Listener.CertificateFor(ses.sni)
		h.terms = h.Listener.terminated(ses.sni)
	} else {
		h.Certificate, h.fits = h.Backend.End.certificateFor(ses.sni)
	}
	w.met = append(w.met, h)
	w.meets = append(w.meets, w.shook(&w.met[len(w.met)-1]))
}

func (w *walker) leave() { w.met, w.meets = w.met[:len(w.met)-1], w.meets[:len(w.meets)-1] }

// looped reports whether the way has come to a port before.
func (w *walker) looped(l *Listener) bool {
	for _, h := range w.hops[:len(w.hops)-1] {
		if h.Listener == l {
			return true
		}
	}
	return false
}

// eachWay calls f for every place to which a port can send what it takes by
// the route: each proxy, and of each backend one server of each state. Of a
// backend whose servers are all down, or backups that are not in use, it is one of them,
// and not usable.
func (r *Route) eachWay(l *Listener, port int, f func(to serverChoice, t *Target, usable bool)) {
	all := r.reachable(l, port)
	if len(all) == 1 {
		c := all[0]
		f(c, r.targetOf(c), c.server == nil || c.server.State.V != ServerDown)
		return
	}
	spare := r.spare(port, all)
	type place struct {
		proxy   *Proxy
		port    int
		backend *Backend
		state   ServerState
		spare   bool
	}
	isUp := func(c serverChoice) bool {
		return c.server == nil || c.server.State.V != ServerDown && !spare[c.server]
	}
	up, seen, of := map[*Backend]bool{}, map[place]bool{}, map[*Backend]*Target{}
	for _, c := range all {
		if c.server != nil && isUp(c) {
			up[c.server.Backend] = true
		}
	}
	for _, t := range r.Targets {
		if t.Backend != nil && of[t.Backend] == nil {
			of[t.Backend] = t
		}
	}
	for _, to := range all {
		at := place{proxy: to.proxy, port: to.port}
		if to.server != nil {
			at = place{backend: to.server.Backend, state: to.server.State.V, spare: spare[to.server]}
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		if isUp(to) || !up[at.backend] {
			t := of[at.backend]
			if t == nil {
				t = r.targetOf(to)
			}
			f(to, t, isUp(to))
		}
	}
}

// spare are the backup servers of a route that are not in use for a port; nil where it has none.
func (r *Route) spare(port int, all []serverChoice) map[*Server]bool {
	var out map[*Server]bool
	for _, c := range all {
		if !c.backup() {
			continue
		}
		if out == nil {
			out = map[*Server]bool{}
		}
		out[c.server] = true
	}
	if out != nil {
		for _, c := range r.choices(port) {
			delete(out, c.server)
		}
	}
	return out
}

// targetOf is the target that a choice belongs to.
func (r *Route) targetOf(to serverChoice) *Target {
	for _, t := range r.Targets {
		if t.Proxy != nil && t.Proxy == to.proxy && (t.Port == 0 || t.Port == to.port) || to.server != nil && t.Backend == to.server.Backend {
			return t
		}
	}
	return nil
}
