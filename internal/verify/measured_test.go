package verify

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestNoCommonProtocol holds two captures against the model of what was measured: a
// proxy that offers h2 alone before a server of Go, and of OpenSSL, that has
// http/1.1 alone. A server that has h2, too, would be another one.
func TestNoCommonProtocol(t *testing.T) {
	model, err := os.ReadFile("testdata/more/alpn.flow")
	if err != nil {
		t.Fatal(err)
	}
	both := strings.Replace(string(model), "        alpn http/1.1\n", "        alpn h2, http/1.1\n", 1)
	for _, name := range []string{"alpn-go", "alpn-openssl"} {
		pcap, err := os.ReadFile("testdata/more/" + name + ".pcapng")
		if err != nil {
			t.Fatal(err)
		}
		c, err := Read([]Input{{name + ".pcapng", bytes.NewReader(pcap)}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r := hold(t, "alpn", string(model), c); !r.Agrees() {
			t.Errorf("%s:\n%s", name, text(t, r))
		}
		if r := hold(t, "alpn", both, c); r.Agrees() {
			t.Errorf("%s agrees with a server that has h2", name)
		}
	}
}

// TestCheckOfPassthrough holds a capture against the model of what was measured: the check of
// a passthrough backend whose certificate is of a CA that the proxy does not know. A
// proxy that ends TLS itself would verify it.
func TestCheckOfPassthrough(t *testing.T) {
	model, err := os.ReadFile("testdata/more/probe-private-ca.flow")
	if err != nil {
		t.Fatal(err)
	}
	pcap, err := os.ReadFile("testdata/more/probe-private-ca.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read([]Input{{"probe-private-ca.pcapng", bytes.NewReader(pcap)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := hold(t, "probe", string(model), c); !r.Agrees() {
		t.Errorf("%s", text(t, r))
	}
	other := strings.Replace(string(model), "tls passthrough", "tls reencrypt", 1)
	if r := hold(t, "probe", other, c); r.Agrees() {
		t.Error("it agrees with a check that verifies")
	}
}
