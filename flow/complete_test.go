package flow_test

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// TestComplete completes drafts that make no sense: names that nothing
// declares or that are declared twice, circles of proxies and of requests,
// ports that nobody has. It never panics, nor does what comes after it; the
// draft is as before, and the same comes of it again.
func TestComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draft := senseless(t)
		before := graph(draft)
		topology, mistakes := flow.Complete(draft)
		if diff := cmp.Diff(before, graph(draft)); diff != "" {
			t.Errorf("the draft is another:\n%s", diff)
		}
		again, same := flow.Complete(draft)
		if diff := cmp.Diff(graph(topology)+graph(mistakes), graph(again)+graph(same)); diff != "" {
			t.Errorf("another topology comes of it the second time:\n%s", diff)
		}
		for _, d := range check.Mistakes(mistakes) {
			if d.Code == "" || d.Message == "" || !d.Broken {
				t.Errorf("a mistake without words: %+v", d)
			}
		}
		courses := flow.NewCache(topology)
		for _, q := range topology.Requests {
			courses.Of(q)
		}
		if _, err := check.RunWith(context.Background(), check.Options{Today: "2026-11-01"}, topology, courses); err != nil {
			t.Fatal(err)
		}
	})
}

// senseless draws a draft with few names, so that they meet.
func senseless(t *rapid.T) *flow.Draft {
	d := &flow.Draft{Name: "m"}
	if rapid.IntRange(0, 9).Draw(t, "lost file") == 0 {
		d.Lost.File = true
	}
	if rapid.IntRange(0, 9).Draw(t, "lost name") == 0 {
		d.Lost.Names = []string{"a"}
	}
	if rapid.IntRange(0, 9).Draw(t, "unnamed") == 0 {
		d.Lost.Unnamed = []flow.DeclKind{flow.DeclKind(rapid.IntRange(int(flow.DeclZone)-1, int(flow.DeclView)+1).Draw(t, "unnamed kind"))}
	}
	g := drafter{t}
	kinds := []func() flow.Declaration{
		func() flow.Declaration { return &flow.ZoneDraft{Decl: g.decl()} },
		func() flow.Declaration { return &flow.LinkDraft{A: g.ref(), B: g.ref(), Trust: stated(flow.Trusted)} },
		func() flow.Declaration { return &flow.CADraft{Decl: g.decl(), Private: stated(g.coin())} },
		func() flow.Declaration { return &flow.CertificateDraft{Decl: g.decl(), Issuer: g.ref()} },
		func() flow.Declaration { return &flow.NamespaceDraft{Decl: g.decl(), Labels: g.labels()} },
		func() flow.Declaration { return &flow.ClientDraft{Decl: g.decl(), Zone: g.ref(), End: g.clientEnd()} },
		func() flow.Declaration { return g.proxy() },
		func() flow.Declaration { return g.backend() },
		func() flow.Declaration { return g.route() },
		func() flow.Declaration { return g.request() },
		func() flow.Declaration { return g.request() },
		func() flow.Declaration {
			return &flow.ViewDraft{Decl: g.decl(), ViewFacts: flow.ViewFacts{Kind: "sequence"}, Of: g.refs(), Only: g.refs()}
		},
	}
	if g.rare() {
		d.Declarations = append(d.Declarations, nil, (*flow.ProxyDraft)(nil))
	}
	for range rapid.IntRange(0, 14).Draw(t, "declarations") {
		d.Declarations = append(d.Declarations, rapid.SampledFrom(kinds).Draw(t, "kind")())
	}
	return d
}

func stated[T any](v T) flow.Fact[T] { return flow.State(v, source.Span{}) }

type drafter struct{ t *rapid.T }

func (g drafter) name() string {
	return rapid.SampledFrom([]string{"a", "b", "c", "A", "n/a", "10.0.0.1", "b/b-1", "client", "haproxy", ""}).Draw(g.t, "name")
}

// rare draws whether there is something that no text can have.
func (g drafter) rare() bool { return rapid.IntRange(0, 9).Draw(g.t, "rare") == 0 }

// odd draws a value that none of the enumerations has, or a huge number.
func (g drafter) odd() int { return rapid.SampledFrom([]int{-1, 9, 77, 1_000_000}).Draw(g.t, "odd") }

func (g drafter) coin() bool      { return rapid.Bool().Draw(g.t, "coin") }
func (g drafter) decl() flow.Decl { return flow.Decl{Name: g.name()} }
func (g drafter) ref() flow.Ref   { return stated(g.name()) }
func (g drafter) port() int       { return rapid.SampledFrom([]int{0, 80, 443, 8443}).Draw(g.t, "port") }

func (g drafter) refs() []flow.Ref {
	var out []flow.Ref
	for range rapid.IntRange(0, 2).Draw(g.t, "refs") {
		out = append(out, g.ref())
	}
	return out
}

func (g drafter) labels() []flow.Label {
	var out []flow.Label
	for range rapid.IntRange(0, 3).Draw(g.t, "labels") {
		out = append(out, flow.Label{Key: g.name(), Value: "v"})
	}
	return out
}

func (g drafter) clientEnd() flow.ClientEndDraft {
	return flow.ClientEndDraft{Trust: g.refs(), Certificate: g.ref()}
}

func (g drafter) serverEnd() flow.ServerEndDraft {
	auth := stated(flow.ClientAuthDraft{Mode: flow.AuthOptional, CA: g.ref()})
	return flow.ServerEndDraft{Certificates: g.refs(), ClientCertificate: auth}
}

func (g drafter) proxy() *flow.ProxyDraft {
	p := &flow.ProxyDraft{Decl: g.decl(), Zone: g.ref(), End: g.clientEnd(), From: g.refs(), Incomplete: g.coin()}
	for range rapid.IntRange(0, 2).Draw(g.t, "ports") {
		p.Listeners = append(p.Listeners, &flow.ListenerDraft{
			ListenerFacts: flow.ListenerFacts{Kind: flow.ListenKind(rapid.IntRange(0, 3).Draw(g.t, "listens")), Port: g.port()},
			End:           g.serverEnd(),
		})
	}
	if g.coin() {
		p.Domains = []flow.Fact[string]{stated("a.test")}
	}
	if g.coin() {
		p.Order = stated(flow.AsWritten)
	}
	if g.rare() {
		p.Order, p.Retries = stated(flow.RouteOrder(g.odd())), stated(g.odd())
		p.Admit = []flow.Selector{{Terms: []flow.SelectorTerm{{Key: "a", Op: "~"}}}}
		p.Listeners = append(p.Listeners, nil, &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenKind(g.odd())}})
	}
	return p
}

func (g drafter) backend() *flow.BackendDraft {
	b := &flow.BackendDraft{Decl: g.decl(), Zone: g.ref(), End: g.serverEnd(), NoServers: stated(g.coin()), LostServer: g.coin()}
	for range rapid.IntRange(0, 2).Draw(g.t, "servers") {
		b.Servers = append(b.Servers, &flow.ServerDraft{Decl: g.decl(), ServerFacts: flow.ServerFacts{Labels: g.labels()}})
	}
	if g.coin() {
		b.Check = stated(flow.Check{Kind: "tcp"})
	}
	if g.rare() {
		b.Speaks = stated(flow.Protocol(rapid.SampledFrom([]int{0, 99}).Draw(g.t, "speaks")))
		b.Servers = append(b.Servers, nil, &flow.ServerDraft{Decl: g.decl(), ServerFacts: flow.ServerFacts{State: stated(flow.ServerState(g.odd()))}})
	}
	return b
}

func (g drafter) route() *flow.RouteDraft {
	r := &flow.RouteDraft{Decl: flow.Decl{Name: g.name()}, Certificate: g.ref(), Incomplete: g.coin()}
	r.Labels, r.Upstream.End = g.labels(), g.clientEnd()
	if g.coin() {
		r.Host = stated(rapid.SampledFrom([]string{"a.test", "*.a.test", "10.0.0.1"}).Draw(g.t, "host"))
	}
	if g.coin() {
		r.Subdomain = stated("a")
	}
	if g.coin() {
		r.Mode = stated(rapid.SampledFrom(flow.Modes).Draw(g.t, "mode"))
	}
	if g.rare() {
		r.Mode, r.SNI = stated(flow.Mode(rapid.SampledFrom([]int{0, 99}).Draw(g.t, "no mode"))), stated(flow.SNIMatch(g.odd()))
		r.Insecure, r.SendProxy = stated(flow.Insecure(g.odd())), stated(flow.ProxyVersion(g.odd()))
		r.ClientCertificate = stated(flow.ClientAuthDraft{Mode: flow.AuthMode(g.odd())})
	}
	for range rapid.IntRange(0, 2).Draw(g.t, "on") {
		r.On = append(r.On, flow.OnDraft{Proxy: g.ref(), Port: g.port()})
	}
	for range rapid.IntRange(0, 3).Draw(g.t, "targets") {
		r.Targets = append(r.Targets, flow.TargetDraft{To: g.ref(), Port: g.port()})
	}
	return r
}

func (g drafter) request() *flow.RequestDraft {
	q := &flow.RequestDraft{Decl: flow.Decl{Name: g.name()}, From: g.ref(), Via: g.ref(), After: g.ref(), Incomplete: g.coin()}
	if g.coin() {
		q.Check = g.ref()
	}
	for range rapid.IntRange(0, 2).Draw(g.t, "calls") {
		scheme := rapid.SampledFrom([]string{"", "http", "https", "tls"}).Draw(g.t, "scheme")
		q.Calls = append(q.Calls, flow.Call{Scheme: scheme, Host: "x.a.test", Port: g.port()})
	}
	if g.rare() {
		q.Times, q.Stop = stated(g.odd()), stated(flow.StopAfter(g.odd()))
		q.Expect = append(q.Expect, flow.ExpectDraft{})
	}
	for range rapid.IntRange(0, 2).Draw(g.t, "expectations") {
		q.Expect = append(q.Expect, flow.ExpectDraft{Ending: flow.Closed{}, From: g.ref()})
	}
	return q
}

// graph writes a value and all that it points to, each thing once.
func graph(v any) string {
	var out strings.Builder
	seen := map[uintptr]int{}
	var write func(v reflect.Value)
	write = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				out.WriteString("nil\n")
				return
			}
			if v.Kind() == reflect.Pointer {
				if n, ok := seen[v.Pointer()]; ok {
					fmt.Fprintf(&out, "#%d\n", n)
					return
				}
				seen[v.Pointer()] = len(seen)
			}
			write(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					out.WriteString(v.Type().Field(i).Name + ": ")
					write(v.Field(i))
				}
			}
		case reflect.Slice:
			fmt.Fprintf(&out, "%d of\n", v.Len())
			for i := range v.Len() {
				write(v.Index(i))
			}
		default:
			fmt.Fprintf(&out, "%#v\n", v)
		}
	}
	write(reflect.ValueOf(v))
	return out.String()
}
