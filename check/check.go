// Package check holds a resolved topology and its derived lifecycles against
// what TLS, HTTP and the proxies allow. Each rule is one file and one line of
// the list; a rule reads topology and lifecycles, never syntax.
package check

import (
	"context"
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
	Wire     string // what happens on the wire: what was measured, message by message
	Except   string // when to ignore a finding; "" where there is no such case
	Bad      string // a model that breaks this rule, and no other
	Good     string // the same model, mended: nothing is found in it
	Since    string // the first version that has it
	Scope    Scope  // how much of a model must be sound for its findings to stand
	Dated    bool   // it judges on a day: without one it finds nothing
	Last     bool   // it runs after the others, and passes over what they explain
	Run      func(*Pass)
}

// Scope says which parts of a model must be sound for a finding to be kept, if other names or
// statements of the model are broken.
type Scope int

// The scopes of rules.
const (
	ScopeDeclared Scope = iota // the declarations that the finding is about, and all that they name
	ScopePorts                 // those, and the ports and routes of the proxies that they are on and lead to
	ScopeOwn                   // the declarations that the finding is about, whatever they name
	ScopeStated                // the statements that contradict each other, in one declaration
	ScopeModel                 // everything: it is about what is stated nowhere
)

// Pass is one rule at work on one model.
type Pass struct {
	Topology *flow.Topology
	derived  *flow.Cache
	rule     *Rule
	found    diag.List
	settled  []bool       // of each finding: nothing of its request or handshake is in doubt
	on       []*flow.Path // that it looks at
	asking   bool         // it looks at a request or handshake of which nothing is in doubt
	model    *model
}

// model is what the rules of one run have in common.
type model struct {
	doubt     *doubt                     // nil where nothing is in doubt
	today     string                     // judges the certificates of a model without a date; "" for none
	explained map[*flow.Request]bool     // a finding says already why the request fails
	blames    map[blame]bool             // what findings say already
	expired   map[*flow.Certificate]bool // of which a finding says so
	misled    map[*flow.Route]bool       // relays whose target reads something else
	passed    map[*flow.Request]bool     // a finding says why it is not closed, as it expects
	courses   *courses
	paths     func() *ways
	asked     func() *asked
}

// Run holds a topology against every rule. derived holds the topology's
// lifecycles, so that nothing is derived twice. Certificates are judged on the
// model's date; of a model that has none they are all valid.
func Run(t *flow.Topology, derived *flow.Cache) diag.List {
	found, err := RunWith(context.Background(), Options{}, t, derived)
	if err != nil {
		panic(err) // this context does not end
	}
	return found
}

// Options says how the rules look at a model.
type Options struct {
	// Today is the day, "2026-11-01", on which the certificates of a model
	// without a date are judged. The lifecycles know nothing of it: a picture is
	// the same tomorrow.
	Today string
	// Doubt is set where the model's text is broken. What is found is only what
	// stands however that is mended.
	Doubt *Doubt
	// Only are the codes of the rules that run; all where it is empty.
	Only []diag.Code
	// Paths are those of the topology, where they are known and nothing is in doubt.
	Paths *flow.Paths
}

// RunWith is Run with options. Its error is that of a context which ended: then
// it has found nothing.
func RunWith(ctx context.Context, opt Options, t *flow.Topology, derived *flow.Cache) (diag.List, error) {
	var out diag.List
	doubt := newDoubt(t, opt.Doubt)
	m := &model{
		doubt:     doubt,
		today:     opt.Today,
		explained: map[*flow.Request]bool{},
		blames:    map[blame]bool{},
		expired:   map[*flow.Certificate]bool{},
		misled:    map[*flow.Route]bool{},
		passed:    map[*flow.Request]bool{},
		paths: sync.OnceValue(func() *ways {
			if opt.Paths != nil {
				return newWays(opt.Paths)
			}
			if found := flow.FindPaths(ctx, t, doubt.request); found != nil {
				return newWays(found)
			}
			return newWays(&flow.Paths{}) // what is found by it is not used
		}),
	}
	m.courses = newCourses(derived)
	m.courses.ctx, m.courses.doubt, m.courses.paths = ctx, m.doubt, m.paths
	m.asked = sync.OnceValue(func() *asked { return newAsked(t, m.courses, m.paths()) })
	for _, last := range []bool{false, true} {
		for _, r := range Rules {
			if r.Last != last || len(opt.Only) > 0 && !slices.Contains(opt.Only, r.Code) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			p := &Pass{Topology: t, derived: derived, rule: r, model: m}
			r.Run(p)
			out = append(out, m.doubt.standing(p)...)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return saidOnce(t, out.Sort()), nil
}

// saidOnce leaves out findings that are the same for each host of a route.
func saidOnce(t *flow.Topology, found diag.List) diag.List {
	if !slices.ContainsFunc(t.Routes, func(r *flow.Route) bool { return len(r.Group) > 0 }) {
		return found
	}
	type said struct {
		code    diag.Code
		at      source.Span
		message string
	}
	first := once[said]()
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return !first(said{d.Code, d.At, d.Message}) })
}

// Report adds a finding of the pass's rule and returns it for Related and Help.
func (p *Pass) Report(at source.Span, format string, args ...any) *diag.Diagnostic {
	p.found = append(p.found, diag.Diagnostic{
		Code: p.rule.Code, Severity: p.rule.Severity, At: at, Message: fmt.Sprintf(format, args...), Way: wayOf(p.on),
	})
	p.settled = append(p.settled, p.asking)
	return &p.found[len(p.found)-1]
}

// related appends a second place, where there is one.
func related(d *diag.Diagnostic, at source.Span, format string, args ...any) {
	if at.Known() {
		d.Related = append(d.Related, diag.Related{Message: fmt.Sprintf(format, args...), At: at})
	}
}

// routes calls f for every route in one of the modes.
func (p *Pass) routes(f func(*flow.Route), modes ...flow.Mode) {
	for _, r := range p.Topology.Routes {
		if p.model.courses.ctx.Err() != nil {
			return // what is found is not used
		}
		if slices.Contains(modes, r.Mode.V) {
			f(r)
		}
	}
}

// sentTo calls f for every target of a route that its clients are sent to: one of weight
// zero is not one, unless a cookie leads there. Where no port takes the route that is
// another fault, and all of them are.
func sentTo(r *flow.Route, f func(*flow.Target)) {
	taken := somePort(r, func(l *flow.Listener) bool { return l.Takes(r) })
	for _, t := range r.Targets {
		if !taken || r.Uses(t) {
			f(t)
		}
	}
}

// backends calls f for every backend that a route names, with the place
// that names it.
func backends(r *flow.Route, f func(*flow.Backend, source.Span)) {
	for _, t := range r.Targets {
		if t.Backend != nil {
			f(t.Backend, t.At)
		}
	}
}

// requests calls f for every request of the model that does not say itself
// that it fails, with its course. One that is in doubt is left out.
func (p *Pass) requests(f func(*flow.Request, *course)) {
	p.asking = true
	defer func() { p.asking = false }()
	for _, r := range p.Topology.Requests {
		if c := p.course(r); !expectsFailure(r) && p.sound(r, c) {
			f(r, c)
		}
	}
}

// sound reports whether nothing of a request and its course is in doubt.
func (p *Pass) sound(q *flow.Request, c *course) bool {
	return !c.doubtful && !p.model.doubt.request(q)
}

// expectsFailure reports whether a request names an outcome that is no
// success: then its fault is meant.
func expectsFailure(r *flow.Request) bool { return r.ExpectsFailure() }

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
	for _, f := range faults {
		p.model.blames[blame{route: r, fault: f}] = true
	}
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
	all := p.model.asked().taking[r]
	if p.expectedBy(all, faults) {
		return true
	}
	sound := slices.DeleteFunc(slices.Clone(all), p.model.doubt.request)
	return len(sound) < len(all) && p.expectedBy(sound, faults)
}

func (p *Pass) expectedBy(taking []*flow.Request, faults []flow.Fault) bool {
	some := false
	for _, q := range taking {
		if !expectsFailure(q) && !p.model.doubt.mayExpect(q) {
			return false
		}
		some = some || p.meets(q, faults...)
	}
	return some
}

// handshakes calls f for every meeting of a certificate with whoever judges
// it, except in requests that say themselves that they fail, and where that is
// in doubt.
func (p *Pass) handshakes(f func(flow.Handshake)) {
	p.answers(func(h flow.Handshake) {
		if !p.model.doubt.client(h.Client) {
			f(h)
		}
	})
}

// answers is handshakes for who asks nothing of the client that opens one, or
// looks at all that there are where flowc chose it.
func (p *Pass) answers(f func(flow.Handshake)) {
	p.asking = true
	defer func() { p.asking = false }()
	for _, h := range p.model.paths().Handshakes {
		if !expectsFailure(h.Request) && !p.model.doubt.handshake(h) && !unled(h) {
			p.on = h.Paths
			f(h)
		}
	}
	p.on = nil
}

// unled reports whether a client opens a session at a proxy behind others, none
// of which leads there what it asks for: nothing says that clients come there.
func unled(h flow.Handshake) bool {
	return h.Client != nil && len(h.Paths) > 0 && !slices.ContainsFunc(h.Paths, func(path *flow.Path) bool { return !path.Ask.Inside })
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
