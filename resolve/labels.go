package resolve

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

func parseLabel(r *resolver, w *ast.Word) (flow.Label, bool) {
	key, val, ok := strings.Cut(w.Text, "=")
	if !ok || !isLabelKey(key) || strings.ContainsAny(val, "=!") {
		r.report(codeValue, w.At, "%q is not a label, such as tier=gold", w.Text)
		return flow.Label{}, false
	}
	return flow.Label{Key: key, Value: val, At: w.At}, true
}

// isLabelKey reports whether s can be the key of a label; Kubernetes' own may
// have a domain and a slash before the name.
func isLabelKey(s string) bool {
	prefix, name, ok := strings.Cut(s, "/")
	if !ok {
		return isName(s)
	}
	return isName(prefix) && isName(name)
}

// selector reads the rest of a line as a selector: all, or terms of which
// every one must hold.
func selector(l *line) (flow.Selector, bool) {
	if len(l.tokens) == 0 {
		l.take("a selector, such as tier=gold")
		return flow.Selector{}, false
	}
	sel := flow.Selector{At: l.tokens[0].at}
	if w := l.peek(); w != nil && w.Text == "all" && len(l.tokens) == 1 {
		l.next()
		sel.All = true
		return sel, true
	}
	for _, e := range l.elements() {
		term, ok := selectorTerm(e)
		if len(e) == 0 {
			continue
		}
		if !ok {
			at := join(e[0].at, e[len(e)-1].at)
			d := l.r.report(codeValue, at, "%q is not a condition on a label", at.Text())
			d.Help = "one of k=v, k!=v, k, !k, k in (a, b), k notin (a, b)"
			l.failed = true
			return sel, false
		}
		sel.Terms = append(sel.Terms, term)
		sel.At = join(sel.At, term.At)
	}
	return sel, len(sel.Terms) > 0
}

func selectorTerm(e []token) (flow.SelectorTerm, bool) {
	if len(e) == 0 || e[0].word == nil {
		return flow.SelectorTerm{}, false
	}
	first := e[0].word.Text
	term := flow.SelectorTerm{At: e[0].at}
	switch {
	case len(e) == 3 && e[1].word != nil && e[2].group != nil:
		term.Key, term.Op = first, e[1].word.Text
		term.At = join(e[0].at, e[2].at)
		for _, w := range e[2].group.Words {
			term.Values = append(term.Values, w.Text)
		}
		return term, (term.Op == "in" || term.Op == "notin") && isLabelKey(first) && len(term.Values) > 0
	case len(e) > 1:
		return term, false
	case strings.HasPrefix(first, "!"):
		term.Key, term.Op = first[1:], "absent"
	case strings.Contains(first, "!="):
		key, val, _ := strings.Cut(first, "!=")
		term.Key, term.Op, term.Values = key, "!=", []string{val}
	case strings.Contains(first, "="):
		key, val, _ := strings.Cut(first, "=")
		term.Key, term.Op, term.Values = key, "=", []string{strings.TrimPrefix(val, "=")}
	default:
		term.Key, term.Op = first, "exists"
	}
	return term, isLabelKey(term.Key)
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
