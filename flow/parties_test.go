package flow_test

import (
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// TestOrderIsKnown holds over every lifecycle of every model of the tree that a
// step waits only for what whoever performs it can know (flow.Unknowable).
func TestOrderIsKnown(t *testing.T) {
	n := 0
	check := func(name string, lc *flow.Lifecycle) {
		for ; lc != nil; lc = lc.Before {
			n++
			for _, broken := range flow.Unknowable(lc) {
				t.Errorf("%s, request %s: %s", name, lc.Request.Name, broken)
			}
		}
	}
	for _, c := range corpus.Models(t, "..") {
		m := pipeline.Load(c.Entry, c.Read)
		if err := m.Resolve(t.Context()); err != nil || !m.Drawable() {
			continue
		}
		for _, q := range m.Topology.Requests {
			check(c.Name, m.Derive(q))
		}
		for _, r := range m.Topology.Routes {
			for f := range flow.Failures(m.Topology, r) {
				check(c.Name+", "+f.What, f.Lifecycle)
			}
			for _, mode := range flow.Modes {
				check(c.Name+", as "+mode.String(), flow.InMode(m.Topology, r, mode))
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d lifecycles in the models of the tree, want more", n)
	}
}
