package flowtext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/flowtext"
	"github.com/flowc-lang/flowc/source"
)

// TestLeftOut writes what a configuration states that a model does not hold: at the
// declaration in whose text it is, and at the head of the file.
func TestLeftOut(t *testing.T) {
	cfg := source.NewFile("etc/proxy.cfg", `global
    log local0
    lua-load auth.lua
frontend www
    bind :80 maxconn 10
    limit 10
    limit 10
    script auth
backend app
    authenticate
    server a 10.0.0.1:80
    server b 10.0.0.2:80 agent-check
    cache
`)
	at := func(text string) source.Span {
		i := strings.Index(cfg.Text, text)
		if i < 0 {
			t.Fatalf("no %q", text)
		}
		return cfg.Span(i, i+len(text))
	}
	decl := func(name, text string) flow.Decl {
		return flow.Decl{Name: name, Origin: flow.OriginStated, At: at(text), Whole: at(text)}
	}
	left := func(kind flow.UnmodelledKind, text string) flow.Unmodelled {
		return flow.Unmodelled{At: at(text), What: text, Kind: kind}
	}
	second := cfg.Span(strings.LastIndex(cfg.Text, "limit 10"), strings.LastIndex(cfg.Text, "limit 10")+8)
	d := &flow.Draft{
		Declarations: []flow.Declaration{
			&flow.CertificateDraft{Decl: flow.Decl{Name: "www", Label: "www.pem"}},
			&flow.ProxyDraft{Decl: decl("www", "frontend www"), Listeners: []*flow.ListenerDraft{{ListenerFacts: flow.ListenerFacts{
				Kind: flow.ListenHTTP, Port: 80, At: at("bind :80 maxconn 10"), Whole: at("bind :80 maxconn 10"),
			}}}},
			&flow.BackendDraft{
				Decl: decl("app", "backend app"), BackendFacts: flow.BackendFacts{Speaks: flow.Default(flow.SpeaksTLS)},
				Servers: []*flow.ServerDraft{
					{Decl: decl("a", "server a 10.0.0.1:80"), ServerFacts: flow.ServerFacts{Address: "10.0.0.1", Port: 80}},
					{Decl: decl("b", "server b 10.0.0.2:80 agent-check"), ServerFacts: flow.ServerFacts{Address: "10.0.0.2", Port: 80}},
				},
			},
		},
		Unmodelled: []flow.Unmodelled{
			left(flow.NoEffect, "log local0"), left(flow.ChangesRouting, "lua-load auth.lua"), left(flow.LosesDetail, "maxconn 10"),
			left(flow.LosesDetail, "limit 10"), {At: second, What: "limit 10", Kind: flow.LosesDetail}, left(flow.ChangesRouting, "script auth"),
			left(flow.LosesDetail, "authenticate"), left(flow.LosesDetail, "agent-check"), left(flow.NoEffect, "cache"),
			{What: strings.Repeat("x", 200), Kind: flow.LosesDetail},
		},
	}
	want := `# from proxy.cfg
# proxy.cfg: 2 statements with no effect on the topology
# proxy.cfg:3 not modelled, and may change where a request goes: lua-load auth.lua
# not modelled: ` + strings.Repeat("x", 120) + `…

certificate www  # www.pem

proxy www {
    # proxy.cfg:6,7 not modelled: limit 10
    # proxy.cfg:8 not modelled, and may change where a request goes: script auth
    # proxy.cfg:5 not modelled: maxconn 10
    listen http :80
}

backend app {
    # probably: speaks tls
    # proxy.cfg:10 not modelled: authenticate
    server a 10.0.0.1:80
    # proxy.cfg:12 not modelled: agent-check
    server b 10.0.0.2:80
}
`
	text := flowtext.Write(d, "from proxy.cfg")
	if diff := cmp.Diff(want, text.Text); diff != "" || len(text.Unsaid) > 0 {
		t.Errorf("want (-), got (+):\n%s%v", diff, text.Unsaid)
	}
	read(t, "left out", text.Text)
}

// TestLeftOutOften says once what many declarations have.
func TestLeftOutOften(t *testing.T) {
	cfg := source.NewFile("proxy.cfg", strings.Repeat("backend x\n    cookie\n", 12))
	d := &flow.Draft{}
	for i := range 12 {
		start := i * len("backend x\n    cookie\n")
		at := cfg.Span(start, start+len("backend x"))
		d.Declarations = append(d.Declarations, &flow.BackendDraft{Decl: flow.Decl{Name: "x" + string(rune('a'+i)), At: at, Whole: at}})
		d.Unmodelled = append(d.Unmodelled, flow.Unmodelled{At: cfg.Span(at.End+5, at.End+11), What: "cookie", Kind: flow.LosesDetail})
	}
	text := flowtext.Write(d).Text
	head, rest, _ := strings.Cut(text, "\n\n")
	if head != "# proxy.cfg:2,4,6,8,10,12,14,16 and 4 more lines not modelled: cookie" || strings.Contains(rest, "cookie") {
		t.Error(text)
	}
}

// TestUnsaid writes what no text can have: in comments, and listed.
func TestUnsaid(t *testing.T) {
	d := &flow.Draft{Declarations: []flow.Declaration{
		&flow.BackendDraft{Decl: named("a b"), BackendFacts: flow.BackendFacts{Speaks: is(flow.SpeaksHTTP)}},
		&flow.BackendDraft{Decl: named("c"), Servers: []*flow.ServerDraft{{Decl: named("none")}}},
		&flow.RouteDraft{Decl: named("r"), RouteFacts: flow.RouteFacts{
			Host: is("my_host.test"), Path: is("api"), HSTS: is(int64(-1)),
			Headers: []flow.HeaderAction{{On: "request", Do: "set", Name: "X-ID", Value: "%[uuid()]", Computed: true}, {On: "response", Do: "delete", Name: "Server"}},
			Matches: []flow.Match{
				{Kind: flow.MatchPath, How: flow.Begins, Values: []string{"/a b", "/c"}}, {Kind: flow.MatchPath, How: flow.Exact, Not: true, AnyCase: true, Values: []string{"x.y"}},
				{Kind: flow.MatchHost, Values: []string{"*.A_b.test"}}, {Kind: flow.MatchSource, Values: []string{"10.1.2.3/8"}},
			},
		}},
	}}
	want := `# no form of the language says: backend "a b"
#     speaks http
backend c {
    # no form of the language says: server none
}

route r {
    match host regex "^my_host\\.test$"
    path regex "^api(/|$)"
    match path regex "^/a b", "^/c"
    match not path regex any-case "^x\\.y$"
    match host regex "^[^.]+\\.a_b\\.test$"
    match source 10.0.0.0/8
    # computed by the proxy: header request set X-ID "%[uuid()]"
    header response delete Server
    # no form of the language says: hsts -1ms
}
`
	text := flowtext.Write(d)
	if diff := cmp.Diff(want, text.Text); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
	unsaid := []flowtext.Unsaid{{In: `backend "a b"`, What: `backend "a b"`}, {In: "backend c", What: "server none"}, {In: "route r", What: "hsts -1ms"}}
	if diff := cmp.Diff(unsaid, text.Unsaid); diff != "" {
		t.Error(diff)
	}
	read(t, "unsaid", text.Text)
}
