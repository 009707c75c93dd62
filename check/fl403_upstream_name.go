package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var upstreamName = &Rule{
	Code: "FL403", Name: "upstream-name", Severity: diag.Error, Since: "0.2",
	Doc: "the server's certificate has the name that a reencrypt route checks",
	Why: "the proxy ends the handshake with internal_error and the client gets 503 (HAProxy configuration manual, " +
		"verifyhost, sni; measured: at once where the name is the SNI, after four attempts otherwise)",
	Run: func(p *Pass) {
		type key struct {
			r    *flow.Route
			c    *flow.Certificate
			name string
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			if h.Proxy == nil || !h.End().Verify.V || h.Certificate.Covers(h.Name) {
				return
			}
			p.explain(h.Request)
			if !first(key{h.Route, h.Certificate, h.Name}) {
				return
			}
			up := h.Route.Upstream
			d := p.Report(known(up.Name.At, up.SNI.At, h.Route.UpstreamAt, h.Route.At),
				"route %q wants %s in the server's certificate, and %q shows %q, which is for %s",
				h.Route.Name, h.Name, h.Far(), h.Certificate.Name, namesOf(h.Certificate))
			related(d, known(shownAt(h), h.Certificate.At), "shown here")
			d.Help = "check a name that it has: name " + h.Certificate.Names[0].V
			if why := oneLabel(h.Certificate, h.Name); why != "" {
				d.Help = why
			}
		})
	},
}
