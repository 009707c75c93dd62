package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// refusals relate why the admit lines of a proxy do not admit a route, line by line,
// and where the namespace is declared whose labels are missing.
func refusals(d *diag.Diagnostic, proxy *flow.Proxy, r *flow.Route) {
	if proxy.NotServed(r) != flow.NotServedSelected {
		return
	}
	namespace := false
	for _, s := range proxy.Selections(r) {
		related(d, s.Selector.At, "proxy %q states %s", proxy.Name, words.Admission(s, r))
		namespace = namespace || s.OfNamespace && len(s.Unmet) > 0
	}
	if at := r.Namespace; namespace && at != nil && !slices.ContainsFunc(d.Related, func(x diag.Related) bool { return x.At == at.At }) {
		related(d, at.At, "namespace %q is declared here", r.NamespaceName())
	}
}
