package grammar

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// lexical is what participle does not know of: the tokens.
const lexical = `word = character character* .
string = "\"" ( any but quote, backslash and line break | "\\\"" | "\\\\" | "\\n" )* "\"" .
character = any but blank, line break, control character and any of { } ( ) , " .
end = a line break unless after "{" or ","; nothing before "}" and at the end of the text .
comment = "#" where a word could begin, to the end of the line .
`

// EBNF returns the language in one place: its shape, which is the grammar's,
// its tokens, what a Line of each place may be, and what the words in capitals
// there are.
func EBNF() string {
	var out strings.Builder
	out.WriteString(plainNames(fileParser().String()) + "\n" + lexical)
	for _, place := range places() {
		fmt.Fprintf(&out, "\n# a Line %s\n", phrases[place])
		for _, s := range Statements {
			if slices.Contains(s.In, place) {
				out.WriteString(s.lines())
			}
		}
	}
	out.WriteString("\n# words\n")
	for _, k := range Kinds {
		out.WriteString(k.production())
	}
	return out.String()
}

// places returns the places of the table in its order.
func places() []string {
	var out []string
	for _, s := range Statements {
		for _, place := range s.In {
			if !slices.Contains(out, place) {
				out = append(out, place)
			}
		}
	}
	return out
}

// lines returns the forms of a statement, a line each.
func (s *Signature) lines() string {
	block := ""
	switch {
	case s.OpensFor != nil:
		block = "  # and a Block with " + orList(s.OpensFor)
	case s.Opens != "":
		block = "  # and a Block"
	}
	var out strings.Builder
	for _, f := range s.Forms {
		out.WriteString(strings.TrimSpace(s.Keyword+" "+f) + block + "\n")
	}
	return out.String()
}

func (k *Kind) production() string {
	switch {
	case k.Forms != nil:
		return fmt.Sprintf("%s = %s .\n", k.Name, strings.Join(k.Forms, " | "))
	case k.Words != nil:
		return fmt.Sprintf("%s = %s .\n", k.Name, strings.Join(k.Words, " | "))
	}
	return fmt.Sprintf("%s = %s, as in %s .\n", k.Name, k.Noun, k.Example)
}

// plainNames puts the names and tokens of the language into the place of the
// Go types' and the lexer's.
func plainNames(ebnf string) string {
	types := regexp.MustCompile(`[Ss]hape([A-Z]\w*)`)
	tokens := strings.NewReplacer("<comma>", `","`, "<left>", `"("`, "<right>", `")"`,
		"<word>", "word", "<string>", "string", "<open>", `"{"`, "<close>", `"}"`, "<end>", "end")
	return tokens.Replace(types.ReplaceAllString(ebnf, "$1"))
}
