package check

import (
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var claimedTwice = &Rule{
	Code: "FL303", Name: "claimed-twice", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "no route is shadowed by another one that matches all of its requests",
	Why: "only one of them is used: the older one, then the one declared first. OpenShift reports " +
		"HostAlreadyClaimed for the other",
	Wire: "every request takes the first route. The servers of the other one get no request, whatever their weight. " +
		"Nothing is logged: HAProxy takes the first use_backend that matches, and an OpenShift router leaves the " +
		"other route out of its configuration",
	Except: "the second route is a successor that takes over when the first one is removed",
	Bad: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-blue
}
route shop-green {
    host shop.apps.example.test
    tls edge
    to shop-green
}
`,
	Good: `route shop {
    host shop.apps.example.test
    tls edge
    to shop-blue
}
route shop-green {
    host shop.apps.example.test
    match cookie stage "green"
    tls edge
    to shop-green
}
`,
	Run: func(p *Pass) {
		first := once[*flow.Route]()
		p.pairs(func(proxy *flow.Proxy, a, b *flow.Route) {
			if a.SNI.V != b.SNI.V || !proxy.Implies(b, a) || !shadows(proxy, a, b) || !first(b) {
				return
			}
			_, why := proxy.Compare(a, b)
			d := p.Report(hostAt(b), "route %q is never chosen on proxy %q: route %q takes every request for %s%s, because %s",
				b.Name, proxy.Name, a.Name, orAny(b.HostOn(proxy)), b.Path.V, why)
			related(d, hostAt(a), "route %q states the host here", a.Name)
			d.Suggest(p.oneOf(a, b)...)
			if p.explainHost(missing{route: b, taker: a}) {
				d.Severity = diag.Error
			}
		})
	},
}

// mostOfHost is how many routes of one host, behind its first one, are compared with those
// that come after them.
const mostOfHost = 49

// pairs calls f for every two routes of a proxy, in the order of evaluation.
// It looks at routes of one host only: those are neighbours. Where the order is as
// written, a route for more hosts may come before, too.
func (p *Pass) pairs(f func(proxy *flow.Proxy, a, b *flow.Route)) {
	for _, proxy := range p.Topology.Proxies {
		first := make(map[string]*flow.Route, len(proxy.Routes)) // of each host
		more := map[string][]*flow.Route{}                       // the next ones
		each := func(host string, r *flow.Route) {
			if before := first[host]; before != nil {
				f(proxy, before, r)
			}
			for _, before := range more[host] {
				f(proxy, before, r)
			}
		}
		for _, r := range proxy.Routes {
			host := strings.ToLower(r.HostOn(proxy))
			each(host, r)
			if proxy.Order.V == flow.AsWritten {
				_, below, _ := strings.Cut(host, ".")
				for _, wider := range []string{"*." + below, ""} {
					if wider != host {
						each(wider, r)
					}
				}
			}
			if first[host] == nil {
				first[host] = r
			} else if len(more[host]) < mostOfHost {
				more[host] = append(more[host], r)
			}
		}
	}
}

// shadows reports whether a takes, on each port that could lead to b, what b
// is there for, by the same means.
func shadows(proxy *flow.Proxy, a, b *flow.Route) bool {
	some := false
	for _, l := range proxy.Listeners {
		if !l.Takes(b) {
			continue
		}
		if !l.Takes(a) || l.Relays(a) != l.Relays(b) {
			return false
		}
		some = true
	}
	return some
}

func orAny(host string) string {
	if host == "" {
		return "every host"
	}
	return host
}
