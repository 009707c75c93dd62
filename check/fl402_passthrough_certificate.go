package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var backendForClients = &Rule{
	Code: "FL402", Name: "passthrough-backend-certificate", Severity: diag.Error, Since: "0.2",
	Doc: "the backend of a passthrough route shows a certificate for the public host, of a CA that clients trust",
	Why: "the client verifies the backend itself: the proxy relays the certificate and cannot replace it (RFC 9110, " +
		"4.3.4; measured: unknown_ca relayed to the server, or a close after the handshake)",
	Run: func(p *Pass) {
		type key struct {
			b *flow.Backend
			r *flow.Route
			c *flow.Certificate
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			if h.Client == nil || h.Backend == nil || swallowed(h) {
				return
			}
			named, trusted := h.Certificate.Covers(h.Name), p.trusted(h)
			if named && trusted {
				return
			}
			p.explain(h.Request)
			if !first(key{h.Backend, h.Route, h.Certificate}) {
				return
			}
			at := known(shownAt(h), h.Certificate.At)
			if !named {
				d := p.Report(at, "backend %q shows the certificate %q for %s to clients that ask for %s through passthrough route %q",
					h.Backend.Name, h.Certificate.Name, namesOf(h.Certificate), h.Name, h.Route.Name)
				related(d, known(h.Route.Host.At, h.Route.At), "the host is stated here")
				d.Help = "give the backend a certificate that names " + h.Name + ", or say tls reencrypt"
				return
			}
			d := p.Report(at, "backend %q shows the certificate %q, signed by %q, to client %q through passthrough route %q; the client does not trust it",
				h.Backend.Name, h.Certificate.Name, h.Certificate.Issuer.V.Name, h.Client.Name, h.Route.Name)
			related(d, h.Certificate.Issuer.At, "signed here")
			d.Help = "give the backend a certificate of a CA that its clients trust, or say tls reencrypt"
		})
	},
}
