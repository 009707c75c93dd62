package flow

import "slices"

// Entry returns the proxy to which a client's traffic for a host goes: the one
// with the longest domain over it, else the only one that no route points to.
// It is nil where neither decides.
func (t *Topology) Entry(host string) *Proxy {
	entries, domain := t.EntryProxies(host)
	if domain == "" && len(entries) > 1 || len(entries) == 0 {
		return nil
	}
	return entries[0]
}

// EntryProxies returns the proxies to which a client's traffic for a host can go:
// those with the longest domain over it, and that domain, else those that no
// route points to.
func (t *Topology) EntryProxies(host string) (entries []*Proxy, domain string) {
	if entries, domain = t.ProxiesOfDomain(host); domain != "" {
		return entries, domain
	}
	for _, p := range t.Proxies {
		if len(t.leadingTo(p)) == 0 {
			entries = append(entries, p)
		}
	}
	return entries, ""
}

// ProxiesOfDomain returns the proxies with the longest domain over a host, and that
// domain; several where they say the same, none and "" where none has one.
func (t *Topology) ProxiesOfDomain(host string) (proxies []*Proxy, domain string) {
	for _, p := range t.Proxies {
		for _, d := range p.Domains {
			switch {
			case !InDomain(d.V, host) || len(d.V) < len(domain):
			case len(d.V) > len(domain):
				proxies, domain = []*Proxy{p}, d.V
			case !slices.Contains(proxies, p):
				proxies = append(proxies, p)
			}
		}
	}
	return proxies, domain
}
