package grammar

import "github.com/flowc-lang/flowc/ast"

// KindsOf returns the arguments of a statement in a place, those of lists among
// them, and their kinds in the form that fits: nil for a word that stands for
// itself. Opens is the place that the statement's block is.
func KindsOf(place string, st *ast.Statement) (args []ast.Arg, kinds []*Kind, opens string) {
	sig := lookup(place, st.Keyword.Text)
	if sig == nil {
		return nil, nil, ""
	}
	var commas []bool
	for _, a := range st.Args {
		l, isList := a.(*ast.List)
		if !isList {
			args, commas = append(args, a), append(commas, false)
			continue
		}
		for _, e := range l.Elems {
			args = append(args, e.Args...)
			commas = append(commas, make([]bool, len(e.Args))...)
			commas[len(commas)-1] = true
		}
		commas[len(commas)-1] = false
	}
	kinds = make([]*Kind, len(args))
	m := &matcher{keyword: st.Keyword, args: args, commas: commas, list: -1, took: func(i int, k *Kind) { kinds[i] = k }}
	if !m.match(sig) {
		return nil, nil, sig.Opens
	}
	return args, kinds, sig.Opens
}
