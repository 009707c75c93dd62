package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var otherNamespace = &Rule{
	Code: "FL304", Name: "other-namespace", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "the routes of a host are in one namespace, and so are a wildcard and the hosts beneath it",
	Why: "the namespace of the oldest route owns the host, and OpenShift's router refuses those of others, whatever their " +
		"path, unless the ownership check is disabled (hostindex, SameNamespace; host_admitter)",
	Wire: "a request for the refused route's path is served by the older namespace's routes: its server gets it, or a 503 " +
		"answers where none has that path. The refused route's own servers are never connected. HAProxy by itself knows no " +
		"namespaces: in a configuration that is written by hand both are served",
	Except: "the router runs with its ownership check disabled",
	Bad: `route shop/web {
    host shop.apps.example.test
    tls edge
    to web
}
route payments/pay {
    host shop.apps.example.test
    path /pay
    tls edge
    to payments
}
`,
	Good: `route shop/web {
    host shop.apps.example.test
    tls edge
    to web
}
route shop/pay {
    host shop.apps.example.test
    path /pay
    tls edge
    to payments
}
`,
	Run: func(p *Pass) {
		first := once[*flow.Route]()
		for _, proxy := range p.Topology.Proxies {
			claims := claims{hosts: map[string]*flow.Route{}, beneath: map[string][]*flow.Route{}}
			for _, r := range byAge(p.Topology, proxy) {
				owner := claims.owner(proxy, r)
				if owner == nil {
					claims.add(proxy, r)
					continue
				}
				if !first(r) {
					continue
				}
				p.explainHost(r)
				d := p.Report(hostAt(r), "route %q is refused: %s belongs to namespace %q, whose route %q is older",
					r.Name, owner.HostOn(proxy), owner.NamespaceName(), owner.Name)
				related(d, hostAt(owner), "claimed here")
				_, name, _ := strings.Cut(r.Name, "/")
				rename := change(inRoute(r), diag.FactName, r.At, []string{r.Name}, owner.NamespaceName()+"/"+p.freeRoute(owner.NamespaceName(), name))
				if !besideOwn(proxy, owner, r) {
					d.Suggest(way(rename))
				}
				d.Suggest(p.oneOf(owner, r)...)
			}
		}
	},
}

// claims are the hosts of a proxy that admitted routes own.
type claims struct {
	hosts   map[string]*flow.Route   // by host, "*.example.test" among them
	beneath map[string][]*flow.Route // by the domain above a host: one route of each of two namespaces
}

// owner is an older route of another namespace that keeps r out; nil for none.
func (c claims) owner(proxy *flow.Proxy, r *flow.Route) *flow.Route {
	host, domain := claimed(proxy, r)
	rivals := []*flow.Route{c.hosts[host], c.hosts["*."+domain]}
	if strings.HasPrefix(host, "*.") {
		rivals = append(rivals, c.beneath[domain]...)
	}
	for _, o := range rivals {
		if o != nil && o.NamespaceName() != r.NamespaceName() {
			return o
		}
	}
	return nil
}

func (c claims) add(proxy *flow.Proxy, r *flow.Route) {
	host, domain := claimed(proxy, r)
	if c.hosts[host] == nil {
		c.hosts[host] = r
	}
	of := func(o *flow.Route) bool { return o.NamespaceName() == r.NamespaceName() }
	if b := c.beneath[domain]; len(b) < 2 && !slices.ContainsFunc(b, of) {
		c.beneath[domain] = append(b, r)
	}
}

// claimed is what a route claims on a proxy: a host, and the domain above it.
func claimed(proxy *flow.Proxy, r *flow.Route) (host, domain string) {
	host = strings.ToLower(r.HostOn(proxy))
	_, domain, _ = strings.Cut(host, ".")
	return host, domain
}

// byAge returns the routes of a proxy that have a namespace and a host, the
// oldest first.
func byAge(t *flow.Topology, proxy *flow.Proxy) []*flow.Route {
	var out []*flow.Route
	declared := map[*flow.Route]int{}
	for i, r := range t.Routes {
		declared[r] = i
	}
	for _, r := range proxy.Routes {
		if r.NamespaceName() != "" && r.HostOn(proxy) != "" {
			out = append(out, r)
		}
	}
	// one without a date is the youngest
	slices.SortFunc(out, func(a, b *flow.Route) int {
		if ca, cb := a.Created.V, b.Created.V; ca != cb && (ca == "" || cb == "") {
			return -cmp.Compare(ca, cb)
		}
		return cmp.Or(cmp.Compare(a.Created.V, b.Created.V), cmp.Compare(declared[a], declared[b]))
	})
	return out
}

// besideOwn reports whether the namespace of an owner has a route for the host
// of another route that would be in its way there.
func besideOwn(proxy *flow.Proxy, owner, r *flow.Route) bool {
	return slices.ContainsFunc(proxy.Routes, func(o *flow.Route) bool {
		return o != r && o.NamespaceName() == owner.NamespaceName() && flow.SameHost(proxy, o, r) &&
			(sameClaim(o, r) || overtakes(proxy, o, r) || overtakes(proxy, r, o))
	})
}
