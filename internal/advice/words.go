package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
)

// Words are the ways to remove the cause of a finding in one line. Each text that is to be
// written or taken out stands in it to the letter: "add the line `accept-proxy` to the
// block of `listen https :443` in proxy "haproxy"; or remove `send-proxy v2` from route "r"".
func (r *Renderer) Words(ways []diag.Suggestion) string {
	var out []string
	for _, w := range ways {
		out = append(out, r.way(w))
	}
	return strings.Join(out, "; or ")
}

func (r *Renderer) way(w diag.Suggestion) string {
	moves := r.plan(w)
	var out []string
	for _, m := range moves {
		if words := said(m, moves); words != "" {
			out = append(out, words)
		}
	}
	words := strings.Join(out, ", and ")
	if w.If != "" {
		words += ", if " + w.If
	}
	if w.Why != "" {
		words += ": " + w.Why
	}
	return words
}

// said is one move in words; "" where another one of the same statement says it too.
func said(m *move, all []*move) string {
	switch m.do {
	case moveReplace:
		return replaced(m, all)
	case moveRemove:
		return removed(m)
	case moveAdd:
		switch {
		case m.in == nil:
			return atTheEnd(m.list)
		case replacing(m.in, all) != nil && m.in.Block == nil:
			return ""
		case m.in.Block == nil:
			opened := &statement{head: written(m.in), block: m.list}
			return fmt.Sprintf("replace `%s` with %s%s", written(m.in), literal(opened), within(" in ", m.whose))
		}
		place := m.place
		if with := replacing(m.in, all); with != nil {
			place = strings.Replace(place, "`"+with.was+"`", "`"+with.new+"`", 1)
		}
		return "add " + lines(m.list) + " to " + place
	}
	panic("advice: unknown move")
}

// replacing is the move that replaces a statement; nil for none.
func replacing(in *ast.Statement, all []*move) *move {
	i := slices.IndexFunc(all, func(m *move) bool { return m.do == moveReplace && m.in == in && m.at == head(in) })
	if i < 0 {
		return nil
	}
	return all[i]
}

// replaced is a replacement, with the block that the new statement gets.
func replaced(m *move, all []*move) string {
	with := &statement{head: m.new}
	for _, o := range all {
		if o.do == moveAdd && o.in == m.in && m.in.Block == nil && replacing(m.in, all) == m {
			with.block = o.list
		}
	}
	block := ""
	if m.unblocked {
		block = " and its block"
	}
	return fmt.Sprintf("replace %s%s with %s%s", m.today(), block, literal(with), within(" in ", m.place))
}

func removed(m *move) string {
	switch {
	case m.was == "":
		return "remove " + m.place
	case m.unblocked:
		return fmt.Sprintf("remove the block `{ … }` after `%s`%s", m.was, within(" in ", m.place))
	case m.in != nil && m.in.Block != nil:
		return fmt.Sprintf("remove %s and its block%s", m.today(), within(" from ", m.place))
	}
	return fmt.Sprintf("remove %s%s", m.today(), within(" from ", m.place))
}

// today is a statement as the model has it: "the second `listen https :443`" where others
// read alike.
func (m *move) today() string {
	nth := ""
	switch {
	case m.nth > 3:
		nth = fmt.Sprintf("the %dth ", m.nth)
	case m.nth > 1:
		nth = []string{"the second ", "the third "}[m.nth-2]
	}
	return nth + "`" + m.was + "`"
}

// within is where a statement stands: " in route "shop"", nothing for a declaration.
func within(in, place string) string {
	if place == "" {
		return ""
	}
	return in + place
}

// few is how many declarations are written out of those that are declared because another
// one of their kind is.
const few = 3

// atTheEnd is what is added outside of all declarations.
func atTheEnd(list []*statement) string {
	var shown []*statement
	var supplied []*statement
	for _, s := range list {
		if s.supplied {
			supplied = append(supplied, s)
		}
	}
	for _, s := range list {
		if !s.supplied || len(supplied) <= few {
			shown = append(shown, s)
		}
	}
	words := "add " + lines(shown)
	if len(supplied) > few {
		kind, _, _ := strings.Cut(supplied[0].head, " ")
		words += fmt.Sprintf(", and a line `%s NAME` for each other %s that the model names,", kind, kind)
	}
	return words + " at the end of the model"
}

// literal is a statement to the letter: "`tls edge`", or the lines of one whose block has
// several statements, as each of them stands on a line of its own.
func literal(s *statement) string {
	if len(s.lines()) == 1 {
		return "`" + s.lines()[0] + "`"
	}
	return lines([]*statement{s})
}

// lines are statements to the letter, each line in quotes: "the lines `a` and `b`".
func lines(list []*statement) string {
	var out []string
	for _, s := range list {
		for _, l := range s.lines() {
			out = append(out, "`"+l+"`")
		}
	}
	if len(out) == 1 {
		return "the line " + out[0]
	}
	last := len(out) - 1
	return "the lines " + strings.Join(out[:last], ", ") + " and " + out[last]
}

// lines are the lines of a statement. A block of one statement stands on one line with it.
func (s *statement) lines() []string {
	if len(s.block) == 0 {
		return []string{s.head}
	}
	var inner []string
	for _, b := range s.block {
		inner = append(inner, b.lines()...)
	}
	if len(inner) == 1 {
		return []string{s.head + " { " + inner[0] + " }"}
	}
	return append(append([]string{s.head + " {"}, inner...), "}")
}

// Declaration is a new declaration to the letter: "the line `zone a`".
func Declaration(s diag.Step) string { return lines([]*statement{declared(s)}) }

// written is a statement as the model has it, without its block.
func written(st *ast.Statement) string { return strings.Join(strings.Fields(head(st).Text()), " ") }

// declaration is a declaration in words: route "shop".
func declaration(p diag.Place) string { return fmt.Sprintf("%s %q", p.Kind, p.Name) }

// place is a declaration or its part in words: the block of `listen https :443` in proxy "haproxy".
func (r *Renderer) place(p diag.Place) string {
	whole := declaration(p)
	switch p.Part {
	case diag.PartNone:
		return whole
	case diag.PartListener, diag.PartUpstream, diag.PartServing:
		part := r.partHead(p)
		if p.PartAt.Known() {
			part = written(r.statementOf(p))
		}
		return "the block of `" + part + "` in " + whole
	case diag.PartServer:
		return fmt.Sprintf("server %q of %s", p.Key, whole)
	case diag.PartTarget:
		return fmt.Sprintf("the target %q of %s", p.Key, whole)
	}
	panic("advice: unknown part")
}

// supplied are the names of the declarations of a kind that the model does not
// make itself: as soon as it makes one, it has to make them all.
func (r *Renderer) supplied(kind diag.Kind) []string {
	var out []string
	add := func(name string, supplied bool) {
		if supplied && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	switch kind {
	case diag.KindClient:
		for _, c := range r.topology.Clients {
			add(c.Name, c.Supplied())
		}
	case diag.KindProxy:
		for _, p := range r.topology.Proxies {
			add(p.Name, p.Supplied())
		}
	case diag.KindBackend:
		for _, b := range r.topology.Backends {
			add(b.Name, b.Supplied())
		}
	default: // nothing else is supplied
	}
	return out
}
