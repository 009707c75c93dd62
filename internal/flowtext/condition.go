package flowtext

import (
	"regexp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/lazy"
)

// conditions says the path of a route, and its further conditions in their order.
func (s *statement) conditions(d *flow.RouteDraft) {
	path := -1 // the condition that a path statement says
	switch {
	case d.Path.IsSet() && d.Path.V != "":
		s.condition(&flow.Match{Kind: flow.MatchPath, How: flow.Below, Values: []string{d.Path.V}}, "path")
	case d.Path.IsSet():
		path = slices.IndexFunc(d.Matches, isPath)
	}
	for i := range d.Matches {
		m := &d.Matches[i]
		if i == path {
			s.condition(m, "path")
			continue
		}
		words := []string{"match"}
		if m.Not {
			words = append(words, "not")
		}
		s.condition(m, append(words, kindOf(m))...)
	}
}

// isPath reports whether a path statement can say a condition: one of a single path and
// all below it would be the route's path.
func isPath(m flow.Match) bool {
	return m.Kind == flow.MatchPath && !m.Not && (m.How != flow.Below || m.AnyCase || len(m.Values) > 1)
}

// kindOf is the word for what a condition asks about.
func kindOf(m *flow.Match) string {
	if !slices.Contains(flow.MatchKinds, m.Kind) {
		return "#" + number(int(m.Kind))
	}
	return m.Kind.String()
}

// condition says what is asked about, behind some words.
func (s *statement) condition(m *flow.Match, head ...string) {
	switch m.Kind {
	case flow.MatchHeader, flow.MatchCookie, flow.MatchQuery:
		head = append(head, word(m.Name))
	case flow.MatchPath, flow.MatchHost, flow.MatchMethod, flow.MatchSource, flow.MatchTLS: // of which there is one
	}
	if m.Kind == flow.MatchTLS || m.How == flow.Present {
		s.say(head...)
		return
	}
	how, values := m.How, m.Values
	if asPattern(m) {
		how, values = flow.Regex, patterns(m)
	}
	switch {
	case m.Kind == flow.MatchPath && how == flow.Below, m.Kind != flow.MatchPath && how == flow.Exact:
	case !slices.Contains(flow.MatchHows, how):
		head = append(head, "#"+number(int(how)))
	default:
		head = append(head, how.String())
	}
	if m.AnyCase && m.Kind != flow.MatchHost {
		head = append(head, "any-case")
	}
	s.several(spelled(m.Kind, how, values), head...)
}

// spelled are the values of a condition.
func spelled(kind flow.MatchKind, how flow.MatchHow, values []string) []string {
	whole := how == flow.Exact || how == flow.Below
	switch {
	case kind == flow.MatchSource:
		return networks(values, true)
	case kind == flow.MatchMethod, kind == flow.MatchHost && whole, kind == flow.MatchPath && (whole || how == flow.Begins):
		return words(values)
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = quote(v)
	}
	return out
}

// asPattern reports whether a condition on a path or a host has values that a statement
// takes as a regular expression alone: a path that does not begin with a slash, a name
// that is no host's.
func asPattern(m *flow.Match) bool {
	switch {
	case m.Kind == flow.MatchPath && (m.How == flow.Exact || m.How == flow.Below || m.How == flow.Begins):
		return slices.ContainsFunc(m.Values, func(v string) bool { return !strings.HasPrefix(v, "/") || strings.ContainsAny(v, "?# \t") })
	case m.Kind == flow.MatchHost && m.How == flow.Exact:
		return slices.ContainsFunc(m.Values, func(v string) bool { return !isHost(v) })
	}
	return false
}

// patterns are the values of a condition as regular expressions.
func patterns(m *flow.Match) []string {
	out := make([]string, len(m.Values))
	for i, v := range m.Values {
		switch rest, wild := strings.CutPrefix(v, "*."); {
		case m.Kind == flow.MatchHost && wild:
			out[i] = `^[^.]+\.` + regexp.QuoteMeta(strings.ToLower(rest)) + "$"
		case m.Kind == flow.MatchHost:
			out[i] = "^" + regexp.QuoteMeta(strings.ToLower(v)) + "$"
		case m.How == flow.Below:
			out[i] = "^" + regexp.QuoteMeta(strings.TrimSuffix(v, "/")) + "(/|$)"
		case m.How == flow.Begins:
			out[i] = "^" + regexp.QuoteMeta(v)
		default:
			out[i] = "^" + regexp.QuoteMeta(v) + "$"
		}
	}
	return out
}

var hostName = lazy.Regexp(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// isHost reports whether a text is a host name, or one with *. before it.
func isHost(text string) bool { return hostName.Get().MatchString(strings.TrimPrefix(text, "*.")) }

// hosts says the hosts of a route. Where one is no host name, they are a condition.
func (s *statement) hosts(d *flow.RouteDraft) {
	var all []string
	if d.Host.IsSet() && d.Host.V != "" {
		all = append(all, d.Host.V)
	}
	for _, h := range d.Hosts {
		all = append(all, h.V)
	}
	if slices.ContainsFunc(all, func(h string) bool { return !isHost(h) }) {
		s.condition(&flow.Match{Kind: flow.MatchHost, Values: all}, "match", "host")
		return
	}
	s.several(words(all), "host")
}
