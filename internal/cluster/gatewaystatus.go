package cluster

import (
	"fmt"
	"strings"

	"github.com/flowc-lang/flowc/source"
)

// gatewayRoute compares status.parents of a route of Gateway API with what its Gateways take.
func (j *statusJudge) gatewayRoute(r *gatewayRoute) {
	verdicts := j.verdicts[r]
	for _, s := range r.status {
		v := verdictOn(r, verdicts, s.parent)
		if v == nil {
			j.report(firstKnown(s.parent.at, s.at), "the status is old, or another object has its name", "status of %s names parent %s, which is not among its parentRefs", r.Title(), s.parent.of(r.NamespaceName()))
			continue
		}
		if v.gateway == nil {
			continue // it is not among the objects
		}
		gw := nameOf(v.gateway.Object)
		at := firstKnown(s.accepted.At, s.at)
		switch {
		case s.accepted.V == "True" && !v.taken:
			j.report(at, oldStatus, "status says that Gateway %s takes %s; by the objects it does not (%s)", gw, r.Title(), v.reason)
		case s.accepted.V == "False" && v.taken:
			j.report(at, oldStatus, "status says that Gateway %s does not take %s%s; by the objects it does", gw, r.Title(), because(s.reason.V))
		}
		j.references(r, v, firstKnown(s.resolved.At, s.at), s)
	}
}

// references compares whether what a route names is there.
func (j *statusJudge) references(r *gatewayRoute, v *verdict, at source.Span, s parentStatus) {
	switch {
	case s.resolved.V == "True" && len(v.missing) > 0:
		j.report(at, oldStatus, "status says that all references of %s lead somewhere; by the objects not all do (%s)", r.Title(), strings.Join(v.missing, ", "))
	case s.resolved.V == "False" && v.taken && len(v.missing) == 0:
		j.report(at, oldStatus, "status says that not all references of %s lead somewhere%s; by the objects they do", r.Title(), because(s.unresolved.V))
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", reason)
}

// verdictOn is the verdict on the parent that a status names.
func verdictOn(r *gatewayRoute, verdicts []verdict, parent objectRef) *verdict {
	for i, p := range r.parents {
		if i < len(verdicts) && p.of(r.NamespaceName()) == parent.of(r.NamespaceName()) && p.kind.V == parent.kind.V && p.section.V == parent.section.V && p.port.V == parent.port.V {
			return &verdicts[i]
		}
	}
	return nil
}
