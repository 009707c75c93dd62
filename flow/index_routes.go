package flow

import (
	"iter"
	"slices"
	"strings"
)

// proxyIndex finds the routes of a proxy. The smaller indexes answer questions
// that few of the routes of a host are candidates for.
type proxyIndex struct {
	all       *hostIndex
	relayed   *hostIndex // passthrough routes
	certified *hostIndex // routes with a certificate of their own
	requests  *requestIndex
}

func newProxyIndex(p *Proxy) *proxyIndex {
	x := &proxyIndex{
		all:       newHostIndex(p, func(*Route) bool { return true }),
		relayed:   newHostIndex(p, func(r *Route) bool { return r.Mode.V == ModePassthrough }),
		certified: newHostIndex(p, func(r *Route) bool { return r.Certificate.V != nil }),
	}
	x.requests = newRequestIndex(p, x.all)
	return x
}

// groups are the positions of routes in Proxy.Routes by a key, in ascending
// order for each key. They lie in one slice: a large proxy has as many keys as
// routes.
type groups[K comparable] struct {
	ids    map[K]int32
	starts []int32
	order  []int32
}

// grouped groups n positions; key returns false for those that are left out.
func grouped[K comparable](n int, key func(i int) (K, bool)) groups[K] {
	g := groups[K]{ids: map[K]int32{}}
	of := make([]int32, n)
	for i := range n {
		of[i] = -1
		k, ok := key(i)
		if !ok {
			continue
		}
		id, known := g.ids[k]
		if !known {
			id = int32(len(g.ids))
			g.ids[k] = id
			g.starts = append(g.starts, 0)
		}
		g.starts[id]++
		of[i] = id
	}
	g.fill(of)
	return g
}

// fill turns the counts in starts into where each group begins.
func (g *groups[K]) fill(of []int32) {
	sum := int32(0)
	for id, n := range g.starts {
		g.starts[id] = sum
		sum += n
	}
	g.starts = append(g.starts, sum)
	g.order = make([]int32, sum)
	next := slices.Clone(g.starts)
	for i, id := range of {
		if id >= 0 {
			g.order[next[id]] = int32(i)
			next[id]++
		}
	}
}

// of returns the positions of a key.
func (g *groups[K]) of(k K) []int32 {
	id, ok := g.ids[k]
	if !ok {
		return nil
	}
	return g.order[g.starts[id]:g.starts[id+1]]
}

// lists yields the positions of each key, in the order of their first ones.
func (g *groups[K]) lists(yield func([]int32) bool) {
	for id := range len(g.ids) {
		if !yield(g.order[g.starts[id]:g.starts[id+1]]) {
			return
		}
	}
}

// hostIndex finds routes of a proxy by their hosts.
type hostIndex struct {
	exact    groups[string] // by the host, folded
	wildcard groups[string] // by what is behind "*."
	open     []int32        // without a host, or by sni none or any
}

func newHostIndex(p *Proxy, keep func(*Route) bool) *hostIndex {
	x := &hostIndex{}
	for i, r := range p.Routes {
		if keep(r) && (r.HostOn(p) == "" || r.SNI.V != SNIHost) {
			x.open = append(x.open, int32(i))
		}
	}
	host := func(i int, wild bool) (string, bool) {
		r := p.Routes[i]
		own := r.HostOn(p)
		if own == "" || !keep(r) {
			return "", false
		}
		rest, ok := strings.CutPrefix(Fold(own), "*.")
		return rest, ok == wild
	}
	x.exact = grouped(len(p.Routes), func(i int) (string, bool) { return host(i, false) })
	x.wildcard = grouped(len(p.Routes), func(i int) (string, bool) { return host(i, true) })
	return x
}

// of returns the positions of the routes that can take a name, in three lists.
func (x *hostIndex) of(name string) [3][]int32 {
	if name == "" {
		return [3][]int32{x.open}
	}
	name = Fold(name)
	lists := [3][]int32{x.open, x.exact.of(name)}
	if label, below, found := strings.Cut(name, "."); found && label != "" {
		lists[2] = x.wildcard.of(below)
	}
	return lists
}

// RoutesFor yields the routes that a name, "" for none, can lead to, be it the
// host of a request or an SNI: those whose host covers it, those without a
// host, and those by sni none or any. They are in the order of evaluation.
func (p *Proxy) RoutesFor(name string) iter.Seq[*Route] {
	return func(yield func(*Route) bool) { p.eachFor((*proxyIndex).every, name, yield) }
}

// certifiedFor is RoutesFor without routes that have no certificate of their own.
func (p *Proxy) certifiedFor(name string) iter.Seq[*Route] {
	return func(yield func(*Route) bool) { p.eachFor((*proxyIndex).withCertificate, name, yield) }
}

func (x *proxyIndex) every() *hostIndex           { return x.all }
func (x *proxyIndex) passed() *hostIndex          { return x.relayed }
func (x *proxyIndex) withCertificate() *hostIndex { return x.certified }

// eachFor calls yield for the routes of one of the indexes, and for all of the name
// where there is none.
func (p *Proxy) eachFor(which func(*proxyIndex) *hostIndex, name string, yield func(*Route) bool) {
	if p.index == nil {
		p.walk(name, yield)
		return
	}
	lists := which(p.index).of(name)
	p.merged(lists[:], yield)
}

// asked is RoutesFor, but may leave out routes that a request does not match by its
// path or fields.
func (p *Proxy) asked(h Head) iter.Seq[*Route] {
	return func(yield func(*Route) bool) {
		if p.index == nil {
			p.walk(h.Host, yield)
			return
		}
		lists := p.index.all.of(h.Host)
		if max(len(lists[0]), len(lists[1]), len(lists[2])) > crowd {
			p.merged(p.index.requests.narrow(lists, h.Path, h.Fields), yield)
			return
		}
		p.merged(lists[:], yield)
	}
}

// walk is RoutesFor without an index.
func (p *Proxy) walk(name string, yield func(*Route) bool) {
	for _, r := range p.Routes {
		if (r.SNI.V != SNIHost || HostMatches(r.HostOn(p), name)) && !yield(r) {
			return
		}
	}
}

// merged yields the routes at the positions of ascending lists, each once. It
// uses the lists up.
func (p *Proxy) merged(lists [][]int32, yield func(*Route) bool) {
	for {
		first := int32(len(p.Routes))
		for _, l := range lists {
			if len(l) > 0 {
				first = min(first, l[0])
			}
		}
		for i, l := range lists {
			if len(l) > 0 && l[0] == first { // a route may be in two of them
				lists[i] = l[1:]
			}
		}
		if first == int32(len(p.Routes)) || !yield(p.Routes[first]) {
			return
		}
	}
}
