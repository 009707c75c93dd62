package check

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
)

// TestAsked holds that the requests that are found by a route's host are those
// that a walk over all of them finds.
func TestAsked(t *testing.T) {
	hosts := []string{"", "a.test", "A.Test.", "b.a.test", "*.a.test", "*.TEST", "test", "*", ".", ".test", "ä.test", "x.b.a.test"}
	rapid.Check(t, func(t *rapid.T) {
		topology := &flow.Topology{}
		var want []string
		pattern := rapid.SampledFrom(hosts).Draw(t, "pattern")
		for _, host := range rapid.SliceOfN(rapid.SampledFrom(hosts), 0, 8).Draw(t, "hosts") {
			topology.Requests = append(topology.Requests, &flow.Request{RequestFacts: flow.RequestFacts{Calls: []flow.Call{{Host: host}}}})
			if flow.HostMatches(pattern, host) {
				want = append(want, host)
			}
		}
		topology.Requests = append(topology.Requests, &flow.Request{}) // a health check
		var got []string
		for _, q := range newAsked(topology, newCourses(flow.NewCache(topology)), newWays(&flow.Paths{})).of(pattern) {
			got = append(got, q.Calls[0].Host)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: by a walk (-) and by the index (+):\n%s", pattern, diff)
		}
	})
}
