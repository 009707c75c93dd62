package witness_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/witness"
)

// TestRules looks for a course for what each rule finds in its own bad example:
// there is one that has its step, or a reason.
func TestRules(t *testing.T) {
	var out strings.Builder
	for _, r := range check.Rules {
		if r.Bad == "" {
			continue
		}
		m := pipeline.Load("m.flow", func(string) ([]byte, error) { return []byte(r.Bad), nil })
		m.Compile()
		found := false
		for _, d := range m.Findings {
			if d.Code != r.Code || found {
				continue
			}
			found = true
			shown, reason := witness.Of(m.Topology, flow.NewCache(m.Topology), d)
			if (shown == nil) != (reason != "") {
				t.Errorf("%s: shown %v and reason %q", r.Code, shown != nil, reason)
			}
			if shown == nil {
				fmt.Fprintf(&out, "%s %s\n    none: %s\n", r.Code, d.Message, reason)
				continue
			}
			q, s := shown.Course.Request, shown.Step
			asks := q.Title()
			if len(q.Calls) > 0 {
				asks = q.Calls[0].URL()
			}
			fmt.Fprintf(&out, "%s %s\n    own %v, %s: %s at %s %s\n", r.Code, d.Message, shown.Own, asks,
				words.Outcome(shown.Course.Outcome), s.ID, words.Detail(s))
			if s.N > len(shown.Course.Steps) || shown.Course.Steps[s.N-1] != s {
				t.Errorf("%s: step %s is none of its course", r.Code, s.ID)
			}
		}
		if !found {
			t.Errorf("nothing is found in the bad example of %s", r.Code)
		}
	}
	golden.Check(t, "testdata/rules.golden", out.String())
}
