package diff_test

import (
	"math/rand/v2"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// FuzzDiff makes edits in models, one after the other: none stops a comparison, a model does not
// differ from itself, and the grades hold (see TestEdits).
func FuzzDiff(f *testing.F) {
	for i, r := range check.Rules {
		f.Add(r.Bad, uint64(i))
		f.Add(r.Good, uint64(i))
	}
	f.Fuzz(func(t *testing.T, model string, seed uint64) {
		if len(model) > 1<<12 {
			t.Skip("long ones are slow")
		}
		d := draftOf(t, pipeline.LoadText("fuzz.flow", model))
		if d == nil {
			return
		}
		old := topology(d)
		if got := text(old, topology(copied(d))); got != "" {
			t.Fatalf("it differs from itself: %s", got)
		}
		e := &editor{copied(d), rand.New(rand.NewPCG(seed, 3))}
		for range 3 {
			edits[e.rnd.IntN(len(edits))].make(e)
		}
		is := topology(e.d)
		r := diff.Of(t.Context(), diff.Side{Topology: old}, diff.Side{Topology: is})
		if what := holds(old, is, r); what != "" {
			t.Errorf("%s\n%s", what, text(old, is))
		}
	})
}
