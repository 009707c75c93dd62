package cluster_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/flowc-lang/flowc/check"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/front"
)

// manyRoutes is a List of n Routes, as oc prints it.
func manyRoutes(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: List\nitems:\n")
	for i := range n {
		mode := []string{"edge", "reencrypt", "passthrough"}[i%3]
		fmt.Fprintf(&b, `- apiVersion: route.openshift.io/v1
  kind: Route
  metadata:
    annotations:
      haproxy.router.openshift.io/timeout: 30s
      openshift.io/host.generated: "true"
    creationTimestamp: "2026-01-01T00:00:00Z"
    labels:
      app: app-%[1]d
      team: t%[3]d
    name: app-%[1]d
    namespace: ns-%[2]d
    resourceVersion: "%[1]d"
    uid: 2f0e4c1e-0000-4000-8000-%012[1]d
  spec:
    host: app-%[1]d.apps.example.com
    port:
      targetPort: web
    tls:
      insecureEdgeTerminationPolicy: Redirect
      termination: %[4]s
    to:
      kind: Service
      name: app-%[1]d
      weight: 100
    wildcardPolicy: None
  status:
    ingress:
    - conditions:
      - lastTransitionTime: "2026-01-01T00:00:01Z"
        status: "True"
        type: Admitted
      host: app-%[1]d.apps.example.com
      routerCanonicalHostname: router-default.apps.example.com
      routerName: default
      wildcardPolicy: None
`, i, i%100, i%7, mode)
	}
	return b.String()
}

// BenchmarkRoutes reads YAML, reads objects, and checks them: the last is to take at most
// six times the first, and twice as many are to take twice the time.
func BenchmarkRoutes(b *testing.B) {
	for _, n := range []int{5000, 10000} {
		text := manyRoutes(n)
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
