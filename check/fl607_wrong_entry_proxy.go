package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var wrongEntryProxy = &Rule{
	Code: "FL607", Name: "wrong-entry-proxy", Severity: diag.Error, Since: "0.2", Scope: ScopeModel,
	Doc: "the name of a route's host resolves to a proxy that serves the route",
	Why: "clients connect to the proxy that the name resolves to, which is the controller of its domain. A " +
		"controller that does not admit the route has no route for the host (OpenShift, ingress sharding; route " +
		"API, RouteIngress)",
	Wire: "the controller of the domain presents its default certificate, completes the handshake and answers 503 " +
		"itself. A port that only relays closes after the ClientHello. The controller that serves the route gets " +
		"no connection (measured, with a host that no route has)",
	Except: "the host has a DNS record of its own that resolves to the right controller: add the host as a domain " +
		"there. If a request is meant to fail, declare it: expect 503",
	Bad: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route media {
    host media.apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Good: `proxy router-default {
    domain apps.example.test
    admit sharded!=true
}
proxy router-sharded {
    domain shard-apps.example.test
    admit sharded=true
}

route media {
    host media.shard-apps.example.test
    labels sharded=true
    tls edge
    to media
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			astray := p.Topology.Astray(r)
			if astray == nil || p.expectedFailureAt(r) {
				return
			}
			p.explainHost(missing{route: r, unreached: true})
			d := p.Report(hostAt(r), "%s", so(fmt.Sprintf("clients that request %s connect to %s, which %s not serve route %q; proxy %q serves it",
				astray.Host, whereTo(astray), doOrDoes(astray.Ends), r.Name, r.Proxies[0].Name), p.askersGet(r)))
			related(d, astray.Domain.At, "proxy %q states this domain, which the host is below", astray.Owner.Name)
			for _, end := range astray.Ends {
				refusals(d, end, r)
			}
			if u := p.lacksFront(r, astray); u != nil {
				d.Suggest(p.leadingThere(p.inFront(u.At.Proxy), u.At, r)...)
				return
			}
			d.Suggest(p.reached(r, astray)...)
		}, flow.Modes...)
	},
}

// lacksFront is a route that waits behind the proxy to which its host leads, where that
// has no route for it; nil where it does not.
func (p *Pass) lacksFront(r *flow.Route, astray *flow.Astray) *flow.Unled {
	all := p.model.paths().Unled
	i := slices.IndexFunc(all, func(u flow.Unled) bool { return u.Route == r })
	if i < 0 || !p.leftOut(all[i]) || !slices.Contains(astray.Entries, p.inFront(all[i].At.Proxy)) {
		return nil
	}
	return &all[i]
}

// proxiesInWords names proxies: proxy "a", proxy "b".
func proxiesInWords(proxies []*flow.Proxy) string {
	var out []string
	for _, p := range proxies {
		out = append(out, fmt.Sprintf("proxy %q", p.Name))
	}
	return strings.Join(out, " or ")
}

// whereTo is where clients come to that ask for a host, and where that leads them.
func whereTo(a *flow.Astray) string {
	if slices.Equal(a.Entries, a.Ends) {
		return proxiesInWords(a.Entries)
	}
	return proxiesInWords(a.Entries) + " and on to " + proxiesInWords(a.Ends)
}

func doOrDoes(proxies []*flow.Proxy) string {
	if len(proxies) > 1 {
		return "do"
	}
	return "does"
}

// reached are the ways to have clients come to a route whose host leads to
// another proxy: the name gets a domain of its own at the route's proxy, where
// that stands in front of the other one; else the route has a host of its own
// proxy's, or is served where the name leads.
func (p *Pass) reached(r *flow.Route, astray *flow.Astray) []diag.Suggestion {
	here, entry := r.Proxies[0], astray.Entries[0]
	if p.comesTo(here, entry) {
		steps := []diag.Step{add(inProxy(here), diag.FactDomain, astray.Host)}
		if domain, wild := strings.CutPrefix(astray.Host, "*."); wild {
			steps = movingDomain(astray.Owner, here, domain)
		}
		return []diag.Suggestion{because(way(steps...), "clients come to proxy %q first", here.Name)}
	}
	if to := r.Targets; len(to) == 1 && to[0].Proxy != nil && to[0].Proxy != entry && entry.Listens(portToNext(here, r)) != nil {
		was := targetText(to[0])
		return []diag.Suggestion{because(way(change(inRoute(r), diag.FactTarget, to[0].At, []string{was}, strings.Replace(was, to[0].Name(), entry.Name, 1))),
			"proxy %q is then in front of proxy %q", here.Name, entry.Name)}
	}
	var out []diag.Suggestion
	elsewhere := p.servedElsewhere(r, astray.Host)
	if len(here.Domains) > 0 && r.Host.IsSet() {
		if domain := nearestDomain(here, r.Host.V); p.leadsHome(r, domain.V) {
			if elsewhere {
				out = append(out, p.withoutTraffic(r))
			}
			out = append(out, way(p.rehosted(r, domain.V, !elsewhere)...))
		}
	}
	for _, end := range astray.Ends {
		if !canServe(end, r) || !p.shows(end, r) || r.Subdomain.IsSet() && len(end.Domains) == 0 || hides(end, r) {
			continue
		}
		if steps, ok := p.moving(r, end); ok {
			out = append(out, because(way(steps...), "proxy %q then admits it", end.Name))
		}
		served := add(inRoute(r), diag.FactServedBy, end.Name)
		if len(r.On) > 0 {
			served = diag.Step{Do: diag.Change, In: inRoute(r), Fact: diag.FactServedBy, At: r.On[0].At, Was: []string{r.On[0].Proxy.Name}, Value: []string{end.Name}}
		}
		out = append(out, because(way(served), "proxy %q then serves it, whatever its labels", end.Name))
	}
	switch {
	case len(out) > 0 || strings.HasPrefix(astray.Host, "*."):
	case elsewhere: // another domain would take that away
		out = append(out, p.withoutTraffic(r))
	default:
		out = append(out, because(way(add(inProxy(here), diag.FactDomain, astray.Host)), "the name then leads to proxy %q", here.Name))
	}
	return out
}

// servedElsewhere reports whether clients that ask for a host get an answer by another
// route.
func (p *Pass) servedElsewhere(r *flow.Route, host string) bool {
	return slices.ContainsFunc(p.model.paths().All, func(path *flow.Path) bool {
		return path.Ask.Call.Host == host && !path.Ask.Inside && !path.Fails() && !path.Takes(r)
	})
}

// moving are the steps by which labels have one proxy admit a route, and no other one
// beside it; ok is false where more than that would change.
func (p *Pass) moving(r *flow.Route, to *flow.Proxy) ([]diag.Step, bool) {
	steps, ok := p.labelling(r, to)
	if !ok || len(r.On) > 0 {
		return nil, false
	}
	moved := labelled(r, to)
	for _, x := range p.Topology.Proxies {
		selections := x.Selections(moved)
		switch {
		case x == to, slices.ContainsFunc(selections, func(s flow.Selection) bool { return s.Selector.All || len(s.Unmet) > 0 }):
		case len(selections) > 0:
			return nil, false
		case slices.Contains(r.Proxies, x):
			fact, value := rest(to)
			if value == "" || slices.ContainsFunc(x.Routes, func(o *flow.Route) bool { return o != r && len(to.Selections(o)[0].Unmet) == 0 }) {
				return nil, false
			}
			steps = append(steps, add(inProxy(x), fact, value))
		}
	}
	return steps, true
}

// labelled is a route with the labels, at itself and at its namespace, that the selectors of a
// proxy want.
func labelled(r *flow.Route, to *flow.Proxy) *flow.Route {
	with := func(selectors []flow.Selector, labels []flow.Label) []flow.Label {
		labels = slices.Clone(labels)
		for _, s := range selectors {
			for _, t := range s.Terms {
				i := slices.IndexFunc(labels, func(l flow.Label) bool { return l.Key == t.Key })
				want, _ := wantedLabel(t, labels, i)
				key, value, found := strings.Cut(want, "=")
				switch {
				case !found:
				case i >= 0:
					labels[i].Value = value
				default:
					labels = append(labels, flow.Label{Key: key, Value: value})
				}
			}
		}
		return labels
	}
	out, ns := *r, flow.Namespace{}
	if r.Namespace != nil {
		ns = *r.Namespace
	}
	out.Labels = with(to.Admit, r.Labels)
	ns.Labels = with(to.AdmitNamespaces, ns.Labels)
	out.Namespace = &ns
	return &out
}

// portToNext is the port of the next proxy to which a proxy sends what comes by a
// route with one target; 0 for none.
func portToNext(at *flow.Proxy, r *flow.Route) int {
	for _, l := range at.Listeners {
		if l.Takes(r) {
			return cmp.Or(r.Targets[0].Port, l.Port)
		}
	}
	return 0
}

// leadsHome reports whether a name of a route below a domain leads to a proxy that
// serves it.
func (p *Pass) leadsHome(r *flow.Route, domain string) bool {
	host := flow.OneHost(rehost(r, domain))
	entries, _ := p.Topology.EntryProxies(host)
	return slices.ContainsFunc(entries, func(at *flow.Proxy) bool { return p.Topology.Reaches(at, r, host) })
}

// canServe reports whether a proxy has a port that can do what a route says.
func canServe(proxy *flow.Proxy, r *flow.Route) bool {
	return slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool {
		switch r.Mode.V {
		case flow.ModeNone:
			return l.Kind == flow.ListenHTTP
		case flow.ModeEdge, flow.ModeReencrypt:
			return l.Terminates()
		case flow.ModePassthrough:
			return l.Kind != flow.ListenHTTP
		}
		panic("check: unknown mode")
	})
}

// comesTo reports whether traffic that comes to one proxy can get to another.
func (p *Pass) comesTo(front, proxy *flow.Proxy) bool {
	seen := map[*flow.Proxy]bool{}
	for next := []*flow.Proxy{front}; len(next) > 0; {
		at := next[0]
		next = next[1:]
		if at == proxy {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		for _, on := range at.Routes {
			for _, t := range on.Targets {
				if t.Proxy != nil {
					next = append(next, t.Proxy)
				}
			}
		}
	}
	return false
}

// movingDomain are the steps by which the domains over a host are those of
// another proxy. What was below them without saying so says it then.
func movingDomain(from, to *flow.Proxy, host string) []diag.Step {
	var steps []diag.Step
	for i, d := range from.Domains {
		if !flow.InDomain(d.V, host) {
			continue
		}
		steps = append(steps, remove(inProxy(from), diag.FactDomain, d.At, d.V), add(inProxy(to), diag.FactDomain, d.V))
		for _, r := range from.Routes {
			if i == 0 && r.Subdomain.IsSet() {
				steps = append(steps, remove(inRoute(r), diag.FactSubdomain, r.Subdomain.At, r.Subdomain.V), add(inRoute(r), diag.FactHost, r.HostOn(from)))
			}
		}
	}
	return steps
}

// hides reports whether a route of a proxy would take every request of another one that was
// served there, too.
func hides(proxy *flow.Proxy, r *flow.Route) bool {
	host := flow.Fold(cmp.Or(r.HostOn(proxy), r.Host.V))
	return slices.ContainsFunc(proxy.Routes, func(o *flow.Route) bool {
		return o != r && flow.Fold(o.HostOn(proxy)) == host && len(o.Matches) == 0 && len(r.Matches) == 0 &&
			flow.PathMatches(o.Path.V, r.Path.V) && flow.PathMatches(r.Path.V, o.Path.V)
	})
}

// rehosted are the steps by which a route has a host below a domain, and the
// requests for it ask for that one, unless others answer them.
func (p *Pass) rehosted(r *flow.Route, domain string, asked bool) []diag.Step {
	host := rehost(r, domain)
	steps := []diag.Step{state(inRoute(r), diag.FactHost, r.Host, []string{r.Host.V}, host)}
	if !asked {
		return steps
	}
	for _, q := range p.model.asked().of(r.Host.V) {
		for i, call := range q.Calls {
			if flow.HostMatches(r.Host.V, call.Host) && !q.Derived {
				own, _, _ := strings.Cut(call.Host, ".")
				steps = append(steps, callTo(q, i, own+"."+domain, call.Port))
			}
		}
	}
	return steps
}

// rehost is a route's host below another domain.
func rehost(r *flow.Route, domain string) string {
	label, _, _ := strings.Cut(r.Host.V, ".")
	return label + "." + domain
}

// shows reports whether a proxy that served a route would show its clients, or
// relay to them, a certificate for its host.
func (p *Pass) shows(proxy *flow.Proxy, r *flow.Route) bool {
	host := flow.OneHost(r.Host.V)
	if r.Mode.V == flow.ModePassthrough {
		return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Backend != nil && !p.forClients(t.Backend, host) })
	}
	return r.Certificate.IsSet() || !slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool {
		c, _ := l.CertificateFor(host)
		return l.Terminates() && !c.Covers(host)
	})
}
