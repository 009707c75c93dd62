package flow

import (
	"cmp"
	"slices"
	"strings"
)

// Refusal is the fact that a proxy does not serve a route because an older route of another
// namespace owns its host.
type Refusal struct {
	Proxy *Proxy
	Owner *Route
}

// RefusedBy returns the refusal of a route by a proxy; nil for none.
func (r *Route) RefusedBy(p *Proxy) *Refusal {
	for i := range r.Refused {
		if r.Refused[i].Proxy == p {
			return &r.Refused[i]
		}
	}
	return nil
}

// refuseForeign takes from each proxy the routes whose host belongs to another
// namespace, as OpenShift's router does, whatever their path is (openshift/router,
// hostindex SameNamespace; host_admitter). Only routes with a namespace in
// their names own hosts, and can be refused. A proxy that takes its routes as
// they are written knows no namespaces, and one with shared hosts asks for none
// (IngressController, namespaceOwnership InterNamespaceAllowed).
func (c *completion) refuseForeign() {
	named := map[*Proxy][]*Route{}
	for _, r := range c.t.Routes {
		for _, p := range r.Proxies {
			if p.Order.V != AsWritten && !p.SharedHosts.V && r.NamespaceName() != "" && r.HostOn(p) != "" {
				named[p] = append(named[p], r)
			}
		}
	}
	for _, p := range c.t.Proxies {
		slices.SortStableFunc(named[p], func(a, b *Route) int { return cmp.Compare(age(a), age(b)) })
		owned := claims{hosts: map[string]*Route{}, beneath: map[string][]*Route{}}
		for _, r := range named[p] {
			owner := owned.owner(p, r)
			if owner == nil {
				owned.add(p, r)
				continue
			}
			r.Refused = append(r.Refused, Refusal{p, owner})
			p.Refused = append(p.Refused, r)
			r.Proxies = slices.DeleteFunc(slices.Clone(r.Proxies), func(o *Proxy) bool { return o == p })
		}
	}
}

// claims are the hosts of a proxy that routes own which it serves.
type claims struct {
	hosts   map[string]*Route   // by host, "*.example.test" among them
	beneath map[string][]*Route // by the domain above a host: one route of each of two namespaces
}

// owner is an older route of another namespace that keeps r out; nil for none.
func (c claims) owner(p *Proxy, r *Route) *Route {
	host, domain := claimed(p, r)
	rivals := []*Route{c.hosts[host], c.hosts["*."+domain]}
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

func (c claims) add(p *Proxy, r *Route) {
	host, domain := claimed(p, r)
	if c.hosts[host] == nil {
		c.hosts[host] = r
	}
	of := func(o *Route) bool { return o.NamespaceName() == r.NamespaceName() }
	if b := c.beneath[domain]; len(b) < 2 && !slices.ContainsFunc(b, of) {
		c.beneath[domain] = append(b, r)
	}
}

// claimed is what a route claims on a proxy: a host, and the domain above it.
func claimed(p *Proxy, r *Route) (host, domain string) {
	host = Fold(r.HostOn(p))
	_, domain, _ = strings.Cut(host, ".")
	return host, domain
}
