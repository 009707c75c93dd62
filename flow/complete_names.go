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
	means   []binding[T]     // of each name
	at      map[string]int32 // the position of each name; nil for a few, which are looked through
	folded  map[string]int32 // of names with capitals, in lower case: the position of the first one
	unnamed bool             // a declaration of this kind lost its name
}

type binding[T any] struct {
	value T
	kind  DeclKind
}

// newScope has room for n names.
func newScope[T any](n int, kinds ...DeclKind) *scope[T] {
	s := &scope[T]{kinds: kinds, names: make([]Candidate, 0, n), means: make([]binding[T], 0, n)}
	if n > crowd {
		s.at = make(map[string]int32, n)
	}
	return s
}

// position is where a name stands among all; -1 for one that is not declared.
func (s *scope[T]) position(name string) int {
	if s.at == nil {
		return slices.IndexFunc(s.names, func(n Candidate) bool { return n.Name == name })
	}
	if i, ok := s.at[name]; ok {
		return int(i)
	}
	return -1
}

// lookup returns what a name means.
func (s *scope[T]) lookup(name string) (b binding[T], ok bool) {
	if i := s.position(name); i >= 0 {
		return s.means[i], true
	}
	return b, false
}

// inOtherCase is the position of the first name that differs from another one in
// case at most; -1 for none.
func (s *scope[T]) inOtherCase(name string) int {
	lower := strings.ToLower(name)
	if i, ok := s.folded[lower]; ok {
		return int(i)
	}
	return s.position(lower)
}

// bind gives a name its meaning. It reports a name that cannot be one, a second
// declaration, and a name that differs from an earlier one only in case; it
// returns false where the name has no meaning or another one.
func (s *scope[T]) bind(c *completion, kind DeclKind, name string, at source.Span, v T) bool {
	if !canName(kind, name) {
		c.report(Mistake{Kind: MistakeName, At: at, Name: name, Is: kind})
		return false
	}
	if i := s.position(name); i >= 0 {
		c.report(Mistake{Kind: MistakeDeclaredTwice, At: at, Related: s.names[i].At, Name: name, Is: kind, Was: s.means[i].kind})
		return false
	}
	if i := s.inOtherCase(name); i >= 0 {
		c.report(Mistake{Kind: MistakeCase, At: at, Related: s.names[i].At, Names: []string{name, s.names[i].Name}})
	}
	s.add(Candidate{name, at}, binding[T]{v, kind})
	return true
}

// supply gives a name that flowc chose, and nothing has, its meaning.
func (s *scope[T]) supply(kind DeclKind, name string, v T) {
	s.add(Candidate{Name: name}, binding[T]{v, kind})
}

func (s *scope[T]) add(name Candidate, b binding[T]) {
	i := int32(len(s.names))
	s.names, s.means = append(s.names, name), append(s.means, b)
	switch {
	case s.at != nil:
		s.at[name.Name] = i
	case len(s.names) > crowd:
		s.at = make(map[string]int32, 2*len(s.names))
		for i, n := range s.names {
			s.at[n.Name] = int32(i)
		}
	}
	if lower := strings.ToLower(name.Name); lower != name.Name {
		if s.folded == nil {
			s.folded = map[string]int32{}
		}
		if _, ok := s.folded[lower]; !ok {
			s.folded[lower] = i
		}
	}
}

// empty takes all names out.
func (s *scope[T]) empty() {
	*s = scope[T]{kinds: s.kinds, names: s.names[:0], means: s.means[:0]}
}

// find looks a name up. The fact is not set where there is no name, and where
// nothing declares it, which is reported unless it may be in a declaration that
// was not understood.
func find[T any](c *completion, s *scope[T], name Ref) Fact[T] {
	if name.V == "" {
		return Fact[T]{}
	}
	if b, ok := s.lookup(name.V); ok {
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
	if c.nodes.position(name.V) < 0 && !c.declared[kinds[0]] && isName(name.V) && !isAddress(name.V) && c.nodes.inOtherCase(name.V) < 0 {
		return c.supplyNode(kinds[0], name.V), true
	}
	return c.findNode(name, kinds...)
}

// findNode returns the client, proxy or backend of a name, which must be one of
// the kinds.
func (c *completion) findNode(name Ref, kinds ...DeclKind) (node, bool) {
	if i := c.nodes.position(name.V); i >= 0 {
		b := c.nodes.means[i]
		if slices.Contains(kinds, b.kind) {
			return b.value, true
		}
		c.report(Mistake{Kind: MistakeWrongKind, At: name.At, Related: c.nodes.names[i].At, Name: name.V, Is: b.kind, Wanted: kinds})
		return node{}, false
	}
	if c.nodes.unnamed {
		c.unresolved(name.At)
		return node{}, false
	}
	p := Mistake{Kind: MistakeUnknown, At: name.At, Name: name.V, Wanted: kinds}
	c.unknown(p, func() []Candidate {
		var out []Candidate
		for i, n := range c.nodes.names {
			if slices.Contains(kinds, c.nodes.means[i].kind) {
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
