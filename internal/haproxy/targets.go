package haproxy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// toBackend makes the routes to a backend: what the backend's own rules answer first.
func (b *builder) toBackend(r *flow.RouteDraft, u *unit, e decision, part all, binds []*bind) {
	back := e.backend
	if b.toSecond(u, e) {
		return // TLS ends in the second stage of this port
	}
	switch {
	case u.http && !back.http, back.http && !u.http && u.meetsTLS():
		b.mismatched(u, e)
		if !u.http { // a ClientHello is no request: it gets 400 in plaintext (measured with 2.6.12)
			r.Answer, b.misled[back] = flow.State(flow.Answer{}, e.at), true
			b.declare(r, u, binds, routeName(back.name), nil)
			return
		}
	case back.http && !u.http:
		b.list(flow.LosesDetail, e.at, asWritten(e.at)+": requests are read there (mode http)")
	}
	if (b.inner[u] != nil || e.waits && !u.http) && !r.Host.IsSet() && r.SNI.V == flow.SNIHost && !part.positive(onHost) {
		r.SNI = flow.State(flow.SNIAny, e.at) // else it would be for no TLS: the port ends that of others
	}
	if b.perPort(u, e, part, binds) {
		return
	}
	b.source(back, binds)
	d := b.decisionsOf(back)
	for _, own := range d.out {
		if back.front {
			break // a listen section: its rules are asked already
		}
		if b.inheritedByBoth(u, back, own) {
			continue
		}
		if back.http && !u.http { // of the bytes that are relayed there, those that are requests
			b.list(flow.ChangesRouting, own.at, asWritten(own.at))
			continue
		}
		for _, more := range own.when.under(knownOn(u, binds)) {
			both, possible := part.with(more)
			if !possible {
				continue
			}
			own.headers = append(slices.Clone(e.headers), own.headers...)
			if len(more) == 0 {
				own.named = cmp.Or(own.named, routeName(back.name))
			}
			if own.guarded.status == 0 {
				own.guarded = e.guarded
			}
			first := len(b.pending)
			b.route(u, &deciding{conditions: d.conditions, sources: append(slices.Clone(b.decisionsOf(u).sources), d.sources...)}, own, both, binds)
			for _, x := range b.pending[first:] {
				x.led = e.at
			}
			if len(more) == 0 {
				b.answering[back] = true
				return // it answers all itself
			}
		}
	}
	b.pick(u, back, e, part, binds)
	if !back.front {
		for _, g := range d.guards {
			if len(g.when) == 1 && len(g.when[0]) == 0 {
				g.state(r)
				continue
			}
			b.list(flow.LosesDetail, g.at, asWritten(g.at))
		}
		r.Allow = append(r.Allow, d.sources...)
		r.Headers = append(r.Headers, d.headers...)
		switch {
		case d.rewrite == nil:
		case d.rewrite.ofAll(r):
			r.Rewrite = flow.State(d.rewrite.to, d.rewrite.at)
		default: // of some of its requests, or of none
			b.list(flow.LosesDetail, d.rewrite.at, asWritten(d.rewrite.at))
		}
	}
	if back.http && len(back.servers) == 0 && !r.Redirect.IsSet() && b.apology(r, back) {
		b.declare(r, u, binds, routeName(back.name), nil)
		return
	}
	b.responses(r, u, back)
	b.affinity(r, back)
	b.targets(r, u, back, binds)
}

// inheritedByBoth reports whether a rule of a backend is one of the frontend, too: of the
// defaults of both, by which the frontend has answered already.
func (b *builder) inheritedByBoth(u, back *unit, e decision) bool {
	if e.at.File == back.section.At.File && back.section.Whole().Start <= e.at.Start && e.at.End <= back.section.Whole().End {
		return false
	}
	return slices.ContainsFunc(b.decisionsOf(u).out, func(o decision) bool { return o.at == e.at && o.do == e.do })
}

// mismatched reports a frontend that hands over what its backend takes for something
// else.
func (b *builder) mismatched(u *unit, e decision) {
	modes := map[bool]string{true: "http", false: "tcp"}
	b.report(haproxycfg.FaultMode, e.known, "give both the same mode", "%s %s is mode %s, and backend %s is mode %s", u.section.Kind, u.name, modes[u.http], e.backend.name, modes[e.backend.http])
}

// targets leads a route to the servers of a backend, or to another frontend of the
// process.
func (b *builder) targets(r *flow.RouteDraft, u *unit, back *unit, binds []*bind) {
	var first *server
	left := false
	for _, s := range back.servers {
		if s.stage == nil {
			first = cmp.Or(first, s)
			continue
		}
		if b.standsBy(back, s) {
			continue
		}
		if b.beginsTLS(s.stage, nil) {
			b.list(flow.ChangesRouting, s.line.At, asWritten(s.line.At)+": HAProxy begins TLS further on for the bytes that come, and the way is not drawn")
			left = true
			continue
		}
		if p := b.proxies[s.stage]; p != nil {
			r.Targets = append(r.Targets, flow.TargetDraft{To: ref(p.Name, s.line.At), Port: b.listens[s.stage].Port, Weight: s.weight, At: s.line.At})
			r.SendProxy = s.proxy
		}
	}
	if left && first == nil && len(r.Targets) == 0 {
		return
	}
	if first != nil || len(back.servers) == 0 {
		for _, x := range b.backend(back, u) {
			r.Targets = append(r.Targets, flow.TargetDraft{To: ref(x.name, back.section.At), Weight: x.weight, Certified: x.checked, At: back.section.At})
		}
	}
	if first != nil {
		r.SendProxy = first.proxy
	} else if len(back.servers) > 0 {
		first = back.servers[0]
	}
	if first != nil {
		b.upstream(r, first)
	}
	r.Timeouts = b.ownTimeouts(back, binds)
	r.Balance = b.ownBalance(b.proxies[binds[0]], back)
	b.declare(r, u, binds, routeName(back.name), first)
}

// beginsTLS reports whether all that comes to a port of another stage goes on to servers to which
// HAProxy begins TLS around bytes that it does not read.
func (b *builder) beginsTLS(x *bind, seen []*bind) bool {
	if x.u.http || x.tls || x.behind || slices.Contains(seen, x) {
		return false
	}
	some := false
	for _, e := range b.decisionsOf(x.u).out {
		if e.do != toBackend || len(e.when) == 0 {
			continue
		}
		if some = true; slices.ContainsFunc(e.backend.servers, func(s *server) bool {
			return !s.tls && (s.stage == nil || !b.beginsTLS(s.stage, append(seen, x)))
		}) || len(e.backend.servers) == 0 {
			return false
		}
	}
	return some
}

// standsBy reports whether a server that leads to another frontend gets nothing as long as the
// others do: a backup, or one that is disabled. A model has no such target.
func (b *builder) standsBy(back *unit, s *server) bool {
	idle := func(s *server) bool { return s.backup.Known() || s.down.Known() }
	if !idle(s) || !slices.ContainsFunc(back.servers, func(o *server) bool { return !idle(o) }) {
		return false
	}
	b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	return true
}

// source is the address from which a backend's servers are connected to: that of its
// proxy, where all of its backends have the same.
func (b *builder) source(back *unit, binds []*bind) {
	l := back.last("source")
	if l == nil || back.alone() != nil {
		return
	}
	for _, x := range binds {
		p := b.proxies[x]
		switch {
		case p == nil || p.Source.V == l.Arg(1):
		case isAddress(l.Arg(1)) && !p.Source.IsSet():
			p.Source = flow.State(l.Arg(1), l.At)
		default:
			b.listLine(flow.LosesDetail, l)
		}
	}
}

// routeName is what a route to a backend is called. Those that an OpenShift router
// writes say the mode, the namespace and the route.
func routeName(backend string) string {
	parts := strings.Split(backend, ":")
	if len(parts) == 3 && slices.Contains([]string{"be_http", "be_edge_http", "be_secure", "be_tcp"}, parts[0]) {
		return plainName(parts[1], "default") + "/" + plainName(parts[2], "route")
	}
	if isOwn(backend) {
		return calledRoute(strings.Join(parts[1:], ":"))
	}
	return plainName(backend, "route")
}

// isOwn reports whether a backend has a name that flowc writes.
func isOwn(backend string) bool {
	prefix, _, some := strings.Cut(backend, ":")
	return some && slices.Contains(ownPrefixes, prefix)
}

// calledRoute is a route by the name that flowc writes of it, with its namespace.
func calledRoute(name string) string {
	if namespace, rest, ok := strings.Cut(name, ":"); ok && !strings.Contains(rest, ":") {
		return plainName(namespace, "default") + "/" + plainName(rest, "route")
	}
	return plainName(name, "route")
}

// ownPrefixes are those of the backends that flowc writes, by the mode of their routes.
var ownPrefixes = []string{"be_plain", "be_edge", "be_reencrypt", "be_passthrough", "be_relay", "be_edge_tcp", "be_reencrypt_tcp"}

// ownTimeouts are those of a backend that are not its proxy's.
func (b *builder) ownTimeouts(back *unit, binds []*bind) []flow.Timeout {
	p := b.proxies[binds[0]]
	var out []flow.Timeout
	for _, t := range b.timeouts(back, backTimeouts) {
		same := slices.ContainsFunc(p.Timeouts, func(o flow.Timeout) bool { return o.Kind == t.Kind && o.Millis == t.Millis })
		if !same {
			out = append(out, t)
		}
	}
	return out
}

// upstream is the session that a proxy opens towards the servers.
func (b *builder) upstream(r *flow.RouteDraft, s *server) {
	if !s.tls {
		return
	}
	up := &r.Upstream
	up.Within = s.socket != "" || isLoopback(s.host)
	up.Origin, up.At = flow.OriginStated, s.tlsAt
	up.End.Verify = s.verify
	if b.globalWord("ssl-server-verify") == "none" && !s.verify.IsSet() {
		up.End.Verify = flow.State(false, s.tlsAt)
	}
	up.End.Trust, up.End.TLS, up.End.ALPN, up.End.Certificate = s.trust, s.tlsRange, s.alpn, s.crt
	up.Name = s.checked
	up.SNI, up.SNIHost = s.sni, s.sniHost
	if !up.Name.IsSet() && (s.sni.V == "" && !s.sniHost || s.sniOdd) {
		up.Name = flow.State("", s.tlsAt) // no name is checked
	}
	if !up.SNI.IsSet() {
		up.SNI = flow.State("", s.tlsAt) // none is sent
	}
	if s.sniOdd {
		b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	}
}
