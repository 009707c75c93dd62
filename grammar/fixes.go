package grammar

import (
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// A fix is attached to a finding only if the statement that it is of is
// understood with it: what is proposed here is tried on the statement's text.
// And only if nothing else can have been meant: one that makes a sound model of
// another meaning hides the mistake.

// maxFixed bounds the statements that are tried, in bytes.
const maxFixed = 4 << 10

// trial is a statement with a mistake, as far as fixes need it.
type trial struct {
	at      source.Span // up to its block
	context string      // the place in which it stands
	block   bool        // it has a block
}

// mend gives a finding the first of the proposed fixes with which the statement
// is understood. Fixes that are nil are passed over.
func (l *lowerer) mend(d *diag.Diagnostic, t trial, proposed func() []*diag.Fix) {
	if !l.mayTry(t) {
		return
	}
	for _, f := range proposed() {
		if f != nil && l.understood(t, f) {
			d.Fix = f
			return
		}
	}
}

// mayTry reports whether fixes of the statement are tried at all.
func (l *lowerer) mayTry(t trial) bool {
	return !l.trying && t.context != "" && t.at.End-t.at.Start <= maxFixed
}

// understood reports whether the statement has no mistake when it is fixed.
func (l *lowerer) understood(t trial, f *diag.Fix) bool {
	if !l.mayTry(t) {
		return false
	}
	var out strings.Builder
	end := t.at.Start
	for _, e := range f.Edits {
		if e.At.Start < end || e.At.End > t.at.End {
			return false
		}
		out.WriteString(t.at.File.Text[end:e.At.Start] + e.New)
		end = e.At.End
	}
	out.WriteString(t.at.File.Text[end:t.at.End])
	if t.block {
		out.WriteString(" {\n}")
	}
	s := scan(source.NewFile("", out.String()))
	lines := shapes(balance(s), len(s.text))
	try := &lowerer{scanner: s, trying: true}
	items := try.items(lines, 0, t.context, len(s.text), nil)
	return len(s.list) == 0 && len(items) > 0 && len(try.moved) == 0
}

// meant returns the keyword that an unknown one was meant to be: the only one
// that is a slip away and that its arguments fit; or the one before a sign that
// other languages put between a key and its value, as in path=/cart.
func (l *lowerer) meant(w *ast.Word, t trial) (keyword string, fix *diag.Fix) {
	known := keywords(t.context)
	if i := strings.IndexAny(w.Text, "=:"); i > 0 && slices.Contains(known, w.Text[:i]) {
		at := w.At.File.Span(w.At.Start+i, w.At.Start+i+1)
		fix = diag.Replace(at, " ")
		if at.End == w.At.End {
			fix = diag.Delete(at)
		}
		if l.understood(t, fix) {
			return w.Text[:i], fix
		}
		return "", nil
	}
	for _, k := range known {
		if _, ok := spell.Typo(w.Text, []string{k}); !ok {
			continue
		}
		f := diag.Replace(w.At, k)
		if !l.understood(t, f) {
			continue
		}
		if fix != nil {
			return "", nil
		}
		keyword, fix = k, f
	}
	return keyword, fix
}

// commentFix proposes a "#" for what begins a comment in other languages.
func commentFix(w *ast.Word, t trial) *diag.Fix {
	for _, comment := range []string{"//", "--"} {
		if strings.HasPrefix(w.Text, comment) && !t.block {
			at := w.At
			at.End = at.Start + len(comment)
			return diag.Replace(at, "#")
		}
	}
	return nil
}

// argumentFixes proposes what the argument was meant to be at which no form
// went on. declared are the names of the file.
func (m *matcher) argumentFixes(declared map[string]string) []*diag.Fix {
	if m.furthest >= len(m.args) {
		return nil
	}
	w, ok := m.args[m.furthest].(*ast.Word)
	if !ok {
		return nil
	}
	var out []*diag.Fix
	if len(m.faults) == 1 && m.faults[0].write != "" {
		out = append(out, diag.Replace(w.At, spelled(m.faults[0].write)))
	}
	if !languageWords()[w.Text] { // then it is no slip
		if near, ok := spell.Typo(w.Text, append(m.literals, m.words...)); ok {
			out = append(out, diag.Replace(w.At, near))
		}
	}
	if foreign(w.Text) != "" {
		out = append(out, diag.Delete(w.At))
	}
	if bare := strings.TrimSuffix(w.Text, ";"); bare != w.Text && bare != "" && !w.Quoted {
		out = append(out, diag.Delete(w.At.File.Span(w.At.End-1, w.At.End)))
	}
	// A word that may be meant for another, or stand for one of several, is
	// perhaps no label.
	_, near := spell.Nearest(w.Text, m.literals)
	if m.lacksQuotes() && len(m.literals) < 2 && !near {
		out = append(out, m.labels(declared)...)
	}
	return out
}

// labels proposes quotes around the argument, and around it and those behind
// it: the fewest words that make a label are the label. One bare word behind a
// name may be another name, or a statement of the block, and so may any word
// that the language or the file has: such a word is perhaps no label.
func (m *matcher) labels(declared map[string]string) []*diag.Fix {
	var out []*diag.Fix
	named := m.furthest > 0 // nothing but a label begins a line
	own := m.text(0, min(m.furthest, 1))
	known := func(word string) bool { return languageWords()[word] || declared[word] != "" && word != own }
	start := m.args[m.furthest].Span()
	for i := m.furthest; i < len(m.args); i++ {
		w, ok := m.args[i].(*ast.Word)
		if !ok || w.Quoted {
			break
		}
		at := start.File.Span(start.Start, w.At.End)
		if m.commas[i] || strings.Contains(at.Text(), "\n") || named && known(w.Text) {
			break
		}
		if named && i == m.furthest && name(w.Text) == nil {
			continue
		}
		quoted := quoteText(at.Text())
		out = append(out, &diag.Fix{Message: "write " + quoted, Edits: []diag.Edit{{At: at, New: quoted}}})
	}
	return out
}

// spelled writes a word, in quotes where it must be.
func spelled(word string) string {
	if bare(word) {
		return word
	}
	return quoteText(word)
}

// languageWords are all words that mean something somewhere, here or elsewhere.
var languageWords = sync.OnceValue(func() map[string]bool {
	out := make(map[string]bool)
	var add func(items []item)
	add = func(items []item) {
		for _, it := range items {
			for _, w := range it.literals {
				out[w] = true
			}
			add(it.group)
		}
	}
	for _, s := range Statements {
		for _, form := range s.items() {
			add(form)
		}
	}
	for _, k := range Kinds {
		for _, form := range k.items() {
			add(form)
		}
		for _, w := range slices.Concat(k.Words, k.Others) {
			out[w] = true
		}
	}
	for _, s := range Statements {
		out[s.Keyword] = true
	}
	return out
})

// commaFixes proposes to take out a comma that has nothing beside it, to put
// those in that parentheses lack, and the parenthesis that closes them.
func (l *lowerer) commaFixes(tokens []lexer.Token) []*diag.Fix {
	var missing []diag.Edit
	var out []*diag.Fix
	open, inside := false, 0 // an open "(", and how many words are behind it
	for i, t := range tokens {
		next := lexer.Token{Type: tokEnd}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		switch t.Type {
		case tokLeft, tokRight:
			open, inside = t.Type == tokLeft, 0
		case tokComma:
			if next.Type != tokWord && next.Type != tokString || i < 2 {
				out = append(out, diag.Delete(l.span(t)))
			}
		case tokWord, tokString:
			inside++
			if open && isWord(next) {
				end := l.span(t).End
				missing = append(missing, diag.Edit{At: l.src.Span(end, end), New: ","})
			}
		}
	}
	if missing != nil {
		out = append(out, &diag.Fix{Message: `put "," between the values`, Edits: missing})
	}
	if open && inside == 1 { // of several it is not clear behind which
		end := l.span(tokens[len(tokens)-1]).End
		out = append(out, &diag.Fix{Message: `close the parenthesis`, Edits: []diag.Edit{{At: l.src.Span(end, end), New: ")"}}})
	}
	return out
}

// repetition proposes to take out a statement that says again what was said:
// one of the same words, without a block or a comment of its own.
func repetition(st, before *ast.Statement) *diag.Fix {
	if st.Block != nil || before.Block != nil || st.Trail != nil || len(st.Inner) > 0 || before.Broken ||
		!slices.EqualFunc(words(st), words(before), func(a, b *ast.Word) bool { return a.Text == b.Text }) {
		return nil
	}
	return diag.Delete(st.At)
}

// unfix takes back the fix of a statement that says again what was said: it
// would only bring that up. found is what was found in the statement.
func unfix(st *ast.Statement, found diag.List) {
	head := st.At
	if st.Block != nil {
		head.End = st.Block.At.Start
	}
	for i := range found {
		if head.Contains(found[i].At) {
			found[i].Fix = nil
		}
	}
}

// words returns all words of a statement up to its block.
func words(st *ast.Statement) []*ast.Word {
	var out []*ast.Word
	for _, a := range st.Args {
		ast.Walk(a, func(n ast.Node) bool {
			if w, ok := n.(*ast.Word); ok {
				out = append(out, w)
			}
			return true
		})
	}
	return out
}
