package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/trace"
)

// A router's own configuration, and the objects of which it was made, are the same
// topology: each request ends in the same way, TLS ends at the same parties, the same is
// verified, and the same servers have the same shares.
func TestRouterAgrees(t *testing.T) {
	read := os.ReadFile
	named := func(path string) ([]byte, error) { // a map, of which the configuration has the path in the router
		return os.ReadFile(filepath.Join("testdata/router", filepath.Base(path)))
	}
	compiled := func(path string, data func(string) ([]byte, error)) *flow.Topology {
		m, err := pipeline.LoadFrom(t.Context(), pipeline.Input{Input: front.Input{Path: path, Read: read, Data: data}})
		if err != nil {
			t.Fatal(err)
		}
		m.Compile()
		if !m.Drawable() {
			t.Fatal(m.Findings)
		}
		return m.Topology
	}
	router := compiled("testdata/router/haproxy.cfg", named)
	objects := compiled("testdata/models/seven-routes.yaml", nil)
	differing := map[string]bool{}
	for _, host := range []string{"www", "allow", "kc", "plain", "svc", "api", "nobody"} {
		for _, scheme := range []string{"http", "https"} {
			for _, path := range []string{"/", "/shop", "/shop/1", "/shopping"} {
				for _, sni := range []string{"", "none", "other.apps.example.com"} {
					if sni != "" && scheme == "http" {
						continue
					}
					ask := trace.Ask{URL: scheme + "://" + host + ".apps.example.com" + path, SNI: sni}
					a, b := courseOf(t, router, ask), courseOf(t, objects, ask)
					if d := cmp.Diff(a, b); d != "" {
						t.Errorf("%s, SNI %q (-router +objects):\n%s", ask.URL, sni, d)
					}
					differing[a] = true
				}
			}
		}
	}
	if len(differing) < 9 {
		t.Error("only", len(differing), "different courses")
	}
}

// courseOf is what a request comes to, without names.
func courseOf(t *testing.T, top *flow.Topology, ask trace.Ask) string {
	t.Helper()
	q, _, err := ask.Request(top)
	if err != nil {
		t.Fatal(err)
	}
	lc := flow.Derive(top, q)
	out := []string{fmt.Sprint(lc.Outcome.Endings)}
	for _, s := range lc.Sessions {
		var names []string
		for _, c := range s.Checks {
			if strings.Contains(c, ".") && !strings.HasSuffix(c, ".apps.example.com") {
				names = append(names, c)
			}
		}
		out = append(out, fmt.Sprintf("TLS %s to %s, SNI %q, ALPN %q, versions %s, up %v, verified %v %v", end(s.Ends[0]), end(s.Ends[1]), s.SNI, s.ALPN, s.Shared, s.Up, s.Verified, names))
	}
	plain := false
	for _, st := range lc.Steps {
		if st.Op == flow.OpRequest && !st.Protected && st.Connection != nil && st.Connection.To.Kind == flow.KindServer {
			plain = true
		}
	}
	out = append(out, fmt.Sprintf("plaintext to a server: %v", plain))
	for _, x := range lc.Exchanges {
		if x.Route != nil && lc.Outcome.Reached {
			out = append(out, shares(x.Route)...)
		}
	}
	return strings.Join(out, "\n")
}

// end is a party of a session without its name.
func end(p *flow.Participant) string {
	if p.Kind == flow.KindInner {
		return flow.KindProxy.String()
	}
	return p.Kind.String()
}

// shares are the servers of a route with their part of its requests, in percent.
func shares(r *flow.Route) []string {
	weights, all := map[string]float64{}, 0.0
	for _, t := range r.Targets {
		if t.Backend == nil {
			continue
		}
		sum := 0.0
		for _, s := range t.Backend.Servers {
			sum += float64(s.Weight.V)
		}
		for _, s := range t.Backend.Servers {
			if sum > 0 {
				weights[fmt.Sprintf("%s:%d", s.Address, s.Port)] += float64(t.Weight.V) * float64(s.Weight.V) / sum
			}
		}
		all += float64(t.Weight.V)
	}
	var out []string
	for s, w := range weights {
		out = append(out, fmt.Sprintf("server %s: %.0f%%", s, 100*w/all))
	}
	slices.Sort(out)
	return out
}
