package flow_test

import (
	"fmt"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

const twoHosts = `
ca staff-ca { private }
certificate staff { issuer staff-ca }
client clerk { certificate staff }
client visitor
proxy haproxy {
    listen http :80
    listen https :443
}
route desk on haproxy {
    host desk.example.test
    tls edge
    client-certificate required staff-ca
    %s
    insecure allow
    to app
}
route www on haproxy {
    host www.example.test
    tls edge
    to app
}
request certified {
    from clerk
    get https://desk.example.test/
}
request fronted {
    from visitor
    get https://www.example.test/
    host desk.example.test
}
request nameless {
    from visitor
    get https://desk.example.test/
    sni none
}
request plaintext {
    from visitor
    get http://desk.example.test/
}
request refused {
    from visitor
    get https://desk.example.test/
}
backend app
`

// TestWithoutCertificate asks a route that requires a client certificate by every
// way past it: HAProxy serves them without the guard, and refuses them with it
// (measured: e2e/haproxy, fronted and fail-fronted).
func TestWithoutCertificate(t *testing.T) {
	for _, tc := range []struct {
		statement string
		want      [5]string
	}{
		{"", [5]string{"200", "200", "200", "200", "alert certificate_required"}},
		{"without-certificate 421", [5]string{"200", "421", "421", "421", "alert certificate_required"}},
		{"without-certificate 403", [5]string{"200", "403", "403", "403", "alert certificate_required"}},
	} {
		topology := mustResolve(t, "m", fmt.Sprintf(twoHosts, tc.statement))
		for i, q := range topology.Requests {
			o := flow.Derive(topology, q).Outcome
			if got := words.Outcome(o); got != tc.want[i] {
				t.Errorf("%q: request %s: %s, want %s", tc.statement, q.Name, got, tc.want[i])
			}
			if refused := tc.statement != "" && i > 0 && i < 4; refused && (o.Fault != flow.FaultUncertified || o.Reached || o.FromID() != "haproxy") {
				t.Errorf("%q: request %s: fault %d from %s, reached %t", tc.statement, q.Name, o.Fault, o.FromID(), o.Reached)
			}
		}
	}
}

// TestAsked is what a client is asked for by its SNI: the terms that a route of its
// host states, whichever of them is tried first, and no other host's.
func TestAsked(t *testing.T) {
	topology := mustResolve(t, "m", `
ca a
ca b
proxy haproxy {
    listen https :443 { client-certificate optional b }
    listen tcp :8443
}
route wild on haproxy {
    host *.example.test
    tls edge
    client-certificate required b
    to app
}
route status on haproxy {
    host desk.example.test
    path /status
    tls edge
    to app
}
route desk on haproxy {
    host desk.example.test
    tls edge
    client-certificate required a
    to app
}
route www on haproxy {
    host www.example.test
    tls edge
    to app
}
backend app
`)
	l := topology.Proxies[0].Listeners[0]
	for sni, want := range map[string]string{
		"desk.example.test": "required a", "www.example.test": "optional b", "x.example.test": "required b", "other.test": "optional b", "": "optional b",
	} {
		auth := l.Asks(sni).V
		got := map[flow.AuthMode]string{flow.AuthOptional: "optional", flow.AuthRequired: "required"}[auth.Mode] + " " + auth.CA.Name
		if got != want {
			t.Errorf("SNI %q is asked for %s, want %s", sni, got, want)
		}
	}
	if n := len(l.AskedFor()); n != 3 {
		t.Errorf("%d kinds of session, want 3", n)
	}
	by := func(name string) string {
		for _, r := range topology.Routes {
			if r.Name == name {
				if s, ok := l.Bypass(r, l.AskedFor()); ok {
					return s.Route.Name
				}
			}
		}
		return ""
	}
	if got := []string{by("desk"), by("wild"), by("status")}; got[0] != "www" || got[1] == "" || got[2] != "" {
		t.Errorf("bypassed by %q", got)
	}
}

// TestUnnamedSessions is what a port asks of clients whose SNI no route names, where the
// one route of the port requires a certificate: none without strict-sni (measured).
func TestUnnamedSessions(t *testing.T) {
	for port, want := range map[string]string{
		"":                                     "",
		"strict-sni":                           "-",
		"client-certificate required staff-ca": "-",
		"certificate star\n strict-sni":        "any.example.test",
		"certificate star\n client-certificate optional other": "",
	} {
		topology := mustResolve(t, "m", `
ca staff-ca
ca other
certificate star { names *.example.test }
proxy haproxy {
    listen https :443 {
        `+port+`
    }
}
route desk on haproxy {
    host desk.example.test
    tls edge
    client-certificate required staff-ca
    to app
}
backend app
`)
		l := topology.Proxies[0].Listeners[0]
		got := "-"
		if by, ok := l.Bypass(topology.Routes[0], l.AskedFor()); ok {
			got = by.SNI
		}
		if got != want {
			t.Errorf("%q: past by SNI %q, want %q", port, got, want)
		}
		past := false
		for f := range flow.Failures(topology, topology.Routes[0]) {
			past = past || f.Past
		}
		if past != (want == "") {
			t.Errorf("%q: served without SNI: %t", port, past)
		}
	}
}
