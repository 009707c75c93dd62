package resolve

import (
	"slices"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/spell"
)

var viewStatements = setters[*flow.ViewSpec]{
	"of": func(l *line, v *flow.ViewSpec) {
		for _, w := range l.words() {
			if q, ok := l.r.requests.find(l.r, w); ok && l.r.made[q] {
				v.Of = append(v.Of, q)
			}
		}
	},
	"show":     list(text, func(v *flow.ViewSpec) *[]string { return &v.Show }),
	"only":     list(findDrawn, func(v *flow.ViewSpec) *[]string { return &v.Only }),
	"collapse": list(text, func(v *flow.ViewSpec) *[]string { return &v.Collapse }),
}

// list is a statement of several words without places of their own.
func list[T any](parse parser[string], field func(T) *[]string) setter[T] {
	return func(l *line, into T) {
		for _, w := range l.words() {
			if v, ok := parse(l.r, w); ok && !slices.Contains(*field(into), v) {
				*field(into) = append(*field(into), v)
			}
		}
	}
}

func declareView(r *resolver, l *line, imported bool) {
	d, ok := l.header(imported)
	if !ok {
		return
	}
	v := &flow.ViewSpec{Decl: d}
	kind, ok := read(l, text)
	if !ok {
		return
	}
	v.Kind = kind.V
	if r.viewNames.bind(r, "view", d.Name, d.At, v) && !l.s.Broken {
		r.t.Views = append(r.t.Views, v)
	}
	r.views = append(r.views, func() { viewStatements.apply(r, l.s.Block, v) })
}

// findDrawn finds what a picture can be limited to: a client, proxy, backend,
// server or route.
func findDrawn(r *resolver, w *ast.Word) (string, bool) {
	if _, ok := r.nodes.bound[w.Text]; ok {
		return w.Text, true
	}
	if _, ok := r.routes.bound[w.Text]; ok {
		return w.Text, true
	}
	if m, ok := w.Value.(ast.Member); ok {
		if n, ok := r.nodes.bound[m.Of]; ok && n.value.backend != nil {
			_, ok = r.servers[n.value.backend].bound[m.Name]
			if ok {
				return w.Text, true
			}
		}
	}
	if !r.partial && !r.suspects[w.Text] && !r.nodes.holes && !r.routes.holes {
		known := append(slices.Clone(r.nodes.names), r.routes.names...)
		for _, b := range r.t.Backends {
			for _, s := range b.Servers {
				known = append(known, b.Name+"/"+s.Name)
			}
		}
		d := r.report(codeUnknown, w.At, "no node or route is named %q%s", w.Text, spell.DidYouMean(w.Text, known))
		d.Fix = slip(w, known)
		if _, ok := spell.Nearest(w.Text, known); !ok {
			d.Help = "declared: " + enumerate(known)
		}
	}
	return "", false
}
