package haproxy

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// link finds the servers that lead to another frontend of the same process: over a
// socket, or over an address of the machine itself on which a bind line listens.
func (m *model) link() {
	sockets, ports := map[string]*bind{}, map[int][]*bind{}
	for _, u := range m.units {
		for _, b := range u.binds {
			if b.socket != "" {
				sockets[b.socket] = b
				continue
			}
			for n := b.port; n <= max(b.port, b.last); n++ {
				ports[n] = append(ports[n], b)
			}
		}
	}
	for _, u := range m.units {
		for _, s := range u.servers {
			if s.stage = sockets[s.socket]; s.socket == "" {
				s.stage = stageAt(s, ports[s.port])
			}
			if s.stage != nil {
				s.stage.refs++
			}
		}
	}
}

// stageAt is the bind line that listens where a server is; nil for none. The address of
// another machine is none of ours: only loopback, or an address that a bind line states.
func stageAt(s *server, binds []*bind) *bind {
	if s.port == 0 {
		return nil
	}
	for _, b := range binds {
		if b.host != "" && b.host == s.host {
			return b
		}
	}
	if !isLoopback(s.host) {
		return nil
	}
	for _, b := range binds {
		if b.wildcard || s.host == "localhost" && isLoopback(b.host) {
			return b
		}
	}
	return nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// inner reports whether only the process itself connects to a bind line: over a socket,
// or over loopback where a server leads to it.
func (b *bind) inner() bool { return b.socket != "" || b.refs > 0 && isLoopback(b.host) }

// outside are the bind lines of a unit to which clients connect.
func (u *unit) outside() []*bind {
	return slices.DeleteFunc(slices.Clone(u.binds), (*bind).inner)
}

// inside are those to which only the process itself connects.
func (u *unit) inside() []*bind {
	return slices.DeleteFunc(slices.Clone(u.binds), func(b *bind) bool { return !b.inner() })
}

// cut takes servers that lead to a frontend from which requests come to them again for
// servers with an address: a model has no proxies that lead to each other in a circle.
func (b *builder) cut() {
	b.leads = b.onward()
	for _, u := range b.units {
		if !u.front || u.disabled {
			continue
		}
		for _, e := range b.decisionsOf(u).out {
			if e.backend == nil {
				continue
			}
			for _, s := range e.backend.servers {
				if s.stage == nil || s.stage.u != u && !b.leads[s.stage.u][u] {
					continue
				}
				if !b.reported(s.line) {
					b.warn(haproxycfg.FaultValue, s.line.At, "let the server lead elsewhere", "%s is a port of %s %s, from which requests come here: they go in a circle until a timeout or a limit ends it", s.line.Arg(2), s.stage.u.section.Kind, s.stage.u.name)
				}
				s.stage.refs--
				s.stage = nil
				b.leads = b.onward()
			}
		}
	}
	b.behind = map[*unit]bool{}
	for _, behind := range b.leads {
		maps.Copy(b.behind, behind)
	}
}

// reported reports whether something is found in a line.
func (m *model) reported(l *haproxycfg.Line) bool {
	return slices.ContainsFunc(m.findings, func(d diag.Diagnostic) bool { return d.At == l.At })
}

// onward are the units to which requests go on from each unit, over servers that lead to
// a bind line of the same process: directly, and from there.
func (b *builder) onward() map[*unit]map[*unit]bool {
	next := map[*unit][]*unit{}
	for _, u := range b.units {
		if !u.front || u.disabled {
			continue
		}
		for _, e := range b.decisionsOf(u).out {
			if e.backend == nil {
				continue
			}
			for _, s := range e.backend.servers {
				if s.stage != nil && !slices.Contains(next[u], s.stage.u) {
					next[u] = append(next[u], s.stage.u)
				}
			}
		}
	}
	out := map[*unit]map[*unit]bool{}
	for u := range next {
		out[u] = map[*unit]bool{}
		for left := slices.Clone(next[u]); len(left) > 0; left = left[1:] {
			if v := left[0]; !out[u][v] {
				out[u][v] = true
				left = append(left, next[v]...)
			}
		}
	}
	return out
}

// alone is the only stage to which the servers of a backend lead; nil where they are
// servers, or lead to several.
func (u *unit) alone() *bind {
	if len(u.servers) != 1 {
		return nil
	}
	return u.servers[0].stage
}
