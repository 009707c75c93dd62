package flow

import (
	"cmp"
	"slices"
	"strings"
)

// precedence is one of the keys by which a proxy puts its routes in order.
type precedence struct {
	why     string // the route that comes first, in words
	compare func(p *Proxy, a, b *Route) int
}

// precedences are the keys in their order, as OpenShift's router has them.
var precedences = []precedence{
	{"its host is more specific", func(p *Proxy, a, b *Route) int { return cmp.Compare(hostRank(p, a), hostRank(p, b)) }},
	{"its path is longer", func(_ *Proxy, a, b *Route) int { return cmp.Compare(pathLength(b), pathLength(a)) }},
	{"its path is exact", func(_ *Proxy, a, b *Route) int { return cmp.Compare(exactRank(a), exactRank(b)) }},
	{"it has more match statements", func(_ *Proxy, a, b *Route) int { return cmp.Compare(len(b.Matches), len(a.Matches)) }},
	{"its created date is earlier", func(_ *Proxy, a, b *Route) int { return cmp.Compare(age(a), age(b)) }},
}

// Compare is the order in which a proxy looks at its routes. By precedence it
// is an exact host, a wildcard, no host; then the longer path, of equal ones an exact one,
// more match statements, the older one (without a date it is the youngest). 0 is left to
// the order of declaration, and so is all where the order is as written. why
// says of the one that comes first why it does.
func (p *Proxy) Compare(a, b *Route) (order int, why string) {
	if p.Order.V == AsWritten {
		return 0, "it is written first, and the first that matches is taken"
	}
	for _, k := range precedences {
		if order := k.compare(p, a, b); order != 0 {
			return order, k.why
		}
	}
	return 0, "it is declared first"
}

func hostRank(p *Proxy, r *Route) int {
	host := r.HostOn(p)
	switch {
	case host != "" && !strings.HasPrefix(host, "*."):
		return 0
	case host != "":
		return 1
	case r.SNI.V == SNINone:
		return 2
	}
	return 3
}

// pathLength leaves out a slash at the end, which matches nothing more or less. Of
// several paths the shortest counts; one that only ends or contains something has none.
func pathLength(r *Route) int {
	out := len(strings.TrimSuffix(r.Path.V, "/"))
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.Kind != MatchPath || m.Not || m.How != Exact && m.How != Below && m.How != Begins {
			continue
		}
		least := -1
		for _, v := range m.Values {
			n := len(v)
			if m.How != Begins {
				n = len(strings.TrimSuffix(v, "/"))
			}
			if least < 0 || n < least {
				least = n
			}
		}
		out = max(out, least)
	}
	return out
}

// exactRank puts routes for whole paths before those for all that begins with them
// (Gateway API, HTTPRouteRule: an exact match comes first).
func exactRank(r *Route) int {
	if slices.ContainsFunc(r.Matches, func(m Match) bool { return m.Kind == MatchPath && !m.Not && m.How == Exact }) {
		return 0
	}
	return 1
}

func age(r *Route) string {
	if r.Created.V == "" {
		return "~" // after every digit
	}
	return r.Created.V
}

// String returns what the order is by.
func (o RouteOrder) String() string {
	switch o {
	case ByPrecedence:
		return "precedence"
	case AsWritten:
		return "written"
	}
	panic("flow: unknown order of routes")
}
