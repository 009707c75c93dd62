package haproxy

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/haproxycfg"
)

// build declares what the configuration states.
func (m *model) build() {
	m.sort()
	for _, u := range m.units {
		m.binds(u)
		m.servers(u)
	}
	m.link()
	m.faults()
	b := &builder{model: m, backends: map[*unit]string{}, proxies: map[*bind]*flow.ProxyDraft{}, decided: map[*unit]*deciding{}, folded: map[*unit]*unit{}, inner: map[*unit]*bind{},
		ports: map[*flow.ProxyDraft]map[int]*flow.ListenerDraft{}, addresses: map[*flow.ProxyDraft]map[string]bool{}, owner: map[*flow.ListenerDraft]*unit{}}
	for _, u := range m.units {
		if u.front && !u.disabled {
			b.fold(u)
		}
	}
	b.place()
	for _, u := range m.units {
		if u.front && !u.disabled {
			b.routes(u)
		}
	}
	b.finish()
	m.origin = b.origins()
	m.rest()
}

// builder puts units together to proxies, routes and backends.
type builder struct {
	*model
	backends map[*unit]string           // names of backends that are declared
	proxies  map[*bind]*flow.ProxyDraft // that a bind line is a port of
	decided  map[*unit]*deciding        // of each unit, once
	order    []*flow.ProxyDraft         // in which they are declared
	listens  map[*bind]*flow.ListenerDraft
	pending  []*pending
	folded   map[*unit]*unit // second stages that are one port with a first one
	inner    map[*unit]*bind // of first stages
	general  map[*unit]int   // the place of the first route of a unit that has no host

	ports     map[*flow.ProxyDraft]map[int]*flow.ListenerDraft
	addresses map[*flow.ProxyDraft]map[string]bool
	owner     map[*flow.ListenerDraft]*unit

	secure []*flow.RouteDraft // whose cookie is sent over TLS alone
}

// pending is a route that is made, and not declared yet.
type pending struct {
	draft *flow.RouteDraft
	unit  *unit
	binds []*bind
	plain bool // all of its ports take plaintext
	place int  // among all
}

func (b *builder) decisionsOf(u *unit) *deciding {
	if d := b.decided[u]; d != nil {
		return d
	}
	d := b.decisions(u)
	b.decided[u] = d
	return d
}

// place makes proxies of the bind lines. All to which clients connect are ports of one
// proxy, as long as no two have one number; what stands behind a socket or loopback is
// a proxy of its own.
func (b *builder) place() {
	b.listens = map[*bind]*flow.ListenerDraft{}
	var main []*flow.ProxyDraft
	for _, u := range b.units {
		if !u.front || u.disabled {
			continue
		}
		for _, x := range u.outside() {
			p := b.roomFor(main, u, x)
			if !slices.Contains(main, p) {
				main = append(main, p)
			}
			b.listen(p, u, x)
			if stage := b.inner[u]; stage != nil {
				p.Inner = innerOf(stage)
			}
		}
		if in := u.inside(); len(in) > 0 && b.folded[u] == nil {
			p := b.proxy(u, u.name)
			for _, x := range in {
				b.listen(p, u, x)
			}
		}
	}
}

// roomFor is the proxy that a bind line is a port of: the one that listens on its address,
// else the first that does not have its port; nil of these: a new one.
func (b *builder) roomFor(main []*flow.ProxyDraft, u *unit, x *bind) *flow.ProxyDraft {
	var first *flow.ProxyDraft
	for _, p := range main {
		if b.taken(p, u, x) {
			continue
		}
		if b.addresses[p][x.host] {
			return p
		}
		if first == nil {
			first = p
		}
	}
	switch {
	case first != nil:
		return first
	case len(main) == 0:
		return b.proxy(u, b.name)
	case x.host != "":
		return b.proxy(u, b.name+"-"+plainName(strings.ReplaceAll(x.host, ":", "."), "address"))
	}
	return b.proxy(u, u.name)
}

// taken reports whether a proxy has one of the ports of a bind line for something else.
func (b *builder) taken(p *flow.ProxyDraft, u *unit, x *bind) bool {
	for n := x.port; n <= max(x.port, x.last); n++ {
		if l := b.ports[p][n]; l != nil && !b.sameUnit(l, u, x) {
			return true
		}
	}
	return false
}

// sameUnit reports whether a port is that of a bind line: every address of IPv4, and every
// one of IPv6, of one section.
func (b *builder) sameUnit(l *flow.ListenerDraft, u *unit, x *bind) bool {
	return b.owner[l] == u && l.Address == x.host
}

func (b *builder) proxy(u *unit, name string) *flow.ProxyDraft {
	own := b.names.free(b.names.nodes, name, "haproxy")
	p := &flow.ProxyDraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated, At: u.section.At, Whole: u.section.Whole()}}
	p.Order = flow.State(flow.AsWritten, u.section.At)
	p.Timeouts = b.timeouts(u, slices.Concat(frontTimeouts, backTimeouts))
	b.behaviour(p, u)
	b.order = append(b.order, p)
	return p
}

// behaviour is what a unit says of connections and balance.
func (b *builder) behaviour(p *flow.ProxyDraft, u *unit) {
	for option, word := range map[string]string{"httpclose": "close", "forceclose": "close", "http-server-close": "server-close", "http-keep-alive": "keep-alive"} {
		if l := u.option(option); l != nil {
			p.Connection = flow.State(word, l.At)
		}
	}
	if l := u.last("balance"); l != nil {
		p.Balance = flow.State(l.Arg(1), l.At)
	}
	if l := u.last("http-reuse"); l != nil {
		p.Reuse = flow.State(l.Arg(1), l.At)
	}
	if l := u.last("retries"); l != nil {
		if n, err := strconv.Atoi(l.Arg(1)); err == nil && n >= 0 {
			p.Retries = flow.State(n, l.At)
		} else {
			b.report(haproxycfg.FaultValue, l.At, "write retries N", "invalid number %q of retries", l.Arg(1))
		}
	}
}

// listen makes a port of a bind line.
func (b *builder) listen(p *flow.ProxyDraft, u *unit, x *bind) {
	if b.ports[p] == nil {
		b.ports[p], b.addresses[p] = map[int]*flow.ListenerDraft{}, map[string]bool{}
	}
	if known := b.ports[p][x.port]; known != nil && x.socket == "" {
		b.proxies[x], b.listens[x] = p, known // IPv4 and IPv6
		return
	}
	d := b.decisionsOf(u)
	l := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: kindOf(u, x), Address: x.host, Port: x.port, At: x.line.At, Whole: x.line.At}}
	l.AcceptProxy, l.End = x.acceptProxy, x.end
	if x.last > x.port {
		l.LastPort = x.last
	}
	if d.delay != nil && len(d.delay.Words) > 2 {
		if n, ok := b.millis(d.delay.Words[2]); ok {
			l.InspectDelay = flow.State(n, d.delay.At)
		}
	}
	p.Listeners = append(p.Listeners, l)
	b.proxies[x], b.listens[x], b.owner[l] = p, l, u
	b.addresses[p][x.host] = true
	for n := x.port; x.socket == "" && n <= max(x.port, x.last); n++ {
		b.ports[p][n] = l
	}
}

func kindOf(u *unit, x *bind) flow.ListenKind {
	switch {
	case !u.http && !x.behind:
		return flow.ListenTCP
	case x.tls, x.behind:
		return flow.ListenHTTPS
	}
	return flow.ListenHTTP
}

// routes makes the routes of a unit.
func (b *builder) routes(u *unit) {
	d := b.decisionsOf(u)
	groups := [][]*bind{u.outside(), u.inside()}
	if first := b.folded[u]; first != nil {
		if b.inner[first].u != u {
			return // its rules are those of another second stage
		}
		groups = [][]*bind{first.outside()}
	}
	for _, binds := range groups {
		if len(binds) == 0 {
			continue
		}
		ended := map[*bind]bool{}
		for _, e := range d.out {
			b.decision(u, d, e, reached(binds, ended), ended)
		}
	}
}

// decision makes the routes of one rule.
func (b *builder) decision(u *unit, d *deciding, e decision, binds []*bind, ended map[*bind]bool) {
	type place struct {
		when  anyOf
		binds []*bind
	}
	var places []place
	for _, x := range binds {
		when := e.when.under(func(l literal) (bool, bool) { return known(u, x, l) })
		if len(when) == 0 {
			continue
		}
		if i := slices.IndexFunc(places, func(p place) bool { return sameCondition(p.when, when) }); i >= 0 {
			places[i].binds = append(places[i].binds, x)
			continue
		}
		places = append(places, place{when, []*bind{x}})
	}
	for _, p := range places {
		for _, part := range p.when {
			b.route(u, d, e, part, p.binds)
		}
		if sameCondition(p.when, always) && (e.do != redirects || e.redir.to != "") {
			for _, x := range p.binds {
				ended[x] = true
			}
		}
	}
}

// reached are the bind lines of which not everything is taken by a rule before; all of
// them where there is none: what is written behind is reported as never reached.
func reached(binds []*bind, ended map[*bind]bool) []*bind {
	left := slices.DeleteFunc(slices.Clone(binds), func(x *bind) bool { return ended[x] })
	if len(left) == 0 {
		return binds
	}
	return left
}

func sameCondition(a, b anyOf) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(part all) bool {
		return !slices.ContainsFunc(b, func(o all) bool { return part.covers(o) && o.covers(part) })
	})
}

// known decides tests that a port answers by itself.
func known(u *unit, x *bind, l literal) (value, ok bool) {
	switch l.on {
	case onTLS:
		return x.tls || x.behind, u.http || x.tls || x.behind
	case onHTTP:
		return true, u.http
	case onPort:
		within := func(v string) bool {
			n, err := strconv.Atoi(v)
			return err == nil && x.port <= n && n <= max(x.port, x.last)
		}
		some := slices.ContainsFunc(l.values, within)
		return some, x.socket == "" && (!some || x.last <= x.port)
	case onAddress:
		return slices.ContainsFunc(l.values, func(v string) bool { return flow.InNetwork(v, x.host) }), isAddress(x.host)
	case onClient:
		asks := x.end.ClientCertificate.IsSet() || slices.ContainsFunc(x.own, func(t ownTerms) bool { return t.auth.IsSet() })
		return false, !asks
	case onUnknown, onHost, onPath, onMethod, onSource, onHeader, onCookie, onQuery, onSNI:
	}
	return false, false
}

// route makes one route: of one part of a condition, on some ports.
func (b *builder) route(u *unit, d *deciding, e decision, part all, binds []*bind) {
	r := &flow.RouteDraft{Decl: flow.Decl{Origin: flow.OriginStated, At: e.known, Whole: e.at}}
	if e.do == answers || e.do == closes {
		r.Answer = flow.State(flow.Answer{Status: e.status}, e.at)
	}
	if !b.conditions(r, u, part) {
		b.list(routingOf(e), e.at, asWritten(e.at))
		return
	}
	r.Allow = append(r.Allow, d.sources...)
	r.Headers = slices.Clone(e.headers)
	e.guarded.state(r)
	if e.rewrite != nil {
		r.Rewrite = flow.State(e.rewrite.to, e.rewrite.at)
	}
	switch e.do {
	case answers:
		b.declare(r, u, binds, cmp.Or(e.named, "answer-"+strconv.Itoa(e.status)), nil)
	case closes:
		b.declare(r, u, binds, cmp.Or(e.named, "close"), nil)
	case redirects:
		if !b.redirection(r, e) {
			return
		}
		b.declare(r, u, binds, cmp.Or(e.named, "redirect"), nil)
	case toBackend:
		b.toBackend(r, u, e, part, binds)
	}
}

func routingOf(e decision) flow.UnmodelledKind {
	if e.do == toBackend {
		return flow.ChangesRouting
	}
	return flow.LosesDetail
}

func (b *builder) redirection(r *flow.RouteDraft, e decision) bool {
	kind := map[string]flow.RedirectKind{"location": flow.RedirectLocation, "prefix": flow.RedirectPrefix, "scheme": flow.RedirectScheme}[e.redir.kind]
	if e.redir.to == "" {
		return false
	}
	r.Redirect = flow.State(flow.RedirectTo{Kind: kind, To: e.redir.to, Status: e.redir.status}, e.at)
	return true
}

// conditions puts the tests of a part into a route; ok is false where one cannot be said.
func (b *builder) conditions(r *flow.RouteDraft, u *unit, part all) bool {
	for _, l := range part {
		switch l.on {
		case onHost:
			b.host(r, l)
		case onPath:
			b.path(r, l)
		case onMethod, onSource, onHeader, onCookie, onQuery, onTLS:
			r.Matches = append(r.Matches, matchOf(l))
		case onSNI:
			if !l.not {
				continue // what has one: the hosts say which
			}
			r.SNI = flow.State(flow.SNINone, l.at)
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
	if l.not || l.how != exactly && l.how != oneLabel || r.Host.IsSet() {
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
	if l.how == below && !l.not && !l.anyCase && len(l.values) == 1 && !r.Path.IsSet() {
		r.Path = flow.State(l.values[0], l.at)
		return
	}
	if l.how == begins && !l.not && slices.Equal(l.values, []string{"/"}) {
		return // every path
	}
	r.Matches = append(r.Matches, matchOf(l))
}

// declare names a route and places it.
func (b *builder) declare(r *flow.RouteDraft, u *unit, binds []*bind, name string, s *server) {
	b.mode(r, u, binds, s)
	r.Name = name
	b.pending = append(b.pending, &pending{draft: r, unit: u, binds: binds, plain: !slices.ContainsFunc(binds, func(x *bind) bool { return x.tls || x.behind })})
}

// mode is where TLS ends on the way of a route.
func (b *builder) mode(r *flow.RouteDraft, u *unit, binds []*bind, s *server) {
	ends := func(x *bind) bool { return x.tls || x.behind && u.http }
	tls := slices.ContainsFunc(binds, ends)
	open := slices.ContainsFunc(binds, func(x *bind) bool { return !ends(x) })
	again := s != nil && s.tls
	at := binds[0].line.At
	switch {
	case !u.http && !tls && again: // TLS towards the servers around whatever comes
		r.Mode = flow.State(flow.ModeReencrypt, at)
		b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	case !u.http && !tls:
		r.Mode = flow.State(flow.ModePassthrough, at)
		if !r.Host.IsSet() && r.SNI.V == flow.SNIHost && !b.looks(u) && (s == nil || !likely(u, s).TLS()) {
			r.Mode = flow.State(flow.ModeNone, at)
		}
	case again:
		r.Mode = flow.State(flow.ModeReencrypt, s.tlsAt)
	case tls:
		r.Mode = flow.State(flow.ModeEdge, at)
	default:
		r.Mode = flow.State(flow.ModeNone, at)
	}
	if open && u.http && r.Mode.V != flow.ModeNone {
		r.Insecure = flow.State(flow.InsecureAllow, at)
	}
}

// looks reports whether a unit chooses by the SNI.
func (b *builder) looks(u *unit) bool {
	return slices.ContainsFunc(b.decisionsOf(u).out, func(e decision) bool {
		return slices.ContainsFunc(e.when, func(part all) bool {
			return slices.ContainsFunc(part, func(l literal) bool { return l.on == onHost || l.on == onSNI })
		})
	})
}

// toBackend makes the routes to a backend: what the backend's own rules answer first.
func (b *builder) toBackend(r *flow.RouteDraft, u *unit, e decision, part all, binds []*bind) {
	back := e.backend
	if stage := back.alone(); stage != nil && b.folded[stage.u] == u {
		return // TLS ends in the second stage of this port
	}
	if u.http != back.http {
		b.mismatched(u, e)
		if !u.http {
			return
		}
	}
	b.source(back, binds)
	d := b.decisionsOf(back)
	for _, own := range d.out {
		if back.front {
			break // a listen section: its rules are asked already
		}
		for _, more := range own.when {
			both, possible := part.with(more)
			if !possible {
				continue
			}
			own.headers = append(slices.Clone(e.headers), own.headers...)
			if len(more) == 0 {
				own.named = cmp.Or(own.named, routeName(back.name))
			}
			if own.guarded.status == 0 {
				own.guarded = e.guarded
			}
			b.route(u, &deciding{conditions: d.conditions, sources: append(slices.Clone(b.decisionsOf(u).sources), d.sources...)}, own, both, binds)
			if len(more) == 0 {
				return // it answers all itself
			}
		}
	}
	if !back.front {
		for _, g := range d.guards {
			if len(g.when) == 1 && len(g.when[0]) == 0 {
				g.state(r)
				continue
			}
			b.list(flow.LosesDetail, g.at, asWritten(g.at))
		}
		r.Allow = append(r.Allow, d.sources...)
		r.Headers = append(r.Headers, d.headers...)
		if d.rewrite != nil {
			r.Rewrite = flow.State(d.rewrite.to, d.rewrite.at)
			if !r.Path.IsSet() && d.rewrite.from != "" {
				r.Path = flow.State(d.rewrite.from, d.rewrite.at)
			}
		}
	}
	l, status := back.pageOf(http.StatusServiceUnavailable)
	meant := l != nil && (slices.Contains(back.section.Lines, l) || status != http.StatusServiceUnavailable) // not a backend that lost its servers
	if back.http && len(back.servers) == 0 && meant && !r.Redirect.IsSet() {
		r.Answer = flow.State(flow.Answer{Status: status}, l.At) // the page of an error is what the backend is for
		b.declare(r, u, binds, routeName(back.name), nil)
		return
	}
	b.responses(r, u, back)
	b.affinity(r, back)
	b.targets(r, u, back, binds)
}

// mismatched reports a frontend that hands over what its backend takes for something
// else.
func (b *builder) mismatched(u *unit, e decision) {
	modes := map[bool]string{true: "http", false: "tcp"}
	b.report(haproxycfg.FaultMode, e.known, "give both the same mode", "%s %s is mode %s, and backend %s is mode %s", u.section.Kind, u.name, modes[u.http], e.backend.name, modes[e.backend.http])
}

// responses are the changes of answers, HSTS among them.
func (b *builder) responses(r *flow.RouteDraft, units ...*unit) {
	for i, u := range units {
		if i > 0 && u == units[0] {
			continue
		}
		for _, l := range u.inherited("http-response") {
			words, cond := haproxycfg.SplitCondition(l.From(1))
			if len(words) < 2 {
				continue
			}
			k, _ := l.Keyword(u.section.Kind)
			if k.Effect != haproxycfg.EffectRead {
				continue // it is listed with the rest
			}
			name, do := words[1].Text, words[0].Text
			if strings.EqualFold(name, "Strict-Transport-Security") && do != "del-header" && len(words) > 2 {
				if age, ok := maxAge(words[2].Text); ok {
					r.HSTS = flow.State(age, l.At)
					continue
				}
			}
			if len(cond) > 0 || do != "del-header" && len(words) < 3 {
				b.listLine(flow.LosesDetail, l)
				continue
			}
			h := flow.HeaderAction{On: "response", Do: "delete", Name: name, At: l.At}
			if do != "del-header" {
				h.Do, h.Value = "set", words[2].Text
				f, ok := haproxycfg.ParseFormat(h.Value)
				text, literal := f.Literal()
				if h.Computed = ok && !literal; !h.Computed {
					h.Value = text
				}
			}
			r.Headers = append(r.Headers, h)
		}
	}
}

// maxAge is the age of Strict-Transport-Security (RFC 6797, 6.1.1), in milliseconds.
func maxAge(value string) (int64, bool) {
	for part := range strings.SplitSeq(value, ";") {
		if n, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(part)), "max-age="); ok {
			age, err := strconv.ParseInt(strings.Trim(n, `"`), 10, 64)
			return age * 1000, err == nil && age > 0 && age < 1<<40
		}
	}
	return 0, false
}

// affinity is the cookie that keeps a client on its server.
func (b *builder) affinity(r *flow.RouteDraft, back *unit) {
	l := back.last("cookie")
	if l == nil || !back.http || !slices.ContainsFunc(back.servers, func(s *server) bool { return s.cookie != "" }) {
		return
	}
	r.Affinity = flow.State(l.Arg(1), l.At)
	if slices.ContainsFunc(l.Words, func(w haproxycfg.Word) bool { return w.Text == "secure" }) {
		b.secure = append(b.secure, r)
	}
	b.list(flow.LosesDetail, l.At, asWritten(l.At)+": the values by which servers are known are not kept")
}

// targets leads a route to the servers of a backend, or to another frontend of the
// process.
func (b *builder) targets(r *flow.RouteDraft, u *unit, back *unit, binds []*bind) {
	var first *server
	for _, s := range back.servers {
		if s.stage == nil {
			first = cmpOr(first, s)
			continue
		}
		if p := b.proxies[s.stage]; p != nil {
			r.Targets = append(r.Targets, flow.TargetDraft{To: ref(p.Name, s.line.At), Port: b.listens[s.stage].Port, Weight: s.weight, At: s.line.At})
			r.SendProxy = s.proxy
		}
	}
	if first != nil || len(back.servers) == 0 {
		name := b.backend(back, u)
		r.Targets = append(r.Targets, flow.TargetDraft{To: ref(name, back.section.At), At: back.section.At})
	}
	if first != nil {
		b.upstream(r, first)
		r.SendProxy = first.proxy
	}
	r.Timeouts = b.ownTimeouts(back, binds)
	stageTLS := first
	if first == nil {
		for _, s := range back.servers {
			stageTLS = cmpOr(stageTLS, s)
		}
	}
	b.declare(r, u, binds, routeName(back.name), stageTLS)
}

// source is the address from which a backend's servers are connected to: that of its
// proxy, where all of its backends have the same.
func (b *builder) source(back *unit, binds []*bind) {
	l := back.last("source")
	if l == nil || back.alone() != nil {
		return
	}
	for _, x := range binds {
		p := b.proxies[x]
		switch {
		case p == nil || p.Source.V == l.Arg(1):
		case isAddress(l.Arg(1)) && !p.Source.IsSet():
			p.Source = flow.State(l.Arg(1), l.At)
		default:
			b.listLine(flow.LosesDetail, l)
		}
	}
}

func cmpOr(a, c *server) *server {
	if a != nil {
		return a
	}
	return c
}

// routeName is what a route to a backend is called. Those that an OpenShift router
// writes say the mode, the namespace and the route.
func routeName(backend string) string {
	parts := strings.Split(backend, ":")
	if len(parts) == 3 && slices.Contains([]string{"be_http", "be_edge_http", "be_secure", "be_tcp"}, parts[0]) {
		return plainName(parts[1], "default") + "/" + plainName(parts[2], "route")
	}
	if len(parts) == 2 && slices.Contains(ownPrefixes, parts[0]) {
		backend = parts[1]
	}
	return plainName(backend, "route")
}

// ownPrefixes are those of the backends that flowc writes, by the mode of their routes.
var ownPrefixes = []string{"be_plain", "be_edge", "be_reencrypt", "be_passthrough", "be_relay", "be_edge_tcp", "be_reencrypt_tcp"}

// ownTimeouts are those of a backend that are not its proxy's.
func (b *builder) ownTimeouts(back *unit, binds []*bind) []flow.Timeout {
	p := b.proxies[binds[0]]
	var out []flow.Timeout
	for _, t := range b.timeouts(back, backTimeouts) {
		same := slices.ContainsFunc(p.Timeouts, func(o flow.Timeout) bool { return o.Kind == t.Kind && o.Millis == t.Millis })
		if !same {
			out = append(out, t)
		}
	}
	return out
}

// upstream is the session that a proxy opens towards the servers.
func (b *builder) upstream(r *flow.RouteDraft, s *server) {
	if !s.tls {
		return
	}
	up := &r.Upstream
	up.Origin, up.At = flow.OriginStated, s.tlsAt
	up.End.Verify = s.verify
	if b.globalWord("ssl-server-verify") == "none" && !s.verify.IsSet() {
		up.End.Verify = flow.State(false, s.tlsAt)
	}
	up.End.Trust, up.End.TLS, up.End.ALPN, up.End.Certificate = s.trust, s.tlsRange, s.alpn, s.crt
	up.Name = s.name2
	up.SNI, up.SNIHost = s.sni, s.sniHost
	if !up.Name.IsSet() && (s.sni.V == "" && !s.sniHost || s.sniOdd) {
		up.Name = flow.State("", s.tlsAt) // no name is checked
	}
	if !up.SNI.IsSet() {
		up.SNI = flow.State("", s.tlsAt) // none is sent
	}
	if s.sniOdd {
		b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
	}
}

// backend declares a backend once.
func (b *builder) backend(back *unit, u *unit) string {
	if name, ok := b.backends[back]; ok {
		return name
	}
	name := b.names.free(b.names.nodes, routeBackend(back.name), "backend")
	b.backends[back] = name
	d := &flow.BackendDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated, At: back.section.At, Whole: back.section.Whole()}}
	if len(back.section.Words) > 1 {
		d.At = back.section.Words[1].At
	}
	if name != back.name {
		d.Label = back.name
	}
	var first *server
	own := map[string]bool{}
	for _, s := range back.servers {
		if s.stage != nil {
			continue
		}
		first = cmpOr(first, s)
		if s.unlike(first) {
			b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
		}
		d.Servers = append(d.Servers, b.server(u, s, own))
	}
	if l := back.option("allbackups"); l != nil {
		d.AllBackups = flow.State(true, l.At)
	}
	if first == nil {
		d.NoServers = flow.State(true, back.section.At)
	} else {
		b.speaks(d, u, back, first)
		b.check(d, back, first)
	}
	b.draft.Declarations = append(b.draft.Declarations, d)
	return name
}

// unlike reports whether a server is spoken to, or checked, in another way than another
// one: a model says that of all servers of a backend.
func (s *server) unlike(o *server) bool {
	trust := func(x *server) string {
		if len(x.trust) == 0 {
			return ""
		}
		return x.trust[0].V
	}
	return s.tls != o.tls || s.verify.V != o.verify.V || s.sni.V != o.sni.V || s.sniHost != o.sniHost || s.name2.V != o.name2.V ||
		trust(s) != trust(o) || s.crt.V != o.crt.V || !slices.Equal(s.alpn.V, o.alpn.V) || s.h2c != o.h2c || s.proxy.V != o.proxy.V ||
		s.check.Known() != o.check.Known() || s.portOfCheck.V != o.portOfCheck.V || s.checkTLS.V != o.checkTLS.V
}

// routeBackend is the name of a backend; those of an OpenShift router are called by
// namespace and route.
func routeBackend(name string) string {
	return strings.ReplaceAll(routeName(name), "/", ".")
}

// portOf is the port of a server. One with a sign is counted from that to which the client
// connected (HAProxy configuration manual, 5.2): it is known where that is one.
func (b *builder) portOf(u *unit, s *server) int {
	if s.port != 0 || s.offset == 0 {
		return s.port
	}
	one := 0
	for _, x := range u.binds {
		if x.socket != "" || one != 0 && one != x.port || x.last > x.port {
			b.list(flow.LosesDetail, s.line.At, asWritten(s.line.At))
			return 0
		}
		one = x.port
	}
	return one + s.offset
}

func (b *builder) server(u *unit, s *server, own map[string]bool) *flow.ServerDraft {
	name := b.names.free(own, serverName(s.name), "server")
	d := &flow.ServerDraft{Decl: flow.Decl{Name: name, Origin: flow.OriginStated, At: s.line.Words[1].At, Whole: s.line.At}}
	d.Address, d.Port, d.Weight = s.host, b.portOf(u, s), s.weight
	if s.line.Is("server-template") && !isAddress(s.host) {
		d.Address = "" // each has one of those that the name resolves to
	}
	if s.port == 0 && s.offset == 0 {
		d.SamePort = flow.State(true, s.line.Words[2].At)
	}
	if s.down.Known() {
		d.State = flow.State(flow.ServerDown, s.down)
	}
	if s.backup.Known() {
		d.Backup = flow.State(true, s.backup)
	}
	return d
}

// serverName is the name of a server; those of an OpenShift router begin with the pod.
func serverName(name string) string {
	if parts := strings.Split(name, ":"); len(parts) == 6 && parts[0] == "pod" {
		return parts[1]
	}
	return name
}

// speaks is what the servers of a backend expect. Where only bytes are relayed to them,
// the port says what is likely.
func (b *builder) speaks(d *flow.BackendDraft, u, back *unit, s *server) {
	switch {
	case s.tls && back.http:
		d.Speaks = flow.State(flow.SpeaksHTTPS, s.tlsAt)
	case s.tls:
		d.Speaks = flow.State(flow.SpeaksTLS, s.tlsAt)
	case s.h2c:
		d.Speaks = flow.State(flow.SpeaksH2C, s.line.At)
	case back.http:
		d.Speaks = flow.State(flow.SpeaksHTTP, back.section.At)
	default:
		d.Speaks = flow.Default(likely(u, s))
	}
	if s.proxy.V != 0 {
		d.AcceptProxy = flow.State(true, s.proxy.At)
	}
}

// likely is what is spoken at a port (IANA, Service Name and Transport Protocol Port
// Number Registry; 6443 and 22623 are Kubernetes' and OpenShift's).
func likely(u *unit, s *server) flow.Protocol {
	port := s.port
	if port == 0 || port > 1024 && port != 6443 && port != 8443 && port != 9443 && port != 22623 && port != 8080 {
		for _, x := range u.binds {
			if !x.tls { // what TLS ends on is not what is behind it
				port = cmp.Or(x.port, port)
			}
		}
	}
	switch port {
	case 443, 6443, 8443, 9443, 22623:
		return flow.SpeaksHTTPS
	case 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 5671, 6514, 8883:
		return flow.SpeaksTLS
	case 80, 8080, 8000, 8081, 3000, 5000:
		return flow.SpeaksHTTP
	}
	return flow.SpeaksTCP
}

// check is the health check of a backend's servers.
func (b *builder) check(d *flow.BackendDraft, back *unit, s *server) {
	if !s.check.Known() {
		return
	}
	c := flow.Check{Kind: "tcp", Port: s.portOfCheck.V}
	tls := s.tls
	if s.checkTLS.IsSet() {
		tls = s.checkTLS.V
	}
	if tls {
		c.Kind, c.SNI = "tls", s.checkSNI
	}
	if l := back.option("ssl-hello-chk"); l != nil {
		c.Kind = "tls"
	}
	if l := back.option("httpchk"); l != nil {
		c.Kind, c.Plain, c.Path = "http", !tls, httpPath(back, l)
		if !s.tls {
			c.Plain = false
		}
	}
	for _, o := range []string{"ldap-check", "mysql-check", "pgsql-check", "redis-check", "smtpchk", "spop-check"} {
		if l := back.option(o); l != nil {
			b.listLine(flow.LosesDetail, l)
		}
	}
	d.Check = flow.State(c, s.check)
}

// httpPath is the path that a check asks for: option httpchk [METHOD] [URI], or
// http-check send uri URI.
func httpPath(back *unit, l *haproxycfg.Line) string {
	p := "/"
	switch {
	case len(l.Words) == 3:
		p = l.Arg(2)
	case len(l.Words) > 3:
		p = l.Arg(3)
	}
	for _, send := range back.inherited("http-check") {
		for i, w := range send.Words {
			if w.Text == "uri" && i+1 < len(send.Words) {
				p = send.Words[i+1].Text
			}
		}
	}
	if !strings.HasPrefix(p, "/") {
		return "/"
	}
	return p
}
