package grammar

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// matcher holds a statement's arguments against the forms of its signature. It
// never goes back: each step of a form is told by its next argument. Of all
// that was tried and failed it remembers what got furthest.
type matcher struct {
	keyword *ast.Word
	args    []ast.Arg
	commas  []bool // whether a comma follows each
	first   int    // of the list's element that is being matched
	list    int    // where the list begins, or -1

	blind bool                 // nothing is remembered of what fails: nearly every statement fits
	took  func(i int, k *Kind) // tells a test what each argument is taken for; else nil

	nearest  []string // the forms that got there
	furthest int      // the argument at which the furthest failure is
	element  bool     // an element of a list begins there
	complete bool     // nothing more was needed there
	literals []string // words that could have stood there
	words    []string // more of them, of kinds that have few
	nouns    []string // kinds that could have stood there
	open     bool     // one of the kinds has more than a few words
	faults   []*fault // why the argument is not of those kinds
}

// match reports whether one of the forms fits. Then the words have the values
// that they have in it; else only those before the first that is wrong.
func (m *matcher) match(sig *Signature) bool {
	m.blind = true
	for _, f := range sig.items() {
		m.first, m.list = 0, -1
		if n, ok := m.sequence(f, 0); ok && n == len(m.args) {
			return true
		}
	}
	m.blind = false
	best := -1
	for i, f := range sig.items() {
		m.first, m.list = 0, -1
		n, ok := m.sequence(f, 0)
		if ok {
			if n == len(m.args) {
				return true
			}
			if m.failed(n) {
				m.complete = true
			}
		}
		if n > best {
			best, m.nearest = n, nil
		}
		if n == best {
			m.nearest = append(m.nearest, sig.Forms[i])
		}
	}
	for i := m.furthest; i < len(m.args); i++ {
		m.note(i, nil, nil)
	}
	return false
}

// has reports whether there is an argument at i before the next comma.
func (m *matcher) has(i int) bool {
	return i < len(m.args) && (i == m.first || !m.commas[i-1])
}

// sequence matches items from argument i on and returns the one behind.
func (m *matcher) sequence(items []item, i int) (int, bool) {
	for _, it := range items {
		if it.group != nil {
			n, ok := m.sequence(it.group[:1], i)
			if !ok {
				continue
			}
			if n, ok = m.sequence(it.group[1:], n); !ok {
				return n, false
			}
			i = n
			continue
		}
		n, ok := m.item(it, i)
		if it.list && ok {
			n, ok = m.rest(it, i, n)
		}
		if !ok {
			return n, false
		}
		i = n
	}
	return i, true
}

// rest matches the further elements of a list that begins at i.
func (m *matcher) rest(it item, i, n int) (int, bool) {
	m.list = i
	for n < len(m.args) && m.commas[n-1] {
		m.first = n
		next, ok := m.item(it, n)
		if !ok {
			return next, false
		}
		n = next
	}
	return n, true
}

func (m *matcher) item(it item, i int) (int, bool) {
	if w := m.word(i); w != nil && slices.Contains(it.literals, w.Text) && !(w.Quoted && slices.Contains(comparing, w.Text)) {
		m.note(i, nil, nil)
		return i + 1, true
	}
	if len(it.literals) > 0 && m.failed(i) {
		m.literals = append(m.literals, it.literals...)
	}
	for _, k := range it.kinds {
		if n, ok := m.ofKind(k, i); ok {
			return n, true
		}
	}
	return i, false
}

func (m *matcher) ofKind(k *Kind, i int) (int, bool) {
	for _, f := range k.items() {
		if n, ok := m.sequence(f, i); ok {
			return n, true
		}
	}
	if k.Forms != nil {
		return i, false
	}
	var wrong *fault
	if m.has(i) {
		v, f := k.value(m.args[i])
		if f == nil {
			m.note(i, k, v)
			return i + 1, true
		}
		wrong = f
	}
	if !m.failed(i) {
		return i, false
	}
	if slices.Contains(m.nouns, k.Noun) {
		return i, false
	}
	m.nouns, m.words, m.open = append(m.nouns, k.Noun), append(m.words, k.Words...), m.open || k.Words == nil
	if wrong != nil && wrong.message != "" {
		m.faults = append(m.faults, wrong)
	}
	return i, false
}

// note keeps what argument i means; a later form overwrites it.
func (m *matcher) note(i int, k *Kind, v ast.Value) {
	if m.took != nil {
		m.took(i, k)
	}
	if w, ok := m.args[i].(*ast.Word); ok {
		w.Value = v
	}
}

func (m *matcher) word(i int) *ast.Word {
	if !m.has(i) {
		return nil
	}
	w, _ := m.args[i].(*ast.Word)
	return w
}

// failed notes a failure at argument i and reports whether none got further.
func (m *matcher) failed(i int) bool {
	if m.blind {
		return false
	}
	if i > m.furthest {
		m.furthest, m.complete, m.open = i, false, false
		m.literals, m.words, m.nouns, m.faults = nil, nil, nil, nil
	}
	if i == m.furthest {
		m.element = i == m.first
	}
	return i == m.furthest
}

// finding says why no form fits.
func (m *matcher) finding(s *Signature) diag.Diagnostic {
	d := m.why()
	if help := m.slip(); help != "" {
		d.Help = help
	}
	switch {
	case d.Help != "" || d.Code == codeArgument:
	case len(m.words) > 0 && len(m.literals) == 0 && !m.open:
		d.Help = oneOf(m.words)
	default:
		d.Help = s.written(m.nearest)
	}
	return d
}

func (m *matcher) why() diag.Diagnostic {
	i := m.furthest
	comma := i > 0 && m.commas[i-1] && !m.element
	switch {
	case comma && m.complete:
		return problem(codeExtra, m.commaBefore(i), fmt.Sprintf("%s takes no list", shown(m.keyword.Text)))
	case comma, i == len(m.args):
		return problem(codeMissing, m.before(i), fmt.Sprintf("%s lacks %s", shown(m.keyword.Text), m.wanted()))
	}
	w, ok := m.args[i].(*ast.Word)
	near := ""
	if ok {
		near = spell.DidYouMean(w.Text, append(m.literals, m.words...))
	}
	switch {
	case len(m.faults) > 0 && near == "":
		return m.faulty(i)
	case !ok:
		return problem(codeExtra, m.args[i].Span(), "unexpected parentheses, "+m.expected())
	case near != "" || !m.open && !m.complete:
		return m.unknown(w, near)
	}
	d := problem(codeExtra, w.At, fmt.Sprintf("unexpected %s, %s", shown(w.Text), m.expected()))
	d.Help = foreign(w.Text)
	return d
}

// faulty says what is wrong with argument i, at the part of it that is wrong.
func (m *matcher) faulty(i int) diag.Diagnostic {
	f, at := m.faults[0], m.args[i].Span()
	if w, ok := m.args[i].(*ast.Word); f.end > 0 && !(ok && w.Quoted) {
		at = at.File.Span(at.Start+f.start, min(at.Start+f.end, at.End)) // a byte that is no UTF-8 is read as a rune of three
	}
	d := problem(codeArgument, at, f.message)
	d.Help = f.help
	return d
}

// unknown says that the word is none of a few.
func (m *matcher) unknown(w *ast.Word, near string) diag.Diagnostic {
	d := problem(codeArgument, w.At, fmt.Sprintf("unknown word %s%s", shown(w.Text), near))
	if len(m.nouns) == 1 && len(m.literals) == 0 && !m.open {
		_, noun, _ := strings.Cut(m.nouns[0], " ")
		d.Message = fmt.Sprintf("%s is not a valid %s%s", shown(w.Text), noun, near)
	}
	if all := unique(append(m.literals, m.words...)); near == "" || len(all) > 1 && len(all) <= 8 {
		d.Help = oneOf(all)
	}
	return d
}

// foreign knows what other languages put between words.
func foreign(word string) string {
	switch word {
	case "=", ":", "=>", "->":
		return fmt.Sprintf("no %s is needed between the words of a statement", word)
	case ";":
		return "a statement ends with its line; no ; is needed"
	}
	return ""
}

func (m *matcher) expected() string {
	switch {
	case len(m.nouns)+len(m.literals) > 0:
		return "expected " + m.wanted()
	case m.furthest == 0:
		return fmt.Sprintf("%s takes no arguments", shown(m.keyword.Text))
	}
	return fmt.Sprintf("%s takes nothing more", shown(m.keyword.Text))
}

// wanted lists what could stand at the furthest argument.
func (m *matcher) wanted() string {
	out := slices.Clone(m.nouns)
	for _, l := range m.literals {
		out = append(out, shown(l))
	}
	return orList(unique(out))
}

// before returns the word that argument i is missing behind.
func (m *matcher) before(i int) source.Span {
	if i == 0 {
		return m.keyword.At
	}
	return m.args[i-1].Span()
}

func (m *matcher) commaBefore(i int) source.Span {
	from := m.args[i-1].Span()
	at := from.End + strings.IndexByte(from.File.Text[from.End:], ',')
	return from.File.Span(at, at+1)
}

// manyForms is over how many forms of a statement those alone are said that are nearest to
// what is written.
const manyForms = 4

// written says how the statement is written.
func (s *Signature) written(nearest []string) string {
	var forms, parts []string
	all := s.Forms
	if len(all) > manyForms && len(nearest) > 0 {
		all = nearest
	}
	if len(all) > manyForms {
		return s.Elsewhere // what may stand there is said
	}
	for _, f := range all {
		forms = append(forms, strings.TrimSpace(s.Keyword+" "+f))
		for _, it := range formItems(f) {
			for _, k := range it.kinds {
				if part := k.Name + " is " + orList(k.Forms); k.Forms != nil && !slices.Contains(parts, part) {
					parts = append(parts, part)
				}
			}
		}
	}
	if s.Elsewhere != "" {
		parts = append(parts, s.Elsewhere)
	}
	return strings.Join(append([]string{"it is written " + strings.Join(forms, ", or ")}, parts...), "; ")
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return "only " + shown(words[0]) + " is allowed here"
	}
	return "one of " + strings.Join(unique(words), ", ")
}

// unique leaves out words that were there before.
func unique(words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

func orList(words []string) string {
	switch n := len(words); n {
	case 0:
		return "an argument"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
}
