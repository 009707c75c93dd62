package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var secondWay = &Rule{
	Code: "FL507", Name: "second-way", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "servers that one way reaches only with a client certificate cannot be reached by another way without one",
	Why: "the party that terminates TLS asks for the certificate (RFC 8446, 4.3.2), and the servers behind it do " +
		"not see which way a request took. Another port or proxy that leads the same host to the same servers " +
		"does not require it",
	Wire: "the handshake at the other port or proxy has no CertificateRequest, and the protected server answers the " +
		"request with 200 (measured)",
	Except: "something outside the model, such as a firewall, keeps these clients from the second way. Zones in from " +
		"and the allow list of its route are taken into account",
	Bad: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

proxy haproxy {
    listen https :443
    listen https :8443
}

route payments on haproxy:443 {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    without-certificate 421
    to payments
}
route internal on haproxy:8443 {
    host payments.example.test
    tls edge
    to payments
}
`,
	Good: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

proxy haproxy {
    listen https :443
    listen https :8443
}

route payments on haproxy:443 {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    without-certificate 421
    to payments
}
route internal on haproxy:8443 {
    host payments.example.test
    tls edge
    allow 10.0.0.0/8
    to payments
}
`,
	Run: func(p *Pass) {
		if !p.requiresCertificates() {
			return
		}
		all := flow.NewWays(p.Topology)
		for _, r := range p.Topology.Routes {
			p.byChance(all, r)
			auth, ok := required(r)
			if !ok || p.model.doubt.any(r) {
				continue
			}
			for _, w := range p.waysPast(all, r, auth.V) {
				if w.Plain {
					continue
				}
				d := p.Report(known(w.Route.Mode.At, w.Route.At), "requests for %s reach %s through route %q, on %s, without the client certificate that route %q requires",
					hostInWords(r, w.At.Proxy), fmt.Sprintf("backend %q", w.backend.Name), w.Route.Name, portOf(w.At), r.Name)
				relatedRequired(d, r, auth)
				d.Suggest(given(way(requiring(w.Route, w.At, auth.V)...), "all clients of route %q have such a certificate", w.Route.Name))
				d.Suggest(p.withoutWay(w, r)...)
			}
		}
	},
}

// byChance reports a route whose clients a balancer leads to one port that requires a
// client certificate and to another that does not.
func (p *Pass) byChance(all *flow.Ways, r *flow.Route) {
	asked, open := false, false
	for _, l := range portsOf(r) {
		if l.Ends(r) && !r.ClientCertificate.IsSet() {
			requires := l.End.ClientCertificate.V.Mode == flow.AuthRequired
			asked, open = asked || requires, open || !requires
		}
	}
	if !asked || !open || p.model.doubt.any(r) {
		return
	}
	first := once[*flow.Listener]()
	for _, ways := range p.waysTo(all, r) {
		for _, w := range ways {
			i := slices.IndexFunc(ways, func(o flow.ClientWay) bool {
				return !o.Plain && o.Route == r && o.Entry == w.Entry && !w.Asked.V.Satisfies(o.Asked.V)
			})
			if w.Plain || w.Route != r || i < 0 || !first(w.At) {
				continue
			}
			other := ways[i]
			d := p.Report(w.At.At, "clients can reach route %q without a client certificate: one of two targets is chosen, and %s leads to %s, which requires one, and to %s, which does not",
				r.Name, portOf(w.Entry), portOf(other.At), portOf(w.At))
			related(d, other.Asked.At, "%s requires a client certificate here", portOf(other.At))
			d.Suggest(way(requiring(r, w.At, other.Asked.V)...))
		}
	}
}
