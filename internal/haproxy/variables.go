package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// setVar notes what a variable is set to.
func (d *deciding) setVar(words, cond []haproxycfg.Word) {
	name := inParens(words[0].Text)
	b := d.vars[name]
	if b == nil {
		b = &binding{}
		d.vars[name] = b
	}
	guard, rest := guarded(name, cond)
	x := d.of(rest)
	if x.wrong != "" || len(x.when.unknown()) > 0 || len(words) < 2 {
		b.opaque, b.expr = true, nil
		return
	}
	e, more, ok := haproxycfg.ParseExpr(words[1].Text)
	constant := ok && more == "" && len(e) == 1 && (e[0].Name == "str" || e[0].Name == "int" || e[0].Name == "bool")
	value := ""
	switch {
	case constant:
		value = e[0].Arg(0)
	case strings.HasPrefix(words[0].Text, "set-var-fmt"):
		f, parsed := haproxycfg.ParseFormat(words[1].Text)
		text, literal := f.Literal()
		switch {
		case parsed && literal:
			value, constant = text, true
		case len(f) == 1 && f[0].Expr != nil:
			e = f[0].Expr
		default:
			ok = false
		}
	}
	switch {
	case constant && len(cond) == 0: // whatever was set before
		*b = binding{values: []choice{{value, x.when}}}
	case constant:
		if len(b.values) == 0 {
			b.first = guard
		}
		if b.first != guard || b.expr != nil && guard {
			b.opaque, b.expr = true, nil
		}
		b.values = append(b.values, choice{value, x.when})
	case ok && more == "" && len(cond) == 0:
		*b = binding{expr: e}
		if f := e.Canonical().Fetch(); f.Name == "var" {
			if other := d.vars[f.Arg(0)]; other != nil && other.expr != nil {
				b.expr = slices.Concat(other.expr, e[1:])
			}
		}
	default:
		b.opaque, b.expr, b.first = true, nil, false
	}
}

// guarded takes the test away that a variable is not set yet.
func guarded(name string, cond []haproxycfg.Word) (bool, []haproxycfg.Word) {
	text := haproxycfg.Words(cond)
	want := []string{"if", "!{", "var(" + name + ")", "-m", "found", "}"}
	if len(text) < len(want) || !slices.Equal(text[:len(want)], want) || slices.Contains(text, "or") || slices.Contains(text, "||") {
		return false, cond
	}
	if len(cond) == len(want) {
		return true, nil
	}
	return true, append([]haproxycfg.Word{cond[0]}, cond[len(want):]...)
}
