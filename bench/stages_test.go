package bench_test

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/emit"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/grammar"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/resolve"
	"github.com/flowc-lang/flowc/source"
	"github.com/flowc-lang/flowc/view"
)

// measured are the models of the benchmarks of stages.
var measured = []bench.Shape{bench.Small, bench.Typical, bench.Fleet(1000), bench.Fleet(10_000), bench.Fleet(100_000)}

// stage is one phase of compiling a model: it takes what the phases before it
// have left in the state, and leaves what those after it need.
type stage struct {
	name string
	run  func(*state)
}

type state struct {
	text     string
	file     *ast.File
	draft    *flow.Draft
	topology *flow.Topology
}

var stages = []stage{
	{"parse", func(s *state) { s.file, _ = grammar.Parse(source.NewFile("model.flow", s.text)) }},
	{"resolve", func(s *state) { s.draft, _ = resolve.Draft("model", s.file, nil) }},
	{"complete", func(s *state) { s.topology, _ = flow.Complete(s.draft) }},
	{"paths", func(s *state) {
		flow.FindPaths(context.Background(), s.topology, func(*flow.Request) bool { return false })
	}},
	{"check", func(s *state) { check.Run(s.topology, flow.NewCache(s.topology)) }},
	{"derive", func(s *state) {
		for _, q := range s.topology.Requests {
			flow.Derive(s.topology, q)
		}
	}},
}

// BenchmarkStages runs each phase of compiling by itself. The phases before it
// run anew for each time, because a phase may keep what it looked up; they are
// not measured.
func BenchmarkStages(b *testing.B) {
	for i, stage := range stages {
		for _, shape := range measured {
			b.Run(stage.name+"/"+shape.Name, func(b *testing.B) {
				text := bench.Model(shape, bench.Seed)
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					s := &state{text: text}
					for _, before := range stages[:min(i, 3)] {
						before.run(s)
					}
					b.StartTimer()
					stage.run(s)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*shape.Routes), "ns/route")
			})
		}
	}
}

// BenchmarkParse parses a fleet in turns with Go's own parser, which parses Go
// text of the same size. x-go is the ratio of the two.
func BenchmarkParse(b *testing.B) {
	for _, shape := range measured {
		b.Run(shape.Name, func(b *testing.B) {
			text := bench.Model(shape, bench.Seed)
			golang := goText(len(text))
			var ours, theirs time.Duration
			for b.Loop() {
				start := b.Elapsed()
				if _, found := grammar.Parse(source.NewFile("model.flow", text)); len(found) > 0 {
					b.Fatal(found[0].Message)
				}
				between := b.Elapsed()
				if _, err := parser.ParseFile(token.NewFileSet(), "apps.go", golang, parser.ParseComments|parser.SkipObjectResolution); err != nil {
					b.Fatal(err)
				}
				ours, theirs = ours+between-start, theirs+b.Elapsed()-between
			}
			b.ReportMetric(float64(ours)/float64(theirs), "x-go")
			b.ReportMetric(float64(len(text)*b.N)/1e6/ours.Seconds(), "MB/s")
		})
	}
}

// goText is Go source of about the size of a text.
func goText(size int) string {
	var b strings.Builder
	b.WriteString("package apps\n\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `// App%[1]d is served by team %[2]d.
func App%[1]d(host string) (*Route, error) {
	r := &Route{Name: "app-%[1]d", Host: host, Labels: []string{"team", "tier"}}
	if err := r.check(%[1]d); err != nil {
		return nil, err
	}
	return r, nil
}
`, i, i/250)
	}
	return b.String()
}

// BenchmarkViews projects every view of the typical model.
func BenchmarkViews(b *testing.B) {
	m := compiled(b, bench.Typical)
	for _, v := range view.Views {
		plans, _ := m.Plans(pipeline.Choice{Views: []string{v.Name}})
		b.Run(v.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range plans {
					p.Picture()
				}
			}
		})
	}
}

// BenchmarkFormats writes every picture of the typical model in each format that
// needs no other program.
func BenchmarkFormats(b *testing.B) {
	m := compiled(b, bench.Typical)
	plans, _ := m.Plans(pipeline.Choice{})
	for _, f := range emit.Formats {
		if f.Binary || f.Name == "graphviz" {
			continue
		}
		var of []*pipeline.Plan
		var pictures []view.Picture
		for _, p := range plans {
			pic, _ := p.Picture()
			if pic != nil && f.Fits(pic) {
				of, pictures = append(of, p), append(pictures, pic)
			}
		}
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for i, p := range of {
					if _, _, err := m.Emit(context.Background(), p, pictures[i], f, emit.Options{}); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkExchanges derives, projects and writes a sequence of 10,000 messages.
func BenchmarkExchanges(b *testing.B) {
	text := bench.Exchanges(1000)
	format, err := pipeline.Format("svg")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m := pipeline.LoadText("model.flow", text)
		m.Compile()
		plans, _ := m.Plans(pipeline.Choice{Views: []string{"sequence"}})
		pic, _ := plans[0].Picture()
		if _, _, err := m.Emit(context.Background(), plans[0], pic, format, emit.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func compiled(b *testing.B, shape bench.Shape) *pipeline.Model {
	b.Helper()
	m := pipeline.LoadText("model.flow", bench.Model(shape, bench.Seed))
	m.Compile()
	if len(m.Findings) > 0 {
		b.Fatal(m.Findings[0].Message)
	}
	return m
}
