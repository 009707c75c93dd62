package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

// shutOut is a route that refuses a client.
type shutOut struct {
	route  *flow.Route
	client *flow.Client
}

var denied = &Rule{
	Code: "FL703", Name: "denied-address", Severity: diag.Warning, Since: "0.2",
	Doc: "a route's allow list has the address that its proxy sees",
	Why: "an allow list is held against the address that the connection comes from, and behind a proxy that sends " +
		"no PROXY header that is the proxy (PROXY protocol specification, 1; measured: the server behind passthrough " +
		"sees the proxy's address)",
	Wire: "the proxy hangs up on everyone, without a status: close_notify and FIN where TLS ends there, FIN alone " +
		"where it relays; no server is contacted; where the list has the address of the proxy before it, everyone is let in",
	Except: "of a client that is meant to be kept out say so: expect close",
	Bad: `client partner { address 192.0.2.7 }

proxy nlb {
    listen tcp :443
    source 10.0.0.5
}
proxy haproxy {
    listen https :443
}

route relay on nlb {
    to haproxy
}
route payments on haproxy {
    host payments.apps.example.test
    tls edge
    allow 192.0.2.0/24
    to payments
}
`,
	Good: `client partner { address 192.0.2.7 }

proxy nlb {
    listen tcp :443
    source 10.0.0.5
}
proxy haproxy {
    listen https :443 { accept-proxy }
}

route relay on nlb {
    to haproxy
    send-proxy v2
}
route payments on haproxy {
    host payments.apps.example.test
    tls edge
    allow 192.0.2.0/24
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(p.deniesFront, flow.Modes...)
		first := once[shutOut]()
		p.requests(func(q *flow.Request, c *course) {
			if c.outcome.Fault != flow.FaultDenied || p.model.explained[q] {
				return
			}
			r := deniedRoute(c)
			if r == nil || len(r.Allow) == 0 {
				return
			}
			contradicted := p.explain(q)
			if !first(shutOut{r, q.From}) {
				return
			}
			why := words.Why(c.outcome.Why)
			if a := q.From.Address.V; !r.Allowed(a) {
				why = fmt.Sprintf("%s is not on the allow list of route %q", a, r.Name)
			}
			d := p.Report(r.Allow[0].At, "request %q is closed without an answer: %s", q.Name, why)
			related(d, known(q.From.Address.At, q.At), "asked from here")
			d.Help = fmt.Sprintf("add the address to those of route %q: %s; or, if it is meant, expect close in request %q", r.Name, allowing(r, q.From), q.Name)
			if contradicted {
				d.Severity = diag.Error
			}
		})
	},
}

// allowing is a route's allow list with a client's address, or an ADDRESS where
// it is another that the list lacks.
func allowing(r *flow.Route, c *flow.Client) string {
	list := "allow "
	for _, a := range r.Allow {
		list += a.V + ", "
	}
	if r.Allowed(c.Address.V) {
		return list + "ADDRESS"
	}
	return list + c.Address.V
}

// deniedRoute is the route at which a course ended.
func deniedRoute(c *course) *flow.Route {
	for _, r := range slices.Backward(c.answered) {
		if r != nil {
			return r
		}
	}
	return nil
}

// deniesFront reports an allow list without the address from which another
// proxy, which passes on no client's address, comes.
func (p *Pass) deniesFront(front *flow.Route) {
	for _, t := range front.Targets {
		if l := nextPort(front, t); l == nil || l.AcceptProxy.V || front.SendProxy.V != 0 {
			continue // a header that is expected and not sent is FL701's
		}
		for _, up := range front.Proxies {
			for _, r := range t.Proxy.Routes {
				if len(r.Allow) == 0 || !up.Source.IsSet() || r.Allowed(up.Source.V) || !sharesHost(front, up, r, t.Proxy) || p.expectedFailure(r, flow.FaultDenied) {
					continue
				}
				d := p.Report(r.Allow[0].At, "route %q closes all that comes through proxy %q: it sees %s and not the client's address", r.Name, up.Name, up.Source.V)
				related(d, up.Source.At, "comes from here")
				d.Help = fmt.Sprintf("add send-proxy v2 to route %q, and accept-proxy to the port of proxy %q; to allow %s lets everyone in",
					front.Name, t.Proxy.Name, up.Source.V)
				if p.explainRoute(r, flow.FaultDenied) {
					d.Severity = diag.Error
				}
			}
		}
	}
}

// sharesHost reports whether a request that one route leads to the next proxy
// could be for a route there.
func sharesHost(front *flow.Route, up *flow.Proxy, r *flow.Route, at *flow.Proxy) bool {
	a, b := front.HostOn(up), r.HostOn(at)
	return a == "" || b == "" || flow.HostMatches(a, oneHost(b)) || flow.HostMatches(b, oneHost(a))
}
