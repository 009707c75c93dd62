package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
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
		p.sharing(ignoredHSTS, func(at source.Span, routes []*flow.Route) {
			r := routes[0]
			none := func(r *flow.Route) bool { return r.Mode.V == flow.ModeNone }
			one, several := "is served in plaintext", "are served in plaintext"
			if !slices.ContainsFunc(routes, none) {
				one, several = "allows plaintext", "allow plaintext"
			}
			d := p.Report(at, "%s, where clients ignore the HSTS header and go on in plaintext", theRoutes(routes, one, several))
			if none(r) {
				relatedMode(d, r)
			} else {
				related(d, r.Insecure.At, "route %q states insecure allow here", r.Name)
			}
			if steps, ok := p.securing(routes); ok {
				d.Suggest(way(steps...))
			}
			d.Suggest(way(remove(inRoute(r), diag.FactHSTS, at, inTime(r.HSTS.V))))
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}

// ignoredHSTS is where a route states HSTS that it serves in plaintext, too.
func ignoredHSTS(r *flow.Route) (source.Span, bool) {
	plain := r.Mode.V == flow.ModeNone || r.Insecure.V == flow.InsecureAllow
	return r.HSTS.At, r.HSTS.IsSet() && plain && !challenges(r)
}

// securing are the steps by which routes are served over TLS alone.
func (p *Pass) securing(routes []*flow.Route) (out []diag.Step, ok bool) {
	for _, r := range routes {
		if r.Mode.V != flow.ModeNone {
			out = append(out, p.redirecting(r)...)
			continue
		}
		steps, ok := p.terminating(r, flow.ModeEdge)
		if !ok {
			return nil, false
		}
		out = append(out, steps...)
		if p.askedIn(r, "http") {
			out = append(out, p.redirecting(r)...)
		}
	}
	return out, true
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
