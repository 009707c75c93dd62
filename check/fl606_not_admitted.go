package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var notAdmitted = &Rule{
	Code: "FL606", Name: "not-admitted", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "every route is admitted by a proxy",
	Why: "a controller serves the routes that its selectors match, and a route that none matches has no " +
		"RouteIngress: it is served nowhere (OpenShift, ingress sharding; route API, RouteIngress)",
	Wire: "whichever controller the name leads to shows its default certificate, completes the handshake and " +
		"answers 503 itself; a port that only relays closes after the ClientHello; no server is contacted (measured, " +
		"with a host that no route has)",
	Except: "the route waits for a controller that the model does not state",
	Bad: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Good: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true, tier=web
}

route media {
    host media.shard-apps.example.test
    labels sharded=true, tier=web
    tls edge
    to media
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if len(r.Proxies) > 0 || len(r.On) > 0 || len(p.Topology.Proxies) == 0 || p.meantHost(r) {
				return
			}
			p.explainHost(r)
			at := r.At
			if len(r.Labels) > 0 {
				at = known(r.Labels[0].At, at)
			}
			d := p.Report(at, "no proxy admits route %q: no client gets to it", r.Name)
			for _, proxy := range p.Topology.Proxies {
				for _, s := range append(proxy.Admit, proxy.AdmitNamespaces...) {
					related(d, s.At, fmt.Sprintf("proxy %q admits this", proxy.Name))
				}
			}
			d.Help = admitting(r, p.Topology.Proxies)
		}, flow.Modes...)
	},
}

// meantHost reports whether requests ask for a route's host and all of them
// say that they fail.
func (p *Pass) meantHost(r *flow.Route) bool {
	if r.Host.V == "" {
		return false
	}
	asking := p.model.asked().of(r.Host.V)
	return len(asking) > 0 && !slices.ContainsFunc(asking, func(q *flow.Request) bool { return !expectsFailure(q) })
}

// admitting is the help to have a proxy admit a route: the labels that the
// first wants which asks for values, where they go, and the words that do
// without them.
func admitting(r *flow.Route, proxies []*flow.Proxy) string {
	proxy := proxies[0]
	if i := slices.IndexFunc(proxies, func(p *flow.Proxy) bool {
		return labelsOf(slices.Concat(p.Admit, p.AdmitNamespaces)) != ""
	}); i >= 0 {
		proxy = proxies[i]
	}
	var ways []string
	if labels := labelsOf(proxy.Admit); labels != "" {
		ways = append(ways, fmt.Sprintf("labels %s to route %q", labels, r.Name))
	}
	if labels := labelsOf(proxy.AdmitNamespaces); labels != "" {
		where := "the namespace of the route"
		if ns, _, ok := strings.Cut(r.Name, "/"); ok {
			where = fmt.Sprintf("namespace %q", ns)
		}
		ways = append(ways, fmt.Sprintf("labels %s to %s", labels, where))
	}
	help := fmt.Sprintf("change its labels, or those of its namespace, to what proxy %q admits", proxy.Name)
	if len(ways) > 0 {
		help = "add " + strings.Join(ways, " and ")
	}
	return fmt.Sprintf("%s; or add \"on %s\" after the route's name", help, proxy.Name)
}

// labelsOf are the labels that satisfy selectors which ask for values; ""
// where one asks for something else.
func labelsOf(selectors []flow.Selector) string {
	var labels []string
	for _, s := range selectors {
		for _, t := range s.Terms {
			if t.Op != "=" {
				return ""
			}
			labels = append(labels, t.Key+"="+t.Values[0])
		}
	}
	return strings.Join(labels, ", ")
}
