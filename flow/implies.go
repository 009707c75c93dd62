package flow

import (
	"cmp"
	"net/netip"
	"strings"
)

// Implies reports whether every request that meets the host, the path and the match statements of
// one route of the proxy also meets those of another route. If this cannot be decided, it returns
// false: regular expressions are compared only for equality, and with values that they find.
func (p *Proxy) Implies(r, o *Route) bool {
	host := o.HostOn(p)
	if len(r.Matches) == 0 { // as nearly all
		if !PathMatches(o.Path.V, cmp.Or(r.Path.V, "/")) || !hostWithin(r.HostOn(p), host) {
			return false
		}
		if len(o.Matches) == 0 {
			return true
		}
	}
	for i := range o.Matches {
		if !r.follows(p, &o.Matches[i]) {
			return false
		}
	}
	if host != "" && !r.follows(p, &Match{Kind: MatchHost, Values: []string{host}}) {
		return false
	}
	return o.Path.V == "" || r.follows(p, &Match{Kind: MatchPath, How: Below, Values: []string{o.Path.V}})
}

// follows reports whether a condition follows from the host, the path or a match statement
// of the route.
func (r *Route) follows(p *Proxy, c *Match) bool {
	for i := range r.Matches {
		if r.Matches[i].implies(c) {
			return true
		}
	}
	switch c.Kind {
	case MatchPath:
		own := Match{Kind: MatchPath, How: Below, Values: []string{cmp.Or(r.Path.V, "/")}}
		return own.implies(c)
	case MatchHost:
		own := Match{Kind: MatchHost, Values: []string{r.HostOn(p)}}
		return own.Values[0] != "" && own.implies(c)
	case MatchHeader, MatchCookie, MatchQuery, MatchMethod, MatchSource, MatchTLS:
	}
	return false
}

// hostWithin reports whether all names of one host of a route are those of another one.
func hostWithin(own, host string) bool {
	switch {
	case host == "":
		return true
	case own == "":
		return false
	case len(own) == len(host) && strings.EqualFold(own, host), Fold(own) == Fold(host):
		return true
	}
	return strings.HasPrefix(host, "*.") && !strings.HasPrefix(own, "*.") && nameCovers(host, own)
}

// ImpliesSeen reports whether every TLS connection for the host of one route of the proxy meets
// the match statements of another route, for the conditions that a port that relays can see.
func (p *Proxy) ImpliesSeen(r, o *Route) bool {
	for i := range o.Matches {
		c := &o.Matches[i]
		if c.Kind.OnRelay() && !(c.Kind == MatchTLS && !c.Not) && !r.follows(p, c) {
			return false
		}
	}
	return true
}

// all are the host, the path and the match statements of a route.
func (r *Route) all(p *Proxy) []*Match {
	out := []*Match{{Kind: MatchPath, How: Below, Values: []string{cmp.Or(r.Path.V, "/")}}}
	if host := r.HostOn(p); host != "" {
		out = append(out, &Match{Kind: MatchHost, Values: []string{host}})
	}
	for i := range r.Matches {
		out = append(out, &r.Matches[i])
	}
	return out
}

// Apart reports whether no request meets the paths and match statements of both routes; hosts are
// not compared. If this cannot be decided, it returns false.
func (r *Route) Apart(o *Route) bool {
	nowhere := &Proxy{}
	for _, m := range r.all(nowhere) {
		for _, c := range o.all(nowhere) {
			if m.excludes(c) || c.excludes(m) {
				return true
			}
		}
	}
	return false
}

// excludes reports whether what meets the condition does not meet another one.
func (m *Match) excludes(c *Match) bool {
	not := *c
	not.Not = !c.Not
	if m.Kind == MatchHost {
		return false
	}
	return m.implies(&not)
}

// implies reports whether what meets the condition meets another one, too.
func (m *Match) implies(c *Match) bool {
	switch {
	case m.Kind != c.Kind || m.Name != c.Name && !(m.Kind == MatchHeader && strings.EqualFold(m.Name, c.Name)):
		return false
	case m.Kind == MatchTLS:
		return m.Not == c.Not
	case !m.Not && !c.Not:
		return c.How == Present || m.How != Present && m.each(func(i int) bool { return c.some(func(j int) bool { return m.within(i, c, j) }) })
	case m.Not && c.Not:
		return m.How == Present || c.How != Present && c.each(func(j int) bool { return m.some(func(i int) bool { return c.within(j, m, i) }) })
	case !m.Not && c.Not:
		return m.single() && m.How != Present && c.How != Present &&
			m.each(func(i int) bool { return c.each(func(j int) bool { return m.apart(i, c, j) }) })
	}
	return false
}

// single reports whether a request has one of what is asked about: of header fields,
// cookies and parameters it may have several of a name.
func (m *Match) single() bool { return !m.Kind.named() }

func (m *Match) each(f func(i int) bool) bool {
	for i := range m.Values {
		if !f(i) {
			return false
		}
	}
	return true
}

func (m *Match) some(f func(i int) bool) bool { return !m.each(func(i int) bool { return !f(i) }) }

// within reports whether all that one value matches is matched by one of another condition
// of the same kind.
func (m *Match) within(i int, c *Match, j int) bool {
	v, w := m.Values[i], c.Values[j]
	if m.Kind == MatchHost {
		v = Fold(v)
	}
	switch {
	case m.Kind == MatchSource:
		return networkWithin(v, w)
	case m.folds() && !c.folds() && strings.ToLower(v) != strings.ToUpper(v):
		return false // it matches in capitals, too
	case m.How == Regex || c.How == Regex && !m.one(i):
		return m.How == c.How && v == w && (m.AnyCase == c.AnyCase || c.AnyCase)
	case m.Kind == MatchHost && m.How == Exact && strings.HasPrefix(v, "*."):
		return m.wildcardWithin(v[1:], c, j)
	case m.one(i):
		return c.accept(j, v)
	}
	if c.folds() {
		v, w = strings.ToLower(v), strings.ToLower(w)
	}
	switch m.How {
	case Below:
		return m.belowWithin(v, c.How, w)
	case Begins:
		return c.How == Begins && strings.HasPrefix(v, w) || c.How == Contains && strings.Contains(v, w) ||
			c.How == Below && m.Kind == MatchPath && (strings.HasPrefix(v, strings.TrimSuffix(w, "/")+"/"))
	case Ends:
		return c.How == Ends && strings.HasSuffix(v, w) || c.How == Contains && strings.Contains(v, w) ||
			c.How == Below && m.Kind == MatchHost && strings.HasSuffix(v, "."+w)
	case Contains:
		return c.How == Contains && strings.Contains(v, w)
	case Exact, Regex, Present:
	}
	return false
}

// one reports whether a value matches one text alone.
func (m *Match) one(i int) bool {
	return m.How == Exact && !(m.Kind == MatchHost && strings.HasPrefix(m.Values[i], "*.")) && m.Kind != MatchSource
}

// wildcardWithin reports whether every host of one label more before a suffix is matched.
func (m *Match) wildcardWithin(suffix string, c *Match, j int) bool {
	w := strings.ToLower(c.Values[j])
	switch c.How {
	case Exact:
		return Fold(w) == Fold("*"+suffix)
	case Below:
		return InDomain(w, strings.TrimPrefix(Fold(suffix), "."))
	case Ends:
		return strings.HasSuffix(Fold(suffix), w)
	case Contains:
		return strings.Contains(Fold(suffix), w)
	case Begins, Regex, Present:
	}
	return false
}

// belowWithin reports whether a path, or a domain, and all below it is matched.
func (m *Match) belowWithin(v string, how MatchHow, w string) bool {
	if m.Kind == MatchHost {
		switch how {
		case Below:
			return InDomain(w, v)
		case Ends:
			return strings.HasSuffix(v, w)
		case Contains:
			return strings.Contains(v, w)
		case Exact, Begins, Regex, Present:
		}
		return false
	}
	v = strings.TrimSuffix(v, "/")
	switch how {
	case Below:
		return PathMatches(w, v) || strings.TrimSuffix(w, "/") == ""
	case Begins:
		return strings.HasPrefix(v, w) || v == "" && w == "/"
	case Contains:
		return strings.Contains(v, w) || v == "" && w == "/"
	case Exact, Ends, Regex, Present:
	}
	return false
}

// apart reports whether nothing that one value matches is matched by one of another
// condition of the same kind.
func (m *Match) apart(i int, c *Match, j int) bool {
	v, w := m.Values[i], c.Values[j]
	if m.Kind == MatchHost {
		v, w = Fold(v), Fold(w)
	}
	switch {
	case m.Kind == MatchSource:
		return networksApart(v, w)
	case m.one(i) && !m.AnyCase:
		return !c.accept(j, v)
	case c.one(j) && !c.AnyCase:
		return !m.accept(i, w)
	}
	if m.folds() || c.folds() {
		v, w = strings.ToLower(v), strings.ToLower(w)
	}
	begins := func(h MatchHow) bool { return m.Kind != MatchHost && (h == Begins || h == Below) }
	if !begins(m.How) || !begins(c.How) {
		return false
	}
	v, w = strings.TrimSuffix(v, "/"), strings.TrimSuffix(w, "/")
	return !strings.HasPrefix(v, w) && !strings.HasPrefix(w, v)
}

// networkWithin reports whether all addresses of a network, or the address, are in another.
func networkWithin(v, w string) bool {
	p, okP := networkOf(v)
	q, okQ := networkOf(w)
	return okP && okQ && q.Bits() <= p.Bits() && q.Contains(p.Addr())
}

func networksApart(v, w string) bool {
	p, okP := networkOf(v)
	q, okQ := networkOf(w)
	return okP && okQ && !p.Overlaps(q)
}

// networkOf is a CIDR, or an address as one.
func networkOf(v string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(v); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}
