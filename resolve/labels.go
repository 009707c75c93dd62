package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

// labels reads the rest of a line as K=V, …
func labels(l *line, into *[]flow.Label) {
	for _, w := range l.words() {
		label, ok := parseLabel(l.r, w)
		label.At = w.At
		if !ok {
			continue
		}
		if i := slices.IndexFunc(*into, func(o flow.Label) bool { return o.Key == label.Key }); i >= 0 {
			d := l.r.report(codeDuplicate, w.At, "label %q is stated twice", label.Key)
			d.Related = statedHere((*into)[i].At)
			continue
		}
		*into = append(*into, label)
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

// selects reports whether labels satisfy a selector. As in Kubernetes, != and
// notin hold where the label is absent, too.
func selects(sel flow.Selector, labels []flow.Label) bool {
	for _, term := range sel.Terms {
		i := slices.IndexFunc(labels, func(l flow.Label) bool { return l.Key == term.Key })
		if !termHolds(term, labels, i) {
			return false
		}
	}
	return true
}

func termHolds(term flow.SelectorTerm, labels []flow.Label, i int) bool {
	among := i >= 0 && slices.Contains(term.Values, labels[i].Value)
	switch term.Op {
	case "exists":
		return i >= 0
	case "absent":
		return i < 0
	case "=", "in":
		return among
	case "!=", "notin":
		return !among
	}
	panic("resolve: unknown selector")
}
