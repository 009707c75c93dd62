package diff_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/internal/diff"
	"github.com/flowc-lang/flowc/internal/pipeline"
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

// BenchmarkAll reads and compares two texts of 10,000 routes, in turns with a check of one of them:
// x-check is the ratio of the two, which is to be below 2. docs/performance.md has the figures.
func BenchmarkAll(b *testing.B) {
	routes := bench.Routes(10_000)
	fleet := bench.Model(bench.Fleet(10_000), bench.Seed)
	for _, c := range []struct{ name, file, old, is string }{
		{"yaml", "routes.yaml", routes, strings.Replace(routes, "termination: reencrypt", "termination: edge", 1)},
		{"flow", "fleet.flow", fleet, edited(fleet)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var check, compare time.Duration
			for b.Loop() {
				start := time.Now()
				m := pipeline.LoadText(c.file, c.old)
				m.Compile()
				if !m.Drawable() {
					b.Fatal(m.Findings)
				}
				check += time.Since(start)
				start = time.Now()
				old, is := resolved(b, c.file, c.old), resolved(b, c.file, c.is)
				if r := diff.Of(context.Background(), old, is); r.Worst() != diff.Breaking {
					b.Fatal(r.Heading())
				}
				compare += time.Since(start)
			}
			b.ReportMetric(float64(compare)/float64(check), "x-check")
		})
	}
}

// edited is a fleet in which a route is in another mode, and a proxy has a timeout.
func edited(text string) string {
	text = strings.Replace(text, "tls edge", "tls none", 1)
	return strings.Replace(text, "    listen https", "    timeout server 30s\n    listen https", 1)
}
