package flow_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// chosenServers are the servers, and proxies, that were chosen in a lifecycle, in order.
func chosenServers(lc *flow.Lifecycle) []string {
	var out []string
	for _, s := range lc.Steps {
		if c, ok := s.Facts.(flow.ServerChoice); ok && c.Why == nil {
			if c.Proxy != nil {
				out = append(out, c.Proxy.Name)
				continue
			}
			out = append(out, c.Server.Name)
		}
	}
	return out
}

// TestBalanceAsHAProxy holds the order of servers against what HAProxy chose.
func TestBalanceAsHAProxy(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/balance.txt")
	if err != nil {
		t.Fatal(err)
	}
	measured := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		measured++
		var servers strings.Builder
		for i, w := range strings.Split(f[1], ",") {
			fmt.Fprintf(&servers, "\n    server %d :8080 weight %s", i, w)
		}
		model := mustResolve(t, "balance", fmt.Sprintf(`proxy haproxy {
    listen http :80
    balance %s
}
backend shop {%s
}
route shop {
    host shop.example.test
    to shop
}
request many {
    get http://shop.example.test/
    times %d
}
`, f[0], servers.String(), len(f[2])))
		if got := strings.Join(chosenServers(flow.Derive(model, model.Requests[0])), ""); got != f[2] {
			t.Errorf("%s %s\n got %s\nwant %s", f[0], f[1], got, f[2])
		}
	}
	if measured < 80 {
		t.Errorf("only %d sequences were measured", measured)
	}
}

// TestSharesOfTargets has the weights of targets: each gets its share, however
// many servers it has. The sequences are those of HAProxy 2.6.12 with the
// configuration that flowc exports.
func TestSharesOfTargets(t *testing.T) {
	t.Parallel()
	const blue, green = "backend blue { server blue-1, blue-2 }\n", "backend green { server green-1 }\n"
	for _, c := range []struct{ name, backends, to, want string }{
		{"90 to 10", "backend blue { server blue-1 }\n" + green, "to blue weight 90\n to green weight 10",
			"blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 green-1"},
		{"declared the other way round", "backend blue { server blue-1 }\n" + green, "to green weight 10\n to blue weight 90",
			"blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 blue-1 green-1"},
		{"two servers and one", blue + green, "to blue\n to green", "green-1 blue-1 green-1 blue-2 green-1 blue-1 green-1 blue-2 green-1 blue-1"},
		{"servers with weights", "backend blue {\n server blue-1 weight 3\n server blue-2\n}\n", "to blue", "blue-1 blue-1 blue-1 blue-2 blue-1 blue-1 blue-1 blue-2 blue-1 blue-1"},
		{"one is down", "backend blue {\n server blue-1\n server blue-2 down\n}\n" + green, "to blue weight 3\n to green", "blue-1 blue-1 blue-1 green-1 blue-1 blue-1 blue-1 green-1 blue-1 blue-1"},
		{"a server of weight zero", "backend blue {\n server blue-1 weight 0\n server blue-2\n}\n" + green, "to blue\n to green", "blue-2 green-1 blue-2 green-1 blue-2 green-1 blue-2 green-1 blue-2 green-1"},
	} {
		model := mustResolve(t, "shares", "proxy haproxy { listen http :80 }\n"+c.backends+"route shop {\n host shop.example.test\n "+c.to+
			"\n}\nrequest many {\n get http://shop.example.test/\n times 10\n}\n")
		if got := strings.Join(chosenServers(flow.Derive(model, model.Requests[0])), " "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestTurnsOfTwoProxies: each proxy has a turn of its own, though they serve the same route.
func TestTurnsOfTwoProxies(t *testing.T) {
	t.Parallel()
	model := mustResolve(t, "two", `proxy front { listen http :80 }
proxy one { listen http :8080 }
proxy two { listen http :8080 }
route all on front {
    host shop.example.test
    to one:8080
    to two:8080
}
route shop on one, two {
    host shop.example.test
    to shop
}
backend shop { server a, b }
request many {
    get http://shop.example.test/
    times 4
}
`)
	want := "one a two a one b two b"
	if got := strings.Join(chosenServers(flow.Derive(model, model.Requests[0])), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTurnsGoOn: a request goes on with the turn that the one before it left, and leaves that as it was.
func TestTurnsGoOn(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("proxy haproxy { listen http :80 }\nbackend shop {\n server a weight 3\n server b\n}\nroute shop {\n host shop.example.test\n to shop\n}\n")
	for i := range 8 {
		b.WriteString("request r" + strconv.Itoa(i) + " {\n get http://shop.example.test/\n")
		if i > 0 {
			b.WriteString(" after r" + strconv.Itoa(i-1) + "\n")
		}
		b.WriteString("}\n")
	}
	model := mustResolve(t, "after", b.String())
	var got []string
	for _, q := range model.Requests {
		got = append(got, chosenServers(flow.Derive(model, q))...)
	}
	if want := "a a a b a a a b"; strings.Join(got, " ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, " "), want)
	}
}

// TestOpenAlgorithms: what an algorithm chooses by something that no model states is assumed.
func TestOpenAlgorithms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ balance, want, assumed string }{
		{"source", "a a a", "balance source chooses a"},
		{"uri", "a a a", "balance uri chooses a"},
		{"random", "b b a", "balance random chooses b; balance random chooses a"},
		{"first", "a a a", ""},
		{"leastconn", "a b a", ""},
	} {
		model := mustResolve(t, "open", "proxy haproxy {\n listen http :80\n balance "+c.balance+"\n}\nbackend shop {\n server a weight 2\n server b weight 3\n}\n"+
			"route shop {\n host shop.example.test\n to shop\n}\nrequest many {\n get http://shop.example.test/\n times 3\n}\n")
		lc := flow.Derive(model, model.Requests[0])
		var assumed []string
		for i, a := range lc.Assumed {
			if a.Kind == flow.AssumesChosen {
				assumed = append(assumed, words.Assumed(lc.Assumed)[i])
			}
		}
		if got := strings.Join(chosenServers(lc), " "); got != c.want || strings.Join(assumed, "; ") != c.assumed {
			t.Errorf("%s: got %s, assumed %q; want %s, %q", c.balance, got, assumed, c.want, c.assumed)
		}
	}
}

// TestReuseInChains: a proxy's connection to another proxy serves the client's next request.
func TestReuseInChains(t *testing.T) {
	t.Parallel()
	model := mustResolve(t, "chain", `proxy front { listen http :80 }
proxy ingress { listen http :8080 }
route all on front {
    host shop.example.test
    to ingress:8080
}
route shop on ingress {
    host shop.example.test
    to shop
}
backend shop { server shop-1 }
request twice {
    get http://shop.example.test/
    times 2
}
`)
	if lc := flow.Derive(model, model.Requests[0]); len(lc.Connections) != 3 {
		t.Errorf("%d connections for two requests over two proxies, want 3", len(lc.Connections))
	}
}
