package pipeline

import (
	"context"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
)

// Resolve resolves the names of a loaded model and applies no rule: where a
// request goes does not depend on what they find. Its error is that of a context
// which ended.
func (m *Model) Resolve(ctx context.Context) error {
	topology, findings, err := m.complete(ctx)
	if err != nil {
		return err
	}
	m.Topology, m.courses = topology, flow.NewCache(topology)
	m.Findings = append(m.Findings, findings...).Sort()
	return nil
}

// Forget drops what was read of the model, but for its texts. Its topology stays.
func (m *Model) Forget() {
	m.read = &front.Model{Name: m.read.Name, Sources: m.read.Sources, Findings: m.read.Findings, Asks: m.read.Asks}
}

// Find applies some rules to a model whose names are resolved, and returns the paths that they
// looked at. Comments do not answer for what they find. Its error is that of a context which ended.
func (m *Model) Find(ctx context.Context, codes []diag.Code) (diag.List, *flow.Paths, error) {
	paths := flow.FindPaths(ctx, m.Topology, func(*flow.Request) bool { return false })
	if paths == nil {
		return nil, nil, ctx.Err()
	}
	found, err := check.RunWith(ctx, check.Options{Only: codes, Paths: paths}, m.Topology, m.courses)
	return found, paths, err
}

// Asking returns the model with one request in place of its own, so that it can
// be drawn. Views that the model declares are drawn of that request.
func (m *Model) Asking(q *flow.Request) *Model {
	t := *m.Topology
	t.Requests = []*flow.Request{q}
	t.Views = nil
	for _, v := range m.Topology.Views {
		spec := *v
		spec.Of = nil
		t.Views = append(t.Views, &spec)
	}
	return m.Over(&t)
}

// Over is the model with another topology that was made of it.
func (m *Model) Over(t *flow.Topology) *Model {
	out := *m
	out.Topology, out.courses = t, flow.NewCache(t)
	return &out
}
