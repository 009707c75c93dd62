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
	somePaths = []string{"", "/", "/a", "/a/b"}
)

// indexed is a model of two proxies, one before the other, whose routes are
// drawn at random, hosts that are hardly any among them.
func indexed(t *rapid.T) *Topology {
	m := model(ModeEdge)
	balance(m)
	inner, outer := m.Proxies[0], m.Proxies[1]
	inner.Domains = []Fact[string]{Default("test")}
	outer.Listeners[1].End.Certificates = slices.Clone(rapid.SampledFrom([][]Fact[*Certificate]{nil, {Default(m.Certificates[0])}}).Draw(t, "outer certificate"))
	m.Routes, inner.Routes, outer.Routes = nil, nil, nil
	for i := range rapid.IntRange(0, 12).Draw(t, "routes") {
		p := rapid.SampledFrom([]*Proxy{inner, inner, outer}).Draw(t, "proxy")
		r := &Route{
			Decl: Decl{Name: fmt.Sprintf("r%d", i)}, Proxies: []*Proxy{p}, On: []OnProxy{{Proxy: p}},
			RouteFacts: RouteFacts{
				Host:     Default(rapid.SampledFrom(someHosts).Draw(t, "host")),
				Path:     Default(rapid.SampledFrom(somePaths).Draw(t, "path")),
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
		path := rapid.SampledFrom(somePaths).Draw(t, "request path")
		walked := answers(m, name, path)
		m.index()
		if diff := cmp.Diff(walked, answers(m, name, path)); diff != "" {
			t.Errorf("%q: without an index (-) and with one (+):\n%s", name, diff)
		}
	})
}

// answers is everything that is looked for among the routes of a topology, by
// a plain walk where there is no index.
func answers(m *Topology, name, path string) []string {
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
	for _, p := range m.Proxies {
		for r := range p.RoutesFor(name) {
			say("for the name", p.Name, r.Name)
		}
		for _, l := range p.Listeners {
			up, port := m.before(p, l.Port, name)
			say("before", up != nil, port)
			bySNI := l.SNIRoute(name)
			byRequest, insecure := l.HTTPRoute(name, path, nil)
			if p.index == nil {
				bySNI = walk(p, func(r *Route) bool { return l.MismatchBySNI(r, name) == MismatchNone })
				byRequest = walk(p, func(r *Route) bool { return l.MismatchByRequest(r, name, path, nil) == MismatchNone })
			}
			say("SNI", named(bySNI))
			say("HTTP", named(byRequest), insecure)
			say("terminated", named(l.terminated(name)))
			certificate, fits := l.CertificateFor(name)
			say("certificate", certificate == nil, certificate == m.Certificates[0], fits)
			say("facts", l.Inspects(), l.OnlyRelays())
		}
	}
	return out
}

// walk is the first of all routes of a proxy that meets a condition.
func walk(p *Proxy, meets func(*Route) bool) *Route {
	if i := slices.IndexFunc(p.Routes, meets); i >= 0 {
		return p.Routes[i]
	}
	return nil
}
