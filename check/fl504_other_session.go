package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var otherSession = &Rule{
	Code: "FL504", Name: "other-session", Severity: diag.Warning, Since: "0.2",
	Doc: "a request that reaches a route with a client certificate came in a session that asked for it",
	Why: "the port asks by the SNI, and routes by the Host: a client that names one host in its ClientHello and another in " +
		"its request is asked for what the first one requires. RFC 9110, 7.4 and 15.5.20, has 421 for it, and HAProxy " +
		"serves it",
	Wire: "the ClientHello has the SNI of a host that anyone may visit, the handshake has no CertificateRequest, and the " +
		"request has the Host of the other one: it is routed there, and answered 200 (measured)",
	Except: "the servers behind the route look for the certificate themselves",
	Bad: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }
client stranger

route payments {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    to payments
}
route www {
    host www.example.test
    tls edge
    to www
}
request around {
    from stranger
    get https://www.example.test/
    host payments.example.test
}
`,
	Good: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

route payments {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    to payments
}
route www {
    host www.example.test
    tls edge
    to www
}
request through {
    from partner
    get https://payments.example.test/
}
`,
	Run: func(p *Pass) {
		p.handshakes(func(h flow.Handshake) {
			if h.Client == nil || h.Listener == nil || h.Route == nil || h.Request.Derived {
				return
			}
			auth := h.Route.ClientCertificate
			if auth.V.Mode != flow.AuthRequired || h.ClientAuth().V.Mode == flow.AuthRequired {
				return
			}
			q, sent := h.Request, "its SNI is "+h.SNI
			if h.SNI == "" {
				sent = "it has no SNI"
			}
			host := q.HostField.V
			if host == "" {
				host = q.Calls[0].Host
			}
			d := p.Report(known(q.HostField.At, q.SNI.At, q.Calls[0].At),
				"request %q gets to route %q without the client certificate that it requires: %s, its Host %s",
				q.Name, h.Route.Name, sent, host)
			related(d, auth.At, "required here")
			d.Help = fmt.Sprintf("add %s to %s, for all of its hosts, or serve route %q on a port of its own",
				asking(auth.V), portOf(h.Listener), h.Route.Name)
		})
	},
}
