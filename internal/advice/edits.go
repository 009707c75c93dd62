package advice

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/source"
)

// Edits are what a suggestion does to the texts of the model, in their order
// and without overlap. They leave the style to the formatter.
func (r *Renderer) Edits(w diag.Suggestion) []diag.Edit {
	b := &builder{r: r, into: map[*ast.Statement][]*statement{}}
	for _, s := range w.Steps {
		b.step(s)
	}
	b.insert()
	slices.SortStableFunc(b.edits, func(x, y diag.Edit) int {
		return cmp.Or(cmp.Compare(x.At.Start, y.At.Start), cmp.Compare(x.At.End, y.At.End))
	})
	return b.edits
}

// builder collects what the steps of a suggestion do. What is added is held
// back, so that several steps can fill one new block.
type builder struct {
	r     *Renderer
	edits []diag.Edit
	into  map[*ast.Statement][]*statement // what blocks get; of nil: the entry file
	order []*ast.Statement                // the keys of into
}

// statement is a new statement with what stands in its block.
type statement struct {
	head  string
	block []*statement
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

func (b *builder) replace(at source.Span, text string) {
	b.edits = append(b.edits, diag.Edit{At: at, New: text})
}

// held returns what the block of a statement gets, nil being the entry file.
func (b *builder) hold(in *ast.Statement, s *statement) {
	if len(b.into[in]) == 0 {
		b.order = append(b.order, in)
	}
	b.into[in] = append(b.into[in], s)
}

func (b *builder) declare(s diag.Step) {
	d := &statement{head: fmt.Sprintf("%s %s", s.In.Kind, s.In.Name), block: settings(s)}
	for _, w := range s.With {
		if forms()[w.Fact].inline {
			d.head += " " + spell(w.Fact, w.Value)
		}
	}
	b.supply(s.In.Kind, s.In.Name)
	b.hold(nil, d)
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
		if name != but && !slices.ContainsFunc(b.into[nil], func(s *statement) bool { return s.head == head }) {
			b.hold(nil, &statement{head: head})
		}
	}
}

func (b *builder) add(s diag.Step) {
	text := spell(s.Fact, s.Value)
	if s.In.Kind == diag.KindModel {
		b.hold(nil, &statement{head: text})
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
					b.hold(in, &statement{head: l})
				}
			}
			b.hold(in, &statement{head: text, block: settings(s)})
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
	head := b.r.partHead(p)
	for _, held := range b.into[in] {
		if held.head == head {
			held.block = append(held.block, &statement{head: text})
			return
		}
	}
	if p.Part == diag.PartListener {
		for _, l := range b.r.listeners(p) {
			if l != head {
				b.hold(in, &statement{head: l})
			}
		}
	}
	b.hold(in, &statement{head: head, block: []*statement{{head: text}}})
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
	i := slices.IndexFunc(b.into[nil], func(s *statement) bool { return s.head == head })
	if i < 0 {
		b.supply(p.Kind, p.Name)
		b.hold(nil, &statement{head: head})
		i = len(b.into[nil]) - 1
	}
	return b.into[nil][i]
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
		b.hold(nil, &statement{head: fmt.Sprintf("%s %s %s", s.In.Kind, s.In.Name, text)})
		return
	}
	end := head(b.r.statementOf(s.In)).End
	b.replace(at.File.Span(end, end), " "+text)
}

func (b *builder) change(s diag.Step) {
	if s.Fact == diag.FactName {
		b.replace(s.In.At, s.Value[0])
		return
	}
	if forms()[s.Fact].inline && s.Fact != diag.FactServedBy {
		b.replace(s.At, s.Value[len(s.Value)-1])
		return
	}
	if s.Fact == diag.FactServedBy {
		b.replace(s.At, strings.Join(s.Value, ", "))
		return
	}
	st := b.r.stating(s)
	if st == nil {
		b.add(s)
		return
	}
	b.replace(head(st), spell(s.Fact, changedList(st, s)))
	opens := s.Fact == diag.FactMode && s.Value[0] == "reencrypt" ||
		s.Fact == diag.FactSpeaks && (s.Value[0] == "https" || s.Value[0] == "tls")
	if st.Block != nil && (s.Fact == diag.FactMode || s.Fact == diag.FactSpeaks) && !opens {
		b.replace(st.At.File.Span(head(st).End, st.Block.At.End), "")
	}
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

func (b *builder) remove(s diag.Step) {
	switch {
	case s.Fact == "" && s.In.Part == diag.PartNone:
		b.edits = append(b.edits, diag.Deletion(b.r.top(s.In.At).At))
	case s.Fact == diag.FactUpstream:
		st := b.r.statementOf(s.In)
		b.replace(s.In.At.File.Span(head(st).End, st.Block.At.End), "")
	case s.Fact == diag.FactState:
		b.replace(s.At.File.Span(s.At.Start-1, s.At.End), "")
	case s.Fact == diag.FactWeight:
		start := strings.LastIndex(s.At.File.Text[:s.At.Start], "weight")
		b.replace(s.At.File.Span(start-1, s.At.End), "")
	case s.Fact == "":
		b.edits = append(b.edits, diag.Deletion(b.r.statementOf(s.In).At))
	default:
		b.edits = append(b.edits, diag.Deletion(b.r.innermost(s.At).At))
	}
}

// insert writes what was held back.
func (b *builder) insert() {
	for _, in := range b.order {
		var text strings.Builder
		for _, s := range b.into[in] {
			write(&text, s)
		}
		switch {
		case in == nil:
			file := b.r.files[0].Source
			end := len(file.Text)
			b.replace(file.Span(end, end), "\n"+text.String())
		case in.Block == nil:
			end := head(in).End
			b.replace(in.At.File.Span(end, end), " {\n"+text.String()+"}")
		default:
			end, before := in.Block.At.End-1, "\n"
			line := in.At.File.LineSpan(in.At.File.Position(end).Line)
			if strings.TrimSpace(in.At.File.Text[line.Start:end]) == "" {
				end, before = line.Start, ""
			}
			b.replace(in.At.File.Span(end, end), before+text.String())
		}
	}
}

func write(out *strings.Builder, s *statement) {
	out.WriteString(s.head)
	if len(s.block) > 0 {
		out.WriteString(" {\n")
		for _, inner := range s.block {
			write(out, inner)
		}
		out.WriteString("}")
	}
	out.WriteString("\n")
}

// head is a statement without its block.
func head(s *ast.Statement) source.Span {
	end := s.Keyword.At.End
	if n := len(s.Args); n > 0 {
		end = s.Args[n-1].Span().End
	}
	return s.At.File.Span(s.Keyword.At.Start, end)
}

// statementOf is the statement in whose block, or among whose arguments, the
// facts of a place stand.
func (r *Renderer) statementOf(p diag.Place) *ast.Statement {
	if p.Part == diag.PartNone {
		return r.top(p.At)
	}
	chain := r.around(p.PartAt)
	return chain[min(1, len(chain)-1)]
}

// top is the declaration in which a place is.
func (r *Renderer) top(at source.Span) *ast.Statement { return r.around(at)[0] }

// innermost is the statement in which a place is, the smallest.
func (r *Renderer) innermost(at source.Span) *ast.Statement {
	chain := r.around(at)
	return chain[len(chain)-1]
}

// stating is the statement of the fact that a step changes; nil where the model
// does not state it.
func (r *Renderer) stating(s diag.Step) *ast.Statement {
	if s.At.Known() {
		return r.innermost(s.At)
	}
	keyword, _, _ := strings.Cut(forms()[s.Fact].keyword, " ")
	for _, st := range r.statementOf(s.In).Block.Statements() {
		if st.Keyword != nil && st.Keyword.Text == keyword {
			return st
		}
	}
	return nil
}

// around are the statements in which a place is, the largest first: a
// declaration, and what stands in its block. A declaration that stands in the
// block of another one by mistake is a declaration of its own all the same.
func (r *Renderer) around(at source.Span) []*ast.Statement {
	declared := r.statements(at.File)
	i := sort.Search(len(declared), func(i int) bool { return declared[i].At.Start > at.Start }) - 1
	for i >= 0 && declared[i].At.End <= at.Start {
		i--
	}
	if i < 0 {
		panic("advice: a place is in no statement of the model")
	}
	out := declared[i : i+1 : i+1]
	for {
		within := out[len(out)-1].Block.Statements()
		i := sort.Search(len(within), func(i int) bool { return within[i].At.End > at.Start })
		if i == len(within) || within[i].At.Start > at.Start {
			return out
		}
		out = append(out, within[i])
	}
}

// statements are the declarations of a file, in the order in which they begin.
func (r *Renderer) statements(f *source.File) []*ast.Statement {
	if list, ok := r.declared[f]; ok {
		return list
	}
	i := slices.IndexFunc(r.files, func(file *ast.File) bool { return file.Source == f })
	if i < 0 {
		panic("advice: a place is in none of the model's files")
	}
	list := slices.Clone(r.files[i].Statements())
	slices.SortStableFunc(list, func(a, b *ast.Statement) int { return cmp.Compare(a.At.Start, b.At.Start) })
	r.declared[f] = list
	return list
}
