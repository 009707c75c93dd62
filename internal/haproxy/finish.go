package haproxy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// finish names the routes, says on which ports each is, and declares proxies and routes.
func (b *builder) finish() {
	b.merge()
	for _, r := range b.secure {
		if r.Insecure.V == flow.InsecureAllow || r.Mode.V == flow.ModeNone {
			r.Affinity = flow.Fact[string]{} // nothing keeps the clients of plaintext, and the cookie is listed
		}
	}
	for _, p := range b.order {
		b.draft.Declarations = append(b.draft.Declarations, p)
	}
	for _, u := range b.units {
		if _, declared := b.backends[u]; b.answering[u] && !declared {
			for _, s := range u.servers {
				b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At)+": never asked, the section answers all itself")
			}
			continue
		}
		if u.back && !u.front && !u.disabled && slices.ContainsFunc(u.servers, func(s *server) bool { return s.stage == nil }) {
			b.backend(u, u) // also one to which no rule leads
		}
	}
	for _, x := range b.pending {
		r := x.draft
		r.Name = b.routeName(r.Name)
		b.on(x)
		b.ownTerms(x)
		b.draft.Declarations = append(b.draft.Declarations, r)
	}
}

// routeName is a name that no other route has.
func (b *builder) routeName(want string) string {
	name := want
	for i := 2; b.names.routes[name]; i++ {
		name = want + "-" + strconv.Itoa(i)
	}
	b.names.routes[name] = true
	return name
}

// on says on which ports a route is.
func (b *builder) on(x *pending) {
	for _, at := range x.binds {
		p, l := b.proxies[at], b.listens[at]
		if p == nil || slices.ContainsFunc(x.draft.On, func(o flow.OnDraft) bool { return o.Proxy.V == p.Name && o.Port == l.Port }) {
			continue
		}
		x.draft.On = append(x.draft.On, flow.OnDraft{Proxy: ref(p.Name, at.line.At), Port: l.Port, At: at.line.At})
	}
}

// ownTerms are what a crt-list says of a route's host alone.
func (b *builder) ownTerms(x *pending) {
	r := x.draft
	if !r.Host.IsSet() || r.Mode.V == flow.ModePassthrough || r.Mode.V == flow.ModeNone {
		return
	}
	for _, at := range x.binds {
		for _, t := range at.own {
			if !slices.Contains(t.hosts, strings.ToLower(r.Host.V)) {
				continue
			}
			r.Certificate = t.certificate
			if t.alpn.IsSet() {
				r.ALPN = t.alpn
			}
			if t.auth.IsSet() && t.auth.V.Mode != flow.AuthNone {
				r.ClientCertificate = t.auth
			}
			return
		}
	}
}

// merge puts what one host gets over TLS and in plaintext into one route, as its mode
// and what plaintext gets: the same servers, or a redirect to https.
func (b *builder) merge() {
	over := map[string][]*pending{} // what TLS gets, by host
	for _, x := range b.pending {
		if !x.plain && x.unit.http && x.draft.Mode.V != flow.ModePassthrough && b.alone(x) {
			over[x.draft.Host.V] = append(over[x.draft.Host.V], x)
		}
	}
	gone := map[*pending]bool{}
	for _, x := range b.pending {
		if !x.plain || !x.unit.http || !b.alone(x) {
			continue
		}
		for _, o := range over[x.draft.Host.V] {
			if b.proxies[x.binds[0]] == b.proxies[o.binds[0]] && sameAsked(x.draft, o.draft) && both(x.draft, o.draft) {
				o.binds = append(slices.Clone(o.binds), x.binds...)
				gone[x] = true
				break
			}
		}
	}
	b.pending = slices.DeleteFunc(b.pending, func(x *pending) bool { return gone[x] })
}

// both says in the route of what TLS gets what plaintext gets, where it can.
func both(plain, over *flow.RouteDraft) bool {
	to := plain.Redirect.V
	switch {
	case over.Insecure.IsSet() || len(over.Targets) == 0:
		return false
	case len(plain.Targets) > 0 && sameTargets(plain, over):
		over.Insecure = flow.State(flow.InsecureAllow, plain.At)
	case plain.Redirect.IsSet() && to.Kind == flow.RedirectScheme && to.To == "https" && plain.Host.IsSet():
		over.Insecure = flow.State(flow.InsecureRedirect, plain.Redirect.At)
		over.RedirectStatus = flow.State(to.Status, plain.Redirect.At)
	default:
		return false
	}
	return true
}

// alone reports whether no rule for every host comes before a route, so that its place
// among the others does not matter.
func (b *builder) alone(x *pending) bool {
	if b.general == nil {
		b.general = map[*unit]int{}
		for i, o := range b.pending {
			o.place = i
			if _, known := b.general[o.unit]; !known && !o.draft.Host.IsSet() {
				b.general[o.unit] = i
			}
		}
	}
	first, some := b.general[x.unit]
	return !some || x.place < first
}

// sameAsked reports whether two routes are for the same requests.
func sameAsked(a, c *flow.RouteDraft) bool {
	same := func(x, y []flow.Fact[string]) bool {
		return slices.EqualFunc(x, y, func(a, b flow.Fact[string]) bool { return a.V == b.V })
	}
	return a.Host.V == c.Host.V && same(a.Hosts, c.Hosts) && a.Path.V == c.Path.V && a.SNI.V == c.SNI.V && same(a.Allow, c.Allow) &&
		slices.EqualFunc(a.Matches, c.Matches, func(x, y flow.Match) bool {
			return x.Kind == y.Kind && x.Name == y.Name && x.How == y.How && x.Not == y.Not && x.AnyCase == y.AnyCase && slices.Equal(x.Values, y.Values)
		})
}

func sameTargets(a, c *flow.RouteDraft) bool {
	return slices.EqualFunc(a.Targets, c.Targets, func(x, y flow.TargetDraft) bool { return x.To.V == y.To.V && x.Port == y.Port })
}

// rest lists the lines that say nothing of a topology, or a detail that it does not have.
func (m *model) rest() {
	seen := map[*haproxycfg.Section]bool{}
	for _, s := range m.cfg.Sections {
		if seen[s] {
			continue
		}
		seen[s] = true
		for _, l := range s.Lines {
			if _, listed := m.places[l.At]; listed || m.read[l.At] {
				continue
			}
			k, known := l.Keyword(s.Kind)
			if !known {
				if s.Kind != "" && s.Looked() {
					m.listLine(flow.ChangesRouting, l) // what it does is not known
				}
				continue
			}
			switch k.Effect {
			case haproxycfg.EffectHarmless:
				m.listLine(flow.NoEffect, l)
			case haproxycfg.EffectLossy:
				m.listLine(flow.LosesDetail, l)
			case haproxycfg.EffectRouting:
				m.listLine(flow.ChangesRouting, l)
			case haproxycfg.EffectRead:
			}
		}
	}
	slices.SortStableFunc(m.listed, func(a, b flow.Unmodelled) int {
		i, j := m.fileNumber(a), m.fileNumber(b)
		if i != j {
			return i - j
		}
		return a.At.Start - b.At.Start
	})
}

func (m *model) fileNumber(u flow.Unmodelled) int {
	i := slices.Index(m.cfg.Files, u.At.File)
	if i < 0 {
		return len(m.cfg.Files)
	}
	return i
}
