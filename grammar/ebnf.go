package grammar

import (
	"regexp"
	"strings"
)

// lexical is what participle does not know of: the tokens.
const lexical = `word = character character* .
string = "\"" ( any but quote, backslash and line break | "\\\"" | "\\\\" | "\\n" )* "\"" .
character = any but blank, line break, control character and any of { } ( ) , " .
end = a line break unless after "{" or ","; nothing before "}" and at the end of the text .
comment = "#" where a word could begin, to the end of the line .
`

// EBNF returns the shape of the language. What the words of a Line may be is
// in Statements.
func EBNF() string {
	return plainNames(fileParser().String()) + "\n" + lexical
}

// plainNames puts the names and tokens of the language into the place of the
// Go types' and the lexer's.
func plainNames(ebnf string) string {
	types := regexp.MustCompile(`[Ss]hape([A-Z]\w*)`)
	tokens := strings.NewReplacer("<comma>", `","`, "<left>", `"("`, "<right>", `")"`,
		"<word>", "word", "<string>", "string", "<open>", `"{"`, "<close>", `"}"`, "<end>", "end")
	return tokens.Replace(types.ReplaceAllString(ebnf, "$1"))
}
