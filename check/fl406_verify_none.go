package check

import (
	"cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var verifyNone = &Rule{
	Code: "FL406", Name: "verify-none", Severity: diag.Error, Since: "0.2", Scope: ScopeStated,
	Doc: "a reencrypt route verifies the server",
	Why: "encryption without authentication does not stop an attacker between proxy and server: any " +
		"certificate will do (HAProxy configuration manual, 5.2, verify)",
	Wire: "nothing fails, and that is the fault: a server with a certificate of a wrong CA completes the " +
		"handshake, gets the request in full, and its answer comes to the client as 200 (measured)",
	Except: "the hop never leaves one machine, or a trial has no CA yet: waive it until the day on which it has",
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
		p.routes(func(r *flow.Route) {
			v := r.Upstream.End.Verify
			if !v.IsSet() || v.V {
				return
			}
			d := p.Report(v.At, "route %q does not verify the server certificate: any server can answer", r.Name)
			steps := []diag.Step{remove(inUpstream(r), diag.FactVerify, v.At, "none")}
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
