package haproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/flow"
)

// routes makes the routes of a unit.
func (b *builder) routes(u *unit) {
	if b.folded[u] != nil {
		return // they are made where its first stage leads there
	}
	for _, binds := range [][]*bind{u.outside(), u.inside()} {
		if len(binds) > 0 {
			b.routesOn(u, binds)
		}
	}
}

// routesOn makes the routes of a unit for what comes to some bind lines. Those of a second
// stage that is one port with them come where the first rule leads there.
func (b *builder) routesOn(u *unit, binds []*bind) {
	d := b.decisionsOf(u)
	t := &takings{ended: map[*bind]bool{}, single: map[*bind]map[string]bool{}}
	staged := false
	for _, e := range d.out {
		b.decision(u, d, e, reached(binds, t.ended), t)
		if staged || !b.toSecond(u, e) {
			continue
		}
		staged = true
		b.routesOn(b.inner[u].u, binds)
		if namesHosts(e) {
			b.ahead[u] = b.lastWithHost()
		}
	}
}

// lastWithHost is the last route that is made and has a host; nil for none.
func (b *builder) lastWithHost() *pending {
	for _, x := range slices.Backward(b.pending) {
		if x.draft.Host.IsSet() {
			return x
		}
	}
	return nil
}

// toSecond reports whether a rule leads to the second stage that is one port with its unit.
func (b *builder) toSecond(u *unit, e decision) bool {
	if e.do != toBackend {
		return false
	}
	stage := e.backend.alone()
	return stage != nil && b.folded[stage.u] == u
}

// decision makes the routes of one rule.
func (b *builder) decision(u *unit, d *deciding, e decision, binds []*bind, t *takings) {
	type place struct {
		when  anyOf
		binds []*bind
	}
	var places []place
	for _, x := range binds {
		when := e.when.under(func(l literal) (bool, bool) { return known(u, x, l) })
		if len(when) == 0 {
			continue
		}
		if i := slices.IndexFunc(places, func(p place) bool { return sameCondition(p.when, when) }); i >= 0 {
			places[i].binds = append(places[i].binds, x)
			continue
		}
		places = append(places, place{when, []*bind{x}})
	}
	for _, p := range places {
		if b.unmatched(u, e, p.when, p.binds) {
			continue
		}
		for _, part := range p.when {
			b.route(u, d, e, part, p.binds)
		}
		if e.do == redirects && e.redir.to == "" {
			continue
		}
		for _, x := range p.binds {
			t.take(x, p.when)
		}
	}
}

// takings are what rules have taken of what comes to bind lines.
type takings struct {
	ended  map[*bind]bool            // all of it
	single map[*bind]map[string]bool // by conditions of one test
}

// take notes a condition. All is taken by the one that asks for nothing, and by two of which
// one asks for what the other one does not: a redirect unless a path is asked for, and a
// backend for that path.
func (t *takings) take(x *bind, when anyOf) {
	for _, part := range when {
		switch {
		case len(part) == 0:
			t.ended[x] = true
		case len(part) == 1 && part[0].on != onUnknown:
			if t.single[x] == nil {
				t.single[x] = map[string]bool{}
			}
			l := part[0]
			key := func(not bool) string { return fmt.Sprint(l.on, l.name, l.how, l.anyCase, not, len(l.values), l.values) }
			t.single[x][key(l.not)] = true
			t.ended[x] = t.ended[x] || t.single[x][key(!l.not)]
		}
	}
}

// reached are the bind lines of which not everything is taken by a rule before; all of
// them where there is none: what is written behind is reported as never reached.
func reached(binds []*bind, ended map[*bind]bool) []*bind {
	left := slices.DeleteFunc(slices.Clone(binds), func(x *bind) bool { return ended[x] })
	if len(left) == 0 {
		return binds
	}
	return left
}

func sameCondition(a, b anyOf) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(part all) bool {
		return !slices.ContainsFunc(b, func(o all) bool { return part.covers(o) && o.covers(part) })
	})
}

// known decides tests that a port answers by itself.
func known(u *unit, x *bind, l literal) (value, ok bool) {
	switch l.on {
	case onTLS:
		behind := x.behind && u != x.u // in the second stage: what comes to the first one may be plaintext
		return x.tls || behind, u.http || x.tls || behind
	case onHTTP:
		return true, u.http
	case onPort:
		within := func(v string) bool {
			n, err := strconv.Atoi(v)
			return err == nil && x.port <= n && n <= max(x.port, x.last)
		}
		some := slices.ContainsFunc(l.values, within)
		return some, x.socket == "" && (!some || x.last <= x.port)
	case onAddress:
		return slices.ContainsFunc(l.values, func(v string) bool { return flow.InNetwork(v, x.host) }), isAddress(x.host)
	case onClient:
		asks := x.end.ClientCertificate.IsSet() || slices.ContainsFunc(x.own, func(t *ownTerms) bool { return t.auth.IsSet() })
		return false, !asks
	case onUnknown, onHost, onPath, onMethod, onSource, onHeader, onCookie, onQuery, onSNI:
	}
	return false, false
}

// knownOn decides tests that all of some ports answer alike.
func knownOn(u *unit, binds []*bind) func(literal) (bool, bool) {
	return func(l literal) (value, ok bool) {
		for i, x := range binds {
			v, known := known(u, x, l)
			if !known || i > 0 && v != value {
				return false, false
			}
			value, ok = v, true
		}
		return value, ok
	}
}

// route makes one route: of one part of a condition, on some ports.
func (b *builder) route(u *unit, d *deciding, e decision, part all, binds []*bind) {
	made := len(b.pending)
	defer func() {
		for _, x := range b.pending[made:] {
			x.own = e.own || e.backend != nil && isOwn(e.backend.name)
		}
	}()
	r := &flow.RouteDraft{Decl: flow.Decl{Origin: flow.OriginStated, At: e.known, Whole: e.at}}
	if e.do == answers || e.do == closes {
		r.Answer = flow.State(flow.Answer{Status: e.status}, e.at)
	}
	if !b.conditions(r, u, part) {
		b.list(routingOf(e), e.at, asWritten(e.at))
		return
	}
	r.Allow = append(r.Allow, d.sources...)
	r.Headers = slices.Clone(e.headers)
	e.guarded.state(r)
	if e.rewrite != nil {
		r.Rewrite = flow.State(e.rewrite.to, e.rewrite.at)
	}
	switch e.do {
	case answers:
		b.declare(r, u, binds, cmp.Or(e.named, "answer-"+strconv.Itoa(e.status)), nil)
	case closes:
		b.declare(r, u, binds, cmp.Or(e.named, "close"), nil)
	case redirects:
		if !b.redirection(r, e) {
			return
		}
		b.declare(r, u, binds, cmp.Or(e.named, "redirect"), nil)
	case toBackend:
		b.toBackend(r, u, e, part, binds)
	}
}

func routingOf(e decision) flow.UnmodelledKind {
	if e.do == toBackend {
		return flow.ChangesRouting
	}
	return flow.LosesDetail
}

func (b *builder) redirection(r *flow.RouteDraft, e decision) bool {
	kind := map[string]flow.RedirectKind{"location": flow.RedirectLocation, "prefix": flow.RedirectPrefix, "scheme": flow.RedirectScheme}[e.redir.kind]
	if e.redir.to == "" {
		return false
	}
	r.Redirect = flow.State(flow.RedirectTo{Kind: kind, To: e.redir.to, Status: e.redir.status}, e.at)
	return true
}

// declare names a route and places it.
func (b *builder) declare(r *flow.RouteDraft, u *unit, binds []*bind, name string, s *server) {
	if !b.mode(r, u, binds, s) {
		return
	}
	r.Name = name
	var back *unit
	if s != nil {
		back = s.u
	}
	b.pending = append(b.pending, &pending{
		draft: r, unit: u, back: back, binds: binds, plain: !slices.ContainsFunc(binds, func(x *bind) bool { return x.tls || x.behind }), ahead: b.ahead[u],
	})
}

// unmatched states of ports what they do with requests that no route takes, where a rule
// says that of those for which no other one has set a variable.
func (b *builder) unmatched(u *unit, e decision, when anyOf, binds []*bind) bool {
	if !e.rest || !u.http || len(when) != 1 || len(when[0]) > 0 {
		return false
	}
	var is string
	switch {
	case e.do == closes:
		is = "close"
	case e.do == answers && e.status == flow.StatusNotFound:
		is = "404"
	default:
		return false
	}
	for _, x := range binds {
		if l := b.listens[x]; l != nil {
			l.Unmatched = flow.State(is, e.at)
		}
	}
	return true
}

// mode is where TLS ends on the way of a route; false for a way that no model has.
func (b *builder) mode(r *flow.RouteDraft, u *unit, binds []*bind, s *server) bool {
	ends := func(x *bind) bool { return x.tls || x.behind && u != x.u }
	tls := slices.ContainsFunc(binds, ends)
	open := slices.ContainsFunc(binds, func(x *bind) bool { return !ends(x) })
	again := s != nil && s.tls
	at := binds[0].line.At
	switch {
	case !u.http && !tls && again: // TLS towards the servers around whatever comes
		b.list(flow.ChangesRouting, s.line.At, asWritten(s.line.At)+": HAProxy begins TLS for the bytes that come, and the way is not drawn")
		return false
	case !u.http && !tls:
		r.Mode = flow.State(flow.ModePassthrough, at)
		if !r.Host.IsSet() && r.SNI.V == flow.SNIHost && !b.looks(u) && (s == nil || !likely(u, s).TLS()) {
			r.Mode = flow.State(flow.ModeNone, at)
		}
	case again:
		r.Mode = flow.State(flow.ModeReencrypt, s.tlsAt)
	case tls:
		r.Mode = flow.State(flow.ModeEdge, at)
	default:
		r.Mode = flow.State(flow.ModeNone, at)
	}
	if open && u.http && r.Mode.V != flow.ModeNone {
		r.Insecure = flow.State(flow.InsecureAllow, at)
	}
	return true
}

// looks reports whether a unit chooses by the SNI.
func (b *builder) looks(u *unit) bool {
	return slices.ContainsFunc(b.decisionsOf(u).out, func(e decision) bool {
		return slices.ContainsFunc(e.when, func(part all) bool {
			return slices.ContainsFunc(part, func(l literal) bool { return l.on == onHost || l.on == onSNI })
		})
	})
}
