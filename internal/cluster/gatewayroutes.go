package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// orderedRoute is a route of the draft with what decides its place: a proxy tries its routes
// in this order (Gateway API, HTTPRouteRule.Matches and HTTPRouteSpec.Hostnames).
type orderedRoute struct {
	draft          *flow.RouteDraft
	host           int // see hostGroup.rank
	path           int // exact, then prefix, then expression
	length         int
	method         bool
	headers, query int
	created, name  string
	rule, match    int
}

func (a orderedRoute) compare(b orderedRoute) int {
	without := func(on bool) int { return map[bool]int{false: 1}[on] }
	return cmp.Or(
		cmp.Compare(a.host, b.host), cmp.Compare(a.path, b.path), cmp.Compare(b.length, a.length), cmp.Compare(without(a.method), without(b.method)),
		cmp.Compare(b.headers, a.headers), cmp.Compare(b.query, a.query), cmp.Compare(a.created, b.created), cmp.Compare(a.name, b.name), cmp.Compare(a.rule, b.rule), cmp.Compare(a.match, b.match),
	)
}

// kindsOfPaths are the types of path matches in their order. That of expressions is left to
// implementations; they come first here, as in Envoy and nginx an expression is asked before
// a prefix.
var kindsOfPaths = []string{"Exact", "RegularExpression", "PathPrefix"}

// route declares a route of Gateway API: for each match of each rule, and each group of
// hosts, one of the draft.
func (g *gatewayPart) route(r *gatewayRoute) {
	var all []attachment
	verdicts := make([]verdict, len(r.parents))
	for i, p := range r.parents {
		v := &verdicts[i]
		if !p.names(gatewayGroup, "Gateway") {
			g.note(flow.ChangesRouting, p.at, fmt.Sprintf("%s has a parent of kind %s, which is not read", r.Title(), p.kind.V))
			continue
		}
		of := p.of(r.NamespaceName())
		gw := g.byName[of]
		if gw == nil {
			g.lost(r, p, of)
			continue
		}
		v.gateway = gw
		took, reason := g.attach(r, p, gw)
		v.taken, v.reason = reason == "", reason
		if reason != "" {
			g.refused(r, p, gw, reason)
			continue
		}
		all = append(all, took...)
	}
	if len(r.parents) == 0 {
		g.note(flow.ChangesRouting, r.Name.At, r.Title()+" has no parentRefs: no Gateway takes it")
	}
	g.verdicts[r] = verdicts
	groups := groupsOf(all, g.proxies)
	if len(groups) == 0 {
		return
	}
	var missing []string
	for i, rule := range r.rules {
		to := g.ruleTargets(r, rule)
		missing = append(missing, to.missing...)
		for j, m := range rule.matches {
			for _, hosts := range groups {
				d := g.draftOfMatch(r, i, j, hosts)
				g.action(r, rule, m, to, hosts, d)
				g.ordered(r, i, j, hosts, d)
			}
		}
		for _, l := range rule.listed {
			kind := flow.LosesDetail
			if l.routing {
				kind = flow.ChangesRouting
			}
			g.noteSaying(kind, l.at, r.Title()+": "+l.what, l.says)
		}
	}
	for i := range verdicts {
		verdicts[i].missing = missing
	}
}

// lost reports a Gateway that is not among the objects, where others of its namespace are.
func (g *gatewayPart) lost(r *gatewayRoute, p objectRef, of name) {
	var known []string
	for _, gw := range g.gateways {
		if gw.NamespaceName() == of.namespace {
			known = append(known, gw.Name.V)
		}
	}
	help := didYouMean(of.name, known, "write one of these: "+strings.Join(known, ", "))
	g.add(kubeyaml.FaultName, diag.Error, p.at, help, "%s names Gateway %s, which is not among the objects: nothing serves it", r.Title(), of)
}

// refused reports that no listener of a Gateway takes a route.
func (g *gatewayPart) refused(r *gatewayRoute, p objectRef, gw *gateway, reason string) {
	at, help, why := p.at, "", ""
	switch reason {
	case noParent:
		var names []string
		for _, l := range gw.listeners {
			if !p.port.Set || l.port.V == p.port.V || p.section.V != "" {
				names = append(names, l.name.V)
			}
		}
		at = firstKnown(p.section.At, p.port.At, p.at)
		switch {
		case p.section.V != "" && slices.Contains(names, p.section.V):
			at, why, help = firstKnown(p.port.At, at), fmt.Sprintf("listener %s has another port than %d", p.section.V, p.port.V), "write the port of listener "+p.section.V+", or remove port"
		case p.section.V != "":
			why, help = "it has no listener "+p.section.V, didYouMean(p.section.V, names, "write one of these: "+strings.Join(names, ", "))
		default:
			why, help = fmt.Sprintf("it has no listener with port %d", p.port.V), "write the port of one of its listeners"
		}
	case notAllowed:
		why, help = g.disallowed(r, p, gw)
	case noHostname:
		var hosts []string
		for _, l := range gw.listeners {
			if h := cmp.Or(l.hostname.V, "*"); (p.section.V == "" || l.name.V == p.section.V) && !slices.Contains(hosts, h) {
				hosts = append(hosts, h)
			}
		}
		at = r.hostnames[0].At
		why = "its listeners are for " + strings.Join(hosts, ", ")
		help = "write a hostname that is one of these, or below a wildcard of them"
		if strings.HasPrefix(hosts[0], "*.") && r.hostnames[0].V == hosts[0][2:] {
			help = hosts[0] + " has the names below " + r.hostnames[0].V + ", and not " + r.hostnames[0].V + " itself: add a listener for it"
		}
	}
	g.add(kubeyaml.FaultUnattached, diag.Error, at, help, "no listener of Gateway %s takes %s: %s (%s)", nameOf(gw.Object), r.Title(), why, reason)
}

// disallowed is why the listeners that a route names do not allow it.
func (g *gatewayPart) disallowed(r *gatewayRoute, p objectRef, gw *gateway) (why, help string) {
	for _, l := range gw.listeners {
		if p.section.V != "" && l.name.V != p.section.V || p.port.Set && l.port.V != p.port.V || l.dropped {
			continue
		}
		if !l.takesKind(r.Kind) {
			why, help = fmt.Sprintf("listener %s takes no %s", l.name.V, r.Kind), "name a listener whose protocol and allowedRoutes.kinds have "+r.Kind
			continue
		}
		switch l.from.V {
		case "Same":
			return fmt.Sprintf("listener %s takes routes of namespace %s alone", l.name.V, gw.NamespaceName()), "write allowedRoutes.namespaces.from: All, or Selector, in that listener"
		case "Selector":
			return fmt.Sprintf("the labels of namespace %s do not meet the selector of listener %s", r.NamespaceName(), l.name.V), "give namespace " + r.NamespaceName() + " the labels of allowedRoutes.namespaces.selector"
		}
		return fmt.Sprintf("listener %s takes no routes", l.name.V), "write allowedRoutes.namespaces.from in that listener"
	}
	return cmp.Or(why, "its listeners are not served"), help
}

// draftOfMatch begins the route of the draft for one match and some hosts.
func (g *gatewayPart) draftOfMatch(r *gatewayRoute, rule, match int, hosts *hostGroup) *flow.RouteDraft {
	own := r.NamespaceName() + "/" + plainName(r.Name.V, "route")
	x := r.rules[rule]
	if len(r.rules) > 1 {
		own += "." + cmp.Or(plainName(x.name.V, ""), number(rule+1))
	}
	if len(x.matches) > 1 {
		own += "." + number(match+1)
	}
	free := own
	for i := 2; g.taken[strings.ToLower(free)]; i++ {
		free = own + "-" + number(i)
	}
	g.taken[strings.ToLower(free)] = true
	d := &flow.RouteDraft{Decl: decl(r.Object, free, "")}
	if x.at.Known() {
		d.At = firstKnown(x.matches[match].at, x.at)
	}
	if r.Created.Set && isTimestamp(r.Created.V) {
		d.Created = flow.State(r.Created.V, r.Created.At)
	}
	g.origin.gatewayRoutes[free] = &gatewayOrigin{gatewayRoute: r, rule: rule, match: match, hosts: hosts}
	d.Labels = labelsOf(r.Labels)
	for _, p := range hosts.places {
		at := firstKnown(r.Name.At)
		d.On = append(d.On, flow.OnDraft{Proxy: flow.State(p.gateway.draft.Name, at), Port: p.port, At: at})
	}
	g.hostsOf(d, hosts)
	return d
}

// hostsOf says which hosts a route has. A wildcard of Gateway API has more than one part
// below it (Hostname), which a host of a model has not.
func (g *gatewayPart) hostsOf(d *flow.RouteDraft, hosts *hostGroup) {
	first := hosts.hosts[0]
	at := firstKnown(first.At, d.At)
	switch {
	case first.V == "":
	case strings.HasPrefix(first.V, "*."):
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchHost, How: flow.Ends, Values: []string{first.V[1:]}, At: at})
	default:
		d.Host = flow.State(first.V, at)
		for _, h := range hosts.hosts[1:] {
			d.Hosts = append(d.Hosts, flow.State(h.V, firstKnown(h.At, at)))
		}
	}
	for _, n := range hosts.not {
		m := flow.Match{Kind: flow.MatchHost, How: flow.Exact, Values: []string{n}, Not: true, At: at}
		if strings.HasPrefix(n, "*.") {
			m.How, m.Values = flow.Ends, []string{n[1:]}
		}
		d.Matches = append(d.Matches, m)
	}
}

// conditions are what a match asks for.
func (m *routeMatch) conditions(d *flow.RouteDraft) {
	at := firstKnown(m.path.At, m.at)
	switch m.how {
	case "Exact":
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Exact, Values: []string{m.path.V}, At: at})
	case "RegularExpression": // Envoy and nginx want all of the path to match
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchPath, How: flow.Regex, Values: []string{"^(?:" + m.path.V + ")$"}, At: at})
	default:
		if m.path.V != "/" {
			d.Path = flow.State(m.path.V, at)
		}
	}
	if m.method.V != "" {
		d.Matches = append(d.Matches, flow.Match{Kind: flow.MatchMethod, How: flow.Exact, Values: []string{m.method.V}, At: m.method.At})
	}
	for _, x := range []struct {
		kind flow.MatchKind
		list []valueMatch
	}{{flow.MatchHeader, m.headers}, {flow.MatchQuery, m.query}} {
		for _, v := range x.list {
			c := flow.Match{Kind: x.kind, Name: v.name.V, How: flow.Exact, Values: []string{v.value.V}, At: v.at}
			if v.regex {
				c.How, c.Values = flow.Regex, []string{"^(?:" + v.value.V + ")$"}
			}
			d.Matches = append(d.Matches, c)
		}
	}
}

// ordered puts a route among the others.
func (g *gatewayPart) ordered(r *gatewayRoute, rule, match int, hosts *hostGroup, d *flow.RouteDraft) {
	m := r.rules[rule].matches[match]
	g.drafts = append(g.drafts, orderedRoute{
		draft: d, host: hosts.rank(), path: slices.Index(kindsOfPaths, m.how), length: len(m.path.V), method: m.method.V != "", headers: len(m.headers), query: len(m.query),
		created: cmp.Or(d.Created.V, "~"), name: r.NamespaceName() + "/" + r.Name.V, rule: rule, match: match,
	})
}

// action says what becomes of what a match takes.
func (g *gatewayPart) action(r *gatewayRoute, rule *routeRule, m *routeMatch, to *ruleTargets, hosts *hostGroup, d *flow.RouteDraft) {
	plain, secure, class := false, false, hosts.places[0].class
	for _, p := range hosts.places {
		plain, secure = plain || p.class == placeHTTP, secure || p.class == placeHTTPS
	}
	at := firstKnown(hosts.hosts[0].At, d.At)
	g.origin.gatewayRoutes[d.Name].policy = to.policy
	switch {
	case class == placePass:
		d.Mode = flow.State(flow.ModePassthrough, at)
	case class == placeBytes:
		d.Mode = flow.State(flow.ModeNone, at)
	case to.policy != nil:
		d.Mode = flow.State(flow.ModeReencrypt, to.policy.Name.At)
		g.towards(to, d)
	case secure || class == placeEnds:
		d.Mode = flow.State(flow.ModeEdge, at)
	default:
		d.Mode = flow.State(flow.ModeNone, at)
	}
	if plain && d.Mode.V != flow.ModeNone {
		d.Insecure = flow.State(flow.InsecureAllow, at)
	}
	g.shownOn(hosts, d)
	if class >= placePass {
		d.Targets = to.targets
		for _, t := range to.targets { // what is in these bytes is not known
			switch {
			case class == placePass:
			case to.policy != nil:
				g.unread = append(g.unread, unreadBackend{t.To.V, flow.SpeaksTLS})
			default:
				g.unread = append(g.unread, unreadBackend{t.To.V, flow.SpeaksTCP})
			}
		}
		g.nowhere(to, d, 0)
		return
	}
	m.conditions(d)
	g.filters(r, rule, m, hosts, d)
	if !d.Redirect.IsSet() && !d.Answer.IsSet() {
		d.Targets = to.targets
		for _, t := range to.targets {
			g.read[t.To.V] = true
		}
		g.nowhere(to, d, 500)
	}
	if rule.affinity.V != "" {
		d.Affinity = flow.State(rule.affinity.V, rule.affinity.At)
	}
	for _, t := range []kubeyaml.Text{rule.backend, rule.request} {
		if millis, ok := goDuration(t.V); ok && millis > 0 {
			d.Timeouts = append(d.Timeouts, flow.Timeout{Kind: "server", Millis: millis, At: t.At})
			break
		}
	}
}

// unreadBackend is a backend to which bytes go that nobody reads.
type unreadBackend struct {
	name   string
	speaks flow.Protocol
}

// sayUnread says of backends to which no HTTP goes that what they speak is not known.
func (g *gatewayPart) sayUnread() {
	for _, u := range g.unread {
		if back := g.origin.drafts[u.name]; !g.read[u.name] && !back.Speaks.IsSet() {
			back.Speaks = flow.Default(u.speaks)
		}
	}
}

// nowhere is the answer where no backendRef leads anywhere: "a HTTP 500 status code MUST be
// returned" (HTTPRouteRule.BackendRefs); 0 closes.
func (g *gatewayPart) nowhere(to *ruleTargets, d *flow.RouteDraft, status int) {
	if len(d.Targets) == 0 {
		d.Answer = flow.State(flow.Answer{Status: status}, firstKnown(to.at, d.At))
	}
}

// shownOn is the certificate that a listener has for its hostname, where the port has
// several.
func (g *gatewayPart) shownOn(hosts *hostGroup, d *flow.RouteDraft) {
	var own certificate
	for _, p := range hosts.places {
		if p.class != placeHTTPS && p.class != placeEnds {
			continue
		}
		if p.secret.name == "" || own.secret.name != "" && own.secret != p.secret {
			return
		}
		own = p.certificate
		l := slices.IndexFunc(p.gateway.draft.Listeners, func(l *flow.ListenerDraft) bool { return l.Port == p.port })
		if l < 0 || len(p.gateway.draft.Listeners[l].End.Certificates) < 2 {
			return
		}
	}
	if own.secret.name != "" {
		d.Certificate = g.ofSecret(own.secret, own.ref.at)
	}
}

// ruleTargets is what a rule leads to.
type ruleTargets struct {
	targets []flow.TargetDraft
	policy  *backendPolicy // of the first one
	at      source.Span
	missing []string // reasons of references that lead nowhere
}

// ruleTargets finds the backends of a rule.
func (g *gatewayPart) ruleTargets(r *gatewayRoute, rule *routeRule) *ruleTargets {
	out := &ruleTargets{at: rule.at}
	weights := false
	for _, ref := range rule.backends {
		weights = weights || ref.weight.Set
	}
	var policies []*backendPolicy
	for _, ref := range rule.backends {
		out.at = firstKnown(out.at, ref.at)
		back, port, reason := g.backendOf(r, ref)
		if reason != "" {
			out.missing = append(out.missing, reason)
			if len(rule.backends) > 1 {
				g.note(flow.LosesDetail, ref.at, fmt.Sprintf("%s: requests that weights lead to %s get 500", r.Title(), ref.name.V))
			}
			continue
		}
		policy := g.policyFor(ref.of(r.NamespaceName()), port)
		policies = append(policies, policy)
		if policy != nil && back.Speaks.Origin != flow.OriginStated { // it says more than the name of a port
			back.Speaks = flow.Default(flow.SpeaksHTTPS)
		}
		t := flow.TargetDraft{To: flow.State(back.Name, ref.at), At: ref.at}
		if weights {
			t.Weight = flow.State(ref.weightOf(), firstKnown(ref.weight.At, ref.at))
		}
		if i := slices.IndexFunc(out.targets, func(o flow.TargetDraft) bool { return o.To.V == back.Name }); i >= 0 {
			out.targets[i].Weight = flow.State(max(out.targets[i].Weight.V, 1)+ref.weightOf(), t.At)
			continue
		}
		out.targets = append(out.targets, t)
	}
	for i, p := range policies {
		if i == 0 {
			out.policy = p
		} else if p != out.policy {
			g.note(flow.ChangesRouting, rule.at, r.Title()+": its Services have different BackendTLSPolicies; the first one counts in the model")
			break
		}
	}
	return out
}

// backendOf is the backend of a reference, or the reason why it leads nowhere (Gateway API,
// the reasons of ResolvedRefs).
func (g *gatewayPart) backendOf(r *gatewayRoute, ref backendRef) (back *flow.BackendDraft, port *servicePort, reason string) {
	of := ref.of(r.NamespaceName())
	if !ref.names("", "Service") {
		g.note(flow.ChangesRouting, ref.at, fmt.Sprintf("%s leads to a %s, %s, which is not read", r.Title(), ref.kind.V, of.name))
		return nil, nil, "InvalidKind"
	}
	if !g.permitted(gatewayGroup, r.Kind, r.NamespaceName(), ref.objectRef) {
		g.ungranted(r.Object, r.Kind, ref.objectRef)
		return nil, nil, "RefNotPermitted"
	}
	want := ref.port
	s := g.services[of]
	if s == nil {
		if known := g.servicesOf(of.namespace); len(known) > 0 {
			g.add(kubeyaml.FaultName, diag.Error, ref.at, nearService(of, known), "%s leads to Service %s, which is not among the objects: its requests get 500 (BackendNotFound)", r.Title(), of)
			return nil, nil, "BackendNotFound"
		}
	}
	port = s.atPort(want.V)
	if s != nil && len(s.ports) > 0 && port == nil {
		g.add(kubeyaml.FaultName, diag.Error, want.At, s.ownPorts(want.V), "Service %s has no port %d: requests of %s get 500 (BackendNotFound)", of, want.V, r.Title())
		return nil, nil, "BackendNotFound"
	}
	return g.backend(of, g.portName(of, port, want), ref.at, r.Object), port, ""
}

// nearService is what to write for a Service that is not there.
func nearService(of name, known []string) string {
	if near, ok := spell.Nearest(of.name, known); ok {
		return "did you mean " + near + "?"
	}
	help := "write the name of a Service of namespace " + of.namespace
	if len(known) <= 8 {
		help += ": " + strings.Join(known, ", ")
	}
	return help
}

// atPort is the port of a Service with a number of its own; nil for none.
func (s *service) atPort(n int) *servicePort {
	if s == nil {
		return nil
	}
	if i := slices.IndexFunc(s.ports, func(p servicePort) bool { return p.port.V == n }); i >= 0 {
		return &s.ports[i]
	}
	return nil
}

// ownPorts is what to write for a port that a Service does not have.
func (s *service) ownPorts(want int) string {
	var known []string
	for _, p := range s.ports {
		if p.number && p.target.V == number(want) {
			return fmt.Sprintf("%d is the port of its servers; write %d, which is that of the Service", want, p.port.V)
		}
		known = append(known, number(p.port.V))
	}
	return "write a port of the Service: " + strings.Join(known, ", ")
}

// portName is how the builder is asked for the servers of a port of a Service.
func (b *builder) portName(of name, port *servicePort, want kubeyaml.Number) kubeyaml.Text {
	switch {
	case port != nil:
		return kubeyaml.Text{V: port.asked(), At: want.At, Set: port.asked() != ""}
	case len(b.endpointsOf[of]) > 0 || !want.Set: // its port is not that of its servers
		return kubeyaml.Text{}
	}
	return kubeyaml.Text{V: number(want.V), At: want.At, Set: true}
}

// policyIndex finds policies by their Services: the oldest one counts, then the first by
// its name (GEP-713, conflict resolution).
func (g *gatewayPart) policyIndex() {
	all := slices.Clone(g.policies)
	slices.SortStableFunc(all, func(a, b *backendPolicy) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.Created.V, "~"), cmp.Or(b.Created.V, "~")), cmp.Compare(nameOf(a.Object).String(), nameOf(b.Object).String()))
	})
	for _, p := range all {
		for _, t := range p.targets {
			if !t.names("", "Service") {
				g.note(flow.LosesDetail, t.at, fmt.Sprintf("%s is for a %s, which is not read", p.Title(), t.kind.V))
				continue
			}
			of := name{p.NamespaceName(), t.name.V}
			if known := g.servicesOf(of.namespace); len(known) > 0 && g.services[of] == nil {
				g.add(kubeyaml.FaultName, diag.Error, t.at, nearService(of, known), "%s is for Service %s, which is not among the objects (TargetNotFound)", p.Title(), of)
			}
			g.policyOf[of] = append(g.policyOf[of], p)
		}
	}
}

// policyFor is the policy for a port of a Service: one that names the port counts before one
// for all ports.
func (g *gatewayPart) policyFor(of name, port *servicePort) *backendPolicy {
	var all *backendPolicy
	for _, p := range g.policyOf[of] {
		for _, t := range p.targets {
			switch {
			case t.name.V != of.name:
			case t.section.V == "" && all == nil:
				all = p
			case t.section.V != "" && port != nil && port.name.V == t.section.V:
				return p
			}
		}
	}
	return all
}

// towards is the TLS session to the servers, as a policy says it.
func (g *gatewayPart) towards(to *ruleTargets, d *flow.RouteDraft) {
	p, up := to.policy, &d.Upstream
	up.Origin, up.At = flow.OriginStated, p.Name.At
	up.Name, up.SNI = flow.State(p.hostname.V, p.hostname.At), flow.State(p.hostname.V, p.hostname.At)
	if len(p.sans) > 0 && !slices.ContainsFunc(p.sans, func(t kubeyaml.Text) bool { return t.V == p.hostname.V }) {
		g.once(p.sans[0].At, p.Title()+": subjectAltNames are checked in place of hostname")
	}
	var backs []*flow.BackendDraft
	for _, t := range to.targets {
		backs = append(backs, g.origin.drafts[t.To.V])
	}
	for _, ref := range p.refs {
		if c := g.authorityOf(p.Object, ref, backs...); c.V != "" {
			up.End.Trust = append(up.End.Trust, c)
		}
	}
}
