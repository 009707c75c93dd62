package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// merge puts what is asked for over TLS and in plaintext into one route, as its mode and
// what plaintext gets: the same, or a redirect to https. What flowc writes of one route for
// several ports is one route again. The routes of each unit keep their order.
func (b *builder) merge() {
	x := &merging{builder: b, heads: map[string][]*pending{}, reached: map[[2]*unit]int{}, into: map[*pending]*pending{}}
	for i, p := range b.pending {
		p.place = i
		if !p.inPlaintext() {
			x.join(p, sameRoute)
		}
	}
	for _, p := range b.pending {
		if p.inPlaintext() {
			x.join(p, oneRoute, sameRoute)
		}
	}
	b.pending = b.inOrder(x.into)
}

// inPlaintext reports whether what a route takes are requests in plaintext.
func (x *pending) inPlaintext() bool {
	return x.plain && x.unit.http
}

// merging finds the routes that are one.
type merging struct {
	*builder
	heads   map[string][]*pending // with which others are put together, by what they are asked
	reached map[[2]*unit]int      // the place of the last route of another unit that is one with one of a unit
	into    map[*pending]*pending
}

// join puts a route into one that is the same in one of some ways, else others into it.
func (m *merging) join(x *pending, ways ...func(x, o *pending) bool) {
	key := asked(x)
	for _, way := range ways {
		for _, o := range m.heads[key] {
			inOrder := m.reached[[2]*unit{x.unit, o.unit}] <= o.place
			if m.proxies[x.binds[0]] != m.proxies[o.binds[0]] || !inOrder && !(m.alone(x) && m.alone(o)) || !way(x, o) {
				continue
			}
			if inOrder {
				m.reached[[2]*unit{x.unit, o.unit}] = o.place
				o.also = append(o.also, x.unit)
			}
			o.binds = append(slices.Clip(o.binds), x.binds...)
			m.into[x] = o
			return
		}
	}
	m.heads[key] = append(m.heads[key], x)
}

// asked is what a route asks of a request: the same of two routes for the same requests.
// Requests have no SNI: what flowc has written of a route has another name.
func asked(x *pending) string {
	var b strings.Builder
	r := x.draft
	fmt.Fprintf(&b, "%q %q", r.Host.V, r.Path.V)
	if !x.own {
		fmt.Fprintf(&b, " %d", r.SNI.V)
	}
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, " %q", h.V)
	}
	for _, m := range r.Matches {
		fmt.Fprintf(&b, " | %d %q %d %t %t %q", m.Kind, m.Name, m.How, m.Not, m.AnyCase, m.Values)
	}
	return b.String()
}

// sameRoute reports whether flowc has written two routes of one, for several ports.
func sameRoute(x, o *pending) bool {
	return x.own && o.own && x.draft.Name == o.draft.Name && x.inPlaintext() == o.inPlaintext() && x.draft.Mode.V == o.draft.Mode.V &&
		sameEnd(x.draft, o.draft) && sameFacts(x.draft.Allow, o.draft.Allow)
}

// oneRoute says in the route of what TLS gets what plaintext gets, where it can.
func oneRoute(plain, over *pending) bool {
	x, o := plain.draft, over.draft
	named := plain.own && over.own
	if over.inPlaintext() || named && x.Name != o.Name || !named && (!x.Host.IsSet() || o.Insecure.IsSet()) {
		return false
	}
	insecure, status := flow.State(flow.InsecureAllow, x.At), flow.Fact[int]{}
	to := x.Redirect.V
	switch {
	case sameEnd(x, o) && o.Mode.V != flow.ModePassthrough && sameFacts(x.Allow, o.Allow) && !(named && x.Redirect.At != o.Redirect.At):
	case x.Redirect.IsSet() && to.Kind == flow.RedirectScheme && to.To == "https" && (named || len(o.Targets) > 0 && sameFacts(x.Allow, o.Allow)):
		insecure, status = flow.State(flow.InsecureRedirect, x.Redirect.At), flow.State(to.Status, x.Redirect.At)
	default:
		return false
	}
	if o.Insecure.IsSet() && (o.Insecure.V != insecure.V || o.RedirectStatus.V != status.V) {
		return false // said of another port
	}
	o.Insecure, o.RedirectStatus = insecure, status
	return true
}

func sameFacts(a, b []flow.Fact[string]) bool {
	return slices.EqualFunc(a, b, func(x, y flow.Fact[string]) bool { return x.V == y.V })
}

// sameEnd reports whether two routes lead to the same servers, or answer the same.
func sameEnd(a, c *flow.RouteDraft) bool {
	return len(a.Targets)+len(c.Targets) > 0 && sameTargets(a, c) ||
		a.Answer.IsSet() && c.Answer.IsSet() && a.Answer.V == c.Answer.V ||
		a.Redirect.IsSet() && c.Redirect.IsSet() && a.Redirect.V == c.Redirect.V
}

// alone reports whether no rule for every host comes before a route, so that its place
// among the others does not matter.
func (b *builder) alone(x *pending) bool {
	if b.general == nil {
		b.general = map[*unit]int{}
		for i, o := range b.pending {
			if _, known := b.general[o.unit]; !known && !o.draft.Host.IsSet() {
				b.general[o.unit] = i
			}
		}
	}
	first, some := b.general[x.unit]
	return !some || x.place < first
}

// inOrder are the routes that are left, each behind those that come before it in one of
// its units, else as they are made.
func (b *builder) inOrder(into map[*pending]*pending) []*pending {
	before := map[*pending][]*pending{}
	last := map[*unit]*pending{} // of each unit, so far
	for _, x := range b.pending {
		one := x
		if o := into[x]; o != nil {
			one = o
			if !slices.Contains(o.also, x.unit) {
				continue // its place in this unit does not matter
			}
		}
		if p := last[x.unit]; p != nil && p != one {
			before[one] = append(before[one], p)
		}
		if p := x.ahead; p != nil {
			if o := into[p]; o != nil {
				p = o
			}
			before[one] = append(before[one], p)
		}
		last[x.unit] = one
	}
	var out []*pending
	seen := map[*pending]bool{}
	var visit func(x *pending)
	visit = func(x *pending) {
		if seen[x] {
			return
		}
		seen[x] = true
		for _, p := range before[x] {
			visit(p)
		}
		out = append(out, x)
	}
	for _, x := range b.pending {
		if into[x] == nil {
			visit(x)
		}
	}
	return out
}
