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
	for _, c := range []struct{ folder, objects string }{
		{"seven", "seven-routes.yaml"},
		{"wildcard", "wildcard-passthrough.yaml"},
	} {
		t.Run(c.folder, func(t *testing.T) {
			named := func(path string) ([]byte, error) { // a map, of which the configuration has the path in the router
				return os.ReadFile(filepath.Join("testdata/router", c.folder, filepath.Base(path)))
			}
			router := topologyOf(t, filepath.Join("testdata/router", c.folder, "haproxy.cfg"), named)
			objects := topologyOf(t, filepath.Join("testdata/models", c.objects), nil)
			differing := map[string]bool{}
			for _, q := range asksOf(t, router, objects) {
				a, b := courseOf(t, router, q), courseOf(t, objects, q)
				if d := cmp.Diff(a, b); d != "" {
					t.Errorf("%s, SNI %q (-router +objects):\n%s", q.URL, q.SNI, d)
				}
				differing[a] = true
			}
			if len(differing) < 9 {
				t.Error("only", len(differing), "different courses")
			}
		})
	}
}

// topologyOf compiles a model.
func topologyOf(t *testing.T, path string, data func(string) ([]byte, error)) *flow.Topology {
	t.Helper()
	m, err := pipeline.LoadFrom(t.Context(), pipeline.Input{Input: front.Input{Path: path, Read: os.ReadFile, Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	m.Compile()
	if !m.Drawable() {
		t.Fatal(m.Findings)
	}
	return m.Topology
}

// asksOf is what either topology is asked for on all of its paths, in TLS by each SNI that a
// client may choose.
func asksOf(t *testing.T, topologies ...*flow.Topology) []trace.Ask {
	t.Helper()
	var out []trace.Ask
	seen := map[string]bool{}
	for _, top := range topologies {
		n := 0
		for _, p := range flow.FindPaths(t.Context(), top, func(*flow.Request) bool { return true }).All {
			if p.Ask.Inside || !p.Ask.Call.IsHTTP() {
				continue
			}
			n++
			snis := []string{""}
			if p.Ask.Call.Scheme == "https" {
				snis = append(snis, "none", "other.apps.example.com", "nobody.example.com")
			}
			for _, path := range []string{p.Ask.Call.Path, p.Ask.Call.Path + "more", "/"} {
				for _, sni := range snis {
					a := trace.Ask{URL: p.Ask.Call.Scheme + "://" + p.Ask.Call.Host + path, SNI: sni}
					if k := a.URL + " " + a.SNI; !seen[k] {
						seen[k] = true
						out = append(out, a)
					}
				}
			}
		}
		if n < 11 {
			t.Error("only", n, "paths")
		}
	}
	return out
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
