package view

import (
	"slices"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// known is what a view has found out about the routes of its model.
type known struct {
	asked map[*flow.Route][]asked // nil until first used
	// the supplied requests by their names, those of their routes; nil until first used
	supplied map[string][]*flow.Request
	unserved map[string][]*flow.Route // by their hosts; nil until first used
	sound    map[*flow.Route]bool     // in whose usual course nothing goes wrong, of those that were looked at
}

// asked is a request of the model that takes a route.
type asked struct {
	q     *flow.Request
	fault flow.Fault
	last  bool // no other route follows on its way
}

func (in *Input) know() *known {
	if in.known == nil {
		in.known = &known{sound: map[*flow.Route]bool{}}
	}
	return in.known
}

// askedOf are the requests of the model that take a route.
func (in *Input) askedOf(r *flow.Route) []asked {
	k := in.know()
	if k.asked == nil {
		k.asked = map[*flow.Route][]asked{}
		for _, q := range in.Topology.Requests {
			if !q.Derived {
				k.note(in.Derive(q))
			}
		}
	}
	return k.asked[r]
}

// suppliedFor are the requests that a model without any is given for a route.
func (in *Input) suppliedFor(r *flow.Route) []*flow.Request {
	k := in.know()
	if k.supplied == nil {
		k.supplied = map[string][]*flow.Request{}
		for _, q := range in.Topology.Requests {
			if q.Derived {
				k.supplied[q.Name] = append(k.supplied[q.Name], q)
			}
		}
	}
	return k.supplied[r.Name]
}

// unservedFor are the routes of a host that no proxy serves.
func (in *Input) unservedFor(host string) []*flow.Route {
	k := in.know()
	if k.unserved == nil {
		k.unserved = map[string][]*flow.Route{}
		for _, r := range in.Topology.Routes {
			if len(r.Proxies) == 0 {
				by := flow.Fold(r.Host.V)
				k.unserved[by] = append(k.unserved[by], r)
			}
		}
	}
	return k.unserved[flow.Fold(host)]
}

func (k *known) note(l *flow.Lifecycle) {
	noted := map[*flow.Route]bool{}
	add := func(r *flow.Route, last bool) {
		if r != nil && !noted[r] {
			noted[r] = true
			k.asked[r] = append(k.asked[r], asked{l.Request, l.Outcome.Fault, last})
		}
	}
	for _, x := range l.Exchanges {
		add(x.Route, true)
	}
	for _, c := range l.Connections {
		add(c.Route, false)
	}
}

// routeFault is what goes wrong in the usual course of a route, as a mark; ok is
// false where nothing does. For a host that we made up it is no fault of the
// route that no other one takes it.
func (in *Input) routeFault(r *flow.Route) (m Mark, ok bool) {
	if in.know().sound[r] {
		return Mark{}, false
	}
	l := in.meant(r)
	if l == nil || l.Outcome.Fault == flow.FaultNone || l.Outcome.Fault == flow.FaultNoRoute && madeUp(l, r) {
		return Mark{}, false
	}
	return in.faultOf(r, l), true
}

// noServer is the mark of a route that has no server to send to.
func (in *Input) noServer(r *flow.Route) (m Mark, ok bool) {
	l := in.meant(r)
	if l == nil || l.Outcome.Fault != flow.FaultNoServer || l.Outcome.Why.Route != r {
		return Mark{}, false
	}
	return faultMark("no usable server", in.expects(r, l)), true
}

// faultOf is what goes wrong in a course of a route. It is expected where a
// request of the model for the route says so, and no other one expects anything
// else.
func (in *Input) faultOf(r *flow.Route, l *flow.Lifecycle) Mark {
	return faultMark(words.Why(l.Outcome.Why), in.expects(r, l))
}

func (in *Input) expects(r *flow.Route, l *flow.Lifecycle) bool {
	taking := in.askedOf(r)
	if len(taking) == 0 { // it may fail before a route is chosen
		for _, q := range in.Topology.Requests {
			if q.AsksFor(r) >= 0 {
				taking = append(taking, asked{q, in.Derive(q).Outcome.Fault, true})
			}
		}
	}
	some := false
	for _, a := range taking {
		if !a.q.ExpectsFailure() {
			return false
		}
		some = some || a.fault == l.Outcome.Fault && in.Derive(a.q).AsExpected()
	}
	return some
}

// failsAsExpected reports whether a course fails as its request says. What is
// read from a capture may have no request.
func failsAsExpected(l *flow.Lifecycle) bool {
	return l.Request != nil && l.Request.ExpectsFailure() && l.AsExpected()
}

// madeUp reports whether a course is for a host that no statement of the route
// has: it takes all, or those below a wildcard.
func madeUp(l *flow.Lifecycle, r *flow.Route) bool {
	if !l.Request.Derived || len(l.Request.Calls) == 0 {
		return false
	}
	host := l.Request.Calls[0].Host
	return !slices.ContainsFunc(r.Proxies, func(p *flow.Proxy) bool { return flow.Fold(r.HostOn(p)) == flow.Fold(host) })
}

// ofName are the faults that depend on the host that is asked for.
var ofName = []flow.Fault{flow.FaultNoRoute, flow.FaultWrongName, flow.FaultStrictSNI}

// asExpected begins the mark of what fails as the model says.
const asExpected = "as expected: "

func faultMark(why string, expected bool) Mark {
	if expected {
		return Mark{Message: asExpected + why, Expected: true}
	}
	return Mark{Message: why, Error: true}
}
