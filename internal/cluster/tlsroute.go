package cluster

import (
	"regexp"
	"strings"

	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

// tlsRoute takes a TLSRoute: it is chosen by the SNI.
func (v *inventory) tlsRoute(o *kubeyaml.Object) {
	found := len(o.File().Findings)
	r, spec, ok := v.routeOf(o, "hostnames")
	if !ok {
		return
	}
	if o.Version != "v1alpha2" && len(spec.List("hostnames")) == 0 {
		invalid(o.File(), headOf(o), "write the names that clients send as SNI", "spec.hostnames", "must have at least one")
	}
	v.relayed(r, spec, found)
}

// tcpRoute takes a TCPRoute: it is all that a port has.
func (v *inventory) tcpRoute(o *kubeyaml.Object) {
	found := len(o.File().Findings)
	if r, spec, ok := v.routeOf(o); ok {
		v.relayed(r, spec, found)
	}
}

// relayed reads the rules of a route that looks into no request.
func (v *inventory) relayed(r *gatewayRoute, spec kubeyaml.Map, found int) {
	rules := spec.List("rules")
	if len(rules) != 1 {
		invalid(r.File(), firstKnown(spec.Field("rules").KeyAt(), headOf(r.Object)), "write one rule with all backendRefs", "spec.rules", "must have exactly one rule, not %d", len(rules))
	}
	for _, item := range rules {
		m, ok := item.Map("name", "backendRefs")
		if !ok {
			continue
		}
		if rule := r.rule(item, m); len(rule.backends) == 0 {
			invalid(r.File(), rule.at, "write the Service that it leads to", rule.path+".backendRefs", "must have at least one")
		}
	}
	r.complete()
	v.keep(r, found)
}

// grpcRoute takes a GRPCRoute: the path of a request is /SERVICE/METHOD.
func (v *inventory) grpcRoute(o *kubeyaml.Object) {
	found := len(o.File().Findings)
	r, spec, ok := v.routeOf(o, "hostnames")
	if !ok {
		return
	}
	rules := spec.List("rules")
	for _, item := range rules {
		m, ok := item.Map("name", "matches", "filters", "backendRefs", "sessionPersistence")
		if !ok {
			continue
		}
		rule := r.rule(item, m)
		for _, x := range m.List("matches") {
			rule.grpcMatch(x)
		}
		rule.readFilters(m, grpcFilters)
		rule.persistence(m)
	}
	if len(rules) == 0 {
		r.rules = []*routeRule{{at: o.Name.At, path: "spec.rules[0]"}}
	}
	r.complete()
	v.keep(r, found)
}

// grpcMatch reads a match of a GRPCRoute as one of its paths.
func (rule *routeRule) grpcMatch(v kubeyaml.Value) {
	m, ok := v.Map("method", "headers")
	if !ok {
		return
	}
	x := &routeMatch{at: m.At(), how: "PathPrefix", path: kubeyaml.Text{V: "/"}, headers: valuesOf(m, "headers")}
	rule.matches = append(rule.matches, x)
	of, ok := m.Map("method", "type", "service", "method")
	if !ok {
		return
	}
	service, method := of.Text("service"), of.Text("method")
	x.at = firstKnown(service.At, method.At, x.at)
	x.path.At = x.at
	switch word(of, "type", "Exact", "RegularExpression").V {
	case "RegularExpression":
		some := func(t kubeyaml.Text) string {
			if t.V == "" {
				return "[^/]+"
			}
			return "(?:" + t.V + ")"
		}
		x.how, x.path.V = "RegularExpression", "/"+some(service)+"/"+some(method)
	default:
		switch {
		case service.V == "" && method.V == "":
			invalid(m.File(), of.At(), "write service, or method", m.Field("method").Path(), "must have one or both of service and method")
		case strings.Contains(service.V, "/") || strings.Contains(method.V, "/"):
			invalid(m.File(), x.at, "write service: foo.Bar and method: Baz", m.Field("method").Path(), "must only contain names")
		case service.V != "" && method.V != "":
			x.how, x.path.V = "Exact", "/"+service.V+"/"+method.V
		case service.V != "":
			x.path.V = "/" + service.V
		default:
			x.how, x.path.V = "RegularExpression", "/[^/]+/"+regexp.QuoteMeta(method.V)
		}
	}
}
