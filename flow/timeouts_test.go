package flow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// waited is who acts on a timeout, which one and after how long.
func waited(lc *flow.Lifecycle) string {
	var out []string
	for _, s := range lc.Steps {
		if e, ok := s.Facts.(flow.Expiry); ok {
			out = append(out, fmt.Sprintf("%s %s %ds", s.At.ID, e.Timeout, s.Wait/1000))
		}
	}
	return strings.Join(out, ", ")
}

// chainOf is a model of two proxies before a server, of which a port and timeouts are given.
func chainOf(outer, outerLimits, inner, innerLimits, server, request string) string {
	lines := func(s string) string { return strings.ReplaceAll(s, ";", "\n") }
	return fmt.Sprintf(`proxy outer {
    listen %s
    timeout connect 5s
    %s
}
proxy inner {
    listen %s
    timeout connect 5s
    %s
}
route o on outer { to inner:81 }
route i on inner { to b }
backend b {
    speaks http
    server s 10.0.0.1:80 %s
}
request q {
    get http://a.example.test/
    via outer
    %s
}
`, outer, lines(outerLimits), inner, lines(innerLimits), server, request)
}

// TestSilentServerBehindTwo waits as long as the shortest timeout on the way:
// each row was measured with two HAProxies 2.6.12 before a server that never
// answers.
func TestSilentServerBehindTwo(t *testing.T) {
	for _, c := range []struct{ outer, outerLimits, inner, innerLimits, want, wait string }{
		{"http :80", "timeout client 20s;timeout server 2s", "http :81", "timeout client 20s;timeout server 5s", "504 from outer", "outer server 2s"},
		{"http :80", "timeout client 2s;timeout server 5s", "http :81", "timeout client 20s;timeout server 6s", "504 from outer", "outer server 5s"},
		{"http :80", "timeout client 20s;timeout server 5s", "http :81", "timeout client 20s;timeout server 3s", "504 from inner", "inner server 3s"},
		{"tcp :80", "timeout client 2s;timeout server 20s", "http :81", "timeout client 20s;timeout server 5s", "504 from inner", "inner server 5s"},
		{"tcp :80", "timeout client 20s;timeout server 3s", "http :81", "timeout client 20s;timeout server 5s", "close from outer", "outer server 3s"},
		{"tcp :80", "timeout client 20s;timeout server 20s;timeout tunnel 3s", "http :81", "timeout client 20s;timeout server 5s", "close from outer", "outer tunnel 3s"},
		{"http :80", "timeout client 20s;timeout server 5s", "tcp :81", "timeout client 20s;timeout server 3s", "502 from outer", "inner server 3s"},
		{"tcp :80", "timeout client 20s;timeout server 5s", "tcp :81", "timeout client 20s;timeout server 3s;timeout tunnel 4s", "close from inner", "inner tunnel 4s"},
	} {
		m := mustResolve(t, "silent", chainOf(c.outer, c.outerLimits, c.inner, c.innerLimits, "silent", ""))
		lc := flow.Derive(m, m.Requests[0])
		if got := words.Outcome(lc.Outcome) + " from " + lc.Outcome.FromID(); got != c.want || waited(lc) != c.wait {
			t.Errorf("%s (%s) before %s (%s): %s after %s, measured %s after %s", c.outer, c.outerLimits, c.inner, c.innerLimits, got, waited(lc), c.want, c.wait)
		}
	}
}

// TestIdleTunnelBehindTwo ends a tunnel over which no byte goes at the shortest
// timeout on its way. Each row was measured with two HAProxies 2.6.12, with a
// WebSocket over http ports and with bytes over tcp ports.
func TestIdleTunnelBehindTwo(t *testing.T) {
	for _, c := range []struct{ outer, inner, want string }{
		{"timeout client 20s;timeout server 20s", "timeout client 20s;timeout server 2s", "inner server 2s"},
		{"timeout client 20s;timeout server 20s", "timeout client 2s;timeout server 20s", "inner client 2s"},
		{"timeout client 20s;timeout server 2s", "timeout client 20s;timeout server 20s", "outer server 2s"},
		{"timeout client 2s;timeout server 20s", "timeout client 20s;timeout server 20s", "outer client 2s"},
		{"timeout client 20s;timeout server 20s;timeout tunnel 60s", "timeout client 2s;timeout server 20s", "inner client 2s"},
		{"timeout client 1s;timeout server 1s;timeout tunnel 5s", "timeout client 1s;timeout server 1s;timeout tunnel 3s", "inner tunnel 3s"},
		{"timeout client 2s", "", "outer client 2s"},
		{"", "timeout server 2s", "inner server 2s"},
		{"", "", "none"},
	} {
		for kind, ask := range map[string]string{"http": "upgrade websocket", "tcp": ""} {
			m := mustResolve(t, "idle", chainOf(kind+" :80", c.outer, kind+" :81", c.inner, "", ask))
			got := "none"
			if l, ok := flow.Derive(m, m.Requests[0]).IdleEnd(); ok {
				got = fmt.Sprintf("%s %s %ds", l.Proxy.Name, l.Kind, l.Millis/1000)
			}
			if got != c.want {
				t.Errorf("%s: %s before %s: %s, measured %s", kind, c.outer, c.inner, got, c.want)
			}
		}
	}
}

// TestNoTunnel says nothing of requests that are read.
func TestNoTunnel(t *testing.T) {
	m := mustResolve(t, "read", chainOf("http :80", "timeout client 2s", "http :81", "timeout server 2s", "", ""))
	if l, ok := flow.Derive(m, m.Requests[0]).IdleEnd(); ok {
		t.Errorf("a request that is answered is a tunnel of %s", l.Proxy.Name)
	}
}
