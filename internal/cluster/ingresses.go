package cluster

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// ingressPart makes proxies of the controllers of Ingresses, and routes of their rules.
type ingressPart struct {
	*builder
	taken   map[string]bool // names of routes
	primary map[ingressKey][]*ingressRoute
	hosts   map[string]bool // that rules have
}

// ingressKey tells the paths of a controller apart.
type ingressKey struct {
	proxy            *ingressProxy
	host, kind, path string
}

// ingressProxy is a controller of Ingresses as a proxy.
type ingressProxy struct {
	class   string
	product *ingressProduct
	draft   *flow.ProxyDraft
	of      []*ingress
}

// ingressRoute is a route of the draft with the path that it is of.
type ingressRoute struct {
	draft *flow.RouteDraft
	path  *ingressPath
}

// ingressAPI declares the controllers of Ingresses, and the routes on them.
func (b *builder) ingressAPI() {
	if len(b.ingresses) == 0 {
		return
	}
	p := &ingressPart{builder: b, taken: map[string]bool{}, primary: map[ingressKey][]*ingressRoute{}, hosts: map[string]bool{}}
	for _, d := range b.draft.Declarations {
		if r, ok := d.(*flow.RouteDraft); ok {
			p.taken[strings.ToLower(r.Name)] = true
		}
	}
	var used []string
	for _, i := range b.ingresses {
		used = append(used, i.NamespaceName())
		for _, r := range i.rules {
			p.hosts[r.host.V] = true
		}
	}
	b.declareNamespaces(used, false)
	for _, x := range p.controllers() {
		p.proxy(x)
		for _, i := range x.of {
			p.annotations(x, i)
		}
		for _, canary := range []bool{false, true} { // a canary is one of an Ingress that may stand behind it
			for _, i := range x.of {
				if i.flag(x, "canary") == canary {
					p.ingress(x, i, canary)
				}
			}
		}
	}
}

// controllers are the controllers of all Ingresses, in the order of these.
func (p *ingressPart) controllers() []*ingressProxy {
	byDefault := ""
	for _, c := range p.ingressClasses {
		if c.byDefault {
			byDefault = c.Name.V
		}
	}
	var out []*ingressProxy
	byClass := map[string]*ingressProxy{}
	for _, i := range p.ingresses {
		class := cmp.Or(i.class.V, byDefault)
		x := byClass[class]
		if x == nil {
			x = &ingressProxy{class: class}
			byClass[class] = x
			out = append(out, x)
		}
		x.of = append(x.of, i)
	}
	for _, x := range out {
		x.product = p.productOf(x.class, x.of)
	}
	return out
}

// proxy declares a controller: it listens on :80 and :443, and orders its routes by host and
// path (Kubernetes, Ingress, Multiple matches).
func (p *ingressPart) proxy(x *ingressProxy) {
	label := "Ingress controller"
	if x.class != "" {
		label = "Ingress class " + x.class
	}
	own := p.names.free(p.names.nodes, strings.TrimSuffix("ingress-"+x.class, "-"), "ingress")
	d := &flow.ProxyDraft{Decl: flow.Decl{Name: own, Label: label, Origin: flow.OriginSupplied, At: x.of[0].Name.At, Whole: x.of[0].Name.At}}
	for _, c := range p.ingressClasses {
		if c.Name.V == x.class {
			d.Decl = decl(c.Object, own, label)
		}
	}
	x.draft = d
	p.origin.nginx[own] = x.product == ingressNginx
	d.Order = flow.State(flow.ByPrecedence, source.Span{})
	d.Timeouts = slices.Clone(x.product.timeouts)
	plain := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTP, Port: 80, Origin: d.Origin, At: d.At, Whole: d.At}}
	tls := &flow.ListenerDraft{ListenerFacts: flow.ListenerFacts{Kind: flow.ListenHTTPS, Port: 443, Origin: d.Origin, At: d.At, Whole: d.At}}
	if x.product != noProduct { // each of them has HTTP/2 by default, and a default backend that answers 404
		tls.End.ALPN = flow.State([]string{"h2", "http/1.1"}, source.Span{})
		plain.Unmatched, tls.Unmatched = flow.State("404", source.Span{}), flow.State("404", source.Span{})
	}
	c := &flow.CertificateDraft{Decl: flow.Decl{Name: p.names.free(p.names.certificates, own, "certificate"), Label: "default certificate of " + label, Origin: flow.OriginStated, At: d.At, Whole: d.At}}
	p.declare(c)
	tls.End.Certificates = []flow.Ref{flow.State(c.Name, d.At)}
	d.Listeners = []*flow.ListenerDraft{plain, tls}
	p.declare(d)
	p.otherwise(x.product.otherwise, "what serves "+label, own)
}

// annotations reports those that the controller does not have, and lists those that the model
// does not hold.
func (p *ingressPart) annotations(x *ingressProxy, i *ingress) {
	for _, a := range i.Annotations {
		product, own := x.product, x.product.has(a.Key.V)
		if own == "" {
			for _, o := range ingressProducts {
				if name := o.has(a.Key.V); name != "" {
					product, own = o, name
				}
			}
		}
		if own == "" {
			continue
		}
		known := product.annotations()
		effect, exists := known[own]
		switch {
		case !exists:
			i.File().Add(kubeyaml.FaultAnnotation, diag.Warning, a.Key.At, nearAnnotation(a.Key.V, own, known), "%s has no annotation %s: it does nothing for %s", product.name, a.Key.V, i.Title())
		case product != x.product:
			p.note(flow.NoEffect, a.Key.At, a.Key.V+": it is one of another controller")
		case effect == ofConfigMap:
			i.File().Add(kubeyaml.FaultAnnotation, diag.Warning, a.Key.At, "put "+own+" into the ConfigMap of the controller", "%s reads %s in its ConfigMap alone: it does nothing for %s", product.name, own, i.Title())
		case effect == ofServices:
			i.File().Add(kubeyaml.FaultAnnotation, diag.Warning, a.Key.At, "write the annotation into the Service", "%s reads %s of Services alone: it does nothing for %s", product.name, own, i.Title())
		case effect != 0:
			p.noteSaying(effect, a.Key.At, a.Key.V+": "+shortened(a.Value.V), a.Value.V)
		}
	}
}

// shortened is a value on one line.
func shortened(v string) string {
	v = strings.Join(strings.Fields(v), " ")
	if len(v) > 60 {
		v = v[:60] + "…"
	}
	return v
}

func nearAnnotation(key, own string, known map[string]flow.UnmodelledKind) string {
	if near, ok := spell.Nearest(own, slices.Sorted(maps.Keys(known))); ok {
		return "did you mean " + strings.TrimSuffix(key, own) + near + "?"
	}
	return "remove it, or look it up in the controller's list of annotations"
}

// value is the value of an annotation of the controller.
func (i *ingress) value(x *ingressProxy, name string) kubeyaml.Text {
	for _, prefix := range x.product.prefixes {
		if t := i.Annotation(prefix + name); t.Set {
			return t
		}
	}
	return kubeyaml.Text{}
}

// flag is an annotation that is true or false; false where it is not there, or neither.
func (i *ingress) flag(x *ingressProxy, name string) bool {
	on, _ := i.switched(x, name)
	return on
}

// switched is such an annotation, and whether it is there.
func (i *ingress) switched(x *ingressProxy, name string) (on, set bool) {
	if _, ok := x.product.annotationsOf()[name]; !ok {
		return false, false
	}
	t := i.value(x, name)
	if !t.Set {
		return false, false
	}
	on, ok := flags[t.V]
	if !ok {
		i.once(t, "write \"true\" or \"false\"", "the controller ignores annotation %s of %s: %q is neither true nor false", name, i.Title(), t.V)
	}
	return on, ok
}

func (x *ingressProduct) annotationsOf() map[string]flow.UnmodelledKind {
	if x.annotations == nil {
		return nil
	}
	return x.annotations()
}

// once reports a value of an annotation that the controller ignores.
func (i *ingress) once(t kubeyaml.Text, help, format string, args ...any) {
	found := i.File().Findings
	for n := len(found) - 1; n >= 0 && n > len(found)-20; n-- {
		if found[n].At == t.At {
			return
		}
	}
	i.File().Add(kubeyaml.FaultAnnotation, diag.Warning, t.At, help, format, args...)
}

// ingress declares the routes of an Ingress.
func (p *ingressPart) ingress(x *ingressProxy, i *ingress, canary bool) {
	if canary {
		for n := range i.rules {
			for m := range i.rules[n].paths {
				p.canary(x, i, i.rules[n].host, &i.rules[n].paths[m])
			}
		}
		return
	}
	n := 0
	for _, r := range i.rules {
		for _, path := range r.paths {
			n++
			if i.flag(x, "ssl-passthrough") && r.host.V != "" {
				if strings.TrimSuffix(path.path.V, "/") == "" {
					p.passthrough(x, i, r.host, &path)
				}
				continue
			}
			p.path(x, i, r.host, &path)
		}
		if len(r.paths) == 0 && i.fallback != nil {
			p.path(x, i, r.host, &ingressPath{at: r.at, kind: kubeyaml.Text{V: pathPrefix}, backend: *i.fallback})
		}
		p.beside(x, i, r)
	}
	if i.fallback != nil {
		p.path(x, i, kubeyaml.Text{}, &ingressPath{at: i.fallback.at, kind: kubeyaml.Text{V: pathPrefix}, backend: *i.fallback})
	}
}

// free takes a name for a route.
func (p *ingressPart) free(want string) string {
	own := want
	for n := 2; p.taken[strings.ToLower(own)]; n++ {
		own = want + "." + number(n)
	}
	p.taken[strings.ToLower(own)] = true
	return own
}

// begin begins a route of the draft.
func (p *ingressPart) begin(x *ingressProxy, i *ingress, host kubeyaml.Text, at source.Span) *flow.RouteDraft {
	d := &flow.RouteDraft{Decl: decl(i.Object, p.free(i.NamespaceName()+"/"+plainName(i.Name.V, "route")), "")}
	d.At = firstKnown(at, d.At)
	d.Labels = labelsOf(i.Labels)
	if i.Created.Set && isTimestamp(i.Created.V) {
		d.Created = flow.State(i.Created.V, i.Created.At)
	}
	if host.V != "" {
		d.Host = flow.State(host.V, host.At)
	}
	d.On = []flow.OnDraft{{Proxy: flow.State(x.draft.Name, d.At), At: d.At}}
	p.origin.ingressRoutes[d.Name] = &ingressOrigin{ingress: i, proxy: x, at: d.At}
	return d
}

// leads leads a route to a Service; where there is none, the controller answers 503.
func (p *ingressPart) leads(i *ingress, to ingressBackend, d *flow.RouteDraft) *flow.BackendDraft {
	none := func() *flow.BackendDraft {
		d.Answer = flow.State(flow.Answer{Status: 503}, to.at)
		return nil
	}
	if to.service.V == "" {
		p.note(flow.ChangesRouting, to.at, fmt.Sprintf("%s leads to a %s, which is not read", i.Title(), to.resource))
		return none()
	}
	of := name{i.NamespaceName(), to.service.V}
	s := p.services[of]
	if known := p.servicesOf(of.namespace); s == nil && len(known) > 0 {
		p.add(kubeyaml.FaultName, diag.Error, to.at, nearService(of, known), "%s leads to Service %s, which is not among the objects: its requests get 503", i.Title(), of)
		return none()
	}
	var port *servicePort
	switch {
	case s == nil:
	case to.port.V != "":
		if n := slices.IndexFunc(s.ports, func(o servicePort) bool { return o.name.V == to.port.V }); n >= 0 {
			port = &s.ports[n]
		}
	default:
		port = s.atPort(to.number.V)
	}
	if s != nil && len(s.ports) > 0 && port == nil {
		at, help := firstKnown(to.port.At, to.number.At, to.at), s.ownPorts(to.number.V)
		if to.port.V != "" {
			var names []string
			for _, o := range s.ports {
				names = append(names, o.name.V)
			}
			help = didYouMean(to.port.V, names, "write the name of a port of the Service")
		}
		p.add(kubeyaml.FaultName, diag.Error, at, help, "Service %s has no port %s: requests of %s get 503", of, cmp.Or(to.port.V, number(to.number.V)), i.Title())
		return none()
	}
	name := p.portName(of, port, to.number)
	if port == nil && to.port.V != "" && len(p.endpointsOf[of]) == 0 {
		name = to.port
	}
	back := p.backend(of, name, to.at, i.Object)
	d.Targets = []flow.TargetDraft{{To: flow.State(back.Name, to.at), At: to.at}}
	return back
}
