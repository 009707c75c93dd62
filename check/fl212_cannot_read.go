package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var cannotRead = &Rule{
	Code: "FL212", Name: "proxy-cannot-read", Severity: diag.Error, Since: "0.2", Scope: ScopeOwn,
	Doc: "a route with policy proxy-cannot-read is passthrough",
	Why: "every other mode hands the proxy the plaintext: reencrypt, too, ends the client's session there and starts " +
		"another (RFC 8446, 9.3; measured: two different ClientHello randoms). " +
		"The policy is about the proxies that serve the route: one to which they pass the session on may end it",
	Wire: "the client's session ends at the proxy. Between the two the proxy holds the request and its answer in plaintext; " +
		"with reencrypt it opens a second session, with a ClientHello, a random and keys of its own, and the client " +
		"cannot tell (measured)",
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
			d := p.Report(policy.At, "route %q has the policy proxy-cannot-read and is %s: its proxy reads every request", r.Name, modeOf(r))
			related(d, r.Mode.At, "the mode is stated here")
			if steps, ok := p.passing(r); ok {
				d.Suggest(because(way(steps...), "TLS then ends at %s", endOf(r)))
			}
			d.Suggest(way(remove(inRoute(r), diag.FactPolicy, policy.At, policy.V)))
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}
