package flow

import "slices"

// Probe returns the first request of Probes; nil where there is no way in.
func Probe(t *Topology, r *Route, scheme string) *Request {
	if all := Probes(t, r, scheme); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Probes are requests that would reach a route by a scheme: from the first client, through
// each proxy that serves it, at the port at which its traffic enters. Behind proxies that
// change the host or the path they ask as the paths do: for what becomes the route's there.
func Probes(t *Topology, r *Route, scheme string) []*Request {
	var out []*Request
	add := func(q *Request) {
		if q != nil && !slices.ContainsFunc(out, func(o *Request) bool { return o.Via == q.Via && o.Calls[0] == q.Calls[0] }) {
			out = append(out, q)
		}
	}
	if len(t.Clients) > 0 && t.changedBefore(r) {
		f := newPathFinder(t)
		for _, in := range f.waysIn(r) {
			a := ask(r, in)
			clients := t.clientsFor(r, Head{Source: a.source}, t.Clients)
			if in.scheme == scheme && !in.inside && len(clients) > 0 {
				add(a.request(clients[0]))
			}
		}
	}
	first := len(out)
	for _, p := range union(slices.Clone(r.entryProxies()), r.Proxies...) {
		if q := t.probe(r, p, scheme); first == 0 || q != nil && q.Via == p {
			add(q)
		}
	}
	return out
}

// changedBefore reports whether a proxy in front of those that serve a route sends
// requests on with another host or path.
func (t *Topology) changedBefore(r *Route) bool {
	seen := map[*Proxy]bool{}
	next := slices.Clone(r.Proxies)
	for len(next) > 0 {
		p := next[0]
		next = next[1:]
		if seen[p] {
			continue
		}
		seen[p] = true
		for _, front := range t.leadingTo(p) {
			if front.changes() {
				return true
			}
			next = append(next, front.Proxies...)
		}
	}
	return false
}

// changes reports whether a route changes the host or the path of requests.
func (r *Route) changes() bool {
	return r.Rewrite.IsSet() || r.Changed(Head{Host: AnyHost}).Host != AnyHost
}

// newPathFinder is a finder that is ready to look for ways in.
func newPathFinder(t *Topology) *pathFinder {
	f := &pathFinder{
		t: t, out: &Paths{}, shapes: newShapes(t), classes: map[string]*Class{},
		met: map[meeting]int{}, before: map[*Proxy][]*Proxy{},
	}
	f.prepare()
	return f
}
