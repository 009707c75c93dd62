package check

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var expired = &Rule{
	Code: "FL405", Name: "expired-certificate", Severity: diag.Error, Since: "0.2", Dated: true,
	Doc: "every certificate that is presented is valid on the model's date",
	Why: "a certificate is valid from its first to its last moment (RFC 5280, 4.1.2.5). At another time, a party " +
		"that verifies it ends the handshake with the alert certificate_expired (RFC 8446, 6.2)",
	Wire: "a proxy that verifies its server sends the alert certificate_expired in each of four attempts, a second " +
		"apart, and the client gets 503 after about three seconds (measured). On the client's hop the client " +
		"sends the alert, and no request",
	Except: "the model shows a day on which the certificate was not valid, such as an incident: declare it in its " +
		"requests with expect 503",
	Bad: `date 2026-11-01

certificate shop-internal {
    names shop.shop.svc
    valid 2025-10-01..2026-10-31
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Good: `date 2026-11-01

certificate shop-internal {
    names shop.shop.svc
    valid 2026-10-15..2027-11-14
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Run: func(p *Pass) {
		first := once[*flow.Certificate]()
		date, said := p.Topology.Date, "judged on "+p.Topology.Date
		if date == "" {
			date, said = p.model.today, "today is "+p.model.today
		}
		judge := func(h flow.Handshake, c *flow.Certificate, shower, judge func(flow.Handshake) string) {
			if c.ValidOn(date) {
				return
			}
			if p.Topology.Date != "" { // otherwise the request does not fail in its lifecycle
				p.explainMeeting(h)
			}
			p.model.expired[c] = true
			if !first(c) {
				return
			}
			state := "expired on " + c.To
			if c.From != "" && date < c.From {
				state = "is valid only from " + c.From
			}
			d := p.Report(known(c.Valid.At, c.At), "%s refuses certificate %q of %s, which %s (%s): %s", judge(h), c.Name, shower(h), state, said, cmp.Or(p.openersGet(h, flow.FaultExpired), "the handshake fails"))
			d.Suggest(given(way(renewed(c, date)), "the certificate is renewed"))
			if p.Topology.Date == "" {
				d.Suggest(given(way(add(inModel(), diag.FactDate, cmp.Or(c.To, c.From))), "the model describes that day"))
			}
		}
		p.handshakes(func(h flow.Handshake) {
			if h.End().Verify.V {
				judge(h, h.Certificate, farEnd, openerOf)
			}
			if h.ClientAuth().V.Mode != flow.AuthNone {
				judge(h, h.End().Certificate.V, openerOf, farEnd)
			}
		})
	},
}

// renewed is the step by which a certificate is valid for a year from a day on.
func renewed(c *flow.Certificate, day string) diag.Step {
	year, _ := strconv.Atoi(day[:4])
	end := fmt.Sprintf("%04d%s", year+1, day[4:])
	end = strings.Replace(end, "-02-29", "-02-28", 1)
	return state(inCertificate(c), diag.FactValid, c.Valid, []string{c.From + ".." + c.To}, day+".."+end)
}
