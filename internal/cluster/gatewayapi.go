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

// gatewayPart makes proxies of Gateways, and routes of what they take.
type gatewayPart struct {
	*builder
	read     map[string]bool // backends to which HTTP goes
	unread   []unreadBackend
	proxies  map[*gateway]*gatewayProxy
	byName   map[name]*gateway
	order    []*gateway
	drafts   []orderedRoute
	taken    map[string]bool // names of routes
	policyOf map[name][]*backendPolicy
	noted    map[notedDetail]bool
}

// gatewayProxy is a Gateway as a proxy.
type gatewayProxy struct {
	gateway *gateway
	draft   *flow.ProxyDraft
	assumed bool
}

// verdict is whether a parent of a route takes it.
type verdict struct {
	gateway *gateway
	taken   bool
	reason  string
	missing []string // references that do not lead anywhere
}

// gatewayAPI declares Gateways, and the routes on them.
func (b *builder) gatewayAPI() {
	if len(b.gateways)+len(b.gatewayRoutes) == 0 {
		return
	}
	g := &gatewayPart{builder: b, proxies: map[*gateway]*gatewayProxy{}, byName: map[name]*gateway{}, taken: map[string]bool{}, policyOf: map[name][]*backendPolicy{}, noted: map[notedDetail]bool{}, read: map[string]bool{}}
	for _, d := range b.draft.Declarations {
		if r, ok := d.(*flow.RouteDraft); ok {
			g.taken[strings.ToLower(r.Name)] = true
		}
	}
	for _, gw := range b.gateways {
		own := *gw
		own.listeners = nil
		for _, l := range gw.listeners {
			copied := *l
			copied.gateway = &own
			own.listeners = append(own.listeners, &copied)
		}
		g.byName[nameOf(gw.Object)] = &own
		g.order = append(g.order, &own)
	}
	g.policyIndex()
	var used []string
	for _, r := range b.gatewayRoutes {
		used = append(used, r.NamespaceName())
		g.assume(r)
	}
	b.declareNamespaces(used, slices.ContainsFunc(g.order, func(gw *gateway) bool {
		return slices.ContainsFunc(gw.listeners, func(l *listener) bool { return l.from.V == "Selector" })
	}))
	for _, gw := range g.order {
		g.proxy(gw)
	}
	for _, r := range b.gatewayRoutes {
		g.route(r)
	}
	slices.SortStableFunc(g.drafts, orderedRoute.compare)
	for _, d := range g.drafts {
		b.declare(d.draft)
	}
	g.sayUnread()
	g.products(g.order, g.proxies)
}

// labels are those of a namespace.
func (g *gatewayPart) labels(namespace string) []flow.Label {
	if d := g.spaces[namespace]; d != nil {
		return d.Labels
	}
	return []flow.Label{{Key: namespaceLabel, Value: namespace}}
}

// assume makes the Gateways that a route names and that are not among the objects: what a
// team has in its repository are routes alone.
func (g *gatewayPart) assume(r *gatewayRoute) {
	for _, p := range r.parents {
		if !p.names(gatewayGroup, "Gateway") {
			continue
		}
		of := p.of(r.NamespaceName())
		gw := g.byName[of]
		switch {
		case gw == nil && slices.ContainsFunc(g.gateways, func(o *gateway) bool { return o.NamespaceName() == of.namespace }):
			continue
		case gw == nil:
			gw = &gateway{Object: &kubeyaml.Object{Kind: "Gateway", Name: kubeyaml.Text{V: of.name, At: p.at}, Namespace: kubeyaml.Text{V: of.namespace, Set: true}}}
			g.byName[of] = gw
			g.order = append(g.order, gw)
			g.note(flow.LosesDetail, p.at, fmt.Sprintf("Gateway %s is not given: listeners that take its routes are assumed", of))
		case len(gw.listeners) > 0 && !gw.listeners[0].assumed:
			continue
		}
		g.assumeListeners(gw, r, p)
	}
}

// assumeListeners gives an assumed Gateway the listeners that a route needs: both :80 and :443 for
// HTTP, unless the route names one.
func (g *gatewayPart) assumeListeners(gw *gateway, r *gatewayRoute, p objectRef) {
	add := func(protocol, mode string, port int) {
		l := &listener{
			gateway: gw, at: p.at, assumed: true, protocol: kubeyaml.Text{V: protocol}, mode: kubeyaml.Text{V: mode}, name: p.section,
			port: kubeyaml.Number{V: cmp.Or(p.port.V, port), Set: true}, from: kubeyaml.Text{V: "All"}, tls: protocol != protocolHTTP && protocol != protocolTCP,
		}
		if !slices.ContainsFunc(gw.listeners, func(o *listener) bool {
			return o.port.V == l.port.V && o.protocol.V == protocol && o.name.V == l.name.V
		}) {
			gw.listeners = append(gw.listeners, l)
		}
	}
	secure := strings.Contains(p.section.V, "https") || strings.Contains(p.section.V, "tls") || p.port.V == 443 || p.port.V == 8443
	plain := !secure && (p.section.V != "" || p.port.Set)
	switch r.Kind {
	case "TLSRoute":
		add(protocolTLS, "Passthrough", 443)
	case "TCPRoute":
		add(protocolTCP, "", 80)
	default:
		if !secure {
			add(protocolHTTP, "", 80)
		}
		if !plain {
			add(protocolHTTPS, "Terminate", 443)
		}
	}
}

// proxy declares a Gateway. Its routes are in the order of the specification.
func (g *gatewayPart) proxy(gw *gateway) {
	p := &gatewayProxy{gateway: gw, assumed: gw.listeners != nil && gw.listeners[0].assumed}
	g.proxies[gw] = p
	own := g.names.free(g.names.nodes, "gateway-"+gw.Name.V, "gateway")
	d := &flow.ProxyDraft{Decl: flow.Decl{Name: own, Label: "Gateway " + nameOf(gw.Object).String(), Origin: flow.OriginSupplied, At: gw.Name.At, Whole: gw.Name.At}}
	if !p.assumed {
		d.Decl = decl(gw.Object, own, "Gateway "+nameOf(gw.Object).String())
	}
	p.draft = d
	d.Order = flow.State(flow.AsWritten, source.Span{})
	if gw.towards != nil {
		d.End.Certificate = g.secretOf(gw, *gw.towards)
	}
	g.classOf(gw)
	for _, l := range gw.listeners {
		g.kindsOf(l)
		g.port(p, l)
	}
	g.declare(d)
	g.origin.gateways[own] = gw
}

// classOf reports a GatewayClass that is not among the objects.
func (g *gatewayPart) classOf(gw *gateway) {
	var known []string
	for _, c := range g.classes {
		known = append(known, c.Name.V)
	}
	if gw.class.V != "" && len(known) > 0 && !slices.Contains(known, gw.class.V) {
		g.add(kubeyaml.FaultName, diag.Error, gw.class.At, didYouMean(gw.class.V, known, "write one of these: "+strings.Join(known, ", ")), "%s names GatewayClass %s, which is not among the objects: no controller serves it", gw.Title(), gw.class.V)
	}
}

// kindsOf reports kinds of routes that a listener's protocol does not have.
func (g *gatewayPart) kindsOf(l *listener) {
	for _, k := range l.kinds {
		if of := l.ofProtocol(); of != nil && !slices.Contains(of, k.V) {
			g.add(kubeyaml.FaultUnattached, diag.Warning, k.At, didYouMean(k.V, of, "write one of these: "+strings.Join(of, ", ")), "listener %s of %s takes no %s: its protocol is %s (InvalidRouteKinds)", l.name.V, l.gateway.Title(), k.V, l.protocol.V)
		}
	}
}

// listenKinds are what ports are, by what they do.
var listenKinds = map[placeClass]flow.ListenKind{placeHTTP: flow.ListenHTTP, placeHTTPS: flow.ListenHTTPS, placePass: flow.ListenTCP, placeEnds: flow.ListenTCP, placeBytes: flow.ListenTCP}

// port adds a listener to the port of a proxy: several with other hostnames have one.
func (g *gatewayPart) port(p *gatewayProxy, l *listener) {
	switch {
	case l.protocol.V == protocolUDP || strings.Contains(l.protocol.V, "/"):
		l.dropped = true
		g.note(flow.ChangesRouting, l.protocol.At, fmt.Sprintf("listener %s of %s: protocol %s is not read", l.name.V, l.gateway.Title(), l.protocol.V))
		return
	case g.conflicts(l):
		return
	}
	kind := listenKinds[l.class()]
	i := slices.IndexFunc(p.draft.Listeners, func(o *flow.ListenerDraft) bool { return o.Port == l.port.V })
	if i < 0 {
		origin := flow.OriginStated
		if l.assumed {
			origin = flow.OriginSupplied
		}
		i = len(p.draft.Listeners)
		p.draft.Listeners = append(p.draft.Listeners, &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: kind, Port: l.port.V, Origin: origin, At: l.at, Whole: l.at}})
	}
	d := p.draft.Listeners[i]
	if kind == flow.ListenHTTPS {
		d.Kind = kind // it relays TLS, too
	}
	if d.Kind != flow.ListenTCP {
		d.Unmatched = flow.State("404", l.at) // "a HTTP 404 status code MUST be returned" (HTTPRouteRule)
	}
	if l.class() == placeHTTPS { // "Accepts HTTP/1.1 or HTTP/2 sessions over TLS" (HTTPSProtocolType)
		d.End.ALPN = flow.State([]string{"h2", "http/1.1"}, l.protocol.At)
	}
	for _, ref := range l.certificates {
		c := g.secretOf(l.gateway, ref)
		if c.V != "" && !slices.ContainsFunc(d.End.Certificates, func(o flow.Ref) bool { return o.V == c.V }) {
			d.End.Certificates = append(d.End.Certificates, c)
		}
	}
	g.clientCertificates(d, l)
}

// conflicts reports a listener whose port is another listener's with another protocol.
func (g *gatewayPart) conflicts(l *listener) bool {
	group := func(o *listener) int {
		switch o.protocol.V {
		case protocolHTTPS, protocolTLS:
			return 1
		case protocolHTTP:
			return 2
		}
		return 3
	}
	for _, o := range l.gateway.listeners {
		if o == l {
			return false
		}
		if o.port.V == l.port.V && !o.dropped && group(o) != group(l) {
			l.dropped = true
			g.add(kubeyaml.FaultInvalid, diag.Error, firstKnown(l.protocol.At, l.at), "write another port", "listeners %s and %s of %s have port %d with protocols %s and %s (ProtocolConflict)", o.name.V, l.name.V, l.gateway.Title(), l.port.V, o.protocol.V, l.protocol.V)
			return true
		}
	}
	return false
}

// secretOf is the certificate of a Secret that a Gateway names.
func (g *gatewayPart) secretOf(gw *gateway, ref objectRef) flow.Ref {
	of := ref.of(gw.NamespaceName())
	switch {
	case !ref.names("", "Secret"):
		g.add(kubeyaml.FaultName, diag.Error, ref.at, "name a Secret", "%s names an object of kind %s for a certificate, which must be a Secret (InvalidCertificateRef)", gw.Title(), strings.TrimPrefix(ref.group.V+"/"+ref.kind.V, "/"))
		return flow.Ref{}
	case !g.permitted(gatewayGroup, "Gateway", gw.NamespaceName(), ref):
		g.ungranted(gw.Object, "Gateway", ref)
		return flow.Ref{}
	case g.secrets[of] == nil && g.secretsIn[of.namespace]:
		g.add(kubeyaml.FaultName, diag.Error, ref.at, g.nearSecret(of), "%s names Secret %s, which is not among the objects (InvalidCertificateRef)", gw.Title(), of)
	}
	return g.ofSecret(of, ref.at)
}

// nearSecret is what to write for a Secret that is not there.
func (g *gatewayPart) nearSecret(of name) string {
	var known []string
	for _, f := range g.files {
		for _, o := range f.Objects {
			if o.Kind == "Secret" && o.NamespaceName() == of.namespace && o.Name.V != "" {
				known = append(known, o.Name.V)
			}
		}
	}
	return didYouMean(of.name, known, "write the name of a Secret of namespace "+of.namespace)
}

// ungranted reports a reference to another namespace that no ReferenceGrant permits.
func (g *gatewayPart) ungranted(o *kubeyaml.Object, kind string, ref objectRef) {
	of := ref.of(o.NamespaceName())
	group := ""
	if ref.group.V != "" {
		group = " of group " + ref.group.V
	}
	g.add(kubeyaml.FaultGrant, diag.Error, ref.at, fmt.Sprintf("add a ReferenceGrant in namespace %s: from group %s, kind %s, namespace %s, to kind %s%s", of.namespace, gatewayGroup, kind, o.NamespaceName(), ref.kind.V, group),
		"%s names %s %s of another namespace, and no ReferenceGrant permits it (RefNotPermitted)", o.Title(), ref.kind.V, of)
}

// clientCertificates says which client certificates a port asks for.
func (g *gatewayPart) clientCertificates(d *flow.ListenerDraft, l *listener) {
	c := l.clients
	if c == nil {
		c = l.gateway.perPort[l.port.V]
	}
	if c == nil {
		c = l.gateway.frontend
	}
	if c == nil || !l.tls || l.class() == placePass {
		return
	}
	auth := flow.ClientAuthDraft{Mode: flow.AuthRequired}
	if c.fallback {
		auth.Mode = flow.AuthOptional
		g.note(flow.LosesDetail, c.at, l.gateway.Title()+": AllowInsecureFallback lets in clients with a certificate that is not valid, too")
	}
	for i, ref := range c.refs {
		if ref.namespace.V != "" && !g.permitted(gatewayGroup, "Gateway", l.gateway.NamespaceName(), ref) {
			g.ungranted(l.gateway.Object, "Gateway", ref)
			continue
		}
		if i > 0 {
			g.note(flow.LosesDetail, ref.at, l.gateway.Title()+": a second CA for client certificates, "+ref.name.V)
			continue
		}
		auth.CA = g.authorityOf(l.gateway.Object, ref)
	}
	d.End.ClientCertificate = flow.State(auth, c.at)
}

// authorityOf is the CA of a ConfigMap, or of a Secret.
func (g *gatewayPart) authorityOf(from *kubeyaml.Object, ref objectRef, backs ...*flow.BackendDraft) flow.Ref {
	of := ref.of(from.NamespaceName())
	text := ""
	switch {
	case ref.kind.V == "Secret":
	case ref.kind.V != "ConfigMap" || ref.group.V != "":
		g.add(kubeyaml.FaultName, diag.Error, ref.at, "name a ConfigMap that has ca.crt", "%s names an object of kind %s for a CA, which must be a ConfigMap (InvalidKind)", from.Title(), ref.kind.V)
	case g.configMaps[of] != nil:
		if text = g.configMaps[of].ca; text == "" {
			g.add(kubeyaml.FaultName, diag.Error, ref.at, "put the certificate of the CA into its data as ca.crt", "ConfigMap %s, which %s names, has no ca.crt (InvalidCACertificateRef)", of, from.Title())
		}
	case g.configMapsIn[of.namespace]:
		var known []string
		for _, f := range g.files {
			for _, o := range f.Objects {
				if o.Kind == "ConfigMap" && o.NamespaceName() == of.namespace {
					known = append(known, o.Name.V)
				}
			}
		}
		help := "write the name of a ConfigMap of namespace " + of.namespace
		if near, ok := spell.Nearest(of.name, known); ok {
			help = "did you mean " + near + "?"
		}
		g.add(kubeyaml.FaultName, diag.Error, ref.at, help, "%s names ConfigMap %s, which is not among the objects (InvalidCACertificateRef)", from.Title(), of.name)
	}
	return g.towardsCA(of, text, ref.at, from, backs...)
}

// notedDetail is a detail, and its place.
type notedDetail struct {
	at   source.Span
	what string
}

// once notes a detail once for the hosts and matches of a rule.
func (g *gatewayPart) once(at source.Span, what string) {
	if u := (notedDetail{at, what}); !g.noted[u] {
		g.noted[u] = true
		g.note(flow.LosesDetail, at, what)
	}
}
