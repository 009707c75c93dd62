package flow

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// scope is the names of one name space, in the order of declaration.
type scope[T any] struct {
	kinds   []DeclKind // what a name of it is
	names   []Candidate
	bound   map[string]binding[T]
	folded  map[string]string // lower case: the name first declared
	unnamed bool              // a declaration of this kind lost its name
}

type binding[T any] struct {
	value T
	at    source.Span
	kind  DeclKind
}

func newScope[T any](kinds ...DeclKind) *scope[T] {
	return &scope[T]{kinds: kinds, bound: map[string]binding[T]{}, folded: map[string]string{}}
}

// bind gives a name its meaning. It reports a name that cannot be one, a second
// declaration, and a name that differs from an earlier one only in case; it
// returns false where the name has no meaning or another one.
func (s *scope[T]) bind(c *completion, kind DeclKind, name string, at source.Span, v T) bool {
	if !canName(kind, name) {
		c.report(Mistake{Kind: MistakeName, At: at, Name: name, Is: kind})
		return false
	}
	if old, ok := s.bound[name]; ok {
		c.report(Mistake{Kind: MistakeDeclaredTwice, At: at, Related: old.at, Name: name, Is: kind, Was: old.kind})
		return false
	}
	lower := strings.ToLower(name)
	if first, ok := s.folded[lower]; ok {
		c.report(Mistake{Kind: MistakeCase, At: at, Related: s.bound[first].at, Names: []string{name, first}})
	} else {
		s.folded[lower] = name
	}
	s.names = append(s.names, Candidate{name, at})
	s.bound[name] = binding[T]{v, at, kind}
	return true
}

// supply gives a name that flowc chose its meaning.
func (s *scope[T]) supply(kind DeclKind, name string, v T) {
	s.names = append(s.names, Candidate{Name: name})
	s.folded[strings.ToLower(name)] = name
	s.bound[name] = binding[T]{value: v, kind: kind}
}

// find looks a name up. The fact is not set where there is no name, and where
// nothing declares it, which is reported unless it may be in a declaration that
// was not understood.
func find[T any](c *completion, s *scope[T], name Ref) Fact[T] {
	if name.V == "" {
		return Fact[T]{}
	}
	if b, ok := s.bound[name.V]; ok {
		return Fact[T]{V: b.value, Origin: cmp.Or(name.Origin, OriginStated), At: name.At}
	}
	if s.unnamed {
		c.unresolved(name.At)
		return Fact[T]{}
	}
	c.unknown(Mistake{Kind: MistakeUnknown, At: name.At, Name: name.V, Wanted: s.kinds}, func() []Candidate { return s.names })
	return Fact[T]{}
}

// findAll looks names up and leaves out those that nothing declares.
func findAll[T any](c *completion, s *scope[T], names []Ref) []Fact[T] {
	var out []Fact[T]
	for _, name := range names {
		if f := find(c, s, name); f.IsSet() {
			out = append(out, f)
		}
	}
	return out
}

// unknown reports a name that nothing declares, with those that would do.
func (c *completion) unknown(p Mistake, names func() []Candidate) {
	if c.mayBeLost(p.Name) {
		c.unresolved(p.At)
		return
	}
	if c.listing() {
		p.Candidates = slices.Clip(names())
	}
	c.report(p)
}

// unresolved notes the place of a name that may be declared in what was not
// understood.
func (c *completion) unresolved(at source.Span) {
	if at.Known() {
		c.t.Unresolved = append(c.t.Unresolved, at)
	}
}

// mayBeLost reports whether a name may be declared in what was not understood.
func (c *completion) mayBeLost(name string) bool { return c.lost.File || c.lostNames[name] }

// node is what an arrow can end at: exactly one of its members is set.
type node struct {
	client  *Client
	proxy   *Proxy
	backend *Backend
}

// needNode is findNode, but where the model declares none of the first kind it
// is supplied under that name.
func (c *completion) needNode(name Ref, kinds ...DeclKind) (node, bool) {
	_, bound := c.nodes.bound[name.V]
	if !bound && !c.declared[kinds[0]] && isName(name.V) && !isAddress(name.V) && c.nodes.folded[strings.ToLower(name.V)] == "" {
		return c.supplyNode(kinds[0], name.V), true
	}
	return c.findNode(name, kinds...)
}

// findNode returns the client, proxy or backend of a name, which must be one of
// the kinds.
func (c *completion) findNode(name Ref, kinds ...DeclKind) (node, bool) {
	if b, ok := c.nodes.bound[name.V]; ok {
		if slices.Contains(kinds, b.kind) {
			return b.value, true
		}
		c.report(Mistake{Kind: MistakeWrongKind, At: name.At, Related: b.at, Name: name.V, Is: b.kind, Wanted: kinds})
		return node{}, false
	}
	if c.nodes.unnamed {
		c.unresolved(name.At)
		return node{}, false
	}
	p := Mistake{Kind: MistakeUnknown, At: name.At, Name: name.V, Wanted: kinds}
	c.unknown(p, func() []Candidate {
		var out []Candidate
		for _, n := range c.nodes.names {
			if slices.Contains(kinds, c.nodes.bound[n.Name].kind) {
				out = append(out, n)
			}
		}
		return out
	})
	return node{}, false
}

// canName reports whether a declaration can have a name. What identifies a
// party, a connection or a step is made of the names of clients, proxies,
// backends and servers: haproxy>shop/shop-1#2.
func canName(kind DeclKind, name string) bool {
	if slices.Contains([]DeclKind{DeclClient, DeclProxy, DeclBackend, DeclServer}, kind) {
		return isName(name)
	}
	return name != ""
}

// isName reports whether a word can be the name of a party.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
		if !letter && (i == 0 || c != '.' && c != '-') {
			return false
		}
	}
	return s != ""
}
