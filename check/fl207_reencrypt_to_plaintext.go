package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var reencryptToPlaintext = &Rule{
	Code: "FL207", Name: "reencrypt-to-plaintext", Severity: diag.Error, Since: "0.1",
	Doc: "the backend of a reencrypt route speaks TLS",
	Why: "the proxy's ClientHello is answered with 400 in clear; four attempts one second apart, then the client gets " +
		"503 (measured; HAProxy configuration manual, retries)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) { p.speaks(r, false, "say tls edge, or let the backend speak https") }, flow.ModeReencrypt)
	},
}
