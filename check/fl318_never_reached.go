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
		for _, u := range slices.Concat(p.model.paths().Unled, p.passedOver()) {
			r, at := u.Route, u.At.Proxy
			if !p.leftOut(u) || p.fails(r) || p.blamed(r, deadEnds...) {
				continue
			}
			if astray := p.Topology.Astray(r); astray != nil && p.lacksFront(r, astray) != nil {
				continue // FL607 says so
			}
			front := p.inFront(at)
			d := p.Report(hostAt(r), "route %q is never reached: clients connect to proxy %q, which has no route for %s to proxy %q",
				r.Name, front.Name, r.FirstHost()+r.Path.V, at.Name)
			related(d, at.At, "proxy %q is behind proxy %q", at.Name, front.Name)
			d.Suggest(p.leadingThere(front, u.At, r)...)
		}
		p.ledByUnchosen()
	},
}

// ledByUnchosen reports the routes to which only routes lead that are never chosen in
// front: of these a warning says no more than that.
func (p *Pass) ledByUnchosen() {
	over := p.model.paths().over
	for _, front := range p.Topology.Routes {
		if len(over[front]) > 0 || len(front.Proxies) != 1 || front.SNI.V != flow.SNIHost || !front.Host.IsSet() || p.model.doubt.any(front) {
			continue
		}
		for _, t := range front.Targets {
			if t.Proxy == nil {
				continue
			}
			for r := range t.Proxy.RoutesFor(front.FirstHost()) {
				at := front.NextPort(t)
				if at == nil || len(over[r]) > 0 || !at.Takes(r) || flow.Fold(r.HostOn(t.Proxy)) != flow.Fold(front.FirstHost()) {
					continue
				}
				if !p.leftOut(flow.Unled{Route: r, At: at}) || p.fails(r) || p.blamed(r, deadEnds...) || p.model.doubt.any(r) {
					continue
				}
				proxy := front.Proxies[0]
				d := p.Report(hostAt(r), "route %q is never reached: proxy %q never chooses route %q, which leads to it%s",
					r.Name, proxy.Name, front.Name, chosenInstead(proxy, front))
				related(d, hostAt(front), "route %q is never chosen", front.Name)
				d.Suggest(p.leadingThere(front.Proxies[0], at, r)...)
				d.Suggest(p.withoutTraffic(r))
			}
		}
	}
}

// chosenInstead names the route that a proxy chooses for the requests that another one is for;
// "" for none.
func chosenInstead(proxy *flow.Proxy, r *flow.Route) string {
	for _, o := range proxy.Routes {
		if o == r {
			break
		}
		if proxy.Implies(r, o) && shadows(proxy, o, r) {
			_, why := proxy.Compare(o, r)
			return fmt.Sprintf(", but route %q for %s, because %s", o.Name, orAny(r.HostOn(proxy)), why)
		}
	}
	return ""
}

// passedOver are the routes behind proxies that lead other paths of their host to them:
// what is asked in front for such a route matches none there.
func (p *Pass) passedOver() []flow.Unled {
	var out []flow.Unled
	first := once[*flow.Route]()
	for _, path := range p.model.paths().All {
		r, end := path.Ask.Wanted, path.Hops[len(path.Hops)-1].Listener
		if r == nil || r.Path.V == "" || end == nil || path.Ask.Inside || len(p.model.paths().over[r]) > 0 ||
			slices.Contains(r.Proxies, end.Proxy) || p.model.doubt.path(path) || !path.Classes[0].Summary.Fails() ||
			path.Classes[0].Summary.Problem != flow.ProblemNoRoute || !first(r) {
			continue
		}
		for _, l := range r.Proxies[0].Listeners {
			if l.Takes(r) {
				out = append(out, flow.Unled{Route: r, At: l})
				break
			}
		}
	}
	return out
}

// leftOut reports whether a route waits behind other proxies, none of which leads what it
// is for to it, and nothing says that clients come there themselves.
func (p *Pass) leftOut(u flow.Unled) bool {
	r, at := u.Route, u.At.Proxy
	led := slices.ContainsFunc(p.model.paths().over[r], func(path *flow.Path) bool { return !path.Ask.Inside })
	return !led && !p.ledOnCondition(r) && r.SNI.V == flow.SNIHost && !isAddress(r.FirstHost()) && len(at.From) == 0 && len(at.Domains) == 0 && !p.enters(at)
}

// ledOnCondition reports whether a route in front leads some of its requests to a proxy of
// another one: which of these are for it is not told.
func (p *Pass) ledOnCondition(r *flow.Route) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(front *flow.Route) bool {
		return front != r && len(front.Matches) > 0 && slices.ContainsFunc(front.Targets, func(t *flow.Target) bool {
			return t.Proxy != nil && slices.Contains(r.Proxies, t.Proxy)
		})
	})
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
		return []diag.Suggestion{given(way(to), "route %q is meant to lead to proxy %q, too", front.Routes[i].Name, at.Proxy.Name)}
	}
	for _, o := range front.Routes {
		tls := o.Mode.V == flow.ModeReencrypt || o.Mode.V == flow.ModePassthrough || o.Relayed()
		i := slices.IndexFunc(o.Targets, func(t *flow.Target) bool { return t.Proxy == at.Proxy && o.NextPort(t) == at })
		if i < 0 || o.HostOn(front) == "" || tls != at.Terminates() {
			continue
		}
		if steps, ok := p.routeBeside(front, o, at, r); ok {
			target := setting(diag.FactTarget, targetText(o.Targets[i]))
			last := &steps[len(steps)-1]
			last.With = append(last.With, target)
			return []diag.Suggestion{way(steps...)}
		}
	}
	return []diag.Suggestion{p.withoutTraffic(r)}
}

// routeBeside are the steps by which a proxy has a route for the host of another one that
// waits behind it, in the mode of a route which leads to the same port; the last step
// declares it, without a target. ok is false where no session does for that port.
func (p *Pass) routeBeside(front *flow.Proxy, o *flow.Route, at *flow.Listener, r *flow.Route) (steps []diag.Step, ok bool) {
	host := r.FirstHost()
	with := []diag.Setting{setting(diag.FactServedBy, front.Name), setting(diag.FactHost, host)}
	if r.Path.V != "" && !o.Relayed() && o.Mode.V != flow.ModePassthrough {
		with = append(with, setting(diag.FactPath, r.Path.V))
	}
	if o.Mode.V == flow.ModeReencrypt {
		s, ok := p.sessionBeside(front, o, at, flow.OneHost(host))
		if !ok {
			return nil, false
		}
		steps = append(steps, s.first...)
		with = append(with, diag.Setting{Fact: diag.FactMode, Value: []string{o.Mode.V.String()}, With: s.facts})
	} else if o.Mode.IsSet() {
		with = append(with, setting(diag.FactMode, o.Mode.V.String()))
	}
	if c := shownTo(front, o, flow.OneHost(host)); c != nil && !c.Covers(flow.OneHost(host)) {
		own := p.certify(inRoute(r), diag.FactCertificate, nil, likeFor(c, flow.OneHost(host)), p.freshBeside(c, r))
		steps = append(steps, own[:len(own)-1]...)
		with = append(with, setting(diag.FactCertificate, own[len(own)-1].Value...))
	}
	name := freeName(r.Name+"-in", p.Topology.Routes, func(x *flow.Route) string { return x.Name })
	return append(steps, declare(diag.KindRoute, name, with...)), true
}

// sessionBeside is what the sessions of a new route state: as those of another one that
// leads to the same port, but for a name that is another one for each host.
func (p *Pass) sessionBeside(front *flow.Proxy, o *flow.Route, at *flow.Listener, host string) (session, bool) {
	up := o.Upstream
	end := o.UpstreamEnd(front)
	end.Trust, end.Certificate, end.Verify = front.End.Trust, front.End.Certificate, flow.Default(true)
	if verify := up.End.Verify; verify.IsSet() && !verify.V {
		s, ok := p.sessionTo([]shownAhead{{nil, at.Asks("").V}}, front, end, true)
		s.facts = append(s.facts, setting(diag.FactVerify, "none"))
		return s, ok
	}
	c, _ := at.CertificateFor(host)
	if up.SNIHost && (c == nil || c.Covers(host)) {
		s, ok := p.sessionTo([]shownAhead{{c, at.Asks(host).V}}, front, end, true)
		s.facts = append(s.facts, setting(diag.FactSNI, "host"))
		return s, ok
	}
	ahead := aheadAt(at)
	if name := up.Name.V; name != "" && !up.SNI.IsSet() && ahead.certificate.Covers(name) {
		s, ok := p.sessionTo([]shownAhead{ahead}, front, end, true)
		s.facts = append(s.facts, setting(diag.FactCheckedName, name))
		return s, ok
	}
	return p.sessionTo([]shownAhead{ahead}, front, end, false, host)
}

// shownTo is the certificate that a proxy shows for a host on the first port of a route
// where TLS ends; nil where it states none.
func shownTo(front *flow.Proxy, o *flow.Route, host string) *flow.Certificate {
	for _, l := range front.Listeners {
		if l.Ends(o) {
			c, _ := l.CertificateFor(host)
			return c
		}
	}
	return nil
}

// likeFor accepts certificates for a host, of the CA of another one.
func likeFor(c *flow.Certificate, host string) func(*flow.Certificate) bool {
	return func(o *flow.Certificate) bool { return naming(host)(o) && o.Issuer.V == c.Issuer.V }
}

// freshBeside declares a certificate for the host of a route, of the CA of another one.
func (p *Pass) freshBeside(c *flow.Certificate, r *flow.Route) diag.Step {
	with := []diag.Setting{setting(diag.FactNames, r.FirstHost())}
	if ca := c.Issuer.V; ca != nil {
		with = append(with, setting(diag.FactIssuer, ca.Name))
	}
	return declare(diag.KindCertificate, p.freeCertificate(r.Name+"-public"), with...)
}
