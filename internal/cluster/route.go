package cluster

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/spell"
	"github.com/flowc-lang/flowc/source"
)

// route is a Route of OpenShift.
type route struct {
	*kubeyaml.Object
	host, subdomain, path kubeyaml.Text
	to                    []routeTarget // the first one is the main one
	port                  kubeyaml.Text
	wildcard              bool
	wildcardAt            source.Span
	tls                   *routeTLS // nil: plaintext
	headers               []routeHeader
	status                []routeStatus
	refused               bool // OpenShift does not store it
	generated             bool // host is one that OpenShift makes
}

// routeTarget is a Service that a Route leads to.
type routeTarget struct {
	service kubeyaml.Text
	weight  kubeyaml.Number // 100 where none is stated
	at      source.Span
}

// weightOf is the weight of a target.
func (t routeTarget) weightOf() int {
	if !t.weight.Set {
		return 100
	}
	return t.weight.V
}

// routeTLS is spec.tls of a Route.
type routeTLS struct {
	at                                source.Span
	termination, insecure             kubeyaml.Text
	certificate, key, ca, destination kubeyaml.Text
	external                          kubeyaml.Text
}

// routeHeader is an action of spec.httpHeaders.
type routeHeader struct {
	response    bool
	name, value kubeyaml.Text
	remove      bool
	at          source.Span
}

// routeStatus is what one router says of a Route.
type routeStatus struct {
	router, host, reason kubeyaml.Text
	admitted             kubeyaml.Text // "True" or "False"
	at                   source.Span
}

var (
	routeSpecFields = []string{"host", "subdomain", "path", "to", "alternateBackends", "port", "tls", "wildcardPolicy", "httpHeaders"}
	routeTLSFields  = []string{"termination", "insecureEdgeTerminationPolicy", "certificate", "key", "caCertificate", "destinationCACertificate", "externalCertificate"}
)

func (v *inventory) route(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	found := len(o.File().Findings)
	r := &route{Object: o}
	v.routes = append(v.routes, r)
	spec, ok := o.Map.Map("spec", routeSpecFields...)
	if !ok {
		r.refuse(headOf(o), "write spec.to with the Service that it leads to", "spec.to.name", "is required")
		return
	}
	r.host, r.subdomain, r.path = spec.Text("host"), spec.Text("subdomain"), spec.Text("path")
	r.targets(spec)
	if m, ok := spec.Map("port", "targetPort"); ok {
		r.port, _ = m.Field("targetPort").TextOrNumber()
		if r.port.V == "" || r.port.V == "0" {
			r.refuse(m.At(), "write the name of a port of the Service, or its number at the servers", "spec.port.targetPort", "is required")
		}
	}
	r.readTLS(spec)
	r.readHeaders(spec)
	r.policy(spec)
	r.validate()
	if status, ok := o.Map.Map("status"); ok {
		r.readStatus(status)
	}
	for _, d := range o.File().Findings[found:] {
		r.refused = r.refused || d.Severity == diag.Error
	}
}

// targets reads spec.to and spec.alternateBackends.
func (r *route) targets(spec kubeyaml.Map) {
	r.target(spec.Field("to"))
	others := spec.Field("alternateBackends")
	list := spec.List("alternateBackends")
	if len(list) > maxAlternates {
		r.refuse(others.KeyAt(), "leave "+number(maxAlternates)+" of them at most", "spec.alternateBackends", "cannot have more than 3 Services")
	}
	for _, t := range list {
		r.target(t)
	}
}

const maxAlternates = 3

func (r *route) target(v kubeyaml.Value) {
	m, ok := v.Map("kind", "name", "weight")
	path := v.Path()
	if path == "" {
		path = "spec.to"
	}
	if !ok {
		r.refuse(headOf(r.Object), "write the Service that it leads to", path+".name", "is required")
		return
	}
	t := routeTarget{service: m.Text("name"), weight: m.Field("weight").Number(), at: m.At()}
	if t.service.V == "" {
		r.refuse(v.KeyAt(), "write the name of a Service", path+".name", "is required")
		return
	}
	t.at = t.service.At
	if k := m.Text("kind"); k.Set && k.V != "Service" {
		help := "write kind: Service"
		if _, near := spell.Nearest(k.V, []string{"Service"}); near {
			help = "did you mean Service?"
		}
		r.refuse(k.At, help, path+".kind", "must be Service")
	}
	if t.weight.Set && (t.weight.V < 0 || t.weight.V > 256) {
		r.refuse(t.weight.At, "write a number from 0 to 256", path+".weight", "must be from 0 to 256")
	}
	r.to = append(r.to, t)
}

func (r *route) readTLS(spec kubeyaml.Map) {
	m, ok := spec.Map("tls", routeTLSFields...)
	if !ok {
		return
	}
	t := &routeTLS{
		at: spec.Field("tls").KeyAt(), termination: m.Text("termination"), insecure: m.Text("insecureEdgeTerminationPolicy"),
		certificate: m.Text("certificate"), key: m.Text("key"), ca: m.Text("caCertificate"), destination: m.Text("destinationCACertificate"),
	}
	if e, ok := m.Map("externalCertificate", "name"); ok {
		t.external = e.Text("name")
	}
	for _, f := range []struct {
		text *kubeyaml.Text
		name string
	}{{&t.certificate, "certificate"}, {&t.key, "key"}, {&t.ca, "caCertificate"}, {&t.destination, "destinationCACertificate"}} {
		if f.text.Set {
			f.text.At = m.Field(f.name).KeyAt() // its value has many lines, or is secret
		}
	}
	if t.key.V != "" {
		t.key.V = "set" // nobody needs more of it
	}
	r.tls = t
}

func (r *route) readStatus(status kubeyaml.Map) {
	for _, item := range status.List("ingress") {
		m, ok := item.Map("conditions", "host", "routerCanonicalHostname", "routerName", "wildcardPolicy")
		if !ok {
			continue
		}
		s := routeStatus{router: m.Text("routerName"), host: m.Text("host"), at: m.At()}
		for _, c := range m.List("conditions") {
			if cm, ok := c.Map("lastTransitionTime", "message", "reason", "status", "type"); ok && cm.Text("type").V == "Admitted" {
				s.admitted, s.reason = cm.Text("status"), cm.Text("reason")
			}
		}
		r.status = append(r.status, s)
	}
}

func (r *route) readHeaders(spec kubeyaml.Map) {
	h, ok := spec.Map("httpHeaders", "actions")
	if !ok {
		return
	}
	actions, ok := h.Map("actions", "request", "response")
	if !ok {
		return
	}
	for _, side := range []string{"request", "response"} {
		list := actions.List(side)
		if len(list) > maxHeaders {
			r.refuse(actions.Field(side).KeyAt(), "leave "+number(maxHeaders)+" of them at most", "spec.httpHeaders.actions."+side, "cannot have more than 20 actions")
			continue
		}
		seen := map[string]bool{}
		for _, v := range list {
			r.header(v, side, seen)
		}
	}
	if len(r.headers) > 0 && r.tls != nil && r.tls.termination.V == passthrough {
		r.refuse(r.tls.termination.At, "remove spec.httpHeaders: nobody but the servers reads the requests of this Route", "spec.tls.termination", "is passthrough, and only edge and reencrypt Routes change headers")
	}
}

const maxHeaders = 20

// header reads one action.
func (r *route) header(v kubeyaml.Value, side string, seen map[string]bool) {
	m, ok := v.Map("name", "action")
	if !ok {
		return
	}
	a, _ := m.Map("action", "type", "set")
	h := routeHeader{response: side == "response", name: m.Text("name"), at: m.At()}
	if h.name.Set {
		h.at = h.name.At
	}
	r.headerName(h, v.Path(), seen)
	kind, set := kubeyaml.Text{}, kubeyaml.Map{}
	hasSet := false
	if a.At().Known() {
		kind = a.Text("type")
		set, hasSet = a.Map("set", "value")
	}
	h.remove = kind.V == "Delete"
	if kind.V != "Set" && kind.V != "Delete" {
		r.refuse(firstKnown(kind.At, h.at), didYouMean(kind.V, []string{"Set", "Delete"}, "write Set or Delete"), v.Path()+".action.type", "must be Set or Delete")
	}
	switch {
	case kind.V == "Set" && !hasSet:
		r.refuse(firstKnown(kind.At, h.at), "write set with a value", v.Path()+".action.set", "is required when type is Set")
	case kind.V != "Set" && hasSet:
		r.refuse(firstKnown(set.At(), h.at), "remove it, or write type: Set", v.Path()+".action.set", "is forbidden when type is not Set")
	}
	if hasSet {
		h.value = set.Text("value")
		r.headerValue(h, v.Path(), side)
	}
	r.headers = append(r.headers, h)
}

// firstKnown is the first place of some that is one.
func firstKnown(places ...source.Span) source.Span {
	for _, p := range places {
		if p.Known() {
			return p
		}
	}
	return source.Span{}
}

// didYouMean is the nearest of some words as a help line.
func didYouMean(word string, among []string, otherwise string) string {
	if near, ok := spell.Nearest(word, among); ok {
		return "did you mean " + near + "?"
	}
	return otherwise
}
