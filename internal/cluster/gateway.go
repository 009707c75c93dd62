package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

// gatewayGroup is the API group of Gateway API.
const gatewayGroup = "gateway.networking.k8s.io"

// gatewayObjects are the objects of Gateway API, and what they name.
type gatewayObjects struct {
	classes       []*gatewayClass
	gateways      []*gateway
	gatewayRoutes []*gatewayRoute
	policies      []*backendPolicy
	grants        []*grant
	configMaps    map[name]*configMap
	configMapsIn  map[string]bool // namespaces
}

// gatewayClass is a GatewayClass.
type gatewayClass struct {
	*kubeyaml.Object
	controller kubeyaml.Text
}

func (v *inventory) gatewayClass(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	c := &gatewayClass{Object: o}
	v.classes = append(v.classes, c)
	if spec, ok := o.Map.Map("spec", "controllerName", "parametersRef", "description"); ok {
		c.controller = spec.Text("controllerName")
	}
}

// gateway is a Gateway.
type gateway struct {
	*kubeyaml.Object
	class     kubeyaml.Text
	listeners []*listener
	frontend  *clientValidation         // of all ports
	perPort   map[int]*clientValidation // in place of it
	towards   *objectRef                // the Gateway's own certificate towards servers
}

// listener is a listener of a Gateway.
type listener struct {
	gateway                        *gateway
	at                             source.Span
	name, hostname, protocol, mode kubeyaml.Text
	port                           kubeyaml.Number
	certificates                   []objectRef
	from                           kubeyaml.Text // All, Same, Selector, None
	selector                       *selector
	kinds                          []kubeyaml.Text // none: those of the protocol
	clients                        *clientValidation
	tls, dropped, assumed          bool
}

// clientValidation is how client certificates are checked.
type clientValidation struct {
	at       source.Span
	refs     []objectRef
	fallback bool // clients without a valid one are let in
}

// objectRef names another object.
type objectRef struct {
	group, kind, name, namespace, section kubeyaml.Text
	port                                  kubeyaml.Number
	at                                    source.Span
}

// refOf reads a reference, with the defaults of its group and kind.
func refOf(m kubeyaml.Map, group, kind string) objectRef {
	r := objectRef{group: m.Text("group"), kind: m.Text("kind"), name: m.Text("name"), namespace: m.Text("namespace"), at: m.At()}
	if !m.Field("group").Exists() {
		r.group.V = group
	}
	if !r.kind.Set {
		r.kind.V = kind
	}
	r.at = firstKnown(r.name.At, r.at)
	return r
}

// of is the object that a reference names, for one in a namespace.
func (r objectRef) of(namespace string) name {
	if r.namespace.V != "" {
		namespace = r.namespace.V
	}
	return name{namespace, r.name.V}
}

// names reports whether a reference is to a kind.
func (r objectRef) names(group, kind string) bool { return r.group.V == group && r.kind.V == kind }

// refsOf reads a list of references.
func refsOf(m kubeyaml.Map, field, group, kind string, known ...string) []objectRef {
	var out []objectRef
	for _, v := range m.List(field) {
		rm, ok := v.Map(append([]string{"group", "kind", "name"}, known...)...)
		if !ok {
			continue
		}
		r := refOf(rm, group, kind)
		if r.name.V == "" {
			invalid(m.File(), firstKnown(r.at, v.At()), "write the name of the object", v.Path()+".name", "is required")
			continue
		}
		out = append(out, r)
	}
	return out
}

// invalid reports what the API server refuses of an object of Gateway API, or an Ingress.
func invalid(f *kubeyaml.File, at source.Span, help, path, format string, args ...any) {
	f.Add(kubeyaml.FaultInvalid, diag.Error, at, help, "Kubernetes refuses %s: %s %s", titleAt(f, at), path, fmt.Sprintf(format, args...))
}

// titleAt is the object at a place.
func titleAt(f *kubeyaml.File, at source.Span) string {
	i, _ := slices.BinarySearchFunc(f.Objects, at.Start+1, func(o *kubeyaml.Object, to int) int { return cmp.Compare(o.At.Start, to) })
	if i > 0 && f.Objects[i-1].Name.V != "" {
		return f.Objects[i-1].Title()
	}
	return "it"
}

// specOf is the spec of an object, which it must have.
func specOf(o *kubeyaml.Object, help string, known ...string) (kubeyaml.Map, bool) {
	if o.Field("spec").Null() {
		invalid(o.File(), headOf(o), help, "spec", "is required")
	}
	return o.Map.Map("spec", known...)
}

// refusedSince reports whether errors were found in a text since there were some findings.
func refusedSince(f *kubeyaml.File, found int) bool {
	return slices.ContainsFunc(f.Findings[min(found, len(f.Findings)):], func(d diag.Diagnostic) bool { return d.Severity == diag.Error })
}

var gatewaySpecFields = []string{"gatewayClassName", "listeners", "addresses", "infrastructure", "allowedListeners", "tls", "defaultScope"}

func (v *inventory) gateway(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	found := len(o.File().Findings)
	g := &gateway{Object: o, perPort: map[int]*clientValidation{}}
	spec, ok := specOf(o, "write spec with gatewayClassName and listeners", gatewaySpecFields...)
	if !ok {
		return
	}
	g.class = spec.Text("gatewayClassName")
	if g.class.V == "" {
		invalid(o.File(), headOf(o), "write the name of a GatewayClass", "spec.gatewayClassName", "is required")
	}
	list := spec.List("listeners")
	if len(list) == 0 {
		invalid(o.File(), headOf(o), "write a listener with name, port and protocol", "spec.listeners", "must have at least one")
	}
	for _, item := range list {
		g.listener(item)
	}
	g.unique()
	g.readTLS(spec)
	if !refusedSince(o.File(), found) {
		v.gateways = append(v.gateways, g)
	}
}

// readTLS reads how client certificates are checked, and the Gateway's own certificate.
func (g *gateway) readTLS(spec kubeyaml.Map) {
	m, ok := spec.Map("tls", "backend", "frontend")
	if !ok {
		return
	}
	if back, ok := m.Map("backend", "clientCertificateRef"); ok {
		if rm, ok := back.Map("clientCertificateRef", "group", "kind", "name", "namespace"); ok {
			r := refOf(rm, "", "Secret")
			g.towards = &r
		}
	}
	front, ok := m.Map("frontend", "default", "perPort")
	if !ok {
		return
	}
	if all, ok := front.Map("default", "validation"); ok {
		g.frontend = validationOf(all, "validation")
	}
	for _, item := range front.List("perPort") {
		pm, ok := item.Map("port", "tls")
		if !ok {
			continue
		}
		if tls, ok := pm.Map("tls", "validation"); ok {
			g.perPort[pm.Field("port").Number().V] = validationOf(tls, "validation")
		}
	}
}

func validationOf(m kubeyaml.Map, field string) *clientValidation {
	of, ok := m.Map(field, "caCertificateRefs", "mode")
	if !ok {
		return nil
	}
	c := &clientValidation{at: m.Field(field).KeyAt(), refs: refsOf(of, "caCertificateRefs", "", "ConfigMap", "namespace")}
	c.fallback = word(of, "mode", "AllowValidOnly", "AllowInsecureFallback").V == "AllowInsecureFallback"
	if len(c.refs) == 0 {
		invalid(m.File(), c.at, "write the ConfigMap with the CA", m.Field(field).Path()+".caCertificateRefs", "must have at least one")
	}
	return c
}

// The protocols of listeners that are known.
const (
	protocolHTTP  = "HTTP"
	protocolHTTPS = "HTTPS"
	protocolTLS   = "TLS"
	protocolTCP   = "TCP"
	protocolUDP   = "UDP"
)

var protocols = []string{protocolHTTP, protocolHTTPS, protocolTLS, protocolTCP, protocolUDP}

// listener reads one listener.
func (g *gateway) listener(v kubeyaml.Value) {
	m, ok := v.Map("name", "hostname", "port", "protocol", "tls", "allowedRoutes")
	if !ok {
		return
	}
	l := &listener{gateway: g, at: m.At(), name: m.Text("name"), hostname: m.Text("hostname"), protocol: m.Text("protocol"), port: m.Field("port").Number()}
	l.at = firstKnown(l.name.At, l.at)
	g.listeners = append(g.listeners, l)
	fail := func(at source.Span, help, path, format string, args ...any) {
		invalid(g.File(), firstKnown(at, l.at), help, v.Path()+path, format, args...)
	}
	if l.name.V == "" {
		fail(l.at, "give it a name", ".name", "is required")
	}
	if l.port.V < 1 || l.port.V > 65535 {
		fail(l.port.At, "write a port from 1 to 65535", ".port", "must be from 1 to 65535")
	}
	switch {
	case l.protocol.V == "":
		fail(l.at, "write "+strings.Join(protocols, ", "), ".protocol", "is required")
	case !slices.Contains(protocols, l.protocol.V) && !strings.Contains(l.protocol.V, "/"):
		fail(l.protocol.At, didYouMean(l.protocol.V, protocols, "write "+strings.Join(protocols, ", ")), ".protocol", "must be one of %s, or DOMAIN/NAME of an implementation", strings.Join(protocols, ", "))
	}
	if h := l.hostname; h.V != "" {
		if why := hostnameFault(h.V, true); why != "" {
			fail(h.At, hostnameHelp(h.V), ".hostname", "%s", why)
		} else if l.protocol.V == protocolTCP || l.protocol.V == protocolUDP {
			fail(h.At, "remove hostname: nothing on this port names a host", ".hostname", "must not be specified for protocols TCP and UDP")
		}
	}
	l.readTLS(m, fail)
	l.allowed(m)
}

func (l *listener) readTLS(of kubeyaml.Map, fail func(at source.Span, help, path, format string, args ...any)) {
	key := of.Field("tls").KeyAt()
	m, ok := of.Map("tls", "mode", "certificateRefs", "options", "frontendValidation")
	if !ok {
		switch l.protocol.V {
		case protocolTLS:
			fail(l.protocol.At, "write tls.mode: Passthrough or Terminate", ".tls.mode", "must be set for protocol TLS")
		case protocolHTTPS:
			fail(l.protocol.At, "write tls.certificateRefs with the Secret that has the certificate", ".tls", "must be set for protocol HTTPS: TLS ends at this listener")
		}
		return
	}
	l.tls = true
	l.mode = word(m, "mode", "Terminate", "Passthrough")
	l.certificates = refsOf(m, "certificateRefs", "", "Secret", "namespace")
	l.clients = validationOf(m, "frontendValidation")
	options := len(m.Pairs("options")) > 0
	switch {
	case l.protocol.V == protocolHTTP || l.protocol.V == protocolTCP || l.protocol.V == protocolUDP:
		fail(key, "remove tls, or write protocol: HTTPS or TLS", ".tls", "must not be specified for protocols HTTP, TCP and UDP")
	case l.protocol.V == protocolHTTPS && l.mode.V == "Passthrough":
		fail(l.mode.At, "write protocol: TLS, and a TLSRoute; or mode: Terminate", ".tls.mode", "must be Terminate for protocol HTTPS")
	case l.protocol.V == protocolTLS && l.mode.V == "":
		fail(key, "write mode: Passthrough or Terminate", ".tls.mode", "must be set for protocol TLS")
	case l.mode.V != "Passthrough" && len(l.certificates) == 0 && !options:
		fail(key, "write certificateRefs with the Secret that has the certificate", ".tls.certificateRefs", "or options must be specified when mode is Terminate")
	}
}

// allowed reads which routes a listener takes: by default those of the Gateway's own
// namespace.
func (l *listener) allowed(of kubeyaml.Map) {
	l.from.V = "Same"
	m, ok := of.Map("allowedRoutes", "namespaces", "kinds")
	if !ok {
		return
	}
	if ns, ok := m.Map("namespaces", "from", "selector"); ok {
		if t := word(ns, "from", "All", "Selector", "Same", "None"); t.V != "" {
			l.from = t
		}
		l.selector = selectorOf(ns, "selector")
		if l.from.V == "Selector" && !ns.Field("selector").Exists() {
			l.from.V = "None" // a selector that is not there selects nothing (RouteNamespaces.Selector)
		}
	}
	for _, v := range m.List("kinds") {
		km, ok := v.Map("group", "kind")
		if !ok {
			continue
		}
		k := km.Text("kind")
		if g := km.Text("group"); g.Set && g.V != gatewayGroup {
			k.V = g.V + "/" + k.V
		}
		k.Set = true
		l.kinds = append(l.kinds, k)
	}
}

// unique reports listeners that the API server does not tell apart.
func (g *gateway) unique() {
	for i, l := range g.listeners {
		for _, o := range g.listeners[:i] {
			if l.name.V != "" && l.name.V == o.name.V {
				invalid(g.File(), l.name.At, "give it another name", fmt.Sprintf("spec.listeners[%d].name", i), "must be unique within the Gateway: %q is there already", l.name.V)
				break
			}
			if l.port.V == o.port.V && l.protocol.V == o.protocol.V && l.hostname.V == o.hostname.V {
				invalid(g.File(), l.at, "write another port or hostname, or remove one of them", fmt.Sprintf("spec.listeners[%d]", i), "has the port, protocol and hostname of listener %s: the combination must be unique", o.name.V)
				break
			}
		}
	}
}

var hostnameForm = lazy.Regexp(`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// hostnameFault is why a text is no hostname of Gateway API or of an Ingress; "" for one.
func hostnameFault(h string, wildcard bool) string {
	_, err := netip.ParseAddr(h)
	switch {
	case err == nil:
		return "must be a name, not an address"
	case len(h) > maxName:
		return fmt.Sprintf("has more than %d characters", maxName)
	case strings.HasPrefix(h, "*") && !wildcard:
		return "must be a name without a wildcard"
	case strings.Contains(strings.TrimPrefix(h, "*."), "*"):
		return "may have a wildcard as its first part alone: *.example.com"
	case !hostnameForm.Get().MatchString(h):
		return "must be a name of DNS: small letters, digits, - and ., and a letter or a digit at both ends of each part"
	}
	return ""
}

func hostnameHelp(h string) string {
	if help := hostHelp(h); help != "" && !strings.HasPrefix(h, "*.") {
		return help
	}
	return "write a name such as shop.example.com or *.example.com"
}
