package advice

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
)

// rendered is what a step says, and what it makes of a text.
func rendered(t *testing.T, text string, steps func(*flow.Topology) []diag.Step) (words, edited string) {
	t.Helper()
	file, broken := grammar.Parse(source.NewFile("m.flow", text))
	draft, more := resolve.Draft("m", file, nil)
	topology, mistakes := flow.Complete(draft)
	more = append(more, check.Mistakes(mistakes)...)
	for _, d := range append(broken, more...) {
		t.Fatalf("%s %s in\n%s", d.Code, d.Message, text)
	}
	r := New(topology, file, nil)
	w := diag.Suggestion{Steps: steps(topology)}
	for _, e := range slices.Backward(r.Edits(w)) {
		text = text[:e.At.Start] + e.New + text[e.At.End:]
	}
	return r.Words([]diag.Suggestion{w}), text
}

// place is a declaration of a model.
func placeOf(kind diag.Kind, d flow.Decl) diag.Place {
	return diag.Place{Kind: kind, Name: d.Name, At: d.At}
}

func upstream(r *flow.Route) diag.Place {
	p := placeOf(diag.KindRoute, r.Decl)
	p.Part, p.PartAt = diag.PartUpstream, r.Mode.At
	return p
}

// TestEdits holds what is written into lines of every kind.
func TestEdits(t *testing.T) {
	const route = "route r {\n    host a.test\n    tls reencrypt%s\n    to b\n}\n"
	named := func(m *flow.Topology) []diag.Step {
		return []diag.Step{{Do: diag.Add, In: upstream(m.Routes[0]), Fact: diag.FactCheckedName, Value: []string{"b.svc"}}}
	}
	spoken := func(m *flow.Topology) []diag.Step {
		b := m.Backends[0]
		p := placeOf(diag.KindBackend, b.Decl)
		p.Part, p.PartAt = diag.PartServing, b.Speaks.At
		return []diag.Step{{Do: diag.Add, In: p, Fact: diag.FactStrictSNI}}
	}
	accepted := func(m *flow.Topology) []diag.Step {
		l := m.Proxies[0].Listeners[1]
		p := placeOf(diag.KindProxy, m.Proxies[0].Decl)
		p.Part, p.Key, p.PartAt = diag.PartListener, ":443", l.At
		return []diag.Step{{Do: diag.Add, In: p, Fact: diag.FactAcceptProxy}}
	}
	both := func(m *flow.Topology) []diag.Step {
		steps := named(m)
		return append(steps, diag.Step{Do: diag.Add, In: steps[0].In, Fact: diag.FactTrust, Value: []string{"ca"}})
	}
	ended := func(m *flow.Topology) []diag.Step {
		r := m.Routes[0]
		at := diag.Step{Do: diag.Change, In: placeOf(diag.KindRoute, r.Decl), Fact: diag.FactMode, At: r.Mode.At, Was: []string{"edge"}, Value: []string{"reencrypt"}}
		return append([]diag.Step{at}, both(m)...)
	}
	mode := func(m *flow.Topology) []diag.Step {
		r := m.Routes[0]
		return []diag.Step{{Do: diag.Change, In: placeOf(diag.KindRoute, r.Decl), Fact: diag.FactMode, At: r.Mode.At, Was: []string{"reencrypt"}, Value: []string{"edge"}}}
	}
	trusted := func(m *flow.Topology) []diag.Step {
		trust := m.Clients[0].End.Trust
		return []diag.Step{{
			Do: diag.Change, In: placeOf(diag.KindClient, m.Clients[0].Decl), Fact: diag.FactTrust, At: trust[len(trust)-1].At,
			Was: []string{"a", "b"}, Value: []string{"a", "b", "c"},
		}}
	}
	removed := func(m *flow.Topology) []diag.Step {
		l := m.Proxies[0].Listeners[0]
		p := placeOf(diag.KindProxy, m.Proxies[0].Decl)
		p.Part, p.Key, p.PartAt = diag.PartListener, ":443", l.At
		return []diag.Step{{Do: diag.Remove, In: p, Fact: diag.FactStrictSNI, At: l.End.StrictSNI.At}}
	}
	for _, tc := range []struct {
		name       string
		steps      func(*flow.Topology) []diag.Step
		text, want string
		words      string
	}{
		{"a new block", named, strings.Replace(route, "%s", "", 1), strings.Replace(route, "%s", " {\nname b.svc\n}", 1), "replace `tls reencrypt` with `tls reencrypt { name b.svc }` in route \"r\""},
		{"a new block before a comment", named, strings.Replace(route, "%s", "  # ours", 1), strings.Replace(route, "%s", " {\nname b.svc\n}  # ours", 1), "replace `tls reencrypt` with `tls reencrypt { name b.svc }` in route \"r\""},
		{"within one line", named, strings.Replace(route, "%s", " { sni none }", 1), strings.Replace(route, "%s", " { sni none \nname b.svc\n}", 1), "add the line `name b.svc` to the block of `tls reencrypt` in route \"r\""},
		{"below others", named, strings.Replace(route, "%s", " {\n        sni none\n    }", 1), strings.Replace(route, "%s", " {\n        sni none\nname b.svc\n    }", 1), "add the line `name b.svc` to the block of `tls reencrypt` in route \"r\""},
		{"several lines", both, strings.Replace(route, "%s", "", 1), strings.Replace(route, "%s", " {\nname b.svc\ntrust ca\n}", 1), "replace `tls reencrypt` with the lines `tls reencrypt {`, `name b.svc`, `trust ca` and `}` in route \"r\""},
		{"a new mode with a block", ended, strings.Replace(route, "reencrypt%s", "edge", 1), strings.Replace(route, "%s", " {\nname b.svc\ntrust ca\n}", 1), "replace `tls edge` with the lines `tls reencrypt {`, `name b.svc`, `trust ca` and `}` in route \"r\""},
		{"a block goes with its mode", mode, strings.Replace(route, "%s", " { sni none }", 1), strings.Replace(route, "reencrypt%s", "edge", 1), "replace `tls reencrypt` and its block with `tls edge` in route \"r\""},
		{"a part that is not stated", spoken, "backend b {\n    server b-1\n}\nroute r { to b }\n", "backend b {\n    server b-1\nspeaks https {\nstrict-sni\n}\n}\nroute r { to b }\n", "add the line `speaks https { strict-sni }` to backend \"b\""},
		{"declarations that were supplied", spoken, "route r { to b }\nroute s {\n    path /s\n    to c\n}\n", "route r { to b }\nroute s {\n    path /s\n    to c\n}\n\nbackend c\nbackend b {\nspeaks https {\nstrict-sni\n}\n}\n", "add the lines `backend c` and `backend b { speaks https { strict-sni } }` at the end of the model"},
		{"ports that were supplied", accepted, "proxy p\nroute r { to b }\n", "proxy p {\nlisten http :80\nlisten https :443 {\naccept-proxy\n}\n}\nroute r { to b }\n", "replace `proxy p` with the lines `proxy p {`, `listen http :80`, `listen https :443 { accept-proxy }` and `}`"},
		{"a port of another kind", accepted, "proxy p {\n    listen http :80\n    listen tcp 10.0.0.1:443\n}\nroute r { to b }\n", "proxy p {\n    listen http :80\n    listen tcp 10.0.0.1:443 {\naccept-proxy\n}\n}\nroute r { to b }\n", "replace `listen tcp 10.0.0.1:443` with `listen tcp 10.0.0.1:443 { accept-proxy }` in proxy \"p\""},
		{"one of several statements", trusted, "ca a\nca b\nca c\nclient k {\n    trust a\n    trust b  # both\n}\nroute r { to x }\n", "ca a\nca b\nca c\nclient k {\n    trust a\n    trust b, c  # both\n}\nroute r { to x }\n", "replace `trust b` with `trust b, c` in client \"k\""},
		{"with its line", removed, "proxy p {\n    listen https :443 {\n        strict-sni\n    }\n}\nroute r { to b }\n", "proxy p {\n    listen https :443 {\n    }\n}\nroute r { to b }\n", "remove `strict-sni` from the block of `listen https :443` in proxy \"p\""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			words, got := rendered(t, tc.text, tc.steps)
			if got != tc.want {
				t.Errorf("the text is\n%s\nwant\n%s", got, tc.want)
			}
			if words != tc.words {
				t.Errorf("the words are %s, want %s", words, tc.words)
			}
		})
	}
}

// TestNested holds that declarations which stand in another one's block by
// mistake are found as what they are, wherever the other one ends.
func TestNested(t *testing.T) {
	for _, tc := range []struct{ name, text, words string }{
		{
			"the last line of all", "proxy p {\n    backend b\n    listen https :443 { tls 1.0..1.2 }\n}",
			"remove `tls 1.0..1.2` from the block of `listen https :443` in proxy \"p\"",
		},
		{
			"before another declaration", "proxy p { listen https :443 { tls 1.0..1.2 } }\nbackend x {\n    route r {\n        host r.test\n        to x\n    }\n}\n",
			"remove `tls 1.0..1.2` from the block of `listen https :443` in proxy \"p\"",
		},
		{
			"what stands in it", "backend x {\n    proxy p {\n        route r { to x }\n        listen https :443 { tls 1.0..1.2 }\n    }\n    server x-1\n}\n",
			"remove `tls 1.0..1.2` from the block of `listen https :443` in proxy \"p\"",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file, broken := grammar.Parse(source.NewFile("m.flow", tc.text))
			if len(broken) == 0 {
				t.Fatal("nothing is wrong with the text")
			}
			draft, _ := resolve.Draft("m", file, nil)
			m, _ := flow.Complete(draft)
			r := New(m, file, nil)
			l := m.Proxies[0].Listeners[0]
			in := placeOf(diag.KindProxy, m.Proxies[0].Decl)
			in.Part, in.Key, in.PartAt = diag.PartListener, ":443", l.At
			s := diag.Step{Do: diag.Remove, In: in, Fact: diag.FactVersions, At: l.End.TLS.At, Was: []string{"1.0..1.2"}}
			if got := r.Words([]diag.Suggestion{{Steps: []diag.Step{s}}}); got != tc.words {
				t.Errorf("the words are %s, want %s", got, tc.words)
			}
			for _, d := range []flow.Decl{m.Proxies[0].Decl, m.Backends[0].Decl} {
				if st := r.top(d.At); st.Args[0].Span().Text() != d.Name {
					t.Errorf("%s is looked for in %s", d.Name, head(st).Text())
				}
			}
			for _, route := range m.Routes {
				if st := r.top(route.At); st.Args[0].Span().Text() != route.Name {
					t.Errorf("%s is looked for in %s", route.Name, head(st).Text())
				}
			}
		})
	}
}

// TestForms holds that .flow states every fact by a keyword that the grammar
// has, or among the arguments of a declaration.
func TestForms(t *testing.T) {
	keywords := map[string]bool{}
	for _, s := range grammar.Statements {
		keywords[s.Keyword] = true
	}
	for fact, f := range forms() {
		keyword, _, _ := strings.Cut(f.keyword, " ")
		if !f.inline && keyword != "" && !keywords[keyword] {
			t.Errorf("%s is stated by %q, which the grammar does not have", fact, keyword)
		}
	}
}
