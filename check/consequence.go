package check

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
)

// root is what a request fails for, as far as one mend of the model would change it.
type root struct {
	fault       flow.Fault
	problem     flow.Problem
	at, peer    string
	port        int
	route       *flow.Route
	backend     *flow.Backend
	certificate *flow.Certificate
	name, path  string
	address     string
}

// beforeAnyRoute are the problems by which every connection fails, whatever is asked for.
var beforeAnyRoute = []flow.Problem{
	flow.ProblemNotValid, flow.ProblemHelloToPlaintext, flow.ProblemPlaintextToPort, flow.ProblemPlaintextNoHello,
	flow.ProblemStrayHeader, flow.ProblemMissingHeader,
}

// rootOf is the root of an outcome that fails before anything is asked for; ok is false
// for another one. Whoever judges it and by what name, an expired certificate is one fault.
func rootOf(o flow.Outcome) (r root, ok bool) {
	w := o.Why
	if w == nil || o.Fault == flow.FaultNone || !slices.Contains(beforeAnyRoute, w.Problem) {
		return root{}, false
	}
	if w.Problem == flow.ProblemNotValid {
		return root{fault: o.Fault, problem: w.Problem, certificate: w.Certificate}, true
	}
	r = root{
		fault: o.Fault, problem: w.Problem, port: w.Port, route: w.Route, backend: w.Backend,
		certificate: w.Certificate, name: w.Name, path: w.Path, address: w.Address,
	}
	if w.At != nil {
		r.at = w.At.ID
	}
	if w.Peer != nil {
		r.peer = w.Peer.ID
	}
	return r, true
}

// consequences returns what reports whether a request fails for what a finding says already
// of it, or of another request.
func (p *Pass) consequences() func(*flow.Request) bool {
	said := map[root]bool{}
	for q := range p.model.explained {
		if r, ok := rootOf(p.course(q).outcome); ok && r.problem != flow.ProblemNotValid {
			said[r] = true
		}
	}
	return func(q *flow.Request) bool {
		r, ok := rootOf(p.course(q).outcome)
		return p.model.explained[q] && !expectsFailure(q) || p.model.passed[q] || ok && (said[r] || p.model.expired[r.certificate])
	}
}
