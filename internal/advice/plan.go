package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// moves are what the steps of a suggestion do to statements of the model. The words of
// help and the edits of a fix are both made of them, so that they cannot differ.

// move is one change of one statement.
type move struct {
	do   moveKind
	in   *ast.Statement // that changes, or whose block gets the list; nil: the entry file
	list []*statement   // what is added

	at       source.Span // what is replaced or removed
	text     string      // what replaces it
	was, new string      // both as statements
	nth      int         // of the statements that read alike it is this one, from 1
	place    string      // where they stand, in words: a declaration, or the block of a part
	whose    string      // the declaration in which the statement stands that gets the list

	unblocked bool // the block of the statement goes with it
	whole     bool // a statement is removed, with its line
}

type moveKind int

const (
	moveReplace moveKind = iota + 1
	moveRemove
	moveAdd
)

// builder plans what the steps of a suggestion do. What is added to one block is one
// move, so that several steps can fill one new block.
type builder struct {
	r     *Renderer
	moves []*move
	into  map[*ast.Statement]*move // what blocks get; of nil: the entry file
}

// statement is a new statement with what stands in its block.
type statement struct {
	head     string
	block    []*statement
	supplied bool // it is declared because another one of its kind is
}

// plan are the moves of a suggestion, in the order of its steps.
func (r *Renderer) plan(w diag.Suggestion) []*move {
	b := &builder{r: r, into: map[*ast.Statement]*move{}}
	for _, s := range w.Steps {
		b.step(s)
	}
	for _, m := range b.moves {
		if m.nth = 1; m.in == nil {
			continue
		}
		if m.do == moveReplace || m.whole {
			m.nth = r.alike(m.in)
		}
		if r.top(m.in.At) == m.in { // a declaration stands nowhere else
			m.whose = ""
			if m.do == moveReplace {
				m.place = ""
			}
		}
	}
	return b.moves
}

// alike is which one a statement is among those next to it that read as it does, from 1.
func (r *Renderer) alike(st *ast.Statement) int {
	chain := r.around(st.At)
	beside := r.statements(st.At.File)
	if len(chain) > 1 {
		beside = chain[len(chain)-2].Block.Statements()
	}
	n := 1
	for _, o := range beside {
		if o.At.Start < st.At.Start && o.Keyword != nil && written(o) == written(st) {
			n++
		}
	}
	return n
}

func (b *builder) step(s diag.Step) {
	switch s.Do {
	case diag.Declare:
		b.declare(s)
	case diag.Add:
		b.add(s)
	case diag.Change:
		b.change(s)
	case diag.Remove:
		b.remove(s)
	default:
		panic("advice: unknown action")
	}
}

// hold adds a statement to the block of another one, which is that of a place. It is nil
// for the entry file.
func (b *builder) hold(in *ast.Statement, p diag.Place, s *statement) {
	m := b.into[in]
	if m == nil {
		m = &move{do: moveAdd, in: in, place: b.r.place(p), whose: declaration(p)}
		b.into[in] = m
		b.moves = append(b.moves, m)
	}
	m.list = append(m.list, s)
}

// held are the statements that the block of another one gets.
func (b *builder) held(in *ast.Statement) []*statement {
	if m := b.into[in]; m != nil {
		return m.list
	}
	return nil
}

func (b *builder) declare(s diag.Step) {
	d := declared(s)
	b.supply(s.In.Kind, s.In.Name)
	b.hold(nil, diag.Place{}, d)
}

// declared is the statement of a new declaration.
func declared(s diag.Step) *statement {
	d := &statement{head: fmt.Sprintf("%s %s", s.In.Kind, s.In.Name), block: settings(s)}
	for _, w := range s.With {
		if forms()[w.Fact].inline {
			d.head += " " + spell(w.Fact, w.Value)
		}
	}
	return d
}

// settings are the statements in the block of what a step adds.
func settings(s diag.Step) []*statement {
	var out []*statement
	for _, w := range s.With {
		if !forms()[w.Fact].inline {
			st := &statement{head: spell(w.Fact, w.Value)}
			for _, inner := range w.With {
				st.block = append(st.block, &statement{head: spell(inner.Fact, inner.Value)})
			}
			out = append(out, st)
		}
	}
	return out
}

// supply declares what the model leaves to be supplied, before a declaration
// of its own ends that.
func (b *builder) supply(kind diag.Kind, but string) {
	for _, name := range b.r.supplied(kind) {
		head := fmt.Sprintf("%s %s", kind, name)
		if name != but && !slices.ContainsFunc(b.held(nil), func(s *statement) bool { return s.head == head }) {
			b.hold(nil, diag.Place{}, &statement{head: head, supplied: true})
		}
	}
}

func (b *builder) add(s diag.Step) {
	text := spell(s.Fact, s.Value)
	if s.In.Kind == diag.KindModel {
		b.hold(nil, diag.Place{}, &statement{head: text})
		return
	}
	at := s.In.At
	if s.In.Part != diag.PartNone && s.In.PartAt.Known() {
		at = s.In.PartAt
	}
	if forms()[s.Fact].inline {
		b.addInline(s, at, text)
		return
	}
	if s.In.Part == diag.PartNone || s.In.PartAt.Known() {
		if at.Known() {
			in := b.r.statementOf(s.In)
			if s.Fact == diag.FactListener {
				for _, l := range b.r.listeners(s.In) {
					b.hold(in, s.In, &statement{head: l})
				}
			}
			b.hold(in, s.In, &statement{head: text, block: settings(s)})
			return
		}
		d := b.suppliedStatement(s.In)
		if s.Fact == diag.FactListener {
			for _, l := range b.r.listeners(s.In) {
				d.block = append(d.block, &statement{head: l})
			}
		}
		d.block = append(d.block, &statement{head: text, block: settings(s)})
		return
	}
	if s.In.At.Known() {
		b.addPart(s.In, b.r.top(s.In.At), text)
		return
	}
	b.addSupplied(s.In, b.r.partHead(s.In), text)
}

// addPart adds a statement to a part that has no text yet: the part is added
// with it, once.
func (b *builder) addPart(p diag.Place, in *ast.Statement, text string) {
	head, whole := b.r.partHead(p), p
	whole.Part = diag.PartNone
	for _, held := range b.held(in) {
		if held.head == head {
			held.block = append(held.block, &statement{head: text})
			return
		}
	}
	if p.Part == diag.PartListener {
		for _, l := range b.r.listeners(p) {
			if l != head {
				b.hold(in, whole, &statement{head: l})
			}
		}
	}
	b.hold(in, whole, &statement{head: head, block: []*statement{{head: text}}})
}

// listeners are the ports that a proxy has without stating one: as soon as it
// states one, it has to state them all.
func (r *Renderer) listeners(p diag.Place) []string {
	var out []string
	for _, proxy := range r.topology.Proxies {
		if proxy.Name != p.Name {
			continue
		}
		for _, l := range proxy.Listeners {
			if !l.At.Known() {
				out = append(out, fmt.Sprintf("listen %s :%d", l.Kind, l.Port))
			}
		}
	}
	return out
}

// suppliedStatement is the declaration that the model leaves to be supplied.
func (b *builder) suppliedStatement(p diag.Place) *statement {
	head := fmt.Sprintf("%s %s", p.Kind, p.Name)
	i := slices.IndexFunc(b.held(nil), func(s *statement) bool { return s.head == head })
	if i < 0 {
		b.supply(p.Kind, p.Name)
		b.hold(nil, diag.Place{}, &statement{head: head})
		i = len(b.held(nil)) - 1
	}
	d := b.held(nil)[i]
	d.supplied = false
	return d
}

// addSupplied adds a statement to a part of such a declaration.
func (b *builder) addSupplied(p diag.Place, part, text string) {
	d := b.suppliedStatement(p)
	for _, s := range d.block {
		if s.head == part {
			s.block = append(s.block, &statement{head: text})
			return
		}
	}
	if p.Part == diag.PartListener {
		for _, l := range b.r.listeners(p) {
			if l != part {
				d.block = append(d.block, &statement{head: l})
			}
		}
	}
	d.block = append(d.block, &statement{head: part, block: []*statement{{head: text}}})
}

// addInline adds a fact to the arguments of a statement.
func (b *builder) addInline(s diag.Step, at source.Span, text string) {
	if !at.Known() {
		b.hold(nil, diag.Place{}, &statement{head: fmt.Sprintf("%s %s %s", s.In.Kind, s.In.Name, text)})
		return
	}
	st := b.r.statementOf(s.In)
	end := head(st).End
	b.rewrite(st, s.In, at.File.Span(end, end), " "+text)
}

// rewrite changes a part of a statement without its block.
func (b *builder) rewrite(st *ast.Statement, p diag.Place, at source.Span, text string) {
	was := written(st)
	for _, m := range b.moves {
		if m.do == moveReplace && m.in == st {
			was = m.new
		}
	}
	old := at.Text()
	i := strings.LastIndex(was, old)
	b.moves = append(b.moves, &move{
		do: moveReplace, in: st, at: at, text: text, place: declaration(p), was: was, new: was[:i] + text + was[i+len(old):],
	})
}

func (b *builder) change(s diag.Step) {
	form := forms()[s.Fact]
	switch {
	case s.Fact == diag.FactName:
		b.rewrite(b.r.top(s.In.At), s.In, s.In.At, s.Value[0])
	case s.Fact == diag.FactServedBy:
		b.rewrite(b.r.innermost(s.At), s.In, s.At, strings.Join(s.Value, ", "))
	case form.inline:
		b.rewrite(b.r.innermost(s.At), s.In, s.At, s.Value[len(s.Value)-1])
	default:
		b.changeStatement(s)
	}
}

func (b *builder) changeStatement(s diag.Step) {
	st := b.r.stating(s)
	if st == nil {
		b.add(s)
		return
	}
	if s.Fact == diag.FactListener {
		s.In.Part = diag.PartNone
	}
	text := spell(s.Fact, changedList(st, s))
	opens := s.Fact == diag.FactMode && s.Value[0] == "reencrypt" ||
		s.Fact == diag.FactSpeaks && (s.Value[0] == "https" || s.Value[0] == "tls")
	b.moves = append(b.moves, &move{
		do: moveReplace, in: st, at: head(st), text: text, was: written(st), new: text, place: b.r.place(s.In),
		unblocked: st.Block != nil && (s.Fact == diag.FactMode || s.Fact == diag.FactSpeaks) && !opens,
	})
}

// changedList is what becomes of the values of one statement where a fact may
// be stated by several: those that are gone are taken out, the new ones go on.
func changedList(st *ast.Statement, s diag.Step) []string {
	if !forms()[s.Fact].list || s.Fact == diag.FactAdmit || s.Fact == diag.FactAdmitNamespaces || s.Fact == diag.FactALPN || s.Fact == diag.FactExpect {
		return s.Value
	}
	var out []string
	for _, e := range ast.Elements(st.Args) {
		if word := e.At.Text(); slices.Contains(s.Value, word) || !slices.Contains(s.Was, word) {
			out = append(out, word)
		}
	}
	for _, v := range s.Value {
		if !slices.Contains(s.Was, v) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// remove takes a fact, a part or a declaration out.
func (b *builder) remove(s diag.Step) {
	m := &move{do: moveRemove, place: b.r.place(s.In)}
	switch {
	case s.Fact == "" && s.In.Part == diag.PartNone:
		m.in = b.r.top(s.In.At)
		m.at, m.whole, m.was, m.place = m.in.At, true, "", declaration(s.In)
	case s.Fact == diag.FactUpstream:
		m.in = b.r.statementOf(s.In)
		m.at, m.unblocked, m.was, m.place = blockOf(m.in), true, written(m.in), declaration(s.In)
	case s.Fact == diag.FactState:
		b.rewrite(b.r.innermost(s.At), s.In, s.At.File.Span(s.At.Start-1, s.At.End), "")
		return
	case s.Fact == diag.FactWeight:
		start := strings.LastIndex(s.At.File.Text[:s.At.Start], "weight")
		b.rewrite(b.r.innermost(s.At), s.In, s.At.File.Span(start-1, s.At.End), "")
		return
	case s.Fact == "":
		m.in = b.r.statementOf(s.In)
		m.at, m.whole, m.was, m.place = m.in.At, true, written(m.in), declaration(s.In)
	default:
		m.in = b.r.innermost(s.At)
		m.at, m.whole, m.was = m.in.At, true, written(m.in)
	}
	b.moves = append(b.moves, m)
}
