package flow

import (
	"slices"
	"testing"
)

// TestServerWeights holds the weights that servers have in a route: the smallest whole ones,
// and those of servers that are down as if they were up.
func TestServerWeights(t *testing.T) {
	server := func(weight int, backup, down bool) *Server {
		s := &Server{ServerFacts: ServerFacts{Weight: Default(weight), Backup: Default(backup), State: Default(ServerUp)}}
		if down {
			s.State = Default(ServerDown)
		}
		return s
	}
	target := func(weight int, servers ...*Server) *Target {
		return &Target{Backend: &Backend{Servers: servers}, Weight: Default(weight)}
	}
	for _, tc := range []struct {
		name    string
		targets []*Target
		want    []int
	}{
		{"one target", []*Target{target(1, server(2, false, false), server(5, false, false))}, []int{2, 5}},
		{"what divides is left out", []*Target{target(180, server(1, false, false), server(1, false, false)), target(10, server(10, false, false))}, []int{90, 90, 10}},
		{"thirds", []*Target{target(1, server(1, false, false), server(2, false, false)), target(1, server(1, false, false))}, []int{1, 2, 3}},
		{"a server that is down beside one that is not", []*Target{target(4, server(1, false, true), server(2, false, false)), target(1, server(1, false, false))}, []int{2, 4, 1}},
		{"all backups are down", []*Target{target(90, server(90, false, false), server(90, true, true)), target(1, server(1, false, false))}, []int{90, 90, 1}},
		{"no weight", []*Target{target(0, server(0, false, false)), target(1, server(3, false, false))}, []int{0, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := (&Route{Targets: tc.targets}).ServerWeights(); !slices.Equal(got, tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

// TestNeverTLS holds that a route for what does not come over TLS says nothing of a handshake.
func TestNeverTLS(t *testing.T) {
	for _, not := range []bool{false, true} {
		m := model(ModeEdge)
		p, r := m.Proxies[0], m.Routes[0]
		l := p.Listeners[1]
		own := &Certificate{Decl: Decl{Name: "own"}}
		r.Certificate = Default(own)
		r.Matches = []Match{{Kind: MatchTLS, Not: not}}
		shown, _ := l.CertificateFor(r.HostOn(p))
		if l.Ends(r) == not || (l.terminated(r.HostOn(p)) == r) == not || (shown == own) == not {
			t.Errorf("not tls %t: ends %t, sets terms %t, shows its certificate %t", not, l.Ends(r), l.terminated(r.HostOn(p)) == r, shown == own)
		}
	}
}
