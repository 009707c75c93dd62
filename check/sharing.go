package check

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// withinMachine reports whether the sessions of a route stay within one machine: nothing else
// can answer at the port behind them.
func withinMachine(r *flow.Route) bool {
	if r.Upstream.Within {
		return true
	}
	local := func(t *flow.Target) bool {
		if t.Backend != nil {
			return !slices.ContainsFunc(t.Backend.Servers, func(s *flow.Server) bool { return !isLoopback(s.Address) })
		}
		l := r.NextPort(t)
		return l != nil && (l.Socket.V != "" || isLoopback(l.Address))
	}
	return len(r.Targets) > 0 && !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return !local(t) })
}

func isLoopback(address string) bool {
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.IsLoopback()
}

// sharing calls f for the routes in a mode that one place is wrong for: of a configuration
// a server line is part of each route that leads to its backend, and gives one finding.
// wrong returns the place, and whether there is something wrong.
func (p *Pass) sharing(wrong func(*flow.Route) (source.Span, bool), f func(at source.Span, routes []*flow.Route), modes ...flow.Mode) {
	type group struct {
		at     source.Span
		routes []*flow.Route
	}
	var groups []*group
	known := map[source.Span]*group{}
	p.routes(func(r *flow.Route) {
		at, is := wrong(r)
		if !is {
			return
		}
		g := known[at]
		if g == nil {
			g = &group{at: at}
			groups = append(groups, g)
		}
		if at.Known() {
			known[at] = g
		}
		g.routes = append(g.routes, r)
	}, modes...)
	for _, g := range groups {
		f(g.at, g.routes)
	}
}

// theRoutes are routes as the subject of a sentence: `route "a" does`, `routes "a" and "b"
// do`, `routes "a", "b" and 3 others do`.
func theRoutes(routes []*flow.Route, one, several string) string {
	var names []string
	known := map[string]bool{}
	for _, r := range routes {
		if !known[r.Name] {
			names = append(names, fmt.Sprintf("%q", r.Name))
		}
		known[r.Name] = true
	}
	const most = 2
	switch n := len(names); {
	case n == 1:
		return "route " + names[0] + " " + one
	case n == most+1:
		return "routes " + names[0] + ", " + names[1] + " and " + names[2] + " " + several
	case n > most:
		return fmt.Sprintf("routes %s and %d others %s", strings.Join(names[:most], ", "), n-most, several)
	}
	return "routes " + strings.Join(names, " and ") + " " + several
}
