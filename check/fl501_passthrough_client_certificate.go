package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughClientCertificate = &Rule{
	Code: "FL501", Name: "passthrough-client-certificate", Severity: diag.Error, Since: "0.1",
	Doc: "a client certificate is asked for where the client's TLS ends: not on a passthrough route",
	Why: "the CertificateRequest comes from where the session ends (RFC 8446, 4.3.2), which is the server under " +
		"passthrough; OpenShift's router asks for client certificates only in the frontend where TLS ends",
	Wire: "nobody asks: the ClientHello is relayed as it came, and the server, of which nothing is said, " +
		"completes the handshake with clients that have no certificate; where the server asks, its CertificateRequest " +
		"and the client's answer are relayed like all else (measured)",
	Bad: `ca partner-ca

certificate partner { issuer partner-ca }

client partner { certificate partner }

route payments {
    host payments.apps.example.test
    tls passthrough
    client-certificate required partner-ca
    to payments
}
`,
	Good: `ca partner-ca

certificate partner { issuer partner-ca }

client partner { certificate partner }

backend payments {
    speaks https { client-certificate required partner-ca }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
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
