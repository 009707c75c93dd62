package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// blamed holds the failing paths of models against what is found in them.
type blamed struct {
	failing map[flow.Fault]int // kinds of clients on failing paths, by how these fail
	silent  []string           // failing paths of which nothing is found
	loose   []string           // errors without a failing path
}

// hazards are the errors about something that does not fail: what is open to
// others, what goes wrong only now and then or for some, and what contradicts itself.
var hazards = map[diag.Code]string{
	"FL201": "takes more than it says",
	"FL202": "a header that is not set",
	"FL203": "an effect that there is not",
	"FL204": "a certificate that is never shown",
	"FL205": "nothing is verified",
	"FL209": "plaintext that is not allowed",
	"FL211": "plaintext",
	"FL212": "a proxy that reads",
	"FL214": "a server that insists",
	"FL215": "an old version",
	"FL302": "a request ends in another way, or a check",
	"FL303": "never chosen",
	"FL304": "refused",
	"FL305": "led elsewhere",
	"FL306": "led elsewhere",
	"FL310": "at random",
	"FL312": "out of reach",
	"FL314": "refused where it is",
	"FL315": "redirected without end, each time to another URL",
	"FL318": "never reached",
	"FL406": "not verified",
	"FL407": "not verified",
	"FL410": "no effect",
	"FL501": "not requested",
	"FL504": "another session",
	"FL505": "open to others",
	"FL606": "not admitted",
	"FL607": "led elsewhere",
	"FL609": "no timeout is set",
	"FL702": "open to others",
	"FL704": "open to others",
}

// unreached are the hazards that are about a route to which no path from a client's own
// way in leads.
var unreached = map[diag.Code]bool{"FL304": true, "FL318": true, "FL606": true}

// pathless are the hazards and warnings that hold whether or not a path leads there: what a
// proxy states of its ports and timeouts, a route that no port serves, what nothing leads
// to, checks, requests that come to no port, and what one of several proxies never chooses.
// Every other one is about something on a path.
var pathless = map[diag.Code]bool{
	"FL215": true, "FL302": true, "FL303": true, "FL307": true, "FL308": true, "FL310": true,
	"FL313": true, "FL314": true, "FL604": true, "FL605": true, "FL609": true,
}

// hold looks at every path of a model and at every finding.
func (b *blamed) hold(x *shared) {
	name, j := x.Name, x.judge()
	top, found, all := j.top, j.found, j.all
	expected := map[string]bool{}
	for _, p := range all {
		if q := p.Ask.Request; q != nil && q.ExpectsFailure() {
			for _, c := range p.Classes {
				expected[farEnd(p, c)] = true
			}
		}
	}
	answered, led := map[*flow.Target]bool{}, map[*flow.Route]bool{}
	for _, p := range all {
		for i, h := range p.Hops {
			answered[h.Target] = answered[h.Target] || i+1 < len(p.Hops) || p.Route != nil && p.Route != h.Route
			led[h.Route], led[p.Route] = true, true
		}
	}
	down := restored(top)
	var failing, some [][]source.Span // where what takes part in each failing path is declared, and in any
	for _, p := range all {
		on := declared(p)
		some = append(some, on)
		if slices.ContainsFunc(p.Classes, fails) {
			failing = append(failing, on)
		}
		if slices.ContainsFunc(p.Classes, func(c *flow.Class) bool { return !fails(c) }) {
			continue
		}
		for _, c := range p.Classes {
			b.failing[c.Summary.Fault]++
		}
		as := func(c *flow.Class) bool { return expected[farEnd(p, c)] }
		if p.Ask.Inside || excused(p) || elsewhere(p, answered, led) || slices.ContainsFunc(p.Classes, as) {
			continue
		}
		if !slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return about(&d, on) }) {
			b.silent = append(b.silent, fmt.Sprintf("%s: %s", name, outcomeOf(p)))
		}
	}
	for _, d := range found {
		if hazards[d.Code] != "" || d.Severity == diag.Warning {
			route := slices.IndexFunc(top.Routes, func(r *flow.Route) bool { return inside(d.At, r.Whole) })
			switch {
			case pathless[d.Code], route >= 0 && len(top.Routes[route].Proxies) == 0: // no proxy serves it
			case unreached[d.Code] && route >= 0 && slices.ContainsFunc(all, func(p *flow.Path) bool { return !p.Ask.Inside && p.Takes(top.Routes[route]) }):
				b.loose = append(b.loose, fmt.Sprintf("%s, a path leads there: %s %s", name, d.Code, d.Message))
			case !unreached[d.Code] && !slices.ContainsFunc(some, func(on []source.Span) bool { return about(&d, on) }):
				b.loose = append(b.loose, fmt.Sprintf("%s, on no path: %s %s", name, d.Code, d.Message))
			}
			continue
		}
		if slices.ContainsFunc(top.Routes, func(r *flow.Route) bool { return !led[r] && inside(d.At, r.Whole) }) {
			continue // nobody comes to what contradicts itself
		}
		if about(&d, down) || ofDerived(top, &d) {
			continue
		}
		if !slices.ContainsFunc(failing, func(on []source.Span) bool { return about(&d, on) }) {
			b.loose = append(b.loose, fmt.Sprintf("%s: %s %s", name, d.Code, d.Message))
		}
	}
}

// farEnd is where a class fails, and how.
func farEnd(p *flow.Path, c *flow.Class) string {
	s := &c.Summary
	if s.At < 0 {
		return fmt.Sprint(s.Fault)
	}
	h := p.Hops[s.At]
	switch {
	case h.Server != nil:
		return fmt.Sprintf("%s/%s %d", h.Server.Backend.Name, h.Server.Name, s.Fault)
	case h.Listener != nil:
		return fmt.Sprintf("%s:%d %d", h.Listener.Proxy.Name, h.Port, s.Fault)
	}
	return fmt.Sprintf(":%d %d", h.Port, s.Fault)
}

// fails reports whether a client gets nothing but a failure, be it the server's answer.
func fails(c *flow.Class) bool {
	return c.Summary.Fails() || !slices.ContainsFunc(c.Summary.Endings, func(e flow.Ending) bool { return !flow.Fails(e) })
}

// ofDerived reports whether a finding is about a route for which flowc asks, and gets
// nothing but a failure: no way leads there.
func ofDerived(top *flow.Topology, d *diag.Diagnostic) bool {
	return slices.ContainsFunc(top.Requests, func(q *flow.Request) bool {
		i := slices.IndexFunc(top.Routes, func(r *flow.Route) bool { return r.Name == q.Name })
		return q.Derived && i >= 0 && inside(d.At, top.Routes[i].Whole) && flow.Derive(top, q).Outcome.Fault != flow.FaultNone
	})
}

// restored are the declarations of backends all of whose servers are down: what is
// wrong there fails when they come back.
func restored(top *flow.Topology) []source.Span {
	var out []source.Span
	for _, b := range top.Backends {
		if slices.ContainsFunc(b.Servers, (*flow.Server).Usable) {
			continue
		}
		out = append(out, b.Whole)
		for _, c := range b.End.Certificates {
			out = append(out, c.V.Whole)
		}
	}
	return out
}

// excused reports whether the model states that a path fails.
func excused(p *flow.Path) bool {
	if q := p.Ask.Request; q != nil && q.ExpectsFailure() || p.End == flow.EndAnswer {
		return true
	}
	return slices.ContainsFunc(p.Classes, func(c *flow.Class) bool {
		switch c.Summary.Fault {
		case flow.FaultRefused, flow.FaultSilent, flow.FaultAborted, flow.FaultDenied, flow.FaultUncertified:
			return true
		case flow.FaultClientCertificate:
			return !slices.ContainsFunc(p.Hops[1:max(c.Summary.At, 0)+1], func(h flow.Hop) bool { return h.Opens }) // of a proxy it is no statement
		case flow.FaultNoServer:
			return slices.ContainsFunc(p.Route.Targets, func(t *flow.Target) bool {
				return t.Backend != nil && !slices.ContainsFunc(t.Backend.Servers, (*flow.Server).Usable)
			})
		case flow.FaultNoRoute, flow.FaultNoSNI, flow.FaultInsecure:
			return p.Ask.Placeholder() || p.At != nil && p.At.Unmatched.IsSet()
		case flow.FaultWrongName, flow.FaultStrictSNI:
			return p.Ask.Placeholder()
		default:
			return false
		}
	})
}

// elsewhere reports whether a path is of flowc's own making and does not come to
// what it is for: plaintext at a port that wants TLS, or a path or host of a proxy in
// front of which the next one takes others, or that another path changes on its way.
func elsewhere(p *flow.Path, answered map[*flow.Target]bool, led map[*flow.Route]bool) bool {
	last := p.Hops[len(p.Hops)-1]
	switch {
	case p.Ask.Request != nil:
		return false
	case p.End == flow.EndProtocol:
		return len(p.Hops) == 1
	case p.End == flow.EndNoRoute:
		return last.Target != nil && answered[last.Target] || last.Target == nil && led[p.Ask.Wanted]
	}
	return false
}

// declared is where everything that takes part in a path is declared.
func declared(p *flow.Path) []source.Span {
	var out []source.Span
	add := func(all ...*flow.Decl) {
		for _, d := range all {
			out = append(out, d.Whole)
		}
	}
	certificates := func(all ...flow.Fact[*flow.Certificate]) {
		for _, c := range all {
			if c.V != nil {
				add(&c.V.Decl)
			}
		}
	}
	if q := p.Ask.Request; q != nil {
		add(&q.Decl)
	}
	for _, c := range p.Clients {
		add(&c.Decl)
		certificates(c.End.Certificate)
	}
	if p.At != nil && p.Route == nil { // one of them could have been meant
		for _, r := range p.At.Proxy.Routes {
			add(&r.Decl)
		}
	}
	for _, r := range []*flow.Route{p.Ask.Wanted, p.Route} {
		if r != nil {
			add(&r.Decl)
		}
	}
	for _, h := range p.Hops {
		if h.Route != nil {
			add(&h.Route.Decl)
			certificates(h.Route.Upstream.End.Certificate, h.Route.Certificate)
		}
		if h.Target != nil && h.Target.Proxy != nil {
			add(&h.Target.Proxy.Decl)
		}
		if h.Listener != nil {
			add(&h.Listener.Proxy.Decl)
			certificates(h.Listener.End.Certificates...)
			certificates(h.Listener.Proxy.End.Certificate)
		}
		if h.Server != nil {
			add(&h.Server.Backend.Decl)
			certificates(h.Server.Backend.End.Certificates...)
		}
	}
	return out
}

// about reports whether a finding points at something that is declared there.
func about(d *diag.Diagnostic, on []source.Span) bool {
	at := func(s source.Span) bool {
		return slices.ContainsFunc(on, func(of source.Span) bool { return inside(s, of) })
	}
	return at(d.At) || slices.ContainsFunc(d.Related, func(r diag.Related) bool { return at(r.At) })
}

// TestFailingPaths: every path on which no client gets an answer has a finding, or
// the model says so itself; no error is found where nothing fails and nothing is open
// to others. Of each way to fail there are some.
func TestFailingPaths(t *testing.T) {
	b := &blamed{failing: map[flow.Fault]int{}}
	for _, x := range tree(t) {
		if x.whole() {
			b.hold(x)
		}
	}
	given := maps.Clone(b.failing)
	for seed := range fleets {
		b.hold(aFleet(seed))
	}
	for f := flow.FaultNoListener; f <= flow.FaultAborted; f++ {
		t.Logf("%5d paths of given models and %5d of generated ones: %s", given[f], b.failing[f]-given[f], faultNames[f])
		if b.failing[f] == 0 || b.failing[f] == given[f] && !onlyGiven[f] {
			t.Errorf("no path fails by %s", faultNames[f])
		}
	}
	for _, s := range b.silent {
		t.Errorf("nothing is found of %s", s)
	}
	for _, s := range b.loose {
		t.Errorf("nothing fails, and found is %s", s)
	}
}

// onlyGiven are the faults of what no generated model has: a client that stops.
var onlyGiven = map[flow.Fault]bool{flow.FaultAborted: true}

var faultNames = map[flow.Fault]string{
	flow.FaultNoListener: "no listener", flow.FaultProtocol: "protocol", flow.FaultProxyHeader: "PROXY header",
	flow.FaultNoSNI: "no SNI", flow.FaultNoRoute: "no route", flow.FaultNoServer: "no server", flow.FaultRefused: "refused",
	flow.FaultSilent: "silent", flow.FaultVersion: "version", flow.FaultALPN: "ALPN", flow.FaultGroup: "group",
	flow.FaultStrictSNI: "strict SNI", flow.FaultUnknownCA: "unknown CA", flow.FaultWrongName: "wrong name",
	flow.FaultExpired: "expired", flow.FaultClientCertificate: "client certificate", flow.FaultUncertified: "uncertified",
	flow.FaultDenied: "denied", flow.FaultInsecure: "insecure", flow.FaultRedirectLoop: "redirect loop", flow.FaultAborted: "aborted",
}
