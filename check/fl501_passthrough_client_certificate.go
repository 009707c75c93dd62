package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughClientCertificate = &Rule{
	Code: "FL501", Name: "passthrough-client-certificate", Severity: diag.Error, Since: "0.1",
	Doc: "a client certificate is asked for where the client's TLS ends: not on a passthrough route",
	Why: "CertificateRequest comes from the end of the session (RFC 8446, 4.3.2), which is the server under passthrough",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.ClientCertificate.Said() {
				d := p.Report(r.ClientCertificate.At, "route %q is passthrough: its proxy cannot ask for a client certificate", r.Name)
				related(d, r.Mode.At, "passthrough is stated here")
				d.Help = "ask at the backend: speaks https { client-certificate … }"
			}
		}, flow.ModePassthrough)
	},
}
