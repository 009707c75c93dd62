package flow

import (
	"slices"
	"testing"
)

// TestReachable has which servers and proxies anybody is ever sent to: at weight
// zero only with a cookie, where the proxy reads it.
func TestReachable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		affinity   string
		mode       Mode
		kind       ListenKind
		weights    [2]int // of the targets new and old
		server     int    // the weight of the second server of new
		down       bool   // it is
		reach, use []string
		uses       [2]bool
	}{
		{"both", "", ModeEdge, ListenHTTPS, [2]int{1, 1}, 1, false, []string{"new-1", "new-2", "inner"}, []string{"new-1", "new-2", "inner"}, [2]bool{true, true}},
		{"a target at zero", "", ModeEdge, ListenHTTPS, [2]int{1, 0}, 1, false, []string{"new-1", "new-2"}, []string{"new-1", "new-2"}, [2]bool{true, false}},
		{"a server at zero", "", ModeEdge, ListenHTTPS, [2]int{1, 1}, 0, false, []string{"new-1", "inner"}, []string{"new-1", "inner"}, [2]bool{true, true}},
		{"a cookie leads to both", "node", ModeEdge, ListenHTTPS, [2]int{1, 0}, 0, false, []string{"new-1", "new-2", "inner"}, []string{"new-1"}, [2]bool{true, true}},
		{"all at zero, with a cookie", "node", ModeReencrypt, ListenHTTPS, [2]int{0, 0}, 1, false, []string{"new-1", "new-2", "inner"}, nil, [2]bool{true, true}},
		{"all at zero", "", ModeEdge, ListenHTTPS, [2]int{0, 0}, 1, false, nil, nil, [2]bool{false, false}},
		{"nobody reads the cookie", "node", ModePassthrough, ListenHTTPS, [2]int{1, 0}, 1, false, []string{"new-1", "new-2"}, []string{"new-1", "new-2"}, [2]bool{true, false}},
		{"a port that relays bytes", "node", ModeEdge, ListenTCP, [2]int{0, 1}, 1, false, []string{"inner"}, []string{"inner"}, [2]bool{false, true}},
		{"down comes back", "", ModeEdge, ListenHTTPS, [2]int{1, 0}, 1, true, []string{"new-1", "new-2"}, []string{"new-1"}, [2]bool{true, false}},
	} {
		b := &Backend{Decl: Decl{Name: "new"}}
		for i, name := range []string{"new-1", "new-2"} {
			s := &Server{Decl: Decl{Name: name}, ServerFacts: ServerFacts{Weight: given([]int{1, tc.server}[i]), State: given(ServerUp)}, Backend: b}
			if i == 1 && tc.down {
				s.State = given(ServerDown)
			}
			b.Servers = append(b.Servers, s)
		}
		p := &Proxy{Decl: Decl{Name: "haproxy"}}
		l := &Listener{ListenerFacts: ListenerFacts{Kind: tc.kind, Port: 443}, Proxy: p}
		p.Listeners = []*Listener{l}
		r := &Route{RouteFacts: RouteFacts{Mode: given(tc.mode), Affinity: given(tc.affinity)}, Proxies: []*Proxy{p}, Targets: []*Target{
			{Backend: b, Weight: given(tc.weights[0])},
			{Proxy: &Proxy{Decl: Decl{Name: "inner"}}, Weight: given(tc.weights[1])},
		}}
		names := func(list []serverChoice) []string {
			var out []string
			for _, c := range list {
				if c.proxy != nil {
					out = append(out, c.proxy.Name)
				} else {
					out = append(out, c.server.Name)
				}
			}
			return out
		}
		if got := names(r.reachable(l, l.Port)); !slices.Equal(got, tc.reach) {
			t.Errorf("%s: %v can be reached, want %v", tc.name, got, tc.reach)
		}
		if got := names(r.choices(443)); !slices.Equal(got, tc.use) {
			t.Errorf("%s: it chooses among %v, want %v", tc.name, got, tc.use)
		}
		if got := [2]bool{r.Uses(r.Targets[0]), r.Uses(r.Targets[1])}; got != tc.uses {
			t.Errorf("%s: it uses %v, want %v", tc.name, got, tc.uses)
		}
	}
}
