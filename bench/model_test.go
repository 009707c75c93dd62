package bench_test

import (
	"fmt"
	"testing"

	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// TestModels shows that generated models are what benchmarks take them for:
// sound, with every mode, of the size that is said, and the same for a seed.
func TestModels(t *testing.T) {
	for _, shape := range []bench.Shape{bench.Small, bench.Typical, bench.Fleet(10), bench.Fleet(1000)} {
		for seed := range uint64(5) {
			t.Run(fmt.Sprintf("%s/%d", shape.Name, seed), func(t *testing.T) {
				text := bench.Model(shape, seed)
				if text != bench.Model(shape, seed) || text == bench.Model(shape, seed+1) {
					t.Error("the text does not follow from the seed")
				}
				m := pipeline.LoadText("model.flow", text)
				m.Compile()
				for _, d := range m.Findings {
					t.Errorf("%s: %s", d.Code, d.Message)
				}
				if n := len(m.Topology.Routes); n != shape.Routes {
					t.Errorf("%d routes, want %d", n, shape.Routes)
				}
				if n := len(m.Topology.Proxies); n != shape.Shards {
					t.Errorf("%d shards, want %d", n, shape.Shards)
				}
			})
		}
	}
}

// TestFleet holds what is said of the size of a route, and that all modes are
// about as frequent.
func TestFleet(t *testing.T) {
	const routes = 10_000
	text := bench.Model(bench.Fleet(routes), bench.Seed)
	if n := len(text) / routes; n < 270 || n > 330 {
		t.Errorf("%d bytes for each route, want about 300", n)
	}
	m := pipeline.LoadText("model.flow", text)
	if err := m.Resolve(t.Context()); err != nil {
		t.Fatal(err)
	}
	modes := map[string]int{}
	for _, r := range m.Topology.Routes {
		modes[r.Mode.V.String()]++
	}
	if len(modes) != 4 {
		t.Errorf("modes are %v, want four", modes)
	}
	for mode, n := range modes {
		if n < routes/5 || n > routes*3/10 {
			t.Errorf("%d of %d routes are %s, want about a quarter", n, routes, mode)
		}
	}
}

// TestExchanges counts the messages of the long sequence.
func TestExchanges(t *testing.T) {
	m := pipeline.LoadText("model.flow", bench.Exchanges(1000))
	m.Compile()
	if len(m.Findings) > 0 {
		t.Fatal(m.Findings[0].Message)
	}
	messages := 0
	for _, s := range m.Derive(m.Topology.Requests[0]).Steps {
		if s.Kind() == flow.Message {
			messages++
		}
	}
	if messages < 10_000 || messages > 10_100 {
		t.Errorf("%d messages, want 10,000 and a few for the connections", messages)
	}
}
