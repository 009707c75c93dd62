package haproxy

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// conditions puts the tests of a part into a route; ok is false where one cannot be said.
func (b *builder) conditions(r *flow.RouteDraft, u *unit, part all) bool {
	for _, l := range part {
		switch l.on {
		case onHost:
			b.host(r, l)
		case onPath:
			b.path(r, l)
		case onTLS:
			asksSNI := part.positive(onHost) || slices.ContainsFunc(part, func(o literal) bool { return o.on == onSNI })
			if l.not || u.http || !asksSNI { // an SNI is in a ClientHello, and so it is missing there
				r.Matches = append(r.Matches, matchOf(l))
			}
		case onMethod, onSource, onHeader, onCookie, onQuery:
			r.Matches = append(r.Matches, matchOf(l))
		case onSNI:
			if l.not {
				r.SNI = flow.State(flow.SNINone, l.at)
			} else if !part.positive(onHost) { // else the hosts say which
				r.Matches = append(r.Matches, flow.Match{Kind: flow.MatchHost, How: flow.Regex, Values: []string{"."}, At: l.at})
			}
		case onHTTP:
			if l.not == u.http {
				return false
			}
		case onUnknown, onPort, onClient, onAddress:
			return false
		}
	}
	return true
}

var kindsOf = map[subject]flow.MatchKind{
	onHost: flow.MatchHost, onPath: flow.MatchPath, onMethod: flow.MatchMethod, onSource: flow.MatchSource,
	onHeader: flow.MatchHeader, onCookie: flow.MatchCookie, onQuery: flow.MatchQuery, onTLS: flow.MatchTLS,
}

var howsOf = map[manner]flow.MatchHow{
	0: flow.Exact, exactly: flow.Exact, below: flow.Below, oneLabel: flow.Exact, begins: flow.Begins, ends: flow.Ends, contains: flow.Contains, regex: flow.Regex, present: flow.Present,
}

func matchOf(l literal) flow.Match {
	m := flow.Match{Kind: kindsOf[l.on], Name: l.name, How: howsOf[l.how], Values: slices.Clone(l.values), Not: l.not, AnyCase: l.anyCase, At: l.at}
	if l.how == oneLabel {
		for i := range m.Values {
			m.Values[i] = "*." + m.Values[i]
		}
	}
	if l.on == onHost || l.on == onMethod || l.on == onSource || l.on == onTLS {
		m.AnyCase = false // they are compared so by themselves
	}
	if l.on == onTLS || l.how == present {
		m.Values = nil
	}
	return m
}

// host adds the hosts of a test.
func (b *builder) host(r *flow.RouteDraft, l literal) {
	if l.match || l.not || l.how != exactly && l.how != oneLabel || r.Host.IsSet() {
		r.Matches = append(r.Matches, matchOf(l))
		return
	}
	for _, v := range l.values {
		if l.how == oneLabel {
			v = "*." + v
		}
		if !r.Host.IsSet() {
			r.Host = flow.State(v, l.at)
		} else {
			r.Hosts = append(r.Hosts, flow.State(v, l.at))
		}
	}
}

// path adds the paths of a test.
func (b *builder) path(r *flow.RouteDraft, l literal) {
	if !l.match && l.how == below && !l.not && !l.anyCase && len(l.values) == 1 && !r.Path.IsSet() {
		r.Path = flow.State(l.values[0], l.at)
		return
	}
	if l.how == begins && !l.not && slices.Equal(l.values, []string{"/"}) {
		return // every path
	}
	r.Matches = append(r.Matches, matchOf(l))
}
