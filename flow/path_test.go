package flow_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/corpus"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

func none(*flow.Request) bool { return false }

// What is kept of a class is true of each path in it, and every path opens the
// connections that its hops say.
func TestPathsOfOneClass(t *testing.T) {
	paths, members := 0, 0
	for _, m := range corpus.Models(t, "..") {
		model := pipeline.Load(m.Entry, m.Read)
		model.Compile()
		if model.Topology == nil || !model.Drawable() {
			continue
		}
		top := model.Topology
		for _, p := range flow.FindPaths(context.Background(), top, none).All {
			paths++
			for i, c := range p.Clients {
				members++
				lc := flow.LifecycleOf(top, p, c)
				own := flow.SummaryOf(p, lc)
				if got := p.Classes[i].Summary; !reflect.DeepEqual(got, own) {
					t.Errorf("%s: %s from %s\nclass %+v\nitself %+v", m.Name, p.Ask.Call.URL(), c.Name, got, own)
				}
				follows(t, m.Name, p, lc)
			}
		}
	}
	t.Logf("%d paths, %d with their clients", paths, members)
}

// follows holds the connections of a lifecycle against the hops of its path.
func follows(t *testing.T, name string, p *flow.Path, lc *flow.Lifecycle) {
	t.Helper()
	opened := 0
	for _, c := range lc.Connections {
		if c.To.Kind == flow.KindInner {
			continue
		}
		i := slices.IndexFunc(p.Hops, func(h flow.Hop) bool {
			return c.Listener == h.Listener && c.To.Server == h.Server && c.From.Proxy == h.From && c.Route == h.Route
		})
		if i < 0 || i > opened {
			t.Errorf("%s: %s: connection %s is hop %d of its path, behind %d", name, p.Ask.Call.URL(), c.ID, i, opened)
		}
		opened = max(opened, i+1)
	}
	if lc.Outcome.Fault == flow.FaultNone && opened < len(p.Hops) {
		t.Errorf("%s: %s succeeds after %d of %d hops", name, p.Ask.Call.URL(), opened, len(p.Hops))
	}
}
