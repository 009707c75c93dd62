package check

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unknownCA = &Rule{
	Code: "FL404", Name: "unknown-ca", Severity: diag.Error, Since: "0.2",
	Doc: "whoever opens a TLS session trusts the CA of the certificate that it is shown",
	Why: "who is shown a certificate goes back from it to a CA that it trusts, and ends the handshake with " +
		"unknown_ca where there is none (RFC 8446, 6.2)",
	Wire: "a client that distrusts the proxy sends the alert unknown_ca and resets the connection, and no server " +
		"is contacted; a proxy that distrusts its server does so in each of four attempts a second apart (TCP, " +
		"ClientHello, the server's flight, the alert), and the client gets 503 after some three seconds (measured)",
	Except: "of a request that is meant to be refused say so: expect alert unknown_ca, or expect 503",
	Bad: `ca public-ca
ca service-ca private

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust public-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Good: `ca public-ca
ca service-ca private

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust service-ca
        name shop.shop.svc
    }
    to shop
}
`,
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
			if !first(key{h.Certificate, h.Opener(), h.Opened}) {
				return
			}
			at := known(shownAt(h), h.Certificate.At)
			if trust := h.End().Trust; h.Proxy != nil && len(trust) > 0 {
				at = trust[0].At
			}
			ca := h.Certificate.Issuer.V.Name
			result := ""
			if h.Proxy != nil {
				result = p.clientsGet(h.Opened, flow.FaultUnknownCA)
			}
			d := p.Report(at, "%s, signed by CA %q, which %s does not trust: %s", refusal(h), ca, openerOf(h), cmp.Or(result, "the handshake fails"))
			related(d, h.Certificate.Issuer.At, "signed here")
			d.Help = fmt.Sprintf("%s; or give %s a certificate of a CA that is trusted", trusting(h, ca), farEnd(h))
		})
	},
}

// trusting is the help to trust one more CA, beside those that are trusted.
func trusting(h flow.Handshake, ca string) string {
	var stated []string
	for _, t := range h.End().Trust {
		stated = append(stated, t.V.Name)
	}
	if len(stated) == 0 {
		return fmt.Sprintf("add trust %s to %s", ca, openersPlace(h))
	}
	trust := "trust " + strings.Join(stated, ", ")
	return fmt.Sprintf("change %s to %s, %s", trust, trust, ca)
}
