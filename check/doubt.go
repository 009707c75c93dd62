package check

import (
	"cmp"
	"slices"
	"sort"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Doubt is what is not known of a model with broken statements.
type Doubt struct {
	// Everything says that it is not known which declarations there are.
	Everything bool
	// Places are the statements that are broken, as far as one of them says
	// nothing about what another one states.
	Places []source.Span
	// Ports are those of Places in which a proxy that stands for the rest may state
	// ports.
	Ports []source.Span
	// Reach are those in which it may state the zones that it is reached from.
	Reach []source.Span
}

// doubt is what a Doubt makes doubtful in a topology: the declarations in its
// places, those that name one of them, and so on.
type doubt struct {
	everything bool
	places     placeIndex
	reach      []source.Span              // where proxies may state who reaches them
	torn       map[any]bool               // the declarations in its places: *flow.Zone, *flow.CA, …, *flow.Listener
	of         map[any]bool               // those, and all that name them
	astray     map[*flow.Request]bool     // that may go to another proxy
	shown      map[*flow.Certificate]bool // that a doubtful route has
	portless   map[*flow.Proxy]bool       // proxies that may have more ports
	stated     []declared                 // by their places
	namedBy    map[any][]any              // those that name a declaration
}

// declared is a declaration, or a port of a proxy, and its place.
type declared struct {
	at   source.Span
	what any
}

// newDoubt returns nil where nothing is in doubt.
func newDoubt(t *flow.Topology, d *Doubt) *doubt {
	if d == nil {
		return nil
	}
	out := &doubt{everything: d.Everything, places: newPlaceIndex(d.Places), reach: d.Reach, torn: map[any]bool{}, of: map[any]bool{}, astray: map[*flow.Request]bool{}, portless: map[*flow.Proxy]bool{}, shown: map[*flow.Certificate]bool{}, namedBy: map[any][]any{}}
	out.declare(t)
	for _, x := range out.stated {
		if out.places.contain(x.at) {
			out.torn[x.what], out.of[x.what] = true, true
		}
	}
	for _, p := range t.Proxies {
		out.portless[p] = out.torn[p] || slices.ContainsFunc(d.Ports, func(at source.Span) bool { return p.Whole.Contains(at) })
	}
	out.spread(t)
	for _, r := range t.Routes {
		if c := r.Certificate.V; c != nil && out.torn[r] {
			out.shown[c] = true
		}
	}
	for _, q := range t.Requests {
		out.astray[q] = out.mayGoAstray(t, q)
	}
	return out
}

// declare lists the declarations of a topology in the order of their places.
func (d *doubt) declare(t *flow.Topology) {
	add := func(at source.Span, what any) {
		if at.Known() {
			d.stated = append(d.stated, declared{at, what})
		}
	}
	for _, x := range t.Zones {
		add(x.Whole, x)
	}
	for _, x := range t.CAs {
		add(x.Whole, x)
	}
	for _, x := range t.Certificates {
		add(x.Whole, x)
	}
	for _, x := range t.Namespaces {
		add(x.Whole, x)
	}
	for _, x := range t.Clients {
		add(x.Whole, x)
	}
	for _, x := range t.Proxies {
		add(x.Whole, x)
		for _, l := range x.Listeners {
			add(l.Whole, l)
		}
	}
	for _, x := range t.Backends {
		add(x.Whole, x)
	}
	for _, x := range t.Routes {
		add(x.Whole, x)
	}
	for _, x := range t.Requests {
		add(x.Whole, x)
	}
	slices.SortStableFunc(d.stated, func(a, b declared) int {
		return cmp.Or(cmp.Compare(a.at.File.Name, b.at.File.Name), cmp.Compare(a.at.Start, b.at.Start), cmp.Compare(b.at.End, a.at.End))
	})
}

// spread takes doubt from declarations to those that name them, and on.
func (d *doubt) spread(t *flow.Topology) {
	d.names(t)
	var next []any
	for _, x := range d.stated {
		if d.of[x.what] {
			next = append(next, x.what)
		}
	}
	for len(next) > 0 {
		x := next[len(next)-1]
		next = next[:len(next)-1]
		for _, by := range d.namedBy[x] {
			if !d.of[by] {
				d.of[by] = true
				next = append(next, by)
			}
		}
	}
}

// names notes which declarations each declaration names, but for its zones: what
// these are is asked by rules that speak of them, and no message goes another way
// for it.
func (d *doubt) names(t *flow.Topology) {
	for _, x := range t.Certificates {
		d.from(x, x.Issuer.V)
	}
	for _, x := range t.Clients {
		d.fromClientEnd(x, x.End)
	}
	for _, x := range t.Proxies {
		d.fromClientEnd(x, x.End)
		for _, l := range x.Listeners {
			d.from(l, x)
			d.fromServerEnd(l, l.End)
		}
	}
	for _, x := range t.Backends {
		d.fromServerEnd(x, x.End)
	}
	for _, x := range t.Routes {
		d.fromRoute(x)
	}
	for _, x := range t.Requests {
		d.from(x, x.From)
		d.from(x, x.FromProxy)
		d.from(x, x.After.V)
		d.from(x, x.Check)
		if x.ViaAt.Known() {
			d.from(x, x.Via)
		}
		for _, e := range x.Expect {
			d.fromParty(t, x, e.From)
		}
	}
}

// mayGoAstray reports whether a doubtful proxy may be the one that a request
// goes to: it states none, and its host is not below a domain.
func (d *doubt) mayGoAstray(t *flow.Topology, q *flow.Request) bool {
	if q.ViaAt.Known() || len(t.Proxies) < 2 || len(q.Calls) == 0 {
		return false
	}
	if _, domain := t.ProxiesOfDomain(q.Calls[0].Host); domain != "" {
		return false
	}
	return slices.ContainsFunc(t.Proxies, func(p *flow.Proxy) bool { return d.of[p] })
}

func (d *doubt) fromRoute(x *flow.Route) {
	d.from(x, x.Namespace)
	d.from(x, x.Certificate.V)
	d.from(x, x.ClientCertificate.V.CA)
	d.fromClientEnd(x, x.Upstream.End)
	for _, on := range x.On {
		d.from(x, on.Proxy)
		if on.Port != 0 && d.portless[on.Proxy] && on.Proxy.Listens(on.Port) == nil {
			d.torn[x], d.of[x] = true, true // it is on a port that is broken
		}
	}
	for _, to := range x.Targets {
		d.from(x, to.Backend)
		d.from(x, to.Proxy)
	}
}

func (d *doubt) fromClientEnd(x any, e flow.ClientEnd) {
	d.from(x, e.Certificate.V)
	for _, ca := range e.Trust {
		d.from(x, ca.V)
	}
}

func (d *doubt) fromServerEnd(x any, e flow.ServerEnd) {
	d.from(x, e.ClientCertificate.V.CA)
	for _, c := range e.Certificates {
		d.from(x, c.V)
	}
}

// fromParty is from a server's backend, a proxy or a client by its name.
func (d *doubt) fromParty(t *flow.Topology, x *flow.Request, name string) {
	for _, c := range t.Clients {
		if c.Name == name {
			d.from(x, c)
		}
	}
	for _, p := range t.Proxies {
		if p.Name == name || p.Name+"/inner" == name {
			d.from(x, p)
		}
	}
	for _, b := range t.Backends {
		if len(name) > len(b.Name) && name[:len(b.Name)] == b.Name && name[len(b.Name)] == '/' {
			d.from(x, b)
		}
	}
}

// from notes that a declaration names another one, which may be nil.
func (d *doubt) from(x, named any) { d.namedBy[named] = append(d.namedBy[named], x) }

// request reports whether it is doubtful what a request asks for, or where it
// goes.
func (d *doubt) request(q *flow.Request) bool { return d != nil && (d.of[q] || d.astray[q]) }

// mayExpect reports whether what a request expects may be among what is broken.
func (d *doubt) mayExpect(q *flow.Request) bool { return d != nil && d.torn[q] && len(q.Expect) == 0 }

// leads reports whether a doubtful route leads to a backend, which may be there
// for what that route is.
func (d *doubt) leads(t *flow.Topology, b *flow.Backend) bool {
	return d != nil && slices.ContainsFunc(t.Routes, func(r *flow.Route) bool {
		return d.torn[r] && slices.ContainsFunc(r.Targets, func(to *flow.Target) bool { return to.Backend == b })
	})
}

// client reports whether it is doubtful what a client is.
func (d *doubt) client(c *flow.Client) bool { return d != nil && d.of[c] }

// any reports whether one of several declarations is doubtful, or one that it
// names.
func (d *doubt) any(all ...any) bool {
	return d != nil && slices.ContainsFunc(all, func(x any) bool { return d.of[x] })
}

// touches reports whether a lifecycle passes something doubtful. The client of a
// request that flowc derived is left out: the model does not state it.
func (d *doubt) touches(lc *flow.Lifecycle) bool {
	if d == nil {
		return false
	}
	for _, p := range lc.Participants {
		switch {
		case d.of[p.Client] && !lc.Request.Derived, d.of[p.Proxy], p.Server != nil && d.of[p.Server.Backend]:
			return true
		}
	}
	for _, c := range lc.Connections {
		if d.of[c.Route] || d.of[c.Listener] || c.Listener == nil && d.portless[c.To.Proxy] {
			return true
		}
	}
	lost := func(p *flow.Participant) bool { return p.Proxy != nil && slices.ContainsFunc(p.Proxy.Routes, d.isTorn) }
	return slices.ContainsFunc(lc.Exchanges, func(x *flow.Exchange) bool {
		return d.of[x.Route] || x.Route == nil && slices.ContainsFunc(lc.Participants, lost)
	})
}

// isTorn reports whether a route's own statements are doubtful.
func (d *doubt) isTorn(r *flow.Route) bool { return d != nil && d.torn[r] }

// confines reports whether it is doubtful from where a proxy can be reached.
func (d *doubt) confines(p *flow.Proxy) bool {
	return d != nil && (d.torn[p] || slices.ContainsFunc(d.reach, p.Whole.Contains))
}

// handshake reports whether it is doubtful who meets in a handshake, or what
// they state of it: of a route only what it states of this session.
func (d *doubt) handshake(h flow.Handshake) bool {
	if d == nil {
		return false
	}
	if h.Listener != nil && d.shown[h.Certificate] {
		return true
	}
	if d.of[h.Proxy] || d.of[h.Backend] || d.of[h.Listener] || d.of[h.Certificate] || d.torn[h.Route] || d.torn[h.Opened] {
		return true
	}
	if h.Client != nil && !h.Request.Derived && d.of[h.Client] {
		return true
	}
	if h.Client != nil && h.Request.Derived && h.Route != nil && d.portsOf(h.Route) {
		return true // where such a request comes in follows from all domains and ports
	}
	if r := h.Route; r != nil && h.Listener != nil && (d.of[r.Certificate.V] || d.of[r.ClientCertificate.V.CA]) {
		return true
	}
	return h.Opened != nil && d.clientEnd(h.Opened.Upstream.End)
}

// clientEnd reports whether it is doubtful whom an end trusts, or what it shows.
func (d *doubt) clientEnd(e flow.ClientEnd) bool {
	return d.of[e.Certificate.V] || slices.ContainsFunc(e.Trust, func(ca flow.Fact[*flow.CA]) bool { return d.of[ca.V] })
}

// standing returns those findings of a rule that stand however the broken
// places are mended.
func (d *doubt) standing(p *Pass) diag.List {
	if d == nil {
		return p.found
	}
	switch p.rule.Scope {
	case ScopeStated:
		return p.found
	case ScopeModel:
		return nil
	case ScopeDeclared, ScopeOwn, ScopePorts:
	default:
		panic("check: unknown scope")
	}
	var out diag.List
	for i, f := range p.found {
		about := []source.Span{f.At}
		for _, o := range f.Related {
			about = append(about, o.At)
		}
		own := p.rule.Scope == ScopeOwn || p.settled[i]
		if !d.everything && !slices.ContainsFunc(about, func(at source.Span) bool { return d.at(at, own, p.rule.Scope == ScopePorts) }) {
			out = append(out, f)
		}
	}
	return out
}

// at reports whether a place is doubtful, or the declaration that it is in: own
// by what that states itself, else also by what it names. ports asks as well
// whether it is doubtful which ports and routes its proxies have.
func (d *doubt) at(at source.Span, own, ports bool) bool {
	if !at.Known() {
		return false
	}
	if d.places.contain(at) {
		return true
	}
	n := sort.Search(len(d.stated), func(i int) bool {
		o := d.stated[i].at
		return cmp.Or(cmp.Compare(o.File.Name, at.File.Name), cmp.Compare(o.Start, at.Start)) > 0
	})
	// the last one that begins before the place, or the proxy that this is a port of
	for _, x := range slices.Backward(d.stated[:n]) {
		if x.at.Contains(at) {
			return d.torn[x.what] || !own && d.of[x.what] || ports && d.ports(x.what)
		}
		if _, port := x.what.(*flow.Listener); !port {
			return false
		}
	}
	return false
}

// ports reports whether it is doubtful which ports and routes the proxies of a
// declaration have: its own, or those that a route is on and leads to.
func (d *doubt) ports(what any) bool {
	crowd := func(p *flow.Proxy) bool {
		return d.of[p] || d.portless[p] || slices.ContainsFunc(p.Routes, d.isTorn)
	}
	switch x := what.(type) {
	case *flow.Proxy:
		return crowd(x)
	case *flow.Listener:
		return crowd(x.Proxy)
	case *flow.Route:
		return d.portsOf(x) || slices.ContainsFunc(x.Targets, func(to *flow.Target) bool { return to.Proxy != nil && crowd(to.Proxy) })
	}
	return false
}

// portsOf reports whether it is doubtful on which ports a route is.
func (d *doubt) portsOf(r *flow.Route) bool {
	return d != nil && slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool { return d.of[p] || d.portless[p] })
}

// adrift reports whether no port is known for certain that a route is on.
func (d *doubt) adrift(r *flow.Route) bool {
	return d != nil && slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool {
		stated := slices.ContainsFunc(p.Listeners, func(l *flow.Listener) bool { return l.At.Known() && !d.torn[l] })
		return d.of[p] || d.portless[p] && !stated
	})
}

// before reports whether a broken route may lead to the proxy that a request comes to first, which
// the model does not name: it would come to another one then.
func (d *doubt) before(t *flow.Topology, q *flow.Request) bool {
	return d != nil && !q.ViaAt.Known() && slices.ContainsFunc(t.Routes, func(r *flow.Route) bool {
		return d.isTorn(r) && (len(r.Targets) == 0 || slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Proxy == q.Via }))
	})
}

// spoken reports whether it is doubtful what is spoken on a port: on one that
// can relay, that is a matter of its routes.
func (d *doubt) spoken(l *flow.Listener) bool {
	return d != nil && (d.torn[l] || l.Kind == flow.ListenTCP && slices.ContainsFunc(l.Proxy.Routes, d.isTorn))
}

// placeIndex is places that do not overlap, by their files and in order.
type placeIndex map[*source.File][]source.Span

func newPlaceIndex(places []source.Span) placeIndex {
	out := placeIndex{}
	for _, at := range places {
		out[at.File] = append(out[at.File], at)
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b source.Span) int { return cmp.Compare(a.Start, b.Start) })
	}
	return out
}

// contain reports whether a span is in one of the places.
func (p placeIndex) contain(at source.Span) bool {
	list := p[at.File]
	i := sort.Search(len(list), func(i int) bool { return list[i].Start > at.Start })
	return i > 0 && list[i-1].Contains(at)
}
