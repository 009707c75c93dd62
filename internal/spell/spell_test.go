package spell

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := []string{"client", "proxy", "backend", "route", "request", "topology", "tls"}
	for _, tc := range []struct{ word, want string }{
		{"rout", "route"},
		{"Route", "route"},
		{"roote", "route"},
		{"clinet", "client"}, // two neighbours swapped
		{"backends", "backend"},
		{"reqeust", "request"},
		{"topolgy", "topology"},
		{"tl", "tls"},
		{"ssl", ""}, // two of three letters
		{"sequence", ""},
		{"", ""},
		{"röute", "route"},
		{strings.Repeat("x", 1_000_000), ""},
	} {
		got, ok := Nearest(tc.word, words)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("Nearest(%.20q) is %q, %v, want %q", tc.word, got, ok, tc.want)
		}
	}
}

func TestNearestTakesTheFirstOfEquals(t *testing.T) {
	if got, _ := Nearest("bat", []string{"cat", "hat"}); got != "cat" {
		t.Errorf("got %q, want cat", got)
	}
}

func TestDidYouMean(t *testing.T) {
	if got, want := DidYouMean("rot", []string{"route", "root"}), `, did you mean "root"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := DidYouMean("zzz", []string{"route"}); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
