package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughToPlaintext = &Rule{
	Code: "FL208", Name: "passthrough-to-plaintext", Severity: diag.Error, Since: "0.1",
	Doc: "the backend of a passthrough route speaks TLS",
	Why: "the server's 400 in clear is relayed into the client's handshake, which ends with \"wrong version number\" (measured)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) { p.speaks(r, false, "say tls edge, or let the backend speak https") }, flow.ModePassthrough)
	},
}
