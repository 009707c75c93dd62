package export

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
)

// condition writes the acl of a condition of a route, the nth that the section asks for, and
// returns what must hold of it.
func (x *proxyExport) condition(s *section, name string, n int, m *flow.Match, fetch string) string {
	acl := name + ".match" + strconv.Itoa(n)
	for _, pattern := range matchPatterns(m, fetch) {
		s.add(m.At, append([]string{"acl", acl}, pattern...)...)
	}
	if m.Not {
		return "!" + acl
	}
	return acl
}

// seen writes the conditions of a route of which a port that relays bytes sees what they ask
// about, and returns what must hold of them. sni is how the SNI is fetched. Whether what came
// is a ClientHello, another acl says.
func (x *proxyExport) seen(s *section, name string, r *flow.Route, l *flow.Listener, sni string) []string {
	var out []string
	n := 0
	for i := range r.Matches {
		switch m := &r.Matches[i]; m.Kind {
		case flow.MatchTLS:
			if l.Inspects() && m.Not {
				out = append(out, "!"+isHello)
			}
		case flow.MatchHost, flow.MatchSource:
			n++
			out = append(out, x.condition(s, name, n, m, sni))
		case flow.MatchHeader, flow.MatchCookie, flow.MatchQuery, flow.MatchPath, flow.MatchMethod:
		}
	}
	return out
}

// seenOf are the conditions of which a port that relays bytes sees what they ask about.
func seenOf(r *flow.Route) []flow.Match {
	return slices.DeleteFunc(slices.Clone(r.Matches), func(m flow.Match) bool { return !m.Kind.OnRelay() })
}

// asksForTLS reports whether a route takes nothing but TLS.
func asksForTLS(r *flow.Route) bool {
	return slices.ContainsFunc(r.Matches, func(m flow.Match) bool { return m.Kind == flow.MatchTLS && !m.Not })
}

// fetchOf is what a condition looks at in a request.
func fetchOf(m *flow.Match) string {
	fetch := fetches[m.Kind]
	if m.Name != "" {
		fetch += "(" + argument(m.Name) + ")"
	}
	return fetch
}

// matchPatterns are what a condition of a route compares with what is fetched, of which one
// must match: one for each value, as an acl has them.
func matchPatterns(m *flow.Match, fetch string) [][]string {
	switch m.Kind {
	case flow.MatchSource:
		return [][]string{append([]string{"src"}, m.Values...)}
	case flow.MatchTLS: // all that comes to a port meets it, or nothing: meetsTLS
	case flow.MatchHeader, flow.MatchCookie, flow.MatchQuery, flow.MatchPath, flow.MatchHost, flow.MatchMethod:
	}
	return comparisons(m, fetch)
}

// fetches are what the conditions of a kind look at (HAProxy configuration manual, 7.3.6).
// A header field is looked at as a whole, commas and all.
var fetches = map[flow.MatchKind]string{
	flow.MatchHeader: "req.fhdr", flow.MatchCookie: "req.cook", flow.MatchQuery: "url_param", flow.MatchPath: "path",
	flow.MatchHost: "var(txn.host)", flow.MatchMethod: "method",
}

// comparisons compare what is fetched with each value of a condition.
func comparisons(m *flow.Match, fetch string) [][]string {
	if m.How == flow.Present {
		return [][]string{{fetch, "-m", "found"}}
	}
	flags := func(how string) []string {
		out := []string{fetch, "-m", how}
		if m.AnyCase && m.Kind != flow.MatchHost {
			out = append(out, "-i")
		}
		return append(out, "--")
	}
	var out [][]string
	for _, v := range m.Values {
		if m.Kind == flow.MatchHost && m.How != flow.Regex {
			v = strings.ToLower(v)
		}
		switch m.How {
		case flow.Exact:
			switch {
			case m.Kind == flow.MatchHost:
				out = append(out, append([]string{fetch}, hostPattern(v)...))
			case v == "":
				out = append(out, []string{fetch, "-m", "len", "0"})
			default:
				out = append(out, append(flags("str"), v))
			}
		case flow.Below:
			if m.Kind == flow.MatchHost {
				out = append(out, append(flags("str"), v), append(flags("end"), "."+v))
				continue
			}
			if v = strings.TrimSuffix(v, "/"); v != "" {
				out = append(out, append(flags("str"), v))
			}
			out = append(out, append(flags("beg"), v+"/"))
		case flow.Begins:
			out = append(out, append(flags("beg"), v))
		case flow.Ends:
			out = append(out, append(flags("end"), v))
		case flow.Contains:
			out = append(out, append(flags("sub"), v))
		case flow.Regex:
			out = append(out, append(flags("reg"), v))
		case flow.Present:
		}
	}
	return out
}
