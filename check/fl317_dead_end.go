package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var deadEnd = &Rule{
	Code: "FL317", Name: "dead-end", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "a proxy that is a target has a route for the requests that it gets",
	Why: "each proxy of a chain chooses again, by SNI or by host and path, among the routes of the port that gets " +
		"the connection (HAProxy configuration manual, 4.2, use_backend; 5.1, bind). A route on another port, or " +
		"for another host, is not among them",
	Wire: "the first proxy opens the connection. The second one answers 503, or, if it relays by SNI, closes. The " +
		"first proxy relays the 503, or answers 503 itself after its retries (measured)",
	Bad: `proxy cdn { listen https :443 }
proxy ingress {
    listen https :8443
    listen https :9443
}
route shop on cdn {
    host shop.example.test
    tls reencrypt
    to ingress:8443
}
route shop-inner on ingress:9443 {
    host shop.example.test
    tls edge
    to shop
}
`,
	Good: `proxy cdn { listen https :443 }
proxy ingress {
    listen https :8443
    listen https :9443
}
route shop on cdn {
    host shop.example.test
    tls reencrypt
    to ingress:9443
}
route shop-inner on ingress:9443 {
    host shop.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		targets, ends := p.deadTargets()
		routes := sync.OnceValue(p.routesByHost)
		for _, t := range targets {
			p.reportDeadEnd(t, ends[t], p.unledBehind(targets, t, ends[t][0], routes))
		}
	},
}

// deadTargets are the targets at whose ports no route takes what is asked for, and the
// paths that end there.
func (p *Pass) deadTargets() (targets []*flow.Target, ends map[*flow.Target][]*flow.Path) {
	taken := p.model.paths().answered()
	elsewhere := map[*flow.Ask]bool{} // another target leads to a route
	for _, path := range p.model.paths().All {
		if last := path.Hops[len(path.Hops)-1]; path.Route != nil && path.Ask.Wanted != nil && (path.Route != path.Ask.Wanted || last.Server != nil) {
			elsewhere[path.Ask] = true
		}
	}
	ends = map[*flow.Target][]*flow.Path{}
	for _, path := range p.model.paths().All {
		last := path.Hops[len(path.Hops)-1]
		if path.Ask.Request != nil || path.Ask.Inside || path.Route != nil || last.From == nil || last.Listener == nil || !path.Takes(path.Ask.Wanted) ||
			p.model.doubt.path(path) || unanswered(path) == nil {
			continue
		}
		host := path.Ask.Call.Host
		if path.Ask.Placeholder() {
			host = ""
		}
		if taken[answer{last.Target, last.Listener, host}] && !elsewhere[path.Ask] || host == "" && mayTake(last.Route, last.From, last.Listener) {
			continue
		}
		if ends[last.Target] == nil {
			targets = append(targets, last.Target)
		}
		ends[last.Target] = append(ends[last.Target], path)
	}
	return targets, ends
}

// answer is a port that takes what a target leads there, for a host; "" for some
// host.
type answer struct {
	by   *flow.Target
	at   *flow.Listener
	host string
}

// answered are the ports that take what targets lead there.
func (w *ways) answered() map[answer]bool {
	out := map[answer]bool{}
	for _, p := range w.All {
		for i, h := range p.Hops {
			if h.Target != nil && h.Listener != nil && (i+1 < len(p.Hops) || p.Route != nil) {
				out[answer{h.Target, h.Listener, ""}] = true
				out[answer{h.Target, h.Listener, p.Ask.Call.Host}] = true
			}
		}
	}
	return out
}

// mayTake reports whether a port has a route for some of the hosts that a route
// in front is for.
func mayTake(r *flow.Route, front *flow.Proxy, at *flow.Listener) bool {
	return slices.ContainsFunc(at.Proxy.Routes, func(o *flow.Route) bool {
		return o.Serves(at) && sharesHost(r, front, o, at.Proxy)
	})
}

// unanswered is the class of a path that ends at its last port because no route
// there takes it, from the first client that gets so far; nil where none does.
func unanswered(p *flow.Path) *flow.Class {
	if p.End != flow.EndNoRoute {
		return nil
	}
	for _, c := range p.Classes {
		if slices.Contains(deadEnds, c.Summary.Fault) {
			return c
		}
	}
	return nil
}

// deadEnds are the faults of what no route takes.
var deadEnds = []flow.Fault{flow.FaultNoRoute, flow.FaultInsecure, flow.FaultNoSNI}

// reportDeadEnd reports a target, and with it the route that waits for what it sends under
// another host; nil for none.
func (p *Pass) reportDeadEnd(t *flow.Target, on []*flow.Path, waits *flow.Route) {
	path := on[0]
	last := path.Hops[len(path.Hops)-1]
	r, l := last.Route, last.Listener
	if p.expectedFailure(r, deadEnds...) {
		return
	}
	p.explainRoute(r, deadEnds...)
	what, at := requestsOf(path), t.At
	if l.OnlyRelays() || l.Kind == flow.ListenTCP {
		sni, opener := last.SNI, path.Opener(len(path.Hops)-1)
		switch {
		case sni == "":
			return // FL301 and FL408 say so
		case !path.Ask.Placeholder():
			what = "the SNI " + sni
		}
		if opener != nil {
			at = known(opener.Upstream.SNI.At, opener.Upstream.Name.At, at)
		}
	}
	p.on = on
	d := p.Report(at, "route %q sends %s to %s, where no route matches: %s", r.Name, what, portOf(l), inWords(unanswered(path).Summary.Endings))
	p.on = nil
	related(d, l.At, "no route of proxy %q on this port matches", l.Proxy.Name)
	for _, o := range behind(r, l.Proxy) {
		p.explainRoute(o, deadEnds...)
		related(d, hostAt(o), "route %q is for the host of these requests", o.Name)
	}
	if waits != nil {
		p.explainRoute(waits, deadEnds...)
		related(d, hostAt(waits), "and route %q is never reached", waits.Name)
		d.Suggest(p.renamed(path, waits)...)
		return
	}
	d.Suggest(p.toAnswering(path, t)...)
}

// requestsOf says what is asked for on a path: "requests for shop.example.test/cart".
func requestsOf(p *flow.Path) string {
	a := p.Ask
	host := a.Call.Host
	if a.Placeholder() {
		host = a.Pattern()
	}
	switch {
	case host == "":
		return "its requests"
	case a.Call.Path == "/" || a.Call.Scheme == "tls":
		return "requests for " + host
	}
	return "requests for " + host + a.Call.Path
}

// toAnswering are the ways to have a port of the next proxy take what a route
// sends there: another port that has a route for it, or such a route on this one.
func (p *Pass) toAnswering(path *flow.Path, t *flow.Target) []diag.Suggestion {
	last := path.Hops[len(path.Hops)-1]
	r, l := last.Route, last.Listener
	if steps := asNamed(r, l, path.Ask.Call.Host); len(steps) > 0 {
		return []diag.Suggestion{way(steps...)}
	}
	var out []diag.Suggestion
	if path.Ask.Call.InClear() && len(path.Hops) > 1 {
		for _, o := range p.Topology.Routes {
			if o.Insecure.V == flow.InsecureRedirect && flow.HostMatches(o.Host.V, path.Ask.Call.Host) {
				out = append(out, p.redirectedBy(o, path)...)
			}
		}
	}
	if sni, opener := last.SNI, path.Opener(len(path.Hops)-1); opener != nil && sni != path.Ask.Call.Host && l.SNIRoute(path.Ask.Call.Host) != nil {
		was := []string{cmp.Or(opener.Upstream.SNI.V, "none")}
		steps := []diag.Step{state(inUpstream(opener), diag.FactSNI, opener.Upstream.SNI, was, "host")}
		if n := opener.Upstream.Name; n.IsSet() {
			steps = append(steps, remove(inUpstream(opener), diag.FactCheckedName, n.At, n.V))
		}
		out = append(out, way(steps...))
	}
	if r.Rewrite.IsSet() {
		if next, _ := l.HTTPRoute(flow.Head{Method: path.Ask.Call.Method, Host: path.Ask.Call.Host, Path: path.Ask.Call.Path}); next != nil {
			out = append(out, way(remove(inRoute(r), diag.FactRewrite, r.Rewrite.At, r.Rewrite.V)))
		}
	}
	for _, o := range l.Proxy.Listeners {
		if o == l || o.Terminates() != l.Terminates() || !answers(r, o) {
			continue
		}
		out = append(out, way(change(inRoute(r), diag.FactTarget, t.At, []string{targetText(t)}, fmt.Sprintf("%s:%d", t.Name(), o.Port))))
	}
	if next := behind(r, l.Proxy); len(next) == 1 && !next[0].Serves(l) && len(r.Targets) == 1 {
		if steps := movedTo(next[0], l); len(steps) > 0 {
			out = append(out, way(steps...))
		}
	}
	if len(out) == 0 {
		out = append(out, p.toAnother(path, t)...)
	}
	if len(out) > 0 {
		return out
	}
	if next := l.Proxy.Routes; len(next) == 1 && next[0].Host.IsSet() && strings.HasPrefix(r.Host.V, "*.") && next[0].Serves(l) && next[0].Host.V != r.Host.V && !isAddress(next[0].Host.V) {
		out = append(out, way(state(inRoute(r), diag.FactHost, r.Host, []string{r.Host.V}, next[0].Host.V)))
	}
	if len(r.Targets) > 1 {
		return append(out, given(way(remove(inRoute(r), diag.FactTarget, t.At, targetText(t))), "no traffic is meant to go to proxy %q", t.Name()))
	}
	return append(out, p.withoutTraffic(r))
}

// toAnother are the ways to lead a route to another proxy that has a route for its host on such a
// port, as after a copied line.
func (p *Pass) toAnother(path *flow.Path, t *flow.Target) []diag.Suggestion {
	last := path.Hops[len(path.Hops)-1]
	r, l := last.Route, last.Listener
	if owners, _ := p.Topology.ProxiesOfDomain(path.Ask.Call.Host); slices.Contains(owners, l.Proxy) {
		return nil // the host's name resolves to it, and it is the routes that are elsewhere
	}
	var out []diag.Suggestion
	for _, o := range p.Topology.Proxies {
		passed := func(h flow.Hop) bool { return h.Listener != nil && h.Listener.Proxy == o }
		if slices.ContainsFunc(path.Hops, passed) || slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return t.Proxy == o }) {
			continue
		}
		for _, port := range o.Listeners {
			if port.Port == l.Port && port.Kind == l.Kind && answers(r, port) {
				to := o.Name
				if t.Port != 0 {
					to = fmt.Sprintf("%s:%d", o.Name, t.Port)
				}
				out = append(out, way(change(inRoute(r), diag.FactTarget, t.At, []string{targetText(t)}, to)))
			}
		}
	}
	return out
}

// asNamed are the steps by which a route that sends requests on with another Host sends
// them with one that the next port has a route for: their own, or that of its only
// route.
func asNamed(r *flow.Route, next *flow.Listener, asked string) []diag.Step {
	i := slices.IndexFunc(r.Headers, setsHost)
	if i < 0 || next.Kind == flow.ListenTCP {
		return nil
	}
	set, on := r.Headers[i], next.Proxy
	var hosts []string
	for _, o := range on.Routes {
		if !o.Serves(next) {
			continue
		}
		if flow.HostMatches(o.HostOn(on), asked) {
			return []diag.Step{remove(inRoute(r), diag.FactHeader, set.At, headerWords(set)...)}
		}
		hosts = append(hosts, o.HostOn(on))
	}
	if len(hosts) != 1 || hosts[0] == "" || strings.Contains(hosts[0], "*") || hosts[0] == set.Value {
		return nil
	}
	return []diag.Step{change(inRoute(r), diag.FactHeader, set.At, headerWords(set), set.On, set.Do, set.Name, hosts[0])}
}

// setsHost reports whether a header action sends requests on with another Host.
func setsHost(h flow.HeaderAction) bool {
	return h.On == "request" && h.Do == "set" && strings.EqualFold(h.Name, "Host")
}

// targetText is a target as it is stated: "ingress:8443".
func targetText(t *flow.Target) string {
	if t.Port != 0 {
		return fmt.Sprintf("%s:%d", t.Name(), t.Port)
	}
	return t.Name()
}
