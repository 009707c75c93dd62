package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/internal/lazy"
	"github.com/flowc-lang/flowc/source"
)

// gatewayRoute is a route of Gateway API: an HTTPRoute, GRPCRoute, TLSRoute or TCPRoute.
type gatewayRoute struct {
	*kubeyaml.Object
	parents   []objectRef
	hostnames []kubeyaml.Text
	rules     []*routeRule
	status    []parentStatus
}

// routeRule is one rule of such a route.
type routeRule struct {
	at       source.Span
	path     string // spec.rules[0]
	name     kubeyaml.Text
	matches  []*routeMatch // one at least
	filters  []*routeFilter
	backends []backendRef
	request  kubeyaml.Text // timeouts
	backend  kubeyaml.Text
	affinity kubeyaml.Text // the name of a cookie
	listed   []listedField
}

// listedField is a field that is read and not modelled.
type listedField struct {
	at      source.Span
	what    string
	says    string
	routing bool
}

// routeMatch is one match of a rule: all that it states must hold.
type routeMatch struct {
	at             source.Span
	how            string // Exact, PathPrefix, RegularExpression
	path           kubeyaml.Text
	method         kubeyaml.Text
	headers, query []valueMatch
}

// valueMatch is a match of a header field or of a parameter of the query.
type valueMatch struct {
	name, value kubeyaml.Text
	regex       bool
	at          source.Span
}

// backendRef is what a rule leads to.
type backendRef struct {
	objectRef
	weight  kubeyaml.Number
	filters bool
}

func (r backendRef) weightOf() int {
	if !r.weight.Set {
		return 1
	}
	return r.weight.V
}

// parentStatus is what a controller says of a route and one of its parents.
type parentStatus struct {
	parent             objectRef
	controller         kubeyaml.Text
	accepted, resolved kubeyaml.Text // "True" or "False"
	reason             kubeyaml.Text // of accepted
	unresolved         kubeyaml.Text // the reason of resolved
	at                 source.Span
}

var parentFields = []string{"namespace", "sectionName", "port"}

// routeOf reads what each kind of route has.
func (v *inventory) routeOf(o *kubeyaml.Object, fields ...string) (*gatewayRoute, kubeyaml.Map, bool) {
	o.Fields("spec", "status")
	r := &gatewayRoute{Object: o}
	spec, ok := specOf(o, "write spec with parentRefs and rules", append([]string{"parentRefs", "rules", "useDefaultGateways"}, fields...)...)
	if !ok {
		return r, spec, false
	}
	for _, p := range spec.List("parentRefs") {
		m, ok := p.Map(append([]string{"group", "kind", "name"}, parentFields...)...)
		if !ok {
			continue
		}
		ref := refOf(m, gatewayGroup, "Gateway")
		ref.section, ref.port = m.Text("sectionName"), m.Field("port").Number()
		if ref.name.V == "" {
			invalid(o.File(), firstKnown(ref.at, p.At()), "write the name of a Gateway", p.Path()+".name", "is required")
			continue
		}
		r.parents = append(r.parents, ref)
	}
	if slices.Contains(fields, "hostnames") {
		r.readHostnames(spec)
	}
	if status, ok := o.Map.Map("status"); ok {
		r.readStatus(status)
	}
	return r, spec, true
}

func (r *gatewayRoute) readHostnames(spec kubeyaml.Map) {
	for i, h := range spec.Texts("hostnames") {
		if why := hostnameFault(h.V, true); why != "" {
			invalid(r.File(), h.At, hostnameHelp(h.V), fmt.Sprintf("spec.hostnames[%d]", i), "%s", why)
			continue
		}
		r.hostnames = append(r.hostnames, h)
	}
}

func (r *gatewayRoute) readStatus(status kubeyaml.Map) {
	for _, v := range status.List("parents") {
		m, ok := v.Map("parentRef", "controllerName", "conditions")
		if !ok {
			continue
		}
		s := parentStatus{controller: m.Text("controllerName"), at: m.At()}
		if p, ok := m.Map("parentRef", append([]string{"group", "kind", "name"}, parentFields...)...); ok {
			s.parent = refOf(p, gatewayGroup, "Gateway")
			s.parent.section, s.parent.port = p.Text("sectionName"), p.Field("port").Number()
		}
		for _, c := range m.List("conditions") {
			cm, ok := c.Map("lastTransitionTime", "message", "reason", "status", "type", "observedGeneration")
			if !ok {
				continue
			}
			switch cm.Text("type").V {
			case "Accepted":
				s.accepted, s.reason = cm.Text("status"), cm.Text("reason")
			case "ResolvedRefs":
				s.resolved, s.unresolved = cm.Text("status"), cm.Text("reason")
			}
		}
		r.status = append(r.status, s)
	}
}

// keep takes a route into the inventory, unless Kubernetes refuses it.
func (v *inventory) keep(r *gatewayRoute, found int) {
	if !refusedSince(r.File(), found) {
		v.gatewayRoutes = append(v.gatewayRoutes, r)
	}
}

var httpRuleFields = []string{"name", "matches", "filters", "backendRefs", "timeouts", "retry", "sessionPersistence"}

func (v *inventory) httpRoute(o *kubeyaml.Object) {
	found := len(o.File().Findings)
	r, spec, ok := v.routeOf(o, "hostnames")
	if !ok {
		return
	}
	rules := spec.List("rules")
	for _, item := range rules {
		m, ok := item.Map(httpRuleFields...)
		if !ok {
			continue
		}
		rule := r.rule(item, m)
		for _, x := range m.List("matches") {
			rule.match(x)
		}
		rule.readFilters(m, httpFilters)
		rule.readTimes(m)
		rule.persistence(m)
		if f := m.Field("retry"); f.Exists() {
			rule.list(f.KeyAt(), f, false, "retry of a rule")
		}
		rule.judge(m)
	}
	if len(rules) == 0 { // the default of spec.rules
		r.rules = []*routeRule{{at: o.Name.At, path: "spec.rules[0]"}}
	}
	r.complete()
	v.keep(r, found)
}

// rule begins a rule of a route.
func (r *gatewayRoute) rule(v kubeyaml.Value, m kubeyaml.Map) *routeRule {
	fields := []string{"group", "kind", "name", "namespace", "port", "weight"}
	if r.Kind == "HTTPRoute" || r.Kind == "GRPCRoute" {
		fields = append(fields, "filters")
	}
	rule := &routeRule{at: m.At(), path: v.Path(), name: m.Text("name")}
	r.rules = append(r.rules, rule)
	for _, b := range m.List("backendRefs") {
		bm, ok := b.Map(fields...)
		if !ok {
			continue
		}
		ref := backendRef{objectRef: refOf(bm, "", "Service"), weight: bm.Field("weight").Number()}
		ref.port = bm.Field("port").Number()
		path := b.Path()
		switch {
		case ref.name.V == "":
			invalid(r.File(), firstKnown(ref.at, b.At()), "write the name of a Service", path+".name", "is required")
			continue
		case ref.names("", "Service") && !ref.port.Set:
			invalid(r.File(), ref.at, "write the number of a port of the Service", path+".port", "is required when the referent is a Service")
		case ref.port.Set && (ref.port.V < 1 || ref.port.V > 65535):
			invalid(r.File(), ref.port.At, "write a port from 1 to 65535", path+".port", "must be from 1 to 65535")
		case ref.weight.Set && (ref.weight.V < 0 || ref.weight.V > 1_000_000):
			invalid(r.File(), ref.weight.At, "write a number from 0 to 1000000", path+".weight", "must be from 0 to 1000000")
		}
		if f := bm.Field("filters"); len(f.Items()) > 0 {
			ref.filters = true
			rule.list(f.KeyAt(), f, false, "filters of a backendRef: they change the requests for that Service alone")
		}
		rule.backends = append(rule.backends, ref)
	}
	return rule
}

// list notes a field that the model does not hold.
func (rule *routeRule) list(at source.Span, v kubeyaml.Value, routing bool, what string) {
	rule.listed = append(rule.listed, listedField{at, what, v.Digest(), routing})
}

// complete gives rules without a match the default one.
func (r *gatewayRoute) complete() {
	for _, rule := range r.rules {
		if len(rule.matches) == 0 {
			rule.matches = []*routeMatch{{at: rule.at, how: "PathPrefix", path: kubeyaml.Text{V: "/"}}}
		}
	}
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"}

// match reads one match of an HTTPRoute.
func (rule *routeRule) match(v kubeyaml.Value) {
	m, ok := v.Map("path", "headers", "queryParams", "method")
	if !ok {
		return
	}
	x := &routeMatch{at: m.At(), how: "PathPrefix", path: kubeyaml.Text{V: "/"}, method: word(m, "method", methods...)}
	rule.matches = append(rule.matches, x)
	if p, ok := m.Map("path", "type", "value"); ok {
		if t := word(p, "type", "Exact", "PathPrefix", "RegularExpression"); t.V != "" {
			x.how = t.V
		}
		if t := p.Text("value"); t.Set {
			x.path = t
		}
		x.at = firstKnown(x.path.At, x.at)
		if why := pathFault(x.path.V); why != "" && x.how != "RegularExpression" {
			invalid(m.File(), firstKnown(x.path.At, p.At()), pathHelp(x.path.V), v.Path()+".path.value", "%s", why)
		}
	}
	x.headers, x.query = valuesOf(m, "headers"), valuesOf(m, "queryParams")
}

func valuesOf(m kubeyaml.Map, field string) []valueMatch {
	var out []valueMatch
	for _, v := range m.List(field) {
		vm, ok := v.Map("type", "name", "value")
		if !ok {
			continue
		}
		x := valueMatch{name: vm.Text("name"), value: vm.Text("value"), regex: word(vm, "type", "Exact", "RegularExpression").V == "RegularExpression", at: vm.At()}
		x.at = firstKnown(x.name.At, x.at)
		if x.name.V == "" || !x.value.Set {
			missing := "name"
			if x.name.V != "" {
				missing = "value"
			}
			invalid(m.File(), firstKnown(x.at, v.At()), "write a name and a value", v.Path()+"."+missing, "is required")
			continue
		}
		// Of several with one name the first counts, and names of fields have no case (HTTPHeaderMatch).
		if slices.ContainsFunc(out, func(o valueMatch) bool {
			return o.name.V == x.name.V || field == "headers" && strings.EqualFold(o.name.V, x.name.V)
		}) {
			continue
		}
		out = append(out, x)
	}
	return out
}

var pathForm = lazy.Regexp(`^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$`)

// pathFault is why a text is no path of a match; "" for one.
func pathFault(p string) string {
	if !strings.HasPrefix(p, "/") {
		return "must be an absolute path and start with /"
	}
	for _, no := range []string{"//", "/./", "/../", "%2f", "%2F", "#"} {
		if strings.Contains(p, no) {
			return "must not contain " + no
		}
	}
	for _, no := range []string{"/..", "/."} {
		if strings.HasSuffix(p, no) {
			return "must not end with " + no
		}
	}
	if !pathForm.Get().MatchString(p) {
		return "has a character that no path has"
	}
	return ""
}

func pathHelp(p string) string {
	switch {
	case !strings.HasPrefix(p, "/") && pathFault("/"+p) == "":
		return "write /" + p
	case strings.ContainsAny(p, "*^$?[\\"):
		return "write type: RegularExpression for an expression"
	}
	return "write the path as clients send it, without . and .. and doubled slashes"
}

var durationForm = lazy.Regexp(`^([0-9]{1,5}(h|m|s|ms)){1,4}$`)

// readTimes reads the timeouts of a rule.
func (rule *routeRule) readTimes(of kubeyaml.Map) {
	m, ok := of.Map("timeouts", "request", "backendRequest")
	if !ok {
		return
	}
	rule.request, rule.backend = m.Text("request"), m.Text("backendRequest")
	for _, x := range []struct {
		text  kubeyaml.Text
		field string
	}{{rule.request, "request"}, {rule.backend, "backendRequest"}} {
		if x.text.V != "" && !durationForm.Get().MatchString(x.text.V) {
			invalid(of.File(), x.text.At, "write a time such as 10s, 500ms or 1m30s", m.Field(x.field).Path(), "must be a duration of Gateway API (GEP-2257)")
		}
	}
	all, _ := goDuration(rule.request.V)
	if one, _ := goDuration(rule.backend.V); all > 0 && one > all {
		invalid(of.File(), rule.backend.At, "write "+rule.request.V+" or less", m.Field("backendRequest").Path(), "cannot be longer than the request timeout, %s", rule.request.V)
	}
}

func (rule *routeRule) persistence(of kubeyaml.Map) {
	key := of.Field("sessionPersistence").KeyAt()
	m, ok := of.Map("sessionPersistence", "sessionName", "absoluteTimeout", "idleTimeout", "type", "cookieConfig")
	if !ok {
		return
	}
	t := word(m, "type", "Cookie", "Header")
	rule.affinity = m.Text("sessionName")
	if t.V == "Header" || rule.affinity.V == "" {
		rule.affinity = kubeyaml.Text{}
		rule.list(key, of.Field("sessionPersistence"), false, "sessionPersistence without the name of a cookie")
	}
}
