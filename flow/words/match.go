package words

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// Match says a condition of a route in a few words: "header X-Canary green", "path
// exact /login or /logout", "not source 10.0.0.0/8".
func Match(m *flow.Match) string {
	words := Condition(m)
	if v := Values(m.Values); v != "" {
		words = append(words, v)
	}
	return strings.Join(words, " ")
}

// HostOf says a condition on hosts in a few words, as it stands where a host does: "ends
// .example.test".
func HostOf(m *flow.Match) string {
	return strings.Join(append(Condition(m)[1:], Values(m.Values)), " ")
}

// Values says values of which one must match.
func Values(values []string) string { return strings.Join(values, " or ") }

// Condition is a condition in words of the language, its values left out: what they
// are not, how they are compared.
func Condition(m *flow.Match) []string {
	var out []string
	if m.Not {
		out = append(out, "not")
	}
	out = append(out, m.Kind.String())
	if m.Name != "" {
		out = append(out, m.Name)
	}
	if m.How != Default(m.Kind) && m.How != flow.Present {
		out = append(out, m.How.String())
	}
	if m.AnyCase && m.Kind != flow.MatchHost {
		out = append(out, "any-case")
	}
	return out
}

// Default is how values of a kind are compared where no word says it.
func Default(k flow.MatchKind) flow.MatchHow {
	if k == flow.MatchPath {
		return flow.Below
	}
	return flow.Exact
}
