package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// What rules say of the conditions of a route.

// withoutMatch is the step that takes a condition out of a route.
func withoutMatch(r *flow.Route, m *flow.Match) diag.Step {
	if isOwnPath(r, m) {
		return remove(inRoute(r), diag.FactPath, m.At, append(words.Condition(m)[1:], m.Values...)...)
	}
	return remove(inRoute(r), diag.FactMatch, m.At, append(words.Condition(m), m.Values...)...)
}

// isOwnPath reports whether a condition is what the route states as its path: several of
// them, or one that is compared in another way than as a prefix.
func isOwnPath(r *flow.Route, m *flow.Match) bool {
	return m.Kind == flow.MatchPath && r.Path.IsSet() && r.Path.V == "" && r.Path.At == m.At
}

// askedAbout is what a condition asks about: header "X-Canary", the path "/cart".
func askedAbout(m *flow.Match) string {
	switch {
	case m.Name != "":
		return fmt.Sprintf("%s %q", nounOf[m.Kind], m.Name)
	case len(m.Values) > 0:
		return fmt.Sprintf("%s %q", nounOf[m.Kind], m.Values[0])
	}
	return nounOf[m.Kind]
}

var nounOf = map[flow.MatchKind]string{
	flow.MatchHeader: "header", flow.MatchCookie: "cookie", flow.MatchQuery: "query parameter", flow.MatchPath: "path",
	flow.MatchHost: "host", flow.MatchMethod: "method", flow.MatchSource: "client's address", flow.MatchTLS: "TLS",
}

// unseen are the conditions of a route of which a port that relays bytes sees nothing.
func unseen(r *flow.Route) []*flow.Match {
	var out []*flow.Match
	for i := range r.Matches {
		if !r.Matches[i].Kind.OnRelay() {
			out = append(out, &r.Matches[i])
		}
	}
	return out
}

// sameClaim reports whether two routes of a proxy match the same requests.
func sameClaim(p *flow.Proxy, a, b *flow.Route) bool {
	return a.SNI.V == b.SNI.V && p.Implies(a, b) && p.Implies(b, a)
}

// meets reports whether a request meets the path and the conditions of a route.
func meets(r *flow.Route, h flow.Head) bool {
	return flow.PathMatches(r.Path.V, h.Path) && r.Unmatched(h) == nil
}
