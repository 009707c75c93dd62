package grammar

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/flowc-lang/flowc/ast"
)

// A bare word in the place of a label may be a label without its quotes. Behind
// a name it may be something else, too: a statement of the block, or what
// another statement names. The help says which.

const unquotedLabel = "a label needs quotes"

// lacksQuotes reports whether a label could stand where the matcher failed.
func (m *matcher) lacksQuotes() bool {
	return slices.ContainsFunc(m.faults, func(f *fault) bool { return f.label })
}

// unquoted says how a line is written in which a bare word stands where a label
// could.
func (l *lowerer) unquoted(m *matcher, sig *Signature) string {
	w, ok := m.args[m.furthest].(*ast.Word)
	if !ok {
		return ""
	}
	label := "for a label write " + quoteText(clip(w.Text, 60))
	kind := l.declared()[w.Text]
	switch {
	case m.furthest == 0: // nothing but a label can stand there
		return "write " + quoteText(clip(w.Text, 60))
	case lookup(sig.Opens, w.Text) != nil:
		return fmt.Sprintf("%s is a statement of the block: %s { %s }",
			w.Text, m.keyword.Text+" "+m.text(0, m.furthest), m.text(m.furthest, len(m.args)))
	case languageWords()[w.Text]:
		return sig.written(nil)
	case kind != "":
		if as := sig.naming(kind, w.Text); as != "" {
			return fmt.Sprintf("%s is the name of a %s: write %s; %s", w.Text, kind, as, label)
		}
	}
	var words []string
	for _, word := range m.literals {
		k := sig.references()[word]
		switch {
		case k == nil:
			words = append(words, word)
		case name(w.Text) == nil:
			label += fmt.Sprintf(", for a %s %s %s", k.Refers, word, w.Text)
		}
	}
	if words != nil {
		label += "; or it is " + orList(words)
	}
	return label
}

// text returns the arguments from one up to another as they are written.
func (m *matcher) text(from, to int) string {
	if from == to {
		return ""
	}
	first, last := m.args[from].Span(), m.args[to-1].Span()
	return clip(strings.Join(strings.Fields(first.File.Text[first.Start:last.End]), " "), 60)
}

// naming returns how the statement names a declaration of that kind: in its
// line, else in a statement of its block; "" where it does not.
func (s *Signature) naming(kind, name string) string {
	for _, word := range slices.Sorted(maps.Keys(s.references())) {
		if s.references()[word].Refers == kind {
			return word + " " + name
		}
	}
	for _, in := range Statements {
		if !slices.Contains(in.In, s.Opens) {
			continue
		}
		for _, it := range in.items() {
			if len(it) > 0 && slices.ContainsFunc(it[0].kinds, func(k *Kind) bool { return k.Refers == kind }) {
				return in.Keyword + " " + name + ", in its block"
			}
		}
	}
	return ""
}

// references returns what the line may name, by the word that stands before it:
// ZONE by "in".
func (s *Signature) references() map[string]*Kind {
	out := make(map[string]*Kind)
	for _, f := range s.items() {
		for _, it := range f {
			if len(it.group) == 2 && len(it.group[1].kinds) > 0 && it.group[1].kinds[0].Refers != "" {
				out[it.group[0].literals[0]] = it.group[1].kinds[0]
			}
		}
	}
	return out
}

// declares reports whether the statement's first argument is a name that it
// gives to something.
func (s *Signature) declares() bool {
	first := s.items()[0]
	return len(first) > 0 && len(first[0].kinds) > 0 && first[0].kinds[0].Names
}

// declared returns the names that the file declares, by name the word of the
// declaration.
func (l *lowerer) declared() map[string]string {
	if l.names != nil {
		return l.names
	}
	l.names = make(map[string]string)
	depth, start := 0, true
	for i, t := range l.tokens {
		word := l.text[t.start:t.end]
		switch lexer.TokenType(t.kind) {
		case tokOpen:
			depth++
		case tokClose:
			depth--
		case tokWord:
			if sig := lookup(contextFile, word); start && depth == 0 && sig != nil && sig.declares() && i+1 < len(l.tokens) {
				next := l.tokens[i+1]
				if name := l.text[next.start:next.end]; next.is(tokWord) && l.names[name] == "" {
					l.names[name] = word
				}
			}
		}
		start = t.is(tokEnd) || t.is(tokOpen)
	}
	return l.names
}
