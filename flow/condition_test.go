package flow

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMeets is what each kind of condition, and each way to compare, lets through.
func TestMeets(t *testing.T) {
	request := Head{
		Method: "GET", Host: "Shop.Example.test.", Path: "/cart/a.PNG?v=2&w=&v=3;u", Source: "10.1.2.3", TLS: true,
		Fields: []HeaderField{{"X-Canary", "Green"}, {"x-canary", "blue"}, {"Cookie", "stage=beta; id=7"}},
	}
	some := func(v ...string) []string { return v }
	for _, tc := range []struct {
		m    Match
		want bool
	}{
		{Match{Kind: MatchHeader, Name: "x-CANARY", Values: some("blue")}, true},
		{Match{Kind: MatchHeader, Name: "X-Canary", Values: some("green")}, false},
		{Match{Kind: MatchHeader, Name: "X-Canary", Values: some("green"), AnyCase: true}, true},
		{Match{Kind: MatchHeader, Name: "X-Canary", Values: some("red", "Green")}, true},
		{Match{Kind: MatchHeader, Name: "X-Canary", Values: some("red", "blue"), Not: true}, false},
		{Match{Kind: MatchHeader, Name: "X-Canary", How: Begins, Values: some("Gr")}, true},
		{Match{Kind: MatchHeader, Name: "X-Other", How: Present}, false},
		{Match{Kind: MatchHeader, Name: "X-Other", Values: some("1"), Not: true}, true},
		{Match{Kind: MatchHeader, Name: "x-canary", How: Present}, true},
		{Match{Kind: MatchCookie, Name: "stage", Values: some("beta")}, true},
		{Match{Kind: MatchCookie, Name: "Stage", Values: some("beta")}, false},
		{Match{Kind: MatchCookie, Name: "id", How: Regex, Values: some(`^[0-9]$`)}, true},
		{Match{Kind: MatchQuery, Name: "v", Values: some("2")}, true},
		{Match{Kind: MatchQuery, Name: "w", Values: some("")}, true},
		{Match{Kind: MatchQuery, Name: "v", Values: some("3")}, true},
		{Match{Kind: MatchQuery, Name: "v", Values: some("3"), Not: true}, false},
		{Match{Kind: MatchQuery, Name: "u", How: Present}, false},
		{Match{Kind: MatchQuery, Name: "x", How: Present}, false},
		{Match{Kind: MatchPath, Values: some("/cart/a.PNG")}, true},
		{Match{Kind: MatchPath, How: Below, Values: some("/cart/")}, true},
		{Match{Kind: MatchPath, How: Below, Values: some("/car")}, false},
		{Match{Kind: MatchPath, How: Begins, Values: some("/car")}, true},
		{Match{Kind: MatchPath, How: Ends, Values: some(".png")}, false},
		{Match{Kind: MatchPath, How: Ends, Values: some(".jpg", ".png"), AnyCase: true}, true},
		{Match{Kind: MatchPath, How: Contains, Values: some("rt/a")}, true},
		{Match{Kind: MatchPath, How: Regex, Values: some(`\.png$`), AnyCase: true}, true},
		{Match{Kind: MatchHost, Values: some("shop.example.test")}, true},
		{Match{Kind: MatchHost, Values: some("*.example.test")}, true},
		{Match{Kind: MatchHost, Values: some("*.test")}, false},
		{Match{Kind: MatchHost, How: Below, Values: some("test")}, true},
		{Match{Kind: MatchHost, How: Ends, Values: some(".EXAMPLE.test")}, true},
		{Match{Kind: MatchHost, How: Ends, Values: some(".example.test"), Not: true}, false},
		{Match{Kind: MatchMethod, Values: some("POST", "GET")}, true},
		{Match{Kind: MatchMethod, Values: some("get")}, false},
		{Match{Kind: MatchSource, Values: some("192.0.2.7", "10.0.0.0/8")}, true},
		{Match{Kind: MatchSource, Values: some("10.1.2.4")}, false},
		{Match{Kind: MatchTLS}, true},
		{Match{Kind: MatchTLS, Not: true}, false},
	} {
		if got := tc.m.Meets(request); got != tc.want {
			t.Errorf("%+v: %t, want %t", tc.m, got, tc.want)
		}
		if !tc.m.fits() {
			t.Errorf("%+v does not fit", tc.m)
		}
	}
}

// TestConditionsThatAreNone are conditions that a draft may have and a topology has not.
func TestConditionsThatAreNone(t *testing.T) {
	for _, m := range []Match{
		{}, {Kind: 99}, {Kind: MatchHeader, Values: []string{"1"}}, {Kind: MatchPath, Name: "a", Values: []string{"/"}}, {Kind: MatchPath},
		{Kind: MatchMethod, How: Begins, Values: []string{"G"}}, {Kind: MatchSource, Values: []string{"shop"}}, {Kind: MatchTLS, Values: []string{"1"}},
		{Kind: MatchHeader, Name: "a", How: Below, Values: []string{"1"}}, {Kind: MatchPath, How: Present},
		{Kind: MatchPath, How: Regex, Values: []string{"("}},
	} {
		d := &RouteDraft{Decl: Decl{Name: "shop"}, RouteFacts: RouteFacts{Host: given("shop.test"), Matches: []Match{m}}, Targets: []TargetDraft{{To: given("shop")}}}
		top, mistakes := Complete(&Draft{Declarations: []Declaration{d}})
		if len(mistakes) != 1 || mistakes[0].Kind != MistakeCondition || len(top.Routes[0].Matches) != 0 {
			t.Errorf("%+v: %v", m, mistakes)
		}
	}
}

// someRoute is a route with conditions drawn at random.
func someRoute(t *rapid.T, name string) *Route {
	return &Route{Decl: Decl{Name: name}, RouteFacts: RouteFacts{
		Host:    Default(rapid.SampledFrom([]string{"", "a.test", "*.a.test", "b.a.test", "*.test"}).Draw(t, "host")),
		Path:    Default(rapid.SampledFrom([]string{"", "/", "/a", "/a/", "/a/b"}).Draw(t, "path")),
		Matches: rapid.SliceOfN(someMatch(), 0, 3).Draw(t, "matches"),
	}}
}

// someMatch is a condition of every kind and way to compare.
func someMatch() *rapid.Generator[Match] {
	values := map[MatchKind][]string{
		MatchHeader: {"1", "12", "A", "a1", ""}, MatchCookie: {"a", "A", "ab", "b"}, MatchQuery: {"1", "/a/b/c", "a", ""},
		MatchPath: {"/", "/a", "/a/", "/a/b", "/ab", "/A"}, MatchHost: {"a.test", "*.a.test", "b.a.test", "*.test", "test", ".a.test", "a"},
		MatchMethod: {"GET", "POST", "HEAD"}, MatchSource: {"10.0.0.0/8", "10.1.0.0/16", "10.1.0.7", "0.0.0.0/0", "2001:db8::/32"},
	}
	names := map[MatchKind][]string{MatchHeader: {"X-S", "x-s"}, MatchCookie: {"stage", "x"}, MatchQuery: {"q", "r"}}
	return rapid.Custom(func(t *rapid.T) Match {
		m := Match{Kind: rapid.SampledFrom(MatchKinds).Draw(t, "kind"), Not: rapid.Bool().Draw(t, "not")}
		hows := []MatchHow{Exact, Begins, Ends, Contains, Regex}
		switch m.Kind {
		case MatchTLS:
			return m
		case MatchMethod, MatchSource:
			hows = []MatchHow{Exact}
		case MatchPath, MatchHost:
			hows = append(hows, Below)
		default:
			hows = append(hows, Present)
			m.Name = rapid.SampledFrom(names[m.Kind]).Draw(t, "name")
		}
		m.How = rapid.SampledFrom(hows).Draw(t, "how")
		m.AnyCase = m.Kind != MatchSource && m.Kind != MatchMethod && rapid.IntRange(0, 3).Draw(t, "case") == 0
		if m.How == Regex {
			m.Values = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "^/a", "^/(a|b)/?[a-c]*$", "1+", "^$", "b[.]a"}), 1, 2).Draw(t, "expressions")
		} else if m.How != Present {
			m.Values = rapid.SliceOfN(rapid.SampledFrom(values[m.Kind]), 1, 2).Draw(t, "values")
		}
		return m
	})
}

// TestImplies holds that a request which meets all of one route, of which all of another one
// is said to follow, meets that one; and none meets both of two that are said to be apart.
func TestImplies(t *testing.T) {
	p := &Proxy{}
	meets := func(r *Route, h Head) bool {
		return HostMatches(r.Host.V, h.Host) && PathMatches(r.Path.V, h.Path) && r.Unmatched(h) == nil
	}
	implied := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := someRoute(t, "a"), someRoute(t, "b")
		if rapid.Bool().Draw(t, "alike") { // else hardly any follows from another
			b.Matches = slices.Clone(a.Matches[:min(len(a.Matches), 1)])
			for i := range b.Matches {
				b.Matches[i].How = rapid.SampledFrom([]MatchHow{b.Matches[i].How, Contains, Begins}).Draw(t, "other")
				if !b.Matches[i].fits() {
					b.Matches[i] = a.Matches[i]
				}
			}
		}
		h := someHead(t)
		h.Path = rapid.SampledFrom([]string{"/", "/a", "/a/b", "/a/b?q=1", "/ab?q=/a/b/c&q=1", "/A", "/x?r=a"}).Draw(t, "path")
		h.Host = rapid.SampledFrom([]string{"a.test", "b.a.test", "x.b.a.test", "c.test", "test"}).Draw(t, "host")
		if p.Implies(a, b) {
			implied++
			if meets(a, h) && !meets(b, h) {
				t.Errorf("%+v meets\n%+v, and not\n%+v,\nwhich follows", h, a.RouteFacts, b.RouteFacts)
			}
		}
		if a.Apart(b) && meets(a, h) && meets(b, h) {
			t.Errorf("%+v meets\n%+v, and\n%+v,\nwhich are apart", h, a.RouteFacts, b.RouteFacts)
		}
		if p.Implies(a, a) == false && a.SNI.V == SNIHost {
			t.Errorf("%+v does not follow from itself", a.RouteFacts)
		}
	})
	if implied == 0 {
		t.Error("nothing followed from anything")
	}
}

// TestFollows are what must be told, for findings to be said.
func TestFollows(t *testing.T) {
	some := func(v ...string) []string { return v }
	for _, tc := range []struct {
		narrow, wide Match
		follows      bool
	}{
		{Match{Kind: MatchPath, Values: some("/a/b")}, Match{Kind: MatchPath, How: Below, Values: some("/a")}, true},
		{Match{Kind: MatchPath, How: Below, Values: some("/a/b", "/a/c")}, Match{Kind: MatchPath, How: Begins, Values: some("/a")}, true},
		{Match{Kind: MatchPath, How: Below, Values: some("/a")}, Match{Kind: MatchPath, Values: some("/a")}, false},
		{Match{Kind: MatchPath, How: Ends, Values: some(".min.js")}, Match{Kind: MatchPath, How: Ends, Values: some(".css", ".js")}, true},
		{Match{Kind: MatchPath, Values: some("/v12/")}, Match{Kind: MatchPath, How: Regex, Values: some("^/v[0-9]+/")}, true},
		{Match{Kind: MatchMethod, Values: some("GET")}, Match{Kind: MatchMethod, Values: some("GET", "HEAD")}, true},
		{Match{Kind: MatchMethod, Values: some("GET")}, Match{Kind: MatchMethod, Values: some("POST"), Not: true}, true},
		{Match{Kind: MatchMethod, Values: some("GET", "POST"), Not: true}, Match{Kind: MatchMethod, Values: some("POST"), Not: true}, true},
		{Match{Kind: MatchSource, Values: some("10.1.0.0/16")}, Match{Kind: MatchSource, Values: some("10.0.0.0/8")}, true},
		{Match{Kind: MatchSource, Values: some("10.1.0.0/16")}, Match{Kind: MatchSource, Values: some("10.1.2.3")}, false},
		{Match{Kind: MatchHost, Values: some("*.a.test")}, Match{Kind: MatchHost, How: Below, Values: some("a.test")}, true},
		{Match{Kind: MatchHost, How: Below, Values: some("a.test")}, Match{Kind: MatchHost, How: Ends, Values: some(".a.test")}, false},
		{Match{Kind: MatchHeader, Name: "a", Values: some("1")}, Match{Kind: MatchHeader, Name: "A", How: Present}, true},
		{Match{Kind: MatchHeader, Name: "a", Values: some("1")}, Match{Kind: MatchHeader, Name: "A", Values: some("2"), Not: true}, false},
		{Match{Kind: MatchQuery, Name: "a", Values: some("1")}, Match{Kind: MatchQuery, Name: "a", Values: some("2"), Not: true}, false},
		{Match{Kind: MatchHost, Values: some("a.test")}, Match{Kind: MatchHost, Values: some("b.test"), Not: true}, true},
		{Match{Kind: MatchTLS, Not: true}, Match{Kind: MatchTLS}, false},
	} {
		if got := tc.narrow.implies(&tc.wide); got != tc.follows {
			t.Errorf("%+v follows from %+v: %t", tc.wide, tc.narrow, got)
		}
	}
}

// TestSample holds that what flowc asks for a route meets the route's conditions, and that
// it finds something to ask wherever that is easy.
func TestSample(t *testing.T) {
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		r := someRoute(t, "r")
		h, ok := r.Sample(&Proxy{})
		if !ok {
			return
		}
		found++
		h.TLS = !slices.ContainsFunc(r.Matches, func(m Match) bool { return m.Kind == MatchTLS && m.Not })
		if slices.ContainsFunc(r.Matches, func(m Match) bool { return m.Kind == MatchTLS && m.Not == h.TLS }) {
			return // both
		}
		if !HostMatches(r.Host.V, h.Host) || !PathMatches(r.Path.V, h.Path) || r.Unmatched(h) != nil {
			t.Errorf("%+v is asked for with %+v", r.RouteFacts, h)
		}
	})
	if found == 0 {
		t.Error("nothing was found to ask for")
	}
}

// TestSamples are what is asked for, of conditions that routes have.
func TestSamples(t *testing.T) {
	some := func(v ...string) []string { return v }
	for _, tc := range []struct {
		path    string
		matches []Match
		want    Head
	}{
		{"", nil, Head{Method: "GET", Host: AnyHost, Path: "/"}},
		{"/a", []Match{{Kind: MatchPath, How: Ends, Values: some(".png")}}, Head{Method: "GET", Host: AnyHost, Path: "/a/.png"}},
		{"", []Match{{Kind: MatchPath, How: Ends, Values: some(".png")}, {Kind: MatchPath, How: Begins, Values: some("/img/")}}, Head{Method: "GET", Host: AnyHost, Path: "/img/.png"}},
		{"", []Match{{Kind: MatchPath, How: Regex, Values: some(`^/api/v[0-9]+/`)}}, Head{Method: "GET", Host: AnyHost, Path: "/api/v0/"}},
		{"", []Match{{Kind: MatchPath, How: Regex, Values: some(`\.(png|jpg)$`)}}, Head{Method: "GET", Host: AnyHost, Path: "/.png"}},
		{"/a", []Match{{Kind: MatchPath, Values: some("/a"), Not: true}}, Head{Method: "GET", Host: AnyHost, Path: "/a/x"}},
		{"", []Match{{Kind: MatchMethod, Values: some("GET"), Not: true}}, Head{Method: "POST", Host: AnyHost, Path: "/"}},
		{"", []Match{{Kind: MatchMethod, Values: some("PURGE")}}, Head{Method: "PURGE", Host: AnyHost, Path: "/"}},
		{"", []Match{{Kind: MatchHost, How: Ends, Values: some(".example.test")}}, Head{Method: "GET", Host: "any.example.test", Path: "/"}},
		{"", []Match{{Kind: MatchHost, How: Begins, Values: some("www.")}}, Head{Method: "GET", Host: "www.any", Path: "/"}},
		{"", []Match{{Kind: MatchQuery, Name: "v", Values: some("2")}}, Head{Method: "GET", Host: AnyHost, Path: "/?v=2"}},
		{"", []Match{{Kind: MatchSource, Values: some("10.0.0.0/8")}}, Head{Method: "GET", Host: AnyHost, Path: "/", Source: "10.0.0.1"}},
		{"", []Match{{Kind: MatchHeader, Name: "X", How: Present}}, Head{Method: "GET", Host: AnyHost, Path: "/", Fields: []HeaderField{{"X", "1"}}}},
	} {
		r := &Route{RouteFacts: RouteFacts{Path: Default(tc.path), Matches: tc.matches}}
		got, ok := r.Sample(&Proxy{})
		same := got.Method == tc.want.Method && got.Host == tc.want.Host && got.Path == tc.want.Path && got.Source == tc.want.Source && slices.Equal(got.Fields, tc.want.Fields)
		if !ok || !same {
			t.Errorf("%q %+v: %+v, %t", tc.path, tc.matches, got, ok)
		}
	}
}
