package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// unledBehind is the one route to which nothing leads at the proxy at which a path ends, if
// one target alone is a dead end there: their hosts differ, and that is one fault. It is
// nil if there is no such route, if no change of a host mends both, and if another route is
// for the host that is requested.
func (p *Pass) unledBehind(dead []*flow.Target, t *flow.Target, path *flow.Path, routes func() map[string]int) *flow.Route {
	last := path.Hops[len(path.Hops)-1]
	at := last.Listener
	if len(behind(last.Route, at.Proxy)) > 0 || slices.ContainsFunc(dead, func(o *flow.Target) bool { return o != t && o.Proxy == t.Proxy }) {
		return nil
	}
	var waits *flow.Route
	for _, u := range p.model.paths().Unled {
		if u.At.Proxy != at.Proxy || !p.leftOut(u) {
			continue
		}
		if waits != nil || !at.Takes(u.Route) {
			return nil
		}
		waits = u.Route
	}
	if waits == nil || len(p.renamed(path, waits)) == 0 || routes()[flow.Fold(last.Route.Host.V)] > 1 {
		return nil
	}
	return waits
}

// routesByHost counts the routes that state each host.
func (p *Pass) routesByHost() map[string]int {
	out := map[string]int{}
	for _, r := range p.Topology.Routes {
		out[flow.Fold(r.Host.V)]++
	}
	return out
}

// renamed are the ways to have a route in front and the one that waits behind it state the
// same host.
func (p *Pass) renamed(path *flow.Path, waits *flow.Route) []diag.Suggestion {
	last := path.Hops[len(path.Hops)-1]
	front := last.Route
	var out []diag.Suggestion
	for _, to := range []struct{ from, to *flow.Route }{{waits, front}, {front, waits}} {
		if p.mayBeRenamed(path, to.from, to.to.Host.V) {
			w := way(change(inRoute(to.from), diag.FactHost, to.from.Host.At, []string{to.from.Host.V}, to.to.Host.V))
			out = append(out, given(w, "routes %q and %q are meant for the same host", front.Name, waits.Name))
		}
	}
	return out
}

// mayBeRenamed reports whether a route on a path can be for another host: no request asks
// for its own, no other route has the other one, clients come for it the same way, and
// the certificates that are shown to them cover it.
func (p *Pass) mayBeRenamed(path *flow.Path, r *flow.Route, host string) bool {
	plain := func(host string) bool { return host != "" && !strings.Contains(host, "*") && !isAddress(host) }
	if !plain(r.Host.V) || !plain(host) || r.Path.IsSet() || len(r.Proxies) != 1 || r.Certificate.IsSet() {
		return false
	}
	for _, q := range p.model.asked().of(r.Host.V) {
		if !q.Derived {
			return false
		}
	}
	has := func(o *flow.Route) bool { return flow.Fold(o.HostOn(r.Proxies[0])) == flow.Fold(host) }
	entries, domain := p.Topology.EntryProxies(host)
	if slices.ContainsFunc(r.Proxies[0].Routes, has) || domain != "" && !slices.Contains(entries, path.Ask.Via.Proxy) {
		return false
	}
	for _, h := range path.Hops {
		if h.Route != nil && slices.ContainsFunc(h.Route.Headers, setsHost) {
			return false
		}
		if h.Listener == nil || !h.TLS || h.Relayed != nil {
			continue
		}
		if c, _ := h.Listener.CertificateFor(host); c != nil && len(c.Names) > 0 && !c.Covers(host) {
			return false
		}
	}
	return true
}
