package haproxy

import (
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// mostSpread is how many ports are told apart for servers whose ports are counted from them.
const mostSpread = 16

// spread makes a bind line of each port of a range that leads to servers whose ports are
// counted from it (HAProxy configuration manual, 5.2, server: "+" before the port): each of
// them is another port. A range of many stays one, and such servers are listed.
func (m *model) spread() {
	for _, u := range m.units {
		if !u.front || !m.leadsToCounted(u) || portsIn(u.binds) > mostSpread {
			continue
		}
		var out []*bind
		for _, x := range u.binds {
			for n := x.port; n <= max(x.port, x.last); n++ {
				one := *x
				one.port, one.last = n, n
				out = append(out, &one)
			}
		}
		u.binds = out
	}
}

func portsIn(binds []*bind) int {
	out := 0
	for _, x := range binds {
		out += max(x.port, x.last) - x.port + 1
	}
	return out
}

// counted reports whether the port of a server is counted from that to which the client
// connected.
func (s *server) counted() bool { return s.port == 0 && s.offset != 0 }

// leadsToCounted reports whether a unit leads to servers whose ports are counted.
func (m *model) leadsToCounted(u *unit) bool {
	some := func(b *unit) bool { return b != nil && slices.ContainsFunc(b.servers, (*server).counted) }
	if u.back && some(u) {
		return true
	}
	return slices.ContainsFunc(u.inherited("use_backend", "default_backend"), func(l *haproxycfg.Line) bool { return some(m.backs[l.Arg(1)]) })
}

// portsTo is how many ports lead to a backend.
func (m *model) portsTo(back *unit) int {
	n := 0
	for _, u := range m.units {
		leads := func(l *haproxycfg.Line) bool { return m.backs[l.Arg(1)] == back }
		if u.front && !u.disabled && (u == back || slices.ContainsFunc(u.inherited("use_backend", "default_backend"), leads)) {
			n += portsIn(u.binds)
		}
	}
	return n
}

// atPort is a backend as what came to a port meets it: with the ports of its servers.
type atPort struct {
	back *unit
	port int
}

// perPort makes a route for each of some ports, if the servers of a backend have other ports
// for each.
func (b *builder) perPort(u *unit, e decision, part all, binds []*bind) bool {
	back := e.backend
	single := !slices.ContainsFunc(binds, func(x *bind) bool { return x.socket != "" || x.last > x.port })
	if !slices.ContainsFunc(back.servers, (*server).counted) || !single || b.portsTo(back) < 2 {
		return false
	}
	for _, x := range binds {
		key := atPort{back, x.port}
		if b.atPorts[key] == nil {
			one := *back
			one.name, one.servers = back.name+"."+strconv.Itoa(x.port), nil
			for _, s := range back.servers {
				own := *s
				if own.counted() {
					own.port, own.offset = x.port+own.offset, 0
				}
				one.servers = append(one.servers, &own)
			}
			b.decided[&one] = b.decisionsOf(back)
			b.atPorts[key] = &one
			b.spreadOver[back] = true
		}
		own := e
		own.backend = b.atPorts[key]
		b.route(u, b.decisionsOf(u), own, part, []*bind{x})
	}
	return true
}
