package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var reencryptWithoutCertificate = &Rule{
	Code: "FL502", Name: "reencrypt-without-certificate", Severity: diag.Error, Since: "0.1",
	Doc: "a proxy that reencrypts to a backend that requires a client certificate has one",
	Why: "the proxy cannot use the client's certificate, because only the client has the key that signs " +
		"CertificateVerify (RFC 8446, 4.4.3). For its own session the proxy needs a certificate of its own " +
		"(HAProxy configuration manual, 5.2, crt)",
	Wire: "in TLS 1.2 the server sends the alert handshake_failure (40) during the handshake, in four attempts, a " +
		"second apart, and the client gets 503. In TLS 1.3 the alert certificate_required (116) comes after the " +
		"proxy's Finished, and a race decides: if the request is not sent yet, the proxy retries and the client " +
		"gets 503; if it is sent, the client gets 502 at once (measured)",
	Except: "the request is meant to fail: declare it with expect 502, 503",
	Bad: `ca mesh-ca

backend payments {
    speaks https { client-certificate required mesh-ca }
}

route payments {
    host payments.apps.example.test
    tls reencrypt
    to payments
}
`,
	Good: `ca mesh-ca

certificate haproxy-client { issuer mesh-ca }

backend payments {
    speaks https { client-certificate required mesh-ca }
}

route payments {
    host payments.apps.example.test
    tls reencrypt { certificate haproxy-client }
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			sentTo(r, func(t *flow.Target) {
				b := t.Backend
				if b == nil || b.End.ClientCertificate.V.Mode != flow.AuthRequired || r.Upstream.End.Certificate.V != nil {
					return
				}
				for _, proxy := range r.Proxies {
					if proxy.End.Certificate.V != nil || p.model.doubt.any(proxy) || p.expectedFailure(r, flow.FaultClientCertificate) {
						continue
					}
					p.explainRoute(r, flow.FaultClientCertificate)
					message := fmt.Sprintf("backend %q requires a client certificate and proxy %q has none for route %q", b.Name, proxy.Name, r.Name)
					d := p.Report(known(r.Upstream.At, r.Mode.At, t.At), "%s", so(message, p.clientsGet(r, flow.FaultClientCertificate)))
					related(d, b.End.ClientCertificate.At, "backend %q requires a client certificate here", b.Name)
					own := p.clientCertificate(inUpstream(r), flow.Fact[*flow.Certificate]{}, b.End.ClientCertificate.V.CA, proxy.Name)
					d.Suggest(because(way(own...), "the proxy cannot pass on the certificate of a client"))
					return
				}
			})
		}, flow.ModeReencrypt)
	},
}
