package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var otherNamespace = &Rule{
	Code: "FL304", Name: "other-namespace", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "all routes of a host are in one namespace, also those of a wildcard and of the hosts below it",
	Why: "the namespace of the oldest route owns the host. OpenShift's router refuses routes of other namespaces, " +
		"whatever their path, unless its ownership check is disabled (hostindex, SameNamespace; host_admitter)",
	Wire: "requests for the path of the refused route go to routes of the owner: one of its servers gets them, or, " +
		"if no route has that path, the client gets 503. The refused route's servers get no connection. HAProxy " +
		"itself has no namespaces: if the proxy is configured by hand, leave the namespaces out of the routes' " +
		"names",
	Except: "the router runs with its ownership check disabled",
	Bad: `route shop/web {
    host shop.apps.example.test
    tls edge
    to web
}
route payments/pay {
    host shop.apps.example.test
    path /pay
    tls edge
    to payments
}
`,
	Good: `route shop/web {
    host shop.apps.example.test
    tls edge
    to web
}
route shop/pay {
    host shop.apps.example.test
    path /pay
    tls edge
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Refused) == 0 {
				return
			}
			proxy, owner := r.Refused[0].Proxy, r.Refused[0].Owner
			p.explainHost(missing{route: r, taker: owner})
			d := p.Report(hostAt(r), "%s", so(fmt.Sprintf("proxy %q does not serve route %q: %s belongs to namespace %q, whose route %q is older (%s)",
				proxy.Name, r.Name, owner.HostOn(proxy), owner.NamespaceName(), owner.Name, olderBy(owner, r)), insteadOf(proxy, r)))
			related(d, hostAt(owner), "route %q states the host here", owner.Name)
			_, name, _ := strings.Cut(r.Name, "/")
			rename := change(inRoute(r), diag.FactName, r.At, []string{r.Name}, owner.NamespaceName()+"/"+p.freeRoute(owner.NamespaceName(), name))
			if !besideOwn(proxy, owner, r) {
				d.Suggest(because(given(way(rename), "the route may be one of that namespace"), "routes of one namespace may share a host"))
			}
			d.Suggest(p.oneOf(owner, r)...)
		}, flow.Modes...)
	},
}

// insteadOf says which route of a proxy takes the requests that another one is for.
func insteadOf(proxy *flow.Proxy, r *flow.Route) string {
	host := flow.OneHost(r.HostOn(proxy))
	for _, l := range proxy.Listeners {
		if l.Kind == flow.ListenTCP || !l.Terminates() && r.Mode.V != flow.ModeNone {
			continue
		}
		if taken, _ := l.HTTPRoute(flow.Head{Method: "GET", Host: host, Path: cmp.Or(r.Path.V, "/")}); taken != nil {
			return fmt.Sprintf("route %q takes its requests", taken.Name)
		}
		return "no route takes its requests"
	}
	return ""
}

// olderBy says by what a route is older than another one.
func olderBy(a, b *flow.Route) string {
	switch {
	case a.Created.V == "" && b.Created.V == "":
		return "it is declared first, and neither states when it was created"
	case a.Created.V == b.Created.V:
		return "both state the same created date, and it is declared first"
	case b.Created.V == "":
		return fmt.Sprintf("it states created %s, the other one no date", a.Created.V)
	}
	return fmt.Sprintf("it states created %s, the other one %s", a.Created.V, b.Created.V)
}

// besideOwn reports whether the namespace of an owner has a route for the host
// of another route that would be in its way there.
func besideOwn(proxy *flow.Proxy, owner, r *flow.Route) bool {
	return slices.ContainsFunc(proxy.Routes, func(o *flow.Route) bool {
		return o != r && o.NamespaceName() == owner.NamespaceName() && flow.SameHost(proxy, o, r) &&
			(sameClaim(proxy, o, r) || overtakes(proxy, o, r) || overtakes(proxy, r, o))
	})
}
