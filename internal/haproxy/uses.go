package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// use is use_backend NAME|%[EXPRESSION] [CONDITION].
func (d *deciding) use(l *haproxycfg.Line) {
	words, cond := haproxycfg.SplitCondition(l.From(1))
	if len(words) == 0 {
		return
	}
	d.bytes = false
	x, ok := d.condition(l, cond, flow.ChangesRouting)
	if !ok {
		return
	}
	if len(x.when) == 0 {
		d.m.list(flow.NoEffect, l.At, asWritten(l.At)+": it never applies")
	}
	w := words[0]
	if !strings.Contains(w.Text, "%[") {
		if b := d.backend(w); b != nil {
			d.add(x, decision{do: toBackend, backend: b, at: l.At, known: w.At, waits: d.bytes})
		}
		return
	}
	d.dynamic(l, w, x)
}

// backend finds a backend by its name.
func (d *deciding) backend(w haproxycfg.Word) *unit {
	if b := d.m.backs[w.Text]; b != nil {
		return b
	}
	if d.m.full() {
		return nil
	}
	var known []string
	for _, u := range d.m.units {
		if u.back {
			known = append(known, u.name)
		}
	}
	if d.m.fronts[w.Text] != nil {
		d.m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, known, "name a backend or a listen section"), "%s is a frontend, and no backend", w.Text)
		return nil
	}
	d.m.report(haproxycfg.FaultUnknown, w.At, suggestion(w.Text, known, "add: backend "+w.Text), "there is no backend %q", w.Text)
	return nil
}

// dynamic is a backend whose name an expression makes.
func (d *deciding) dynamic(l *haproxycfg.Line, w haproxycfg.Word, x decided) {
	f, ok := haproxycfg.ParseFormat(w.Text)
	var expr haproxycfg.Expr
	before, after := "", ""
	for _, p := range f {
		switch {
		case p.Expr != nil && expr != nil:
			ok = false
		case p.Expr != nil:
			expr = p.Expr.Canonical()
		case expr == nil:
			before += p.Text
		default:
			after += p.Text
		}
	}
	if !ok || expr == nil {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	if fetch := expr.Fetch(); fetch.Name == "var" {
		b := d.vars[fetch.Arg(0)]
		backs := func(value string) *unit { return d.m.backs[before+value+after] }
		switch {
		case b != nil && b.expr != nil && len(b.values) > 0 && len(expr) > 1:
			d.m.listLine(flow.ChangesRouting, l)
			return
		case b != nil && b.expr != nil:
			if len(b.values) > 0 {
				if x, ok = d.constants(l, x, b, backs, w); !ok {
					return
				}
			}
			expr = slices.Concat(b.expr.Canonical(), expr[1:])
		case b != nil && !b.opaque && len(expr) == 1:
			d.chosen(l, x, b, backs, w)
			return
		case b != nil && !b.opaque && len(expr) == 2 && isMap(expr[1].Name):
			table, ok := d.m.lookupOf(expr[1], w.At)
			if ok && table.finds() {
				d.chosen(l, x, b, func(value string) *unit { return d.m.backs[before+table.of(value)+after] }, w)
				return
			}
			d.m.listLine(flow.ChangesRouting, l)
			return
		default:
			d.m.listLine(flow.ChangesRouting, l)
			return
		}
	}
	if last := expr[len(expr)-1]; isMap(last.Name) {
		d.byMap(l, w, x, expr, before, after)
		return
	}
	d.byName(l, w, x, expr, before, after)
}

// chosen is a backend that a variable with constants names, or that a map has for them.
func (d *deciding) chosen(l *haproxycfg.Line, x decided, b *binding, named func(value string) *unit, w haproxycfg.Word) {
	if rest, ok := d.constants(l, x, b, named, w); ok && len(rest.when) > 0 {
		d.unresolved(l, rest)
	}
}

// constants are the decisions by the constants of a variable, and what these leave; ok is false
// where they are too many.
func (d *deciding) constants(l *haproxycfg.Line, x decided, b *binding, named func(value string) *unit, w haproxycfg.Word) (rest decided, ok bool) {
	values := slices.Clone(b.values)
	if !b.first {
		slices.Reverse(values) // the last one that is set counts
	}
	rest = x
	for _, v := range values {
		when, both := x.when.and(v.when)
		none, some := v.when.not()
		if some {
			rest.when, some = rest.when.and(none)
		}
		if !both || !some {
			d.m.listLine(flow.ChangesRouting, l)
			return rest, false
		}
		if u := named(v.value); u != nil {
			d.add(decided{when: when}, decision{do: toBackend, backend: u, at: l.At, known: w.At})
		} else if len(when) > 0 {
			d.unresolved(l, decided{when: when})
		}
	}
	return rest, true
}

// byMap is a backend whose name is in a map: a decision for each of its lines. What
// the map has no backend for goes on to the next rule.
func (d *deciding) byMap(l *haproxycfg.Line, w haproxycfg.Word, x decided, expr haproxycfg.Expr, before, after string) {
	conv := expr[len(expr)-1]
	table, ok := d.m.lookupOf(conv, w.At)
	if !ok {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	taken := claims{}
	for _, en := range table.entries {
		key, ok := d.keyTest(expr[:len(expr)-1], table.method, en)
		when := never
		if ok {
			when, ok = key.and(x.when)
		}
		if !ok {
			d.m.list(flow.ChangesRouting, en.at, asWritten(en.at))
			continue
		}
		b := d.m.backs[before+en.value+after]
		taken.add(key)
		switch {
		case b == nil && len(when) > 0:
			d.m.list(flow.LosesDetail, en.at, asWritten(en.at))
			d.unresolved(&haproxycfg.Line{At: en.at}, decided{when: when})
		case len(when) > 0:
			d.add(decided{when: when}, decision{do: toBackend, backend: b, at: en.at, known: en.at})
		}
	}
	if table.has {
		if b := d.m.backs[before+table.fallback+after]; b != nil {
			d.add(x, decision{do: toBackend, backend: b, at: l.At, known: w.At})
			return
		}
	}
	if x.when = taken.rest(x.when); len(x.when) > 0 {
		d.unresolved(l, x)
	}
}

// unresolved is what becomes of a name that no backend has: no further use_backend is
// asked (HAProxy configuration manual, 4.2, use_backend), and the default backend is
// taken.
func (d *deciding) unresolved(l *haproxycfg.Line, x decided) {
	if b := d.defaultBackend(); b != nil {
		e := decision{do: toBackend, backend: b, at: l.At}
		if len(x.when) == 1 && len(x.when[0]) == 0 { // nothing is left for default_backend by itself
			d.ended = true
			if l := d.u.last("default_backend"); l != nil {
				e.at, e.known = l.At, l.Words[1].At
			}
		}
		d.add(x, e)
		return
	}
	if d.u.http {
		d.add(x, decision{do: answers, status: flow.StatusServiceUnavailable, at: l.At})
		return
	}
	d.add(x, decision{do: closes, at: l.At})
}

// defaultBackend is the backend of what no rule takes; nil for none.
func (d *deciding) defaultBackend() *unit {
	if l := d.u.last("default_backend"); l != nil && len(l.Words) > 1 {
		return d.m.backs[l.Arg(1)]
	}
	if d.u.back && len(d.u.servers) > 0 {
		return d.u
	}
	return nil
}

// byName is a backend that has the name of a host, a path or a header.
func (d *deciding) byName(l *haproxycfg.Line, w haproxycfg.Word, x decided, expr haproxycfg.Expr, before, after string) {
	on, _, ok := subjectOf(expr)
	if !ok || on != onHost && on != onHeader && on != onCookie && on != onQuery && on != onMethod {
		d.m.listLine(flow.ChangesRouting, l)
		return
	}
	first := ""
	if last := expr[len(expr)-1]; on == onHost && (last.Name == "word" || last.Name == "field") && last.Arg(1) == "." {
		first = "." // the first label
	}
	for _, u := range d.m.units {
		value, begins := strings.CutPrefix(u.name, before)
		value, second := strings.CutSuffix(value, after)
		if !u.back || !begins || !second || value == "" || on == onHost && first == "" && before == "" && after == "" && !strings.Contains(value, ".") {
			continue
		}
		method := "str"
		if first != "" {
			method = "beg"
		}
		when, ok := d.keyTest(expr, method, entry{key: value + first, at: w.At})
		if ok {
			when, ok = when.and(x.when)
		}
		if ok && len(when) > 0 {
			d.add(decided{when: when}, decision{do: toBackend, backend: u, at: l.At, known: w.At})
		}
	}
	d.unresolved(l, x)
}

// last is where all else goes: default_backend, or the servers of a listen section.
func (d *deciding) last() {
	if d.ended {
		return
	}
	if l := d.u.last("default_backend"); l != nil && len(l.Words) > 1 {
		if !slices.Contains(d.m.linesOf(d.u.section, "default_backend"), l) && d.usedAlways() {
			return // it stands in defaults, for the sections that have no such rule
		}
		if b := d.backend(l.Words[1]); b != nil {
			d.add(decided{when: always}, decision{do: toBackend, backend: b, at: l.At, known: l.Words[1].At})
		}
		return
	}
	if d.u.back && (len(d.u.servers) > 0 || d.u.last("dispatch") != nil) {
		d.add(decided{when: always}, decision{do: toBackend, backend: d.u, at: d.u.section.At})
	}
}

// usedAlways reports whether a use_backend takes whatever comes.
func (d *deciding) usedAlways() bool {
	return slices.ContainsFunc(d.out, func(e decision) bool {
		return e.do == toBackend && len(e.when) == 1 && len(e.when[0]) == 0
	})
}
