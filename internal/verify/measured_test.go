package verify

import (
	"bytes"
	"net/netip"
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

// measuredMore is a capture of testdata/more and the model of what was measured.
func measuredMore(t *testing.T, name string) (string, *Capture) {
	t.Helper()
	model, err := os.ReadFile("testdata/more/" + name + ".flow")
	if err != nil {
		t.Fatal(err)
	}
	pcap, err := os.ReadFile("testdata/more/" + name + ".pcapng")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read([]Input{{name + ".pcapng", bytes.NewReader(pcap)}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(model), c
}

// TestClientBehindBalancer holds a capture of a client whose address is in the PROXY
// header that a balancer sends against models in which it has this address and another one.
func TestClientBehindBalancer(t *testing.T) {
	model, c := measuredMore(t, "balancer")
	if r := hold(t, "balancer", model, c); !r.Agrees() {
		t.Errorf("%s", text(t, r))
	}
	for address, found := range map[string]int{"203.0.113.50": 1, "192.0.2.250": 1, "203.0.113.51": 0} {
		c.only.Client = netip.MustParsePrefix(address + "/32")
		if r := hold(t, "balancer", model, c); len(r.Results) != found {
			t.Errorf("--client %s: %d exchanges", address, len(r.Results))
		}
	}
	c.only.Client = netip.Prefix{}
	other := strings.Replace(model, "203.0.113.50", "203.0.113.51", 1)
	if r := hold(t, "balancer", other, c); r.Agrees() {
		t.Error("it agrees with a client of another address")
	}
}

// TestAnsweredBehind holds a capture of TLS that is relayed to a second proxy, which ends
// it and answers itself, against its model: what is relayed to it is not the mode of its
// route.
func TestAnsweredBehind(t *testing.T) {
	model, c := measuredMore(t, "answered-behind")
	if r := hold(t, "answered-behind", model, c); !r.Agrees() {
		t.Errorf("%s", text(t, r))
	}
	other := strings.Replace(model, "listen tcp 192", "listen https 192", 1)
	if r := hold(t, "answered-behind", other, c); r.Agrees() {
		t.Error("it agrees with a first proxy that ends TLS")
	}
}

// TestOverSocket holds a capture of TLS that is relayed to a second stage over a unix
// socket against its model: no packet shows the socket, and what is behind it is in the
// capture. Over loopback the stage would be seen.
func TestOverSocket(t *testing.T) {
	model, c := measuredMore(t, "over-socket")
	if r := hold(t, "over-socket", model, c); !r.Agrees() || r.Results[0].Declared != "edge" || r.Results[0].Observed != "edge" {
		t.Errorf("%s", text(t, r))
	}
	for what, other := range map[string]string{
		"a stage over loopback": strings.Replace(strings.Replace(model, "        socket abns@chat\n", "", 1), "listen https :443", "listen https 127.0.0.1:443", 1),
		"a stage that reads":    strings.Replace(strings.Replace(model, "listen https :443", "listen http :443", 1), "tls edge", "tls none", 1),
		"a relay to servers":    strings.Replace(model, "to chat:443", "to chat-servers", 1),
	} {
		if r := hold(t, "over-socket", other, c); r.Agrees() {
			t.Errorf("it agrees with %s", what)
		}
	}
}

// TestCheckGreeted holds a capture against the model of what was measured: the check of a
// server that speaks HTTP/2, which sends its SETTINGS before it sees the end.
func TestCheckGreeted(t *testing.T) {
	read := func(ext string) []byte {
		data, err := os.ReadFile("testdata/more/check-h2." + ext)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	m := measured{name: "check-h2", model: string(read("flow")), pcap: read("pcapng"), keys: read("keys")}
	for _, keys := range []bool{false, true} {
		if r := hold(t, m.name, m.model, m.read(t, keys)); !r.Agrees() {
			t.Errorf("keys %v:\n%s", keys, text(t, r))
		}
	}
}
