package flow

import (
	"iter"
	"slices"
)

// Selection is the result of one admit statement of a proxy for a route: whether it matches, and
// the terms that do not.
type Selection struct {
	Selector    Selector
	OfNamespace bool   // the line looks at the labels of the route's namespace
	Unmet       []Term // empty: the line matches
}

// Term is a condition that labels do not meet.
type Term struct {
	SelectorTerm
	Label *Label // with the key of the condition; nil where there is none
}

// Selections are the results of the admit statements of a proxy for a route: first of those that
// select by the route's own labels, then of those that select by the labels of its namespace.
func (p *Proxy) Selections(r *Route) []Selection {
	var out []Selection
	for _, s := range p.Admit {
		out = append(out, Selection{Selector: s, Unmet: unmet(s, r.Labels)})
	}
	for _, s := range p.AdmitNamespaces {
		out = append(out, Selection{Selector: s, OfNamespace: true, Unmet: unmet(s, r.namespaceLabels())})
	}
	return out
}

func (r *Route) namespaceLabels() []Label {
	if r.Namespace == nil {
		return nil
	}
	return r.Namespace.Labels
}

// NotServed is why a proxy does not serve a route.
type NotServed int

// The values of NotServed.
const (
	ServedHere        NotServed = iota // it does
	NotServedOn                        // the route says on which proxies it is
	NotServedSelected                  // an admit line does not match: Proxy.Selections says which
	NotServedLoop                      // the route leads to the proxy itself
	NotServedFront                     // the proxy stands in front of others, and the route leads to none of them
	NotServedDomain                    // the route has a subdomain, and the proxy no domain
)

// NotServed returns why a proxy does not serve a route.
func (p *Proxy) NotServed(r *Route) NotServed {
	switch {
	case slices.Contains(r.Proxies, p):
		return ServedHere
	case len(r.On) > 0:
		return NotServedOn
	case slices.ContainsFunc(r.Targets, func(t *Target) bool { return t.Proxy == p }):
		return NotServedLoop
	case !admits(p, r):
		return NotServedSelected
	case r.Subdomain.V != "" && len(p.Domains) == 0:
		return NotServedDomain
	}
	return NotServedFront
}

// Overlap reports whether two proxies select a route that only one of them is meant to have:
// neither has admit all, at least one has an admit statement, and the route names no proxy.
func Overlap(a, b *Proxy, r *Route) bool {
	return (saysAdmit(a) || saysAdmit(b)) && !a.admitsAll() && !b.admitsAll() && len(r.On) == 0 &&
		slices.Contains(r.Proxies, a) && slices.Contains(r.Proxies, b)
}

// Overlaps yields the pairs of proxies that both select the route (Overlap), in the order in which
// they serve it.
func (r *Route) Overlaps() iter.Seq2[*Proxy, *Proxy] {
	return func(yield func(a, b *Proxy) bool) {
		if len(r.On) > 0 || !slices.ContainsFunc(r.Proxies, saysAdmit) {
			return
		}
		some := slices.DeleteFunc(slices.Clone(r.Proxies), (*Proxy).admitsAll)
		said := slices.DeleteFunc(slices.Clone(some), func(p *Proxy) bool { return !saysAdmit(p) })
		for i, a := range some {
			others := some[i+1:]
			if saysAdmit(a) {
				said = said[1:]
			} else {
				others = said
			}
			for _, b := range others {
				if !yield(a, b) {
					return
				}
			}
		}
	}
}

func (p *Proxy) admitsAll() bool {
	all := func(s Selector) bool { return s.All }
	return slices.ContainsFunc(p.Admit, all) || slices.ContainsFunc(p.AdmitNamespaces, all)
}

// FailureExpected reports whether the model has requests for a route's host, and all of them
// expect a failure.
func (t *Topology) FailureExpected(r *Route) bool {
	asked := false
	for _, q := range t.Requests {
		if r.Host.V == "" || len(q.Calls) == 0 || !HostMatches(r.Host.V, q.Calls[0].Host) {
			continue
		}
		if !slices.ContainsFunc(q.Expect, func(e Expect) bool { return Fails(e.Ending) }) {
			return false
		}
		asked = true
	}
	return asked
}

func saysAdmit(p *Proxy) bool { return len(p.Admit)+len(p.AdmitNamespaces) > 0 }

// admits reports whether every admit line of a proxy matches a route.
func admits(p *Proxy, route *Route) bool {
	for _, sel := range p.Admit {
		if !selects(sel, route.Labels) {
			return false
		}
	}
	for _, sel := range p.AdmitNamespaces {
		if !selects(sel, route.namespaceLabels()) {
			return false
		}
	}
	return true
}

// selects reports whether labels satisfy a selector.
func selects(sel Selector, labels []Label) bool {
	for _, term := range sel.Terms {
		if !term.holds(labels, labelAt(labels, term.Key)) {
			return false
		}
	}
	return true
}

// unmet are the conditions of a selector that labels do not meet.
func unmet(sel Selector, labels []Label) []Term {
	var out []Term
	for _, term := range sel.Terms {
		i := labelAt(labels, term.Key)
		switch {
		case term.holds(labels, i):
		case i < 0:
			out = append(out, Term{SelectorTerm: term})
		default:
			out = append(out, Term{term, &labels[i]})
		}
	}
	return out
}

func labelAt(labels []Label, key string) int {
	return slices.IndexFunc(labels, func(l Label) bool { return l.Key == key })
}

// holds reports whether labels, of which the one at i has the key, meet a
// condition. As in Kubernetes, != and notin hold where the label is absent, too.
func (t SelectorTerm) holds(labels []Label, i int) bool {
	among := i >= 0 && slices.Contains(t.Values, labels[i].Value)
	switch t.Op {
	case "exists":
		return i >= 0
	case "absent":
		return i < 0
	case "=", "in":
		return among
	case "!=", "notin":
		return !among
	}
	panic("flow: unknown selector")
}
