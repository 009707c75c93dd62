package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var plaintextPastCertificate = &Rule{
	Code: "FL505", Name: "plaintext-past-certificate", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "no plaintext request reaches a route that requires a client certificate",
	Why: "a client certificate is a message of the TLS handshake (RFC 8446, 4.4.2): a client that sends plaintext " +
		"is not asked for one. By RFC 9110, 7.4, a server refuses a request on a connection that is not secured " +
		"as its URL requires",
	Wire: "the request comes to the http port without a handshake, and the same servers answer it with 200. Over " +
		"TLS a client without a certificate gets the alert certificate_required (measured)",
	Bad: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

proxy haproxy {
    listen http :80
    listen https :443 { client-certificate required partner-ca }
}

route payments {
    host payments.example.test
    tls edge
    insecure allow
    to payments
}
`,
	Good: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

proxy haproxy {
    listen http :80
    listen https :443 { client-certificate required partner-ca }
}

route payments {
    host payments.example.test
    tls edge
    insecure redirect
    to payments
}
`,
	Run: func(p *Pass) {
		if !p.requiresCertificates() {
			return
		}
		all := flow.NewWays(p.Topology)
		for _, r := range p.Topology.Routes {
			auth, ok := required(r)
			if !ok || p.model.doubt.any(r) {
				continue
			}
			if r.Insecure.V == flow.InsecureAllow && p.anyHTTP(r) && r.WithoutCertificate.V == 0 {
				d := p.Report(known(r.Insecure.At, r.At), "route %q requires a client certificate and allows plaintext: plaintext requests are served without one", r.Name)
				relatedRequired(d, r, auth)
				fronts, ok := p.encryptingFronts(r)
				d.Suggest(way(append(fronts, p.redirecting(r)...)...))
				if len(fronts) == 0 && ok && !p.askedIn(r, "http") {
					d.Suggest(way(insecure(r, flow.InsecureNone)))
				}
			}
			for _, w := range p.waysPast(all, r, auth.V) {
				if !w.Plain {
					continue
				}
				d := p.Report(known(w.Route.Mode.At, w.Route.At), "plaintext requests for %s reach %s through route %q, without the client certificate that route %q requires",
					hostInWords(r, w.At.Proxy), fmt.Sprintf("backend %q", w.backend.Name), w.Route.Name, r.Name)
				relatedRequired(d, r, auth)
				d.Suggest(p.withoutWay(w, r)...)
			}
		}
	},
}

// encryptingFronts are the steps by which the proxies that end TLS in front of a route,
// and send what they read in plaintext, send it in TLS. ok is false where one cannot.
func (p *Pass) encryptingFronts(r *flow.Route) (steps []diag.Step, ok bool) {
	first, ok := once[*flow.Route](), true
	p.over(r, func(path *flow.Path) bool {
		hop := path.EndsTLS()
		if hop == nil || hop.Listener == nil || path.Route != r || !first(hop.Route) {
			return true
		}
		own, can := p.reencrypting(hop.Route)
		ok = ok && can
		steps = append(steps, own...)
		return true
	})
	return steps, ok
}
