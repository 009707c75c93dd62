package resolve

import (
	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// labels reads the rest of a line as K=V, …
func labels(l *line, into *[]flow.Label) {
	for _, w := range l.words() {
		if label, ok := parseLabel(l.r, w); ok {
			label.At = w.At
			*into = append(*into, label)
		}
	}
}

var parseLabel = value(func(l ast.Label) flow.Label { return flow.Label{Key: l.Key, Value: l.Value} })

// selector reads the rest of a line as a selector: all, or terms of which
// every one must hold.
func selector(l *line) (flow.Selector, bool) {
	if len(l.tokens) == 0 {
		l.take()
		return flow.Selector{}, false
	}
	sel := flow.Selector{At: join(l.tokens[0].at, l.tokens[len(l.tokens)-1].at)}
	if _, ok := l.accept("all"); ok {
		sel.All = true
		return sel, true
	}
	for _, e := range l.elements() {
		term, ok := selectorTerm(e)
		if !ok {
			l.r.misfit(l.s.Keyword)
			return sel, false
		}
		sel.Terms = append(sel.Terms, term)
	}
	return sel, true
}

// selectorTerm reads KEY in|notin (VALUE, …), !KEY, KEY!=VALUE, KEY=VALUE or KEY.
func selectorTerm(e []token) (flow.SelectorTerm, bool) {
	if len(e) == 0 || e[0].word == nil {
		return flow.SelectorTerm{}, false
	}
	term := flow.SelectorTerm{At: join(e[0].at, e[len(e)-1].at)}
	if len(e) == 3 && e[1].word != nil && e[2].group != nil {
		term.Key, term.Op = e[0].word.Text, e[1].word.Text
		for _, w := range e[2].group.Words {
			term.Values = append(term.Values, w.Text)
		}
		return term, term.Op == "in" || term.Op == "notin"
	}
	t, ok := e[0].word.Value.(ast.Term)
	term.Key, term.Op = t.Key, t.Op
	if t.Op == "=" || t.Op == "!=" {
		term.Values = []string{t.Value}
	}
	return term, ok && len(e) == 1
}
