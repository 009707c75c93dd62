package verify

import (
	"strings"
	"testing"
)

// TestDeclaredOfNoRoute: where the model takes no route, declared is the mode of the route that
// only its mode keeps from the exchange, else what the proxy does.
func TestDeclaredOfNoRoute(t *testing.T) {
	const elsewhere = "route other {\n    host web.apps.example.test\n    path /other\n    tls reencrypt { verify none }\n    to be\n}\n"
	for _, c := range []struct {
		name     string
		replace  []string
		declared string
		why      string // no connection to the server is derived
	}{
		{"edge_tls13_keepalive", []string{"tls edge", "tls none"}, "plain (", "no route of haproxy matches web.apps.example.test/a"},
		{"edge_tls13_keepalive", []string{"tls edge", "tls none", "route web", elsewhere + "route web"}, "plain (", "no route of haproxy matches"},
		{"edge_tls13_keepalive", []string{"host web", "host wob"}, "TLS, answered by the proxy\n", "no route of haproxy matches"},
		{"plain_keepalive", []string{"tls none", "tls edge"}, "edge (", "does not accept plaintext"},
		{"plain_keepalive", []string{"tls none", "tls passthrough"}, "passthrough (", "does not accept plaintext"},
		{"plain_keepalive", []string{"host web", "host wob"}, "plain, answered by the proxy\n", "no route of haproxy matches"},
		// it is as derived: nothing is missing
		{"fail_tls_to_http_port", nil, "TLS, answered by the proxy\n", ""},
	} {
		m := theCase(t, c.name)
		for _, keys := range []bool{false, true} {
			model := strings.NewReplacer(c.replace...).Replace(m.model)
			if len(c.replace) > 0 && model == m.model {
				t.Fatalf("%s has no %q", c.name, c.replace[0])
			}
			r := hold(t, m.name, model, m.read(t, keys))
			got := text(t, r)
			if !strings.Contains(got, ", declared "+c.declared) || !strings.Contains(got, c.why) || r.Agrees() != (c.why == "") {
				t.Errorf("%s, %q, keys %v: no declared %q and %q in:\n%s", c.name, c.replace, keys, c.declared, c.why, got)
			}
		}
	}
}

// TestMissingClose: a model that lacks close says so, if it differs for that.
func TestMissingClose(t *testing.T) {
	advised := 0
	for _, name := range []string{
		"edge_tls12_close", "edge_tls13_close", "passthrough_tls12_close", "passthrough_tls13_close", "plain_close",
		"reencrypt_c12_b13_close", "reencrypt_tls12_close", "reencrypt_tls13_close",
	} {
		m := theCase(t, name)
		without := strings.Replace(m.model, "    close\n", "", 1)
		if without == m.model {
			t.Fatalf("%s does not state close", name)
		}
		for _, keys := range []bool{false, true} {
			r := hold(t, name, without, m.read(t, keys))
			says := strings.Contains(text(t, r), `help: add close to request "r", if its client sends Connection: close`)
			if says == r.Agrees() {
				t.Errorf("%s, keys %v:\n%s", name, keys, text(t, r))
			}
			if says {
				advised++
			}
		}
	}
	if advised == 0 {
		t.Error("none differs")
	}
	// who closes first is not what differs here, and the client asks for nothing of that kind
	for name, replace := range map[string][]string{
		"edge_tls13_keepalive": {"tls edge", "tls none"},
		"plain_keepalive":      {"host web", "host wob"},
	} {
		m := theCase(t, name)
		if got := text(t, hold(t, name, strings.NewReplacer(replace...).Replace(m.model), m.read(t, true))); strings.Contains(got, "add close") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}
