package bench_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// screens are how many screens of 1,080 pixels the structural pictures of a fleet take at most.
var screens = map[string]int{"topology": 1, "decision": 2, "shards": 2}

// TestFolded holds the pictures of fleets of any size to what is read at once.
func TestFolded(t *testing.T) {
	svg, err := pipeline.Format("svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, routes := range []int{30, 100, 300, 1000} {
		m := pipeline.LoadText("model.flow", bench.Model(bench.Fleet(routes), bench.Seed))
		m.Compile()
		for view, most := range screens {
			plans, _ := m.Plans(pipeline.Choice{Views: []string{view}})
			pic, reason := plans[0].Picture()
			if pic == nil {
				t.Fatal(reason)
			}
			text, _, err := m.Emit(context.Background(), plans[0], pic, svg, emit.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var w, h int
			at := bytes.Index(text, []byte(`width="`))
			if _, err := fmt.Sscanf(string(text[at:]), `width="%d" height="%d"`, &w, &h); err != nil {
				t.Fatal(err)
			}
			if h > most*1080 || w > 912 {
				t.Errorf("%s of %d routes is %d by %d", view, routes, w, h)
			}
		}
	}
}
