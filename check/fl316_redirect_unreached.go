package check

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var redirectUnreached = &Rule{
	Code: "FL316", Name: "redirect-unreached", Severity: diag.Warning, Since: "0.3", Scope: ScopeModel,
	Doc: "plaintext requests for the host of a route with insecure redirect reach a proxy that redirects them",
	Why: "the proxy that gets a client's plaintext request answers the redirect. Behind a balancer its http port " +
		"decides that, and may lead to another proxy than its https port (language reference, How things find " +
		"each other)",
	Wire: "the exchange that is derived for http:// and the route's host. In the bad model below the balancer sends " +
		"it to a proxy without a route for the host, and the client gets 503; the proxy that would redirect gets " +
		"no connection",
	Bad: `proxy lb {
    listen tcp :443
    listen tcp :80
}
proxy shop-in {
    listen http :80
    listen https :443
}
proxy other-in {
    listen http :80
}

route tls on lb:443 {
    to shop-in
}
route plain on lb:80 {
    to other-in
}
route shop on shop-in {
    host shop.apps.example.test
    tls edge
    insecure redirect
    to shop
}
route other on other-in {
    host other.apps.example.test
    to other
}
`,
	Good: `proxy lb {
    listen tcp :443
    listen tcp :80
}
proxy shop-in {
    listen http :80
    listen https :443
}

route tls on lb:443 {
    to shop-in
}
route plain on lb:80 {
    to shop-in
}
route shop on shop-in {
    host shop.apps.example.test
    tls edge
    insecure redirect
    to shop
}
`,
	Run: func(p *Pass) {
		said := sync.OnceValue(p.saidOfDeadEnds)
		p.routes(func(r *flow.Route) {
			if r.Insecure.V != flow.InsecureRedirect || deadRedirect(r) || p.Topology.Astray(r) != nil {
				return // FL607 says that clients come to another proxy
			}
			for _, path := range p.Topology.PlainPaths(r) {
				if path.Lost() && p.reportUnreached(r, path, said) {
					return
				}
			}
		}, flow.ModeEdge, flow.ModeReencrypt, flow.ModePassthrough)
	},
}

// reportUnreached reports what plaintext for a route's host gets in place of a
// redirect, unless the model says that it does.
func (p *Pass) reportUnreached(r *flow.Route, path *flow.Path, said func() map[answer]bool) bool {
	q := path.Request()
	c := p.course(q)
	if c.cause == nil || p.expectedPlaintext(r, c.outcome.Fault) {
		return false
	}
	p.explainPlaintext(r)
	if slices.ContainsFunc(path.Hops, func(h flow.Hop) bool { return h.Route != nil && p.model.misled[h.Route] }) {
		return false // FL206 says why it does not come there
	}
	host := path.Ask.Call.Host
	if last := path.Hops[len(path.Hops)-1]; last.From != nil && said()[answer{last.Target, last.Listener, host}] {
		return false // FL317 says so
	}
	end := ends(c.outcome)
	if strings.HasPrefix(end, "gets ") {
		end = "the client " + end
	}
	d := p.Report(known(r.Insecure.At, r.At), "route %q states a redirect for http://%s%s, but %s: %s",
		r.Name, host, path.Ask.Call.Path, end, whyOf(c.outcome))
	d.Way = wayOf([]*flow.Path{path})
	for _, h := range path.Hops {
		if h.Target != nil {
			related(d, h.Target.At, "route %q sends the plaintext on here", h.Route.Name)
		}
	}
	d.Suggest(p.redirectedBy(r, path)...)
	d.Suggest(p.plaintextTo(r, path)...)
	if !p.askedIn(r, "http") {
		d.Suggest(given(way(remove(inRoute(r), diag.FactInsecure, r.Insecure.At, r.Insecure.V.String())), "plaintext is not meant to be redirected"))
	}
	return true
}

// saidOfDeadEnds are the ports that do not take what targets lead there, and the hosts, of
// which FL317 says so.
func (p *Pass) saidOfDeadEnds() map[answer]bool {
	out := map[answer]bool{}
	targets, ends := p.deadTargets()
	for _, t := range targets {
		for _, path := range ends[t] {
			last := path.Hops[len(path.Hops)-1]
			if path.Ask.Call.InClear() && !p.expectedFailure(ends[t][0].Hops[len(ends[t][0].Hops)-1].Route, deadEnds...) {
				out[answer{t, last.Listener, path.Ask.Call.Host}] = true
			}
		}
	}
	return out
}

// redirectedBy is the way to lead plaintext to a proxy that redirects it, where
// that is one other target at the last hop, and nothing is served at the one that
// it takes the place of.
func (p *Pass) redirectedBy(r *flow.Route, path *flow.Path) []diag.Suggestion {
	last := path.Hops[len(path.Hops)-1]
	if last.Route == nil || last.Target.Proxy == nil || len(last.Route.Targets) != 1 || last.Target.Port != 0 {
		return nil
	}
	own := flow.Fold(last.Route.HostOn(last.From)) == flow.Fold(path.Ask.Call.Host) // and nothing else comes this way
	if l := last.Listener; l != nil && !own && slices.ContainsFunc(l.Proxy.Routes, l.Takes) {
		return nil
	}
	for _, proxy := range r.Proxies {
		if l := proxy.Listens(last.Port); l != nil && l.Kind == flow.ListenHTTP && l.Takes(r) && proxy != last.Target.Proxy {
			to := diag.Step{Do: diag.Change, In: inRoute(last.Route), Fact: diag.FactTarget, At: last.Target.At, Was: weighted(last.Target.Proxy.Name, last.Target), Value: weighted(proxy.Name, last.Target)}
			return []diag.Suggestion{way(to)}
		}
	}
	return nil
}

// plaintextTo is the way to have a port that chooses by the SNI relay plaintext to one that
// redirects it: a route without a host. None where another one takes plaintext already.
func (p *Pass) plaintextTo(r *flow.Route, path *flow.Path) []diag.Suggestion {
	l := path.Hops[0].Listener
	if len(path.Hops) > 1 || l == nil || l.Kind != flow.ListenTCP || l.Terminates() || l.Fallback() != nil {
		return nil
	}
	for _, proxy := range r.Proxies {
		for _, to := range proxy.Listeners {
			if proxy == l.Proxy || to.Kind != flow.ListenHTTP || !to.Takes(r) {
				continue
			}
			with := []diag.Setting{
				setting(diag.FactServedBy, fmt.Sprintf("%s:%d", l.Proxy.Name, l.Port)), setting(diag.FactTarget, fmt.Sprintf("%s:%d", proxy.Name, to.Port)),
			}
			if to.AcceptProxy.V {
				with = append(with, setting(diag.FactSendProxy, "v2"))
			}
			return []diag.Suggestion{way(declare(diag.KindRoute, p.freeRoute("", "plaintext"), with...))}
		}
	}
	return nil
}

// expectedPlaintext reports whether a request of the model asks in plaintext for a
// host of the route and expects the failure that there is.
func (p *Pass) expectedPlaintext(r *flow.Route, fault flow.Fault) bool {
	for _, host := range hostsOf(r) {
		for _, q := range p.model.asked().of(host) {
			if q.Calls[0].Scheme == "http" && expectsFailure(q) && p.meets(q, fault) {
				return true
			}
		}
	}
	return false
}
