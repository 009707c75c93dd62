package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// picked is a rule of a backend that sends what it takes to one of its servers.
type picked struct {
	when anyOf
	to   *unit // the backend with that server alone
	line *haproxycfg.Line
}

// picks are the use-server rules of a backend whose conditions are known, once.
func (b *builder) picks(back *unit) []picked {
	if known, ok := b.picked[back]; ok {
		return known
	}
	d := b.decisionsOf(back)
	var out []picked
	for _, l := range back.section.Lines {
		if !l.Is("use-server") || len(l.Words) < 2 {
			continue
		}
		i := slices.IndexFunc(back.servers, func(s *server) bool { return s.name == l.Arg(1) })
		if i < 0 || back.servers[i].down.Known() {
			continue // it is reported, or never used
		}
		_, cond := haproxycfg.SplitCondition(l.From(2))
		x, ok := d.condition(l, cond, flow.ChangesRouting)
		if !ok || !back.http && !back.sees(x.when) {
			continue
		}
		b.list(flow.LosesDetail, l.At, asWritten(l.At)+": while the server is down, one of the others is asked")
		one := *back
		one.name, one.servers = back.name+"."+back.servers[i].name, back.servers[i:i+1:i+1]
		b.decided[&one] = &deciding{conditions: d.conditions, m: d.m, guards: d.guards, sources: d.sources, headers: d.headers, rewrite: d.rewrite}
		b.picked[&one] = nil
		out = append(out, picked{x.when, &one, l})
	}
	b.picked[back] = out
	return out
}

// sees reports whether a backend of mode tcp sees what a condition asks about: the SNI, for
// which the frontends wait. Of one that does not wait, no rule sees an SNI (measured with
// HAProxy 2.6.12).
func (u *unit) sees(when anyOf) bool {
	asksSNI := slices.ContainsFunc(when, func(part all) bool {
		return slices.ContainsFunc(part, func(l literal) bool { return l.on == onHost || l.on == onSNI || l.on == onTLS })
	})
	if !asksSNI {
		return true
	}
	waits := func(o *unit) bool {
		leads := func(l *haproxycfg.Line) bool { return l.Arg(1) == u.name || strings.Contains(l.Arg(1), "%[") }
		if o != u && !slices.ContainsFunc(o.inherited("use_backend", "default_backend"), leads) {
			return true // it does not lead here
		}
		return slices.ContainsFunc(o.inherited("tcp-request"), func(l *haproxycfg.Line) bool { return l.Arg(1) == "inspect-delay" })
	}
	return !slices.ContainsFunc(u.m.units, func(o *unit) bool { return o.front && !waits(o) }) || waits(u) && len(u.inherited("tcp-request")) > 0
}

// pick makes the routes to single servers of a backend.
func (b *builder) pick(u, back *unit, e decision, part all, binds []*bind) {
	for _, p := range b.picks(back) {
		for _, more := range p.when.under(knownOn(u, binds)) {
			both, possible := part.with(more)
			if !possible {
				continue
			}
			own := e
			own.backend, own.named, own.own = p.to, "", false
			b.route(u, b.decisionsOf(u), own, both, binds)
		}
	}
}
