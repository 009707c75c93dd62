package flowtext_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
)

// TestTidy makes one route of those that say the same of two proxies, and leaves each
// where it comes before and after the others of its proxy.
func TestTidy(t *testing.T) {
	d := &flow.Draft{Declarations: []flow.Declaration{
		routeOn("a", "a.test", "one"), routeOn("b", "b.test", "one"), routeOn("c", "c.test", "one"), routeOn("other", "a.test", "alone"),
		routeOn("x", "x.test", "two"), routeOn("a-2", "a.test", "two"), routeOn("b-2", "other.test", "two"), routeOn("c-2", "c.test", "two"),
	}}
	d.Declarations[5].(*flow.RouteDraft).On[0].Port = 8443
	flowtext.Tidy(d)
	var got []string
	for _, x := range d.Declarations {
		r := x.(*flow.RouteDraft)
		line := r.Name + " " + r.Host.V
		for _, on := range r.On {
			line += fmt.Sprintf(" %s:%d", on.Proxy.V, on.Port)
		}
		got = append(got, line)
	}
	want := []string{"x x.test two:0", "a a.test one:0 two:8443", "b b.test one:0", "b-2 other.test two:0", "c c.test one:0 two:0", "other a.test alone:0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTidyRoute says less of a route where that says the same.
func TestTidyRoute(t *testing.T) {
	r := routeOn("a", "a.test", "one")
	r.Answer = is(flow.Answer{Status: 403})
	r.Headers = []flow.HeaderAction{{On: "request", Do: "delete", Name: "X-A"}, {On: "response", Do: "delete", Name: "X-B"}}
	r.Matches = []flow.Match{
		{Kind: flow.MatchPath, How: flow.Begins, Values: []string{"/a"}}, {Kind: flow.MatchPath, Not: true, Values: []string{"/a/b"}},
	}
	two := routeOn("b", "b.test", "one")
	two.Matches = []flow.Match{{Kind: flow.MatchPath, Values: []string{"/a"}}, {Kind: flow.MatchPath, How: flow.Ends, Values: []string{"b"}}}
	d := &flow.Draft{Declarations: []flow.Declaration{r, two}}
	flowtext.Tidy(d)
	want := `route a on one {
    host a.test
    path begins /a
    match not path exact /a/b
    answer 403
    header response delete X-B
}
route b on one {
    host b.test
    match path exact /a
    match path ends "b"
}
`
	if diff := cmp.Diff(want, flowtext.Write(d).Text); diff != "" {
		t.Error(diff)
	}
}

func routeOn(name, host string, proxies ...string) *flow.RouteDraft {
	r := &flow.RouteDraft{Decl: named(name), RouteFacts: flow.RouteFacts{Host: is(host)}}
	for _, p := range proxies {
		r.On = append(r.On, flow.OnDraft{Proxy: is(p)})
	}
	return r
}

// TestTidyKeeps holds that each proxy has the same routes in the same order, however many
// of them are those of others.
func TestTidyKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &flow.Draft{}
		proxies := []string{"one", "two", "three", "four"}
		for i := range rapid.IntRange(0, 30).Draw(t, "routes") {
			host := rapid.SampledFrom([]string{"a.test", "b.test", "c.test", "d.test", "e.test", "f.test", "g.test", "h.test", "i.test", "j.test"}).Draw(t, "host")
			on := []string{rapid.SampledFrom(proxies).Draw(t, "on")}
			if rapid.IntRange(0, 40).Draw(t, "shared") == 0 {
				on = append(on, rapid.SampledFrom(proxies).Draw(t, "too"))
			}
			d.Declarations = append(d.Declarations, routeOn(fmt.Sprintf("r%d", i), host, slices.Compact(on)...))
		}
		before := hostsByProxy(d)
		flowtext.Tidy(d)
		if diff := cmp.Diff(before, hostsByProxy(d)); diff != "" {
			t.Error(diff)
		}
	})
}

func hostsByProxy(d *flow.Draft) map[string][]string {
	out := map[string][]string{}
	for _, x := range d.Declarations {
		r := x.(*flow.RouteDraft)
		for _, on := range r.On {
			out[on.Proxy.V] = append(out[on.Proxy.V], r.Host.V)
		}
	}
	return out
}
