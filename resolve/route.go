package resolve

import (
	"strings"

	"github.com/flowc-lang/flowc/ast"
	"github.com/flowc-lang/flowc/flow"
)

var routeStatements = setters[*flow.RouteDraft]{
	"host":      hosts,
	"subdomain": one(host, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Subdomain }),
	"path":      paths,
	"match":     match,
	"sni": one(choice(map[string]flow.SNIMatch{"none": flow.SNINone, "any": flow.SNIAny}),
		func(r *flow.RouteDraft) *flow.Fact[flow.SNIMatch] { return &r.SNI }),
	"labels":  func(l *line, r *flow.RouteDraft) { labels(l, &r.Labels) },
	"created": one(dateTime, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Created }),
	"tls":     tls,
	"certificate": name(
		func(r *flow.RouteDraft) *flow.Ref { return &r.Certificate }),
	"client-certificate": clientCertificate(func(r *flow.RouteDraft) *flow.Fact[flow.ClientAuthDraft] { return &r.ClientCertificate }),
	"without-certificate": one(choice(map[string]int{"421": 421, "403": 403, "400": 400, "496": 496}),
		func(r *flow.RouteDraft) *flow.Fact[int] { return &r.WithoutCertificate }),
	"alpn":     words(func(r *flow.RouteDraft) *flow.Fact[[]string] { return &r.ALPN }),
	"insecure": insecure,
	"answer":   answer,
	"redirect": redirect,
	"to":       to,
	"header":   headerAction,
	"affinity": func(l *line, r *flow.RouteDraft) {
		if _, ok := read(l, text); ok {
			r.Affinity, _ = read(l, text)
		}
	},
	"hsts":       one(duration, func(r *flow.RouteDraft) *flow.Fact[int64] { return &r.HSTS }),
	"rewrite":    one(text, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Rewrite }),
	"allow":      many(network, func(r *flow.RouteDraft) *[]flow.Fact[string] { return &r.Allow }),
	"balance":    one(text, func(r *flow.RouteDraft) *flow.Fact[string] { return &r.Balance }),
	"timeout":    timeout(func(r *flow.RouteDraft) *[]flow.Timeout { return &r.Timeouts }),
	"send-proxy": sendProxy(func(r *flow.RouteDraft) *flow.Fact[flow.ProxyVersion] { return &r.SendProxy }),
	"policy": many(text,
		func(r *flow.RouteDraft) *[]flow.Fact[string] { return &r.Policies }),
}

func declareRoute(r *reader, l *line) {
	if d, ok := l.header(flow.DeclRoute, isRouteName); ok {
		route := l.r.rooms.routes.One()
		route.Decl, route.Incomplete = d, l.s.Broken
		on(l, route)
		if routeStatements.apply(r, l.s.Block, route) {
			route.Incomplete = true
		}
		r.add(route)
	}
}

// isRouteName reports whether a word is a name, or one with a namespace before
// it: hr/portal.
func isRouteName(s string) bool {
	first, second, spaced := strings.Cut(s, "/")
	return isName(first) && (!spaced || isName(second))
}

// on reads [on PROXY[:PORT], …].
func on(l *line, route *flow.RouteDraft) {
	if _, ok := l.accept("on"); ok && !l.s.Broken {
		for _, w := range l.words() {
			proxy, port := place(w)
			route.On = append(route.On, flow.OnDraft{Proxy: proxy, Port: port, At: w.At})
		}
	}
}

// place splits NAME[:PORT] into the name and the port, 0 for none.
func place(w *ast.Word) (flow.Ref, int) {
	v, ok := w.Value.(ast.Instance)
	if !ok {
		return flow.State(w.Text, w.At), 0
	}
	return flow.State(v.Name, w.At.File.Span(w.At.Start, w.At.Start+len(v.Name))), v.Port
}

// hosts is host HOST, …: the first is the route's, the others make further routes of it.
func hosts(l *line, route *flow.RouteDraft) {
	for i, w := range l.words() {
		v, ok := host(l.r, w)
		switch {
		case !ok:
		case i == 0:
			route.Host = flow.State(v, w.At)
		default:
			route.Hosts = append(route.Hosts, flow.State(v, w.At))
		}
	}
}

// paths is path PATH; several, or one that is compared otherwise, are a condition.
func paths(l *line, route *flow.RouteDraft) {
	m := flow.Match{Kind: flow.MatchPath, How: flow.Below}
	compared(l, &m)
	if !values(l, &m) {
		return
	}
	if m.How == flow.Below && !m.AnyCase && len(m.Values) == 1 {
		route.Path = flow.State(m.Values[0], m.At)
		return
	}
	route.Path = flow.State("", m.At)
	route.Matches = append(route.Matches, m)
}

var matchKinds = choice(kindWords())

func kindWords() map[string]flow.MatchKind {
	out := map[string]flow.MatchKind{}
	for _, k := range flow.MatchKinds {
		out[k.String()] = k
	}
	return out
}

// match is match [not] KIND [NAME] [HOW] [any-case] VALUE, ….
func match(l *line, route *flow.RouteDraft) {
	var m flow.Match
	first, negated := l.accept("not")
	kind, ok := read(l, matchKinds)
	if !ok {
		return
	}
	m.Kind, m.Not, m.At = kind.V, negated, kind.At
	if negated {
		m.At = join(first.At, kind.At)
	}
	switch m.Kind {
	case flow.MatchHeader, flow.MatchCookie, flow.MatchQuery:
		name, ok := read(l, text)
		if !ok {
			return
		}
		m.Name, m.At = name.V, join(m.At, name.At)
		if l.peek() == nil {
			m.How = flow.Present
			route.Matches = append(route.Matches, m)
			return
		}
	case flow.MatchPath:
		m.How = flow.Below
	case flow.MatchTLS:
		route.Matches = append(route.Matches, m)
		return
	case flow.MatchHost, flow.MatchMethod, flow.MatchSource:
	}
	compared(l, &m)
	if values(l, &m) {
		route.Matches = append(route.Matches, m)
	}
}

var comparisons = map[string]flow.MatchHow{
	"exact": flow.Exact, "below": flow.Below, "begins": flow.Begins, "ends": flow.Ends, "contains": flow.Contains, "regex": flow.Regex,
}

// compared reads how values are compared. What means a text is a value.
func compared(l *line, m *flow.Match) {
	word := func() *ast.Word {
		if w := l.peek(); w != nil && !w.Quoted && w.Value == nil {
			return w
		}
		return nil
	}
	grow := func(w *ast.Word) {
		if m.At.Known() {
			m.At = join(m.At, w.At)
		} else {
			m.At = w.At
		}
	}
	if w := word(); w != nil && m.Kind != flow.MatchMethod && m.Kind != flow.MatchSource {
		if how, ok := comparisons[w.Text]; ok {
			m.How = how
			grow(l.next())
		}
	}
	if w := word(); w != nil && w.Text == "any-case" {
		m.AnyCase = true
		grow(l.next())
	}
}

// values reads the values of a condition, at least one.
func values(l *line, m *flow.Match) bool {
	parse := text
	switch {
	case m.Kind == flow.MatchHost && (m.How == flow.Exact || m.How == flow.Below):
		parse = host
	case m.Kind == flow.MatchSource:
		parse = network
	}
	for _, w := range l.words() {
		v, ok := parse(l.r, w)
		if !ok {
			return false
		}
		m.Values = append(m.Values, v)
		if m.At.Known() {
			m.At = join(m.At, w.At)
		} else {
			m.At = w.At
		}
	}
	if len(m.Values) == 0 {
		l.take() // which reports what is missing
		return false
	}
	return true
}

var mode = choice(map[string]flow.Mode{
	"none": flow.ModeNone, "edge": flow.ModeEdge, "reencrypt": flow.ModeReencrypt, "passthrough": flow.ModePassthrough,
})

// tls is tls MODE, its block being the second session of reencrypt.
func tls(l *line, route *flow.RouteDraft) {
	if m, ok := read(l, mode); ok {
		route.Mode = m
	} else {
		route.Incomplete = true
	}
	if l.s.Block != nil {
		route.Upstream.Origin, route.Upstream.At = flow.OriginStated, l.s.Block.At
		upstreamStatements.apply(l.r, l.s.Block, &route.Upstream)
	}
}

var upstreamStatements = setters[*flow.UpstreamDraft]{
	"trust": names(func(u *flow.UpstreamDraft) *[]flow.Ref { return &u.End.Trust }),
	"name":  one(host, func(u *flow.UpstreamDraft) *flow.Fact[string] { return &u.Name }),
	"sni": func(l *line, u *flow.UpstreamDraft) {
		if w, ok := l.accept("host"); ok {
			u.SNI, u.SNIHost = flow.State("", w.At), true
			return
		}
		if v, ok := read(l, sniOrNone); ok {
			u.SNI = v
		}
	},
	"certificate": name(
		func(u *flow.UpstreamDraft) *flow.Ref { return &u.End.Certificate }),
	"tls":    one(versions, func(u *flow.UpstreamDraft) *flow.Fact[flow.Versions] { return &u.End.TLS }),
	"alpn":   words(func(u *flow.UpstreamDraft) *flow.Fact[[]string] { return &u.End.ALPN }),
	"verify": verify(func(u *flow.UpstreamDraft) *flow.Fact[bool] { return &u.End.Verify }),
}

var insecurePolicy = choice(map[string]flow.Insecure{
	"none": flow.InsecureNone, "allow": flow.InsecureAllow, "redirect": flow.InsecureRedirect,
})

// insecure is insecure none|allow|redirect [STATUS].
func insecure(l *line, route *flow.RouteDraft) {
	policy, ok := read(l, insecurePolicy)
	if !ok {
		return
	}
	route.Insecure = policy
	if l.peek() != nil {
		if s, ok := read(l, number); ok {
			route.RedirectStatus = s
		}
	}
}

// answer is answer close|STATUS.
func answer(l *line, route *flow.RouteDraft) {
	if w, ok := l.accept("close"); ok {
		route.Answer = flow.State(flow.Answer{}, w.At)
		return
	}
	if s, ok := read(l, number); ok {
		route.Answer = flow.State(flow.Answer{Status: s.V}, s.At)
	}
}

var redirectKind = choice(map[string]flow.RedirectKind{
	"location": flow.RedirectLocation, "prefix": flow.RedirectPrefix, "scheme": flow.RedirectScheme,
})

// redirect is redirect location|prefix|scheme TO [STATUS].
func redirect(l *line, route *flow.RouteDraft) {
	kind, ok := read(l, redirectKind)
	if !ok {
		return
	}
	to, ok := read(l, text)
	if !ok {
		return
	}
	at := flow.RedirectTo{Kind: kind.V, To: to.V}
	if l.peek() != nil {
		if s, ok := read(l, number); ok {
			at.Status = s.V
		}
	}
	route.Redirect = flow.State(at, join(kind.At, to.At))
}

// to is to TARGET [weight N] [name HOST], a backend or a proxy with :PORT.
func to(l *line, route *flow.RouteDraft) {
	w, ok := l.take()
	if !ok {
		return
	}
	name, port := place(w)
	t := flow.TargetDraft{To: name, Port: port, At: w.At}
	if _, ok := l.accept("weight"); ok {
		if v, ok := read(l, number); ok {
			t.Weight = v
		}
	}
	if _, ok := l.accept("name"); ok {
		if v, ok := read(l, text); ok {
			t.Certified = v
		}
	}
	route.Targets = append(route.Targets, t)
}

// headerAction is header request|response set|delete NAME ["V"].
func headerAction(l *line, route *flow.RouteDraft) {
	on, ok := read(l, text)
	if !ok {
		return
	}
	do, ok := read(l, text)
	if !ok {
		return
	}
	name, ok := read(l, text)
	if !ok {
		return
	}
	h := flow.HeaderAction{On: on.V, Do: do.V, Name: name.V, At: join(on.At, name.At)}
	if do.V == "set" {
		v, ok := read(l, text)
		if !ok {
			return
		}
		h.Value, h.At = v.V, join(on.At, v.At)
	}
	route.Headers = append(route.Headers, h)
}
