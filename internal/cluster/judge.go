package cluster

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// codeNoServer is the rule about routes without servers.
const codeNoServer diag.Code = "FL603"

// codeTunnel is the rule about timeouts of tunnels.
const codeTunnel diag.Code = "FL610"

// judge returns what the rules found, less what follows from a finding about the objects:
// that a Route has no servers whose Service does not exist, or has no such port. Where the
// status of a Route says otherwise than the topology, it adds that.
func (b *builder) judge(t *flow.Topology, found diag.List) diag.List {
	found = slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return d.Code == codeNoServer && b.unserved[d.At] || d.Code == codeTunnel && b.relaysForever(d)
	})
	b.explainSwallowed(found)
	j := &statusJudge{builder: b, routes: map[string]*flow.Route{}, proxies: map[string]*flow.Proxy{}}
	for _, r := range t.Routes {
		if r.IsFirst() {
			j.routes[r.Name] = r
		}
	}
	for _, p := range t.Proxies {
		j.proxies[p.Name] = p
	}
	for _, r := range b.routes {
		if len(r.status) > 0 {
			j.route(r)
		}
	}
	for _, r := range b.gatewayRoutes {
		if len(r.status) > 0 {
			j.gatewayRoute(r)
		}
	}
	return append(found, j.found...)
}

// relaysForever reports whether a finding is about tunnels of ingress-nginx: it relays TLS
// beside nginx, without the timeouts of that (ingress-nginx, pkg/tcpproxy).
func (b *builder) relaysForever(d diag.Diagnostic) bool {
	return !d.At.Known() && slices.ContainsFunc(d.Suggestions, func(w diag.Suggestion) bool {
		return slices.ContainsFunc(w.Steps, func(s diag.Step) bool { return b.origin.nginx[s.In.Name] })
	})
}

// statusJudge compares status.ingress of Routes with the topology.
type statusJudge struct {
	*builder
	routes  map[string]*flow.Route
	proxies map[string]*flow.Proxy
	found   diag.List
}

func (j *statusJudge) report(at source.Span, help, format string, args ...any) {
	if len(j.found) < mostFound {
		j.found = append(j.found, diag.Diagnostic{Code: diag.Code(kubeyaml.FaultStatus), Severity: diag.Warning, At: at, Help: help, Message: fmt.Sprintf(format, args...)})
	}
}

// oldStatus is what else a difference may come from.
const oldStatus = "give all objects, such as the Routes of other namespaces and each IngressController; where these are newer than the status, remove the status"

func (j *statusJudge) route(r *route) {
	said := map[*router]bool{}
	for _, s := range r.status {
		x := j.routerNamed(s.router.V)
		if x == nil {
			j.report(firstKnown(s.router.At, s.at), "give its IngressController, too; where there is none any more, the status is old", "status of %s names router %s, which is not among the objects", r.Title(), s.router.V)
			continue
		}
		said[x] = true
		admitted, why := j.admits(x, r)
		at := firstKnown(s.admitted.At, s.at)
		switch {
		case s.admitted.V == "True" && !admitted:
			j.report(at, oldStatus, "status says that router %s admits %s; by the objects it does not: %s", x.name, r.Title(), why)
		case s.admitted.V == "False" && admitted:
			reason := ""
			if s.reason.V != "" {
				reason = " (" + s.reason.V + ")"
			}
			j.report(at, oldStatus, "status says that router %s does not admit %s%s; by the objects it does", x.name, r.Title(), reason)
		case s.admitted.V == "True":
			if host := j.host(x, r); s.host.V != "" && !strings.EqualFold(s.host.V, host) {
				j.report(s.host.At, oldStatus, "status says that %s has host %s on router %s; by the objects it has %s", r.Title(), s.host.V, x.name, host)
			}
		}
	}
	for _, x := range j.routers {
		if admitted, _ := j.admits(x, r); admitted && !said[x] && x.Object != nil {
			j.report(r.status[0].at, oldStatus, "router %s admits %s by the objects, and the status says nothing of it", x.name, r.Title())
		}
	}
}

// routerNamed is the router that a status means; an assumed one stands for each.
func (j *statusJudge) routerNamed(own string) *router {
	for _, x := range j.routers {
		if x.Object == nil || x.name == own {
			return x
		}
	}
	return nil
}

// admits reports whether a router admits a Route in the topology, and why not.
func (j *statusJudge) admits(x *router, r *route) (ok bool, why string) {
	if r.refused {
		return false, "OpenShift refuses the Route"
	}
	if no := j.rejected[x][r]; no != nil {
		return false, no.why
	}
	t, p := j.topologyRoute(r), j.proxies[x.draft.Name]
	switch {
	case t == nil || p == nil:
		return false, "it is not in the model"
	case slices.Contains(t.Proxies, p):
		return true, ""
	}
	if no := t.RefusedBy(p); no != nil {
		return false, fmt.Sprintf("Route %s, which is older, has its host for another namespace", no.Owner.Name)
	}
	return false, "its selectors do not select it"
}

func (j *statusJudge) topologyRoute(r *route) *flow.Route { return j.routes[draftName(r)] }

// host is the host that a router serves for a Route.
func (j *statusJudge) host(x *router, r *route) string {
	if r.host.V != "" {
		return r.host.V
	}
	if t, p := j.topologyRoute(r), j.proxies[x.draft.Name]; t != nil && p != nil {
		return t.HostOn(p)
	}
	return ""
}
