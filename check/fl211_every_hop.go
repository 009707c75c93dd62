package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var everyHop = &Rule{
	Code: "FL211", Name: "every-hop-encrypted", Severity: diag.Error, Since: "0.2", Scope: ScopeOwn,
	Doc: "a route with policy every-hop-encrypted has no hop in plaintext",
	Why: "the modes none and edge send plaintext to the server, and insecure allow accepts plaintext from the " +
		"client: anyone on that hop can read it (RFC 8446, 9.3; measured: the request is readable behind edge)",
	Wire: "in the modes edge and none the request is readable between proxy and server, with its cookies and with " +
		"the headers that the proxy adds. With insecure allow it is also readable on the client's hop. In edge " +
		"the client sees a padlock all the same",
	Bad: `route pay {
    host pay.apps.example.test
    tls edge
    policy every-hop-encrypted
    to payments
}
`,
	Good: `route pay {
    host pay.apps.example.test
    tls reencrypt
    policy every-hop-encrypted
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			policy, ok := policyOf(r, "every-hop-encrypted")
			if !ok || r.AnswersItself() {
				return
			}
			defer func() { p.on = nil }()
			where, by, at, ways := p.plaintextHop(r)
			if where == "" {
				return
			}
			d := p.Report(policy.At, "route %q has the policy every-hop-encrypted, and %s is in plaintext: anyone on it can read the requests", r.Name, where)
			related(d, at, "it is in plaintext by this line of route %q", by.Name)
			if len(ways) == 0 {
				ways = append(ways, way(remove(inRoute(r), diag.FactPolicy, policy.At, policy.V)))
			}
			d.Suggest(ways...)
		}, flow.Modes...)
	},
}

func policyOf(r *flow.Route, name string) (flow.Fact[string], bool) {
	i := slices.IndexFunc(r.Policies, func(s flow.Fact[string]) bool { return s.V == name })
	if i < 0 {
		return flow.Fact[string]{}, false
	}
	return r.Policies[i], true
}
