package kubeyaml

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// TestSaysCredential: names are looked through as a regular expression would.
func TestSaysCredential(t *testing.T) {
	is := regexp.MustCompile(`(?i)(passw|passphrase|secret|token|credential|api-?key|private-?key|access-?key|bearer|authorization|htpasswd|basic-?auth)`)
	words := []string{"passw", "Pass", "PASSPHRASE", "secret", "Secre", "tOken", "api", "-", "KEY", "key", "private", "access", "Bearer", "basic", "auth", "authorization", "ht", "wd", "credential", ".", "/", "x", "é", "\x00", "PP", "@"}
	r := rand.New(rand.NewPCG(1, 2))
	some := 0
	for range 50_000 {
		var name strings.Builder
		for range 1 + r.IntN(4) {
			name.WriteString(words[r.IntN(len(words))])
		}
		want := is.MatchString(name.String())
		if got := saysCredential(name.String()); got != want {
			t.Fatalf("%q: %v, want %v", name.String(), got, want)
		}
		if want {
			some++
		}
	}
	if some < 1000 {
		t.Error(some)
	}
	if !credential(strings.Repeat("a", maxCredential+1)) {
		t.Error("what is too long to be looked through is shown")
	}
}
