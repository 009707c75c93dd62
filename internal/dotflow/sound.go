package dotflow

import (
	"slices"
	"sort"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/load"
	"github.com/flowc-lang/flowc/source"
)

// maxRounds bounds how often declarations are left out for naming those that
// were. A chain of names in a model is a few links long.
const maxRounds = 12

// soundPart resolves a model without the declarations that are broken, without
// those that name one of them, and so on; nil where that has no end, and where
// it is not even clear what a statement declares.
func soundPart(loaded *load.Model, broken diag.List) *flow.Topology {
	entry, imported := loaded.Entry, slices.Clone(loaded.Imported)
	if slices.ContainsFunc(append(imported, entry), declaresAnything) {
		return nil
	}
	for range maxRounds {
		places := placesOf(broken)
		entry = withoutPlaces(entry, places)
		for i := range imported {
			imported[i] = withoutPlaces(imported[i], places)
		}
		t, found := complete(loaded.Name, entry, imported)
		if !found.Broken() {
			return t
		}
		broken = found
	}
	return nil
}

// places are the offsets of findings, in order, by their files.
type places map[*source.File][]int

func placesOf(l diag.List) places {
	out := places{}
	for _, d := range l {
		if d.Broken && d.At.Known() {
			out[d.At.File] = append(out[d.At.File], d.At.Start)
		}
	}
	for _, offsets := range out {
		slices.Sort(offsets)
	}
	return out
}

// within reports whether one of the places is in the span, or at its end.
func (p places) within(at source.Span) bool {
	offsets := p[at.File]
	i := sort.SearchInts(offsets, at.Start)
	return i < len(offsets) && offsets[i] <= at.End
}

// declaresAnything reports whether a file has a statement outside of all
// declarations of which it is not known what it declares, or under which name.
func declaresAnything(f *ast.File) bool {
	return slices.ContainsFunc(f.Statements(), func(s *ast.Statement) bool {
		return s.Broken && (signature(s) == nil || signature(s).Directs && nameless(s))
	})
}

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

// withoutPlaces returns a file without the declarations in which the places
// are. A proxy, on which all routes hang, only loses what is broken in it. A
// statement that stands outside of all declarations, and should not, takes the
// one before it along: a brace may be missing there, or be one too many.
func withoutPlaces(f *ast.File, p places) *ast.File {
	all := f.Statements()
	out := *f
	out.Items = nil
	for i, s := range all {
		switch {
		case i+1 < len(all) && stray(all[i+1]):
		case !p.within(s.At):
			out.Items = append(out.Items, s)
		default:
			if s := pruned(s, p); s != nil {
				out.Items = append(out.Items, s)
			}
		}
	}
	return &out
}

// stray reports whether a statement is none that declares something.
func stray(s *ast.Statement) bool {
	g := signature(s)
	return g == nil || !slices.Contains(g.In, "file")
}

// pruned returns a proxy without the statements in which the places are, and
// without those that it loses with anything; nil where it is lost as a whole,
// and where the places are elsewhere.
func pruned(s *ast.Statement, p places) *ast.Statement {
	if s.Keyword == nil || s.Keyword.Text != "proxy" || s.Block == nil || s.Broken {
		return nil
	}
	out, block := *s, *s.Block
	block.Items = nil
	lost := false
	for _, in := range s.Block.Statements() {
		loses := grammar.LosesAll
		if g := grammar.Lookup("proxy", in.Keyword.Text); g != nil {
			loses = g.Loses
		}
		switch within := p.within(in.At); {
		case within && loses == grammar.LosesAll:
			return nil
		case within:
			lost = true
		case loses != grammar.LosesSet:
			block.Items = append(block.Items, in)
		}
	}
	if !lost {
		return nil
	}
	out.Block = &block
	return &out
}
