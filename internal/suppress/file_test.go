package suppress

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// A pattern is that of the same texts as a regular expression.
func TestMatches(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func(signs string) string {
		var b strings.Builder
		for range r.IntN(7) {
			b.WriteByte(signs[r.IntN(len(signs))])
		}
		return b.String()
	}
	both := map[bool]int{}
	for range 20_000 {
		pattern, text := word("ab/**"), word("aab/")
		want := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$").MatchString(text)
		if got := matches(pattern, text); got != want {
			t.Fatalf("%q of %q is %v, want %v", text, pattern, got, want)
		}
		both[want]++
	}
	if both[true] < 500 || both[false] < 500 {
		t.Errorf("%v", both)
	}
}

// A field has what is in it, and no other that begins alike.
func TestWithin(t *testing.T) {
	for _, tc := range []struct {
		pattern, field string
		want           bool
	}{
		{"spec.tls", "spec.tls", true},
		{"spec.tls", "spec.tls.termination", true},
		{"spec.tls", "spec.tlsx", false},
		{"spec.ports", "spec.ports[0].name", true},
		{"spec.ports[0]", "spec.ports[01]", false},
		{"spec.ports[*].name", "spec.ports[3].name", true},
		{"bind", "bind :443 ssl crt x", true},
		{"bind :443", "bind :4430", false},
		{"spec.tls.termination", "spec.tls", false},
		{"spec", "", false},
	} {
		if got := within(tc.pattern, tc.field); got != tc.want {
			t.Errorf("%q in %q is %v", tc.field, tc.pattern, got)
		}
	}
}
