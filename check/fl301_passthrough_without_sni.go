package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughWithoutSNI = &Rule{
	Code: "FL301", Name: "passthrough-without-sni", Severity: diag.Error, Since: "0.1",
	Doc: "a request for a passthrough route sends the route's host as SNI",
	Why: "the SNI is all that the proxy can choose by; without it the connection is closed without an alert, or ends at " +
		"the proxy (RFC 6066, 3; measured)",
	Wire: "TCP handshake, a ClientHello without the name, and FIN from the proxy at once: no alert, no status, no backend " +
		"connection. Where the port also ends TLS for other hosts, it may complete the handshake with its default " +
		"certificate and answer 503 instead",
	Except: "where that client is meant to be turned away, say so: expect close",
	Bad: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request backup {
    get https://vault.apps.example.test/v1/sys
    sni none
}
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
request backup { get https://vault.apps.example.test/v1/sys }
`,
	Run: func(p *Pass) {
		p.requests(func(r *flow.Request, lc *flow.Lifecycle) {
			if len(r.Calls) == 0 || r.Calls[0].Scheme == "http" || r.Via == nil {
				return
			}
			l := r.Via.Listens(r.Calls[0].Port)
			if l == nil {
				return
			}
			wanted := l.SNIRoute(r.Calls[0].Host)
			if wanted == nil && r.HostField.Said() {
				wanted = l.SNIRoute(r.HostField.V)
			}
			if wanted == nil || wanted.HostOn(r.Via) == "" || l.SNIRoute(r.SNI.V) == wanted {
				return
			}
			if other := l.SNIRoute(""); r.SNI.V == "" && other != nil && other.SNI.V == flow.SNINone {
				return // a route that is for such clients takes it
			}
			at := r.SNI.At
			if !at.Known() {
				at = r.Calls[0].At
			}
			p.explain(r)
			sent := "no SNI"
			if r.SNI.V != "" {
				sent = "the SNI " + r.SNI.V
			}
			d := p.Report(at, "request %q sends %s, and passthrough route %q is chosen by SNI alone", r.Name, sent, wanted.Name)
			related(d, wanted.At, "declared here")
			d.Help = "send the host as SNI, or give the route sni none where such clients are meant"
		})
	},
}
