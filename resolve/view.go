package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

var viewStatements = setters[*flow.ViewDraft]{
	"of":       names(func(v *flow.ViewDraft) *[]flow.Ref { return &v.Of }),
	"show":     list(func(v *flow.ViewDraft) *[]string { return &v.Show }),
	"only":     names(func(v *flow.ViewDraft) *[]flow.Ref { return &v.Only }),
	"around":   names(func(v *flow.ViewDraft) *[]flow.Ref { return &v.Around }),
	"collapse": list(func(v *flow.ViewDraft) *[]string { return &v.Collapse }),
	"theme": func(l *line, v *flow.ViewDraft) {
		for _, w := range l.words() {
			v.Theme = w.Text
		}
	},
	"width": func(l *line, v *flow.ViewDraft) {
		if n, ok := read(l, number); ok {
			v.Width = n.V
		}
	},
}

// list is a statement of several words without places of their own.
func list[T any](field func(T) *[]string) setter[T] {
	return func(l *line, into T) {
		for _, w := range l.words() {
			if !slices.Contains(*field(into), w.Text) {
				*field(into) = append(*field(into), w.Text)
			}
		}
	}
}

func declareView(r *reader, l *line) {
	d, ok := l.header(flow.DeclView, isName)
	if !ok {
		return
	}
	kind, ok := read(l, text)
	if !ok {
		return
	}
	v := &flow.ViewDraft{Decl: d, ViewFacts: flow.ViewFacts{Kind: kind.V}, Incomplete: l.s.Broken}
	viewStatements.apply(r, l.s.Block, v)
	r.add(v)
}
