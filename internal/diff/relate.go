package diff

import (
	"bytes"
	"hash/fnv"
	"reflect"
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// rounds is how far the relations of a declaration are followed: a client is told by its
// CA, that by the certificates, these by the ports, these by their proxies' routes.
const rounds = 5

// relation is one of the ways in which a declaration names another one.
type relation struct {
	from, to any
	label    uint64
}

// byRelations pairs what has other names in the two topologies, and the same facts and
// relations: first what is told by all that it is related to, then by less of that.
func (p *pairing) byRelations(a, b *flow.Topology, old, is []declared) {
	unpaired := func(of []declared) bool {
		return slices.ContainsFunc(of, func(d declared) bool { return !p.has(d.is) })
	}
	if !unpaired(old) || !unpaired(is) {
		return
	}
	c := &colours{p: p}
	before, after := c.of(a, old), c.of(b, is)
	for round := rounds; round >= 0; round-- {
		p.byColour(old, is, before[round], after[round], round == rounds)
	}
}

// byColour pairs what has a colour of its own, or as many of it on both sides, where several
// of one colour cannot be told apart.
func (p *pairing) byColour(old, is []declared, before, after map[any]uint64, several bool) {
	group := func(of []declared, colour map[any]uint64) (order []uint64, out map[uint64][]any) {
		out = map[uint64][]any{}
		for i := range of {
			d := &of[i]
			if p.has(d.is) {
				continue
			}
			k := colour[d.is]
			if len(out[k]) == 0 {
				order = append(order, k)
			}
			out[k] = append(out[k], d.is)
		}
		return order, out
	}
	order, here := group(old, before)
	_, there := group(is, after)
	for _, k := range order {
		x, y := here[k], there[k]
		if len(x) != len(y) || len(x) > 1 && !several {
			continue
		}
		for i := range x {
			p.pair(x[i], y[i])
		}
	}
}

// colours tell declarations apart by their facts and their relations, names aside.
type colours struct {
	p   *pairing
	buf []byte
}

// of returns the colours of a topology's declarations after each round.
func (c *colours) of(t *flow.Topology, all []declared) []map[any]uint64 {
	edges := c.relations(t)
	now := make(map[any]uint64, len(all))
	for i := range all {
		now[all[i].is] = c.first(&all[i])
	}
	out := []map[any]uint64{now}
	around := map[any][]uint64{}
	for range rounds {
		clear(around)
		for _, e := range edges {
			around[e.from] = append(around[e.from], mix(e.label, now[e.to]))
			around[e.to] = append(around[e.to], mix(^e.label, now[e.from]))
		}
		next := make(map[any]uint64, len(all))
		for i := range all {
			x := all[i].is
			h := now[x]
			for _, n := range sorted(around[x]) {
				h = mix(h, n)
			}
			next[x] = h
		}
		now = next
		out = append(out, now)
	}
	return out
}

func mix(a, b uint64) uint64 {
	a ^= b + 0x9e3779b97f4a7c15 + a<<6 + a>>2
	a *= 0xff51afd7ed558ccd
	return a ^ a>>33
}

// portFacts are the facts of a port.
type portFacts struct {
	Port flow.ListenerFacts
	End  flow.ServerEndFacts
}

// first is the colour of a declaration by its own facts; of one that is paired, its pair.
func (c *colours) first(d *declared) uint64 {
	if c.p.has(d.is) {
		return mix(uint64(d.kind), uint64(c.p.idOf(d.is))+1)
	}
	c.buf = append(c.buf[:0], d.kind)
	switch x := d.is.(type) {
	case *flow.Proxy:
		c.facts(x.ProxyFacts)
		var ports []portFacts
		for _, l := range x.Listeners {
			ports = append(ports, portFacts{l.ListenerFacts, l.End.ServerEndFacts})
		}
		c.facts(ports)
	case *flow.Backend:
		c.facts(x.BackendFacts)
		c.buf = append(c.buf, d.place...)
		c.facts(x.End.ServerEndFacts)
		var servers []flow.ServerFacts
		for _, s := range x.Servers {
			servers = append(servers, s.ServerFacts)
		}
		c.facts(servers)
	case *flow.Route:
		c.facts(x.RouteFacts)
		c.facts(x.Upstream.UpstreamFacts)
		var ports []int
		for _, on := range x.On {
			ports = append(ports, on.Port)
		}
		c.facts(ports)
	case *flow.Client:
		c.facts(x.ClientFacts)
		c.facts(x.End.ClientEndFacts)
	case *flow.Certificate:
		c.facts(x.CertificateFacts)
	case *flow.CA:
		c.facts(x.Private.V)
	case *flow.Zone:
		c.facts(x.Trust.V)
	case *flow.Namespace:
		c.facts(x.Labels)
	default:
		panic("diff: a declaration of unknown kind")
	}
	h := fnv.New64a()
	h.Write(c.buf)
	return h.Sum64()
}

func (c *colours) facts(v any) { c.buf = appendFacts(c.buf, reflect.ValueOf(v)) }

// relations lists who names whom.
func (c *colours) relations(t *flow.Topology) []relation {
	var out []relation
	add := func(from, to any, label uint64) {
		if v := reflect.ValueOf(to); !v.IsNil() {
			out = append(out, relation{from, to, label})
		}
	}
	clientEnd := func(of any, e *flow.ClientEnd) {
		for _, ca := range e.Trust {
			add(of, ca.V, 1)
		}
		add(of, e.Certificate.V, 2)
	}
	serverEnd := func(of any, e *flow.ServerEnd, label uint64) {
		for _, k := range e.Certificates {
			add(of, k.V, mix(3, label))
		}
		add(of, e.ClientCertificate.V.CA, mix(4, label))
	}
	for _, l := range t.Links {
		add(l.A, l.B, 5+uint64(l.Trust.V))
		add(l.B, l.A, 5+uint64(l.Trust.V))
	}
	for _, x := range t.Certificates {
		add(x, x.Issuer.V, 10)
	}
	for _, x := range t.Clients {
		add(x, x.Zone, 11)
		clientEnd(x, &x.End)
	}
	for _, x := range t.Proxies {
		add(x, x.Zone, 12)
		clientEnd(x, &x.End)
		for _, z := range x.From {
			add(x, z.V, 13)
		}
		for _, l := range x.Listeners {
			serverEnd(x, &l.End, uint64(l.Port))
		}
	}
	for _, x := range t.Backends {
		add(x, x.Zone, 14)
		serverEnd(x, &x.End, 0)
	}
	for _, x := range t.Routes {
		add(x, x.Namespace, 15)
		add(x, x.Certificate.V, 16)
		add(x, x.ClientCertificate.V.CA, 17)
		clientEnd(x, &x.Upstream.End)
		for _, p := range x.Proxies {
			add(x, p, 18)
		}
		for _, to := range x.Targets {
			label := mix(19, uint64(to.Weight.V))
			if to.Certified.V != "" {
				h := fnv.New64a()
				h.Write([]byte(to.Certified.V))
				label = mix(label, h.Sum64())
			}
			add(x, to.Backend, label)
			add(x, to.Proxy, mix(20, uint64(to.Port)))
		}
	}
	return out
}

var spanType = reflect.TypeFor[source.Span]()

// appendFacts appends what a value states: neither places nor origins nor what it names.
func appendFacts(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Struct:
		t := v.Type()
		if value := v.FieldByName("V"); value.IsValid() && t.NumField() == 3 {
			return appendFacts(b, value)
		}
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Type != spanType && f.Name != "Origin" {
				b = appendFacts(b, v.Field(i))
			}
		}
		return b
	case reflect.Slice:
		items := make([][]byte, v.Len()) // in any order
		for i := range items {
			items[i] = appendFacts(nil, v.Index(i))
		}
		slices.SortFunc(items, bytes.Compare)
		return append(append(b, byte(v.Len())), bytes.Join(items, nil)...)
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, 0)
		}
		return append(b, 1)
	case reflect.String:
		return append(append(b, v.String()...), 0)
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendUint(b, uint64(v.Int()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return appendUint(b, v.Uint())
	}
	panic("diff: a fact of an unknown kind: " + v.Type().String())
}

func appendUint(b []byte, n uint64) []byte {
	return append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24), byte(n>>32), byte(n>>40), byte(n>>48), byte(n>>56))
}
