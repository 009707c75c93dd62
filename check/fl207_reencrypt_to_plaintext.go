package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var reencryptToPlaintext = &Rule{
	Code: "FL207", Name: "reencrypt-to-plaintext", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "the backend of a reencrypt route speaks TLS",
	Why: "the server answers the proxy's ClientHello with 400 in plaintext. After four attempts, one second apart, " +
		"the client gets 503 (measured; HAProxy configuration manual, retries)",
	Wire: "the client's handshake succeeds. The server answers the proxy's ClientHello with 400 in plaintext " +
		"instead of a ServerHello. After 4 attempts, 1 s apart, the client gets 503, 3 s later. The request never " +
		"leaves the proxy (measured)",
	Bad: `route shop {
    host shop.apps.example.test
    tls reencrypt
    to shop
}
backend shop {
    speaks http
    server shop-1 10.0.1.11:8080
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
backend shop {
    speaks http
    server shop-1 10.0.1.11:8080
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) { p.speaks(r, false) }, flow.ModeReencrypt)
	},
}
