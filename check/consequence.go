package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// beforeAnyRoute are the problems by which every connection fails, whatever is asked for.
var beforeAnyRoute = []flow.Problem{
	flow.ProblemHelloToPlaintext, flow.ProblemPlaintextToPort, flow.ProblemPlaintextNoHello,
	flow.ProblemStrayHeader, flow.ProblemMissingHeader,
}

// consequences returns what reports whether a request fails for what a finding says already
// of it, or of another request. An expired certificate is one fault, for every party that
// verifies it and every name.
func (p *Pass) consequences() func(*flow.Request) bool {
	said := map[flow.Reason]bool{}
	for q := range p.model.explained {
		if why := p.course(q).outcome.Why; why != nil && slices.Contains(beforeAnyRoute, why.Problem) {
			said[why.Reason()] = true
		}
	}
	return func(q *flow.Request) bool {
		if p.model.explained[q] && !expectsFailure(q) || p.model.passed[q] {
			return true
		}
		why := p.course(q).outcome.Why
		if why != nil && why.Problem == flow.ProblemNotValid {
			return p.model.expired[why.Certificate]
		}
		return why != nil && said[why.Reason()]
	}
}
