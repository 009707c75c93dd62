package diff

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// mostCauses is how many changes are named as the cause of a difference.
const mostCauses = 6

// causes are the changes of what two paths lead over, of the routes, then of the parties: those that
// can have to do with a kind of difference, or else all.
func (c *comparison) causes(k Kind, x *exchange, a, b *member) []*Change {
	var all []*Change
	seen := map[any]bool{}
	add := func(d any) {
		if seen[d] {
			return
		}
		seen[d] = true
		for _, ch := range c.changes.of[d] {
			if !ch.idle && !slices.ContainsFunc(all, ch.sameLines) {
				all = append(all, ch)
			}
		}
	}
	for i, m := range []*member{a, b} {
		if m != nil {
			eachParty(m, x.client[i], add)
		}
	}
	if len(all) == 0 {
		c.elsewhere(x, add)
	}
	if len(all) == 0 && len(c.changes.all) <= mostCauses {
		for _, ch := range c.changes.all {
			if !ch.idle {
				all = append(all, ch)
			}
		}
	}
	about := topicsOf(k, b)
	out := slices.DeleteFunc(slices.Clone(all), func(ch *Change) bool { return ch.topic != 0 && about&ch.topic == 0 })
	if len(out) == 0 {
		out = all
	}
	nowhere := func(ch *Change) bool { return ch.Was == Place{} && ch.Is == Place{} }
	if placed := slices.DeleteFunc(slices.Clone(out), nowhere); len(placed) > 0 {
		out = placed // who can look at a text needs nothing that no text states
	}
	out = out[:min(len(out), mostCauses)]
	slices.SortFunc(out, func(a, b *Change) int { return c.changes.at[a] - c.changes.at[b] })
	return out
}

// sameLines reports whether two changes stand in the same lines.
func (x *Change) sameLines(o *Change) bool {
	return x == o || x.Was.At.Known() == o.Was.At.Known() && x.Is.At.Known() == o.Is.At.Known() &&
		(x.Was.At.Known() || x.Is.At.Known()) && x.Was.At.Line() == o.Was.At.Line() && x.Is.At.Line() == o.Is.At.Line()
}

// eachParty calls f for what a path leads over, the nearest to a request first.
func eachParty(m *member, client *flow.Client, f func(any)) {
	route := func(r *flow.Route) {
		if r == nil {
			return
		}
		f(r)
		if r.Namespace != nil {
			f(r.Namespace)
		}
		if k := r.Certificate.V; k != nil {
			f(k)
		}
	}
	certificate := func(k *flow.Certificate) {
		if k == nil {
			return
		}
		f(k)
		if k.Issuer.V != nil {
			f(k.Issuer.V)
		}
	}
	route(m.path.Route)
	for i := range m.path.Hops {
		h := &m.path.Hops[i]
		route(h.Route)
		route(h.Relayed)
		switch {
		case h.Server != nil:
			f(h.Server)
			f(h.Server.Backend)
			for _, k := range h.Server.Backend.End.Certificates {
				certificate(k.V)
			}
			zone(h.Server.Backend.Zone, f)
		case h.Listener != nil:
			f(h.Listener)
			f(h.Listener.Proxy)
			if h.TLS && h.Relayed == nil {
				k, _ := h.Listener.CertificateFor(h.SNI)
				certificate(k)
			}
			zone(h.Listener.Proxy.Zone, f)
		}
	}
	f(client)
	certificate(client.End.Certificate.V)
	zone(client.Zone, f)
}

func zone(z *flow.Zone, f func(any)) {
	if z != nil {
		f(z)
	}
}

// elsewhere calls f for what decides about a question beside the paths: the proxies that could
// be asked, and the models as a whole.
func (c *comparison) elsewhere(x *exchange, f func(any)) {
	for _, l := range []*flow.Listener{x.q.was, x.q.goes} {
		if l != nil {
			f(l)
			f(l.Proxy)
		}
	}
	if x.q.at != nil && x.q.at.Wanted != nil {
		f(x.q.at.Wanted)
	}
	f(x.q.at.Via)
	f(x.q.at.Via.Proxy)
	f(c.result.Old)
	f(c.result.New)
}

// stated notes the changes of which no path shows anything. One line may state several facts.
func (c *comparison) stated() {
	type lines struct{ was, is string }
	type about struct {
		kind Kind
		of   string
	}
	said, of := map[lines]bool{}, map[about]*Difference{}
	for _, ch := range c.changes.all {
		if ch.used {
			said[lines{ch.Was.At.Line(), ""}], said[lines{"", ch.Is.At.Line()}] = true, true
		}
	}
	for _, ch := range c.changes.all {
		own := lines{ch.Was.At.Line(), ch.Is.At.Line()}
		covered := own != lines{} && (said[own] || (own.was == "" || said[lines{own.was, ""}]) && (own.is == "" || said[lines{"", own.is}]))
		said[own] = true
		switch {
		case ch.used, covered:
		case ch.sends:
			c.note(Sends, "", "", Subject{Where: ch.Of}, []*Change{ch})
		default:
			k := about{Stated, ch.Of}
			switch {
			case ch.shares:
				k.kind = Shares
			case ch.versions:
				k.kind = Session
			}
			if of[k] == nil {
				of[k] = &Difference{Kind: k.kind, Subjects: []Subject{{Where: ch.Of}}}
				c.result.Differences = append(c.result.Differences, of[k])
			}
			of[k].Causes = append(of[k].Causes, ch)
		}
	}
}
