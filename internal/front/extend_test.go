package front_test

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/source"
)

// configured is what a configuration declares: a proxy with a port, a backend with a
// server, and a route that leads there.
func configured() *flow.Draft {
	at := source.NewFile("haproxy.cfg", "the configuration").Span(0, 3)
	p := &flow.ProxyDraft{Decl: flow.Decl{Name: "edge", Origin: flow.OriginStated, At: at}}
	p.Listeners = []*flow.ListenerDraft{{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTPS, Port: 443, At: at}}}
	b := &flow.BackendDraft{Decl: flow.Decl{Name: "shop", Origin: flow.OriginStated, At: at}}
	b.Speaks = flow.Default(flow.SpeaksTLS)
	b.Servers = []*flow.ServerDraft{{Decl: flow.Decl{Name: "s1", At: at}, ServerFacts: flow.ServerFacts{Address: "10.0.0.1", Port: 8080}}}
	r := &flow.RouteDraft{Decl: flow.Decl{Name: "shop", Origin: flow.OriginStated, At: at}}
	r.Host = flow.State("shop.example.test", at)
	r.Targets = []flow.TargetDraft{{To: flow.State("shop", at), At: at}}
	plain := &flow.BackendDraft{Decl: flow.Decl{Name: "plain", Origin: flow.OriginStated, At: at}}
	plain.Speaks = flow.State(flow.SpeaksHTTP, at)
	return &flow.Draft{Declarations: []flow.Declaration{p, b, r, plain}}
}

func TestExtend(t *testing.T) {
	at := source.NewFile("edge.flow", "the model").Span(4, 9)
	stated := func(v string) flow.Ref { return flow.State(v, at) }
	decl := func(name string) flow.Decl { return flow.Decl{Name: name, Origin: flow.OriginStated, At: at} }
	for _, tc := range []struct {
		name  string
		model flow.Declaration
		wrong []string // declarations that conflict
		holds func(d *flow.Draft) bool
	}{
		{
			"a zone and a label",
			&flow.ProxyDraft{Decl: flow.Decl{Name: "edge", Label: "Edge", Origin: flow.OriginStated, At: at}, Zone: stated("dmz")}, nil,
			func(d *flow.Draft) bool {
				p := d.Declarations[0].(*flow.ProxyDraft)
				return p.Zone.V == "dmz" && p.Label == "Edge" && p.Origin == flow.OriginImported
			},
		},
		{
			"a certificate of a port that is there",
			&flow.ProxyDraft{Decl: decl("edge"), Listeners: []*flow.ListenerDraft{{
				ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTPS, Port: 443, At: at}, End: flow.ServerEndDraft{Certificates: []flow.Ref{stated("wildcard")}},
			}}}, nil,
			func(d *flow.Draft) bool {
				p := d.Declarations[0].(*flow.ProxyDraft)
				return len(p.Listeners) == 1 && p.Listeners[0].End.Certificates[0].V == "wildcard"
			},
		},
		{
			"what was only likely", &flow.BackendDraft{Decl: decl("shop"), BackendFacts: flow.BackendFacts{Speaks: flow.State(flow.SpeaksHTTPS, at)}}, nil,
			func(d *flow.Draft) bool { return d.Declarations[1].(*flow.BackendDraft).Speaks.V == flow.SpeaksHTTPS },
		},
		{
			"what the servers of a route in plaintext speak", &flow.BackendDraft{Decl: decl("plain"), BackendFacts: flow.BackendFacts{Speaks: flow.State(flow.SpeaksHTTPS, at)}}, nil,
			func(d *flow.Draft) bool { return d.Declarations[3].(*flow.BackendDraft).Speaks.V == flow.SpeaksHTTPS },
		},
		{
			"a state of a server that is there",
			&flow.BackendDraft{Decl: decl("shop"), Servers: []*flow.ServerDraft{{Decl: decl("s1"), ServerFacts: flow.ServerFacts{State: flow.State(flow.ServerDown, at)}}}}, nil,
			func(d *flow.Draft) bool {
				s := d.Declarations[1].(*flow.BackendDraft).Servers
				return len(s) == 1 && s[0].State.V == flow.ServerDown && s[0].Address == "10.0.0.1"
			},
		},
		{"the same target", &flow.RouteDraft{Decl: decl("shop"), Targets: []flow.TargetDraft{{To: stated("shop"), At: at}}}, nil, nil},
		{"another target", &flow.RouteDraft{Decl: decl("shop"), Targets: []flow.TargetDraft{{To: stated("other"), At: at}}}, []string{"route shop"}, nil},
		{"another host", &flow.RouteDraft{Decl: decl("shop"), RouteFacts: flow.RouteFacts{Host: stated("else.example.test")}}, []string{"route shop"}, nil},
		{"another server", &flow.BackendDraft{Decl: decl("shop"), Servers: []*flow.ServerDraft{{Decl: decl("s2")}}}, []string{"backend shop"}, nil},
		{
			"another address of a server",
			&flow.BackendDraft{Decl: decl("shop"), Servers: []*flow.ServerDraft{{Decl: decl("s1"), ServerFacts: flow.ServerFacts{Address: "10.0.0.9"}}}}, []string{"backend shop"}, nil,
		},
		{"a backend of its own", &flow.BackendDraft{Decl: decl("own")}, nil, func(d *flow.Draft) bool { return len(d.Declarations) == 5 }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &flow.Draft{Declarations: []flow.Declaration{tc.model}}
			var wrong []string
			for _, c := range front.Extend(configured(), d) {
				wrong = append(wrong, c.Decl)
			}
			if !slices.Equal(wrong, tc.wrong) {
				t.Errorf("in conflict are %q, want %q", wrong, tc.wrong)
			}
			if tc.holds != nil && !tc.holds(d) {
				t.Errorf("it is not added: %+v", d.Declarations[0])
			}
		})
	}
}
