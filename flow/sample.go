package flow

import (
	"cmp"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Sample is a request that meets the conditions of a route at a proxy, and none of a route that is
// asked before it, if such a request is found; flowc uses it where it
// makes a request for the route. Its Source is a client's address if that counts,
// else "". ok is false if no request meets the conditions; then flowc makes none for the route.
func (r *Route) Sample(p *Proxy) (h Head, ok bool) {
	h, ok = r.sample(p)
	if !ok {
		return h, false
	}
	var ports []*Listener
	for _, l := range p.Listeners {
		if !l.Takes(r) {
			continue
		}
		if o := l.chooses(r, h); o == nil || o == r {
			return h, true
		}
		ports = append(ports, l)
	}
	tries := mostPassing
	for _, l := range ports {
		if past, ok := r.past(l, r.Matches, &tries); ok {
			return past, true
		}
	}
	return h, true
}

// mostPassing is how many requests are tried that may pass the routes that are asked before.
const mostPassing = 32

// chooses is the route that a port chooses for a sample of a route; nil for none.
func (l *Listener) chooses(r *Route, h Head) *Route {
	if l.Kind != ListenTCP && !l.Relays(r) {
		o, _ := l.HTTPRoute(h)
		return o
	}
	tls := l.Terminates() || r.Mode.V == ModePassthrough
	if way := l.relaying(Head{Host: h.Host, Source: h.Source, TLS: tls}); way.route != nil || !l.Terminates() {
		return way.route
	}
	return l.bytesRoute(Head{Host: h.Host, Source: h.Source})
}

// past is a sample under conditions by which no route takes it that is asked before: of each one
// that would, one of its conditions is not met.
func (r *Route) past(l *Listener, conditions []Match, tries *int) (Head, bool) {
	under := *r
	under.Matches = conditions
	h, ok := under.sample(l.Proxy)
	if *tries--; !ok || *tries < 0 {
		return h, false
	}
	o := l.chooses(r, h)
	if o == r || o == nil {
		return h, o == r
	}
	for _, m := range o.opposites(l.Proxy) {
		if past, ok := r.past(l, append(slices.Clip(conditions), m), tries); ok {
			return past, true
		}
	}
	return h, false
}

// opposites are conditions of which each keeps a request from a route.
func (r *Route) opposites(p *Proxy) []Match {
	var out []Match
	for _, m := range r.Matches {
		if m.Kind != MatchTLS && !r.hidden(m.Kind) {
			m.Not = !m.Not
			out = append(out, m)
		}
	}
	if host := r.HostOn(p); host != "" {
		out = append(out, Match{Kind: MatchHost, Not: true, Values: []string{host}})
	}
	if path := r.Path.V; path != "" && path != "/" {
		out = append(out, Match{Kind: MatchPath, How: Below, Not: true, Values: []string{path}})
	}
	return out
}

// sample is a request that meets the conditions of a route, whatever other routes there are.
func (r *Route) sample(p *Proxy) (h Head, ok bool) {
	host := r.HostOn(p)
	h = Head{Method: "GET", Host: OneHost(cmp.Or(host, AnyHost)), Path: cmp.Or(r.Path.V, "/")}
	if len(r.Matches) == 0 {
		return h, true
	}
	found := true
	some := func(to *string, kind MatchKind, s sampling) {
		if of := r.conditions(kind, ""); len(of) > 0 {
			v, ok := s.find(of)
			if !ok && r.hidden(kind) {
				return // it is asked about, and nothing sees it
			}
			*to, found = v, found && ok
		}
	}
	some(&h.Host, MatchHost, sampling{
		bases: []string{h.Host, "any." + h.Host, "x" + h.Host}, before: hostFronts, between: hostJoints, after: hostEnds,
		sound: func(v string) bool { return isHostName(v) && HostMatches(host, v) },
	})
	some(&h.Path, MatchPath, sampling{
		bases: []string{h.Path, strings.TrimSuffix(h.Path, "/") + "/x"}, before: []string{h.Path}, between: pathJoints, after: pathEnds,
		sound: func(v string) bool { return isPath(v) && PathMatches(r.Path.V, v) },
	})
	some(&h.Method, MatchMethod, sampling{bases: methods, sound: isToken})
	some(&h.Source, MatchSource, sampling{bases: sources, sound: isAddress})
	fields, query, ok := r.sampleNamed()
	if query != "" {
		h.Path += "?" + query
	}
	h.Fields = fields
	return h, found && (ok || r.hidden(MatchHeader)) && r.missedOf(h) == nil
}

// hidden reports whether the proxies of a route see nothing of what conditions of a kind ask
// about.
func (r *Route) hidden(k MatchKind) bool { return r.Mode.V == ModePassthrough && !k.OnRelay() }

// pattern is the host by which a sample's host is asked for: the route's, or what its
// conditions say of hosts, as a route has it: "*.X" for names below X, "" for all.
func (r *Route) pattern(p *Proxy, host string) string {
	switch own := r.HostOn(p); {
	case own == "" && !r.namesHosts() && host != AnyHost, own != "" && host != OneHost(own):
		return host // others are for a route that is asked before
	case own != "" || !r.namesHosts():
		return own
	}
	meets := func(host string) bool {
		return !slices.ContainsFunc(r.conditions(MatchHost, ""), func(m *Match) bool { return !m.Meets(Head{Host: host}) })
	}
	label, below, some := strings.Cut(host, ".")
	switch {
	case !meets("other."+host) && !meets("other"+host) && !meets("other."+below):
		return host // it alone
	case some && label == "any" && meets("other."+below):
		return "*." + below
	}
	return ""
}

// missedOf is the first condition that a sample does not meet; whether it comes in TLS is
// for the port to say.
func (r *Route) missedOf(h Head) *Match {
	for i := range r.Matches {
		if m := &r.Matches[i]; m.Kind != MatchTLS && !r.hidden(m.Kind) && !m.Meets(h) {
			return m
		}
	}
	return nil
}

// conditions are those of a kind and, where it has one, of a name.
func (r *Route) conditions(kind MatchKind, name string) []*Match {
	var out []*Match
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.Kind == kind && (m.Name == name || kind == MatchHeader && strings.EqualFold(m.Name, name)) {
			out = append(out, m)
		}
	}
	return out
}

// sampleNamed are the header fields and the parameters of a query that meet the conditions:
// one for each, unless one that is there does. All cookies are in one field (RFC 6265, 5.4).
func (r *Route) sampleNamed() (fields []HeaderField, query string, ok bool) {
	var cookies, params []string
	asked := func() Head {
		with := slices.Clone(fields)
		if len(cookies) > 0 {
			with = append(with, HeaderField{"Cookie", strings.Join(cookies, "; ")})
		}
		return Head{Path: "/?" + strings.Join(params, "&"), Fields: with}
	}
	for i := range r.Matches {
		m := &r.Matches[i]
		if m.Not || !m.Kind.named() || m.has(asked()) {
			continue
		}
		of := slices.DeleteFunc(r.conditions(m.Kind, m.Name), func(o *Match) bool { return o != m && !o.Not })
		v, ok := valueSampling(canBe[m.Kind]).find(of)
		if !ok {
			return nil, "", false
		}
		switch m.Kind {
		case MatchCookie:
			cookies = append(cookies, m.Name+"="+v)
		case MatchQuery:
			params = append(params, m.Name+"="+v)
		default:
			fields = append(fields, HeaderField{m.Name, v})
		}
	}
	return asked().Fields, strings.Join(params, "&"), true
}

// canBe tells whether a text can be the value of what conditions name.
var canBe = map[MatchKind]func(string) bool{MatchHeader: isFieldValue, MatchCookie: isCookie, MatchQuery: isParameter}

// sampling is how texts are put together that may meet conditions.
type sampling struct {
	bases   []string // whole ones, tried first
	before  []string // with which they begin, where no condition says
	between []string
	after   []string
	sound   func(string) bool
}

var (
	pathJoints = []string{"", "/", "/x"}
	pathEnds   = []string{"", "x", "/x"}
	hostFronts = []string{"", "any", "any."}
	hostJoints = []string{"", ".", "any"}
	hostEnds   = []string{"", ".invalid", "any.invalid"}
	methods    = []string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"}
	sources    = []string{"192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1"} // RFC 5737, RFC 3849
)

func valueSampling(sound func(string) bool) sampling {
	return sampling{bases: []string{"1", ""}, before: []string{""}, between: []string{""}, after: []string{"", "x"}, sound: sound}
}

// mostSamples is how many texts are tried.
const mostSamples = 2000

// find returns a text that meets all conditions.
func (s sampling) find(conditions []*Match) (string, bool) {
	fronts, middles, ends := slices.Clone(s.before), []string{""}, []string{""}
	whole := slices.Clone(s.bases)
	for _, m := range conditions {
		if m.Not {
			continue
		}
		for i, v := range m.Values {
			switch {
			case m.Kind == MatchSource:
				whole = append(whole, addressIn(v))
			case m.How == Exact && m.Kind == MatchHost:
				whole = append(whole, OneHost(v))
			case m.How == Exact:
				whole = append(whole, v)
			case m.How == Below && m.Kind == MatchHost:
				whole, ends = append(whole, "any."+v, v), append(ends, "."+v)
			case m.How == Below, m.How == Begins:
				fronts = append(fronts, v)
			case m.How == Ends:
				ends = append(ends, v)
			case m.How == Contains:
				middles = append(middles, v)
			case m.How == Regex:
				v := shortest(m.expression(i))
				whole, middles = append(whole, v), append(middles, v)
			}
		}
	}
	tried := 0
	meets := func(v string) bool {
		tried++
		return s.sound(v) && !slices.ContainsFunc(conditions, func(m *Match) bool { return m.acceptsText(v) == m.Not })
	}
	for _, v := range whole[:min(len(whole), mostSamples)] {
		if meets(v) {
			return v, true
		}
	}
	return s.joined(fronts, middles, ends, func(v string) (done, met bool) { return tried > mostSamples, meets(v) })
}

// joined puts parts together until one meets what is wanted.
func (s sampling) joined(fronts, middles, ends []string, try func(string) (done, met bool)) (string, bool) {
	for _, after := range s.after {
		for _, one := range s.between {
			for _, two := range s.between {
				for _, f := range fronts {
					for _, m := range middles {
						for _, e := range ends {
							v := f + one + m + two + e + after
							switch done, met := try(v); {
							case met:
								return v, true
							case done:
								return "", false
							}
						}
					}
				}
			}
		}
	}
	return "", false
}

// acceptsText reports whether the condition has the value that is there.
func (m *Match) acceptsText(v string) bool {
	if m.Kind == MatchSource {
		return slices.ContainsFunc(m.Values, func(n string) bool { return InNetwork(n, v) })
	}
	return m.accepts(v)
}

// addressIn is the first address of a network that a client may have, or the address.
func addressIn(network string) string {
	p, err := netip.ParsePrefix(network)
	if err != nil {
		return network
	}
	a := p.Addr()
	if next := a.Next(); p.Bits() < a.BitLen() && p.Contains(next) {
		a = next
	}
	return a.String()
}

// shortest is a short text in which a regular expression is found; "" for none.
func shortest(x *regexp.Regexp) string {
	if x == nil {
		return ""
	}
	parsed, err := syntax.Parse(x.String(), syntax.Perl)
	if err != nil {
		return ""
	}
	var out strings.Builder
	write(&out, parsed)
	return out.String()
}

// write appends a short text that an expression matches.
func write(out *strings.Builder, x *syntax.Regexp) {
	if out.Len() > MostPattern {
		return
	}
	switch x.Op {
	case syntax.OpLiteral:
		out.WriteString(string(x.Rune))
	case syntax.OpCharClass:
		out.WriteRune(runeOf(x.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('x')
	case syntax.OpCapture, syntax.OpPlus:
		write(out, x.Sub[0])
	case syntax.OpRepeat:
		for range x.Min {
			write(out, x.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range x.Sub {
			write(out, sub)
		}
	case syntax.OpAlternate:
		write(out, x.Sub[0])
	case syntax.OpNoMatch, syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary, syntax.OpStar, syntax.OpQuest:
	}
}

// runeOf is a rune of a class, a plain one if it has any.
func runeOf(class []rune) rune {
	for _, r := range "ax0A-_./" {
		for i := 0; i+1 < len(class); i += 2 {
			if class[i] <= r && r <= class[i+1] {
				return r
			}
		}
	}
	if len(class) == 0 {
		return 'x'
	}
	return class[0]
}

func isPath(v string) bool { return strings.HasPrefix(v, "/") && visibleASCII(v, "?#") }

func isParameter(v string) bool { return visibleASCII(v, "&;#?") }

func isCookie(v string) bool { return visibleASCII(v, `";,\`) }

func isFieldValue(v string) bool {
	return strings.TrimSpace(v) == v && !strings.ContainsAny(v, "\r\n\x00")
}

// visibleASCII reports whether a text has no blank, control character or byte of more than
// ASCII, and none of others.
func visibleASCII(v, without string) bool {
	for i := range len(v) {
		if v[i] <= ' ' || v[i] >= 0x7f || strings.IndexByte(without, v[i]) >= 0 {
			return false
		}
	}
	return true
}

// isToken reports whether a word can be a method (RFC 9110, 5.6.2).
func isToken(v string) bool { return v != "" && visibleASCII(v, `"(),/:;<=>?@[\]{}`) }

// isHostName reports whether a text is a name of DNS labels (RFC 1123, 2.1).
func isHostName(v string) bool {
	if v == "" || len(v) > 253 {
		return false
	}
	for l := range strings.SplitSeq(v, ".") {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for i := range len(l) {
			if c := l[i]; c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' {
				return false
			}
		}
	}
	return true
}
