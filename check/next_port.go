package check

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// otherPort is the way to send a target's requests to a port of the next proxy
// that speaks plaintext, or TLS. The route that waits behind it comes along
// where no other one takes them there.
func otherPort(r *flow.Route, t *flow.Target, tls bool) []diag.Suggestion {
	for _, l := range t.Proxy.Listeners {
		if spokenOn(l, nil) != protocolOf(!tls) {
			continue
		}
		was, port := t.Name(), fmt.Sprintf("%s:%d", t.Name(), l.Port)
		if t.Port != 0 {
			was = fmt.Sprintf("%s:%d", was, t.Port)
		}
		steps := []diag.Step{{Do: diag.Change, In: inRoute(r), Fact: diag.FactTarget, At: t.At, Was: weighted(was, t), Value: weighted(port, t)}}
		if !answers(r, l) {
			next := behind(r, t.Proxy)
			if len(next) != 1 {
				continue
			}
			steps = append(steps, movedTo(next[0], l)...)
		}
		return []diag.Suggestion{way(steps...)}
	}
	return nil
}

// weighted is what a target statement says, with the weight that the target has.
func weighted(name string, t *flow.Target) []string {
	if !t.Weight.IsSet() {
		return []string{name}
	}
	return []string{name, "weight", strconv.Itoa(t.Weight.V)}
}

// behind are the routes of the next proxy for the hosts of a route.
func behind(front *flow.Route, proxy *flow.Proxy) []*flow.Route {
	var out []*flow.Route
	for _, r := range proxy.Routes {
		if slices.ContainsFunc(front.Proxies, func(up *flow.Proxy) bool { return sharesHost(front, up, r, proxy) }) {
			out = append(out, r)
		}
	}
	return out
}

// movedTo are the steps by which a route is served on a port and takes what
// comes there.
func movedTo(r *flow.Route, l *flow.Listener) []diag.Step {
	var steps []diag.Step
	for _, on := range r.On {
		if on.Proxy == l.Proxy && on.Port != 0 && on.Port != l.Port {
			steps = append(steps, diag.Step{
				Do: diag.Change, In: inRoute(r), Fact: diag.FactServedBy, At: on.At,
				Was: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, on.Port)}, Value: []string{fmt.Sprintf("%s:%d", on.Proxy.Name, l.Port)},
			})
		}
	}
	switch {
	case l.Kind == flow.ListenHTTP && r.Mode.V != flow.ModeNone:
		steps = append(steps, mode(r, flow.ModeNone))
	case l.Kind != flow.ListenHTTP && r.Mode.V == flow.ModeNone:
		steps = append(steps, mode(r, flow.ModeEdge))
	}
	return steps
}

// answers reports whether a port has a route for the requests that another
// route sends to its proxy.
func answers(front *flow.Route, l *flow.Listener) bool {
	return slices.ContainsFunc(l.Proxy.Routes, func(r *flow.Route) bool {
		return r.Serves(l) && l.Takes(r) && (l.Kind == flow.ListenHTTP || r.Mode.V != flow.ModeNone) &&
			slices.ContainsFunc(front.Proxies, func(up *flow.Proxy) bool { return sharesHost(front, up, r, l.Proxy) })
	})
}
