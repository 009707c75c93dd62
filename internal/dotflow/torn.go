package dotflow

import (
	"slices"
	"sort"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/source"
)

// torn returns the statements of files in which something is broken, as far as
// none of them says anything about what another states. all reports that it is
// not even clear what some statement declares.
func torn(files []*ast.File, broken []source.Span) (places []source.Span, all bool) {
	p := offsetsOf(broken)
	for _, f := range files {
		statements := f.Statements()
		for i, s := range statements {
			switch {
			case declaresAnything(s):
				return nil, true
			case i+1 < len(statements) && stray(statements[i+1]):
				places = append(places, s.At)
			case p.within(s.At):
				places = append(places, tornPart(s, p)...)
			}
		}
	}
	return places, false
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

// within reports whether one of the offsets is in the span, or at its end.
func (p offsets) within(at source.Span) bool {
	list := p[at.File]
	i := sort.SearchInts(list, at.Start)
	return i < len(list) && list[i] <= at.End
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

// separable are the statements of a proxy that say nothing of each other.
var separable = []string{"listen", "timeout"}

// tornPart returns what of a broken statement is torn: all of it, but of a proxy,
// on which all routes hang, only the ports and timeouts that are broken. Then
// its timeouts are all in doubt: what a rule says of some depends on which
// others there are.
func tornPart(s *ast.Statement, p offsets) []source.Span {
	if s.Keyword == nil || s.Keyword.Text != "proxy" || s.Block == nil || s.Broken {
		return []source.Span{s.At}
	}
	var parts []source.Span
	lost := false
	for _, inner := range s.Block.Statements() {
		word := ""
		if inner.Keyword != nil {
			word = inner.Keyword.Text
		}
		switch here := p.within(inner.At); {
		case here && !slices.Contains(separable, word):
			return []source.Span{s.At}
		case here || word == "timeout":
			lost = lost || here
			parts = append(parts, inner.At)
		}
	}
	if !lost {
		return []source.Span{s.At}
	}
	return parts
}
