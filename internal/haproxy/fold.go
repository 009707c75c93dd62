package haproxy

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// fold finds the ports that look at the SNI, and hand all that they do not relay to a
// second stage of the same process, in which TLS ends: OpenShift's public_ssl and
// fe_sni. They are one port of one proxy.
func (b *builder) fold(u *unit) {
	if u.http || len(u.outside()) == 0 || slices.ContainsFunc(u.binds, func(x *bind) bool { return x.tls }) {
		return
	}
	var stages []*bind
	var some anyOf // names for which alone a rule leads there
	whole := false
	for _, e := range b.decisionsOf(u).out {
		if e.do != toBackend {
			continue
		}
		stage := e.backend.alone()
		if stage == nil {
			continue
		}
		switch {
		case !b.endsTLS(stage), stage.acceptProxy.V != (e.backend.servers[0].proxy.V != 0): // FL701 says so
			return
		case namesHosts(e):
			some = append(some, e.when...)
		case slices.ContainsFunc(e.when, func(part all) bool { return slices.ContainsFunc(part, chooses) }):
			return
		default:
			whole = true
		}
		if !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}
	if len(stages) == 0 || slices.ContainsFunc(stages, func(s *bind) bool { return !b.sameRules(s.u, stages[0].u) }) {
		return
	}
	if len(some) > 0 && (!whole && !b.relaysRest(u) || !sameHosts(some, b.decisionsOf(stages[0].u))) {
		return
	}
	for _, s := range stages {
		b.folded[s.u] = u
	}
	b.inner[u] = stages[0]
	for _, x := range u.outside() {
		x.behind, x.second, x.own, x.shown = true, stages[0].u, stages[0].own, stages[0].shown
		x.end = stages[0].end
	}
}

// namesHosts reports whether a rule is for some hosts, and asks for nothing else but TLS.
func namesHosts(e decision) bool {
	for _, part := range e.when {
		if hosts := slices.DeleteFunc(slices.Clone(part), func(l literal) bool { return !chooses(l) }); len(hosts) != 1 || !listsHosts(hosts[0]) {
			return false
		}
	}
	return len(e.when) > 0
}

// listsHosts reports whether a test takes hosts that it lists.
func listsHosts(l literal) bool {
	return l.on == onHost && !l.not && (l.how == exactly || l.how == oneLabel)
}

// relaysRest reports whether the last rule of a unit relays all TLS that no other one takes.
func (b *builder) relaysRest(u *unit) bool {
	out := b.decisionsOf(u).out
	if len(out) == 0 {
		return false
	}
	last := out[len(out)-1]
	return last.do == toBackend && last.backend.alone() == nil && slices.ContainsFunc(last.when, func(part all) bool {
		return !slices.ContainsFunc(part, func(l literal) bool { return l.on != onTLS || l.not })
	})
}

// sameHosts reports whether the rules of a second stage are for the hosts for which a first
// one leads there: a port ends TLS for the hosts of its routes.
// What is for every host gets what of these none is for.
func sameHosts(some anyOf, d *deciding) bool {
	type host struct {
		how  manner
		name string
	}
	of := func(c anyOf, into map[host]bool) {
		for _, part := range c {
			if i := slices.IndexFunc(part, listsHosts); i >= 0 {
				for _, v := range part[i].values {
					into[host{part[i].how, v}] = true
				}
			}
		}
	}
	first, second := map[host]bool{}, map[host]bool{}
	of(some, first)
	for _, e := range d.out {
		of(e.when, second)
	}
	for h := range first {
		if !second[h] {
			return false
		}
	}
	for h := range second {
		_, below, _ := strings.Cut(h.name, ".")
		if !first[h] && !(h.how == exactly && first[host{oneLabel, below}]) {
			return false
		}
	}
	return true
}

// chooses reports whether a test of a first stage leads some names elsewhere than others.
func chooses(l literal) bool { return l.on != onSNI && l.on != onTLS }

// endsTLS reports whether a stage does nothing but end TLS.
func (b *builder) endsTLS(stage *bind) bool {
	return stage.tls && len(stage.u.binds) == 1 && stage.inner()
}

// sameRules reports whether two units decide alike.
func (b *builder) sameRules(x, y *unit) bool {
	if x == y {
		return true
	}
	return slices.EqualFunc(b.decisionsOf(x).out, b.decisionsOf(y).out, func(d, e decision) bool {
		return d.do == e.do && d.backend == e.backend && d.status == e.status && d.redir == e.redir && sameCondition(d.when, e.when)
	})
}

// innerOf is the second stage of a port as a proxy has it.
func innerOf(stage *bind) flow.Fact[flow.Inner] {
	in := flow.Inner{On: true}
	if stage.socket == "" {
		in.Address, in.Port = stage.host, stage.port
		if in.Address == "" {
			in.Address = "127.0.0.1"
		}
	}
	return flow.State(in, stage.line.At)
}
