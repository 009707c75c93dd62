package haproxy

import "github.com/flowc-lang/flowc/diag"

// FactsOfAdvice are the facts of suggestions by how help is given about them.
func FactsOfAdvice() map[string][]diag.Fact {
	var stated []diag.Fact
	for _, d := range directives {
		stated = append(stated, d.fact)
	}
	return map[string][]diag.Fact{"directives": stated, "wordless": wordless, "unstated": unstated}
}
