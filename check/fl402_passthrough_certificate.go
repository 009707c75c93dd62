package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var backendForClients = &Rule{
	Code: "FL402", Name: "passthrough-backend-certificate", Severity: diag.Error, Since: "0.2",
	Doc: "the backend of a passthrough route presents a certificate for the public host, signed by a CA that the " +
		"clients trust",
	Why: "in passthrough the client verifies the server itself, by the public host and by the CAs that it trusts. " +
		"The proxy relays the certificate and cannot replace it (RFC 9110, 4.3.4; measured)",
	Wire: "the proxy relays the handshake. A client that does not trust the CA sends the alert unknown_ca, which " +
		"the proxy relays to the server. A client that does not find the host in the certificate sends " +
		"close_notify and FIN after the handshake. In both cases the server gets no request (measured)",
	Except: "the clients of this host pin the server's certificate instead of comparing its names. If a request is " +
		"meant to fail, declare it: expect alert unknown_ca, or expect close",
	Bad: `ca public-ca

certificate payments {
    names payments.payments.svc
    issuer public-ca
}

backend payments {
    speaks https { certificate payments }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Good: `ca public-ca

certificate payments {
    names payments.payments.svc, payments.apps.example.test
    issuer public-ca
}

backend payments {
    speaks https { certificate payments }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Run: func(p *Pass) {
		type key struct {
			b *flow.Backend
			r *flow.Route
			c *flow.Certificate
		}
		first := once[key]()
		p.answers(func(h flow.Handshake) {
			if h.Client == nil || h.Backend == nil || swallowed(h) || h.Request.Derived && p.Topology.Astray(h.Route) != nil {
				return
			}
			named, trusted := h.Certificate.Covers(h.Name), p.trusted(h)
			if named && trusted {
				return
			}
			p.explainMeeting(h)
			if !first(key{h.Backend, h.Route, h.Certificate}) {
				return
			}
			at := known(shownAt(h), h.Certificate.At)
			if !named {
				host := asksFor(h)
				d := p.Report(at, "clients that ask for %s refuse certificate %q of %s, which is for %s: the handshake fails",
					host, h.Certificate.Name, farEnd(h), namesOf(h.Certificate))
				related(d, known(h.Route.Host.At, h.Route.At), "passthrough route %q is for this host", h.Route.Name)
				if meant, ok := p.meantHost(h); ok {
					d.Suggest(meant)
				} else {
					d.Suggest(way(p.own(h, host)...))
				}
				d.Suggest(p.endingThere(h.Route)...)
				return
			}
			d := p.Report(at, "%s, as %s does not trust CA %q, which signed it: the handshake fails", refusal(h), openerOf(h), h.Certificate.Issuer.V.Name)
			relatedIssuer(d, h.Certificate)
			relatedMode(d, h.Route)
			d.Suggest(way(p.replacing(inServing(h.Backend), diag.FactCertificates, h.Backend.End.Certificates, h.Certificate, fitting(h, h.Name), p.freshFor(h, asksFor(h)))...))
			d.Suggest(p.endingThere(h.Route)...)
		})
	},
}

// endingThere is the way to end TLS at the proxy of a route, where that is all
// that has to change.
func (p *Pass) endingThere(r *flow.Route) []diag.Suggestion {
	if r.Mode.V != flow.ModePassthrough {
		return nil
	}
	if w, ok := p.endingTLS(r); ok {
		return []diag.Suggestion{w}
	}
	return nil
}
