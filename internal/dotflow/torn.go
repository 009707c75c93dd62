package dotflow

import (
	"slices"
	"sort"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/source"
)

// torn returns the statements of files in which something is broken, as far as
// none of them says anything about what another states.
func torn(files []*ast.File, broken []source.Span) front.Torn {
	var out front.Torn
	p := offsetsOf(broken)
	for _, f := range files {
		statements := f.Statements()
		for i, s := range statements {
			switch {
			case declaresAnything(s):
				return front.Torn{Everything: true}
			case i+1 < len(statements) && stray(statements[i+1]):
				out.Places = append(out.Places, s.At)
			case p.count(s.At) > 0:
				addTorn(&out, s, p)
			}
		}
	}
	return out
}

// offsets are where something is broken, in order, by files.
type offsets map[*source.File][]int

func offsetsOf(broken []source.Span) offsets {
	out := offsets{}
	for _, at := range broken {
		out[at.File] = append(out[at.File], at.Start)
	}
	for _, list := range out {
		slices.Sort(list)
	}
	return out
}

// count is how many of the offsets are in the span, or at its end.
func (p offsets) count(at source.Span) int {
	list := p[at.File]
	return sort.SearchInts(list, at.End+1) - sort.SearchInts(list, at.Start)
}

// declaresAnything reports whether it is not known what a statement outside of
// all declarations declares, or under which name.
func declaresAnything(s *ast.Statement) bool {
	return s.Broken && (signature(s) == nil || slices.Contains(parties, s.Keyword.Text) && nameless(s))
}

// parties are the declarations that decide which way requests take.
var parties = []string{"client", "proxy", "route", "backend"}

func nameless(s *ast.Statement) bool {
	if len(s.Args) == 0 {
		return true
	}
	w, ok := s.Args[0].(*ast.Word)
	return !ok || w.Quoted
}

// signature returns what the language says of a statement, nil where it has
// none of that keyword.
func signature(s *ast.Statement) *grammar.Signature {
	i := slices.IndexFunc(grammar.Statements, func(g *grammar.Signature) bool {
		return s.Keyword != nil && g.Keyword == s.Keyword.Text
	})
	if i < 0 {
		return nil
	}
	return grammar.Statements[i]
}

// stray reports whether a statement outside of all declarations is none that
// declares something. It takes the one before it along: a brace may be missing
// there, or be one too many.
func stray(s *ast.Statement) bool {
	g := signature(s)
	return g == nil || !slices.Contains(g.In, "file")
}

// separable are the statements of a declaration that say nothing of the others,
// by its keyword.
var separable = map[string][]string{"proxy": {"listen", "timeout", "from"}}

// addTorn adds what of a broken statement is torn: all of it, but where nothing is
// broken but separable statements or the zone that it is in, these alone. Where a
// timeout is broken all timeouts are in doubt: what a rule says of some depends on
// which others there are.
func addTorn(out *front.Torn, s *ast.Statement, p offsets) {
	if s.Broken || s.Keyword == nil {
		out.Places = append(out.Places, s.At)
		return
	}
	var parts, ports, reach []source.Span
	lost := 0
	part := func(at source.Span, timeout bool) bool {
		n := p.count(at)
		if lost += n; n > 0 || timeout {
			parts = append(parts, at)
		}
		return n > 0
	}
	if zone := zoneOf(s); zone.Known() {
		part(zone, false)
	}
	for _, inner := range s.Block.Statements() {
		if inner.Keyword == nil || !slices.Contains(separable[s.Keyword.Text], inner.Keyword.Text) {
			continue
		}
		lost := part(inner.At, inner.Keyword.Text == "timeout")
		switch {
		case lost && inner.Keyword.Text == "listen":
			ports = append(ports, inner.At)
		case lost && inner.Keyword.Text == "from":
			reach = append(reach, inner.At)
		}
	}
	if lost < p.count(s.At) {
		out.Places = append(out.Places, s.At)
		return
	}
	out.Places, out.Ports, out.Reach = append(out.Places, parts...), append(out.Ports, ports...), append(out.Reach, reach...)
}

// zoneOf is the name of the zone that a declaration is in.
func zoneOf(s *ast.Statement) source.Span {
	for i, a := range s.Args {
		if w, ok := a.(*ast.Word); ok && i > 0 && i+1 < len(s.Args) && w.Text == "in" && !w.Quoted && slices.Contains(placed, s.Keyword.Text) {
			return s.Args[i+1].Span()
		}
	}
	return source.Span{}
}

// placed are the declarations that are in a zone.
var placed = []string{"client", "proxy", "backend"}
