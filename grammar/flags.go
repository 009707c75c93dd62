package grammar

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
)

// A statement of a block that has no arguments is a flag. Where its line takes
// the same word, it may be stated there: ca mesh-ca private.

// flags returns the flags of its block that a statement's line states.
func (s *Signature) flags(st *ast.Statement) []*ast.Word {
	if s == nil {
		return nil
	}
	var out []*ast.Word
	for i, a := range st.Args {
		if w, ok := a.(*ast.Word); ok && i > 0 && !w.Quoted && s.isFlag(w.Text) {
			out = append(out, w)
		}
	}
	return out
}

// isFlag reports whether a flag of the block may be stated in the line.
func (s *Signature) isFlag(word string) bool {
	in := lookup(s.Opens, word)
	return in != nil && slices.Equal(in.Forms, form("")) && slices.ContainsFunc(s.items(), func(f []item) bool { return hasLiteral(f, word) })
}

func hasLiteral(items []item, word string) bool {
	return slices.ContainsFunc(items, func(it item) bool {
		return slices.Contains(it.literals, word) || hasLiteral(it.group, word)
	})
}

// onlyFlag returns the flag that is all that a block says and that its line
// may state, nil where there is more or a comment about it. The one style
// writes it in the line, as zone states its trust: there is then one way to
// write it, and the shorter one.
func (s *Signature) onlyFlag(st *ast.Statement) *ast.Word {
	if s == nil || st.Block == nil || len(st.Block.Items) != 1 || st.Trail != nil {
		return nil
	}
	in, ok := st.Block.Items[0].(*ast.Statement)
	if !ok || in.Trail != nil || in.Block != nil || len(in.Inner) > 0 || !s.isFlag(in.Keyword.Text) {
		return nil
	}
	return in.Keyword
}
