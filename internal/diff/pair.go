package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/flow"
)

// pairing says which declarations of two topologies are the same party. A name alone does
// not: a party that is renamed is the same one.
type pairing struct {
	of   map[any]mate
	next int32
}

// mate is what is known of a party: what it is in the other topology, nil where it is not there,
// and the number of the two.
type mate struct {
	other any
	id    int32
}

// pair notes that two declarations are the same party. CAs that are told apart are not, whatever
// they are called.
func (p *pairing) pair(a, b any) {
	if x, ok := a.(*flow.CA); ok {
		if y := b.(*flow.CA); x.Is != "" && y.Is != "" && x.Is != y.Is {
			return
		}
	}
	p.next++
	p.of[a], p.of[b] = mate{b, p.next}, mate{a, p.next}
}

// has reports whether a party is paired.
func (p *pairing) has(x any) bool { return p.of[x].other != nil }

// idOf is the number of a party, the same for the two of a pair.
func (p *pairing) idOf(x any) int32 {
	if m, ok := p.of[x]; ok {
		return m.id
	}
	p.next++
	p.of[x] = mate{id: p.next}
	return p.next
}

// other is the declaration of the other topology that is the same party; nil for none.
func other[T any](p *pairing, x *T) *T {
	if x == nil {
		return nil
	}
	y, _ := p.of[x].other.(*T)
	return y
}

// declared is a declaration of one kind for the pairing.
type declared struct {
	is    any
	kind  byte
	name  string
	place string // addresses that tell it whatever its name is; "" for none
}

// pairUp pairs the declarations of two topologies: what has the same name and addresses, then what
// has the same addresses, or the same name, then what stands in the same relations to the rest.
func pairUp(a, b *flow.Topology) *pairing {
	old, is := declarations(a), declarations(b)
	p := &pairing{of: make(map[any]mate, 2*(len(old)+len(is)))}
	p.unchanged(old, is)
	gone, come := p.left(old), p.left(is)
	p.by(gone, come, func(d *declared) string { return d.place })
	p.by(gone, come, func(d *declared) string { return d.name })
	gone, come = p.left(gone), p.left(come)
	if len(gone) > 0 && len(come) > 0 {
		p.byRelations(a, b, old, is)
		p.byLikeness(a, b)
	}
	p.parts(a, b)
	p.sameServers(a, b)
	return p
}

// sameServers gives backends that are not paired the number of one with the same servers: one
// side may divide them otherwise.
func (p *pairing) sameServers(a, b *flow.Topology) {
	all := slices.Concat(a.Backends, b.Backends)
	if !slices.ContainsFunc(all, func(x *flow.Backend) bool { return !p.has(x) }) {
		return
	}
	of := map[string]int32{}
	for _, paired := range []bool{true, false} {
		for _, x := range all {
			at := addressesOf(x)
			switch {
			case at == "" || p.has(x) != paired:
			case of[at] == 0:
				of[at] = p.idOf(x)
			case !paired:
				p.of[x] = mate{id: of[at]}
			}
		}
	}
}

// unchanged pairs declarations of one name and the same addresses: nearly all of two models of which
// one was made of the other.
func (p *pairing) unchanged(old, is []declared) {
	type named struct {
		kind byte
		name string
	}
	there := sync.OnceValue(func() map[named]*declared {
		out := make(map[named]*declared, len(is))
		for i := range is {
			out[named{is[i].kind, is[i].name}] = &is[i]
		}
		return out
	})
	next := 0 // most stand in the same order
	for i := range old {
		d := &old[i]
		var o *declared
		if next < len(is) && is[next].kind == d.kind && is[next].name == d.name {
			o = &is[next]
			next++
		} else if o = there()[named{d.kind, d.name}]; o == nil {
			continue
		}
		if o.place == d.place && !p.has(o.is) {
			p.pair(d.is, o.is)
		}
	}
}

// left are the declarations that are not paired.
func (p *pairing) left(of []declared) []declared {
	var out []declared
	for _, d := range of {
		if !p.has(d.is) {
			out = append(out, d)
		}
	}
	return out
}

// by pairs declarations of a kind that alone have a key, "" for none, in both topologies.
func (p *pairing) by(old, is []declared, key func(*declared) string) {
	type keyed struct {
		kind byte
		key  string
	}
	index := func(of []declared) map[keyed]any {
		out := map[keyed]any{}
		for i := range of {
			d := &of[i]
			if p.has(d.is) {
				continue
			}
			k := keyed{d.kind, key(d)}
			if k.key == "" {
				continue
			}
			if _, twice := out[k]; twice {
				out[k] = nil
			} else {
				out[k] = d.is
			}
		}
		return out
	}
	there := index(is)
	here := index(old)
	for i := range old {
		d := &old[i]
		if p.has(d.is) {
			continue
		}
		k := keyed{d.kind, key(d)}
		if k.key != "" && here[k] != nil && there[k] != nil {
			p.pair(d.is, there[k])
		}
	}
}

// declarations lists what is paired of a topology.
func declarations(t *flow.Topology) []declared {
	out := make([]declared, 0, len(t.Routes)+len(t.Backends)+len(t.Certificates)+len(t.Proxies)+64)
	for _, x := range t.Zones {
		out = append(out, declared{is: x, kind: 'z', name: x.Name})
	}
	for _, x := range t.CAs {
		out = append(out, declared{is: x, kind: 'a', name: x.Name})
	}
	for _, x := range t.Certificates {
		out = append(out, declared{is: x, kind: 'k', name: x.Name})
	}
	for _, x := range t.Namespaces {
		out = append(out, declared{is: x, kind: 'n', name: x.Name})
	}
	for _, x := range t.Clients {
		out = append(out, declared{is: x, kind: 'c', name: x.Name})
	}
	for _, x := range t.Proxies {
		out = append(out, declared{is: x, kind: 'p', name: x.Name})
	}
	for _, x := range t.Backends {
		out = append(out, declared{is: x, kind: 'b', name: x.Name, place: addressesOf(x)})
	}
	for _, x := range t.Routes {
		name := x.Name
		if len(x.Group) > 0 {
			name += "\x00" + flow.Fold(x.Host.V)
		}
		out = append(out, declared{is: x, kind: 'r', name: name})
	}
	return out
}

// addressesOf are the addresses of a backend's servers, in order; "" where none is stated.
func addressesOf(b *flow.Backend) string {
	var out []string
	for _, s := range b.Servers {
		if s.Address != "" {
			out = append(out, fmt.Sprintf("%s:%d", s.Address, s.Port))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// byLikeness pairs what is left where little tells it apart: the only one of its kind that is
// left on both sides, and proxies by the hosts and ports that they have in common.
func (p *pairing) byLikeness(a, b *flow.Topology) {
	p.proxiesByHosts(a, b)
	p.routesOfHosts(a, b)
	p.backendsOfRoutes(a, b)
	only(p, a.Zones, b.Zones)
	only(p, a.CAs, b.CAs)
	only(p, a.Clients, b.Clients)
	only(p, a.Namespaces, b.Namespaces)
	only(p, a.Proxies, b.Proxies)
}

// routesOfHosts pairs routes that alone are for a host and a path.
func (p *pairing) routesOfHosts(a, b *flow.Topology) {
	alone := func(t *flow.Topology) map[string]*flow.Route {
		out := map[string]*flow.Route{}
		for _, r := range t.Routes {
			if p.has(r) {
				continue
			}
			k := flow.Fold(r.Host.V) + " " + r.Path.V
			if _, twice := out[k]; twice {
				out[k] = nil
			} else {
				out[k] = r
			}
		}
		return out
	}
	here, there := alone(a), alone(b)
	for _, r := range a.Routes {
		k := flow.Fold(r.Host.V) + " " + r.Path.V
		if here[k] == r && there[k] != nil {
			p.pair(r, there[k])
		}
	}
}

// backendsOfRoutes pairs the backends of routes that are for the same, where no addresses tell
// them apart.
func (p *pairing) backendsOfRoutes(a, b *flow.Topology) {
	there := map[string]*flow.Route{}
	for _, r := range b.Routes {
		k := flow.Fold(r.Host.V) + " " + r.Path.V
		if _, twice := there[k]; twice {
			there[k] = nil
		} else {
			there[k] = r
		}
	}
	for _, r := range a.Routes {
		o := there[flow.Fold(r.Host.V)+" "+r.Path.V]
		if o == nil || len(r.Targets) != 1 || len(o.Targets) != 1 {
			continue
		}
		x, y := r.Targets[0].Backend, o.Targets[0].Backend
		if x != nil && y != nil && !p.has(x) && !p.has(y) && (addressesOf(x) == "" || addressesOf(y) == "") {
			p.pair(x, y)
		}
	}
}

// only pairs the only two of a kind that are left.
func only[T any](p *pairing, old, is []*T) {
	left := func(of []*T) (last *T, n int) {
		for _, x := range of {
			if !p.has(x) {
				last, n = x, n+1
			}
		}
		return last, n
	}
	x, n := left(old)
	y, m := left(is)
	if n == 1 && m == 1 {
		p.pair(x, y)
	}
}

// proxiesByHosts pairs each proxy that is left with the one with which it has the most ports
// and hosts in common.
func (p *pairing) proxiesByHosts(a, b *flow.Topology) {
	for _, x := range a.Proxies {
		if p.has(x) {
			continue
		}
		has := likeness(x)
		var best *flow.Proxy
		most := 0
		for _, y := range b.Proxies {
			if p.has(y) {
				continue
			}
			n := 0
			for k := range likeness(y) {
				if has[k] {
					n++
				}
			}
			if n > most {
				best, most = y, n
			}
		}
		if best != nil && 2*most > len(has) {
			p.pair(x, best)
		}
	}
}

func likeness(x *flow.Proxy) map[string]bool {
	out := map[string]bool{}
	for _, l := range x.Listeners {
		out[fmt.Sprintf("%s:%d", l.Kind, l.Port)] = true
	}
	for _, r := range x.Routes {
		out[flow.Fold(r.HostOn(x))+r.Path.V] = true
	}
	return out
}

// parts pairs the ports of proxies and the servers of backends that are paired.
func (p *pairing) parts(a, _ *flow.Topology) {
	for _, x := range a.Proxies {
		y := other(p, x)
		if y == nil {
			continue
		}
		for _, same := range []func(a, b *flow.Listener) bool{
			func(a, b *flow.Listener) bool { return samePort(a, b) && a.Address == b.Address },
			samePort,
		} {
			pairParts(p, x.Listeners, y.Listeners, same)
		}
	}
	for _, x := range a.Backends {
		y := other(p, x)
		if y == nil {
			continue
		}
		for _, same := range sameServer {
			pairParts(p, x.Servers, y.Servers, same)
		}
	}
}

// sameServer are the ways in which servers of two backends are the same, the surest first.
var sameServer = []func(a, b *flow.Server) bool{
	func(a, b *flow.Server) bool { return a.Name == b.Name && a.Address == b.Address && a.Port == b.Port },
	func(a, b *flow.Server) bool { return a.Address != "" && a.Address == b.Address && a.Port == b.Port },
	func(a, b *flow.Server) bool { return a.Name == b.Name },
	func(a, b *flow.Server) bool { return a.Port == b.Port && a.Address == b.Address },
}

func samePort(a, b *flow.Listener) bool { return a.Port == b.Port && a.Socket.V == b.Socket.V }

// pairParts pairs parts of two parties that are the same.
func pairParts[T any](p *pairing, old, is []*T, same func(a, b *T) bool) {
	for _, x := range old {
		if p.has(x) {
			continue
		}
		if i := slices.IndexFunc(is, func(y *T) bool { return !p.has(y) && same(x, y) }); i >= 0 {
			p.pair(x, is[i])
		}
	}
}

// sorted is a list of numbers in order.
func sorted(of []uint64) []uint64 {
	slices.SortFunc(of, cmp.Compare)
	return of
}
