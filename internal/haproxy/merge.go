package haproxy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// merge puts what is asked for over TLS and in plaintext into one route, as its mode and
// what plaintext gets: the same, or a redirect to https. The routes of each unit keep
// their order.
func (b *builder) merge() {
	over := map[string][]*pending{} // what TLS gets, by what it is asked
	for i, x := range b.pending {
		x.place = i
		if !x.plain || !x.unit.http && x.draft.Mode.V == flow.ModePassthrough {
			over[asked(x.draft)] = append(over[asked(x.draft)], x)
		}
	}
	reached := map[[2]*unit]int{} // the place of the last route of another unit that is one with one of a unit
	into := map[*pending]*pending{}
	for _, x := range b.pending {
		if !x.plain || !x.unit.http {
			continue
		}
		for _, o := range over[asked(x.draft)] {
			inOrder := reached[[2]*unit{x.unit, o.unit}] <= o.place
			if b.proxies[x.binds[0]] != b.proxies[o.binds[0]] || !inOrder && !(b.alone(x) && b.alone(o)) || !oneRoute(x, o) {
				continue
			}
			if inOrder {
				reached[[2]*unit{x.unit, o.unit}] = o.place
				o.also = append(o.also, x.unit)
			}
			o.binds = append(slices.Clip(o.binds), x.binds...)
			into[x] = o
			break
		}
	}
	b.pending = b.inOrder(into)
}

// asked is what a route asks of a request: the same of two routes for the same requests.
func asked(r *flow.RouteDraft) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %d", r.Host.V, r.Path.V, r.SNI.V)
	for _, of := range [][]flow.Fact[string]{r.Hosts, r.Allow} {
		b.WriteString(" |")
		for _, f := range of {
			fmt.Fprintf(&b, " %q", f.V)
		}
	}
	for _, m := range r.Matches {
		fmt.Fprintf(&b, " | %d %q %d %t %t %q", m.Kind, m.Name, m.How, m.Not, m.AnyCase, m.Values)
	}
	return b.String()
}

// oneRoute says in the route of what TLS gets what plaintext gets, where it can.
func oneRoute(plain, over *pending) bool {
	x, o := plain.draft, over.draft
	named := plain.own && over.own
	if o.Insecure.IsSet() || named && x.Name != o.Name || !named && !x.Host.IsSet() {
		return false
	}
	to := x.Redirect.V
	switch {
	case sameEnd(x, o) && o.Mode.V != flow.ModePassthrough:
		o.Insecure = flow.State(flow.InsecureAllow, x.At)
	case x.Redirect.IsSet() && to.Kind == flow.RedirectScheme && to.To == "https" && (named || len(o.Targets) > 0):
		o.Insecure = flow.State(flow.InsecureRedirect, x.Redirect.At)
		o.RedirectStatus = flow.State(to.Status, x.Redirect.At)
	default:
		return false
	}
	return true
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
		if x.ahead != nil {
			before[one] = append(before[one], x.ahead)
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
