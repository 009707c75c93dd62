package cluster

import (
	"slices"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// backendPolicy is a BackendTLSPolicy: how a Gateway speaks TLS to the servers of Services.
type backendPolicy struct {
	*kubeyaml.Object
	targets   []objectRef
	hostname  kubeyaml.Text
	refs      []objectRef // of CAs
	wellKnown kubeyaml.Text
	sans      []kubeyaml.Text // names in place of hostname
}

func (v *inventory) backendPolicy(o *kubeyaml.Object) {
	o.Fields("spec", "status")
	found := len(o.File().Findings)
	p := &backendPolicy{Object: o}
	spec, ok := specOf(o, "write spec with targetRefs and validation", "targetRefs", "validation", "options")
	if !ok {
		return
	}
	for _, item := range spec.List("targetRefs") {
		m, ok := item.Map("group", "kind", "name", "sectionName")
		if !ok {
			continue
		}
		r := refOf(m, "", "Service")
		r.section = m.Text("sectionName")
		if r.name.V == "" {
			invalid(o.File(), m.At(), "write the name of a Service", item.Path()+".name", "is required")
			continue
		}
		p.targets = append(p.targets, r)
	}
	if len(p.targets) == 0 {
		invalid(o.File(), headOf(o), "write the Services that it is for", "spec.targetRefs", "must have at least one")
	}
	p.validation(spec)
	if !refusedSince(o.File(), found) {
		v.policies = append(v.policies, p)
	}
}

func (p *backendPolicy) validation(spec kubeyaml.Map) {
	m, ok := spec.Map("validation", "caCertificateRefs", "wellKnownCACertificates", "hostname", "subjectAltNames")
	if !ok {
		invalid(p.File(), headOf(p.Object), "write spec.validation with hostname and a CA", "spec.validation", "is required")
		return
	}
	p.hostname = m.Text("hostname")
	p.refs = refsOf(m, "caCertificateRefs", "", "ConfigMap")
	p.wellKnown = word(m, "wellKnownCACertificates", "System")
	for _, item := range m.List("subjectAltNames") {
		sm, ok := item.Map("type", "hostname", "uri")
		if !ok {
			continue
		}
		if t := sm.Text("hostname"); word(sm, "type", "Hostname", "URI").V == "Hostname" && t.V != "" {
			p.sans = append(p.sans, t)
		} else if u := sm.Text("uri"); u.Set {
			p.sans = append(p.sans, u)
		}
	}
	at := firstKnown(spec.Field("validation").KeyAt(), headOf(p.Object))
	switch why := hostnameFault(p.hostname.V, false); {
	case p.hostname.V == "":
		invalid(p.File(), at, "write the name that the certificate of the servers has", "spec.validation.hostname", "is required")
	case why != "":
		invalid(p.File(), p.hostname.At, "write a name such as shop.example.com", "spec.validation.hostname", "%s", why)
	}
	switch both := len(p.refs) > 0 && p.wellKnown.V != ""; {
	case both:
		invalid(p.File(), p.wellKnown.At, "leave one of them out", "spec.validation", "must not contain both caCertificateRefs and wellKnownCACertificates")
	case len(p.refs) == 0 && p.wellKnown.V == "":
		invalid(p.File(), at, "write caCertificateRefs with a ConfigMap that has ca.crt, or wellKnownCACertificates: System", "spec.validation", "must specify either caCertificateRefs or wellKnownCACertificates")
	}
}

// grant is a ReferenceGrant: objects of other namespaces may name some of its namespace.
type grant struct {
	*kubeyaml.Object
	from, to []objectRef // from has a group, a kind and a namespace
}

func (v *inventory) grant(o *kubeyaml.Object) {
	o.Fields("spec")
	spec, ok := specOf(o, "write spec with from and to", "from", "to")
	if !ok {
		return
	}
	g := &grant{Object: o}
	for _, side := range []struct {
		field, last string
		to          *[]objectRef
	}{{"from", "namespace", &g.from}, {"to", "name", &g.to}} {
		list := spec.List(side.field)
		if len(list) == 0 {
			invalid(o.File(), firstKnown(spec.Field(side.field).KeyAt(), headOf(o)), "write group, kind and "+side.last, "spec."+side.field, "must have at least one")
		}
		for _, item := range list {
			m, ok := item.Map("group", "kind", side.last)
			if !ok {
				continue
			}
			r := refOf(m, "", "")
			if r.kind.V == "" || side.last == "namespace" && r.namespace.V == "" {
				invalid(o.File(), m.At(), "write group, kind and "+side.last, item.Path(), "must name a kind, and in from a namespace")
				continue
			}
			*side.to = append(*side.to, r)
		}
	}
	v.grants = append(v.grants, g)
}

// permitted reports whether an object of a namespace may name another one: it may in its
// own namespace, and where a ReferenceGrant says so.
func (v *inventory) permitted(group, kind, namespace string, to objectRef) bool {
	of := to.of(namespace)
	if of.namespace == namespace {
		return true
	}
	return slices.ContainsFunc(v.grants, func(g *grant) bool {
		return g.NamespaceName() == of.namespace &&
			slices.ContainsFunc(g.from, func(f objectRef) bool { return f.names(group, kind) && f.namespace.V == namespace }) &&
			slices.ContainsFunc(g.to, func(t objectRef) bool {
				return t.names(to.group.V, to.kind.V) && (t.name.V == "" || t.name.V == of.name)
			})
	})
}

// configMap is a ConfigMap: the certificates of a CA in it, and nothing else.
type configMap struct {
	*kubeyaml.Object
	ca string
}

func (v *inventory) configMap(o *kubeyaml.Object) {
	c := &configMap{Object: o}
	if data, ok := o.Map.Map("data"); ok {
		if ca := data.Field("ca.crt"); !ca.Null() {
			c.ca = ca.Text().V
		}
	}
	if v.configMaps == nil {
		v.configMaps, v.configMapsIn = map[name]*configMap{}, map[string]bool{}
	}
	v.configMaps[nameOf(o)], v.configMapsIn[o.NamespaceName()] = c, true
}
