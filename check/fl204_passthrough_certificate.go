package check

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughCertificate = &Rule{
	Code: "FL204", Name: "passthrough-certificate", Severity: diag.Error, Since: "0.1",
	Doc: "a passthrough route carries no certificate, CA or ALPN of its own",
	Why: "the handshake is the server's: the proxy uses none of them; OpenShift's validation: passthrough termination " +
		"does not support certificates",
	Wire: "the client is shown the server's certificate, relayed as it came. The route's is shown to nobody: it expires " +
		"without notice, and a client that expects it gets a name or an issuer that it did not expect",
	Bad: `certificate pay-public { names pay.apps.example.test }

route pay {
    host pay.apps.example.test
    tls passthrough
    certificate pay-public
    to payments
}
`,
	Good: `certificate pay-public { names pay.apps.example.test }

route pay {
    host pay.apps.example.test
    tls passthrough
    to payments
}
backend payments {
    speaks https { certificate pay-public }
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Certificate.IsSet() {
				d := p.Report(r.Certificate.At, "route %q is passthrough and never shows certificate %q: clients get the server's", r.Name, r.Certificate.V.Name)
				d.Help = "leave it out; if the servers have it, " + atServers(r, "certificate "+r.Certificate.V.Name)
			}
			if r.ALPN.IsSet() {
				d := p.Report(r.ALPN.At, "route %q is passthrough and agrees on no ALPN: clients and servers do that between them", r.Name)
				d.Help = "leave it out here; " + atServers(r, "alpn "+strings.Join(r.ALPN.V, ", "))
			}
			if r.UpstreamAt.Known() {
				d := p.Report(r.UpstreamAt, "route %q is passthrough: the proxy opens no TLS session of its own, and verifies nothing", r.Name)
				d.Help = "leave the block out, or change tls passthrough to tls reencrypt"
			}
		}, flow.ModePassthrough)
	},
}
