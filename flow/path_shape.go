package flow

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"github.com/flowc-lang/flowc/source"
)

// shapes number the facts of declarations, names and addresses aside: two of
// one shape are the same to the derivation.
type shapes struct {
	t          *Topology
	numbers    map[string]int
	known      map[any]int // of each declaration, but for the most frequent ones
	routes     map[*Route]int32
	ofBackends map[*Backend]int32
	lists      bool // some route has an allow list, or is chosen by addresses: these tell clients apart
	sources    bool // some route is chosen by addresses
	buf        []byte
	plans      map[reflect.Type][]field
}

func newShapes(t *Topology) *shapes {
	s := &shapes{t: t, numbers: map[string]int{}, known: map[any]int{}, routes: make(map[*Route]int32, len(t.Routes)), ofBackends: make(map[*Backend]int32, len(t.Backends)), plans: map[reflect.Type][]field{}}
	for _, r := range t.Routes {
		s.sources = s.sources || r.AsksForSource()
		s.lists = s.lists || s.sources || len(r.Allow) > 0
	}
	return s
}

// of returns the number of a declaration's shape.
func (s *shapes) of(x any, kind byte, facts ...any) int {
	n, ok := s.known[x]
	if !ok {
		n = s.number(kind, facts...)
		s.known[x] = n
	}
	return n
}

// number is the number of a shape.
func (s *shapes) number(kind byte, facts ...any) int {
	b := append(s.buf[:0], kind)
	for _, f := range facts {
		v := reflect.ValueOf(f)
		if v.Kind() == reflect.Pointer {
			v = v.Elem() // the facts of a declaration, which are large
		}
		b = s.append(b, v)
	}
	s.buf = b
	n, ok := s.numbers[string(b)]
	if !ok {
		n = len(s.numbers) + 1
		s.numbers[string(b)] = n
	}
	return n
}

func (s *shapes) client(c *Client) int {
	address := ""
	if s.lists {
		address = c.Address.V
	}
	return s.of(c, 'c', &c.ClientFacts, &c.End, address)
}

// kind is what tells a client from others of its shape: the CAs that it trusts, and the
// issuer of its certificate.
func (s *shapes) kind(c *Client) string {
	b := appendInt(nil, s.client(c))
	for _, ca := range c.End.Trust {
		b = append(append(b, ca.V.Name...), 0)
	}
	if own := c.End.Certificate.V; own != nil {
		b = appendBool(append(b, 1), own.ValidOn(s.t.Date))
		if own.Issuer.V != nil {
			b = append(b, own.Issuer.V.Name...)
		}
	}
	return string(b)
}

func (s *shapes) listener(l *Listener) int {
	if n, ok := s.known[l]; ok {
		return n
	}
	return s.of(l, 'l', &l.ListenerFacts, &l.End, l.Inspects(), l.OnlyRelays(), s.proxy(l.Proxy))
}

func (s *shapes) proxy(p *Proxy) int {
	if n, ok := s.known[p]; ok {
		return n
	}
	return s.of(p, 'p', &p.ProxyFacts, &p.End, fmt.Sprintf("%p", p.Behaves()))
}

func (s *shapes) route(r *Route) int {
	if r == nil {
		return 0
	}
	if n, ok := s.routes[r]; ok {
		return int(n)
	}
	n := s.number('r', &r.RouteFacts, &r.Upstream.UpstreamFacts, &r.Upstream.End, &r.ClientCertificate, len(r.Targets) > 1)
	s.routes[r] = int32(n)
	return n
}

func (s *shapes) backend(b *Backend) int {
	if n, ok := s.ofBackends[b]; ok {
		return int(n)
	}
	n := s.number('b', &b.BackendFacts, &b.End)
	s.ofBackends[b] = int32(n)
	return n
}

// request is the shape of what a request of the model asks for; what comes
// before it is left out.
func (s *shapes) request(q *Request) int {
	if q == nil {
		return 0
	}
	if n, ok := s.known[q]; ok {
		return n
	}
	f := q.RequestFacts
	f.Calls, f.Fields, f.Times, f.Follow, f.Resume, f.EarlyData = nil, nil, Fact[int]{}, Fact[bool]{}, Fact[string]{}, Fact[bool]{}
	return s.of(q, 'q', &f)
}

func appendInt(b []byte, n int) []byte { return binary.AppendVarint(b, int64(n)) }

func appendBool(b []byte, v ...bool) []byte {
	for _, x := range v {
		if x {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// path appends what tells a path from others, whichever client takes it.
func (s *shapes) path(b []byte, p *Path, met []Handshake) []byte {
	a := p.Ask
	b = append(b, a.Call.Scheme...)
	b = append(b, a.Call.Method...)
	b = append(b, byte(p.End))
	b = appendInt(b, s.request(a.Request))
	b = appendInt(b, s.route(p.Route))
	b = appendBool(b, a.sni() == "", a.Call.Path == "/", p.Route != nil && p.Route == a.Wanted)
	for i := range p.Hops {
		h := &p.Hops[i]
		b = appendInt(b, s.route(h.Route))
		b = appendBool(b, h.TLS, h.Opens, h.Relayed != nil, h.Listener == nil && h.Server == nil)
		if h.Listener != nil {
			b = appendInt(b, s.listener(h.Listener))
		}
		if h.Target != nil {
			b = appendBool(b, h.Target.Certified.IsSet())
		}
		if h.Server != nil {
			b = appendInt(appendInt(b, s.backend(h.Server.Backend)), int(h.Server.State.V))
		}
	}
	if r := p.Route; p.End == EndRedirect && r.Redirect.IsSet() {
		b = appendInt(appendInt(b, int(r.Redirect.V.Kind)), r.Redirect.V.Status)
	}
	for i := range met {
		b = s.handshake(b, &met[i])
	}
	return b
}

// handshake appends the answers to what is asked in a handshake, but for what a client
// that opens it trusts and shows.
func (s *shapes) handshake(b []byte, h *Handshake) []byte {
	c := h.Certificate
	if h.terms != nil {
		b = appendInt(b, s.route(h.terms))
	}
	b = appendBool(b, h.SNI == "", h.Name == "", h.SNI == h.Name, c == nil, h.fits, c.Covers(h.Name), c.ValidOn(s.t.Date))
	if h.Client != nil {
		return b
	}
	return s.opener(b, h, h.Opened.UpstreamEnd(h.Proxy))
}

// opener appends what the opener of a handshake trusts and shows.
func (s *shapes) opener(b []byte, h *Handshake, end ClientEnd) []byte {
	own, auth := end.Certificate.V, h.ClientAuth().V
	b = appendBool(b, end.Trusts(h.Certificate), own == nil, own.ValidOn(s.t.Date))
	return appendBool(b, own != nil && auth.CA != nil && own.Issuer.V != nil && own.Issuer.V != auth.CA)
}

// from appends what a client that goes a path adds to what tells it apart.
func (s *shapes) from(b []byte, p *Path, met []Handshake, c *Client) []byte {
	b = appendInt(b, s.client(c))
	if len(met) > 0 && met[0].Client != nil {
		end := c.End
		end.Certificate = c.Shows(met[0].ClientAuth().V)
		b = s.opener(b, &met[0], end)
	}
	if !s.lists {
		return b
	}
	seen := c.Address.V
	for i, h := range p.Hops {
		if i > 0 && h.Route.SendProxy.V == 0 {
			seen = h.From.Source.V
		}
		for _, r := range []*Route{h.Relayed, routeAfter(p, i)} {
			if r != nil && len(r.Allow) > 0 {
				b = appendBool(b, seen == "", r.Allowed(seen))
			}
		}
	}
	return b
}

// routeAfter is the route that the far end of a hop chooses.
func routeAfter(p *Path, hop int) *Route {
	if hop+1 < len(p.Hops) {
		return p.Hops[hop+1].Route
	}
	return p.Route
}

var spanType = reflect.TypeFor[source.Span]()

// named are the facts that are names, numbers of ports and the like: whether they are
// there may count, what they are does not.
var named = map[reflect.Type]map[string]bool{
	reflect.TypeFor[RouteFacts]():    {"Host": true, "Subdomain": true, "Path": true, "Matches": true, "Redirect": true, "Labels": true, "Created": true, "Affinity": true, "Headers": true, "Rewrite": true, "Allow": true, "Policies": true},
	reflect.TypeFor[UpstreamFacts](): {"Name": true, "SNI": true, "Origin": true},
	reflect.TypeFor[ListenerFacts](): {"Address": true, "Port": true, "LastPort": true, "Origin": true},
	reflect.TypeFor[ProxyFacts]():    {"Source": true, "Domains": true, "Admit": true, "AdmitNamespaces": true, "Profile": true},
	reflect.TypeFor[ClientFacts]():   {"Address": true},
	reflect.TypeFor[RequestFacts]():  {"SNI": true, "HostField": true},
}

// field is what a shape takes of a field of a struct.
type field struct {
	index int
	named bool // whether it says something
	value int  // of a fact: the index of V in it; -1 for what is no fact
}

// fields are the fields of a struct that a shape takes.
func (s *shapes) fields(t reflect.Type) []field {
	out, ok := s.plans[t]
	if !ok {
		for i := range t.NumField() {
			if f := t.Field(i); f.Type != spanType {
				value := -1
				if f.Type.Kind() == reflect.Struct {
					if v, ok := f.Type.FieldByName("V"); ok {
						value = v.Index[0]
					}
				}
				out = append(out, field{i, named[t][f.Name], value})
			}
		}
		s.plans[t] = out
	}
	return out
}

// append appends the facts in a value: pointers by whether they are there,
// places not at all.
func (s *shapes) append(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range s.fields(v.Type()) {
			if x := v.Field(f.index); f.named {
				b = appendBool(b, !f.isEmpty(x))
			} else {
				b = s.append(b, x)
			}
		}
		return b
	case reflect.Slice:
		b = appendInt(b, v.Len())
		for i := range v.Len() {
			b = s.append(b, v.Index(i))
		}
		return b
	case reflect.Pointer:
		return appendBool(b, !v.IsNil())
	case reflect.String:
		b = append(b, v.String()...)
		return append(b, 0)
	case reflect.Bool:
		return appendBool(b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return binary.AppendVarint(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.AppendUvarint(b, v.Uint())
	}
	panic("flow: a fact of a kind that has no shape: " + v.Type().String())
}

// isEmpty reports whether a fact says nothing: its value is the zero one.
func (f field) isEmpty(v reflect.Value) bool {
	switch {
	case f.value >= 0:
		return v.Field(f.value).IsZero()
	case v.Kind() == reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}
