package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughToPlaintext = &Rule{
	Code: "FL208", Name: "passthrough-to-plaintext", Severity: diag.Error, Since: "0.1", Scope: ScopeOwn,
	Doc: "the backend of a passthrough route speaks TLS",
	Why: "the server's 400 in clear is relayed into the client's handshake, which ends with \"wrong version number\" (measured)",
	Wire: "the client's ClientHello is relayed, and so is the 400 in plaintext that answers it. In place of a ServerHello " +
		"it ends the client's handshake (\"wrong version number\"); there is no alert and no status (measured)",
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
	},
}
