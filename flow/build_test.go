package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// given is a fact that is stated nowhere in a text.
func given[T any](v T) Fact[T] { return State(v, source.Span{}) }

// model is a topology with one client, one proxy on :80 and :443, and one
// route, in a mode; tests bend it, so that it has no index.
func model(mode Mode) *Topology {
	backend := &BackendDraft{
		Decl: Decl{Name: "shop"}, BackendFacts: BackendFacts{Speaks: given(SpeaksHTTP)},
		Servers: []*ServerDraft{{Decl: Decl{Name: "shop-1"}, ServerFacts: ServerFacts{Port: 8080}}},
	}
	if mode == ModeReencrypt || mode == ModePassthrough {
		backend.Speaks = given(SpeaksHTTPS)
		backend.End.Certificates = []Ref{given("back")}
	}
	call := Call{Scheme: "https", Host: "shop.apps.example.test", Path: "/a"}
	if mode == ModeNone {
		call.Scheme = "http"
	}
	m, mistakes := Complete(&Draft{Name: "m", Declarations: []Declaration{
		&CADraft{Decl: Decl{Name: "ca"}},
		&CADraft{Decl: Decl{Name: "other"}, Private: given(true)},
		&CertificateDraft{
			Decl: Decl{Name: "front"}, Issuer: given("ca"),
			CertificateFacts: CertificateFacts{Names: []Fact[string]{given("*.apps.example.test")}},
		},
		&CertificateDraft{
			Decl: Decl{Name: "back"}, Issuer: given("ca"),
			CertificateFacts: CertificateFacts{Names: []Fact[string]{given("shop.svc"), given("shop.apps.example.test")}},
		},
		&ClientDraft{Decl: Decl{Name: "client"}},
		&ProxyDraft{Decl: Decl{Name: "haproxy"}, Listeners: []*ListenerDraft{
			{ListenerFacts: ListenerFacts{Kind: ListenHTTP, Unmatched: given("503")}},
			{ListenerFacts: ListenerFacts{Kind: ListenHTTPS, Unmatched: given("503")}, End: ServerEndDraft{Certificates: []Ref{given("front")}}},
		}},
		backend,
		&RouteDraft{
			Decl: Decl{Name: "shop"}, RouteFacts: RouteFacts{Host: given("shop.apps.example.test"), Mode: given(mode)},
			Upstream: UpstreamDraft{UpstreamFacts: UpstreamFacts{Name: given("shop.svc")}},
			Targets:  []TargetDraft{{To: given("shop")}},
		},
		&RequestDraft{Decl: Decl{Name: "r"}, RequestFacts: RequestFacts{Calls: []Call{call}}},
	}})
	if len(mistakes) > 0 {
		panic(mistakes)
	}
	m.forget()
	return m
}

// forget takes the index away, which would not follow what a test bends.
func (t *Topology) forget() {
	t.into, t.ups, t.domains, t.outer = nil, nil, nil, nil
	for _, p := range t.Proxies {
		p.index = nil
		for _, l := range p.Listeners {
			l.facts, l.End.names = nil, nil
		}
	}
}

// dump writes a lifecycle as one line a step.
func dump(lc *Lifecycle) string {
	var b strings.Builder
	for _, s := range lc.Steps {
		var after []string
		for _, a := range s.After {
			after = append(after, fmt.Sprint(a.N))
		}
		mark := ""
		if s.Optional {
			mark += "?"
		}
		if s.Protected {
			mark += "*"
		}
		if s.Fault != FaultNone {
			mark += "!"
		}
		if s.Wait > 0 {
			mark += fmt.Sprintf("+%dms", s.Wait)
		}
		if s.Kind() == Action {
			fmt.Fprintf(&b, "%3d %s [%s] %s %s < %s\n", s.N, s.ID, s.At.ID, said.Detail(s), mark, strings.Join(after, " "))
			continue
		}
		fmt.Fprintf(&b, "%3d %s %s>%s %s%s %s < %s\n", s.N, s.ID, s.From.ID, s.To.ID, s.Op, mark, said.Detail(s), strings.Join(after, " "))
	}
	o := lc.Outcome
	fmt.Fprintf(&b, "outcome %s from %s, %d attempts, fault %d: %s\n", said.Outcome(o), o.FromID(), o.Attempts, o.Fault, said.Why(o.Why))
	fmt.Fprintf(&b, "assumed %s\n", strings.Join(said.Assumed(lc.Assumed), "; "))
	return b.String()
}

// Words are those of package words, which a test of this package cannot import.
type Words struct {
	Detail  func(*Step) string
	Outcome func(Outcome) string
	Why     func(*Why) string
	Assumed func([]Assumption) []string
}

var said Words

// SetWords lets the tests of this package say what they see.
func SetWords(w Words) Words {
	said = w
	return w
}

// Unknowable says which steps wait for what whoever performs them cannot know: the
// sender of a message and the node of an action take part in each step that must
// come directly before, as its sender, its receiver or its node.
func Unknowable(lc *Lifecycle) []string {
	var out []string
	for _, s := range slices.Concat(lc.Steps, lc.Later) {
		who := s.At
		if s.Kind() == Message {
			who = s.From
		}
		for _, a := range s.After {
			if a.At != who && a.From != who && a.To != who {
				out = append(out, fmt.Sprintf("%s of %s comes after %s", s.ID, who.ID, a.ID))
			}
		}
	}
	return out
}
