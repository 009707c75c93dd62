package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var neverReached = &Rule{
	Code: "FL318", Name: "unreached-route", Severity: diag.Error, Since: "0.2", Scope: ScopeModel, Last: true,
	Doc: "a route of a proxy behind another one is the target of a route in front",
	Why: "clients connect to the first proxy of a chain. Requests for which it has no route do not reach the next " +
		"one (HAProxy configuration manual, 4.2, use_backend and default_backend)",
	Wire: "the proxy in front answers 503, or closes the connection if it relays by SNI. The proxy with the route " +
		"gets nothing (measured)",
	Except: "clients also connect to the inner proxy directly: state that with its domain or from, or with a request " +
		"via it",
	Bad: `proxy nlb { listen tcp :443 }
proxy ingress { listen https :443 }

route apps on nlb {
    host shop.apps.example.test
    to ingress
}
route shop on ingress {
    host shop.apps.example.test
    tls edge
    to shop
}
route vault on ingress {
    host vault.intra.example.test
    tls edge
    to vault
}
`,
	Good: `proxy nlb { listen tcp :443 }
proxy ingress { listen https :443 }

route apps on nlb {
    host shop.apps.example.test
    to ingress
}
route intra on nlb {
    host vault.intra.example.test
    to ingress
}
route shop on ingress {
    host shop.apps.example.test
    tls edge
    to shop
}
route vault on ingress {
    host vault.intra.example.test
    tls edge
    to vault
}
`,
	Run: func(p *Pass) {
		for _, u := range p.model.paths().Unled {
			r, at := u.Route, u.At.Proxy
			led := slices.ContainsFunc(p.model.paths().over[r], func(path *flow.Path) bool { return !path.Ask.Inside })
			if led || r.SNI.V != flow.SNIHost || isAddress(r.FirstHost()) || p.fails(r) || len(at.From) > 0 || len(at.Domains) > 0 || p.enters(at) {
				continue
			}
			front := p.inFront(at)
			d := p.Report(hostAt(r), "nothing leads to route %q: clients come to proxy %q, which has no route for %s to proxy %q",
				r.Name, front.Name, r.FirstHost(), at.Name)
			related(d, at.At, "other proxies send here")
			d.Suggest(p.leadingThere(front, u.At, r)...)
		}
	},
}

// fails reports whether a finding says already why flowc's own request for a route
// fails.
func (p *Pass) fails(r *flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool {
		return q.Derived && q.Name == r.Name && p.model.explained[q]
	})
}

// enters reports whether a request of the model comes to a proxy itself.
func (p *Pass) enters(at *flow.Proxy) bool {
	return slices.ContainsFunc(p.Topology.Requests, func(q *flow.Request) bool { return !q.Derived && q.Via == at && q.From != nil })
}

// inFront is the first proxy that sends to another one.
func (p *Pass) inFront(at *flow.Proxy) *flow.Proxy {
	for _, r := range p.Topology.Routes {
		for _, t := range r.Targets {
			if t.Proxy == at && len(r.Proxies) > 0 {
				return r.Proxies[0]
			}
		}
	}
	return nil
}

// leadingThere are the ways to have what a route is for come to its port: a
// route of the proxy in front that leads there as another one does.
func (p *Pass) leadingThere(front *flow.Proxy, at *flow.Listener, r *flow.Route) []diag.Suggestion {
	taken := func(o *flow.Route) bool {
		return o.HostOn(front) == r.FirstHost() && o.Path.V == r.Path.V && len(o.Matches) == 0
	}
	if i := slices.IndexFunc(front.Routes, taken); i >= 0 { // a second one would never be chosen
		to := add(inRoute(front.Routes[i]), diag.FactTarget, fmt.Sprintf("%s:%d", at.Proxy.Name, at.Port))
		return []diag.Suggestion{given(way(to), "both are meant to serve the host")}
	}
	for _, o := range front.Routes {
		tls := o.Mode.V == flow.ModeReencrypt || o.Mode.V == flow.ModePassthrough || o.Relayed()
		i := slices.IndexFunc(o.Targets, func(t *flow.Target) bool { return t.Proxy == at.Proxy && o.NextPort(t) == at })
		if i < 0 || o.HostOn(front) == "" || tls != at.Terminates() {
			continue
		}
		with := []diag.Setting{setting(diag.FactServedBy, front.Name), setting(diag.FactHost, r.FirstHost())}
		if o.Mode.IsSet() {
			with = append(with, setting(diag.FactMode, o.Mode.V.String()))
		}
		name := freeName(r.Name+"-in", p.Topology.Routes, func(x *flow.Route) string { return x.Name })
		return []diag.Suggestion{way(declare(diag.KindRoute, name, append(with, setting(diag.FactTarget, targetText(o.Targets[i])))...))}
	}
	return []diag.Suggestion{given(way(removeAll(inRoute(r))), "no traffic is meant to take this route")}
}
