package grammar

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// lowerer makes the syntax tree of the shapes, puts the comments back into it
// and holds every statement against its signature.
type lowerer struct {
	*scanner
	nodes
	nextComment int
	matcher     matcher       // of the statement that is lowered
	commas      []bool        // its commas
	said        []*statedOnce // in the file and in each block around, by depth
	depth       int
	trying      bool              // a fix is tried: what it fixes needs none
	names       map[string]string // what the file declares; nil until it is asked for
	// moved holds the declarations that stood in a block; they are taken for
	// what they were meant to be, declarations of the top level.
	moved []ast.Item
}

func (l *lowerer) file(lines iter.Seq2[*shapeStatement, int]) *ast.File {
	end := len(l.text)
	items := l.items(lines, 0, contextFile, end, nil)
	return &ast.File{Source: l.src, Items: append(items, l.moved...), End: l.src.Span(end, end)}
}

// items lowers the statements of the top level or a block, which ends at the
// offset end. The line of the block has stated flags of it.
func (l *lowerer) items(lines iter.Seq2[*shapeStatement, int], n int, context string, end int, flags []*ast.Word) []ast.Item {
	items := l.nodes.items.Make(n)[:0]
	said := l.open()
	for _, w := range flags {
		said.put(w.Text, &ast.Statement{Keyword: w, At: w.At})
	}
	for line, next := range lines {
		first, ok := line.first()
		if !ok {
			continue
		}
		items = l.standing(items, first.Pos.Offset)
		found := len(l.list)
		st, home := l.statement(line, context, next)
		switch {
		case st == nil:
		case home != context:
			l.moved = append(l.moved, st)
		default:
			l.repeated(st, context, said, found)
			items = append(items, st)
		}
	}
	l.depth--
	return l.standing(items, end)
}

// within yields the statements of a block and where the next one begins, or
// the block's end.
func within(block *shapeBlock, end int) iter.Seq2[*shapeStatement, int] {
	return func(yield func(*shapeStatement, int) bool) {
		for i, s := range block.Statements {
			next := end
			if i+1 < len(block.Statements) {
				if first, ok := block.Statements[i+1].first(); ok {
					next = first.Pos.Offset
				}
			}
			if !yield(s, next) {
				return
			}
		}
	}
}

// standing appends the comments before the offset as items of their own.
func (l *lowerer) standing(items []ast.Item, before int) []ast.Item {
	for l.nextComment < len(l.comments) && l.comments[l.nextComment].Start < before {
		items = append(items, l.comment())
	}
	return items
}

func (l *lowerer) comment() *ast.Comment {
	at := l.comments[l.nextComment]
	l.nextComment++
	return &ast.Comment{Text: at.Text(), Blank: blankBefore(l.text, at.Start), At: at}
}

// trail returns the comment behind the offset on its line, if there is one
// before limit.
func (l *lowerer) trail(offset, limit int) *ast.Comment {
	if l.nextComment == len(l.comments) {
		return nil
	}
	at := l.comments[l.nextComment]
	if at.Start < offset || at.Start >= limit || strings.Contains(l.text[offset:at.Start], "\n") {
		return nil
	}
	return l.comment()
}

// blankBefore reports whether a blank line stands before the line of offset.
func blankBefore(text string, offset int) bool {
	breaks := 0
	for i := offset - 1; i >= 0 && breaks < 2; i-- {
		switch classes[text[i]] {
		case newline:
			breaks++
		case blank:
		default:
			return false
		}
	}
	return breaks == 2
}

// statement lowers one statement of a place. home is the place that it belongs
// to: the top level for a declaration in a block. The statement is nil where a
// line is none.
func (l *lowerer) statement(line *shapeStatement, context string, limit int) (st *ast.Statement, home string) {
	first, _ := line.first()
	last := line.last()
	at := l.src.Span(first.Pos.Offset, last.Pos.Offset+len(last.Value))
	t := trial{at, context, line.Block != nil}
	if line.Broken != nil {
		d := l.shapeError(line.Broken)
		l.mend(&d, t, func() []*diag.Fix { return l.commaFixes(line.Broken) })
		l.add(d)
	}
	if first.Type != tokWord {
		return nil, context
	}
	st = l.statements.One()
	*st = ast.Statement{
		Keyword: l.word(first),
		Blank:   blankBefore(l.text, first.Pos.Offset),
		Broken:  line.Broken != nil || context == "" || l.isBad(at),
		At:      at,
	}
	sig, home := l.signature(st, t)
	l.arguments(st, sig, line, t)
	for l.nextComment < len(l.comments) && l.comments[l.nextComment].Start < at.End {
		st.Inner = append(st.Inner, l.comment())
	}
	if line.Block == nil {
		st.Trail = l.trail(at.End, limit)
		return st, home
	}
	l.block(st, sig, line.Block, limit)
	return st, home
}

// block lowers the statement's block.
func (l *lowerer) block(st *ast.Statement, sig *Signature, b *shapeBlock, limit int) {
	open, end := b.Open.Pos.Offset, b.Close.Pos.Offset
	context := ""
	if sig != nil {
		context = sig.Opens
		if context == "" || sig.OpensFor != nil && !slices.Contains(sig.OpensFor, firstWord(st.Args)) {
			context = ""
			if !st.Broken {
				l.add(l.noBlock(st, sig, l.span(b.Open)))
				st.Broken = true
			}
		}
	}
	inner := end
	for _, s := range b.Statements {
		if first, ok := s.first(); ok {
			inner = first.Pos.Offset
			break
		}
	}
	st.Trail = l.trail(open+1, inner)
	closing := min(end+1, len(l.text))
	if end < len(l.text) && l.text[end] != '}' { // it was missing
		closing = end
	}
	st.Block = l.blocks.One()
	st.Block.At = l.src.Span(open, closing)
	st.Block.Items = l.items(within(b, end), len(b.Statements), context, end, sig.flags(st))
	st.Block.Trail = l.trail(closing, limit)
	st.At.End = closing
}

func (l *lowerer) noBlock(st *ast.Statement, sig *Signature, at source.Span) diag.Diagnostic {
	d := problem(codeBlock, at, fmt.Sprintf("%s takes no block", shown(st.Keyword.Text)))
	if sig.OpensFor != nil {
		d.Message = fmt.Sprintf("%s takes no block", shown(st.Keyword.Text+" "+firstWord(st.Args)))
		d.Help = fmt.Sprintf("only %s %s does", st.Keyword.Text, orList(sig.OpensFor))
	}
	return d
}

func firstWord(args []ast.Arg) string {
	if len(args) == 0 {
		return ""
	}
	w, ok := args[0].(*ast.Word)
	if !ok {
		return ""
	}
	return w.Text
}

// signature finds the signature of the statement and says what is wrong with
// its keyword or its place. home is the place where it belongs.
func (l *lowerer) signature(st *ast.Statement, t trial) (sig *Signature, home string) {
	context, hasBlock := t.context, t.block
	if context == "" {
		return nil, context
	}
	keyword := st.Keyword.Text
	if sig = lookup(context, keyword); sig != nil {
		if sig.Opens != "" || !hasBlock || context == contextFile || lookup(contextFile, keyword) == nil {
			return sig, context
		}
	}
	top := lookup(contextFile, keyword)
	places := tables().places[keyword]
	if context == contextRoute && !hasBlock && (keyword == "backend" || keyword == "proxy") && len(places) == 1 {
		d := problem(codePlace, st.Keyword.At, fmt.Sprintf("%s belongs at the top level, not %s", shown(keyword), phrases[context]))
		d.Help = "the target of a route is written to " + cmp.Or(l.behind(st.Keyword), "NAME")
		l.unless(st.Broken, d)
		st.Broken = true
		return nil, context
	}
	if top != nil && (hasBlock && top.Opens != "" || len(places) == 1) {
		l.unless(st.Broken, problem(codePlace, st.Keyword.At, fmt.Sprintf("%s belongs at the top level, not %s", shown(keyword), phrases[context])))
		return top, contextFile
	}
	if sig != nil {
		return sig, context
	}
	if l.full() {
		l.unlisted++
		st.Broken = true
		return nil, context
	}
	near, ok := spell.Nearest(keyword, keywords(context))
	meant, fix := l.meant(st.Keyword, t)
	if fix != nil {
		near, ok = meant, true
	}
	switch {
	case places != nil:
		d := problem(codePlace, st.Keyword.At, fmt.Sprintf("%s is not allowed %s", shown(keyword), phrases[context]))
		d.Help = cmp.Or(borrowed(keyword, context, l.behind(st.Keyword)), "it belongs "+placeList(places))
		l.unless(st.Broken, d)
	case ok:
		d := problem(codeUnknown, st.Keyword.At, fmt.Sprintf("unknown statement %s %s, did you mean %s?", shown(keyword), phrases[context], shown(near)))
		d.Fix = fix
		d.Help = borrowed(keyword, context, l.behind(st.Keyword))
		l.unless(st.Broken, d)
		st.Keyword.Text = near
		sig = lookup(context, near)
	default:
		d := problem(codeUnknown, st.Keyword.At, fmt.Sprintf("unknown statement %s %s", shown(keyword), phrases[context]))
		d.Help = cmp.Or(borrowed(keyword, context, l.behind(st.Keyword)), "statements there are "+strings.Join(keywords(context), ", "))
		if strings.HasPrefix(keyword, "//") || strings.HasPrefix(keyword, "/*") || strings.HasPrefix(keyword, "--") {
			d.Help = "a comment begins with #"
		}
		l.mend(&d, t, func() []*diag.Fix { return []*diag.Fix{commentFix(st.Keyword, t)} })
		l.unless(st.Broken, d)
	}
	st.Broken = true
	return sig, context
}

// behind is the word that stands behind another one in its line; "" for none.
func (l *lowerer) behind(w *ast.Word) string {
	line, _, _ := strings.Cut(l.text[w.At.End:], "\n")
	f := strings.Fields(line)
	if len(f) == 0 || strings.ContainsAny(f[0], `{}#"`) {
		return ""
	}
	return clip(f[0], 60)
}

// unless adds a finding if nothing was said of the statement yet.
func (l *lowerer) unless(broken bool, d diag.Diagnostic) {
	if !broken {
		l.add(d)
	}
}

func placeList(places []string) string {
	var out []string
	for _, p := range places {
		out = append(out, phrases[p])
	}
	return orList(out)
}

// arguments fills in the statement's arguments and checks them. Only the form
// that fits tells where the list begins.
func (l *lowerer) arguments(st *ast.Statement, sig *Signature, line *shapeStatement, t trial) {
	args, commas := l.flat(line)
	m := &l.matcher
	*m = matcher{keyword: st.Keyword, args: args, commas: commas, list: -1}
	if sig != nil && !m.match(sig) {
		switch {
		case st.Broken:
		case l.full():
			l.unlisted++
		default:
			d := l.finding(m, sig)
			if d.Message == unquotedLabel {
				d.Help = l.unquoted(m, sig)
			}
			l.mend(&d, t, func() []*diag.Fix {
				if d.Code == codeComma {
					return []*diag.Fix{diag.Delete(d.At)}
				}
				return m.argumentFixes(l.declared())
			})
			l.add(d)
		}
		st.Broken = true
	}
	st.Args = args
	comma := slices.Index(commas, true)
	if comma < 0 {
		return
	}
	from := m.list
	if from < 0 {
		from = max(comma, 1) // a name comes first, so a broken declaration keeps its
	}
	if from < len(args) {
		st.Args = l.args.Make(from + 1)
		copy(st.Args, args[:from])
		st.Args[from] = l.listOf(args[from:], commas[from:])
	}
}

// finding is the matcher's, but for a comma at a line's end that makes the next
// statement an element of the list.
func (l *lowerer) finding(m *matcher, sig *Signature) diag.Diagnostic {
	for i, a := range m.args {
		w, ok := a.(*ast.Word)
		if !ok || i == 0 || !m.commas[i-1] || tables().places[w.Text] == nil {
			continue
		}
		if strings.Contains(l.text[m.args[i-1].Span().End:w.At.Start], "\n") {
			d := problem(codeComma, m.commaBefore(i), "because of this comma the list goes on in the next line")
			d.Related = []diag.Related{{Message: fmt.Sprintf("%s is read as one of its values", shown(w.Text)), At: w.At}}
			return d
		}
	}
	return m.finding(sig)
}

// listOf makes a list of arguments and the commas behind them.
func (l *lowerer) listOf(args []ast.Arg, commas []bool) *ast.List {
	out := l.lists.One()
	out.Elems = make([]*ast.Element, 0, 1+count(commas))
	for start, i := 0, 0; i < len(args); i++ {
		if i+1 < len(args) && !commas[i] {
			continue
		}
		at := args[start].Span()
		at.End = args[i].Span().End
		e := l.elements.One()
		*e = ast.Element{Args: args[start : i+1 : i+1], At: at}
		out.Elems = append(out.Elems, e)
		start = i + 1
	}
	out.At = out.Elems[0].At
	out.At.End = out.Elems[len(out.Elems)-1].At.End
	return out
}

// count returns how many of them are true.
func count(all []bool) int {
	n := 0
	for _, b := range all {
		if b {
			n++
		}
	}
	return n
}

// flat returns the arguments of a line one after the other, and whether a comma
// stands behind each. Of a broken line it returns the words before the break.
func (l *lowerer) flat(line *shapeStatement) (args []ast.Arg, commas []bool) {
	if line.Broken != nil {
		return l.flatTokens(line.Broken[1:])
	}
	n := 0
	for _, e := range line.Line.List.Elements {
		n += len(e.Arguments)
	}
	args = l.args.Make(n)[:0]
	l.commas = append(l.commas[:0], make([]bool, n)...)
	commas = l.commas
	for i, e := range line.Line.List.Elements {
		if i > 0 {
			commas[len(args)-1] = true
		}
		for j := range e.Arguments {
			args = append(args, l.arg(&e.Arguments[j]))
		}
	}
	return args, commas
}

func (l *lowerer) flatTokens(tokens []lexer.Token) (args []ast.Arg, commas []bool) {
	for i, t := range tokens {
		switch {
		case isWord(t):
			args, commas = append(args, l.word(t)), append(commas, false)
		case t.Type == tokComma && len(args) > 0 && i+1 < len(tokens) && isWord(tokens[i+1]):
			commas[len(commas)-1] = true
		default:
			return args, commas
		}
	}
	return args, commas
}

func (l *lowerer) arg(a *shapeArgument) ast.Arg {
	if a.Group == nil {
		return l.word(a.Value.Token)
	}
	g := &ast.Group{At: l.src.Span(a.Group.Left.Pos.Offset, a.Group.Right.Pos.Offset+1)}
	for _, v := range a.Group.Values {
		g.Words = append(g.Words, l.word(v.Token))
	}
	return g
}

func (l *lowerer) word(t lexer.Token) *ast.Word {
	w := l.words.One()
	*w = ast.Word{Text: t.Value, At: l.span(t)}
	if t.Type == tokString {
		w.Quoted, w.Text = true, unquote(t.Value)
	}
	return w
}

// unquote returns the value of a quoted word. It takes what the scanner has
// reported as it is: an unknown escape, a missing quote.
func unquote(text string) string {
	text = text[1:]
	if !strings.Contains(text, `\`) {
		return strings.TrimSuffix(text, `"`)
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return out.String()
		case text[i] == '\\' && i+1 < len(text):
			i++
			if text[i] == 'n' {
				out.WriteByte('\n')
			} else {
				out.WriteByte(text[i])
			}
		default:
			out.WriteByte(text[i])
		}
	}
	return out.String()
}

// quoteText is unquote's opposite.
func quoteText(text string) string { return `"` + escapes.Replace(text) + `"` }

var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// repeated reports a statement that is said once too often. The list of what
// was found in it begins at found.
func (l *lowerer) repeated(st *ast.Statement, context string, said *statedOnce, found int) {
	sig := lookup(context, st.Keyword.Text)
	if sig == nil || sig.Repeat == many {
		return
	}
	key, what := st.Keyword.Text, st.Keyword.Text
	if sig.Repeat == perArgument {
		what += " " + firstWord(st.Args)
		key = what
	}
	before := said.get(key)
	if before == nil {
		said.put(key, st)
		return
	}
	if st.Broken {
		unfix(st, l.list[found:])
	} else {
		d := problem(codeTwice, st.Keyword.At, fmt.Sprintf("%s is stated twice", shown(what)))
		d.Fix = repetition(st, before)
		d.Related = []diag.Related{{Message: "first stated here", At: before.Keyword.At}}
		if d.Fix == nil && key == "host" && context == contextRoute {
			d.Help = "several hosts stand in one statement, separated by commas"
		}
		l.add(d)
	}
	st.Broken = true
}

// isBad reports whether something within the span was reported already.
func (l *lowerer) isBad(at source.Span) bool {
	i, _ := slices.BinarySearch(l.bad, at.Start)
	return i < len(l.bad) && l.bad[i] < max(at.End, at.Start+1)
}

// shapeError says what breaks a line. The parser knows where; why is told by
// the tokens around, in the words of people who write the language.
func (l *lowerer) shapeError(tokens []lexer.Token) diag.Diagnostic {
	left := lexer.Token{} // the "(" that is open
	for i, t := range tokens {
		next := lexer.Token{Type: tokEnd}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		switch {
		case i == 0 && t.Type != tokWord:
			return problem(codeShape, l.span(t), "a statement begins with a bare word")
		case t.Type == tokComma && next.Type == tokEnd:
			return problem(codeComma, l.span(t), `a value is missing after this ","`)
		case t.Type == tokComma && (next.Type == tokComma || next.Type == tokRight):
			return problem(codeComma, l.span(next), fmt.Sprintf("a value is missing between , and %s", next.Value))
		case t.Type == tokLeft && left.Value != "":
			return problem(codeParen, l.span(t), "parentheses do not nest")
		case t.Type == tokLeft && next.Type == tokRight:
			return problem(codeParen, l.src.Span(t.Pos.Offset, next.Pos.Offset+1), "the parentheses are empty")
		case t.Type == tokRight && left.Value == "":
			return problem(codeParen, l.span(t), `")" closes nothing`)
		case (i == 0 || t.Type == tokLeft) && next.Type == tokComma:
			return problem(codeComma, l.span(next), fmt.Sprintf(`a value is missing between %s and ","`, shown(t.Value)))
		case left.Value != "" && isWord(t) && isWord(next):
			return problem(codeComma, l.span(next), "the values in parentheses are separated by commas")
		case t.Type == tokLeft:
			left = t
		case t.Type == tokRight:
			left = lexer.Token{}
		}
	}
	if left.Value != "" {
		return problem(codeParen, l.span(left), `"(" is not closed in its line`)
	}
	first := tokens[0]
	return problem(codeShape, l.span(first), "this line is no statement")
}

func isWord(t lexer.Token) bool { return t.Type == tokWord || t.Type == tokString }
