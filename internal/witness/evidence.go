package witness

import (
	"slices"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// evidence is by what a finding is seen in a course. The zero evidence takes any fault
// of a course that meets what the finding is about, else its first meeting.
type evidence struct {
	faults []flow.Fault                     // the course fails of one of these
	step   func(*flow.Lifecycle) *flow.Step // the course does not fail, and this is where it shows; nil for none
	strict bool                             // a course without one of the faults shows nothing
	none   string                           // why no course shows it
}

// why no course shows a finding.
const (
	aboutTime   = "it is about how long something takes, and a course tells the order of things"
	aboutChance = "chance decides what happens, and a course is what is sure"
)

// evidenceOf are those of the rules that do not simply make a request fail.
var evidenceOf = sync.OnceValue(func() map[diag.Code]evidence {
	return map[diag.Code]evidence{
		"FL201": {step: relays}, "FL202": {step: relays}, "FL203": {step: relays}, "FL204": {step: relays}, "FL501": {step: relays},
		"FL205": {step: plaintextOn}, "FL211": {step: plaintext}, "FL216": {step: plaintext}, "FL217": {step: plaintext}, "FL704": {step: untrusted},
		"FL206": {faults: []flow.Fault{flow.FaultProtocol}}, "FL207": {faults: []flow.Fault{flow.FaultProtocol}}, "FL208": {faults: []flow.Fault{flow.FaultProtocol}},
		"FL210": {faults: []flow.Fault{flow.FaultVersion}, strict: true},
		"FL212": {step: action(flow.OpDecrypt)},
		"FL214": {faults: []flow.Fault{flow.FaultALPN}},
		"FL219": {step: action(flow.OpRoute)},
		"FL218": {faults: []flow.Fault{flow.FaultProtocol}},
		"FL215": {step: message(flow.OpServerHello)},
		"FL303": {step: action(flow.OpRoute, flow.OpRelay)}, "FL304": {step: action(flow.OpRoute, flow.OpRelay)}, "FL312": {step: message(flow.OpSYN)},
		"FL305": {step: relays}, "FL306": {step: relays},
		"FL307": {none: "no route leads to it, so that no request comes there"},
		"FL308": {none: "no client comes to it"},
		"FL309": {faults: []flow.Fault{flow.FaultNoRoute}, strict: true},
		"FL310": {none: aboutChance},
		"FL311": {none: "it is on a connection that a browser has opened for another host, and a course has one connection for each host"},
		"FL315": {faults: []flow.Fault{flow.FaultRedirectLoop}, strict: true},
		"FL316": {faults: []flow.Fault{flow.FaultNoRoute, flow.FaultNoServer, flow.FaultNoListener, flow.FaultProtocol, flow.FaultInsecure}, strict: true},
		"FL401": {faults: []flow.Fault{flow.FaultWrongName}}, "FL403": {faults: []flow.Fault{flow.FaultWrongName}},
		"FL402": {faults: []flow.Fault{flow.FaultWrongName, flow.FaultUnknownCA}},
		"FL404": {faults: []flow.Fault{flow.FaultUnknownCA}}, "FL405": {faults: []flow.Fault{flow.FaultExpired}},
		"FL406": {step: upstream(flow.OpCertificate)}, "FL407": {step: upstream(flow.OpCertificate)}, "FL408": {step: upstream(flow.OpClientHello)}, "FL410": {step: upstream(flow.OpClientHello)},
		"FL409": {faults: []flow.Fault{flow.FaultStrictSNI}, strict: true},
		"FL502": {faults: []flow.Fault{flow.FaultClientCertificate}}, "FL503": {faults: []flow.Fault{flow.FaultClientCertificate}},
		"FL504": {step: uncertified}, "FL505": {step: uncertified}, "FL506": {step: action(flow.OpRoute)}, "FL507": {step: uncertified},
		"FL601": {faults: []flow.Fault{flow.FaultNoServer}}, "FL603": {faults: []flow.Fault{flow.FaultNoServer}},
		"FL602": {none: "it is about connections that are open when a weight changes, and a model does not change"},
		"FL604": {step: check}, "FL605": {step: check},
		"FL609": {none: aboutTime}, "FL610": {none: aboutTime}, "FL611": {none: aboutTime}, "FL612": {none: aboutTime}, "FL615": {none: aboutTime},
		"FL613": {step: message(flow.OpRequest)},
		"FL701": {faults: []flow.Fault{flow.FaultProxyHeader}}, "FL702": {step: message(flow.OpProxyV1, flow.OpProxyV2)},
		"FL703": {faults: []flow.Fault{flow.FaultDenied}, strict: true},
	}
})

// Explains reports whether a finding of a code is why a course fails in this way.
func Explains(code diag.Code, fault flow.Fault) bool {
	if code < "FL2" || code >= "FL8" {
		return false
	}
	e, known := evidenceOf()[code]
	return !known || slices.Contains(e.faults, fault)
}

// variants are requests that show what a plain one does not.
var variants = sync.OnceValue(func() map[diag.Code]func(*flow.Request) *flow.Request {
	return map[diag.Code]func(*flow.Request) *flow.Request{
		"FL215": func(q *flow.Request) *flow.Request { // a client that can do no more
			old := *q
			old.TLS = flow.State(flow.Versions{Min: flow.TLS10, Max: flow.TLS11}, source.Span{})
			client := *q.From
			client.End.TLS = old.TLS
			old.From = &client
			return &old
		},
		"FL504": otherSNI,
		"FL309": func(q *flow.Request) *flow.Request { // a host that no route has
			other := *q
			call := q.Calls[0]
			call.Host = "unknown.invalid"
			other.Calls, other.SNI = []flow.Call{call}, flow.Default(call.Host)
			return &other
		},
	}
})

// otherSNI is a request in a session that is not asked for the client certificate of
// its route: with the SNI of another host of the port, from a client that has none.
func otherSNI(q *flow.Request) *flow.Request {
	other, client, call := *q, *q.From, q.Calls[0]
	client.End.Certificate = flow.Fact[*flow.Certificate]{Origin: flow.OriginStated} // it is said to have none
	other.From = &client
	l := q.Via.Listens(call.Port)
	if l == nil {
		return &other
	}
	r, _ := l.HTTPRoute(flow.HeadOf(q, call))
	if r == nil {
		return &other
	}
	if by, ok := l.Bypass(r, l.AskedFor()); ok {
		other.HostField = flow.State(call.Host, source.Span{})
		if by.Route == nil {
			other.SNI = flow.State(by.SNI, source.Span{})
			return &other
		}
		call.Host = flow.OneHost(by.Route.HostOn(l.Proxy))
		other.Calls, other.SNI = []flow.Call{call}, flow.Default(call.Host)
	}
	return &other
}

// uncertified is where a proxy chooses a route for a request that comes in plaintext,
// or in a session without a client certificate.
func uncertified(lc *flow.Lifecycle) *flow.Step {
	certified := func(at *flow.Participant) bool {
		return slices.ContainsFunc(lc.Sessions, func(s *flow.Session) bool { return s.Ends[1] == at && s.ClientCert != nil })
	}
	return find(lc, func(s *flow.Step) bool {
		choice, ok := s.Facts.(flow.RouteChoice)
		return s.Op == flow.OpRoute && ok && choice.Route != nil && choice.Route.Mode.V != flow.ModePassthrough && !certified(s.At)
	})
}

// find returns the first step that is so; nil for none.
func find(lc *flow.Lifecycle, is func(*flow.Step) bool) *flow.Step {
	for _, s := range lc.Steps {
		if is(s) {
			return s
		}
	}
	return nil
}

// relays is where a proxy begins to pass a session on unread.
func relays(lc *flow.Lifecycle) *flow.Step {
	return find(lc, func(s *flow.Step) bool { return s.Op == flow.OpRelay && s.Session != nil })
}

// plaintext is the first request on a wire that everyone can read.
func plaintext(lc *flow.Lifecycle) *flow.Step {
	return find(lc, func(s *flow.Step) bool { return s.Op == flow.OpRequest && !s.Protected })
}

// untrusted is the first request in plaintext between places that are not
// trusted.
func untrusted(lc *flow.Lifecycle) *flow.Step {
	return find(lc, func(s *flow.Step) bool {
		if s.Op != flow.OpRequest || s.Protected {
			return false
		}
		_, ok := lc.Topology.Untrusted(s.From.Zone, s.To.Zone)
		return ok
	})
}

// plaintextOn is the first request in plaintext behind a proxy.
func plaintextOn(lc *flow.Lifecycle) *flow.Step {
	return find(lc, func(s *flow.Step) bool {
		return s.Op == flow.OpRequest && !s.Protected && s.From.Kind != flow.KindClient
	})
}

// check is the first message that a health check sends beyond TCP, else its
// first.
func check(lc *flow.Lifecycle) *flow.Step {
	if lc.Request.Check == nil {
		return nil
	}
	if lc.Outcome.Cause != nil {
		return lc.Outcome.Cause
	}
	if s := find(lc, func(s *flow.Step) bool { return s.Kind() == flow.Message && s.Layer() != flow.LayerTCP }); s != nil {
		return s
	}
	return lc.Steps[0]
}

// action is the first of some actions inside a proxy.
func action(ops ...flow.Op) func(*flow.Lifecycle) *flow.Step {
	return func(lc *flow.Lifecycle) *flow.Step {
		return find(lc, func(s *flow.Step) bool {
			return s.At != nil && s.At.Proxy != nil && slices.Contains(ops, s.Op)
		})
	}
}

// message is the first of some messages.
func message(ops ...flow.Op) func(*flow.Lifecycle) *flow.Step {
	return func(lc *flow.Lifecycle) *flow.Step {
		return find(lc, func(s *flow.Step) bool { return slices.Contains(ops, s.Op) })
	}
}

// upstream is the first message of a kind in a session that a proxy opens.
func upstream(op flow.Op) func(*flow.Lifecycle) *flow.Step {
	return func(lc *flow.Lifecycle) *flow.Step {
		return find(lc, func(s *flow.Step) bool {
			return s.Op == op && s.Session != nil && s.Session.Ends[0].Kind != flow.KindClient
		})
	}
}
