package flow_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// asked is each call of a lifecycle with its status, and the outcome.
func asked(lc *flow.Lifecycle) string {
	var out []string
	for _, x := range lc.Exchanges {
		out = append(out, fmt.Sprintf("%s %s://%s:%d%s %d", x.Call.Method, x.Call.Scheme, x.Call.Host, x.Call.Port, x.Call.Path, x.Status))
	}
	return strings.Join(append(out, words.Outcome(lc.Outcome)+" from "+lc.Outcome.FromID()), "; ")
}

// behindTLS is a proxy that ends TLS before one that redirects plaintext.
const behindTLS = `
proxy cdn { listen https :443 }
proxy origin {
    listen http :8080
    listen https :8443
}
route www on cdn {
    host www.example.test
    tls edge
    to origin:8080
}
route inner on origin {
    host www.example.test
    tls edge
    insecure redirect
    to www
}
backend www { speaks http }
`

// one is a proxy that redirects plaintext to TLS.
const one = `
proxy haproxy {
    listen http :80
    listen http :8080
    listen https :443
    listen https :8443
}
route shop {
    host shop.example.test
    tls edge
    insecure redirect %s
    to shop
}
backend shop { speaks http }
`

// two are a proxy for plaintext and one for TLS, to which the same name leads.
const two = `
proxy plain {
    listen http :80
    domain example.test
}
proxy secure {
    listen https :443
    domain example.test
}
route shop on plain, secure {
    host shop.example.test
    tls edge
    insecure redirect
    to shop
}
backend shop { speaks http }
`

// grown are so many calls, each with one more /a before the path.
func grown(n int) string {
	var out string
	for i := 1; i <= n; i++ {
		out += fmt.Sprintf("GET https://www.example.test:443%s/ 302; ", strings.Repeat("/a", i))
	}
	return out
}

// TestFollow follows redirects to their end, whatever that is.
func TestFollow(t *testing.T) {
	status := func(s string) string { return strings.Replace(one, "%s", s, 1) }
	for _, c := range []struct{ name, model, request, want string }{
		{"once", status(""), "get http://shop.example.test/a\nfollow",
			"GET http://shop.example.test:80/a 302; GET https://shop.example.test:443/a 200; 200 from shop/shop-1"},
		{"not followed", status(""), "get http://shop.example.test/a",
			"GET http://shop.example.test:80/a 302; 302 from haproxy"},
		// measured: the port of the Host field stays in the Location
		{"with a port", status(""), "get http://shop.example.test:8080/\nfollow",
			"GET http://shop.example.test:8080/ 302; GET https://shop.example.test:8080/ 0; close from haproxy"},
		{"another Host field", status(""), "get http://192.0.2.1:8080/\nvia haproxy\nhost shop.example.test\nfollow",
			"GET http://192.0.2.1:8080/ 302; GET https://shop.example.test:443/ 200; 200 from shop/shop-1"},
		{"what comes after is asked, too", status(""), "get http://shop.example.test/a\nget http://shop.example.test/b\nfollow",
			"GET http://shop.example.test:80/a 302; GET https://shop.example.test:443/a 200; " +
				"GET http://shop.example.test:80/b 302; GET https://shop.example.test:443/b 200; 200 from shop/shop-1"},
		{"a post becomes a get", status("301"), "post http://shop.example.test/\nfollow",
			"POST http://shop.example.test:80/ 301; GET https://shop.example.test:443/ 200; 200 from shop/shop-1"},
		{"a post stays one", status("308"), "post http://shop.example.test/\nfollow",
			"POST http://shop.example.test:80/ 308; POST https://shop.example.test:443/ 200; 200 from shop/shop-1"},
		{"a put becomes a get", status("303"), "put http://shop.example.test/\nfollow",
			"PUT http://shop.example.test:80/ 303; GET https://shop.example.test:443/ 200; 200 from shop/shop-1"},
		{"by another proxy", two, "get http://shop.example.test/\nvia plain\nfollow",
			"GET http://shop.example.test:80/ 302; GET https://shop.example.test:443/ 200; 200 from shop/shop-1"},
		{"a loop", behindTLS, "get https://www.example.test/\nfollow",
			"GET https://www.example.test:443/ 302; redirect-loop from origin"},
		{"a loop behind a redirect", behindTLS, "get http://www.example.test:8080/\nvia origin\nhost www.example.test\nfollow",
			"GET http://www.example.test:8080/ 302; GET https://www.example.test:443/ 302; redirect-loop from origin"},
		{"a loop that grows", strings.Replace(behindTLS, "to origin:8080", "rewrite /a\nto origin:8080", 1), "get https://www.example.test/\nfollow",
			"GET https://www.example.test:443/ 302; " + grown(20) + "redirect-loop from origin"},
		{"a loop that is not followed", behindTLS, "get https://www.example.test/",
			"GET https://www.example.test:443/ 302; 302 from origin"},
	} {
		m := mustResolve(t, "follow", c.model+"request q {\n"+c.request+"\n}\n")
		lc := flow.Derive(m, m.Requests[0])
		if got := asked(lc); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
		loops := strings.HasPrefix(c.name, "a loop")
		if fault := lc.Outcome.Fault == flow.FaultRedirectLoop; fault != loops {
			t.Errorf("%s: %q is the fault", c.name, words.Why(lc.Outcome.Why))
		}
		if loops && lc.Outcome.Cause.Op != flow.OpRedirect {
			t.Errorf("%s: the cause is %s", c.name, lc.Outcome.Cause.ID)
		}
	}
}
