package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/bench"
	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/front"
)

// BenchmarkRoutes reads YAML, reads objects, and checks them: the last is to take at most
// six times the first, and twice as many are to take twice the time.
func BenchmarkRoutes(b *testing.B) {
	for _, n := range []int{5000, 10000} {
		text := bench.Routes(n)
		read := func() *front.Model {
			m, err := cluster.End.Read(b.Context(), front.Input{Path: "routes.yaml", Read: func(string) ([]byte, error) { return []byte(text), nil }})
			if err != nil || len(m.Findings) > 0 {
				b.Fatal(err, m.Findings)
			}
			return m
		}
		b.Run(fmt.Sprintf("yaml/%d", n), func(b *testing.B) {
			for b.Loop() {
				dec := yaml.NewDecoder(strings.NewReader(text))
				for {
					var node yaml.Node
					if err := dec.Decode(&node); errors.Is(err, io.EOF) {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("read/%d", n), func(b *testing.B) {
			for b.Loop() {
				read()
			}
		})
		b.Run(fmt.Sprintf("check/%d", n), func(b *testing.B) {
			for b.Loop() {
				m := read()
				d, _, err := m.Draft(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				topology, _ := flow.Complete(d)
				found := check.Run(topology, flow.NewCache(topology))
				m.Advise(topology, found)
				m.Judge(topology, found)
			}
		})
	}
}
