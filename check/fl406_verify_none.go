package check

import (
	"cmp"
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var verifyNone = &Rule{
	Code: "FL406", Name: "verify-none", Severity: diag.Error, Since: "0.2", Scope: ScopeStated,
	Doc: "a reencrypt route verifies the server",
	Why: "encryption without authentication keeps nobody out who can stand between proxy and server: any " +
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
			d := p.Report(v.At, "route %q encrypts to whoever answers: every certificate is accepted, a stranger's too", r.Name)
			ca, name := cmp.Or(theirCA(r), "CA"), cmp.Or(theirName(r), "HOST")
			d.Help = fmt.Sprintf("change verify none to trust %s and name %s in %s", ca, name, upstreamOf(r))
		}, flow.ModeReencrypt)
	},
}
