package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unknownCA = &Rule{
	Code: "FL404", Name: "unknown-ca", Severity: diag.Error, Since: "0.2",
	Doc: "whoever opens a TLS session trusts the CA of the certificate that it is shown",
	Why: "it ends the handshake with the alert unknown_ca (RFC 8446, 6.2); behind the proxy that is four attempts and 503 " +
		"(measured)",
	Run: func(p *Pass) {
		type key struct {
			c      *flow.Certificate
			opener string
			r      *flow.Route
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			if h.Client != nil && h.Backend != nil || p.trusted(h) {
				return
			}
			p.explain(h.Request)
			k := key{c: h.Certificate, opener: h.Opener()}
			if h.Proxy != nil {
				k.r = h.Route
			}
			if !first(k) {
				return
			}
			at := known(shownAt(h), h.Certificate.At)
			if trust := h.End().Trust; h.Proxy != nil && len(trust) > 0 {
				at = trust[0].At
			}
			d := p.Report(at, "%q shows %q the certificate %q, signed by %q, which %q does not trust",
				h.Far(), h.Opener(), h.Certificate.Name, h.Certificate.Issuer.V.Name, h.Opener())
			related(d, h.Certificate.Issuer.At, "signed here")
			d.Help = "say trust " + h.Certificate.Issuer.V.Name + ", or show a certificate of a CA that is trusted"
		})
	},
}
