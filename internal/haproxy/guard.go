package haproxy

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// guardian is a rule that refuses clients without a verified certificate: a condition
// of the requests that it is about, and the status that they get.
type guardian struct {
	when   anyOf
	status int // 0 for none
	at     source.Span
}

// state says in a route what clients without a certificate get.
func (g guardian) state(r *flow.RouteDraft) {
	if g.status != 0 {
		r.WithoutCertificate = flow.State(g.status, g.at)
	}
}

// guard takes the rules that refuse clients without a certificate out of the decisions,
// and says in those behind them what they refuse: a route chooses no request by its
// certificate.
func (d *deciding) guard() {
	var out []decision
	for _, e := range d.out {
		if g, ok := guardOf(e); ok {
			d.guards, d.taken = append(d.guards, g), append(d.taken, nil)
			continue
		}
		out = append(out, d.behind(e)...)
	}
	d.out = out
}

// guardOf is what a decision refuses to clients without a certificate; ok is false where
// that is not what it does.
func guardOf(e decision) (g guardian, ok bool) {
	if e.do != answers || e.status != flow.StatusForbidden && e.status != flow.StatusMisdirectedRequest {
		return g, false
	}
	g = guardian{status: e.status, at: e.at}
	for _, part := range e.when {
		i := slices.IndexFunc(part, func(l literal) bool { return l.on == onClient && l.not })
		if i < 0 {
			return g, false
		}
		g.when = append(g.when, slices.Delete(slices.Clone(part), i, i+1))
	}
	return g, len(g.when) > 0
}

// behind is a decision behind the guards: for what each of them is about, and for the
// rest.
func (d *deciding) behind(e decision) []decision {
	var out []decision
	rest := e.when
	for n, g := range d.guards {
		inside, ok := e.when.and(g.when)
		if !ok {
			continue
		}
		inside = inside.under(func(l literal) (bool, bool) { return true, l.on == onClient })
		inside = d.taken[n].without(inside)
		if len(inside) > 0 {
			d.taken[n] = append(d.taken[n], inside...)
			own := e
			own.when, own.guarded = inside, g
			out = append(out, own)
		}
		if outside, ok := g.when.not(); ok {
			if left, ok := rest.and(outside); ok && (len(left) == 0 || asksCertificate(rest)) {
				rest = left
			}
		}
	}
	if len(rest) > 0 {
		e.when = rest
		out = append(out, e)
	}
	return out
}

// without leaves the parts of another condition out that this one covers.
func (c anyOf) without(o anyOf) anyOf {
	return slices.DeleteFunc(slices.Clone(o), func(part all) bool {
		return slices.ContainsFunc(c, func(own all) bool { return own.covers(part) })
	})
}

// asksCertificate reports whether a condition asks for the certificate of a client.
func asksCertificate(c anyOf) bool {
	return slices.ContainsFunc(c, func(part all) bool {
		return slices.ContainsFunc(part, func(l literal) bool { return l.on == onClient })
	})
}
