package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var overlap = &Rule{
	Code: "FL608", Name: "shard-overlap", Severity: diag.Warning, Since: "0.2", Scope: ScopeModel,
	Doc: "a route that the selectors of one proxy match is not also served by a proxy without selectors, or with " +
		"ones that match by chance",
	Why: "a controller without a selector admits every route, also those of the other controllers; it needs a " +
		"selector that excludes them (OpenShift, sharding the default Ingress Controller)",
	Wire: "nothing fails. Both controllers serve the host, each with its own certificate, policies and server " +
		"addresses. Traffic that the shard is meant to keep apart goes through the other controller if a name " +
		"resolves to it",
	Except: "both are meant to serve it, for instance during a move: state admit all in one of them, or on ONE, OTHER " +
		"in the route",
	Bad: `proxy router-default {
    domain apps.example.test
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
		for _, both := range p.overlapping() {
			p.overlaps(both[0], both[1])
		}
	},
}

// overlapping returns the proxies of which two select a route that one of them
// was to have alone, in the order of declaration.
func (p *Pass) overlapping() [][2]*flow.Proxy {
	position := map[*flow.Proxy]int{}
	for i, proxy := range p.Topology.Proxies {
		position[proxy] = i
	}
	var out [][2]*flow.Proxy
	first := once[[2]*flow.Proxy]()
	for _, r := range p.Topology.Routes {
		for a, b := range r.Overlaps() {
			both := [2]*flow.Proxy{a, b}
			if position[a] > position[b] {
				both = [2]*flow.Proxy{b, a}
			}
			if first(both) {
				out = append(out, both)
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]*flow.Proxy) int {
		return cmp.Or(cmp.Compare(position[a[0]], position[b[0]]), cmp.Compare(position[a[1]], position[b[1]]))
	})
	return out
}

func (p *Pass) overlaps(a, b *flow.Proxy) {
	selectors := func(p *flow.Proxy) []flow.Selector { return slices.Concat(p.Admit, p.AdmitNamespaces) }
	if len(selectors(a)) == 0 {
		a, b = b, a
	}
	if len(selectors(a)) == 0 {
		return
	}
	var routes []*flow.Route
	for _, r := range a.Routes {
		if flow.Overlap(a, b, r) {
			routes = append(routes, r)
		}
	}
	if len(routes) == 0 {
		return
	}
	if p.chosen(a, b, routes) {
		a, b = b, a
	}
	at := b.At
	if s := selectors(b); len(s) > 0 {
		at = s[0].At
	}
	also := a.At
	if s := selectors(a); len(s) > 0 {
		also = s[0].At
	}
	d := p.Report(at, "proxy %q admits %s, and so does proxy %q, which is meant to have %s alone: clients reach the servers through both proxies", b.Name, routesInWords(routes), a.Name, itOrThem(routes))
	related(d, also, "proxy %q admits %s by this", a.Name, itOrThem(routes))
	d.Suggest(p.narrowed(b, a)...)
	if len(selectors(b)) > 0 {
		d.Suggest(p.narrowed(a, b)...)
	}
	d.Suggest(given(way(add(inProxy(b), diag.FactAdmit, "all")), "both proxies are meant to serve %s", routesInWords(routes)))
}

func itOrThem(routes []*flow.Route) string {
	if len(routes) == 1 {
		return "it"
	}
	return "them"
}

// chosen reports whether it is the first of two proxies that selects routes by chance: their
// hosts lead to the other one, or, where they lead to both or neither, it selects more.
func (p *Pass) chosen(a, b *flow.Proxy, routes []*flow.Route) bool {
	if len(a.Admit)+len(a.AdmitNamespaces) == 0 || len(b.Admit)+len(b.AdmitNamespaces) == 0 {
		return false // one says nothing: it is the other that selects
	}
	if home, away := p.leadTo(a, routes), p.leadTo(b, routes); home != away {
		return away
	}
	return len(a.Routes) > len(b.Routes)
}

// leadTo reports whether the hosts of routes are below a domain of a proxy.
func (p *Pass) leadTo(x *flow.Proxy, routes []*flow.Route) bool {
	return !slices.ContainsFunc(routes, func(r *flow.Route) bool {
		owners, _ := p.Topology.ProxiesOfDomain(flow.OneHost(r.HostOn(x)))
		return !slices.Contains(owners, x)
	})
}

// narrowed is the way to have a proxy leave to another one what that selects; none where
// clients come to it for a route that it has then no longer.
func (p *Pass) narrowed(x, to *flow.Proxy) []diag.Suggestion {
	fact, value := rest(to)
	if value == "" {
		return nil
	}
	for _, r := range x.Routes {
		if len(r.On) > 0 || len(to.Selections(r)) == 0 || len(to.Selections(r)[0].Unmet) > 0 {
			continue
		}
		lost := []*flow.Route{r}
		if !slices.Contains(r.Proxies, to) || p.leadTo(x, lost) && !p.leadTo(to, lost) {
			return nil
		}
		for _, q := range p.model.asked().taking[r] {
			if c := p.course(q); !q.Derived && c.cause == nil && slices.ContainsFunc(c.ports, func(l *flow.Listener) bool { return l.Proxy == x }) {
				return nil
			}
		}
	}
	return []diag.Suggestion{way(add(inProxy(x), fact, value))}
}

// rest is the selector of what a proxy does not select: the opposite of its
// first term.
func rest(a *flow.Proxy) (fact diag.Fact, selector string) {
	fact, selectors := diag.FactAdmit, a.Admit
	if len(selectors) == 0 {
		fact, selectors = diag.FactAdmitNamespaces, a.AdmitNamespaces
	}
	if len(selectors[0].Terms) != 1 {
		return fact, ""
	}
	t := selectors[0].Terms[0]
	values := "(" + strings.Join(t.Values, ", ") + ")"
	switch t.Op {
	case "=":
		return fact, t.Key + "!=" + t.Values[0]
	case "!=":
		return fact, t.Key + "=" + t.Values[0]
	case "exists":
		return fact, "!" + t.Key
	case "absent":
		return fact, t.Key
	case "in":
		return fact, t.Key + " notin " + values
	case "notin":
		return fact, t.Key + " in " + values
	}
	panic("check: unknown selector")
}
