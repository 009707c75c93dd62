package flow

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	someHosts = []string{"", "a.test", "A.Test", "a.test.", "b.a.test", "*.a.test", "*.test", "*.A.TEST.", "test", "*", "*.", "*..", ".", "..", ".test", "ä.test", "Ä.test", "any.test", "x.b.a.test"}
	somePaths = []string{"", "/", "/a", "/a/", "/a/b", "/a/b?q=/a/b/c", "/a//b", "//", "a/b", "/ab", "?"}
	// a header that differs in case, in its value, and by a letter that only EqualFold takes for an s
	someMatches = []Match{
		{Kind: MatchHeader, Name: "X-S", Values: []string{"1"}}, {Kind: MatchHeader, Name: "x-s", Values: []string{"1"}},
		{Kind: MatchHeader, Name: "X-S", Values: []string{"2"}}, {Kind: MatchHeader, Name: "X-S", Values: []string{"1", "2"}},
		{Kind: MatchHeader, Name: "X-S", Values: []string{"1"}, Not: true}, {Kind: MatchHeader, Name: "X-S", How: Present},
		{Kind: MatchHeader, Name: "X-S", How: Begins, Values: []string{"1", "x"}, AnyCase: true},
		{Kind: MatchHeader, Name: "x-ſ", Values: []string{"1"}}, {Kind: MatchCookie, Name: "stage", Values: []string{"a"}},
		{Kind: MatchCookie, Name: "stage", Values: []string{"b"}}, {Kind: MatchCookie, Name: "stage", Values: []string{"A"}, AnyCase: true},
		{Kind: MatchQuery, Name: "q", How: Contains, Values: []string{"a"}}, {Kind: MatchQuery, Name: "q", How: Present, Not: true},
		{Kind: MatchPath, How: Begins, Values: []string{"/a", "/"}}, {Kind: MatchPath, How: Begins, Values: []string{"/ab"}},
		{Kind: MatchPath, How: Below, Values: []string{"/A/", "/a/b"}, AnyCase: true}, {Kind: MatchPath, Values: []string{"/a/", ""}},
		{Kind: MatchPath, Values: []string{"/a", "/ab"}}, {Kind: MatchPath, How: Below, Values: []string{"/a", "/x"}},
		{Kind: MatchPath, How: Ends, Values: []string{"b"}, Not: true}, {Kind: MatchPath, How: Regex, Values: []string{"^/a+(/b)?$"}},
		{Kind: MatchHost, How: Ends, Values: []string{".a.test"}}, {Kind: MatchHost, Values: []string{"a.test", "*.test"}, Not: true},
		{Kind: MatchHost, How: Below, Values: []string{"a.test"}}, {Kind: MatchMethod, Values: []string{"GET", "HEAD"}},
		{Kind: MatchMethod, Values: []string{"POST"}, Not: true}, {Kind: MatchSource, Values: []string{"10.0.0.0/8", "2001:db8::1"}},
		{Kind: MatchSource, Values: []string{"10.1.0.0/16"}, Not: true}, {Kind: MatchTLS}, {Kind: MatchTLS, Not: true},
	}
	someMethods = []string{"GET", "POST", "HEAD"}
	someSources = []string{"", "10.0.0.7", "10.1.0.7", "192.0.2.7", "2001:db8::1"}
	someFields  = []HeaderField{
		{"X-S", "1"}, {"x-S", "2"}, {"x-ſ", "1"}, {"Cookie", "stage=a; other=1"}, {"cookie", " x=1;stage=b "},
	}
)

// indexed is a model of two proxies, one before the other, whose routes are
// drawn at random, hosts that are hardly any among them.
func indexed(t *rapid.T) *Topology {
	m := model(ModeEdge)
	balance(m)
	inner, outer := m.Proxies[0], m.Proxies[1]
	inner.Domains = []Fact[string]{Default("test")}
	outer.Listeners[1].End.Certificates = slices.Clone(rapid.SampledFrom([][]Fact[*Certificate]{nil, {Default(m.Certificates[0])}}).Draw(t, "outer certificate"))
	for range rapid.SampledFrom([]int{0, 0, 3, 20}).Draw(t, "more certificates") {
		names := rapid.SliceOfN(rapid.SampledFrom(someHosts), 0, 2).Draw(t, "names")
		c := &Certificate{}
		for _, n := range names {
			c.Names = append(c.Names, Default(n))
		}
		outer.Listeners[1].End.Certificates = append(outer.Listeners[1].End.Certificates, Default(c))
		m.Backends[0].End.Certificates = append(m.Backends[0].End.Certificates, Default(c))
	}
	for _, d := range rapid.SliceOfN(rapid.SampledFrom(someHosts[1:]), 0, 2).Draw(t, "domains") {
		outer.Domains = append(outer.Domains, Default(d))
	}
	m.Routes, inner.Routes, outer.Routes = nil, nil, nil
	most, hosts := 12, someHosts
	if rapid.Bool().Draw(t, "crowd") {
		most, hosts = 60, []string{"", "a.test", "A.test.", "*.test"}
	}
	for i := range rapid.IntRange(0, most).Draw(t, "routes") {
		p := rapid.SampledFrom([]*Proxy{inner, inner, outer}).Draw(t, "proxy")
		r := &Route{
			Decl: Decl{Name: fmt.Sprintf("r%d", i)}, Proxies: []*Proxy{p}, On: []OnProxy{{Proxy: p}},
			RouteFacts: RouteFacts{
				Host:     Default(rapid.SampledFrom(hosts).Draw(t, "host")),
				Path:     Default(rapid.SampledFrom(somePaths).Draw(t, "path")),
				Matches:  rapid.SliceOfN(rapid.SampledFrom(someMatches), 0, 2).Draw(t, "matches"),
				SNI:      Default(rapid.SampledFrom([]SNIMatch{SNIHost, SNIHost, SNINone, SNIAny}).Draw(t, "sni")),
				Mode:     Default(rapid.SampledFrom(Modes).Draw(t, "mode")),
				Insecure: Default(Insecure(rapid.IntRange(1, 3).Draw(t, "insecure"))),
			},
			Targets: []*Target{{Backend: m.Backends[0], Weight: Default(1)}},
		}
		if rapid.IntRange(0, 5).Draw(t, "subdomain") == 0 {
			r.Subdomain = Default("a")
		}
		if rapid.IntRange(0, 5).Draw(t, "one port") == 0 {
			r.On[0].Port = rapid.SampledFrom([]int{80, 443}).Draw(t, "port")
		}
		if rapid.Bool().Draw(t, "certificate") {
			r.Certificate = Default(m.Certificates[rapid.IntRange(0, 1).Draw(t, "which")])
		}
		for range rapid.IntRange(0, 2).Draw(t, "proxies after to") {
			r.Targets = append(r.Targets, &Target{Proxy: inner, Port: rapid.SampledFrom([]int{0, 80, 443}).Draw(t, "to port"), Weight: Default(1)})
		}
		m.Routes, p.Routes = append(m.Routes, r), append(p.Routes, r)
	}
	return m
}

// TestIndex holds that what an index answers is what a walk over all routes
// does, in whichever order they are.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := indexed(t)
		name := rapid.SampledFrom(someHosts).Draw(t, "name")
		h := someHead(t)
		h.Host = name
		walked := answers(m, name, h)
		m.index()
		if diff := cmp.Diff(walked, answers(m, name, h)); diff != "" {
			t.Errorf("%+v: without an index (-) and with one (+):\n%s", h, diff)
		}
	})
}

// answers is everything that is looked for among the routes of a topology, by
// a plain walk where there is no index.
func answers(m *Topology, name string, h Head) []string {
	var out []string
	say := func(what string, more ...any) { out = append(out, fmt.Sprint(what, ": ", more)) }
	named := func(r *Route) string {
		if r == nil {
			return "no route"
		}
		return r.Name
	}
	entries, domain := m.EntryProxies(name)
	for _, p := range entries {
		say("entry", p.Name, domain)
	}
	certificate, fits := m.Backends[0].End.certificateFor(name)
	say("server certificate", which(m.Backends[0].End.Certificates, certificate), fits)
	for _, p := range m.Proxies {
		for r := range p.RoutesFor(name) {
			say("for the name", p.Name, r.Name)
		}
		for _, l := range p.Listeners {
			up, port := m.before(p, l.Port, name)
			say("before", up != nil, port)
			bySNI := l.SNIRoute(name)
			relayed := l.RelayRoute(h)
			byRequest, insecure := l.HTTPRoute(h)
			if p.index == nil {
				bySNI = walkSNI(l, Head{Host: name, TLS: true})
				relayed = walkSNI(l, Head{Host: name, Source: h.Source, TLS: true})
				byRequest = walk(p, func(r *Route) bool { return l.MismatchByRequest(r, h) == MismatchNone })
			}
			say("SNI", named(bySNI), named(relayed), named(l.PlainRoute(h.Source)))
			say("relaying", fmt.Sprint(named(l.relaying(Head{Host: name, Source: h.Source, TLS: true}).route), named(l.relaying(Head{Source: h.Source}).route)))
			say("bytes", named(l.bytesRoute(h)))
			say("HTTP", named(byRequest), insecure)
			say("terminated", named(l.terminated(name)))
			certificate, fits := l.CertificateFor(name)
			say("certificate", which(l.End.Certificates, certificate), certificate == m.Certificates[0], fits)
			say("facts", l.Inspects(), l.OnlyRelays())
		}
	}
	return out
}

// someHead is a request.
func someHead(t *rapid.T) Head {
	return Head{
		Method: rapid.SampledFrom(someMethods).Draw(t, "method"), Host: rapid.SampledFrom(someHosts).Draw(t, "host"),
		Path: rapid.SampledFrom(somePaths).Draw(t, "request path"), Fields: rapid.SliceOfN(rapid.SampledFrom(someFields), 0, 2).Draw(t, "fields"),
		Source: rapid.SampledFrom(someSources).Draw(t, "source"), TLS: rapid.Bool().Draw(t, "TLS"),
	}
}

// walkSNI is RelayRoute by a walk over all routes.
func walkSNI(l *Listener, h Head) *Route {
	r := walk(l.Proxy, func(r *Route) bool { return l.MismatchBySNI(r, h) == MismatchNone })
	if r != nil && l.TakesRest(r) && l.endsBefore(r, h.Host) {
		return nil
	}
	return r
}

// walk is the first of all routes of a proxy that meets a condition.
func walk(p *Proxy, meets func(*Route) bool) *Route {
	if i := slices.IndexFunc(p.Routes, meets); i >= 0 {
		return p.Routes[i]
	}
	return nil
}

// which is the position of a certificate; -1 for another one, or none.
func which(all []Fact[*Certificate], c *Certificate) int {
	return slices.IndexFunc(all, func(f Fact[*Certificate]) bool { return f.V == c })
}
