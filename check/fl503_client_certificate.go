package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var clientCertificate = &Rule{
	Code: "FL503", Name: "client-certificate", Severity: diag.Error, Since: "0.2",
	Doc: "who opens a session has the client certificate that the other end requires, of the CA that it accepts",
	Why: "the far end refuses: handshake_failure in TLS 1.2, certificate_required or unknown_ca in 1.3, after the client " +
		"believes that it is connected (RFC 8446, 4.4.2.4; measured)",
	Run: func(p *Pass) {
		type key struct {
			auth   source.Span
			opener string
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			auth := h.ClientAuth()
			own := h.End().Certificate
			fault := refuses(auth.V, own.V)
			if fault == "" || own.V == nil && (h.Proxy != nil && h.Backend != nil || h.Client != nil && h.Client.Supplied()) {
				return
			}
			if h.Client != nil && h.Request.Derived && slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool {
				return refuses(auth.V, c.End.Certificate.V) == ""
			}) {
				return
			}
			p.explain(h.Request)
			if !first(key{auth.At, h.Opener()}) {
				return
			}
			at := known(own.At, openerAt(h), auth.At)
			d := p.Report(at, "%q asks %q for a client certificate, and %s", h.Far(), h.Opener(), fault)
			related(d, auth.At, "asked for here")
			d.Help = "give " + h.Opener() + " one: certificate NAME"
			if auth.V.CA != nil {
				d.Help += ", signed by " + auth.V.CA.Name
			}
		})
	},
}

func openerAt(h flow.Handshake) source.Span {
	if h.Client != nil {
		return h.Client.At
	}
	return known(h.Route.UpstreamAt, h.Route.Mode.At)
}

// refuses is why an end does not accept a client certificate, nil for none;
// "" where it does.
func refuses(auth flow.ClientAuth, own *flow.Certificate) string {
	switch {
	case auth.Mode == flow.AuthRequired && own == nil:
		return "it has none"
	case auth.Mode == flow.AuthNone, own == nil, auth.CA == nil, own.Issuer.V == nil, own.Issuer.V == auth.CA:
		return ""
	}
	return "its " + own.Name + " is signed by " + own.Issuer.V.Name + ", not by " + auth.CA.Name
}
