package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var hstsInClear = &Rule{
	Code: "FL217", Name: "hsts-in-clear", Severity: diag.Warning, Since: "0.2", Scope: ScopeOwn,
	Doc: "a route with HSTS is served only over TLS",
	Why: "HSTS must not be sent over plaintext, and clients ignore it there (RFC 6797, 7.2 and 8.1). With insecure " +
		"allow the route also serves plaintext",
	Wire: "the response to the plaintext request has Strict-Transport-Security, and the client ignores it. The " +
		"client continues in plaintext until it gets the header over TLS once; an attacker on the network can " +
		"prevent that",
	Except: "the site is moving to TLS and some clients still need plaintext: waive the finding until that ends; a route for " +
		"the challenges of ACME alone, which are asked for in plaintext (RFC 8555, 8.3), is not reported",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    insecure allow
    hsts 365d
    to shop
}
request typed { get http://shop.apps.example.test/cart }
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    insecure redirect
    hsts 365d
    to shop
}
request typed {
    get http://shop.apps.example.test/cart
    follow
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if !r.HSTS.IsSet() || r.Mode.V != flow.ModeNone && r.Insecure.V != flow.InsecureAllow || challenges(r) {
				return
			}
			what := "is served in plaintext"
			steps, ok := p.terminating(r, flow.ModeEdge)
			if r.Mode.V != flow.ModeNone {
				what = "allows plaintext"
				steps, ok = p.redirecting(r), true
			}
			d := p.Report(r.HSTS.At, "route %q %s, where clients ignore the HSTS header and go on in plaintext", r.Name, what)
			if r.Mode.V == flow.ModeNone {
				relatedMode(d, r)
			} else {
				related(d, r.Insecure.At, "route %q states insecure allow here", r.Name)
			}
			if r.Mode.V == flow.ModeNone && p.askedIn(r, "http") {
				steps = append(steps, p.redirecting(r)...)
			}
			if ok {
				d.Suggest(way(steps...))
			}
			d.Suggest(way(remove(inRoute(r), diag.FactHSTS, r.HSTS.At, inTime(r.HSTS.V))))
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}

// challenges reports whether a route takes nothing but the challenges of ACME, which are
// asked for in plaintext (RFC 8555, 8.3).
func challenges(r *flow.Route) bool {
	const below = "/.well-known/acme-challenge"
	return strings.HasPrefix(r.Path.V, below) || slices.ContainsFunc(r.Matches, func(m flow.Match) bool {
		return m.Kind == flow.MatchPath && !m.Not && m.How != flow.Regex && len(m.Values) > 0 &&
			!slices.ContainsFunc(m.Values, func(v string) bool { return !strings.HasPrefix(v, below) })
	})
}
