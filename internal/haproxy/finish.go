package haproxy

import (
	"fmt"
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
		if u.back && !u.front && !u.disabled && !b.spreadOver[u] && !b.misled[u] && slices.ContainsFunc(u.servers, func(s *server) bool { return s.stage == nil }) {
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
	b.shownAlone()
	b.unanswered()
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
	if !r.Host.IsSet() || !x.endsTLS() || !x.onAllTerms() && b.saidElsewhere(x) {
		return
	}
	var shown []flow.Ref // of the lines for the host
	chooses := false
	for _, at := range x.binds {
		i := slices.IndexFunc(at.own, func(t *ownTerms) bool { return slices.Contains(t.hosts, strings.ToLower(r.Host.V)) })
		if i < 0 {
			continue
		}
		t := at.own[i]
		t.said[strings.ToLower(r.Host.V)] = true
		chooses = b.showsOthers(at, t, r) || chooses
		if at.shown[t.certificate.V] {
			shown = append(shown, t.certificate)
		} else {
			r.Certificate = t.certificate
		}
		if t.alpn.IsSet() {
			r.ALPN = t.alpn
		}
		if t.auth.IsSet() && t.auth.V.Mode != flow.AuthNone {
			r.ClientCertificate = t.auth
		}
	}
	same := len(shown) > 0 && !slices.ContainsFunc(shown, func(c flow.Ref) bool { return c.V != shown[0].V })
	if !r.Certificate.IsSet() && same && !chooses { // else each port chooses among its own
		r.Certificate = shown[0]
	}
}

func sameTargets(a, c *flow.RouteDraft) bool {
	return slices.EqualFunc(a.Targets, c.Targets, func(x, y flow.TargetDraft) bool { return x.To.V == y.To.V && x.Port == y.Port })
}

// showsOthers reports whether lines of a crt-list show other certificates than that of a
// wildcard's line for names below it: for these a port chooses among its own.
func (b *builder) showsOthers(at *bind, t *ownTerms, r *flow.RouteDraft) bool {
	below, wild := strings.CutPrefix(strings.ToLower(r.Host.V), "*.")
	other := false
	for _, o := range at.own {
		for _, h := range o.hosts {
			if label, rest, _ := strings.Cut(h, "."); wild && label != "*" && rest == below && !b.isHost(h) {
				o.said[h] = true
				other = other || o.certificate.V != t.certificate.V
			}
		}
	}
	return other
}

// endsTLS reports whether the TLS of a route's clients ends at its ports.
func (x *pending) endsTLS() bool {
	return x.draft.Mode.V == flow.ModeEdge || x.draft.Mode.V == flow.ModeReencrypt
}

// onAllTerms reports whether all ports of a route that end TLS have a line for its host.
func (x *pending) onAllTerms() bool {
	return !slices.ContainsFunc(x.binds, func(at *bind) bool {
		return (at.tls || at.behind) && !slices.ContainsFunc(at.own, func(t *ownTerms) bool { return slices.Contains(t.hosts, strings.ToLower(x.draft.Host.V)) })
	})
}

// saidElsewhere reports whether another route of a host is on ports alone that have a line for it.
func (b *builder) saidElsewhere(x *pending) bool {
	if b.termed == nil {
		b.termed = map[string]bool{}
		for _, o := range b.pending {
			if o.draft.Host.IsSet() && o.endsTLS() && o.onAllTerms() {
				b.termed[strings.ToLower(o.draft.Host.V)] = true
			}
		}
	}
	return b.termed[strings.ToLower(x.draft.Host.V)]
}

// isHost reports whether a route has a name as its host, whose TLS ends.
func (b *builder) isHost(name string) bool {
	if b.hosts == nil {
		b.hosts = map[string]bool{}
		for _, x := range b.pending {
			if x.endsTLS() {
				b.hosts[strings.ToLower(x.draft.Host.V)] = true
			}
		}
	}
	return b.hosts[name]
}

// unanswered says of ports that relay what they do not end for a route what HAProxy answers there
// to requests for which no rule is: 503.
func (b *builder) unanswered() {
	ends := map[*flow.ListenerDraft]bool{}
	for _, x := range b.pending {
		for _, at := range x.binds {
			ends[b.listens[at]] = ends[b.listens[at]] || x.draft.Mode.V == flow.ModeEdge || x.draft.Mode.V == flow.ModeReencrypt
		}
	}
	for _, u := range b.units {
		for _, x := range u.binds {
			if l := b.listens[x]; l != nil && x.behind && l.Kind == flow.ListenHTTPS && !ends[l] && !l.Unmatched.IsSet() {
				l.Unmatched = flow.State("503", x.line.At)
			}
		}
	}
}

// shownAlone leaves out of ports the certificates that are shown for some names alone,
// where routes say so.
func (b *builder) shownAlone() {
	for _, u := range b.units {
		for _, x := range u.binds {
			l := b.listens[x]
			if l == nil || len(x.own) == 0 {
				continue
			}
			said := func(t *ownTerms) bool {
				return len(t.hosts) > 0 && !slices.ContainsFunc(t.hosts, func(h string) bool { return !t.said[h] })
			}
			l.End.Certificates = slices.DeleteFunc(slices.Clone(l.End.Certificates), func(c flow.Ref) bool {
				return !x.shown[c.V] && !slices.ContainsFunc(x.own, func(t *ownTerms) bool { return t.certificate.V == c.V && !said(t) })
			})
		}
	}
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
	m.beyond()
	slices.SortStableFunc(m.listed, func(a, b flow.Unmodelled) int {
		i, j := m.fileNumber(a), m.fileNumber(b)
		if i != j {
			return i - j
		}
		return a.At.Start - b.At.Start
	})
}

// beyond lists the lines of a long configuration that are only counted.
func (m *model) beyond() {
	kinds := map[haproxycfg.Effect]flow.UnmodelledKind{
		0: flow.ChangesRouting, haproxycfg.EffectHarmless: flow.NoEffect, haproxycfg.EffectLossy: flow.LosesDetail,
	}
	for _, b := range m.cfg.Beyond {
		u := flow.Unmodelled{At: b.At, What: withoutSecrets(asWritten(b.At)), Kind: kinds[b.Effect], More: b.Lines - 1}
		if u.More > 0 && u.Kind != flow.NoEffect {
			u.What += fmt.Sprintf(", and %d lines behind it that are only counted", u.More)
		}
		m.listed = append(m.listed, u)
	}
}

func (m *model) fileNumber(u flow.Unmodelled) int {
	i := slices.Index(m.cfg.Files, u.At.File)
	if i < 0 {
		return len(m.cfg.Files)
	}
	return i
}
