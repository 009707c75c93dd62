package haproxy_test

import (
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/asked"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// readIn reads a configuration, and nothing beside it.
func readIn(t *testing.T, dir string, p *asked.Parts) *flow.Draft {
	t.Helper()
	open := asked.Open(dir)
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: open, Folder: p.Folder, Env: p.Env})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// onTop puts what a model states on top of a configuration.
func onTop(t *testing.T, base, model *flow.Draft) *flow.Draft {
	t.Helper()
	for _, c := range front.Extend(base, model) {
		t.Errorf("%s is stated otherwise by the configuration", c.Decl)
	}
	return model
}

// draftOf reads a configuration, and adds what it does not say: who its servers are, the
// names in certificates and their issuers.
func draftOf(t *testing.T, dir string, p *asked.Parts) *flow.Draft {
	t.Helper()
	base := readIn(t, dir, p)
	return onTop(t, base, p.Around(base).Draft)
}

func stated[T any](v T) flow.Fact[T] { return flow.Fact[T]{V: v, Origin: flow.OriginStated} }
