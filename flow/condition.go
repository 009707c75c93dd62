package flow

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// Match is a condition of a route beside its host and its path: of what is asked
// about, one of Values must match, or none where it is negated. All conditions of a
// route must hold.
type Match struct {
	Kind    MatchKind
	Name    string // of a header field, a cookie or a parameter of the query
	How     MatchHow
	Values  []string // none of MatchTLS, and of Present
	Not     bool
	AnyCase bool // capitals are as good as small letters; of hosts and field names they always are
	At      source.Span

	expressions []*regexp.Regexp // of Values, where How is Regex; Complete fills them in
}

// MatchKind is what a condition asks about.
type MatchKind uint8

// The kinds of conditions. A port that relays bytes sees hosts (in the SNI), sources
// and TLS alone.
const (
	MatchHeader MatchKind = iota + 1
	MatchCookie
	MatchQuery  // a parameter in the query, as it is written there
	MatchPath   // without the query
	MatchHost   // without a port; where the SNI decides, that
	MatchMethod // "GET"
	MatchSource // the client's address, as the proxy knows it: CIDRs and addresses
	MatchTLS    // what came to the port is TLS
)

// MatchKinds lists the kinds of conditions.
var MatchKinds = []MatchKind{MatchHeader, MatchCookie, MatchQuery, MatchPath, MatchHost, MatchMethod, MatchSource, MatchTLS}

// String returns the word of the language.
func (k MatchKind) String() string {
	switch k {
	case MatchHeader:
		return "header"
	case MatchCookie:
		return "cookie"
	case MatchQuery:
		return "query"
	case MatchPath:
		return "path"
	case MatchHost:
		return "host"
	case MatchMethod:
		return "method"
	case MatchSource:
		return "source"
	case MatchTLS:
		return "tls"
	}
	panic("flow: unknown kind of condition")
}

// named reports whether conditions of the kind name what they ask about.
func (k MatchKind) named() bool { return k == MatchHeader || k == MatchCookie || k == MatchQuery }

// OnRelay reports whether a port that relays bytes can see what the condition is about.
func (k MatchKind) OnRelay() bool { return k == MatchHost || k == MatchSource || k == MatchTLS }

// MatchHow is how a value of a condition is compared.
type MatchHow uint8

// The ways to compare.
const (
	Exact    MatchHow = iota // the same; of a host, *.X is one label below X
	Below                    // of a path: it, and all below it; of a host: likewise
	Begins                   // it begins with the value
	Ends                     // it ends with the value
	Contains                 // the value is in it
	Regex                    // the value is a regular expression (Go, RE2) that is found in it
	Present                  // it is there, whatever it is
)

// MatchHows lists the ways to compare that have a value.
var MatchHows = []MatchHow{Exact, Below, Begins, Ends, Contains, Regex}

// String returns the word of the language.
func (h MatchHow) String() string {
	switch h {
	case Exact:
		return "exact"
	case Below:
		return "below"
	case Begins:
		return "begins"
	case Ends:
		return "ends"
	case Contains:
		return "contains"
	case Regex:
		return "regex"
	case Present:
		return "present"
	}
	panic("flow: unknown way to compare")
}

// MostPattern is how long a regular expression of a condition may be.
const MostPattern = 1000

// Compile reads a regular expression of a condition.
func (m *Match) Compile(value string) (*regexp.Regexp, error) {
	if m.AnyCase {
		value = "(?i:" + value + ")"
	}
	return regexp.Compile(value)
}

// fits reports whether the condition is one: what its kind is compared with, and how.
func (m *Match) fits() bool {
	switch {
	case m.Kind < MatchHeader || m.Kind > MatchTLS || m.How > Present:
		return false
	case m.Kind == MatchTLS:
		return m.How == Exact && len(m.Values) == 0
	case m.Kind.named() == (m.Name == ""):
		return false
	case m.How == Present:
		return m.Kind.named() && len(m.Values) == 0
	case m.Kind == MatchSource && slices.ContainsFunc(m.Values, func(v string) bool { return !isNetwork(v) }):
		return false
	case m.Kind == MatchSource || m.Kind == MatchMethod:
		return m.How == Exact && len(m.Values) > 0
	case m.How == Below:
		return (m.Kind == MatchPath || m.Kind == MatchHost) && len(m.Values) > 0
	}
	return len(m.Values) > 0
}

func isNetwork(v string) bool {
	_, err := netip.ParsePrefix(v)
	return err == nil || isAddress(v)
}

// prepare compiles the regular expressions of the condition, and returns the first that
// is none.
func (m *Match) prepare() (wrong string, ok bool) {
	m.expressions = nil
	if m.How != Regex {
		return "", true
	}
	for _, v := range m.Values {
		x, err := m.Compile(v)
		if err != nil || len(v) > MostPattern {
			return v, false
		}
		m.expressions = append(m.expressions, x)
	}
	return "", true
}

// expression is a compiled value; nil where it is no regular expression.
func (m *Match) expression(i int) *regexp.Regexp {
	if m.expressions != nil {
		return m.expressions[i]
	}
	x, _ := m.Compile(m.Values[i])
	return x
}

// Meets reports whether what comes to a proxy meets the condition.
func (m *Match) Meets(h Head) bool { return m.has(h) != m.Not }

// has reports whether one of the values matches.
func (m *Match) has(h Head) bool {
	switch m.Kind {
	case MatchHeader:
		return slices.ContainsFunc(h.Fields, func(f HeaderField) bool {
			return strings.EqualFold(f.Name, m.Name) && m.accepts(f.Value)
		})
	case MatchCookie:
		return slices.ContainsFunc(h.Fields, func(f HeaderField) bool {
			return strings.EqualFold(f.Name, "Cookie") && m.inCookies(f.Value)
		})
	case MatchQuery:
		return m.inQuery(h.Path)
	case MatchPath:
		path, _, _ := strings.Cut(h.Path, "?")
		return m.accepts(path)
	case MatchHost:
		return h.Host != "" && m.accepts(Fold(h.Host))
	case MatchMethod:
		return m.accepts(h.Method)
	case MatchSource:
		return slices.ContainsFunc(m.Values, func(v string) bool { return InNetwork(v, h.Source) })
	case MatchTLS:
		return h.TLS
	}
	panic("flow: unknown kind of condition")
}

// inCookies looks at each cookie of a field NAME=VALUE; … (RFC 6265, 4.2).
func (m *Match) inCookies(field string) bool {
	for c := range strings.SplitSeq(field, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(c), "="); ok && name == m.Name && m.accepts(value) {
			return true
		}
	}
	return false
}

// inQuery looks at each parameter NAME=VALUE of a path's query, as it is written (HAProxy
// configuration manual, 7.3.6, url_param: nothing is decoded. Measured with 2.6.12: of
// several of a name any may match; &, ; and a further ? are between them; one without = is
// none).
func (m *Match) inQuery(path string) bool {
	_, query, _ := strings.Cut(path, "?")
	for _, p := range strings.FieldsFunc(query, func(c rune) bool { return c == '&' || c == ';' || c == '?' }) {
		if name, v, ok := strings.Cut(p, "="); ok && name == m.Name && m.accepts(v) {
			return true
		}
	}
	return false
}

// accepts reports whether one of the values matches what is there.
func (m *Match) accepts(is string) bool {
	if m.How == Present {
		return true
	}
	for i := range m.Values {
		if m.accept(i, is) {
			return true
		}
	}
	return false
}

// folds reports whether values are compared without regard to case.
func (m *Match) folds() bool { return m.AnyCase || m.Kind == MatchHost }

// accept reports whether one value matches what is there.
func (m *Match) accept(i int, is string) bool {
	v := m.Values[i]
	if m.How == Regex {
		x := m.expression(i)
		return x != nil && x.MatchString(is)
	}
	if m.folds() {
		v, is = strings.ToLower(v), strings.ToLower(is)
	}
	switch m.How {
	case Exact:
		if m.Kind == MatchHost {
			return nameCovers(v, is)
		}
		return v == is
	case Below:
		if m.Kind == MatchHost {
			return InDomain(v, is)
		}
		return PathMatches(v, is)
	case Begins:
		return strings.HasPrefix(is, v)
	case Ends:
		return strings.HasSuffix(is, v)
	case Contains:
		return strings.Contains(is, v)
	case Regex, Present:
	}
	panic("flow: unknown way to compare")
}

// InNetwork reports whether an address, or the network of a client, is in a network or
// is the address. One that is not stated is in none.
func InNetwork(network, address string) bool {
	base, _, _ := strings.Cut(address, "/")
	addr, err := netip.ParseAddr(base)
	if err != nil {
		return false
	}
	if p, err := netip.ParsePrefix(network); err == nil {
		return p.Contains(addr)
	}
	one, err := netip.ParseAddr(network)
	return err == nil && one == addr
}

// visible reports whether a listener sees what a condition of a route asks about.
func (l *Listener) visible(r *Route, m *Match) bool {
	return m.Kind.OnRelay() || l.Kind != ListenTCP && !l.Relays(r)
}

// Missed returns the first match statement of the route that what comes to a port
// does not meet; nil where it meets all. A port that relays bytes leaves out those
// of which it sees nothing.
func (l *Listener) Missed(r *Route, h Head) *Match {
	for i := range r.Matches {
		if m := &r.Matches[i]; l.visible(r, m) && !m.Meets(h) {
			return m
		}
	}
	return nil
}

// Unmatched returns the first match statement of the route that a request does not meet; nil if it
// meets all.
func (r *Route) Unmatched(h Head) *Match {
	for i := range r.Matches {
		if !r.Matches[i].Meets(h) {
			return &r.Matches[i]
		}
	}
	return nil
}

// asks reports whether a route has a condition of a kind.
func (r *Route) asks(k MatchKind) bool {
	for i := range r.Matches {
		if r.Matches[i].Kind == k {
			return true
		}
	}
	return false
}

// AsksForSource reports whether a route is chosen by the client's address.
func (r *Route) AsksForSource() bool { return r.asks(MatchSource) }

// assumeOutside notes which routes the port would have taken for what comes to it, if
// the client's address were stated and in one of their networks.
func (d *deriver) assumeOutside(l *Listener, h Head) {
	if h.Source != "" || l.facts != nil && !l.facts.sources {
		return
	}
	for r := range l.Proxy.RoutesFor(h.Host) {
		relays := l.Relays(r)
		switch {
		case !r.Serves(l), relays && !r.matchesSNI(l, h.Host), !relays && !HostMatches(r.HostOn(l.Proxy), h.Host),
			l.Kind != ListenTCP && !relays && !PathMatches(r.Path.V, h.Path):
		case r.AsksForSource() && l.missedBut(MatchSource, r, h) == nil:
			d.assume(Assumption{Kind: AssumesOutside, Route: r})
			if l.Missed(r, h) == nil {
				return // by not source
			}
		case l.Missed(r, h) == nil:
			return
		}
	}
}

// missedBut is Missed, without the conditions of a kind.
func (l *Listener) missedBut(kind MatchKind, r *Route, h Head) *Match {
	for i := range r.Matches {
		if m := &r.Matches[i]; m.Kind != kind && l.visible(r, m) && !m.Meets(h) {
			return m
		}
	}
	return nil
}

// aboutWhat is what a condition asks about; a kind that does not exist is nothing.
func (m *Match) aboutWhat() string {
	if m.Kind < MatchHeader || m.Kind > MatchTLS {
		return "nothing"
	}
	return m.Kind.String()
}
