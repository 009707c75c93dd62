package cluster

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// field is how objects state a fact.
type field struct {
	fact  diag.Fact
	in    string // kind of declaration with its part
	words func(*builder, diag.Step) string
}

// fields are the facts that objects can state. What is not here has no words.
var fields = []field{
	{diag.FactMode, "route", ofRoute(modeWords)},
	{diag.FactInsecure, "route", ofRoute(insecureWords)},
	{diag.FactPath, "route", ofRoute(plainField("spec.path"))},
	{diag.FactHost, "route", ofRoute(hostWords)},
	{diag.FactSubdomain, "route", ofRoute(plainField("spec.subdomain"))},
	{diag.FactLabels, "route", ofRoute(func(r *route, s diag.Step) string { return labelWords(r.Object, s.Value) })},
	{diag.FactAllow, "route", ofRoute(annotationField("ip_allowlist", " "))},
	{diag.FactRewrite, "route", ofRoute(annotationField("rewrite-target", ""))},
	{diag.FactHSTS, "route", ofRoute(hstsWords)},
	{diag.FactAffinity, "route", ofRoute(cookieWords)},
	{diag.FactHeader, "route", ofRoute(headerWords)},
	{diag.FactTimeout, "route", ofRoute(routeTimeWords)},
	{diag.FactCertificate, "route", ofRoute(certificateWords)},
	{diag.FactTarget, "route", targetWords},
	{diag.FactWeight, "route target", weightWords},
	{diag.FactTrust, "route upstream", ofRoute(trustWords)},
	{diag.FactCheckedName, "route upstream", ofRoute(checkedWords)},

	{diag.FactTimeout, "proxy", ofRouter(tuningWords)},
	{diag.FactAdmit, "proxy", ofRouter(selectorWords("spec.routeSelector"))},
	{diag.FactAdmitNamespaces, "proxy", ofRouter(selectorWords("spec.namespaceSelector"))},
	{diag.FactVersions, "proxy listener", ofRouter(profileWords)},
	{diag.FactAcceptProxy, "proxy listener", ofRouter(proxyWords)},
	{diag.FactClientAuth, "proxy listener", ofRouter(clientWords)},
	{diag.FactInspectDelay, "proxy listener", ofRouter(func(c *kubeyaml.Object, s diag.Step) string {
		return valueOf(s, func(v string) string { return set(c, "spec.tuningOptions.tlsInspectDelay", v) })
	})},
	{diag.FactCertificates, "proxy listener", ofRouter(func(c *kubeyaml.Object, s diag.Step) string {
		return valueOf(s, func(v string) string {
			return set(c, "spec.defaultCertificate.name", "SECRET") + " with the name of a Secret that has certificate " + v
		})
	})},

	{diag.FactLabels, "namespace", func(b *builder, s diag.Step) string {
		n := b.origin.namespaces[s.In.Name]
		if n == nil || isRemoved(s) {
			return ""
		}
		return labelWords(n.Object, s.Value)
	}},
	{diag.FactSpeaks, "backend", protocolWords},
	{diag.FactNames, "certificate", func(b *builder, s diag.Step) string {
		return inSecret(b, s, "with the names "+strings.Join(s.Value, ", "))
	}},
	{diag.FactValid, "certificate", func(b *builder, s diag.Step) string {
		return inSecret(b, s, "that is valid from "+strings.Replace(strings.Join(s.Value, ""), "..", " to ", 1))
	}},
}

// inSecret puts another certificate into the Secret or the Route that has it.
func inSecret(b *builder, s diag.Step, which string) string {
	of, ok := b.origin.secrets[s.In.Name]
	h, held := b.origin.holders[s.In.Name]
	switch {
	case isRemoved(s) || len(s.Value) == 0:
		return ""
	case held:
		return "put a certificate " + which + " into " + quoted(h.path) + " of " + at(h.Object)
	case !ok:
		return ""
	}
	return "put a certificate " + which + " into " + quoted("tls.crt") + " of Secret " + of.String()
}

// ofRoute is for facts of Routes.
func ofRoute(words func(*route, diag.Step) string) func(*builder, diag.Step) string {
	return func(b *builder, s diag.Step) string {
		r := b.origin.routes[s.In.Name]
		if r == nil {
			return ""
		}
		return words(r, s)
	}
}

// ofRouter is for facts of IngressControllers that are given.
func ofRouter(words func(*kubeyaml.Object, diag.Step) string) func(*builder, diag.Step) string {
	return func(b *builder, s diag.Step) string {
		r := b.origin.routers[s.In.Name]
		if r == nil || r.Object == nil {
			return ""
		}
		return words(r.Object, s)
	}
}

// valueOf spells a fact of one value; "" of another number, and of one that is removed.
func valueOf(s diag.Step, words func(string) string) string {
	if len(s.Value) != 1 || isRemoved(s) {
		return ""
	}
	return words(s.Value[0])
}

// plainField is a field with one value.
func plainField(path string) func(*route, diag.Step) string {
	return func(r *route, s diag.Step) string {
		if isRemoved(s) {
			return unset(r.Object, path)
		}
		return valueOf(s, func(v string) string { return set(r.Object, path, v) })
	}
}

// annotationField is an annotation of the router with the values of a fact.
func annotationField(own, separator string) func(*route, diag.Step) string {
	return func(r *route, s diag.Step) string {
		if isRemoved(s) {
			return "remove the annotation " + quoted(annotationPrefix+own) + " from " + at(r.Object)
		}
		if len(s.Value) == 0 || len(s.Value) > 1 && separator == "" {
			return ""
		}
		return annotated(r.Object, annotationPrefix+own, strings.Join(s.Value, separator))
	}
}

func modeWords(r *route, s diag.Step) string {
	if isRemoved(s) || slices.Equal(s.Value, []string{"none"}) {
		return unset(r.Object, "spec.tls")
	}
	return valueOf(s, func(v string) string { return set(r.Object, "spec.tls.termination", v) })
}

func insecureWords(r *route, s diag.Step) string {
	if isRemoved(s) {
		return unset(r.Object, "spec.tls.insecureEdgeTerminationPolicy")
	}
	if len(s.Value) == 0 || r.tls == nil || s.Value[0] == "allow" && r.tls.termination.V == passthrough {
		return ""
	}
	v := s.Value[0]
	return set(r.Object, "spec.tls.insecureEdgeTerminationPolicy", strings.ToUpper(v[:1])+v[1:])
}

func hostWords(r *route, s diag.Step) string {
	return valueOf(s, func(v string) string {
		if strings.HasPrefix(v, "*.") {
			return set(r.Object, "spec.host", "any"+v[1:]) + ", and " + set(r.Object, "spec.wildcardPolicy", "Subdomain")
		}
		return set(r.Object, "spec.host", v)
	})
}

func hstsWords(r *route, s diag.Step) string {
	if isRemoved(s) {
		return annotationField("hsts_header", "")(r, s)
	}
	return valueOf(s, func(v string) string {
		seconds, ok := flowSeconds(v)
		if !ok {
			return ""
		}
		return annotated(r.Object, annotationPrefix+"hsts_header", "max-age="+strconv.FormatInt(seconds, 10))
	})
}

// flowSeconds is a time of a model in seconds.
func flowSeconds(v string) (int64, bool) {
	millis, ok := routerTime(v)
	return millis / 1000, ok && millis >= 1000
}

func cookieWords(r *route, s diag.Step) string {
	if isRemoved(s) {
		return annotated(r.Object, annotationPrefix+"disable_cookies", "true")
	}
	return valueOf(s, func(v string) string { return annotated(r.Object, "router.openshift.io/cookie_name", v) })
}

// headerWords is an action of spec.httpHeaders.
func headerWords(r *route, s diag.Step) string {
	v := s.Value
	if isRemoved(s) {
		v = s.Was
	}
	if len(v) < 3 {
		return ""
	}
	path := "spec.httpHeaders.actions." + v[0]
	if slices.Contains(forbiddenHeaders, strings.ToLower(v[2])) || r.tls != nil && r.tls.termination.V == passthrough {
		return ""
	}
	if isRemoved(s) {
		return "remove the action for header " + v[2] + " from " + quoted(path) + " of " + at(r.Object)
	}
	action := fmt.Sprintf("{name: %s, action: {type: Delete}}", v[2])
	if v[1] == "set" && len(v) > 3 {
		action = fmt.Sprintf("{name: %s, action: {type: Set, set: {value: %q}}}", v[2], v[3])
	}
	return "add the item " + quoted(action) + " to " + quoted(path) + " of " + at(r.Object)
}

func routeTimeWords(r *route, s diag.Step) string {
	if len(s.Value) != 2 || isRemoved(s) {
		return ""
	}
	own := map[string]string{"server": "timeout", "tunnel": "timeout-tunnel"}[s.Value[0]]
	if own == "" || own == "timeout" && r.tls != nil && r.tls.termination.V == passthrough {
		return ""
	}
	return annotated(r.Object, annotationPrefix+own, s.Value[1])
}

func certificateWords(r *route, s diag.Step) string {
	if isRemoved(s) {
		if r.tls != nil && r.tls.external.V != "" {
			return unset(r.Object, "spec.tls.externalCertificate")
		}
		return unset(r.Object, "spec.tls.certificate") + ", and " + unset(r.Object, "spec.tls.key")
	}
	return ""
}

// targetWords leads a Route to another Service.
func targetWords(b *builder, s diag.Step) string {
	r := b.origin.routes[s.In.Name]
	if r == nil || s.Do != diag.Change || len(s.Value) != 1 || len(s.Was) != 1 {
		return ""
	}
	to, known := b.origin.services[s.Value[0]]
	from, was := b.origin.services[s.Was[0]]
	if !known || !was || to.service.namespace != r.NamespaceName() {
		return ""
	}
	if path := r.targetPath(from.service.name); path != "" {
		return set(r.Object, path+".name", to.service.name)
	}
	return ""
}

// targetPath is the path of a Service in a Route.
func (r *route) targetPath(service string) string {
	i := slices.IndexFunc(r.to, func(t routeTarget) bool { return t.service.V == service })
	switch {
	case i < 0:
		return ""
	case i == 0:
		return "spec.to"
	}
	return fmt.Sprintf("spec.alternateBackends[%d]", i-1)
}

func weightWords(b *builder, s diag.Step) string {
	r := b.origin.routes[s.In.Name]
	of, known := b.origin.services[s.In.Key]
	if r == nil || !known {
		return ""
	}
	path := r.targetPath(of.service.name)
	if path == "" {
		return ""
	}
	if isRemoved(s) {
		return unset(r.Object, path+".weight")
	}
	return valueOf(s, func(v string) string { return set(r.Object, path+".weight", v) })
}

// trustWords is the CA of the servers' certificates. The service CA is that of Routes which
// name none.
func trustWords(r *route, s diag.Step) string {
	return valueOf(s, func(v string) string {
		if v == serviceCA {
			if r.tls == nil || r.tls.destination.V == "" {
				return alreadySo
			}
			return unset(r.Object, "spec.tls.destinationCACertificate")
		}
		return "write the certificate of CA " + v + " into " + quoted("spec.tls.destinationCACertificate") + " of " + at(r.Object)
	})
}

// checkedWords has a router check a name: it does so where the Route names no CA.
func checkedWords(r *route, s diag.Step) string {
	if isRemoved(s) || r.tls == nil || len(r.to) == 0 {
		return ""
	}
	own := r.to[0].service.V + "." + r.NamespaceName() + ".svc"
	if r.tls.destination.V == "" {
		if !slices.Equal(s.Value, []string{own}) {
			return ""
		}
		return alreadySo
	}
	return unset(r.Object, "spec.tls.destinationCACertificate") + ", if the service CA signed the certificate of the servers: the router then trusts it, and checks the name " + own
}

// tuningWords are timeouts of a router.
func tuningWords(c *kubeyaml.Object, s diag.Step) string {
	if len(s.Value) != 2 || isRemoved(s) {
		return ""
	}
	own := map[string]string{"connect": "connectTimeout", "client": "clientTimeout", "server": "serverTimeout", "tunnel": "tunnelTimeout", "http-keep-alive": "httpKeepAliveTimeout"}[s.Value[0]]
	if own == "" || strings.HasSuffix(s.Value[1], "d") {
		return ""
	}
	return set(c, "spec.tuningOptions."+own, s.Value[1])
}

// selectorWords are selectors of labels: as matchLabels what wants one value, as
// matchExpressions the others.
func selectorWords(path string) func(*kubeyaml.Object, diag.Step) string {
	return func(c *kubeyaml.Object, s diag.Step) string {
		if isRemoved(s) {
			return unset(c, path)
		}
		var out []string
		for _, term := range s.Value {
			key, value, equal := strings.Cut(term, "=")
			not := strings.HasSuffix(key, "!")
			key = strings.TrimSuffix(key, "!")
			switch {
			case strings.ContainsAny(term, " ("):
				return ""
			case equal && !not:
				out = append(out, set(c, path+".matchLabels."+key, quotedValue(value)))
			default:
				item := fmt.Sprintf("{key: %s, operator: Exists}", key)
				if not {
					item = fmt.Sprintf("{key: %s, operator: NotIn, values: [%s]}", key, quotedValue(value))
				} else if strings.HasPrefix(term, "!") {
					item = fmt.Sprintf("{key: %s, operator: DoesNotExist}", strings.TrimPrefix(key, "!"))
				}
				out = append(out, "add the item "+quoted(item)+" to "+quoted(path+".matchExpressions")+" of "+at(c))
			}
		}
		return strings.Join(out, ", and ")
	}
}

// profileWords is the security profile with the least version that is wanted.
func profileWords(c *kubeyaml.Object, s diag.Step) string {
	return valueOf(s, func(v string) string {
		least, _, _ := strings.Cut(v, "..")
		profile := map[string]string{"1.0": "Old", "1.2": "Intermediate", "1.3": "Modern"}[least]
		if profile == "" {
			return ""
		}
		return set(c, "spec.tlsSecurityProfile", fmt.Sprintf("{type: %s, %s: {}}", profile, strings.ToLower(profile)))
	})
}

// proxyWords is whether a router expects PROXY headers.
func proxyWords(c *kubeyaml.Object, s diag.Step) string {
	protocol := "PROXY"
	if isRemoved(s) {
		protocol = "TCP"
	}
	return set(c, "spec.endpointPublishingStrategy.STRATEGY.protocol", protocol) + ", where STRATEGY is hostNetwork, nodePort or private"
}

func clientWords(c *kubeyaml.Object, s diag.Step) string {
	if isRemoved(s) {
		return unset(c, "spec.clientTLS")
	}
	policy := map[string]string{"required": "Required", "optional": "Optional"}[slices.Concat(s.Value, []string{""})[0]]
	if policy == "" {
		return ""
	}
	return set(c, "spec.clientTLS.clientCertificatePolicy", policy)
}

// protocolWords is what the servers of a Service speak.
func protocolWords(b *builder, s diag.Step) string {
	of := b.origin.services[s.In.Name]
	svc := b.services[of.service]
	if svc == nil {
		return ""
	}
	i := slices.IndexFunc(svc.ports, func(p servicePort) bool { return p.asked() == of.port })
	if i < 0 {
		return ""
	}
	path := fmt.Sprintf("spec.ports[%d].appProtocol", i)
	if isRemoved(s) {
		return unset(svc.Object, path)
	}
	return valueOf(s, func(v string) string { return set(svc.Object, path, v) })
}
