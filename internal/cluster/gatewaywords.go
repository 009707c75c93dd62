package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
)

// gatewayOrigin is that of a route of the draft: a match of a rule, for some hosts.
type gatewayOrigin struct {
	*gatewayRoute
	rule, match int
	hosts       *hostGroup
	policy      *backendPolicy // for its servers
}

// gatewayFields are the facts that objects of Gateway API state.
var gatewayFields = []field{
	{diag.FactMode, "route", ofGatewayRoute((*gatewayOrigin).modeWords)},
	{diag.FactInsecure, "route", ofGatewayRoute((*gatewayOrigin).insecureWords)},
	{diag.FactHeader, "route", ofGatewayRoute((*gatewayOrigin).headerWords)},
	{diag.FactRedirect, "route", ofGatewayRoute((*gatewayOrigin).redirectWords)},
	{diag.FactAnswer, "route", ofGatewayRoute(func(*gatewayOrigin, *builder, diag.Step) string { return alreadySo })}, // of a rule that is not there
	{diag.FactCertificate, "route", ofGatewayRoute((*gatewayOrigin).certificateWords)},
	{diag.FactWeight, "route target", ofGatewayRoute((*gatewayOrigin).weightWords)},
	{diag.FactTrust, "route upstream", ofGatewayRoute((*gatewayOrigin).trustWords)},
	{diag.FactSNI, "route upstream", ofGatewayRoute((*gatewayOrigin).nameWords)},
	{diag.FactCheckedName, "route upstream", ofGatewayRoute((*gatewayOrigin).nameWords)},
}

// ofGatewayRoute is for facts of routes of Gateway API.
func ofGatewayRoute(words func(*gatewayOrigin, *builder, diag.Step) string) func(*builder, diag.Step) string {
	return func(b *builder, s diag.Step) string {
		r := b.origin.gatewayRoutes[s.In.Name]
		if r == nil {
			return ""
		}
		return words(r, b, s)
	}
}

// rulePath is the path of the rule.
func (r *gatewayOrigin) rulePath() string { return r.rules[r.rule].path }

// without takes out the match, or what else has no other one.
func (r *gatewayOrigin) without() string {
	switch rule := r.rules[r.rule]; {
	case len(rule.matches) > 1:
		return unset(r.Object, fmt.Sprintf("%s.matches[%d]", r.rulePath(), r.match))
	case len(r.rules) > 1:
		return unset(r.Object, r.rulePath())
	}
	return "remove " + at(r.Object)
}

// reference is the index of the backendRef that leads to a backend; -1 for none.
func (r *gatewayOrigin) reference(b *builder, backend string) int {
	of, known := b.origin.services[backend]
	if !known {
		return -1
	}
	refs := r.rules[r.rule].backends
	same := func(ref backendRef) bool {
		return ref.of(r.NamespaceName()) == of.service && (len(refs) < 2 || b.portName(of.service, b.services[of.service].atPort(ref.port.V), ref.port).V == of.port)
	}
	i := slices.IndexFunc(refs, same)
	if i >= 0 && slices.ContainsFunc(refs[i+1:], same) {
		return -1 // several are one target
	}
	return i
}

func (r *gatewayOrigin) withoutTarget(b *builder, backend string) string {
	i := r.reference(b, backend)
	if i < 0 || len(r.rules[r.rule].backends) < 2 {
		return ""
	}
	return unset(r.Object, fmt.Sprintf("%s.backendRefs[%d]", r.rulePath(), i))
}

func (r *gatewayOrigin) weightWords(b *builder, s diag.Step) string {
	i := r.reference(b, s.In.Key)
	if i < 0 {
		return ""
	}
	path := fmt.Sprintf("%s.backendRefs[%d].weight", r.rulePath(), i)
	if isRemoved(s) {
		return unset(r.Object, path)
	}
	return valueOf(s, func(v string) string { return set(r.Object, path, v) })
}

// modeWords has a Gateway speak TLS to servers, or not: a BackendTLSPolicy says so. Where
// the service CA signed their certificate, no policy that could be written here trusts it.
func (r *gatewayOrigin) modeWords(b *builder, s diag.Step) string {
	return valueOf(s, func(v string) string {
		backs := r.rules[r.rule].backends
		switch {
		case v == "edge" && r.policy != nil && len(r.policy.targets) == 1:
			return "remove " + at(r.policy.Object)
		case v != "reencrypt" || r.policy != nil || len(backs) != 1:
			return ""
		}
		of := backs[0].of(r.NamespaceName())
		if svc := b.services[of]; svc == nil || svc.cert.Set {
			return ""
		}
		return "add the object " + quoted(fmt.Sprintf("{apiVersion: gateway.networking.k8s.io/v1, kind: BackendTLSPolicy, metadata: {name: %s, namespace: %s}, spec: {targetRefs: [{group: \"\", kind: Service, name: %s}], validation: {hostname: %s.%s.svc, wellKnownCACertificates: System}}}",
			of.name, of.namespace, of.name, of.name, of.namespace)) + ", with the name and the CA of the certificate of its servers"
	})
}

// insecureWords takes a route off the listener without TLS, and redirects what comes there.
func (r *gatewayOrigin) insecureWords(b *builder, s diag.Step) string {
	if isRemoved(s) || len(s.Value) == 0 || s.Value[0] == "allow" {
		return ""
	}
	p, plain, words := r.plainParent()
	if words == "" {
		return ""
	}
	if s.Value[0] == "none" {
		return words
	}
	parent := "name: " + p.name.V
	if p.namespace.V != "" {
		parent += ", namespace: " + p.namespace.V
	}
	var hosts []string
	for _, h := range r.hostnames {
		hosts = append(hosts, quotedValue(h.V))
	}
	hostnames := ""
	if len(hosts) > 0 {
		hostnames = "hostnames: [" + strings.Join(hosts, ", ") + "], "
	}
	return words + ", and add the object " + quoted(fmt.Sprintf("{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: %s-redirect, namespace: %s}, spec: {parentRefs: [{%s, sectionName: %s}], %srules: [{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, statusCode: 301}}]}]}}",
		r.Name.V, r.NamespaceName(), parent, plain, hostnames))
}

// plainParent is the parent by which a route is on a listener without TLS, that listener, and
// the words that take it off; none where there are several.
func (r *gatewayOrigin) plainParent() (p objectRef, plain, words string) {
	if len(r.parents) == 1 {
		secure, plain := r.listenerOf(placeHTTPS), r.listenerOf(placeHTTP)
		if secure == "" || plain == "" {
			return p, "", ""
		}
		return r.parents[0], plain, set(r.Object, sectionPath, secure)
	}
	if len(r.hosts.places) == 0 {
		return p, "", ""
	}
	gw := r.hosts.places[0].gateway.gateway
	for i, x := range r.parents {
		n := slices.IndexFunc(gw.listeners, func(l *listener) bool { return l.name.V == x.section.V && !l.assumed })
		switch {
		case n < 0 || x.of(r.NamespaceName()) != nameOf(gw.Object):
			return p, "", ""
		case gw.listeners[n].class() != placeHTTP:
		case words != "":
			return p, "", ""
		default:
			p, plain, words = x, x.section.V, unset(r.Object, fmt.Sprintf("spec.parentRefs[%d]", i))
		}
	}
	return p, plain, words
}

// certificateWords gives the listener of a route a certificate of its own.
func (r *gatewayOrigin) certificateWords(b *builder, s diag.Step) string {
	if len(b.fresh) == 0 || len(s.Value) != 1 {
		return ""
	}
	var own *listener
	var gw *gateway
	for _, p := range r.hosts.places {
		for _, l := range p.gateway.gateway.listeners {
			if l.class() == placeHTTPS && l.port.V == p.port && len(l.certificates) == 1 && l.certificates[0].of(p.gateway.gateway.NamespaceName()) == p.secret {
				if own != nil {
					return ""
				}
				own, gw = l, p.gateway.gateway
			}
		}
	}
	if own == nil || own.assumed {
		return ""
	}
	return set(gw.Object, fmt.Sprintf("spec.listeners[%d].tls.certificateRefs", slices.Index(gw.listeners, own)), "[{name: "+s.Value[0]+"}]") +
		", and " + freshSecret(b, name{gw.NamespaceName(), s.Value[0]})
}

// freshSecret puts a certificate into a new Secret.
func freshSecret(b *builder, of name) string {
	return "put a certificate with the names " + strings.Join(b.fresh, ", ") + " into " + quoted("tls.crt") + " of Secret " + of.String()
}

// sectionPath is the listener that a route names.
const sectionPath = "spec.parentRefs[0].sectionName"

// listenerOf is the name of the one listener of a class on which a route is that names none; ""
// where there is another number.
func (r *gatewayOrigin) listenerOf(class placeClass) string {
	p := r.parents[0]
	if p.section.V != "" || p.port.Set || len(r.hosts.places) == 0 {
		return ""
	}
	own := ""
	for _, l := range r.hosts.places[0].gateway.gateway.listeners {
		if l.class() != class || l.dropped || l.assumed {
			continue
		}
		if own != "" {
			return ""
		}
		own = l.name.V
	}
	return own
}

// headerWords is a change of a header, of which the place is that of its name.
func (r *gatewayOrigin) headerWords(_ *builder, s diag.Step) string {
	path, ok := strings.CutSuffix(fieldAt(r.Object, s.At), ".name")
	if !ok {
		return ""
	}
	if isRemoved(s) {
		return unset(r.Object, path)
	}
	if len(s.Value) < 4 || len(s.Was) < 4 || !slices.Equal(s.Value[:3], s.Was[:3]) {
		return ""
	}
	return set(r.Object, path+".value", quotedValue(s.Value[3]))
}

// redirectWords takes a redirect to https off the listener that it leads to, and other ones out.
func (r *gatewayOrigin) redirectWords(_ *builder, s diag.Step) string {
	if !isRemoved(s) || len(s.Was) < 2 {
		return ""
	}
	if s.Was[0] == "scheme" && len(r.parents) == 1 {
		class := map[string]placeClass{"https": placeHTTP, "http": placeHTTPS}[s.Was[1]]
		if own := r.listenerOf(class); own != "" {
			return set(r.Object, sectionPath, own) + ", if another route takes the requests that it leads to"
		}
	}
	return r.without()
}

// trustWords is the CA of the servers' certificates: that of a ConfigMap.
func (r *gatewayOrigin) trustWords(b *builder, s diag.Step) string {
	if r.policy == nil || isRemoved(s) || len(s.Value) == 0 {
		return ""
	}
	ca := s.Value[len(s.Value)-1]
	written := func(of string) string {
		return "write the certificate of CA " + ca + " as " + quoted("ca.crt") + " into data of ConfigMap " + r.policy.NamespaceName() + "/" + of
	}
	if len(r.policy.refs) == 1 && r.policy.refs[0].kind.V == "ConfigMap" {
		return written(r.policy.refs[0].name.V)
	}
	if len(r.policy.refs) > 0 {
		return ""
	}
	own := r.policy.Name.V + "-ca"
	return unset(r.policy.Object, "spec.validation.wellKnownCACertificates") + ", and " +
		set(r.policy.Object, "spec.validation.caCertificateRefs", fmt.Sprintf("[{group: \"\", kind: ConfigMap, name: %s}]", own)) + ", and " + written(own)
}

// nameWords is the name that a policy checks, which is also the SNI.
func (r *gatewayOrigin) nameWords(_ *builder, s diag.Step) string {
	if r.policy == nil {
		return ""
	}
	if isRemoved(s) {
		return alreadySo // it goes with the SNI
	}
	return valueOf(s, func(v string) string {
		if strings.HasPrefix(v, "*") || v == "host" || v == "none" {
			return ""
		}
		return set(r.policy.Object, "spec.validation.hostname", v)
	})
}
