package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// ingressObjects are Ingresses and their classes.
type ingressObjects struct {
	ingresses      []*ingress
	ingressClasses []*ingressClass
}

// ingressClass is an IngressClass.
type ingressClass struct {
	*kubeyaml.Object
	controller kubeyaml.Text
	byDefault  bool
}

func (v *inventory) ingressClass(o *kubeyaml.Object) {
	o.Fields("spec")
	c := &ingressClass{Object: o, byDefault: o.Annotation("ingressclass.kubernetes.io/is-default-class").V == "true"}
	v.ingressClasses = append(v.ingressClasses, c)
	if spec, ok := o.Map.Map("spec", "controller", "parameters"); ok {
		c.controller = spec.Text("controller")
	}
}

// ingress is an Ingress.
type ingress struct {
	*kubeyaml.Object
	class    kubeyaml.Text
	fallback *ingressBackend // spec.defaultBackend
	tls      []ingressTLS
	rules    []ingressRule
}

type ingressTLS struct {
	at     source.Span
	hosts  []kubeyaml.Text
	secret kubeyaml.Text
}

type ingressRule struct {
	host  kubeyaml.Text
	at    source.Span
	paths []ingressPath
}

type ingressPath struct {
	at      source.Span
	path    kubeyaml.Text
	kind    kubeyaml.Text // Exact, Prefix, ImplementationSpecific
	backend ingressBackend
}

// ingressBackend is a Service with a port, or another object.
type ingressBackend struct {
	service  kubeyaml.Text
	number   kubeyaml.Number
	port     kubeyaml.Text // a name
	at       source.Span
	resource string // its kind, where it is no Service
}

// classAnnotation names the class where spec.ingressClassName does not.
const classAnnotation = "kubernetes.io/ingress.class"

func (v *inventory) ingress(o *kubeyaml.Object) {
	found := len(o.File().Findings)
	if o.Version != "v1" {
		invalid(o.File(), headOf(o), "write apiVersion: networking.k8s.io/v1, pathType, and backend.service with name and port", "apiVersion", "%s is served by no version since 1.22", o.APIVersion)
		return
	}
	o.Fields("spec", "status")
	i := &ingress{Object: o}
	spec, ok := specOf(o, "write spec with rules", "ingressClassName", "defaultBackend", "tls", "rules")
	if !ok {
		return
	}
	i.class = spec.Text("ingressClassName")
	if a := o.Annotation(classAnnotation); a.Set && i.class.V != "" {
		invalid(o.File(), a.At, "remove the annotation", "metadata.annotations["+classAnnotation+"]", "must not be set when spec.ingressClassName is also set")
	} else if a.Set {
		i.class = a
	}
	if d := spec.Field("defaultBackend"); !d.Null() {
		b := i.backend(d)
		i.fallback = &b
	}
	for _, t := range spec.List("tls") {
		i.readTLS(t)
	}
	rules := spec.List("rules")
	if len(rules) == 0 && i.fallback == nil {
		invalid(o.File(), headOf(o), "write spec.rules", "spec", "must have rules or defaultBackend")
	}
	for _, r := range rules {
		i.rule(r)
	}
	if !refusedSince(o.File(), found) {
		v.ingresses = append(v.ingresses, i)
	}
}

func (i *ingress) readTLS(v kubeyaml.Value) {
	m, ok := v.Map("hosts", "secretName")
	if !ok {
		return
	}
	t := ingressTLS{at: m.At(), hosts: m.Texts("hosts"), secret: m.Text("secretName")}
	for n, h := range t.hosts {
		if why := hostnameFault(h.V, true); why != "" {
			invalid(i.File(), h.At, hostnameHelp(h.V), fmt.Sprintf("%s.hosts[%d]", v.Path(), n), "%s", why)
		}
	}
	i.tls = append(i.tls, t)
}

func (i *ingress) rule(v kubeyaml.Value) {
	m, ok := v.Map("host", "http")
	if !ok {
		return
	}
	r := ingressRule{host: m.Text("host"), at: m.At()}
	r.at = firstKnown(r.host.At, r.at)
	if r.host.V != "" {
		if why := hostnameFault(r.host.V, true); why != "" {
			invalid(i.File(), r.host.At, hostnameHelp(r.host.V), v.Path()+".host", "%s", why)
		}
	}
	if http, ok := m.Map("http", "paths"); ok {
		paths := http.List("paths")
		if len(paths) == 0 {
			invalid(i.File(), m.Field("http").KeyAt(), "write a path with pathType and backend", v.Path()+".http.paths", "must have at least one")
		}
		for _, p := range paths {
			i.path(p, &r)
		}
	}
	i.rules = append(i.rules, r)
}

// The types of paths.
const (
	pathExact  = "Exact"
	pathPrefix = "Prefix"
	pathOther  = "ImplementationSpecific"
)

func (i *ingress) path(v kubeyaml.Value, r *ingressRule) {
	m, ok := v.Map("path", "pathType", "backend")
	if !ok {
		return
	}
	p := ingressPath{at: m.At(), path: m.Text("path"), kind: word(m, "pathType", pathExact, pathPrefix, pathOther)}
	p.at = firstKnown(p.path.At, p.at)
	why := pathFault(p.path.V)
	switch {
	case m.Field("pathType").Null():
		invalid(i.File(), p.at, "write pathType: Prefix, Exact or ImplementationSpecific", v.Path()+".pathType", "must be specified")
	case p.kind.V == pathOther && (p.path.V == "" || strings.HasPrefix(p.path.V, "/")):
	case p.kind.V == pathOther:
		invalid(i.File(), p.at, pathHelp(p.path.V), v.Path()+".path", "must be an absolute path and start with /")
	case p.kind.V != "" && (strings.Contains(why, "start with") || strings.Contains(why, "must not")):
		invalid(i.File(), p.at, pathHelp(p.path.V), v.Path()+".path", "%s", why)
	}
	if m.Field("backend").Null() {
		invalid(i.File(), p.at, "write backend.service with name and port", v.Path()+".backend", "is required")
		return
	}
	p.backend = i.backend(m.Field("backend"))
	r.paths = append(r.paths, p)
}

func (i *ingress) backend(v kubeyaml.Value) ingressBackend {
	b := ingressBackend{at: firstKnown(v.KeyAt(), v.At(), headOf(i.Object))}
	m, ok := v.Map("service", "resource")
	if !ok {
		return b
	}
	resource, hasResource := m.Map("resource", "apiGroup", "kind", "name")
	s, hasService := m.Map("service", "name", "port")
	switch {
	case hasResource && hasService:
		invalid(i.File(), m.Field("resource").KeyAt(), "leave one of them out", v.Path(), "cannot have both service and resource")
	case hasResource:
		b.resource = resource.Text("kind").V
		return b
	case !hasService:
		invalid(i.File(), b.at, "write service with name and port", v.Path(), "must have service or resource")
		return b
	}
	b.service = s.Text("name")
	if b.service.V == "" {
		invalid(i.File(), b.at, "write the name of a Service", v.Path()+".service.name", "is required")
	}
	b.at = firstKnown(b.service.At, b.at)
	port, _ := s.Map("port", "name", "number")
	if port.At().Known() {
		b.port, b.number = port.Text("name"), port.Field("number").Number()
	}
	switch {
	case b.port.V != "" && b.number.Set:
		invalid(i.File(), b.port.At, "leave one of them out", v.Path()+".service.port", "cannot have both name and number")
	case b.port.V == "" && !b.number.Set:
		invalid(i.File(), b.at, "write port.name or port.number", v.Path()+".service.port", "must have name or number")
	case b.number.Set && (b.number.V < 1 || b.number.V > 65535):
		invalid(i.File(), b.number.At, "write a port from 1 to 65535", v.Path()+".service.port.number", "must be from 1 to 65535")
	}
	return b
}

// tlsOf is the TLS section for a host; nil for none. One without hosts is for all.
func (i *ingress) tlsOf(host string) *ingressTLS {
	for n := range i.tls {
		t := &i.tls[n]
		if len(t.hosts) == 0 || slices.ContainsFunc(t.hosts, func(h kubeyaml.Text) bool { return h.V == host }) {
			return t
		}
	}
	for n := range i.tls {
		t := &i.tls[n]
		if slices.ContainsFunc(t.hosts, func(h kubeyaml.Text) bool {
			rest, wild := strings.CutPrefix(h.V, "*.")
			_, below, found := strings.Cut(host, ".")
			return wild && found && below == rest
		}) {
			return t
		}
	}
	return nil
}
