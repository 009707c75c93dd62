package diff_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/source"
)

// editor makes one edit in a draft.
type editor struct {
	d   *flow.Draft
	rnd *rand.Rand
}

// some is one of the declarations of a kind; the zero value for none.
func some[T flow.Declaration](e *editor) T {
	var all []T
	for _, x := range e.d.Declarations {
		if d, ok := x.(T); ok {
			all = append(all, d)
		}
	}
	if len(all) == 0 {
		var none T
		return none
	}
	return all[e.rnd.IntN(len(all))]
}

func (e *editor) coin() bool { return e.rnd.IntN(2) == 0 }

func fact[T any](v T) flow.Fact[T] { return flow.State(v, source.Span{}) }

func oneOf[T any](e *editor, of ...T) T { return of[e.rnd.IntN(len(of))] }

// drop takes a declaration out.
func (e *editor) drop(x flow.Declaration) {
	e.d.Declarations = slices.DeleteFunc(e.d.Declarations, func(o flow.Declaration) bool { return o == x })
}

func (e *editor) listener() *flow.ListenerDraft {
	if p := some[*flow.ProxyDraft](e); p != nil && len(p.Listeners) > 0 {
		return p.Listeners[e.rnd.IntN(len(p.Listeners))]
	}
	return nil
}

func (e *editor) ca() flow.Ref {
	if ca := some[*flow.CADraft](e); ca != nil {
		return fact(ca.Name)
	}
	return flow.Ref{}
}

// edits are the edits that somebody may make; they return false where there is nothing to edit.
var edits = []struct {
	name string
	make func(*editor) bool
}{
	{"mode", onRoute(func(e *editor, r *flow.RouteDraft) { r.Mode = fact(oneOf(e, flow.Modes...)) })},
	{"insecure", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Insecure = fact(oneOf(e, flow.InsecureNone, flow.InsecureAllow, flow.InsecureRedirect))
	})},
	{"host", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Host = fact(oneOf(e, "other.example.test", "*.apps.example.test", "shop.apps.example.test"))
	})},
	{"path", onRoute(func(e *editor, r *flow.RouteDraft) { r.Path = fact(oneOf(e, "", "/cart", "/api")) })},
	{"allow", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Allow = nil
		if e.coin() {
			r.Allow = []flow.Fact[string]{fact(oneOf(e, "10.0.0.0/8", "192.0.2.0/24"))}
		}
	})},
	{"verify", onRoute(func(e *editor, r *flow.RouteDraft) { r.Upstream.End.Verify = fact(e.coin()) })},
	{"name", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Upstream.Name = fact(oneOf(e, "", "shop.svc", "other.svc"))
	})},
	{"trust", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Upstream.End.Trust = nil
		if ca := e.ca(); ca.V != "" && e.coin() {
			r.Upstream.End.Trust = []flow.Ref{ca}
		}
	})},
	{"route's client certificate", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.ClientCertificate = fact(flow.ClientAuthDraft{Mode: oneOf(e, flow.AuthNone, flow.AuthOptional, flow.AuthRequired), CA: e.ca()})
	})},
	{"without-certificate", onRoute(func(e *editor, r *flow.RouteDraft) { r.WithoutCertificate = fact(oneOf(e, 0, 421)) })},
	{"send-proxy", onRoute(func(e *editor, r *flow.RouteDraft) { r.SendProxy = fact(oneOf[flow.ProxyVersion](e, 0, 1, 2)) })},
	{"target", onRoute(func(e *editor, r *flow.RouteDraft) {
		if b := some[*flow.BackendDraft](e); b != nil && !r.Answer.IsSet() && !r.Redirect.IsSet() {
			r.Targets = []flow.TargetDraft{{To: fact(b.Name)}}
		}
	})},
	{"answer", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Targets, r.Answer, r.Redirect = nil, fact(flow.Answer{Status: oneOf(e, 200, 403)}), flow.Fact[flow.RedirectTo]{}
	})},
	{"timeout", onRoute(func(_ *editor, r *flow.RouteDraft) {
		r.Timeouts = append(r.Timeouts, flow.Timeout{Kind: "server", Millis: 77_000})
	})},
	{"label", onRoute(func(_ *editor, r *flow.RouteDraft) { r.Label = "another label" })},
	{"header", onRoute(func(_ *editor, r *flow.RouteDraft) {
		r.Headers = append(r.Headers, flow.HeaderAction{On: "response", Do: "set", Name: "X-Edit", Value: "1"})
	})},
	{"no route", onRoute(func(e *editor, r *flow.RouteDraft) { e.drop(r) })},
	{"no client", func(e *editor) bool {
		c := some[*flow.ClientDraft](e)
		if c != nil {
			e.drop(c)
		}
		return c != nil
	}},
	{"client's versions", onClient(func(e *editor, c *flow.ClientDraft) {
		c.End.TLS = fact(oneOf(e, flow.Versions{Min: flow.TLS12, Max: flow.TLS12}, flow.Versions{Min: flow.TLS13, Max: flow.TLS13}))
	})},
	{"client's certificate", onClient(func(_ *editor, c *flow.ClientDraft) { c.End.Certificate = flow.Ref{} })},
	{"client's address", onClient(func(e *editor, c *flow.ClientDraft) { c.Address = fact(oneOf(e, "192.0.2.7", "10.1.1.1")) })},
	{"speaks", onBackend(func(e *editor, b *flow.BackendDraft) {
		b.Speaks = fact(oneOf(e, flow.SpeaksHTTP, flow.SpeaksHTTPS))
	})},
	{"certificates of servers", onBackend(func(_ *editor, b *flow.BackendDraft) { b.End.Certificates = nil })},
	{"servers' client certificate", onBackend(func(e *editor, b *flow.BackendDraft) {
		b.End.ClientCertificate = fact(flow.ClientAuthDraft{Mode: oneOf(e, flow.AuthNone, flow.AuthRequired), CA: e.ca()})
	})},
	{"server", onBackend(func(e *editor, b *flow.BackendDraft) {
		for _, s := range b.Servers {
			s.State = fact(oneOf(e, flow.ServerUp, flow.ServerDown, flow.ServerRefuses, flow.ServerSilent))
		}
	})},
	{"zone of servers", onBackend(func(e *editor, b *flow.BackendDraft) {
		b.Zone = flow.Ref{}
		if z := some[*flow.ZoneDraft](e); z != nil {
			b.Zone = fact(z.Name)
		}
	})},
	{"zone", func(e *editor) bool {
		z := some[*flow.ZoneDraft](e)
		if z != nil {
			z.Trust = fact(oneOf(e, flow.Trusted, flow.Untrusted))
		}
		return z != nil
	}},
	{"versions of a port", onListener(func(e *editor, l *flow.ListenerDraft) {
		l.End.TLS = fact(oneOf(e, flow.Versions{Min: flow.TLS10, Max: flow.TLS12}, flow.Versions{Min: flow.TLS13, Max: flow.TLS13}))
	})},
	{"certificates of a port", onListener(func(e *editor, l *flow.ListenerDraft) {
		l.End.Certificates = nil
		if k := some[*flow.CertificateDraft](e); k != nil && l.Kind != flow.ListenHTTP {
			l.End.Certificates = []flow.Ref{fact(k.Name)}
		}
	})},
	{"client certificate of a port", onListener(func(e *editor, l *flow.ListenerDraft) {
		if l.Kind != flow.ListenHTTP {
			l.End.ClientCertificate = fact(flow.ClientAuthDraft{Mode: oneOf(e, flow.AuthNone, flow.AuthOptional, flow.AuthRequired), CA: e.ca()})
		}
	})},
	{"accept-proxy", onListener(func(e *editor, l *flow.ListenerDraft) { l.AcceptProxy = fact(e.coin()) })},
	{"port", onListener(func(e *editor, l *flow.ListenerDraft) { l.Port = oneOf(e, 443, 8443, 80) })},
	{"names", func(e *editor) bool {
		k := some[*flow.CertificateDraft](e)
		if k != nil {
			k.Names = []flow.Fact[string]{fact(oneOf(e, "*.example.test", "nobody.test"))}
		}
		return k != nil
	}},
	{"issuer", func(e *editor) bool {
		k := some[*flow.CertificateDraft](e)
		if k != nil {
			k.Issuer = e.ca()
		}
		return k != nil
	}},
	{"source", func(e *editor) bool {
		p := some[*flow.ProxyDraft](e)
		if p != nil {
			p.Source = fact("10.0.0.99")
		}
		return p != nil
	}},
	{"weights", onRoute(func(e *editor, r *flow.RouteDraft) {
		for i := range r.Targets {
			r.Targets[i].Weight = fact(oneOf(e, 0, 1, 50))
		}
	})},
	{"second target", onRoute(func(e *editor, r *flow.RouteDraft) {
		if b := some[*flow.BackendDraft](e); b != nil && len(r.Targets) > 0 {
			r.Targets = append(slices.Clone(r.Targets), flow.TargetDraft{To: fact(b.Name), Weight: fact(oneOf(e, 0, 1))})
		}
	})},
	{"wildcard", onRoute(func(e *editor, r *flow.RouteDraft) {
		if _, below, ok := strings.Cut(r.Host.V, "."); ok {
			r.Host = fact(oneOf(e, "*."+below, "www."+below, below))
		}
	})},
	{"further host", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Hosts = append(slices.Clone(r.Hosts), fact(oneOf(e, "further.example.test", "*.further.test")))
	})},
	{"condition", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Matches = append(slices.Clone(r.Matches), oneOf(e,
			flow.Match{Kind: flow.MatchMethod, How: flow.Exact, Values: []string{"GET"}, Not: e.coin()},
			flow.Match{Kind: flow.MatchSource, How: flow.Exact, Values: []string{"10.0.0.0/8"}, Not: e.coin()},
			flow.Match{Kind: flow.MatchTLS, Not: e.coin()}))
	})},
	{"inverted condition", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Matches = slices.Clone(r.Matches)
		for i := range r.Matches {
			r.Matches[i].Not = !r.Matches[i].Not
		}
	})},
	{"namespace of a route", onRoute(func(e *editor, r *flow.RouteDraft) {
		if n := some[*flow.NamespaceDraft](e); n != nil {
			_, own, ok := strings.Cut(r.Name, "/")
			if ok {
				r.Name = n.Name + "/" + own
			}
		}
	})},
	{"redirect", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.Targets, r.Answer = nil, flow.Fact[flow.Answer]{}
		r.Redirect = fact(flow.RedirectTo{Kind: flow.RedirectLocation, To: oneOf(e, "https://other.example.test/", "/moved"), Status: oneOf(e, 301, 302)})
	})},
	{"rewrite", onRoute(func(e *editor, r *flow.RouteDraft) { r.Rewrite = fact(oneOf(e, "", "/", "/v2")) })},
	{"SNI", onRoute(func(e *editor, r *flow.RouteDraft) { r.Upstream.SNI = fact(oneOf(e, "", "shop.svc", "other.svc")) })},
	{"labels of a route", onRoute(func(e *editor, r *flow.RouteDraft) { r.Labels = nil })},
	{"ports of a route", onRoute(func(e *editor, r *flow.RouteDraft) {
		r.On = nil
		if p := some[*flow.ProxyDraft](e); p != nil && e.coin() {
			r.On = []flow.OnDraft{{Proxy: fact(p.Name), Port: oneOf(e, 0, 80, 443)}}
		}
	})},
	{"order of routes", func(e *editor) bool {
		var at []int
		for i, x := range e.d.Declarations {
			if _, ok := x.(*flow.RouteDraft); ok {
				at = append(at, i)
			}
		}
		if len(at) < 2 {
			return false
		}
		i := e.rnd.IntN(len(at) - 1)
		a, b := at[i], at[i+1]
		e.d.Declarations[a], e.d.Declarations[b] = e.d.Declarations[b], e.d.Declarations[a]
		return true
	}},
	{"order of a proxy", onProxy(func(e *editor, p *flow.ProxyDraft) { p.Order = fact(oneOf(e, flow.ByPrecedence, flow.AsWritten)) })},
	{"zone of a proxy", onProxy(func(e *editor, p *flow.ProxyDraft) {
		p.Zone = flow.Ref{}
		if z := some[*flow.ZoneDraft](e); z != nil {
			p.Zone = fact(z.Name)
		}
	})},
	{"trust of a proxy", onProxy(func(e *editor, p *flow.ProxyDraft) {
		p.End.Trust = nil
		if ca := e.ca(); ca.V != "" && e.coin() {
			p.End.Trust = []flow.Ref{ca}
		}
	})},
	{"admission", onProxy(func(e *editor, p *flow.ProxyDraft) { p.Admit, p.AdmitNamespaces = nil, nil })},
	{"one proxy less", func(e *editor) bool {
		p := some[*flow.ProxyDraft](e)
		if p != nil {
			e.drop(p)
		}
		return p != nil
	}},
	{"backup", onBackend(func(e *editor, b *flow.BackendDraft) {
		for _, s := range b.Servers {
			s.Backup = fact(e.coin())
		}
	})},
	{"accept-proxy of servers", onBackend(func(e *editor, b *flow.BackendDraft) { b.AcceptProxy = fact(e.coin()) })},
	{"client's trust", onClient(func(e *editor, c *flow.ClientDraft) {
		c.End.Trust = nil
		if ca := e.ca(); ca.V != "" && e.coin() {
			c.End.Trust = []flow.Ref{ca}
		}
	})},
	{"client's zone", onClient(func(e *editor, c *flow.ClientDraft) {
		c.Zone = flow.Ref{}
		if z := some[*flow.ZoneDraft](e); z != nil {
			c.Zone = fact(z.Name)
		}
	})},
	{"client verifies", onClient(func(e *editor, c *flow.ClientDraft) { c.End.Verify = fact(e.coin()) })},
	{"client's protocols", onClient(func(e *editor, c *flow.ClientDraft) {
		c.End.ALPN = fact(oneOf(e, []string{"h2"}, []string{"http/1.1"}, []string{"h2", "http/1.1"}))
	})},
	{"protocols of a port", onListener(func(e *editor, l *flow.ListenerDraft) {
		l.End.ALPN = fact(oneOf(e, []string{"h2"}, []string{"http/1.1"}, []string{"h2", "http/1.1"}))
	})},
	{"unmatched", onListener(func(e *editor, l *flow.ListenerDraft) { l.Unmatched = fact(oneOf(e, "503", "404", "close")) })},
	{"strict-sni", onListener(func(e *editor, l *flow.ListenerDraft) { l.End.StrictSNI = fact(e.coin()) })},
	{"link", func(e *editor) bool {
		l := some[*flow.LinkDraft](e)
		if l != nil {
			l.Trust = fact(oneOf(e, flow.Trusted, flow.Untrusted))
		}
		return l != nil
	}},
	{"one more route", func(e *editor) bool {
		b := some[*flow.BackendDraft](e)
		if b == nil {
			return false
		}
		r := &flow.RouteDraft{Decl: flow.Decl{Name: "one-more"}}
		r.Host, r.Mode, r.Targets = fact(oneOf(e, "more.example.test", "shop.apps.example.test")), fact(flow.ModeEdge), []flow.TargetDraft{{To: fact(b.Name)}}
		e.d.Declarations = append(e.d.Declarations, r)
		return true
	}},
}

func onRoute(f func(*editor, *flow.RouteDraft)) func(*editor) bool {
	return func(e *editor) bool {
		r := some[*flow.RouteDraft](e)
		if r != nil {
			f(e, r)
		}
		return r != nil
	}
}

func onClient(f func(*editor, *flow.ClientDraft)) func(*editor) bool {
	return func(e *editor) bool {
		c := some[*flow.ClientDraft](e)
		if c != nil {
			f(e, c)
		}
		return c != nil
	}
}

func onBackend(f func(*editor, *flow.BackendDraft)) func(*editor) bool {
	return func(e *editor) bool {
		b := some[*flow.BackendDraft](e)
		if b != nil {
			f(e, b)
		}
		return b != nil
	}
}

func onProxy(f func(*editor, *flow.ProxyDraft)) func(*editor) bool {
	return func(e *editor) bool {
		p := some[*flow.ProxyDraft](e)
		if p != nil {
			f(e, p)
		}
		return p != nil
	}
}

func onListener(f func(*editor, *flow.ListenerDraft)) func(*editor) bool {
	return func(e *editor) bool {
		l := e.listener()
		if l != nil {
			f(e, l)
		}
		return l != nil
	}
}

// copied is a draft that can be edited.
func copied(d *flow.Draft) *flow.Draft { return mapped(d, func(name string) string { return name }) }

// TestEdits makes edits in all models: what changes an outcome, what protects a hop or who can read
// is at least risky, and each difference that is breaking is so in the lifecycles of its example.
func TestEdits(t *testing.T) {
	count := map[string]int{}
	changed := 0
	for i, m := range corpus.Models(t, "../..") {
		d := draftOf(t, pipeline.Load(m.Entry, m.Read))
		if d == nil {
			continue
		}
		for k := range 3 {
			n := (i*7 + k*13) % len(edits)
			e := &editor{copied(d), rand.New(rand.NewPCG(uint64(i), uint64(k)))}
			if !edits[n].make(e) {
				continue
			}
			old, is := topology(d), topology(e.d)
			r := diff.Of(context.Background(), diff.Side{Topology: old}, diff.Side{Topology: is})
			count[grade(r)]++
			if what := holds(old, is, r); what != "" {
				t.Errorf("%s, edit %s %d: %s\n%s", m.Name, edits[n].name, k, what, text(old, is))
			}
			if changes(old, is) != "" {
				changed++
			}
		}
	}
	t.Logf("%d edits change something; grades %v", changed, count)
	if changed < 300 || count["breaking"] < 200 || count["safe"] < 100 {
		t.Errorf("too few edits change something: %d, %v", changed, count)
	}
}

func grade(r *diff.Result) string {
	if g := r.Worst(); g != 0 {
		return g.String()
	}
	return "none"
}

// holds says what is wrong with the grades of a comparison; "" for nothing.
func holds(old, is *flow.Topology, r *diff.Result) string {
	if what := changes(old, is); what != "" && r.Worst() < diff.Risky {
		return "it changes " + what + ", and is not risky"
	}
	for _, d := range r.Differences {
		if d.Grade() == diff.Breaking {
			if what := broken(old, is, d); what != "" {
				return "breaking, " + d.Title() + ": " + what
			}
		}
	}
	return ""
}

// seenOf is what a lifecycle shows of outcome, protection and readers, by the names of parties;
// servers by their addresses, where they have some: two backends may have the same one.
func seenOf(lc *flow.Lifecycle) string {
	out := fmt.Sprintln(lc.Outcome.Endings)
	for _, o := range lc.Observers() {
		var who string
		switch {
		case o.At != nil && o.At.Server != nil:
			if who = o.At.Server.Backend.Name; o.At.Server.Address != "" { // the same servers may be another backend
				who = ""
				for _, s := range o.At.Server.Backend.Servers {
					who += fmt.Sprintf("%s:%d ", s.Address, s.Port)
				}
			}
		case o.At != nil:
			who = o.At.ID
		default:
			who = "wire"
			if o.Session != nil {
				who += fmt.Sprint(" TLS ", o.Session.Verified, o.Session.Version)
			}
		}
		out += fmt.Sprintln(who, o.HostPath, o.Headers, o.Body, o.SNI, o.Cert, o.Address)
	}
	return out
}

// changes derives the requests that both topologies have, and says which one has another outcome,
// protection or readers; "" for none.
func changes(old, is *flow.Topology) string {
	same := func(a, b *flow.Request) bool {
		return a.Name == b.Name && len(a.Calls) == 1 && len(b.Calls) == 1 && a.Calls[0].URL() == b.Calls[0].URL() && a.Derived == b.Derived &&
			a.From != nil && b.From != nil && a.From.Name == b.From.Name && a.Via != nil && b.Via != nil && a.Via.Name == b.Via.Name &&
			a.After.V == nil && !a.Follow.V && a.SNI.V == b.SNI.V && !a.Resume.IsSet() && a.Times.V == 1
	}
	for _, a := range old.Requests {
		i := slices.IndexFunc(is.Requests, func(b *flow.Request) bool { return same(a, b) })
		if i < 0 {
			continue
		}
		b := is.Requests[i]
		if !a.Via.ReachedFrom(a.From.Zone) && !b.Via.ReachedFrom(b.From.Zone) {
			continue // nobody asks for it
		}
		x, y := flow.Derive(old, a), flow.Derive(is, b)
		if was, now := seenOf(x), seenOf(y); was != now && (succeeds(x) || succeeds(y) || !slices.Equal(x.Outcome.Endings, y.Outcome.Endings)) {
			return fmt.Sprintf("request %s from\n%sto\n%s", a.Name, was, now)
		}
	}
	return ""
}

func lifecycle(t *flow.Topology, c diff.Course) *flow.Lifecycle {
	if c.Path == nil {
		return nil
	}
	return flow.LifecycleOf(t, c.Path, c.Client)
}

func succeeds(lc *flow.Lifecycle) bool {
	return lc != nil && lc.Outcome.Fault == flow.FaultNone && !slices.ContainsFunc(lc.Outcome.Endings, flow.Fails)
}

// inClear is how many connections of a lifecycle carry a request that can be read on the wire.
func inClear(lc *flow.Lifecycle) int {
	n := 0
	for _, c := range lc.Connections {
		if slices.ContainsFunc(lc.Steps, func(s *flow.Step) bool { return s.Connection == c && s.Op == flow.OpRequest && !s.Protected }) {
			n++
		}
	}
	return n
}

// broken says why a difference is not breaking by the lifecycles of its first example; "" where it is.
func broken(old, is *flow.Topology, d *diff.Difference) string {
	s := d.Subjects[0]
	a, b := lifecycle(old, s.Old), lifecycle(is, s.New)
	switch d.Kind {
	case diff.Fails:
		some := slices.ContainsFunc(d.Subjects, func(s diff.Subject) bool {
			return succeeds(lifecycle(old, s.Old)) || !succeeds(lifecycle(is, s.New))
		})
		if !some {
			return "it fails no more than before"
		}
	case diff.Plaintext:
		if inClear(b) == 0 || succeeds(a) && inClear(a) >= inClear(b) && a.Outcome.Reached && len(a.Connections) == len(b.Connections) {
			return "no more requests are in plaintext"
		}
	case diff.Unverified:
		weaker := func(lc *flow.Lifecycle) (n int) {
			for _, x := range lc.Sessions {
				if x.Verified {
					n += 1 + len(x.Checks)
				}
			}
			return n
		}
		if weaker(a) <= weaker(b) && succeeds(a) && succeeds(b) {
			return "as much is verified as before"
		}
	case diff.Reads:
		if !succeeds(b) {
			return "nothing can be read of what fails"
		}
	case diff.Opened:
		if succeeds(a) || !succeeds(b) {
			return "it is no client that was refused and gets in"
		}
	case diff.Uncertified:
		if d.Is == "" {
			return "nothing is said of what is requested"
		}
	default:
		return "this kind is not breaking"
	}
	return ""
}
