package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var upstreamName = &Rule{
	Code: "FL403", Name: "upstream-name", Severity: diag.Error, Since: "0.2",
	Doc: "the server's certificate has the name that a reencrypt route checks",
	Why: "a proxy that verifies its server looks for the name of verifyhost in the certificate, or for the SNI " +
		"that it sent (HAProxy configuration manual, 5.2, sni, verify and verifyhost), and a wildcard covers one " +
		"label (RFC 9525, 6.3)",
	Wire: "the proxy answers the server's certificate with the alert internal_error (80): once where the name was " +
		"sent as SNI, and the client gets 503 at once; in four attempts a second apart where it was not, and the " +
		"client gets 503 after some three seconds; no server gets the request (measured)",
	Except: "of a request that is meant to fail say so: expect 503",
	Bad: `certificate shop-internal {
    names shop.shop.svc
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc.cluster.local }
    to shop
}
`,
	Good: `certificate shop-internal {
    names shop.shop.svc
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
		type key struct {
			r    *flow.Route
			c    *flow.Certificate
			name string
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			if h.Proxy == nil || !h.End().Verify.V || h.Certificate.Covers(h.Name) || chosenBySNI(h) {
				return
			}
			p.explain(h.Request)
			if !first(key{h.Opened, h.Certificate, h.Name}) {
				return
			}
			up := h.Opened.Upstream
			d := p.Report(known(up.Name.At, up.SNI.At, h.Opened.Upstream.At, h.Opened.At),
				"%s", so(fmt.Sprintf("%s, which is for %s, not for %s", refusal(h), namesOf(h.Certificate), asksFor(h)),
					p.clientsGet(h.Opened, flow.FaultWrongName)))
			related(d, known(shownAt(h), h.Certificate.At), "shown here")
			d.Help = renaming(h)
			if oneLabel(h.Certificate, h.Name) {
				d.Help = fmt.Sprintf("add a certificate of its own, with names %s: a wildcard covers one label", asksFor(h))
			}
		})
	},
}

// renaming is the help to check a name that the certificate has.
func renaming(h flow.Handshake) string {
	has, place := h.Certificate.Names[0].V, openersPlace(h)
	if name := h.Opened.Upstream.Name; name.IsSet() {
		return fmt.Sprintf("change name %s to name %s in %s", name.V, has, place)
	}
	return fmt.Sprintf("add name %s to %s", has, place)
}

// chosenBySNI reports whether a server has a certificate with the name that is
// wanted, and would have shown it had an SNI been sent: that is FL408's to say.
func chosenBySNI(h flow.Handshake) bool {
	if h.SNI != "" {
		return false
	}
	if h.Listener != nil {
		c, fits := h.Listener.CertificateFor(h.Name)
		return fits && c != nil
	}
	return slices.ContainsFunc(h.Backend.End.Certificates, func(c flow.Fact[*flow.Certificate]) bool {
		return c.V.Covers(h.Name)
	})
}
