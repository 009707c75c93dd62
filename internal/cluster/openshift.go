package cluster

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// router is a router of OpenShift: an IngressController, or the one that is assumed.
type router struct {
	*ingressController // with no object where it is assumed
	name               string
	draft              *flow.ProxyDraft
}

// assumedRouter is the name of the IngressController that each cluster has.
const assumedRouter = "default"

// ingressNamespace is that of routers, with the Secrets of their default certificates.
const ingressNamespace = "openshift-ingress"

// assumedDomain is the domain of hosts that a cluster makes, where no object states it. It
// is one that nobody has (RFC 6761, 6.2).
const assumedDomain = "apps.cluster.test"

// openshift declares routers, and the Routes on them.
func (b *builder) openshift() {
	if len(b.routes)+len(b.controllers) == 0 {
		return
	}
	var routers []*router
	for _, c := range b.controllers {
		routers = append(routers, &router{ingressController: c, name: c.Name.V})
	}
	assumed := len(routers) == 0
	if assumed {
		routers = []*router{{ingressController: &ingressController{http2: b.config != nil && b.config.http2}, name: assumedRouter}}
	}
	chosen := false
	for _, r := range routers {
		r.http2 = r.http2 || b.config != nil && b.config.http2
		chosen = chosen || r.namespaces != nil
	}
	b.hosts(routers)
	var used []string
	for _, r := range b.routes {
		if !r.refused {
			used = append(used, r.NamespaceName())
		}
	}
	b.declareNamespaces(used, chosen)
	for _, r := range routers {
		b.router(r, assumed)
		b.rejected[r] = b.contend(r)
		b.certify(r)
	}
	b.routers = routers
	for _, r := range b.routes {
		b.annotate(r)
		if !r.refused {
			b.openshiftRoute(r, routers)
		}
	}
}

// hosts fills in the hosts that OpenShift makes: NAME-NAMESPACE.DOMAIN (openshift/library-go,
// hostassignment).
func (b *builder) hosts(routers []*router) {
	domain := clusterDomain(b.config, routers)
	for _, r := range b.routes {
		if r.host.V != "" && !r.generated || r.subdomain.V != "" || r.refused {
			continue
		}
		r.generated = true
		suffix := cmp.Or(domain, assumedDomain)
		r.host = kubeyaml.Text{V: strings.ReplaceAll(r.Name.V, ".", "-") + "-" + r.NamespaceName() + "." + suffix, At: r.Name.At, Set: true}
		if domain == "" {
			b.note(flow.LosesDetail, r.Name.At, fmt.Sprintf("%s has no host, and no IngressController states the domain: %s is assumed", r.Title(), r.host.V))
		}
	}
}

// clusterDomain is the domain of hosts that the cluster makes; "" where no object states it.
func clusterDomain(config *ingressConfig, routers []*router) string {
	if config != nil && config.domain.V != "" {
		return config.domain.V
	}
	for _, r := range routers {
		if r.name == assumedRouter && r.domain.V != "" {
			return r.domain.V
		}
	}
	return routers[0].domain.V
}

// The timeouts of a router that an IngressController does not change (cluster-ingress-operator
// and openshift/router, haproxy-config.template), in milliseconds.
var routerTimeouts = []flow.Timeout{
	{Kind: "connect", Millis: 5_000}, {Kind: "client", Millis: 30_000}, {Kind: "server", Millis: 30_000}, {Kind: "http-request", Millis: 10_000},
	{Kind: "http-keep-alive", Millis: 300_000}, {Kind: "tunnel", Millis: 3_600_000},
}

// router declares a router as a proxy.
func (b *builder) router(r *router, assumed bool) {
	own := b.names.free(b.names.nodes, "router-"+r.name, "router")
	d := &flow.ProxyDraft{Decl: flow.Decl{Name: own, Label: "router " + r.name, Origin: flow.OriginSupplied}}
	if !assumed {
		d.Decl = decl(r.Object, own, "router "+r.name)
	}
	r.draft = d
	b.origin.routers[own] = r
	origin := d.Origin
	d.Order = flow.State(flow.ByPrecedence, source.Span{})
	d.Balance = flow.State("random", source.Span{})
	d.Inner = flow.State(flow.Inner{On: true}, source.Span{})
	for _, t := range routerTimeouts {
		if i := slices.IndexFunc(r.timeouts, func(o flow.Timeout) bool { return o.Kind == t.Kind }); i >= 0 {
			t = r.timeouts[i]
		}
		d.Timeouts = append(d.Timeouts, t)
	}
	switch {
	case r.domain.V != "":
		d.Domains = []flow.Fact[string]{flow.State(r.domain.V, r.domain.At)}
	case slices.ContainsFunc(b.inventory.routes, func(x *route) bool { return x.host.V == "" && x.subdomain.V != "" }):
		d.Domains = []flow.Fact[string]{flow.State(cmp.Or(clusterDomain(b.config, []*router{r}), assumedDomain), source.Span{})}
		b.note(flow.LosesDetail, d.At, "no object states the domain of router "+r.name+": "+d.Domains[0].V+" is assumed")
	}
	if r.shared.V != "" {
		d.SharedHosts = flow.State(true, r.shared.At)
	}
	if s := r.routes; s != nil {
		d.Admit = []flow.Selector{{Terms: s.terms, At: s.at}}
	}
	if s := r.namespaces; s != nil {
		d.AdmitNamespaces = []flow.Selector{{Terms: s.terms, At: s.at}}
	}
	if assumed {
		b.note(flow.NoEffect, source.Span{}, "no IngressController is given: one router is assumed, which admits each Route")
	}
	b.ports(r, origin)
	b.declare(d)
}

// ports declares the ports of a router.
func (b *builder) ports(r *router, origin flow.Origin) {
	d := r.draft
	plain := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTP, Port: cmp.Or(r.httpPort.V, 80), Origin: origin, At: d.At, Whole: d.At}}
	tls := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTPS, Port: cmp.Or(r.tlsPort.V, 443), Origin: origin, At: d.At, Whole: d.At}}
	plain.AcceptProxy, tls.AcceptProxy = r.acceptProxy, r.acceptProxy
	tls.InspectDelay = r.inspectDelay
	tls.End.TLS = r.versions
	if origin != flow.OriginSupplied {
		tls.End.Certificates = []flow.Ref{b.defaultCertificate(r)}
	}
	if r.clientPolicy.V != "" {
		mode := map[string]flow.AuthMode{"Required": flow.AuthRequired, "Optional": flow.AuthOptional}[r.clientPolicy.V]
		auth := flow.ClientAuthDraft{Mode: mode}
		if r.clientCA.V != "" {
			auth.CA = b.authorityNamed(r.clientCA.V, r.clientCA.At)
		}
		tls.End.ClientCertificate = flow.State(auth, r.clientPolicy.At)
	}
	if r.errorPages.V != "" { // then the default backend denies with 404
		plain.Unmatched, tls.Unmatched = flow.State("404", r.errorPages.At), flow.State("404", r.errorPages.At)
	}
	d.Listeners = []*flow.ListenerDraft{plain, tls}
}

// defaultCertificate is the one that a router shows for hosts that have none: that of a
// Secret, else one that the operator makes for all names of the domain.
func (b *builder) defaultCertificate(r *router) flow.Ref {
	if r.certificate.V != "" {
		return b.ofSecret(name{ingressNamespace, r.certificate.V}, r.certificate.At)
	}
	own := b.names.free(b.names.certificates, "router-"+r.name, "certificate")
	d := &flow.CertificateDraft{Decl: flow.Decl{Name: own, Label: "default of router " + r.name, Origin: flow.OriginStated, At: r.draft.At, Whole: r.draft.At}}
	if r.domain.V != "" {
		d.Names = []flow.Fact[string]{flow.State("*."+r.domain.V, r.domain.At)}
	}
	b.declare(d)
	return flow.State(own, r.draft.At)
}

// routeMode is the mode of a Route.
func routeMode(r *route) flow.Fact[flow.Mode] {
	if r.tls == nil {
		return flow.State(flow.ModeNone, r.Name.At)
	}
	modes := map[string]flow.Mode{edge: flow.ModeEdge, reencrypt: flow.ModeReencrypt, passthrough: flow.ModePassthrough}
	return flow.State(modes[r.tls.termination.V], r.tls.termination.At)
}

// openshiftRoute declares a Route.
func (b *builder) openshiftRoute(r *route, routers []*router) {
	d := &flow.RouteDraft{Decl: decl(r.Object, draftName(r), "")}
	d.Labels = labelsOf(r.Labels)
	d.Mode = routeMode(r)
	if r.Created.Set && isTimestamp(r.Created.V) {
		d.Created = flow.State(r.Created.V, r.Created.At)
	}
	if !b.admit(r, d, routers) {
		return
	}
	switch {
	case r.host.V == "":
		d.Subdomain = flow.State(r.subdomain.V, r.subdomain.At)
	case r.wildcard:
		_, domain, _ := strings.Cut(r.host.V, ".")
		d.Host = flow.State("*."+domain, r.host.At)
	default:
		d.Host = flow.State(r.host.V, r.host.At)
	}
	if r.path.V != "" && d.Mode.V != flow.ModePassthrough {
		d.Path = flow.State(r.path.V, r.path.At)
	}
	b.plaintext(r, d)
	b.shown(r, d, routers)
	b.routeTargets(r, d)
	b.upstream(r, d, routers)
	b.behaviour(r, d)
	b.origin.routes[d.Name] = r
	b.declare(d)
	b.swallow(r, d, routers)
}

// draftName is the name of a Route's declaration.
func draftName(r *route) string { return r.NamespaceName() + "/" + plainName(r.Name.V, "route") }

// isTimestamp reports whether a text is a time as Kubernetes writes it.
func isTimestamp(s string) bool {
	return len(s) == len("2026-01-01T00:00:00Z") && s[4] == '-' && s[10] == 'T' && s[19] == 'Z'
}

// plaintext says what requests in plaintext get.
func (b *builder) plaintext(r *route, d *flow.RouteDraft) {
	if r.tls == nil {
		return
	}
	at := firstKnown(r.tls.insecure.At, r.tls.at)
	switch r.tls.insecure.V {
	case "Allow":
		d.Insecure = flow.State(flow.InsecureAllow, at)
	case "Redirect":
		d.Insecure = flow.State(flow.InsecureRedirect, at)
	default:
		d.Insecure = flow.State(flow.InsecureNone, at)
	}
}

// externalCertificate reports a Secret that a Route cannot use.
func (b *builder) externalCertificate(r *route) {
	t := r.tls.external
	s := b.secrets[name{r.NamespaceName(), t.V}]
	switch {
	case s != nil && s.kind.V != "kubernetes.io/tls":
		b.add(kubeyaml.FaultRefused, diag.Error, t.At, "use a Secret of type kubernetes.io/tls", "OpenShift refuses %s: spec.tls.externalCertificate names a Secret of another type than kubernetes.io/tls", r.Title())
	case s == nil && b.secretsIn[r.NamespaceName()]:
		b.add(kubeyaml.FaultName, diag.Error, t.At, "write the name of a Secret of the Route's namespace", "%s names Secret %s, which is not among the objects", r.Title(), t.V)
	}
}

// routeTargets leads a Route to its Services. Their weights count where there are several.
func (b *builder) routeTargets(r *route, d *flow.RouteDraft) {
	for _, t := range r.to {
		of := name{r.NamespaceName(), t.service.V}
		back := b.backend(of, r.port, t.at, r.Object)
		b.takeName(back, of, r.port)
		target := flow.TargetDraft{To: flow.State(back.Name, t.at), At: t.at}
		if len(r.to) > 1 || t.weightOf() == 0 {
			target.Weight = flow.State(t.weightOf(), firstKnown(t.weight.At, t.at))
		}
		if i := slices.IndexFunc(d.Targets, func(o flow.TargetDraft) bool { return o.To.V == back.Name }); i >= 0 {
			d.Targets[i] = target // the last one counts (openshift/router, getServiceUnits)
			continue
		}
		d.Targets = append(d.Targets, target)
		b.allPorts(r, t)
	}
	servers := 0
	for _, t := range d.Targets {
		servers += len(b.draftOf(t.To.V).Servers)
	}
	if servers < 2 { // the router checks no server that has no other one beside it
		return
	}
	for _, t := range d.Targets {
		kind := "tcp"
		if d.Mode.V == flow.ModeReencrypt { // each Route has servers of its own, with a check in its TLS
			kind = "tls"
		}
		if back := b.draftOf(t.To.V); len(back.Servers) > 0 && (!back.Check.IsSet() || kind == "tls") {
			back.Check = flow.State(flow.Check{Kind: kind}, source.Span{})
		}
	}
}

// draftOf is a backend that is declared.
func (b *builder) draftOf(own string) *flow.BackendDraft { return b.origin.drafts[own] }

// allPorts warns of a Route that names no port of a Service with several: the router then
// takes the servers' ports all alike (openshift/router, endpointsForAlias).
func (b *builder) allPorts(r *route, t routeTarget) {
	s := b.services[name{r.NamespaceName(), t.service.V}]
	if s == nil || r.port.V != "" || len(s.ports) < 2 {
		return
	}
	var known []string
	for _, p := range s.ports {
		known = append(known, cmp.Or(p.name.V, number(p.port.V)))
	}
	b.add(kubeyaml.FaultName, diag.Warning, t.at, "add spec.port.targetPort: "+known[0]+", or another one: "+strings.Join(known, ", "),
		"%s names no port of Service %s, which has %d: the router sends requests to all of them", r.Title(), t.service.V, len(s.ports))
}

// upstream is the session towards the servers of a reencrypt Route: with a CA of its own the
// router checks no name, else it trusts the CA of Services and checks SERVICE.NAMESPACE.svc. It
// sends no SNI (openshift/router, haproxy-config.template).
func (b *builder) upstream(r *route, d *flow.RouteDraft, routers []*router) {
	if d.Mode.V != flow.ModeReencrypt {
		return
	}
	up, t := &d.Upstream, r.tls
	up.Origin, up.At = flow.OriginStated, t.termination.At
	up.SNI = flow.State("", t.termination.At)
	if t.destination.V != "" {
		up.End.Trust = []flow.Ref{b.authority(r.Name.V+"."+r.NamespaceName()+"-ca", t.destination.V, t.destination.At)}
		up.Name = flow.State("", t.destination.At)
	} else {
		up.End.Trust = []flow.Ref{b.authorityNamed(serviceCA, t.termination.At)}
		b.unsigned(r)
		up.Name = flow.State(serviceHost(name{r.NamespaceName(), r.to[0].service.V}), t.termination.At)
		for i := range d.Targets { // each of its servers has a verifyhost of its own
			if of := b.origin.services[d.Targets[i].To.V].service; of.name != r.to[0].service.V {
				d.Targets[i].Certified = flow.State(serviceHost(of), d.Targets[i].At)
			}
		}
	}
	if slices.ContainsFunc(routers, func(x *router) bool { return x.http2 }) {
		up.End.ALPN = flow.State([]string{"h2", "http/1.1"}, t.termination.At)
	}
}

// serviceHost is the name of a Service in its cluster.
func serviceHost(n name) string { return n.name + "." + n.namespace + ".svc" }

// unsigned reports Services of a Route that trusts the service CA, for which that signs no
// certificate.
func (b *builder) unsigned(r *route) {
	for _, t := range r.to {
		s := b.services[name{r.NamespaceName(), t.service.V}]
		if s == nil || s.cert.Set || len(s.ports) == 0 {
			continue
		}
		b.add(kubeyaml.FaultServing, diag.Warning, t.at, annotated(s.Object, servingCertificate[0], t.service.V+"-tls")+", and have its servers present the certificate in that Secret",
			"%s trusts the service CA, which signs no certificate for Service %s: the router refuses what its servers present, and clients get 503", r.Title(), t.service.V)
	}
}

// behaviour is what annotations and spec.httpHeaders say.
func (b *builder) behaviour(r *route, d *flow.RouteDraft) {
	http := d.Mode.V != flow.ModePassthrough
	d.Allow = b.allowed(r)
	b.balance(r, d)
	b.routeTimes(r, d)
	if !http {
		return
	}
	if !flags[r.effective(annotationPrefix+"disable_cookies").V] {
		cookie := r.effective("router.openshift.io/cookie_name")
		if cookie.V == "" {
			cookie = kubeyaml.Text{V: routingKey(r), At: r.Name.At}
		}
		d.Affinity = flow.State(cookie.V, cookie.At)
	}
	if t := r.effective(annotationPrefix + "hsts_header"); t.V != "" && r.tls != nil {
		if seconds, ok := maxAge(t.V); ok {
			d.HSTS = flow.State(seconds*1000, t.At)
		}
	}
	if t := r.effective(annotationPrefix + "rewrite-target"); t.V != "" {
		if strings.Contains(t.V, `\`) || strings.Contains(t.V, "%") {
			b.note(flow.LosesDetail, t.At, annotationPrefix+"rewrite-target: "+t.V)
		} else {
			d.Rewrite = flow.State(t.V, t.At)
		}
	}
	for _, h := range r.headers {
		a := flow.HeaderAction{On: "request", Do: "set", Name: h.name.V, Value: strings.ReplaceAll(h.value.V, "%%", "%"), At: h.at}
		a.Computed = strings.Contains(strings.ReplaceAll(h.value.V, "%%", ""), "%")
		if h.response {
			a.On = "response"
		}
		if h.remove {
			a.Do, a.Value = "delete", ""
		}
		d.Headers = append(d.Headers, a)
	}
}

// routingKey is the name of the cookie that a router makes up (openshift/router,
// createServiceAliasConfig).
func routingKey(r *route) string {
	sum := md5.Sum([]byte(" " + r.NamespaceName() + ":" + r.Name.V))
	return hex.EncodeToString(sum[:])
}

// balance is how a router chooses a server: in turns where several Services have a weight,
// else at random, and for passthrough by the client's address.
func (b *builder) balance(r *route, d *flow.RouteDraft) {
	active := 0
	for _, t := range r.to {
		if t.weightOf() > 0 {
			active++
		}
	}
	t := r.effective(annotationPrefix + "balance")
	switch {
	case t.V != "":
		d.Balance = flow.State(t.V, t.At)
	case active > 1:
		d.Balance = flow.State("roundrobin", source.Span{})
	case d.Mode.V == flow.ModePassthrough:
		d.Balance = flow.State("source", source.Span{})
	}
}

// routeTimes are the timeouts of a Route.
func (b *builder) routeTimes(r *route, d *flow.RouteDraft) {
	server, tunnel := r.effective(annotationPrefix+"timeout"), r.effective(annotationPrefix+"timeout-tunnel")
	if d.Mode.V == flow.ModePassthrough {
		if tunnel.V == "" {
			tunnel = server
		}
		server = kubeyaml.Text{}
	}
	for _, t := range []struct {
		kind string
		text kubeyaml.Text
	}{{"server", server}, {"tunnel", tunnel}} {
		if millis, ok := routerTime(t.text.V); ok {
			d.Timeouts = append(d.Timeouts, flow.Timeout{Kind: t.kind, Millis: millis, At: t.text.At})
		}
	}
}

// maxAge is the time of an HSTS header in seconds.
func maxAge(header string) (seconds int64, ok bool) {
	_, rest, found := strings.Cut(strings.ToLower(header), "max-age")
	rest = strings.TrimLeft(rest, ` ="`)
	digits := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789"))]
	return int64(atoi(digits)), found && digits != ""
}
