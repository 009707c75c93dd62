package diff_test

import (
	"context"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/internal/diff"
)

// BenchmarkFleet compares two fleets of 10,000 routes, whose names are resolved, one of which has
// another mode and a timeout. docs/performance.md has the figures.
func BenchmarkFleet(b *testing.B) {
	text := bench.Model(bench.Fleet(10_000), bench.Seed)
	old, is := resolved(b, "old.flow", text), resolved(b, "new.flow", edited(text))
	b.ResetTimer()
	b.ReportAllocs()
	for b.Loop() {
		if r := diff.Of(context.Background(), old, is); r.Worst() != diff.Breaking {
			b.Fatal(r.Heading())
		}
	}
}

// edited is a fleet in which a route is in another mode, and a proxy has a timeout.
func edited(text string) string {
	text = strings.Replace(text, "tls edge", "tls none", 1)
	return strings.Replace(text, "    listen https", "    timeout server 30s\n    listen https", 1)
}
