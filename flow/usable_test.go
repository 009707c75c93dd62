package flow_test

import (
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

func topologyOf(t *testing.T, text string) *flow.Topology {
	t.Helper()
	m := pipeline.LoadText("m.flow", text)
	m.Compile()
	if !m.Drawable() {
		t.Fatal(m.Findings)
	}
	return m.Topology
}

// twoClients is a port that asks for a certificate, and who has one.
const twoClients = `
ca staff-ca { private }
certificate staff { issuer staff-ca }
client browser
client admin { certificate staff }
`

func TestUsable(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"certificate of a later client", twoClients + `
proxy in {
    listen https :443 { client-certificate required staff-ca }
}
route r on in {
    host r.test
    tls edge
    to app
}`, "admin"},
		{"behind a balancer", twoClients + `
proxy lb { listen tcp :443 }
proxy in {
    listen https :443 { client-certificate required staff-ca }
}
route all on lb { to in }
route r on in {
    host r.test
    tls edge
    to app
}`, "admin"},
		{"the server asks", twoClients + `
proxy in { listen tcp :443 }
backend app { speaks https { client-certificate required staff-ca } }
route r on in {
    host r.test
    tls passthrough
    to app
}`, "admin"},
		{"allow list", `
client browser { address 203.0.113.7 }
client office { address 192.0.2.1 }
proxy in { listen https :443 }
route r on in {
    host r.test
    tls edge
    allow 192.0.2.0/24
    to app
}`, "office"},
		{"who asks in the model", `
client browser
client other
proxy in { listen https :443 }
route r on in {
    host r.test
    tls edge
    to app
}
request q {
    from other
    get https://r.test/
}`, "other"},
		{"who asks in the model and is refused", twoClients + `
proxy in {
    listen https :443 { client-certificate required staff-ca }
}
route r on in {
    host r.test
    tls edge
    to app
}
request q {
    from browser
    get https://r.test/
    expect alert certificate_required
}`, "admin"},
		{"nobody comes through, one comes further", twoClients + `
proxy in {
    listen https :443 { client-certificate required staff-ca }
}
backend app { server one down }
route r on in {
    host r.test
    tls edge
    to app
}`, "admin"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := topologyOf(t, tc.text)
			var r *flow.Route
			for _, o := range m.Routes {
				if o.Name == "r" {
					r = o
				}
			}
			q := flow.Usable(m, r, "https")
			if q == nil || q.From.Name != tc.want {
				t.Errorf("got %+v, want a request from %s", q, tc.want)
			}
		})
	}
}

// TestFailuresOfUser: what a failure looks like is what it looks like to who can
// use the route, not to the first client.
func TestFailuresOfUser(t *testing.T) {
	const text = `
proxy in {
    listen https :443 { client-certificate required staff-ca }
}
route r on in {
    host r.test
    tls edge
    to app
}`
	mixed, alone := topologyOf(t, twoClients+text), topologyOf(t, `
ca staff-ca { private }
certificate staff { issuer staff-ca }
client admin { certificate staff }
`+text)
	got, want := slices.Collect(flow.Failures(mixed, mixed.Routes[0])), slices.Collect(flow.Failures(alone, alone.Routes[0]))
	if len(got) != len(want) || len(got) < 5 {
		t.Fatalf("%d failures, want %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.What != w.What || g.Lifecycle.Outcome.Fault != w.Lifecycle.Outcome.Fault {
			t.Errorf("%s: fault %d, want %s: fault %d", g.What, g.Lifecycle.Outcome.Fault, w.What, w.Lifecycle.Outcome.Fault)
		}
	}
}

// TestFailuresAtFirstEnd: the client distrusts the proxy at which its own session
// ends, which may stand before the one that serves the route.
func TestFailuresAtFirstEnd(t *testing.T) {
	m := topologyOf(t, `
proxy cdn { listen https :443 }
proxy in { listen https :443 }
route all on cdn {
    tls reencrypt
    to in
}
route r on in {
    host r.test
    tls edge
    to app
}`)
	for f := range flow.Failures(m, m.Routes[1]) {
		if f.What == "the client does not trust the proxy's certificate" {
			if o := f.Lifecycle.Outcome; o.From != f.Lifecycle.Participants[0] {
				t.Errorf("the outcome is %v from %s, want one of the client's own", o.Endings, o.FromID())
			}
			return
		}
	}
	t.Error("the failure is not derived")
}
