package check

import (
	"cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var verifyNone = &Rule{
	Code: "FL406", Name: "verify-none", Severity: diag.Error, Since: "0.2", Scope: ScopeStated,
	Doc: "a reencrypt route verifies the server",
	Why: "encryption without authentication does not stop an attacker between proxy and server: the proxy accepts " +
		"any certificate (HAProxy configuration manual, 5.2, verify)",
	Wire: "nothing fails. A server with a certificate of another CA completes the handshake and gets the request, " +
		"and the client gets its 200 (measured)",
	Except: "the hop is inside one machine, or a test system has no CA yet: waive the finding until it has one",
	Bad: `ca service-ca

certificate payments-internal {
    names payments.payments.svc
    issuer service-ca
}

backend payments {
    speaks https { certificate payments-internal }
}

route payments {
    host payments.apps.example.test
    tls reencrypt { verify none }
    to payments
}
`,
	Good: `ca service-ca

certificate payments-internal {
    names payments.payments.svc
    issuer service-ca
}

backend payments {
    speaks https { certificate payments-internal }
}

route payments {
    host payments.apps.example.test
    tls reencrypt {
        trust service-ca
        name payments.payments.svc
    }
    to payments
}
`,
	Run: func(p *Pass) {
		unverified := func(r *flow.Route) (source.Span, bool) {
			v := r.Upstream.End.Verify
			return v.At, v.IsSet() && !v.V && !withinMachine(r)
		}
		p.sharing(unverified, func(at source.Span, routes []*flow.Route) {
			r := routes[0]
			d := p.Report(at, "%s verify the server certificate: any server can answer", theRoutes(routes, "does not", "do not"))
			steps := []diag.Step{remove(inUpstream(r), diag.FactVerify, at, "none")}
			if up := r.Upstream; up.Name.IsSet() && (up.SNIHost || up.SNI.V != "" && up.SNI.V != up.Name.V) {
				steps = append(steps, remove(inUpstream(r), diag.FactCheckedName, up.Name.At, up.Name.V)) // FL410: the SNI is what is verified
			}
			ca, name := theirCA(r), theirName(r)
			if ca != "" && len(r.Upstream.End.Trust) == 0 {
				steps = append(steps, add(inUpstream(r), diag.FactTrust, ca))
			}
			if unnamed(r.Upstream) && (name != "" || ca != "") {
				steps = append(steps, add(inUpstream(r), diag.FactCheckedName, cmp.Or(name, theirLikelyName(r))))
			}
			d.Suggest(way(steps...))
		}, flow.ModeReencrypt)
	},
}
