package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughToPlaintext = &Rule{
	Code: "FL208", Name: "passthrough-to-plaintext", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "the backend of a passthrough route speaks TLS",
	Why: "the proxy relays the server's 400 in plaintext into the client's handshake, which fails with \"wrong " +
		"version number\" (measured)",
	Wire: "the proxy relays the client's ClientHello to the server, and the server's 400 in plaintext to the " +
		"client. The client expects a ServerHello and ends the handshake (\"wrong version number\"), without an " +
		"alert or a status (measured)",
	Bad: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
backend vault {
    speaks http
    server vault-1 10.0.1.31:8200
}
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
backend vault {
    speaks https
    server vault-1 10.0.1.31:8200
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) { p.speaks(r, false) }, flow.ModePassthrough)
		p.relayed(false)
	},
}
