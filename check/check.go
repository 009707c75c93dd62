// Package check holds a resolved topology and its derived lifecycles against
// what TLS, HTTP and the proxies allow. Each rule is one file and one line of
// the list; a rule reads topology and lifecycles, never syntax.
package check

import (
	"fmt"
	"slices"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// Rule is one invariant that a model can break.
type Rule struct {
	Code     diag.Code
	Name     string // a few words with hyphens: "passthrough-path"
	Severity diag.Severity
	Doc      string // one line: what must hold
	Why      string // why it must, and the source that says so: an RFC's section, a manual's chapter, an API's validation
	Wire     string // what flows if nobody cares: what was measured, message by message
	Except   string // when to ignore a finding; "" where there is no such case
	Bad      string // a model that breaks this rule, and no other
	Good     string // the same model, mended: nothing is found in it
	Since    string // the first version that has it
	Scope    Scope  // how much of a model must be sound for its findings to stand
	Dated    bool   // it judges on a day: without one it finds nothing
	Last     bool   // it runs after the others, and passes over what they explain
	Run      func(*Pass)
}

// Scope says how much of a model must be sound for a finding to stand, where
// names or statements of it are broken.
type Scope int

// The scopes of rules.
const (
	ScopeDeclared Scope = iota // the declarations that the finding is about, and all that they name
	ScopeStated                // the statements that contradict each other, in one declaration
	ScopeModel                 // everything: it is about what is stated nowhere
)

// Pass is one rule at work on one model.
type Pass struct {
	Topology *flow.Topology
	derived  *flow.Courses
	rule     *Rule
	found    diag.List
	model    *model
}

// model is what the rules of one run have in common.
type model struct {
	today      string                 // judges the certificates of a model without a date; "" for none
	explained  map[*flow.Request]bool // a finding says already why the request fails
	courses    *courses
	handshakes func() []flow.Handshake
	asked      func() *asked
}

// Run holds a topology against every rule. derived holds the topology's
// lifecycles, so that nothing is derived twice. Certificates are judged on the
// model's date; of a model that has none they are all valid.
func Run(t *flow.Topology, derived *flow.Courses) diag.List { return RunOn("", t, derived) }

// RunOn is Run, but the certificates of a model without a date are judged on a
// day of the caller's, "2026-11-01". The lifecycles know nothing of that day:
// a picture is the same tomorrow.
func RunOn(today string, t *flow.Topology, derived *flow.Courses) diag.List {
	var out diag.List
	m := &model{
		today:      today,
		explained:  map[*flow.Request]bool{},
		handshakes: sync.OnceValue(func() []flow.Handshake { return flow.Handshakes(t) }),
		courses:    newCourses(derived),
	}
	m.asked = sync.OnceValue(func() *asked { return newAsked(t, m.courses) })
	for _, last := range []bool{false, true} {
		for _, r := range Rules {
			if r.Last != last {
				continue
			}
			p := &Pass{Topology: t, derived: derived, rule: r, model: m}
			r.Run(p)
			out = append(out, p.found...)
		}
	}
	return out.Sort()
}

// Report adds a finding of the pass's rule and returns it for Related and Help.
func (p *Pass) Report(at source.Span, format string, args ...any) *diag.Diagnostic {
	p.found = append(p.found, diag.Diagnostic{
		Code: p.rule.Code, Severity: p.rule.Severity, At: at, Message: fmt.Sprintf(format, args...),
	})
	return &p.found[len(p.found)-1]
}

// related appends a second place, where there is one.
func related(d *diag.Diagnostic, at source.Span, message string) {
	if at.Known() {
		d.Related = append(d.Related, diag.Related{Message: message, At: at})
	}
}

// routes calls f for every route in one of the modes.
func (p *Pass) routes(f func(*flow.Route), modes ...flow.Mode) {
	for _, r := range p.Topology.Routes {
		if slices.Contains(modes, r.Mode.V) {
			f(r)
		}
	}
}

// backends calls f for every backend that a route sends to, with the place
// that names it.
func backends(r *flow.Route, f func(*flow.Backend, source.Span)) {
	for _, t := range r.Targets {
		if t.Backend != nil {
			f(t.Backend, t.At)
		}
	}
}

// requests calls f for every request of the model that does not say itself
// that it fails, with its course.
func (p *Pass) requests(f func(*flow.Request, *course)) {
	for _, r := range p.Topology.Requests {
		if !expectsFailure(r) {
			f(r, p.course(r))
		}
	}
}

// expectsFailure reports whether a request names an outcome that is no
// success: then its fault is meant.
func expectsFailure(r *flow.Request) bool {
	return slices.ContainsFunc(r.Expect, func(e flow.Expect) bool { return flow.Fails(e.Ending) })
}

// explain notes that a finding says why a request fails, so that no other rule
// says it again. It returns whether the request says that it expects something
// else: then the finding is an error, whatever its rule's severity.
func (p *Pass) explain(r *flow.Request) (contradicted bool) {
	p.model.explained[r] = true
	return !expectsFailure(r) && !p.course(r).expected
}

// explainRoute does the same for the requests that take a route and meet one
// of the faults.
func (p *Pass) explainRoute(r *flow.Route, faults ...flow.Fault) (contradicted bool) {
	for _, q := range p.model.asked().taking[r] {
		if slices.Contains(faults, p.course(q).outcome.Fault) {
			contradicted = p.explain(q) || contradicted
		}
	}
	return contradicted
}

// expectedFailure reports whether the model says itself that requests for a route meet
// one of the faults: one does and expects to fail, and none that takes the
// route expects anything else. Of a route that no request takes nothing is
// said, and its fault is reported.
func (p *Pass) expectedFailure(r *flow.Route, faults ...flow.Fault) bool {
	some := false
	for _, q := range p.model.asked().taking[r] {
		if !expectsFailure(q) {
			return false
		}
		some = some || slices.Contains(faults, p.course(q).outcome.Fault)
	}
	return some
}

// handshakes calls f for every meeting of a certificate with whoever judges
// it, except in requests that say themselves that they fail.
func (p *Pass) handshakes(f func(flow.Handshake)) {
	for _, h := range p.model.handshakes() {
		if !expectsFailure(h.Request) {
			f(h)
		}
	}
}

// once returns a function that reports whether it sees a key for the first time.
func once[K comparable]() func(K) bool {
	seen := map[K]bool{}
	return func(k K) bool {
		if seen[k] {
			return false
		}
		seen[k] = true
		return true
	}
}

// known returns the first place that is known.
func known(places ...source.Span) source.Span {
	for _, at := range places {
		if at.Known() {
			return at
		}
	}
	return source.Span{}
}
