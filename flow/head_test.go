package flow_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// TestRewritten holds rewritten paths against what HAProxy sends.
func TestRewritten(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/rewrite.txt")
	if err != nil {
		t.Fatal(err)
	}
	measured := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] == "#" || len(f) != 4 {
			continue
		}
		measured++
		r := &flow.Route{}
		if f[0] != "-" {
			r.Path = flow.Default(f[0])
		}
		r.Rewrite = flow.Default(f[1])
		if got := r.Rewritten(f[2]); got != f[3] {
			t.Errorf("path %s, rewrite %s, %s: got %s, want %s", f[0], f[1], f[2], got, f[3])
		}
	}
	if measured < 20 {
		t.Errorf("only %d paths were measured", measured)
	}
}

// twoProxies is a proxy that changes requests, one behind it, and a request.
func twoProxies(outer, inner, request string) string {
	return `proxy gateway { listen https :443 }
proxy ingress { listen https :8443 }
route api on gateway {
    host api.example.test
    tls reencrypt
    to ingress:8443
` + outer + `
}
route orders on ingress {
    tls edge
    to orders
` + inner + `
}
backend orders { server orders-1 }
request ask {
    via gateway
` + request + `
}
`
}

// TestChangedRequestsInChains: a proxy chooses by what the one before it sends on.
func TestChangedRequestsInChains(t *testing.T) {
	t.Parallel()
	const ask = "get https://api.example.test/orders/7"
	for _, c := range []struct{ name, outer, inner, request, want, line string }{
		{"rewritten", "path /orders\nrewrite /v2/orders", "host api.example.test\npath /v2/orders", ask, "200", "/v2/orders/7"},
		{"the path that the client asked for", "path /orders\nrewrite /v2/orders", "host api.example.test\npath /orders", ask, "503", "/v2/orders/7"},
		{"to the root", "path /orders\nrewrite /", "host api.example.test\npath /7", ask + "?a=/b", "200", "/7?a=/b"},
		{"a field is set", "header request set X-Tier \"gold\"", "match header x-tier \"gold\"", ask + "\nheader X-Tier \"lead\"", "200", "/orders/7"},
		{"a field is set to another value", "header request set X-Tier \"gold\"", "match header x-tier \"lead\"", ask + "\nheader X-Tier \"lead\"", "503", "/orders/7"},
		{"a field is deleted", "header request delete X-Tier", "match header X-Tier \"lead\"", ask + "\nheader x-tier \"lead\"", "503", "/orders/7"},
		{"deleted, then set", "header request delete X-Tier\nheader request set X-Tier \"gold\"", "match header X-Tier \"gold\"", ask, "200", "/orders/7"},
		{"set, then deleted", "header request set X-Tier \"gold\"\nheader request delete X-Tier", "match header X-Tier \"gold\"", ask, "503", "/orders/7"},
		{"of the answer", "header response set X-Tier \"gold\"", "match header X-Tier \"gold\"", ask, "503", "/orders/7"},
		{"a cookie", "header request set Cookie \"a=1; stage=green\"", "match cookie stage \"green\"", ask, "200", "/orders/7"},
		{"another host", "header request set Host \"inner.example.test:8443\"", "host inner.example.test", ask, "200", "/orders/7"},
		{"no longer its host", "header request set Host \"inner.example.test\"", "host api.example.test", ask, "503", "/orders/7"},
		{"two requests", "path /orders\nrewrite /v2", "host api.example.test\npath /v2", ask + "\nget https://api.example.test/orders", "200", "/v2/7 /v2"},
	} {
		model := mustResolve(t, "chain", twoProxies(c.outer, c.inner, c.request))
		lc := flow.Derive(model, model.Requests[0])
		if got := outcomes(lc.Outcome); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
		var lines []string
		for _, s := range lc.Steps {
			if line, ok := s.Facts.(flow.RequestLine); ok && s.From.Kind == flow.KindProxy && s.To.Kind == flow.KindProxy {
				lines = append(lines, line.Path)
			}
		}
		if got := strings.Join(lines, " "); got != c.line {
			t.Errorf("%s: gateway sends %q, want %q", c.name, got, c.line)
		}
	}
}

// TestSNIOfAChangedHost: sni host is the Host that is sent on, and a connection with another
// one is not used again.
func TestSNIOfAChangedHost(t *testing.T) {
	t.Parallel()
	text := strings.Replace(twoProxies("header request set Host \"inner.example.test:99\"", "host inner.example.test", "get https://api.example.test/"),
		"tls reencrypt", "tls reencrypt { sni host }", 1)
	model := mustResolve(t, "sni", text)
	lc := flow.Derive(model, model.Requests[0])
	if got := lc.Sessions[1].SNI; got != "inner.example.test" {
		t.Errorf("gateway sends SNI %q", got)
	}
}

// TestRelayedUnchanged: a proxy that relays bytes changes nothing, whatever its route says.
func TestRelayedUnchanged(t *testing.T) {
	t.Parallel()
	const text = `certificate web
proxy gateway { listen tcp :443 { certificate web } }
proxy ingress { listen http :8080 }
route api on gateway {
    tls edge
    header request set X-Tier "gold"
    rewrite /v2
    to ingress:8080
}
route %s on ingress {
    path %s
    to orders
}
request ask {
    get https://api.example.test/orders
    via gateway
}
`
	for path, want := range map[string]string{"/orders": "200", "/v2": "503"} {
		model := mustResolve(t, "tcp", fmt.Sprintf(text, "orders", path))
		if got := outcomes(flow.Derive(model, model.Requests[0]).Outcome); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// TestConnections: in a model without requests, what a tcp port passes on without looking gets a
// connection to that port.
func TestConnections(t *testing.T) {
	t.Parallel()
	const text = `proxy front { listen tcp :443 }
proxy lb {
    listen tcp :6443
    listen tcp :7443
    listen tcp :5432
    listen https :8443
}
route outer on front { to lb:7443 }
route api on lb:6443 { to api }
route ingress on lb:7443 { to workers }
route db on lb:5432 { to db }
route named on lb:6443 {
    host a.test
    to api
}
route web on lb:8443 {
    tls edge
    to db
}
backend api {
    speaks tls
    server m1, m2
}
backend workers { speaks tls }
backend db { speaks tcp }
`
	model := mustResolve(t, "lb", text)
	var got []string
	for _, q := range model.Requests {
		lc := flow.Derive(model, q)
		got = append(got, q.Name+" "+q.Calls[0].URL()+" via "+q.Via.Name+": "+outcomes(lc.Outcome)+" "+strings.Join(chosenServers(lc), ", "))
	}
	want := []string{
		"api tls://:6443 via lb: 200 m1",
		"ingress tls://:443 via front: 200 lb, workers-1",
		"db tcp://:5432 via lb: 200 db-1",
		"named tls://a.test:6443 via lb: 200 m1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q", got)
	}
}
