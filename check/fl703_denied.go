package check

import (
	"fmt"
	"slices"
	"strings"

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
	Doc: "the address that a proxy sees is on the route's allow list",
	Why: "an allow list is compared with the source address of the connection. Behind a proxy that sends no PROXY " +
		"header that is the address of the proxy (PROXY protocol specification, 1; measured: the server behind " +
		"passthrough sees the proxy's address). By default a proxy sends none",
	Wire: "the proxy closes every connection without a status: with close_notify and FIN if it terminates TLS, with " +
		"FIN alone if it relays. It connects to no server. If the list has the address of the proxy in front, " +
		"every client is admitted",
	Except: "the client is meant to be refused: declare it with expect close. Some cloud balancers keep the address " +
		"of the client. Such a balancer opens no connection of its own, as a proxy of the language does: leave it " +
		"out of the model",
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
		if !slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool { return len(r.Allow) > 0 }) {
			return
		}
		h := &hiders{p, leadersOf(p.Topology), once[hiding]()}
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				h.report(l)
			}
		}
		first := once[shutOut]()
		p.requests(func(q *flow.Request, c *course) {
			if c.outcome.Fault != flow.FaultDenied || p.model.explained[q] {
				return
			}
			r := deniedRoute(c)
			if r == nil || len(r.Allow) == 0 || q.Derived && !r.Allowed(q.From.Address.V) && p.letsAnyIn(r, q) {
				return
			}
			contradicted := p.explain(q)
			if !first(shutOut{r, q.From}) {
				return
			}
			why := words.Cause(c.outcome.Why)
			if a := q.From.Address.V; !r.Allowed(a) {
				why = fmt.Sprintf("%s is not on the allow list of route %q", a, r.Name)
			}
			d := p.Report(r.Allow[0].At, "%s is closed without an answer: %s", asking(q), why)
			if q.From.Address.At.Known() {
				related(d, q.From.Address.At, "client %q, which makes it, has this address", q.From.Name)
			} else {
				related(d, q.At, "client %q makes it", q.From.Name)
			}
			d.Suggest(p.letting(r, q)...)
			if contradicted {
				d.Severity = diag.Error
			}
		})
	},
}

// letsAnyIn reports whether another client than the one that flowc chose is on the
// list, and can come to the same proxy.
func (p *Pass) letsAnyIn(r *flow.Route, q *flow.Request) bool {
	return slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool { return r.Allowed(c.Address.V) && q.Via.ReachedFrom(c.Zone) })
}

// letting are the ways to have a request end as it is expected: its client's
// address is on the allow list, or it expects to be closed.
func (p *Pass) letting(r *flow.Route, q *flow.Request) []diag.Suggestion {
	var out []diag.Suggestion
	if a := q.From.Address.V; a != "" && !r.Allowed(a) {
		was := valuesOf(r.Allow)
		out = append(out, way(state(inRoute(r), diag.FactAllow, r.Allow[len(r.Allow)-1], was, append(slices.Clone(was), network(a))...)))
	}
	expect := add(inRequest(q), diag.FactExpect, "close")
	switch {
	case len(q.Expect) > 0:
		expect = change(inRequest(q), diag.FactExpect, q.Expect[0].At, []string{wanted(q)}, "close")
	case q.Derived && p.impliesWay(q):
		call := q.Calls[0]
		expect = declare(diag.KindRequest, p.freeRequest(q.Name), setting(diag.FactRequest, call.Method, call.URL()), setting(diag.FactExpect, "close"))
	case q.Derived:
		return out
	}
	return append(out, given(way(expect), "client %q is meant to be kept out", q.From.Name))
}

// impliesWay reports whether a request that no text states would be the same if
// a text stated its URL and nothing else.
func (p *Pass) impliesWay(q *flow.Request) bool {
	call := q.Calls[0]
	entries, _ := p.Topology.EntryProxies(call.Host)
	return len(p.Topology.Clients) == 1 && len(entries) == 1 && entries[0] == q.Via && len(q.Fields) == 0 && !q.SNI.IsSet()
}

// freeRequest is a name that no request of a text has yet.
func (p *Pass) freeRequest(base string) string {
	base = strings.ReplaceAll(base, "/", "-")
	return freeName(base, p.Topology.Requests, func(q *flow.Request) string {
		if q.Derived {
			return ""
		}
		return q.Name
	})
}

// network is an address as the network of it alone.
func network(address string) string {
	if strings.Contains(address, "/") {
		return address
	}
	if strings.Contains(address, ":") {
		return address + "/128"
	}
	return address + "/32"
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

// sharesHost reports whether a request that one route leads to the next proxy
// could be for a route there.
func sharesHost(front *flow.Route, up *flow.Proxy, r *flow.Route, at *flow.Proxy) bool {
	a, b := front.HostOn(up), r.HostOn(at)
	return a == "" || b == "" || flow.HostMatches(a, flow.OneHost(b)) || flow.HostMatches(b, flow.OneHost(a))
}

// passingOn are the steps by which the routes of a proxy that lead to the same
// ports as one of them pass on the address of the client.
func (p *Pass) passingOn(front *flow.Route) []diag.Step {
	steps := []diag.Step{add(inRoute(front), diag.FactSendProxy, "v2")}
	var ports []diag.Place
	p.leading(func(r *flow.Route, in diag.Place, a flow.Fact[bool]) {
		if r == front && !a.V {
			ports, steps = append(ports, in), append(steps, add(in, diag.FactAcceptProxy))
		}
	})
	first := once[*flow.Route]()
	p.leading(func(r *flow.Route, in diag.Place, _ flow.Fact[bool]) {
		if r != front && r.SendProxy.V == 0 && slices.Contains(ports, in) && first(r) {
			steps = append(steps, add(inRoute(r), diag.FactSendProxy, "v2"))
		}
	})
	return steps
}
