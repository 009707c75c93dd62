package advice

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// Edits are what a suggestion does to the texts of the model, in their order
// and without overlap. They leave the style to the formatter.
func (r *Renderer) Edits(w diag.Suggestion) []diag.Edit {
	var out []diag.Edit
	for _, m := range r.plan(w) {
		out = append(out, r.edits(m)...)
	}
	slices.SortStableFunc(out, func(x, y diag.Edit) int {
		return cmp.Or(cmp.Compare(x.At.Start, y.At.Start), cmp.Compare(x.At.End, y.At.End))
	})
	return out
}

// edits are what one move does to the texts of the model.
func (r *Renderer) edits(m *move) []diag.Edit {
	switch m.do {
	case moveReplace:
		out := []diag.Edit{{At: m.at, New: m.text}}
		if m.unblocked {
			out = append(out, diag.Edit{At: blockOf(m.in)})
		}
		return out
	case moveRemove:
		if m.whole {
			return []diag.Edit{diag.Deletion(m.at)}
		}
		return []diag.Edit{{At: m.at}}
	case moveAdd:
		return []diag.Edit{r.insertion(m)}
	}
	panic("advice: unknown move")
}

// insertion writes statements to the end of the block of a statement, or of the entry file.
func (r *Renderer) insertion(m *move) diag.Edit {
	var text strings.Builder
	for _, s := range m.list {
		write(&text, s)
	}
	switch in := m.in; {
	case in == nil:
		file := r.files[0].Source
		end := len(file.Text)
		return diag.Edit{At: file.Span(end, end), New: "\n" + text.String()}
	case in.Block == nil:
		end := head(in).End
		return diag.Edit{At: in.At.File.Span(end, end), New: " {\n" + text.String() + "}"}
	default:
		end, before := in.Block.At.End-1, "\n"
		line := in.At.File.LineSpan(in.At.File.Position(end).Line)
		if strings.TrimSpace(in.At.File.Text[line.Start:end]) == "" {
			end, before = line.Start, ""
		}
		return diag.Edit{At: in.At.File.Span(end, end), New: before + text.String()}
	}
}

func write(out *strings.Builder, s *statement) {
	out.WriteString(s.head)
	if len(s.block) > 0 {
		out.WriteString(" {\n")
		for _, inner := range s.block {
			write(out, inner)
		}
		out.WriteString("}")
	}
	out.WriteString("\n")
}

// blockOf is the block of a statement with the space before it.
func blockOf(st *ast.Statement) source.Span { return st.At.File.Span(head(st).End, st.Block.At.End) }

// head is a statement without its block.
func head(s *ast.Statement) source.Span {
	end := s.Keyword.At.End
	if n := len(s.Args); n > 0 {
		end = s.Args[n-1].Span().End
	}
	return s.At.File.Span(s.Keyword.At.Start, end)
}

// statementOf is the statement in whose block, or among whose arguments, the
// facts of a place stand.
func (r *Renderer) statementOf(p diag.Place) *ast.Statement {
	if p.Part == diag.PartNone {
		return r.top(p.At)
	}
	chain := r.around(p.PartAt)
	return chain[min(1, len(chain)-1)]
}

// top is the declaration in which a place is.
func (r *Renderer) top(at source.Span) *ast.Statement { return r.around(at)[0] }

// innermost is the statement in which a place is, the smallest.
func (r *Renderer) innermost(at source.Span) *ast.Statement {
	chain := r.around(at)
	return chain[len(chain)-1]
}

// stating is the statement of the fact that a step changes; nil where the model
// does not state it.
func (r *Renderer) stating(s diag.Step) *ast.Statement {
	if s.At.Known() {
		return r.innermost(s.At)
	}
	keyword, _, _ := strings.Cut(forms()[s.Fact].keyword, " ")
	for _, st := range r.statementOf(s.In).Block.Statements() {
		if st.Keyword != nil && st.Keyword.Text == keyword {
			return st
		}
	}
	return nil
}

// around are the statements in which a place is, the largest first: a
// declaration, and what stands in its block. A declaration that stands in the
// block of another one by mistake is a declaration of its own all the same.
func (r *Renderer) around(at source.Span) []*ast.Statement {
	declared := r.statements(at.File)
	i := sort.Search(len(declared), func(i int) bool { return declared[i].At.Start > at.Start }) - 1
	for i >= 0 && declared[i].At.End <= at.Start {
		i--
	}
	if i < 0 {
		panic("advice: a place is in no statement of the model")
	}
	out := declared[i : i+1 : i+1]
	for {
		within := out[len(out)-1].Block.Statements()
		i := sort.Search(len(within), func(i int) bool { return within[i].At.End > at.Start })
		if i == len(within) || within[i].At.Start > at.Start {
			return out
		}
		out = append(out, within[i])
	}
}

// statements are the declarations of a file, in the order in which they begin.
func (r *Renderer) statements(f *source.File) []*ast.Statement {
	if list, ok := r.declared[f]; ok {
		return list
	}
	i := slices.IndexFunc(r.files, func(file *ast.File) bool { return file.Source == f })
	if i < 0 {
		panic("advice: a place is in none of the model's files")
	}
	list := slices.Clone(r.files[i].Statements())
	slices.SortStableFunc(list, func(a, b *ast.Statement) int { return cmp.Compare(a.At.Start, b.At.Start) })
	r.declared[f] = list
	return list
}
