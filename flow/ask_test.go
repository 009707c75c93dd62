package flow

import (
	"slices"
	"testing"
)

// TestAsk holds that a request for a route asks for what the route asks for,
// whoever makes it: a model without requests, a rule, or somebody who knows the
// name only. Over HTTP/1.1 all cookies are in one field (RFC 6265, 5.4).
func TestAsk(t *testing.T) {
	route := &RouteDraft{
		Decl:    Decl{Name: "shop"},
		Targets: []TargetDraft{{To: given("shop")}},
		RouteFacts: RouteFacts{
			Host: given("*.shop.test"), Path: given("/cart"), Mode: given(ModeEdge),
			Matches: []Match{
				{Kind: MatchCookie, Name: "a", Values: []string{"1"}},
				{Kind: MatchHeader, Name: "X-Canary", Values: []string{"green"}},
				{Kind: MatchCookie, Name: "b", Values: []string{"2"}},
			},
		},
	}
	m, mistakes := Complete(&Draft{Declarations: []Declaration{route}})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	fields := []HeaderField{{"X-Canary", "green"}, {"Cookie", "a=1; b=2"}}
	for name, q := range map[string]*Request{
		"derived": m.Requests[0], "a probe": Probe(m, m.Routes[0], "https"), "by name": ByName(m, m.Routes[0], "https"),
	} {
		if !slices.Equal(q.Fields, fields) {
			t.Errorf("%s: the fields are %v, want %v", name, q.Fields, fields)
		}
		call := Call{Method: "GET", Scheme: "https", Host: "any.shop.test", Port: 443, Path: "/cart"}
		if q.Calls[0] != call || q.SNI.V != call.Host || q.Via != m.Proxies[0] {
			t.Errorf("%s: it asks for %v with the SNI %q at %s", name, q.Calls[0], q.SNI.V, q.Via.Name)
		}
		if lc := Derive(m, q); lc.Outcome.Fault != FaultNone {
			t.Errorf("%s: it fails:\n%s", name, dump(lc))
		}
	}
}

// TestAskBehindTLS asks for a plaintext route behind a proxy at which TLS ends,
// as its clients do.
func TestAskBehindTLS(t *testing.T) {
	port := func(kind ListenKind) []*ListenerDraft {
		return []*ListenerDraft{{ListenerFacts: ListenerFacts{Kind: kind, Port: 443}}}
	}
	facts := RouteFacts{Host: given("shop.test")}
	edge := facts
	edge.Mode = given(ModeEdge)
	m, mistakes := Complete(&Draft{Declarations: []Declaration{
		&ProxyDraft{Decl: Decl{Name: "front"}, Listeners: port(ListenHTTPS)},
		&ProxyDraft{Decl: Decl{Name: "back"}, Listeners: port(ListenHTTP)},
		&RouteDraft{Decl: Decl{Name: "plain"}, RouteFacts: facts, On: []OnDraft{{Proxy: given("back")}}, Targets: []TargetDraft{{To: given("shop")}}},
		&RouteDraft{Decl: Decl{Name: "relay"}, RouteFacts: edge, On: []OnDraft{{Proxy: given("front")}}, Targets: []TargetDraft{{To: given("back")}}},
	}})
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	for _, q := range m.Requests {
		if lc := Derive(m, q); q.Calls[0].URL() != "https://shop.test/" || lc.Outcome.Fault != FaultNone {
			t.Errorf("route %s is asked for with %s:\n%s", q.Name, q.Calls[0].URL(), dump(lc))
		}
	}
	if len(m.Requests) != 1 {
		t.Errorf("%d requests ask for the same", len(m.Requests))
	}
}
