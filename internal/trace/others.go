package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// mostOthers is how many routes that were not taken are listed.
const mostOthers = 5

// other is a route that the request did not take, and the first of its
// conditions that was not met.
type other struct {
	Route    *flow.Route
	Proxy    *flow.Proxy   // that did not choose it; nil where it is on none of the way
	Mismatch flow.Mismatch // MismatchNone: it matches, and another was chosen before it
	Why      string        // "path is /cart, not /"
}

// candidate is a route that was not taken, with how near it was. Why is said of
// those only that are listed.
type candidate struct {
	route    *flow.Route
	at       *flow.Listener // nil where it is on none of the way
	taken    *flow.Route    // by which that listener chose
	keptOut  *flow.Proxy    // on the way, whose admit lines do not match it; nil for none
	head     flow.Head      // as it came to that listener
	seen     flow.Head      // what that saw of it
	mismatch flow.Mismatch
	host     bool // the host is right
	common   int  // labels that the hosts have in common, and then letters
	order    int
}

// others lists the routes that the request did not take: those with the right
// host first, of these the ones that failed at the latest question; then by how
// much of the host is right.
func others(t *flow.Topology, q *flow.Request, lc *flow.Lifecycle) (near []other, more int) {
	way := wayOf(lc)
	sent := flow.HeadOf(q, q.Calls[0])
	var all []candidate
	for i, r := range t.Routes {
		if slices.ContainsFunc(way, func(d decider) bool { return d.took == r || slices.Contains(r.Group, d.took) }) {
			continue
		}
		c := candidate{route: r, head: sent, order: i}
		own := r.HostOn(&flow.Proxy{})
		if len(r.Proxies)+len(r.Refused) > 0 {
			own = r.FirstHost()
		}
		c.mismatch = flow.MismatchPlace
		for _, d := range way {
			if slices.Contains(r.Proxies, d.at.Proxy) || r.RefusedBy(d.at.Proxy) != nil {
				c.at, c.taken, c.head, own = d.at, d.took, d.head, r.HostOn(d.at.Proxy)
				c.mismatch = d.mismatch(r)
				c.seen = d.sees(r)
			}
			if c.keptOut == nil && d.at.Proxy.NotServed(r) == flow.NotServedSelected {
				c.keptOut = d.at.Proxy
			}
		}
		c.host = flow.HostMatches(own, c.head.Host)
		if !c.host {
			c.common = inCommon(own, c.head.Host)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(
			cmp.Compare(trueFirst[a.host], trueFirst[b.host]),
			cmp.Compare(b.common, a.common),
			cmp.Compare(b.depth(), a.depth()),
			cmp.Compare(a.order, b.order),
		)
	})
	all = nearestOfEach(all)
	for _, c := range all[:min(len(all), mostOthers)] {
		near = append(near, c.explain(q))
	}
	return near, len(all) - len(near)
}

// nearestOfEach leaves of a route of several hosts the one that is nearest.
func nearestOfEach(all []candidate) []candidate {
	seen := map[*flow.Route]bool{}
	return slices.DeleteFunc(all, func(c candidate) bool {
		if len(c.route.Group) == 0 {
			return false
		}
		first := c.route.Group[0]
		twice := seen[first]
		seen[first] = true
		return twice
	})
}

// trueFirst is the order of what is so before what is not.
var trueFirst = map[bool]int{true: 0, false: 1}

// depth is how far the questions went: all of them where the route matches.
func (c candidate) depth() int {
	if c.mismatch == flow.MismatchNone {
		return int(flow.MismatchRefused) + 1
	}
	return int(c.mismatch)
}

// inCommon says how much of two hosts is the same: the first label, the labels
// from the right, and then the letters with which the next ones begin.
func inCommon(a, b string) int {
	const label = 64 // more than a label has letters (RFC 1035, 2.3.4)
	as, bs := strings.Split(strings.ToLower(a), "."), strings.Split(strings.ToLower(b), ".")
	n := 0
	if as[0] == bs[0] {
		n += 2 * label
	}
	for len(as) > 0 && len(bs) > 0 && as[len(as)-1] == bs[len(bs)-1] {
		as, bs = as[:len(as)-1], bs[:len(bs)-1]
		n += label
	}
	if len(as) > 0 && len(bs) > 0 {
		x, y := as[len(as)-1], bs[len(bs)-1]
		for i := 0; i < min(len(x), len(y)) && x[i] == y[i]; i++ {
			n++
		}
	}
	return n
}

// decider is a listener on the way, and what it took.
type decider struct {
	at      *flow.Listener
	session *flow.Session // that came to it; nil for plaintext
	head    flow.Head     // of the request that came to it
	took    *flow.Route   // nil where it took none
	relays  bool          // it passed the connection on unread
}

// wayOf returns the listeners that the request came to.
func wayOf(lc *flow.Lifecycle) []decider {
	var out []decider
	for _, c := range lc.Connections {
		if c.Listener == nil || c.Attempt > 1 || slices.ContainsFunc(out, func(d decider) bool { return d.at == c.Listener }) {
			continue
		}
		d := decider{at: c.Listener, session: lc.SessionOn(c), head: lc.HeadOn(c)}
		for _, next := range lc.Connections {
			if next.From.Proxy == d.at.Proxy && next.Route != nil {
				d.took = next.Route
			}
		}
		for _, x := range lc.Exchanges {
			if d.took == nil && x.Route != nil && slices.Contains(x.Route.Proxies, d.at.Proxy) {
				d.took = x.Route
			}
		}
		d.relays = d.took != nil && d.at.Relays(d.took)
		out = append(out, d)
	}
	return out
}

// came is what a port that relays sees of what came to it.
func (d decider) came() flow.Head {
	h := flow.Head{Source: d.head.Source, TLS: d.session != nil}
	if d.session != nil {
		h.Host = d.session.SNI
	}
	return h
}

// sees is what the listener sees of what came, to choose a route by.
func (d decider) sees(r *flow.Route) flow.Head {
	if d.at.Relays(r) {
		return d.came()
	}
	h := d.head
	h.TLS = d.at.Kind != flow.ListenHTTP
	return h
}

// mismatch asks the listener why it did not choose a route.
func (d decider) mismatch(r *flow.Route) flow.Mismatch {
	if d.at.Relays(r) {
		return d.at.MismatchBySNI(r, d.sees(r))
	}
	return d.at.MismatchByRequest(r, d.sees(r))
}

// reasons say in words which condition a route has that was not met.
var reasons = map[flow.Mismatch]func(c candidate, q *flow.Request) string{
	flow.MismatchNone:  candidate.overtaken,
	flow.MismatchPlace: candidate.elsewhere,
	flow.MismatchSNI: func(c candidate, q *flow.Request) string {
		return "requires " + wantsSNI(c.at, c.route) + "; the client sends " + orNone(q.SNI.V)
	},
	flow.MismatchHost: func(c candidate, _ *flow.Request) string {
		return "requires host " + c.route.HostOn(c.at.Proxy)
	},
	flow.MismatchPath: func(c candidate, _ *flow.Request) string {
		return fmt.Sprintf("requires path %s; the request has %s", c.route.Path.V, c.head.Path)
	},
	flow.MismatchField: func(c candidate, _ *flow.Request) string {
		m := c.at.Missed(c.route, c.seen)
		if m == nil {
			m = c.route.Unmatched(c.seen)
		}
		return fmt.Sprintf("requires %s; %s", words.Match(m), has(m, c.seen))
	},
	flow.MismatchMode: func(c candidate, _ *flow.Request) string {
		return fmt.Sprintf("is for plaintext (tls none), and :%d is for TLS", c.at.Port)
	},
	flow.MismatchRefused: func(c candidate, _ *flow.Request) string {
		return "is " + words.Refusal(c.route.RefusedBy(c.at.Proxy))
	},
	flow.MismatchPlaintext: func(c candidate, _ *flow.Request) string {
		return fmt.Sprintf("is %s and accepts no plaintext on :%d (insecure %s)", c.route.Mode.V, c.at.Port, c.route.Insecure.V)
	},
}

func (c candidate) explain(q *flow.Request) other {
	o := other{Route: c.route, Mismatch: c.mismatch, Why: reasons[c.mismatch](c, q)}
	if c.at != nil {
		o.Proxy = c.at.Proxy
	}
	return o
}

// overtaken is a route that matches.
func (c candidate) overtaken(*flow.Request) string {
	switch {
	case c.taken == nil:
		return "would match; the request does not get that far"
	case c.at.Relays(c.taken) && !c.at.Relays(c.route):
		return fmt.Sprintf("would match; %s takes the connection by its SNI first, and no TLS ends here", c.taken.Name)
	}
	_, why := c.at.Proxy.Compare(c.taken, c.route)
	return fmt.Sprintf("matches, too; %s comes first: %s", c.taken.Name, why)
}

// elsewhere is a route that is not on the way.
func (c candidate) elsewhere(q *flow.Request) string {
	var names []string
	for _, p := range c.route.Proxies {
		names = append(names, p.Name)
	}
	host := ""
	if len(c.route.Proxies) > 0 {
		if h := c.route.HostOn(c.route.Proxies[0]); h != "" {
			host = ", host " + h
		}
	}
	why := ""
	if c.host && c.keptOut != nil {
		why = fmt.Sprintf("; %s does not admit it: %s", c.keptOut.Name, words.NotSelected(c.keptOut, c.route))
	}
	switch {
	case c.at != nil:
		return fmt.Sprintf("is not on %s:%d", c.at.Proxy.Name, c.at.Port)
	case slices.Contains(c.route.Proxies, q.Via):
		return fmt.Sprintf("is on %s%s; nothing listens on :%d there", q.Via.Name, host, q.Calls[0].Port)
	case len(names) == 0 && len(c.route.Refused) > 0:
		return "is " + words.Refusal(&c.route.Refused[0])
	case len(names) == 0:
		return "is on no proxy: none admits it" + why
	case len(names) > 3:
		return fmt.Sprintf("is on %d other proxies%s", len(names), host) + why
	}
	return "is on " + strings.Join(names, ", ") + host + why
}

// has is what the request has of what a condition asks about.
func has(m *flow.Match, h flow.Head) string {
	switch m.Kind {
	case flow.MatchHeader:
		return hasField(m.Name, h.Fields)
	case flow.MatchCookie:
		return hasField("Cookie", h.Fields)
	case flow.MatchQuery, flow.MatchPath:
		return "the request has " + h.Path
	case flow.MatchHost:
		return "the host is " + orNone(h.Host)
	case flow.MatchMethod:
		return "the method is " + h.Method
	case flow.MatchSource:
		if h.Source == "" {
			return "the client's address is not stated"
		}
		return "the client's address is " + h.Source
	case flow.MatchTLS:
		if h.TLS {
			return "what came is TLS"
		}
		return "what came is plaintext"
	}
	panic("trace: unknown kind of condition")
}

// hasField is what the request has of a header field.
func hasField(name string, fields []flow.HeaderField) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return fmt.Sprintf("the request has %s: %s", f.Name, f.Value)
		}
	}
	return "the request has no " + name
}
