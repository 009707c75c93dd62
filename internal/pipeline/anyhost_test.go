package pipeline

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// TestAnyHost draws every model of the tree with a route that takes every host: the
// host that stands for it in courses of our own is in no picture and no finding.
func TestAnyHost(t *testing.T) {
	drawn := 0
	for _, c := range tree(t) {
		m := c.model()
		if !m.Drawable() || !slices.ContainsFunc(m.Topology.Routes, func(r *flow.Route) bool { return r.FirstHost() == "" }) {
			continue
		}
		if slices.ContainsFunc(m.Sources(), func(f *source.File) bool { return strings.Contains(f.Text, flow.AnyHost) }) {
			continue
		}
		for _, d := range m.Findings {
			if strings.Contains(d.Message, flow.AnyHost) {
				t.Errorf("%s: %s %s", c.Name, d.Code, d.Message)
			}
		}
		plans, _ := m.Plans(Choice{})
		for _, p := range plans {
			pic, _ := p.Picture()
			for _, f := range emit.Formats {
				if pic == nil || !f.Fits(pic) || f.Binary {
					continue
				}
				text, _, err := m.Emit(context.Background(), p, pic, f, emit.Options{Layout: noLayout})
				if err == nil && bytes.Contains(text, []byte(flow.AnyHost)) {
					t.Errorf("%s: %s as %s names %s", c.Name, p.Name, f.Name, flow.AnyHost)
				}
				drawn++
			}
		}
	}
	if drawn < 500 {
		t.Errorf("only %d pictures", drawn)
	}
}
