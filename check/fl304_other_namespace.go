package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var otherNamespace = &Rule{
	Code: "FL304", Name: "other-namespace", Severity: diag.Error, Since: "0.2",
	Doc: "the routes of a host are in one namespace",
	Why: "the namespace of the oldest route owns the host, and OpenShift's router refuses those of others, whatever their " +
		"path, unless the ownership check is disabled (hostindex, SameNamespace)",
	Run: func(p *Pass) {
		first := once[*flow.Route]()
		p.pairs(func(proxy *flow.Proxy, a, b *flow.Route) {
			if a.NamespaceName() == b.NamespaceName() || a.NamespaceName() == "" || b.NamespaceName() == "" || !flow.SameHost(proxy, a, b) {
				return
			}
			older, younger := p.Topology.Older(a, b)
			if !first(younger) {
				return
			}
			p.explainHost(younger)
			d := p.Report(hostAt(younger), "route %q is refused: %s belongs to namespace %q, whose route %q is older",
				younger.Name, younger.HostOn(proxy), older.NamespaceName(), older.Name)
			related(d, hostAt(older), "claimed here")
			d.Help = "move the route to namespace " + older.NamespaceName() + ", or give it another host"
		})
	},
}
