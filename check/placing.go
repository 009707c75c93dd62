package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// placed are the ways to have routes, which the same ports serve, on ports that
// can do what they say: another port of their proxy, another kind of port, or
// another mode.
func (p *Pass) placed(routes []*flow.Route) []diag.Suggestion {
	var out []diag.Suggestion
	stated := slices.ContainsFunc(routes, func(r *flow.Route) bool { return r.Mode.IsSet() })
	ways := []func([]*flow.Route) (diag.Suggestion, bool){onAnotherPort, func(l []*flow.Route) (diag.Suggestion, bool) { return p.relistening(l, false) }, p.inOtherModes}
	if !stated {
		slices.Reverse(ways)
	}
	for _, f := range ways {
		if w, ok := f(routes); ok {
			out = append(out, w)
		}
	}
	if w, ok := p.onOwnPort(routes); ok && len(out) == 0 {
		out = append(out, w)
	}
	return out
}

// onAnotherPort is the way to serve routes that name their port on another one
// of the same proxy.
func onAnotherPort(routes []*flow.Route) (diag.Suggestion, bool) {
	var steps []diag.Step
	for _, r := range routes {
		if len(r.On) != 1 || r.On[0].Port == 0 || r.Mode.V == flow.ModeNone && !readsPlaintext(r) {
			return diag.Suggestion{}, false
		}
		on := r.On[0]
		i := slices.IndexFunc(on.Proxy.Listeners, func(l *flow.Listener) bool { return l.Port != on.Port && suits(r, l.Kind) && l.Kind != flow.ListenTCP })
		if i < 0 {
			return diag.Suggestion{}, false
		}
		steps = append(steps, diag.Step{
			Do: diag.Change, In: inRoute(r), Fact: diag.FactServedBy, At: on.At,
			Was: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, on.Port)}, Value: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, on.Proxy.Listeners[i].Port)},
		})
	}
	return way(steps...), true
}

// suits reports whether a kind of port that reads HTTP can do what a route says.
func suits(r *flow.Route, kind flow.ListenKind) bool {
	return (r.Mode.V == flow.ModeNone) == (kind == flow.ListenHTTP)
}

// relistening is the way to have a port of another kind, where that suits all of
// its routes: one that reads HTTP, where http says so in place of tcp.
func (p *Pass) relistening(routes []*flow.Route, http bool) (diag.Suggestion, bool) {
	kind := flow.ListenHTTPS
	if routes[0].Mode.V == flow.ModeNone {
		kind = flow.ListenHTTP
	}
	for _, l := range portsOf(routes[0]) {
		others := func(r *flow.Route) bool {
			return r.Serves(l) && (!suits(r, kind) || speaksBytes(r) || r.HostOn(l.Proxy) == "" && r.SNI.V != flow.SNIHost ||
				kind == flow.ListenHTTP && (!readsPlaintext(r) || p.askedIn(r, "https")) ||
				l.Kind == flow.ListenHTTP && r.Insecure.V != flow.InsecureNone)
		}
		if !http && (p.askedBeside(routes[0], kind, l.Port) || p.sentBeside(routes[0], kind)) {
			continue
		}
		if l.Supplied() || l.Kind == kind || http && l.Kind != flow.ListenTCP || slices.ContainsFunc(l.Proxy.Routes, others) {
			continue
		}
		return way(diag.Step{
			Do: diag.Change, In: inListener(l), Fact: diag.FactListener, At: l.At,
			Was: []string{l.Kind.String(), socketOf(l)}, Value: []string{kind.String(), socketOf(l)},
		}), true
	}
	return diag.Suggestion{}, false
}

// plaintextOrUnsaid reports whether no server of a route is said to speak TLS.
func plaintextOrUnsaid(r *flow.Route) bool {
	return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend != nil && t.Backend.Speaks.IsSet() && t.Backend.Speaks.V.TLS()
	})
}

// readsPlaintext reports whether no target of a route is said to speak TLS.
func readsPlaintext(r *flow.Route) bool {
	return plaintextOrUnsaid(r) && !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return sentTLS(r, t) })
}

// speaksBytes reports whether servers of a route speak no HTTP.
func speaksBytes(r *flow.Route) bool {
	return slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend != nil && t.Backend.Speaks.IsSet() && (t.Backend.Speaks.V == flow.SpeaksTCP || t.Backend.Speaks.V == flow.SpeaksTLS)
	})
}

// inOtherModes is the way to give routes the modes that their ports can do.
func (p *Pass) inOtherModes(routes []*flow.Route) (diag.Suggestion, bool) {
	var steps []diag.Step
	for _, r := range routes {
		own, ok := p.inOtherMode(r)
		if !ok {
			return diag.Suggestion{}, false
		}
		steps = append(steps, own...)
	}
	return way(steps...), true
}

func (p *Pass) inOtherMode(r *flow.Route) ([]diag.Step, bool) {
	some := func(f func(*flow.Listener) bool) bool { return somePort(r, f) }
	switch {
	case r.Mode.V == flow.ModeNone && some((*flow.Listener).Terminates):
		if readsPlaintext(r) {
			return p.terminating(r, flow.ModeEdge)
		}
		return p.terminating(r, flow.ModeReencrypt)
	case r.Mode.V != flow.ModeNone && r.Mode.V != flow.ModePassthrough && !plaintextServers(r):
		return p.passing(r)
	case r.Mode.V != flow.ModeNone && plaintextServers(r) && some(func(l *flow.Listener) bool { return l.Kind == flow.ListenHTTP }) && !p.askedIn(r, "https"):
		return []diag.Step{mode(r, flow.ModeNone)}, true
	}
	return nil, false
}

// onOwnPort is the way to have the usual port for what routes say beside the others: 80 for
// plaintext, 443 for TLS. Requests that ask elsewhere would not come there.
func (p *Pass) onOwnPort(routes []*flow.Route) (diag.Suggestion, bool) {
	r := routes[0]
	if len(r.Proxies) != 1 || r.Mode.V == flow.ModePassthrough {
		return diag.Suggestion{}, false
	}
	proxy, kind, ports := r.Proxies[0], flow.ListenHTTPS, []int{443, 8443}
	if r.Mode.V == flow.ModeNone {
		kind, ports = flow.ListenHTTP, []int{80, 8080}
	}
	for _, o := range routes {
		own := slices.ContainsFunc(o.On, func(on flow.OnProxy) bool { return on.Port != 0 })
		if own || len(o.Proxies) != 1 || speaksBytes(o) || !suits(o, kind) || kind == flow.ListenHTTP && !readsPlaintext(o) {
			return diag.Suggestion{}, false
		}
	}
	i := slices.IndexFunc(ports, func(port int) bool { return proxy.Listens(port) == nil })
	if i < 0 || slices.ContainsFunc(routes, func(o *flow.Route) bool { return p.askedBeside(o, kind, ports[i]) || p.sentBeside(o, kind) }) {
		return diag.Suggestion{}, false
	}
	at := flow.Listener{Proxy: proxy}
	at.Port, at.Address = ports[i], sharedAddress(proxy)
	return way(add(inProxy(proxy), diag.FactListener, kind.String(), socketOf(&at))), true
}

// sharedAddress is the address of all ports of a proxy; "" where they differ.
func sharedAddress(proxy *flow.Proxy) string {
	address := proxy.Listeners[0].Address
	if slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool { return l.Address != address }) {
		return ""
	}
	return address
}

// askedBeside reports whether requests for a route ask on another port than one of a kind,
// or on that one in another scheme.
func (p *Pass) askedBeside(r *flow.Route, kind flow.ListenKind, port int) bool {
	scheme := protocolOf(kind == flow.ListenHTTPS)
	for _, host := range hostsOf(r) {
		for _, q := range p.model.asked().of(host) {
			call := q.Calls[0]
			if !q.Derived && call.IsHTTP() && (call.Scheme == scheme) != (call.Port == port) {
				return true
			}
		}
	}
	return false
}

// sentBeside reports whether a proxy in front sends for a route to its proxy what a port of a
// kind does not read.
func (p *Pass) sentBeside(r *flow.Route, kind flow.ListenKind) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(o *flow.Route) bool {
		plain := o.Mode.V == flow.ModeEdge || o.Mode.V == flow.ModeNone && !o.Relayed()
		return (o.Relayed() || plain != (kind == flow.ListenHTTP)) && slices.ContainsFunc(o.Targets, func(t *flow.Target) bool {
			return t.Proxy != nil && slices.Contains(r.Proxies, t.Proxy)
		})
	})
}
