package flow

import "testing"

// TestSeen follows a client's address over connections with and without a
// PROXY header.
func TestSeen(t *testing.T) {
	client, proxy := &Participant{Kind: KindClient}, &Participant{Kind: KindProxy}
	hop := func(from *Participant, source string, header bool) *Connection {
		c := &Connection{From: from, Source: source}
		if header {
			c.header = &Step{}
		}
		return c
	}
	direct := &channel{link: link{path: []*Connection{hop(client, "192.0.2.7", false)}}}
	for _, tc := range []struct {
		name string
		from *channel
		path []*Connection
		want string
	}{
		{"direct", nil, direct.path, "192.0.2.7"},
		{"a client with a header", nil, []*Connection{hop(client, "192.0.2.7", true)}, "192.0.2.7"},
		{"relayed", nil, []*Connection{direct.path[0], hop(proxy, "10.0.0.5", false)}, "10.0.0.5"},
		{"relayed from nowhere stated", nil, []*Connection{direct.path[0], hop(proxy, "", false)}, ""},
		{"relayed with a header", nil, []*Connection{direct.path[0], hop(proxy, "10.0.0.5", true)}, "192.0.2.7"},
		{"twice, the second with a header", nil, []*Connection{direct.path[0], hop(proxy, "10.0.0.5", false), hop(proxy, "10.0.0.6", true)}, "10.0.0.5"},
		{"twice, both with a header", nil, []*Connection{direct.path[0], hop(proxy, "10.0.0.5", true), hop(proxy, "10.0.0.6", true)}, "192.0.2.7"},
		{"of a proxy's own", direct, []*Connection{hop(proxy, "10.0.0.5", false)}, "10.0.0.5"},
		{"of a proxy's own with a header", direct, []*Connection{hop(proxy, "10.0.0.5", true)}, "192.0.2.7"},
	} {
		if got := (&channel{from: tc.from, link: link{path: tc.path}}).seen(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
