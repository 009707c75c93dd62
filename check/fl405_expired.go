package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var expired = &Rule{
	Code: "FL405", Name: "expired-certificate", Severity: diag.Error, Since: "0.2",
	Doc: "a certificate that is shown is valid on the model's date",
	Why: "whoever judges it ends the handshake with certificate_expired: an error at the client, 503 after four attempts " +
		"behind the proxy (RFC 5280, 4.1.2.5; measured)",
	Run: func(p *Pass) {
		first := once[*flow.Certificate]()
		judge := func(h flow.Handshake, c *flow.Certificate, shower, judge string) {
			if c.ValidOn(p.Topology.Date) {
				return
			}
			p.explain(h.Request)
			if !first(c) {
				return
			}
			state := "has expired"
			if c.From != "" && p.Topology.Date < c.From {
				state = "is not valid yet"
			}
			d := p.Report(known(c.Valid.At, c.At), "the certificate %q, which %q shows %q, %s on %s", c.Name, shower, judge, state, p.Topology.Date)
			d.Help = "renew it: valid FROM..TO around the model's date"
		}
		p.handshakes(func(h flow.Handshake) {
			if h.End().Verify.V {
				judge(h, h.Certificate, h.Far(), h.Opener())
			}
			if h.ClientAuth().V.Mode != flow.AuthNone {
				judge(h, h.End().Certificate.V, h.Opener(), h.Far())
			}
		})
	},
}
