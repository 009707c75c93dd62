package flow_test

import (
	"testing"

	"github.com/flowc-lang/flowc/flow"
)

// TestRedirectOfBody derives redirects of requests with and without a body: HAProxy closes
// after that of a request of HTTP/1.1 with one.
func TestRedirectOfBody(t *testing.T) {
	for _, tc := range []struct {
		name, client, request string
		first                 string // who closes
	}{
		{"a body", "alpn none", "post https://a.example.test/x\n    body 4", "haproxy"},
		{"no body", "alpn none", "post https://a.example.test/x", "browser"},
		{"over h2", "alpn h2", "post https://a.example.test/x\n    body 4", "browser"},
		{"of plaintext", "alpn none", "post http://a.example.test/x\n    body 4", "haproxy"},
	} {
		model := `client browser { ` + tc.client + ` }
proxy haproxy {
    listen http :80
    listen https :443 { alpn h2, http/1.1 }
}
route old on haproxy {
    host a.example.test
    tls edge
    insecure redirect
    redirect location https://b.example.test/ 308
}
request ask {
    from browser
    ` + tc.request + `
}
`
		top := topologyOf(t, model)
		lc := flow.Derive(top, top.Requests[0])
		for _, s := range lc.Steps {
			if s.Op == flow.OpFIN {
				if s.From.ID != tc.first {
					t.Errorf("%s: %s closes first", tc.name, s.From.ID)
				}
				break
			}
		}
		if lc.Outcome.From.ID != "haproxy" {
			t.Errorf("%s: the answer is from %s", tc.name, lc.Outcome.From.ID)
		}
	}
}
