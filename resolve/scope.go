package resolve

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// scope is the names of one name space, in the order of declaration.
type scope[T any] struct {
	kind   string // what a name of it is: "zone"
	names  []string
	bound  map[string]binding[T]
	folded map[string]string // lower case: the name first declared
	holes  bool              // a declaration of this kind lost its name
}

type binding[T any] struct {
	value T
	at    source.Span
	kind  string
}

func newScope[T any](kind string) *scope[T] {
	return &scope[T]{kind: kind, bound: map[string]binding[T]{}, folded: map[string]string{}}
}

// bind gives a name its meaning. It reports a second declaration and a name
// that differs from an earlier one only in case; it returns false where the
// name is taken.
func (s *scope[T]) bind(r *resolver, kind, name string, at source.Span, v T) bool {
	if old, ok := s.bound[name]; ok {
		message := fmt.Sprintf("%s %q is declared twice", kind, name)
		if old.kind != kind {
			message = fmt.Sprintf("%q is already the name of a %s", name, old.kind)
		}
		r.report(codeDuplicate, at, "%s", message).Related = declaredHere(old.at)
		return false
	}
	lower := strings.ToLower(name)
	if first, ok := s.folded[lower]; ok {
		d := r.report(codeCase, at, "%q and %q differ only in case", name, first)
		d.Related = declaredHere(s.bound[first].at)
	} else {
		s.folded[lower] = name
	}
	s.names = append(s.names, name)
	s.bound[name] = binding[T]{v, at, kind}
	return true
}

// supply gives a name that flowc chose its meaning.
func (s *scope[T]) supply(kind, name string, v T) {
	s.names = append(s.names, name)
	s.folded[strings.ToLower(name)] = name
	s.bound[name] = binding[T]{value: v, kind: kind}
}

// find returns what a word names. It reports a name that nothing declares,
// unless it may be in a declaration that was not understood.
func (s *scope[T]) find(r *resolver, w *ast.Word) (T, bool) {
	if b, ok := s.bound[w.Text]; ok {
		return b.value, true
	}
	if !s.holes {
		unknown(r, s, s.kind, s.names, w)
	}
	var none T
	return none, false
}

// unknown reports a name that is none of the names of a kind.
func unknown[T any](r *resolver, s *scope[T], kind string, names []string, w *ast.Word) {
	if r.partial || r.suspects[w.Text] {
		return
	}
	if len(r.found) >= maxFindings { // not listed: do not look for the nearest
		names = nil
	}
	d := r.report(codeUnknown, w.At, "no %s is named %q%s", kind, w.Text, spell.DidYouMean(w.Text, names))
	d.Fix = slip(w, names)
	near, ok := spell.Nearest(w.Text, names)
	switch {
	case ok:
		d.Related = declaredHere(s.bound[near].at)
	case len(names) == 0:
		d.Help = fmt.Sprintf("declare it: %s %s", kind, w.Text)
	default:
		d.Help = "declared: " + enumerate(names)
	}
}

// slip is the fix of a name that is one slip of the finger away from one of
// those that there are, and only one.
func slip(w *ast.Word, names []string) *diag.Fix {
	near, ok := spell.Typo(w.Text, names)
	if !ok || w.At.Text() != w.Text { // a part of a quoted word has another place
		return nil
	}
	return diag.Replace(w.At, near)
}

// enumerate names at most eight.
func enumerate(names []string) string {
	if len(names) > 8 {
		return strings.Join(names[:8], ", ") + fmt.Sprintf(" and %d more", len(names)-8)
	}
	return strings.Join(names, ", ")
}

// node is what an arrow can end at: exactly one of its members is set.
type node struct {
	client  *flow.Client
	proxy   *flow.Proxy
	backend *flow.Backend
}

// needNode is findNode, but where the model declares none of the first kind it
// is supplied under that name.
func (r *resolver) needNode(w *ast.Word, kinds ...string) (node, bool) {
	_, bound := r.nodes.bound[w.Text]
	if !bound && !r.declared[kinds[0]] && isName(w.Text) && r.nodes.folded[strings.ToLower(w.Text)] == "" {
		return r.supplyNode(kinds[0], w.Text), true
	}
	return r.findNode(w, kinds...)
}

// findNode returns the client, proxy or backend that a word names, which must
// be one of the kinds.
func (r *resolver) findNode(w *ast.Word, kinds ...string) (node, bool) {
	if b, ok := r.nodes.bound[w.Text]; ok {
		if slices.Contains(kinds, b.kind) {
			return b.value, true
		}
		d := r.report(codeWrongKind, w.At, "%q is a %s, not a %s", w.Text, b.kind, strings.Join(kinds, " or "))
		d.Related = declaredHere(b.at)
		return node{}, false
	}
	var names []string
	for _, name := range r.nodes.names {
		if slices.Contains(kinds, r.nodes.bound[name].kind) {
			names = append(names, name)
		}
	}
	if !r.nodes.holes {
		unknown(r, r.nodes, strings.Join(kinds, " or "), names, w)
	}
	return node{}, false
}

// isName reports whether a word can be a name.
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
