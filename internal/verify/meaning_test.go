package verify

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// otherwise are models that say one thing otherwise than a capture shows, and
// where that is.
var otherwise = []struct {
	name     string
	capture  string // of testdata/captures, or of testdata/more
	from, to string // in the model
	keys     bool
	step     string // the first departure's
	text     string
}{
	{"path, in the clear", "plain_close", "test/a\n", "test/b\n", false, "client>haproxy#1.request", "the request is GET /a, expected GET /b"},
	{"path, with the keys", "edge_tls13_close", "test/a\n", "test/b\n", true, "T1.request", "the request is GET /a, expected GET /b"},
	{"path, behind the proxy", "edge_tls13_close", "test/a\n", "test/b\n", false, "haproxy>be/s1#1.request", "the request is GET /a, expected GET /b"},
	{"path over HTTP/2", "edge_h2", "test/a\n", "test/b\n", true, "T1.request", "the request is GET /a, expected GET /b"},
	{"method", "plain_close", "    get http", "    delete http", false, "client>haproxy#1.request", "the request is GET /a, expected DELETE /a"},
	{"status", "edge_redirect", "insecure redirect", "insecure redirect 308", false, "client>haproxy#1.response", "the response is 302, expected 308"},
	{"SNI of the client", "passthrough_tls13_close", "    get https", "    sni other.apps.example.test\n    get https", false, "T1.ClientHello", "the ClientHello has SNI pass.apps.example.test, expected SNI other.apps.example.test"},
	{"SNI of the proxy", "reencrypt_tls13_close", "name backend.svc.test", "name backend.svc.test\n        sni none", false, "T2.ClientHello", "the ClientHello has SNI backend.svc.test, expected no SNI"},
	{"ALPN that a client states", "passthrough_tls13_close", "alpn none", "alpn h2", false, "T1.ClientHello", "the ClientHello offers ALPN http/1.1, expected ALPN h2"},
	{"ALPN that the proxy offers", "reencrypt_tls13_close", "name backend.svc.test", "name backend.svc.test\n        alpn h2", false, "T2.ClientHello", "the ClientHello offers no ALPN, expected ALPN h2"},
	{"ALPN that the proxy chooses", "edge_h2", "alpn h2, http/1.1\n    }\n    source", "alpn http/1.1\n    }\n    source", true, "T1.EncryptedExtensions", "the EncryptedExtensions chooses ALPN h2, expected ALPN http/1.1"},
	{"version of the client", "edge_tls12_close", "tls 1.2\n", "tls 1.3\n", false, "T1.ServerHello", "the ServerHello chooses TLS 1.2, expected TLS 1.3"},
	{"version of the proxy", "reencrypt_tls13_close", "tls 1.2..1.3\n    }", "tls 1.2\n    }", false, "T2.ServerHello", "the ServerHello chooses TLS 1.3, expected TLS 1.2"},
	{"size of a body", "busy", "body 5000", "body 5001", false, "browser>haproxy#1.client.data", "the body has 5000 bytes, expected 5001"},
	{"a body that is none", "plain_close", "    close\n", "    close\n    body 10\n", false, "client>haproxy#1.client.data", "10 bytes is expected, and missing from the capture"},
	{"a session that is new", "resumed", "request first {\n    from browser\n", "request first {\n    from browser\n    resume client\n", false, "T1.ServerHello", "the ServerHello resumes no session, expected a resumed one"},
	{"early data", "early", "    early-data\n    expect", "    expect", true, "T1.client.ChangeCipherSpec", "ChangeCipherSpec from browser comes before Finished from haproxy"},
	{"path of a check", "busy", "check http /healthz", "check http /other", false, "haproxy>shop/shop-1#1.request", "the request is GET /healthz, expected GET /other"},
}

// TestMeaning: what a message says is compared, and not only that it came.
func TestMeaning(t *testing.T) {
	for _, o := range otherwise {
		m := anyCase(t, o.capture)
		if strings.Count(m.model, o.from) == 0 {
			t.Errorf("%s: no %q in the model of %s:\n%s", o.name, o.from, o.capture, m.model)
			continue
		}
		c := m.read(t, o.keys)
		if r := hold(t, m.name, m.model, c); !r.Agrees() {
			t.Errorf("%s: %s departs from its own model", o.name, o.capture)
		}
		r := hold(t, m.name, strings.Replace(m.model, o.from, o.to, 1), c)
		if r.Agrees() {
			t.Errorf("%s: it agrees", o.name)
			continue
		}
		first := firstDeparture(r)
		step := ""
		if first.Step != nil {
			step = first.Step.ID
		}
		if step != o.step || !strings.Contains(first.Text, o.text) {
			t.Errorf("%s: at %q: %q, want at %q: %q", o.name, step, first.Text, o.step, o.text)
		}
	}
}

// TestProxySource: a PROXY header names the client, whoever that is.
func TestProxySource(t *testing.T) {
	m := theCase(t, "passthrough_ppv2")
	at := bytes.Index(m.pcap, signature2) + len(signature2) + 4
	for what, change := range map[string]struct {
		at   int
		text string
	}{
		"another address": {at + 3, "the PROXY header names 127.0.0.11:"},
		"another port":    {at + 8, "expected the client, 127.0.0.10:"},
		"nobody":          {at - 4, "the PROXY header names no client"},
	} {
		n := m
		n.pcap = bytes.Clone(m.pcap)
		n.pcap[change.at] ^= 1 // of the last one: LOCAL in place of PROXY
		r := hold(t, m.name, m.model, n.read(t, false))
		if d := firstDeparture(r); r.Agrees() || d.Step == nil || d.Step.Op != flow.OpProxyV2 || !strings.Contains(d.Text, change.text) {
			t.Errorf("%s:\n%s", what, text(t, r))
		}
	}
}

func firstDeparture(r *Report) Departure {
	for _, x := range r.Results {
		if len(x.Departures) > 0 {
			return x.Departures[0]
		}
	}
	return Departure{}
}

// anyCase is one of the captures that the derivation is tested with, or one of
// those that are here alone.
func anyCase(t *testing.T, name string) measured {
	t.Helper()
	model, err := os.ReadFile(filepath.Join("testdata", "more", name+".flow"))
	if err != nil {
		return theCase(t, name)
	}
	pcap, _ := os.ReadFile(filepath.Join("testdata", "more", name+".pcapng")) // a model alone has none
	keys, _ := os.ReadFile(filepath.Join("testdata", "more", name+".keys"))
	return measured{name: name, model: string(model), pcap: pcap, keys: keys}
}

// TestMore: captures of what the derivation's are not about.
func TestMore(t *testing.T) {
	for name, want := range map[string][]string{
		"busy":           {"14 health checks", "observed plain, declared plain", "agrees: 18 messages seen"},
		"blind":          {"observed passthrough, declared passthrough", "agrees"},
		"checks":         {"1 health check", "1  health", "agrees"},
		"refused":        {"observed a connection that is refused", "agrees: 2 messages seen"},
		"relay-no-route": {"observed passthrough, declared passthrough", "agrees"},

		"followed-redirect": {"3 connections of the model", "1  typed", "agrees: 29 messages seen"},
	} {
		m := anyCase(t, name)
		got := text(t, hold(t, name, m.model, m.read(t, false)))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in:\n%s", name, w, got)
			}
		}
	}
}

// TestLater: a connection that a proxy ends in its idle pool is what the
// lifecycle says of later.
func TestLater(t *testing.T) {
	m := theCase(t, "idle_pool_edge")
	r := hold(t, m.name, m.model, m.read(t, false))
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"step": "haproxy>be/s1#1.client.RST"`) {
		t.Errorf("the RST is no step:\n%s", b.String())
	}
}

// TestSuites: with its secrets a session of each cipher suite that is read says
// what it was asked for, and one of another suite is named.
func TestSuites(t *testing.T) {
	pcap, err := os.ReadFile("testdata/more/suites.pcapng.gz")
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile("testdata/more/suites.keys")
	if err != nil {
		t.Fatal(err)
	}
	m := measured{name: "suites", pcap: pcap, keys: log}
	got := text(t, Observe(m.read(t, true)))
	for _, suite := range []string{
		"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
		"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
		"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305",
		"AES128-GCM-SHA256", "AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-CHACHA20-POLY1305",
	} {
		if !strings.Contains(got, "GET /"+suite+" HTTP/1.0") {
			t.Errorf("%s is not read", suite)
		}
	}
	if say := "1 session is of a cipher suite that is not read"; !strings.Contains(got, say) {
		t.Errorf("no %q in:\n%s", say, got)
	}
}
