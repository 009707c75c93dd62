package cluster

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// service is a Service.
type service struct {
	*kubeyaml.Object
	selector []kubeyaml.Pair
	ports    []servicePort
	external bool // of type ExternalName: it has no servers
	cert     kubeyaml.Text
}

// servicePort is a port of a Service.
type servicePort struct {
	name, protocol, app kubeyaml.Text
	port                kubeyaml.Number
	target              kubeyaml.Text // "" for that of port
	number              bool          // target is a number
}

// servingCertificate are the annotations by which OpenShift gives a Service a certificate of
// its own CA (service CA operator; the second one is of OpenShift 3).
var servingCertificate = []string{"service.beta.openshift.io/serving-cert-secret-name", "service.alpha.openshift.io/serving-cert-secret-name"}

func (v *inventory) service(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	s := &service{Object: o}
	v.services[nameOf(o)] = s
	v.serviceNames[o.NamespaceName()] = append(v.serviceNames[o.NamespaceName()], o.Name.V)
	for _, a := range servingCertificate {
		if t := o.Annotation(a); t.Set {
			s.cert = t
		}
	}
	spec, ok := o.Map.Map("spec")
	if !ok {
		return
	}
	s.selector = spec.Pairs("selector")
	s.external = spec.Text("type").V == "ExternalName"
	for _, p := range spec.List("ports") {
		m, ok := p.Map("name", "protocol", "appProtocol", "port", "targetPort", "nodePort")
		if !ok {
			continue
		}
		sp := servicePort{name: m.Text("name"), protocol: m.Text("protocol"), app: m.Text("appProtocol"), port: m.Field("port").Number()}
		sp.target, sp.number = m.Field("targetPort").TextOrNumber()
		s.ports = append(s.ports, sp)
	}
}

// isFor reports whether a Route means the port by a name or a number: endpoints have the
// names of the Service's ports, and the numbers of the servers' (openshift/router,
// endpointsForAlias).
func (p *servicePort) isFor(want string) bool {
	return p.name.V == want || p.targetName() == want && (p.number || !p.target.Set)
}

// asked is by what a Route means the port: its name, else its number at the servers; "" for
// a port without a name whose servers have one with a name, which is the only one.
func (p *servicePort) asked() string {
	if p.name.V != "" || p.number || !p.target.Set {
		return cmp.Or(p.name.V, p.targetName())
	}
	return ""
}

// targetName is the port of the servers, a number or a name.
func (p *servicePort) targetName() string {
	if p.target.Set {
		return p.target.V
	}
	return number(p.port.V)
}

// speaks is what servers speak behind a port: what appProtocol says, else what its name or
// number makes likely; 0 where nothing says it.
func speaks(app, portName string, port int) (p flow.Protocol, stated bool) {
	switch strings.ToLower(strings.TrimPrefix(app, "kubernetes.io/")) {
	case "https", "wss":
		return flow.SpeaksHTTPS, true
	case "http", "ws":
		return flow.SpeaksHTTP, true
	case "h2c":
		return flow.SpeaksH2C, true
	case "tls":
		return flow.SpeaksTLS, true
	case "tcp":
		return flow.SpeaksTCP, true
	}
	words := strings.Split(strings.ToLower(portName), "-")
	switch {
	case slices.Contains(words, "https"), slices.Contains(words, "tls"), port == 443, port == 8443, port == 9443, port == 6443:
		return flow.SpeaksHTTPS, false
	case slices.Contains(words, "http"), slices.Contains(words, "web"), port == 80, port == 8080:
		return flow.SpeaksHTTP, false
	}
	return 0, false
}

// named is the protocol by which a port is named: its first word (Kubernetes leaves names
// free, and Istio reads them so); 0 for another name.
func named(portName string) flow.Protocol {
	first, _, _ := strings.Cut(strings.ToLower(portName), "-")
	return map[string]flow.Protocol{"http": flow.SpeaksHTTP, "https": flow.SpeaksHTTPS}[first]
}
