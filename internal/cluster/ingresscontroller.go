package cluster

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// ingressController is an IngressController of OpenShift: a router, which may be a shard.
type ingressController struct {
	*kubeyaml.Object
	domain             kubeyaml.Text
	certificate        kubeyaml.Text // the Secret with its default certificate
	routes, namespaces *selector
	wildcards          bool
	shared             kubeyaml.Text // namespaceOwnership: InterNamespaceAllowed
	acceptProxy        flow.Fact[bool]
	httpPort, tlsPort  kubeyaml.Number
	versions           flow.Fact[flow.Versions]
	clientPolicy       kubeyaml.Text
	clientCA           kubeyaml.Text
	timeouts           []flow.Timeout
	inspectDelay       flow.Fact[int64]
	errorPages         kubeyaml.Text
	http2              bool
}

// selector is a label selector.
type selector struct {
	terms []flow.SelectorTerm
	at    source.Span
}

var (
	controllerFields = []string{
		"domain", "httpErrorCodePages", "replicas", "endpointPublishingStrategy", "defaultCertificate", "namespaceSelector", "routeSelector", "nodePlacement",
		"tlsSecurityProfile", "clientTLS", "routeAdmission", "logging", "httpHeaders", "httpEmptyRequestsPolicy", "tuningOptions", "unsupportedConfigOverrides",
		"httpCompression", "idleConnectionTerminationPolicy", "closedClientConnectionPolicy", "haproxyVersion",
	}
	tuningFields = []string{
		"headerBufferBytes", "headerBufferMaxRewriteBytes", "threadCount", "clientTimeout", "clientFinTimeout", "serverTimeout", "serverFinTimeout", "tunnelTimeout",
		"connectTimeout", "httpKeepAliveTimeout", "tlsInspectDelay", "healthCheckInterval", "maxConnections", "reloadInterval", "configurationManagement",
	}
)

func (v *inventory) ingressController(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	c := &ingressController{Object: o, http2: o.Annotation(http2Annotation).V == "true"}
	v.controllers = append(v.controllers, c)
	spec, ok := o.Map.Map("spec", controllerFields...)
	if ok {
		c.domain = spec.Text("domain")
		c.routes, c.namespaces = selectorOf(spec, "routeSelector"), selectorOf(spec, "namespaceSelector")
		if m, ok := spec.Map("defaultCertificate", "name"); ok {
			c.certificate = m.Text("name")
		}
		if m, ok := spec.Map("httpErrorCodePages", "name"); ok {
			c.errorPages = m.Text("name")
		}
		c.admission(spec)
		c.publishing(spec)
		c.profile(spec)
		c.client(spec)
		c.tuning(spec)
		if m, ok := spec.Map("httpHeaders"); ok && !m.Field("actions").Null() {
			v.list(flow.LosesDetail, m.Field("actions"), "spec.httpHeaders.actions of IngressController "+o.Name.V)
		}
	}
	status, ok := o.Map.Map("status")
	if !ok {
		return
	}
	if !c.domain.Set {
		c.domain = status.Text("domain")
	}
	if !c.acceptProxy.IsSet() {
		c.publishing(status)
	}
	if !c.versions.IsSet() {
		if m, ok := status.Map("tlsProfile"); ok {
			c.least(m.Text("minTLSVersion"))
		}
	}
}

// word is a field that has one of some values.
func word(m kubeyaml.Map, field string, allowed ...string) kubeyaml.Text {
	t := m.Text(field)
	if t.V == "" || slices.Contains(allowed, t.V) {
		return t
	}
	v := m.Field(field)
	m.File().Add(kubeyaml.FaultValue, diag.Error, t.At, didYouMean(t.V, allowed, "write "+strings.Join(allowed, " or ")), "%s must be %s, not %q", v.Path(), strings.Join(allowed, " or "), t.V)
	return kubeyaml.Text{}
}

func (c *ingressController) admission(spec kubeyaml.Map) {
	m, ok := spec.Map("routeAdmission", "namespaceOwnership", "wildcardPolicy")
	if !ok {
		return
	}
	c.wildcards = word(m, "wildcardPolicy", "WildcardsAllowed", "WildcardsDisallowed").V == "WildcardsAllowed"
	if t := word(m, "namespaceOwnership", "Strict", "InterNamespaceAllowed"); t.V == "InterNamespaceAllowed" {
		c.shared = t
	}
}

// publishing reads whether a load balancer in front sends PROXY headers, and the ports of
// the host.
func (c *ingressController) publishing(m kubeyaml.Map) {
	p, ok := m.Map("endpointPublishingStrategy", "type", "loadBalancer", "hostNetwork", "private", "nodePort")
	if !ok {
		return
	}
	p.Text("type")
	for _, kind := range []string{"hostNetwork", "private", "nodePort"} {
		of, ok := p.Map(kind)
		if !ok {
			continue
		}
		c.proxyProtocol(word(of, "protocol", "TCP", "PROXY"))
		if kind == "hostNetwork" {
			c.httpPort, c.tlsPort = of.Field("httpPort").Number(), of.Field("httpsPort").Number()
		}
	}
	lb, ok := p.Map("loadBalancer")
	if !ok {
		return
	}
	params, ok := lb.Map("providerParameters")
	if !ok {
		return
	}
	if ibm, ok := params.Map("ibm"); ok {
		c.proxyProtocol(word(ibm, "protocol", "TCP", "PROXY"))
	}
	if aws, ok := params.Map("aws"); ok {
		// a Classic load balancer always sends it (cluster-ingress-operator, IsProxyProtocolNeeded)
		if t := aws.Text("type"); t.V == "Classic" {
			c.acceptProxy = flow.State(true, t.At)
		}
		if nlb, ok := aws.Map("networkLoadBalancer"); ok {
			c.proxyProtocol(word(nlb, "protocol", "TCP", "PROXY"))
		}
	}
}

func (c *ingressController) proxyProtocol(t kubeyaml.Text) {
	if t.V == "PROXY" {
		c.acceptProxy = flow.State(true, t.At)
	}
}

// versionNames are the least versions of security profiles.
var versionNames = map[string]flow.Version{"VersionTLS10": flow.TLS10, "VersionTLS11": flow.TLS11, "VersionTLS12": flow.TLS12, "VersionTLS13": flow.TLS13}

func (c *ingressController) profile(spec kubeyaml.Map) {
	m, ok := spec.Map("tlsSecurityProfile", "type", "old", "intermediate", "modern", "custom")
	if !ok {
		return
	}
	t := word(m, "type", "Old", "Intermediate", "Modern", "Custom")
	from := map[string]flow.Version{"Old": flow.TLS10, "Intermediate": flow.TLS12, "Modern": flow.TLS13}[t.V]
	if from != 0 {
		c.versions = flow.State(flow.Versions{Min: from, Max: flow.TLS13}, t.At)
	}
	if custom, ok := m.Map("custom"); ok && t.V == "Custom" {
		c.least(word(custom, "minTLSVersion", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"))
	}
}

func (c *ingressController) least(t kubeyaml.Text) {
	if from := versionNames[t.V]; from != 0 {
		c.versions = flow.State(flow.Versions{Min: from, Max: flow.TLS13}, t.At)
	}
}

func (c *ingressController) client(spec kubeyaml.Map) {
	m, ok := spec.Map("clientTLS", "clientCertificatePolicy", "clientCA", "allowedSubjectPatterns")
	if !ok {
		return
	}
	c.clientPolicy = word(m, "clientCertificatePolicy", "Required", "Optional")
	if ca, ok := m.Map("clientCA", "name"); ok {
		c.clientCA = ca.Text("name")
	}
}

// tuning reads timeouts.
func (c *ingressController) tuning(spec kubeyaml.Map) {
	m, ok := spec.Map("tuningOptions", tuningFields...)
	if !ok {
		return
	}
	for _, f := range []struct{ field, kind string }{
		{"clientTimeout", "client"}, {"serverTimeout", "server"}, {"tunnelTimeout", "tunnel"}, {"connectTimeout", "connect"}, {"httpKeepAliveTimeout", "http-keep-alive"},
		{"tlsInspectDelay", ""},
	} {
		t := m.Text(f.field)
		if t.V == "" {
			continue
		}
		millis, ok := goDuration(t.V)
		switch {
		case !ok:
			c.File().Add(kubeyaml.FaultValue, diag.Error, t.At, "write a number with a unit, such as 30s or 5m", "%s is not a time: %q", m.Field(f.field).Path(), t.V)
		case millis == 0: // the default
		case f.kind == "":
			c.inspectDelay = flow.State(millis, t.At)
		default:
			c.timeouts = append(c.timeouts, flow.Timeout{Kind: f.kind, Millis: millis, At: t.At})
		}
	}
}

// selectorOf reads a label selector; nil where there is none, or it selects everything.
func selectorOf(m kubeyaml.Map, field string) *selector {
	of, ok := m.Map(field, "matchLabels", "matchExpressions")
	if !ok {
		return nil
	}
	s := &selector{at: m.Field(field).KeyAt()}
	for _, p := range of.Pairs("matchLabels") {
		s.terms = append(s.terms, flow.SelectorTerm{Key: p.Key.V, Op: "=", Values: []string{p.Value.V}, At: p.Key.At})
	}
	for _, e := range of.List("matchExpressions") {
		em, ok := e.Map("key", "operator", "values")
		if !ok {
			continue
		}
		op := word(em, "operator", "In", "NotIn", "Exists", "DoesNotExist")
		t := flow.SelectorTerm{Key: em.Text("key").V, At: em.At()}
		for _, v := range em.Texts("values") {
			t.Values = append(t.Values, v.V)
		}
		t.Op = map[string]string{"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "absent"}[op.V]
		if t.Op == "" || t.Key == "" {
			continue
		}
		if values := len(t.Values) > 0; values != (t.Op == "in" || t.Op == "notin") {
			m.File().Add(kubeyaml.FaultValue, diag.Error, em.At(), "In and NotIn have values, Exists and DoesNotExist have none", "%s: operator %s with %d values", e.Path(), op.V, len(t.Values))
			continue
		}
		s.terms = append(s.terms, t)
	}
	if len(s.terms) == 0 {
		return nil
	}
	return s
}
