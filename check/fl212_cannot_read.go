package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var cannotRead = &Rule{
	Code: "FL212", Name: "proxy-cannot-read", Severity: diag.Error, Since: "0.2", Scope: ScopeOwn,
	Doc: "a route with policy proxy-cannot-read is passthrough",
	Why: "in every other mode the proxy has the plaintext. Also reencrypt terminates the client's session at the " +
		"proxy and starts another one (RFC 8446, 9.3; measured: two different ClientHello randoms). The policy " +
		"holds for the proxies that serve the route; a proxy behind them may terminate TLS",
	Wire: "the client's session terminates at the proxy. The proxy has the request and the response in plaintext. " +
		"In reencrypt it opens a second session with a ClientHello, a random and keys of its own; the client " +
		"cannot detect that (measured)",
	Bad: `route vault {
    host vault.apps.example.test
    tls reencrypt
    policy proxy-cannot-read
    to vault
}
`,
	Good: `route vault {
    host vault.apps.example.test
    tls passthrough
    policy proxy-cannot-read
    to vault
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			policy, ok := policyOf(r, "proxy-cannot-read")
			if !ok || r.Mode.V == flow.ModeNone && r.Relayed() {
				return
			}
			d := p.Report(policy.At, "route %q has the policy proxy-cannot-read and is %s: the proxy terminates TLS and can read every request", r.Name, modeOf(r))
			relatedMode(d, r)
			if steps, ok := p.passing(r); ok {
				d.Suggest(because(way(steps...), endsAtServers))
			}
			d.Suggest(way(remove(inRoute(r), diag.FactPolicy, policy.At, policy.V)))
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}
