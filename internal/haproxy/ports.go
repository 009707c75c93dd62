package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// place makes proxies of the bind lines. All to which clients connect are ports of one
// proxy, as long as no two have one number, and none is a stage behind another one; what
// stands behind a socket or loopback is a proxy of its own.
func (b *builder) place() {
	b.listens = map[*bind]*flow.ListenerDraft{}
	var main []*flow.ProxyDraft
	for _, u := range b.units {
		if !u.front || u.disabled {
			continue
		}
		for _, x := range u.outside() {
			p := b.roomFor(main, u, x)
			if !slices.Contains(main, p) {
				main = append(main, p)
			}
			b.listen(p, u, x)
			b.second(p, u)
		}
		if in := u.inside(); len(in) > 0 && b.folded[u] == nil {
			p := b.proxy(u, u.name)
			for _, x := range in {
				b.listen(p, u, x)
			}
		}
	}
}

// second says of a proxy that it has a second stage, if all of its ports have one that end
// TLS for requests: a port that relays some of it has one anyway.
func (b *builder) second(p *flow.ProxyDraft, u *unit) {
	stage := b.inner[u]
	direct := func(o *unit) bool {
		return o.front && !o.disabled && o.http && slices.ContainsFunc(o.outside(), func(x *bind) bool { return x.tls })
	}
	if stage == nil || !stage.u.http || p.Inner.V.Address != "" || slices.ContainsFunc(b.units, direct) {
		return
	}
	p.Inner = innerOf(stage)
}

// roomFor is the proxy that a bind line is a port of: the one that listens on its address,
// else the first that does not have its port; nil of these: a new one.
func (b *builder) roomFor(main []*flow.ProxyDraft, u *unit, x *bind) *flow.ProxyDraft {
	var first *flow.ProxyDraft
	for _, p := range main {
		if b.taken(p, u, x) || b.behindOne(p, u) {
			continue
		}
		if b.addresses[p][x.host] {
			return p
		}
		if first == nil {
			first = p
		}
	}
	switch {
	case first != nil:
		return first
	case len(main) == 0:
		return b.proxy(u, b.name)
	case x.host != "":
		return b.proxy(u, b.name+"-"+plainName(strings.ReplaceAll(x.host, ":", "."), "address"))
	}
	return b.proxy(u, u.name)
}

// taken reports whether a proxy has one of the ports of a bind line for something else.
func (b *builder) taken(p *flow.ProxyDraft, u *unit, x *bind) bool {
	for n := x.port; n <= max(x.port, x.last); n++ {
		if l := b.ports[p][n]; l != nil && !b.sameUnit(l, u, x) {
			return true
		}
	}
	return false
}

// behindOne reports whether a unit is a stage behind one that is in a proxy, or one of
// those is behind it: requests then go from one proxy to another.
func (b *builder) behindOne(p *flow.ProxyDraft, u *unit) bool {
	if len(b.leads[u]) == 0 && !b.behind[u] {
		return false
	}
	return slices.ContainsFunc(p.Listeners, func(l *flow.ListenerDraft) bool {
		o := b.owner[l]
		return o != u && (b.leads[o][u] || b.leads[u][o])
	})
}

// sameUnit reports whether a port is that of a bind line: every address of IPv4, and every
// one of IPv6, of one section, which do the same with what comes.
func (b *builder) sameUnit(l *flow.ListenerDraft, u *unit, x *bind) bool {
	alike := l.Kind == kindOf(u, x) && l.AcceptProxy.V == x.acceptProxy.V && (len(l.End.Certificates) > 0) == (len(x.end.Certificates) > 0)
	return b.owner[l] == u && alike && (l.Address == x.host || x.wildcard && (l.Address == "" || l.Address == "::"))
}

func (b *builder) proxy(u *unit, name string) *flow.ProxyDraft {
	own := b.names.free(b.names.nodes, name, "haproxy")
	p := &flow.ProxyDraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated, At: u.section.At, Whole: u.section.Whole()}}
	p.Order = flow.State(flow.AsWritten, u.section.At)
	b.order = append(b.order, p)
	return p
}

// listen makes a port of a bind line.
func (b *builder) listen(p *flow.ProxyDraft, u *unit, x *bind) {
	if b.ports[p] == nil {
		b.ports[p], b.addresses[p] = map[int]*flow.ListenerDraft{}, map[string]bool{}
	}
	if known := b.ports[p][x.port]; known != nil && x.socket == "" {
		b.proxies[x], b.listens[x] = p, known // IPv4 and IPv6
		return
	}
	d := b.decisionsOf(u)
	l := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: kindOf(u, x), Address: x.host, Port: x.port, At: x.line.At, Whole: x.line.At}}
	if x.socket != "" {
		l.Port, l.Socket = b.portOfSocket(p, l.Kind), flow.State(x.socket, x.line.At)
	}
	l.AcceptProxy, l.End = x.acceptProxy, x.end
	if x.last > x.port {
		l.LastPort = x.last
	}
	if d.delay != nil && len(d.delay.Words) > 2 {
		if n, ok := b.millis(d.delay.Words[2]); ok {
			l.InspectDelay = flow.State(n, d.delay.At)
		}
	}
	p.Listeners = append(p.Listeners, l)
	b.proxies[x], b.listens[x], b.owner[l] = p, l, u
	b.addresses[p][x.host] = true
	for n := l.Port; n <= max(l.Port, x.last); n++ {
		b.ports[p][n] = l
	}
}

// portOfSocket is the port by which routes name a socket: that of its protocol, or the next
// one that its proxy does not have.
func (b *builder) portOfSocket(p *flow.ProxyDraft, kind flow.ListenKind) int {
	n := 443
	if kind == flow.ListenHTTP {
		n = 80
	}
	for b.ports[p][n] != nil {
		n++
	}
	return n
}

func kindOf(u *unit, x *bind) flow.ListenKind {
	switch {
	case !u.http && !(x.behind && x.second.http):
		return flow.ListenTCP
	case x.tls, x.behind:
		return flow.ListenHTTPS
	}
	return flow.ListenHTTP
}
