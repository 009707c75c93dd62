package cluster

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// backend declares the servers of a port of a Service once, and returns its name. at is
// what names the Service, and port names the port; the port is "" for all of them.
func (b *builder) backend(service name, port kubeyaml.Text, at source.Span, from *kubeyaml.Object) *flow.BackendDraft {
	s := b.services[service]
	key := backendKey{service, port.V}
	if p := s.portOf(port.V); p != nil { // by name, by number, or the only one
		key.port = p.asked()
	}
	if d := b.backends[key]; d != nil {
		b.lacking(d, service, port, at, from)
		return d
	}
	want := service.name + "." + service.namespace
	own := b.names.free(b.names.nodes, want, "backend")
	d := &flow.BackendDraft{Decl: flow.Decl{Name: own, Label: service.String(), Origin: flow.OriginStated, At: at, Whole: at}}
	if key.port != "" && s != nil && len(s.ports) > 1 {
		d.Label += ":" + key.port
	}
	b.backends[key] = d
	if s != nil {
		d.At, d.Whole = s.Name.At, s.At
	}
	b.lacking(d, service, port, at, from)
	b.origin.services[own], b.origin.drafts[own] = key, d
	b.protocol(d, s, port)
	if !d.NoServers.V {
		b.servers(d, s, service, port)
		d.ServerPort = assumedPort(s, port, from)
	}
	b.declare(d)
	return d
}

// lacking reports a Service that is not among the objects, where others of its namespace
// are, and a port that a Service does not have: then there are no servers.
func (b *builder) lacking(d *flow.BackendDraft, service name, port kubeyaml.Text, at source.Span, from *kubeyaml.Object) {
	s := b.services[service]
	switch known := b.servicesOf(service.namespace); {
	case s == nil && len(known) > 0:
		help := "write the name of a Service of namespace " + service.namespace
		if near, ok := spell.Nearest(service.name, known); ok {
			help = "did you mean " + near + "?"
		} else if len(known) <= 8 {
			help += ": " + strings.Join(known, ", ")
		}
		d.NoServers, b.unserved[at] = flow.State(true, at), true
		b.add(kubeyaml.FaultName, diag.Error, at, help, "%s leads to Service %s, which is not among the objects: without it the router answers 503", from.Title(), service.name)
	case s != nil && port.V != "" && s.lacks(port.V):
		d.NoServers, b.unserved[at] = flow.State(true, port.At), true
		b.add(kubeyaml.FaultName, diag.Error, port.At, s.otherPort(port.V), "Service %s has no port %q at its servers: %s has none, and the router answers 503", nameOf(s.Object), port.V, from.Title())
	}
}

// mostFound is how many findings about references are reported.
const mostFound = 500

// add reports what the draft shows to be wrong.
func (b *builder) add(code kubeyaml.Code, severity diag.Severity, at source.Span, help, format string, args ...any) {
	if len(b.findings) >= mostFound {
		return
	}
	b.findings = append(b.findings, diag.Diagnostic{Code: diag.Code(code), Severity: severity, At: at, Help: help, Message: fmt.Sprintf(format, args...)})
}

// portOf is the port of a Service that a Route means; nil for none, and for all of them.
func (s *service) portOf(want string) *servicePort {
	if s == nil {
		return nil
	}
	if want == "" {
		if len(s.ports) == 1 {
			return &s.ports[0]
		}
		return nil
	}
	i := slices.IndexFunc(s.ports, func(p servicePort) bool { return p.isFor(want) })
	if i < 0 {
		return nil
	}
	return &s.ports[i]
}

// lacks reports whether a Service is known not to have a port. What a named port of its
// servers is, is not known.
func (s *service) lacks(want string) bool {
	named := func(p servicePort) bool { return p.target.Set && !p.number }
	return len(s.ports) > 0 && s.portOf(want) == nil && (atoi(want) == 0 || !slices.ContainsFunc(s.ports, named))
}

// takeName takes what the name of a port says for what its servers speak, where nothing
// says more: an edge Route to a port "https" is a mistake. What a number makes likely does
// not count beside what the Route expects.
func (b *builder) takeName(d *flow.BackendDraft, n name, port kubeyaml.Text) {
	if d.Speaks.IsSet() {
		return
	}
	own := port
	if p := b.services[n].portOf(port.V); p != nil {
		own = p.name
	}
	d.Speaks = flow.Fact[flow.Protocol]{}
	if p := named(own.V); p != 0 {
		d.Speaks = flow.State(p, own.At)
	}
}

// protocol says what the servers speak, as far as the Service says it.
func (b *builder) protocol(d *flow.BackendDraft, s *service, port kubeyaml.Text) {
	if p := s.portOf(port.V); p != nil {
		n := p.port.V
		if p.number {
			n = atoi(p.target.V)
		}
		speaks, stated := speaks(p.app.V, p.name.V, n)
		switch {
		case stated:
			d.Speaks = flow.State(speaks, p.app.At)
		case speaks != 0:
			d.Speaks = flow.Default(speaks)
		}
	} else if port.V != "" && s == nil {
		if speaks, _ := speaks("", port.V, atoi(port.V)); speaks != 0 {
			d.Speaks = flow.Default(speaks)
		}
	}
	if s != nil && s.cert.Set && (d.Speaks.V == 0 || d.Speaks.V.TLS()) {
		host := s.Name.V + "." + s.NamespaceName() + ".svc"
		c := b.serving(s, host)
		d.End.Certificates = []flow.Ref{c}
		if d.Speaks.V == 0 {
			d.Speaks = flow.Default(flow.SpeaksHTTPS)
		}
	}
}

// yieldGuesses takes back what a name or a number made likely of servers, where all routes to
// them expect the other: a guess is no reason for a failure.
func (b *builder) yieldGuesses() {
	type wants struct{ plain, tls bool }
	of := map[string]*wants{}
	for _, d := range b.draft.Declarations {
		r, ok := d.(*flow.RouteDraft)
		if !ok {
			continue
		}
		for _, t := range r.Targets {
			w := of[t.To.V]
			if w == nil {
				w = &wants{}
				of[t.To.V] = w
			}
			if r.Mode.V == flow.ModeReencrypt || r.Mode.V == flow.ModePassthrough {
				w.tls = true
			} else {
				w.plain = true
			}
		}
	}
	for _, d := range b.draft.Declarations {
		back, ok := d.(*flow.BackendDraft)
		if !ok || back.Speaks.IsSet() || back.Speaks.V == 0 || of[back.Name] == nil {
			continue
		}
		if w := of[back.Name]; w.plain != w.tls && back.Speaks.V.TLS() != w.tls {
			back.Speaks = flow.Fact[flow.Protocol]{}
		}
	}
}

// serving is the certificate that OpenShift makes for a Service (service CA operator: the
// names are SERVICE.NAMESPACE.svc and the same in the cluster's domain).
func (b *builder) serving(s *service, host string) flow.Ref {
	at := s.cert.At
	want := s.cert.V + "." + s.NamespaceName()
	if own, ok := b.certificates["serving "+want]; ok {
		return flow.State(own, at)
	}
	if sec := b.secrets[name{s.NamespaceName(), s.cert.V}]; sec != nil && firstCertificate(sec.pem) != nil {
		return b.certificate(want, s.NamespaceName()+"/"+s.cert.V, sec.pem, at)
	}
	own := b.names.free(b.names.certificates, want, "certificate")
	b.certificates["serving "+want] = own
	d := &flow.CertificateDraft{Decl: flow.Decl{Name: own, Label: s.NamespaceName() + "/" + s.cert.V, Origin: flow.OriginStated, At: at, Whole: at}}
	d.Names = []flow.Fact[string]{flow.State(host, at), flow.State(host+".cluster.local", at)}
	d.Issuer = b.authorityNamed(serviceCA, at)
	b.declare(d)
	return flow.State(own, at)
}

// servers are those of EndpointSlices or Endpoints, else of Pods that the Service selects;
// where neither is given, one is assumed.
func (b *builder) servers(d *flow.BackendDraft, s *service, service name, port kubeyaml.Text) {
	seen := map[string]bool{}
	if all := b.endpointsOf[service]; len(all) > 0 {
		unready := 0
		for _, e := range all {
			unready += e.unready
			for _, p := range e.ports {
				if port.V != "" && p.name != port.V && number(p.port) != port.V {
					continue
				}
				if speaks, stated := speaks(p.app, "", 0); stated && !d.Speaks.IsSet() {
					d.Speaks = flow.State(speaks, p.at)
				}
				for _, a := range e.addresses {
					addServer(d, seen, a.pod, a.ip, p.port, a.at)
				}
			}
		}
		if len(d.Servers) == 0 {
			d.NoServers = flow.State(true, all[0].at)
		}
		if unready > 0 {
			b.note(flow.LosesDetail, all[0].at, fmt.Sprintf("Service %s: %d endpoints are not ready, and get no requests", service, unready))
		}
		return
	}
	if s == nil || len(s.selector) == 0 {
		return
	}
	for _, p := range b.pods[service.namespace] {
		if !p.isOf(s) {
			continue
		}
		for _, sp := range s.ports {
			n := p.port(sp)
			if port.V != "" && !sp.isFor(port.V) && number(n) != port.V || n == 0 || p.ip.V == "" || !p.ready {
				continue
			}
			addServer(d, seen, p.Name.V, p.ip.V, n, p.Name.At)
		}
	}
}

// assumedPort is the port of the server that is assumed where none is given: the number at
// the servers that a Service, or a Route without one, states; 0 where it is not known.
func assumedPort(s *service, port kubeyaml.Text, from *kubeyaml.Object) int {
	p := s.portOf(port.V)
	n := 0
	switch {
	case s == nil && from.Kind == "Route":
		n = atoi(port.V)
	case p != nil && (p.number || !p.target.Set):
		n = atoi(p.targetName())
	}
	if n < 1 || n > maxPort {
		return 0
	}
	return n
}

const maxPort = 65535

// addServer adds a server: it has the name of its Pod, with the port where it has several.
func addServer(d *flow.BackendDraft, seen map[string]bool, pod, ip string, port int, at source.Span) {
	if _, err := netip.ParseAddr(ip); err != nil {
		return // a name (addressType FQDN), which routers leave out
	}
	base := cmp.Or(pod, "ept-"+strings.NewReplacer(":", "-").Replace(ip))
	own := plainName(base, "server")
	if seen[own] {
		own += "-" + number(port)
	}
	if seen[own] {
		return
	}
	seen[own] = true
	d.Servers = append(d.Servers, &flow.ServerDraft{
		Decl:        flow.Decl{Name: own, Origin: flow.OriginStated, At: at, Whole: at},
		ServerFacts: flow.ServerFacts{Address: ip, Port: port},
	})
}

// otherPort is what to write for a port that a Service does not have.
func (s *service) otherPort(want string) string {
	if i := slices.IndexFunc(s.ports, func(p servicePort) bool { return number(p.port.V) == want }); i >= 0 && s.ports[i].target.Set {
		return fmt.Sprintf("%s is the port of the Service; write %s, which is that of its servers", want, cmp.Or(s.ports[i].name.V, s.ports[i].targetName()))
	}
	var known []string
	for _, p := range s.ports {
		for _, n := range []string{p.name.V, p.targetName()} {
			if n != "" && !slices.Contains(known, n) && (n == p.name.V || p.number || !p.target.Set) {
				known = append(known, n)
			}
		}
	}
	if len(known) == 0 {
		return "remove spec.port: the Service has one port, without a name"
	}
	if near, ok := spell.Nearest(want, known); ok {
		return "did you mean " + near + "?"
	}
	return "write one of its ports, by name or as the number at its servers: " + strings.Join(known, ", ")
}
