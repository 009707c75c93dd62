package flow

import "testing"

// TestOrderAsWritten holds that the order in which a proxy tries its routes is
// a fact of the proxy: by precedence the more exact route takes a request,
// as written the first one that matches.
func TestOrderAsWritten(t *testing.T) {
	route := func(name, host, path string) *RouteDraft {
		return &RouteDraft{
			Decl: Decl{Name: name}, RouteFacts: RouteFacts{Host: given(host), Path: given(path)},
			Targets: []TargetDraft{{To: given(name)}},
		}
	}
	for _, tc := range []struct {
		order Fact[RouteOrder]
		takes string
		why   string
	}{
		{Fact[RouteOrder]{}, "cart", "its host is more specific"},
		{given(ByPrecedence), "cart", "its host is more specific"},
		{given(AsWritten), "all", "it is written first, and the first that matches is taken"},
	} {
		m, mistakes := Complete(&Draft{Declarations: []Declaration{
			&ProxyDraft{Decl: Decl{Name: "haproxy"}, ProxyFacts: ProxyFacts{Order: tc.order}},
			route("all", "*.shop.test", ""),
			route("cart", "www.shop.test", "/cart"),
			&RequestDraft{Decl: Decl{Name: "ask"}, RequestFacts: RequestFacts{
				Calls: []Call{{Scheme: "http", Host: "www.shop.test", Path: "/cart"}},
			}},
		}})
		if len(mistakes) > 0 {
			t.Fatal(mistakes)
		}
		lc := Derive(m, m.Requests[0])
		if got := lc.Exchanges[0].Route.Name; got != tc.takes {
			t.Errorf("order %v: route %s takes the request, want %s", tc.order.V, got, tc.takes)
		}
		p := m.Proxies[0]
		if _, why := p.Compare(p.Routes[0], p.Routes[1]); why != tc.why {
			t.Errorf("order %v: %q comes first because %q, want %q", tc.order.V, p.Routes[0].Name, why, tc.why)
		}
	}
}
