package haproxy

import (
	"slices"

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
	for _, e := range b.decisionsOf(u).out {
		if e.do != toBackend {
			continue
		}
		stage := e.backend.alone()
		if stage == nil {
			continue
		}
		if !b.endsTLS(stage) || slices.ContainsFunc(e.when, func(part all) bool { return slices.ContainsFunc(part, chooses) }) {
			return
		}
		if !slices.Contains(stages, stage) {
			stages = append(stages, stage)
		}
	}
	if len(stages) == 0 || slices.ContainsFunc(stages, func(s *bind) bool { return !b.sameRules(s.u, stages[0].u) }) {
		return
	}
	for _, s := range stages {
		b.folded[s.u] = u
	}
	b.inner[u] = stages[0]
	for _, x := range u.outside() {
		x.behind, x.own = true, stages[0].own
		x.end = stages[0].end
	}
}

// chooses reports whether a test of a first stage leads some names elsewhere than others.
func chooses(l literal) bool { return l.on != onSNI && l.on != onTLS }

// endsTLS reports whether a stage does nothing but end TLS and read requests.
func (b *builder) endsTLS(stage *bind) bool {
	return stage.tls && stage.u.http && len(stage.u.binds) == 1 && stage.inner()
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
