package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

func (c *completion) declareRoute(d *RouteDraft) {
	r := c.rooms.routes.One()
	r.Decl, r.RouteFacts = made(d.Decl), d.RouteFacts
	r.Matches = c.conditions(d)
	hosts := d.Hosts
	if r.Host.V == "" && len(hosts) > 0 {
		r.Host, hosts = hosts[0], hosts[1:]
	}
	others := c.ofOtherHosts(r, hosts)
	if c.routes.bind(c, DeclRoute, r.Name, r.At, r) {
		c.t.Routes = append(append(c.t.Routes, r), others...)
	}
	if d.Incomplete {
		c.incomplete[r] = true
	}
	c.later(func() {
		r.Namespace = c.namespaceOf(r)
		for _, on := range d.On {
			if n, ok := c.needNode(on.Proxy, DeclProxy); ok {
				r.On = append(r.On, OnProxy{Proxy: n.proxy, Port: on.Port, At: on.At})
			} else {
				c.incomplete[r] = true
			}
		}
		r.Labels = c.labels(d.Labels)
		r.Certificate = find(c, c.certificates, d.Certificate)
		r.ClientCertificate = c.clientAuth(d.ClientCertificate)
		r.Upstream = Upstream{UpstreamFacts: d.Upstream.UpstreamFacts, End: c.clientEnd(d.Upstream.End, &haproxy26.Client)}
		for _, to := range d.Targets {
			c.target(r, to)
		}
		c.completeRoute(r)
		for _, o := range others {
			o.likeFirst(r, d.Upstream.UpstreamFacts)
			if c.incomplete[r] {
				c.incomplete[o] = true
			}
		}
	})
}

// ofOtherHosts are the routes for the further hosts of one declaration.
func (c *completion) ofOtherHosts(r *Route, hosts []Fact[string]) []*Route {
	if len(hosts) == 0 {
		return nil
	}
	var out []*Route
	seen := map[string]Fact[string]{Fold(r.Host.V): r.Host}
	for _, h := range hosts {
		if first, twice := seen[Fold(h.V)]; twice {
			c.report(Mistake{Kind: MistakeHostTwice, At: h.At, Related: first.At, Decl: r.Name, Name: h.V})
			continue
		}
		seen[Fold(h.V)] = h
		o := &Route{Decl: r.Decl}
		o.Host = h
		out = append(out, o)
	}
	if len(out) > 0 {
		r.Group = append([]*Route{r}, out...)
	}
	return out
}

// likeFirst is all of a route that the first one of its declaration has but the host, and
// what follows from that.
func (r *Route) likeFirst(first *Route, stated UpstreamFacts) {
	host := r.Host
	*r = *first
	r.Host = host
	r.Targets = make([]*Target, len(first.Targets))
	for i, t := range first.Targets {
		own := *t
		r.Targets[i] = &own
	}
	r.Upstream.UpstreamFacts = stated
	r.Upstream.complete(host.V)
}

// conditions are the conditions of a route that are some, ready to be asked.
func (c *completion) conditions(d *RouteDraft) []Match {
	var out []Match
	for _, m := range d.Matches {
		if !m.fits() {
			c.report(Mistake{Kind: MistakeCondition, At: m.At, Decl: d.Name, What: m.aboutWhat()})
			continue
		}
		if wrong, ok := m.prepare(); !ok {
			c.report(Mistake{Kind: MistakeCondition, At: m.At, Decl: d.Name, What: m.aboutWhat(), Name: wrong})
			continue
		}
		out = append(out, m)
	}
	return out
}

// namespaceOf returns the namespace before a route's name. It must be declared
// only where any is.
func (c *completion) namespaceOf(r *Route) *Namespace {
	namespace, _, ok := strings.Cut(r.Name, "/")
	if !ok || !c.declared[DeclNamespace] {
		return nil
	}
	if b, ok := c.namespaces.lookup(namespace); ok {
		return b.value
	}
	if c.namespaces.unnamed {
		c.unresolved(r.At)
	} else {
		at := part(Ref{V: r.Name, At: r.At}, 0, len(namespace))
		p := Mistake{Kind: MistakeUnknown, At: at, Name: namespace, Wanted: c.namespaces.kinds, PartOfName: true}
		c.unknown(p, func() []Candidate { return c.namespaces.names })
	}
	return nil
}

// target adds where a route leads to.
func (c *completion) target(r *Route, d TargetDraft) {
	if isAddress(d.To.V) && c.nodes.position(d.To.V) < 0 && !c.nodes.unnamed && !c.mayBeLost(d.To.V) {
		c.report(Mistake{Kind: MistakeAddress, At: d.At, Name: d.To.V, Ports: []int{d.Port}, Wanted: []DeclKind{DeclBackend, DeclProxy}})
		c.incomplete[r] = true
		return
	}
	n, ok := c.needNode(d.To, DeclBackend, DeclProxy)
	if !ok {
		c.incomplete[r] = true
		return
	}
	t := c.rooms.targets.One()
	*t = Target{Backend: n.backend, Proxy: n.proxy, Port: d.Port, Weight: d.Weight, Certified: d.Certified, At: d.At}
	fill(&t.Weight, 1)
	for _, o := range r.Targets {
		if o.Backend == t.Backend && o.Proxy == t.Proxy && o.Port == d.Port {
			name := d.To.V
			if d.Port != 0 {
				name = fmt.Sprintf("%s:%d", name, d.Port)
			}
			c.report(Mistake{Kind: MistakeTargetTwice, At: d.At, Related: o.At, Decl: r.Name, Name: name})
			return
		}
	}
	if n.backend != nil && d.Port != 0 {
		c.report(Mistake{Kind: MistakeBackendPort, At: d.At, Related: n.backend.At, Name: d.To.V})
		t.Port = 0
	}
	r.Targets = append(r.Targets, t)
}

// completeRoute reports what a route cannot do without, and what cannot stand
// together in it.
func (c *completion) completeRoute(r *Route) {
	if r.Host.IsSet() && r.Subdomain.IsSet() {
		c.report(Mistake{Kind: MistakeHostAndSubdomain, At: r.Subdomain.At, Related: r.Host.At, Decl: r.Name})
		r.Subdomain = Fact[string]{}
	}
	c.oneAction(r)
	if len(r.Targets) == 0 && !r.AnswersItself() && !c.incomplete[r] {
		c.report(Mistake{Kind: MistakeNoTarget, At: r.At, Decl: r.Name})
	}
	fill(&r.Mode, ModeNone)
	fill(&r.Insecure, InsecureNone)
	r.Upstream.complete(r.Host.V)
}

// oneAction reports a route that states two of targets, an answer and a redirect, and
// leaves the later one out.
func (c *completion) oneAction(r *Route) {
	type action struct {
		what string
		at   source.Span
		drop func()
	}
	var all []action
	if len(r.Targets) > 0 {
		all = append(all, action{"to", r.Targets[0].At, func() { r.Targets = nil }})
	}
	if r.Answer.IsSet() {
		all = append(all, action{"answer", r.Answer.At, func() { r.Answer = Fact[Answer]{} }})
	}
	if r.Redirect.IsSet() {
		all = append(all, action{"redirect", r.Redirect.At, func() { r.Redirect = Fact[RedirectTo]{} }})
	}
	slices.SortStableFunc(all, func(a, b action) int { return a.at.Start - b.at.Start })
	for _, x := range all[min(1, len(all)):] {
		c.report(Mistake{Kind: MistakeTwoActions, At: x.at, Related: all[0].at, Decl: r.Name, Names: []string{all[0].what, x.what}})
		x.drop()
	}
}

// complete fills in what one of name and sni says of the other: the name is
// sent unless sni says otherwise, and an sni alone is checked too, as HAProxy
// does.
func (u *Upstream) complete(host string) {
	if u.Origin == OriginNone && u.statesAny() {
		u.Origin = OriginStated
	}
	switch {
	case !u.SNI.IsSet():
		u.SNI = Default(u.Name.V)
	case !u.Name.IsSet() && !u.SNIHost:
		u.Name = Default(u.SNI.V)
	case !u.Name.IsSet() && !strings.HasPrefix(host, "*."):
		u.Name = Default(host)
	}
}

// statesAny reports whether any fact of the session is stated.
func (u *Upstream) statesAny() bool {
	return u.Name.IsSet() || u.SNI.IsSet() || len(u.End.Trust) > 0 || u.End.Certificate.IsSet() ||
		u.End.TLS.IsSet() || u.End.ALPN.IsSet() || u.End.Groups.IsSet() || u.End.Verify.IsSet()
}
