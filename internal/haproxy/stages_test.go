package haproxy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/haproxy"
)

// completed is the topology of a configuration of one file.
func completed(t *testing.T, text string) *flow.Topology {
	t.Helper()
	return completedWith(t, text, nil)
}

// completedWith is that of one that names files.
func completedWith(t *testing.T, text string, files map[string]string) *flow.Topology {
	t.Helper()
	open := func(string) ([]byte, error) { return []byte(text), nil }
	data := func(path string) ([]byte, error) {
		if text, ok := files[path]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	m, err := haproxy.End.Read(t.Context(), front.Input{Path: "haproxy.cfg", Read: open, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := m.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	topology, mistakes := flow.Complete(d)
	for _, x := range mistakes {
		t.Errorf("%s\n%+v", text, x)
	}
	return topology
}

func listed(top *flow.Topology, text string) bool {
	for _, u := range top.Unmodelled {
		if u.Kind != flow.NoEffect && strings.Contains(u.What, text) {
			return true
		}
	}
	return false
}

// TestSocketStage leads to a frontend behind a socket that is not one port with the first
// one: a unix socket of a proxy of its own.
func TestSocketStage(t *testing.T) {
	const text = `defaults
  mode tcp
frontend first
  bind :8443
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend to_shop if { req.ssl_sni -i shop.example.test }
  default_backend other
backend to_shop
  server s unix@/run/shop.sock send-proxy-v2
frontend shop
  mode http
  bind unix@/run/shop.sock accept-proxy ssl crt shop.pem
  default_backend web
backend web
  mode http
  server w1 10.0.0.1:8080
backend other
  server o1 10.0.0.2:8443
`
	top := completed(t, text)
	for _, r := range top.Routes {
		if len(r.Targets) == 1 && r.Targets[0].Proxy != nil {
			to := r.Targets[0]
			if to.Port == 0 || to.Proxy.Listens(to.Port) == nil {
				t.Errorf("route %s leads to port %d of %s, which has no such port", r.Name, to.Port, to.Proxy.Name)
			}
		}
	}
	lc := flow.Derive(top, &flow.Request{
		From: top.Clients[0], Via: top.Proxies[0], Derived: true,
		RequestFacts: flow.RequestFacts{
			Calls: []flow.Call{{Scheme: "https", Method: "GET", Host: "shop.example.test", Port: 8443, Path: "/"}}, Times: flow.Default(1),
			SNI: flow.Default("shop.example.test"), TLS: flow.Default(top.Clients[0].End.TLS.V),
		},
	})
	if !lc.Outcome.Only(flow.Answered{Status: 200}) {
		t.Errorf("the outcome is %v", lc.Outcome.Endings)
	}
	sockets := 0
	for _, c := range lc.Connections {
		if c.OverSocket() && c.Listener.Socket.V == "unix@/run/shop.sock" {
			sockets++
		}
	}
	if sockets != 1 {
		t.Errorf("%d connections lead over the socket", sockets)
	}
}

// TestSomeSNI keeps connections without an SNI out of a route that is for those with one.
func TestSomeSNI(t *testing.T) {
	top := completed(t, `defaults
  mode tcp
frontend first
  bind :443
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend named if { req.ssl_sni -m found }
  default_backend nameless
backend named
  server n1 10.0.0.1:443
backend nameless
  server n2 10.0.0.2:443
`)
	l := top.Proxies[0].Listeners[0]
	for sni, want := range map[string]string{"": "nameless", "a.example.test": "named"} {
		if r := l.SNIRoute(sni); r == nil || r.Name != want {
			t.Errorf("SNI %q leads to %v, want %s", sni, r, want)
		}
	}
}

// TestLikelyProtocol says of servers behind a relay what their port makes likely, as an
// assumption.
func TestLikelyProtocol(t *testing.T) {
	top := completed(t, "defaults\n mode tcp\nlisten mqtt\n bind :8883\n server m1 10.0.0.1:8883\n")
	if said := fmt.Sprint(words.Assumed(top.Assumed)); !strings.Contains(said, "servers of backend mqtt speak tls") {
		t.Errorf("assumed is %s", said)
	}
}

// TestOptionsOfConnections takes the last one of several options of a section, and those of
// the section before those of its defaults (measured with 2.6.12).
func TestOptionsOfConnections(t *testing.T) {
	const some = " option http-server-close\n option http-keep-alive\n option httpclose\n"
	for text, want := range map[string]string{
		"defaults\n mode http\n" + some + "listen a\n bind :80\n server s 10.0.0.1:80\n":                            "close",
		"defaults\n mode http\n" + some + "listen a\n bind :80\n server s 10.0.0.1:80\n option http-keep-alive\n":   "keep-alive",
		"defaults\n mode http\nlisten a\n bind :80\n server s 10.0.0.1:80\n" + some + " option http-server-close\n": "server-close",
	} {
		for range 20 {
			if got := completed(t, text).Proxies[0].Connection.V; got != want {
				t.Fatalf("%s\nconnection %s, want %s", text, got, want)
			}
		}
	}
}

// TestExpectProxy lists the condition under which a PROXY header is expected.
func TestExpectProxy(t *testing.T) {
	top := completed(t, "defaults\n mode http\nfrontend a\n bind :80\n tcp-request connection expect-proxy layer4 if { src 10.0.0.0/8 }\n default_backend b\nbackend b\n server s 10.0.0.1:80\n")
	if !listed(top, "expect-proxy") {
		t.Error("the condition of expect-proxy is not listed")
	}
}

// TestClosesOtherwise lists where HAProxy ends a connection otherwise than a model says.
func TestClosesOtherwise(t *testing.T) {
	text := `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend web
  bind :80
  tcp-request connection reject if { src 192.0.2.0/24 }
  use_backend sorry if { path /sorry }
  use_backend whole if { path /whole }
backend sorry
  errorfile 503 sorry.http
backend whole
  errorfile 503 whole.http
`
	files := map[string]string{
		"sorry.http": "HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/html\r\n\r\n<h1>Sorry</h1>\r\n",
		"whole.http": "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 14\r\n\r\n<h1>Sorry</h1>",
	}
	top := completedWith(t, text, files)
	for text, want := range map[string]bool{"reset as soon": true, "sorry.http: the page has no Content-Length": true, "whole.http": false} {
		if listed(top, text) != want {
			t.Errorf("%q is listed: %v", text, !want)
		}
	}
}
