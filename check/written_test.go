package check_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
)

// TestHiddenAsWritten holds that a proxy which takes the first route as written never
// chooses one behind another that is for all of its requests, and for more.
func TestHiddenAsWritten(t *testing.T) {
	given := func(v string) flow.Fact[string] { return flow.State(v, flow.Decl{}.At) }
	route := func(name, host string, facts ...func(*flow.RouteFacts)) flow.Declaration {
		d := &flow.RouteDraft{
			Decl: flow.Decl{Name: name}, RouteFacts: flow.RouteFacts{Host: given(host), Mode: flow.State(flow.ModeEdge, flow.Decl{}.At)},
			Targets: []flow.TargetDraft{{To: flow.Ref{V: name}}},
		}
		for _, f := range facts {
			f(&d.RouteFacts)
		}
		return d
	}
	path := func(v string) func(*flow.RouteFacts) { return func(r *flow.RouteFacts) { r.Path = given(v) } }
	match := func(m flow.Match) func(*flow.RouteFacts) {
		return func(r *flow.RouteFacts) { r.Matches = append(r.Matches, m) }
	}
	d := &flow.Draft{Declarations: []flow.Declaration{
		&flow.ProxyDraft{Decl: flow.Decl{Name: "haproxy"}, ProxyFacts: flow.ProxyFacts{Order: flow.State(flow.AsWritten, flow.Decl{}.At)}},
		route("api", "shop.example.test", path("/api")),
		route("hidden-path", "shop.example.test", path("/api/v2")),
		route("login", "shop.example.test", match(flow.Match{Kind: flow.MatchPath, Values: []string{"/login"}})),
		route("below", "shop.example.test", path("/login")),
		route("gets", "*.example.test", match(flow.Match{Kind: flow.MatchMethod, Values: []string{"GET", "HEAD"}})),
		route("hidden-method", "cart.example.test", match(flow.Match{Kind: flow.MatchMethod, Values: []string{"GET"}})),
		route("posts", "cart.example.test"),
		route("all", "", match(flow.Match{Kind: flow.MatchHost, How: flow.Below, Values: []string{"example.test"}})),
		route("hidden-host", "blog.example.test"),
		route("elsewhere", "blog.example.org"),
	}}
	topology, mistakes := flow.Complete(d)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	var hidden []string
	for _, f := range check.Run(topology, flow.NewCache(topology)) {
		if f.Code == "FL303" {
			hidden = append(hidden, strings.Split(f.Message, `"`)[1])
		}
	}
	slices.Sort(hidden)
	if want := []string{"hidden-host", "hidden-method", "hidden-path"}; !slices.Equal(hidden, want) {
		t.Errorf("never chosen are %q, want %q", hidden, want)
	}
}
