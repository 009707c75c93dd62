package check

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/flowc-lang/flowc/flow"
)

// TestSockets holds that the port that is found is the first one that takes the
// same connections.
func TestSockets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zones := []*flow.Zone{nil, {}, {}}
		proxies := []*flow.Proxy{{Zone: zones[0]}, {Zone: zones[1]}, {Zone: zones[2]}, {Zone: zones[1]}}
		addresses := []string{"", "0.0.0.0", "127.0.0.1", "10.0.0.1", "::", "::1", "2001:db8::1", "::ffff:10.0.0.1", "host.test"}
		s := newSockets()
		for range rapid.IntRange(0, 8).Draw(t, "ports") {
			l := &flow.Listener{Proxy: rapid.SampledFrom(proxies).Draw(t, "proxy"), ListenerFacts: flow.ListenerFacts{
				Address: rapid.SampledFrom(addresses).Draw(t, "address"), Port: rapid.IntRange(80, 81).Draw(t, "port"),
			}}
			var want *flow.Listener
			for _, o := range s.all {
				if want == nil && o.Port == l.Port && sameSocket(l, o) {
					want = o
				}
			}
			if got := s.other(l); got != want {
				t.Fatalf("%+v: found %+v, want %+v", l, got, want)
			}
			s.add(l)
		}
	})
}
