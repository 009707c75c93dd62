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

func TestTypo(t *testing.T) {
	for _, tc := range []struct {
		word  string
		among []string
		want  string
	}{
		{"rout", []string{"route", "request"}, "route"},
		{"Route", []string{"route", "router"}, "route"}, // case alone is nearer
		{"OK", []string{"ok", "alert"}, "ok"},
		{"clinet", []string{"client"}, "client"},
		{"host:", []string{"host", "to"}, "host"},
		{"hots", []string{"host", "hsts"}, ""}, // two are as near
		{"shop-c", []string{"shop-a", "shop-b"}, ""},
		{"shop-2", []string{"shop-1"}, ""}, // another number is another thing
		{"haproxy2", []string{"haproxy"}, ""},
		{"intranet", []string{"internet"}, ""}, // two letters
		{"on", []string{"in"}, ""},             // too short to tell
		{"shop", []string{"Shop", "SHOP"}, ""},
		{"röute", []string{"route"}, "route"},
		{"", []string{"a"}, ""},
		{"ruote", []string{"route", "route"}, "route"},
	} {
		got, ok := Typo(tc.word, tc.among)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("Typo(%q, %q) is %q, %v, want %q", tc.word, tc.among, got, ok, tc.want)
		}
	}
}
