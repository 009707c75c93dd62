package check

import (
	"fmt"
	"slices"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var coalescing = &Rule{
	Code: "FL311", Name: "coalesced-connections", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "no certificate that is presented with HTTP/2 also covers a host of the same port that is passed through " +
		"or asks for a client certificate",
	Why: "a client may reuse an HTTP/2 connection for every host that its certificate covers (RFC 9113, 9.1.1). " +
		"Its requests then reach the party that terminates the first host's TLS, and the proxy cannot choose by " +
		"their SNI",
	Wire: "a client has a connection to one host, negotiated h2, and got a certificate that covers the other host. " +
		"It sends requests for that host on the same connection: there is no new ClientHello, no SNI, and so no " +
		"choice by the proxy. The wrong server answers, or the client gets 421, 404 or 503. The same happens " +
		"behind a relay: the proxy or the servers behind it present the certificate, and get requests for hosts " +
		"that they have no route for",
	Except: "the servers of both hosts serve both hosts",
	Bad: `certificate apps { names *.apps.example.test }
proxy haproxy {
    listen https :443 {
        certificate apps
        alpn h2, http/1.1
    }
}
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `certificate shop { names shop.apps.example.test }
proxy haproxy {
    listen https :443 {
        certificate shop
        alpn h2, http/1.1
    }
}
route vault {
    host vault.apps.example.test
    tls passthrough
    to vault
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		if len(p.Topology.Clients) > 0 && !slices.ContainsFunc(p.Topology.Clients, offersH2) {
			return
		}
		first, opened := once[*flow.Route](), p.sessionsBy()
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if opened[l] == byProxies {
					continue // each connection is for one SNI (measured with HAProxy 2.6.12, HTTP/2 and http-reuse always)
				}
				shown := shownWithH2(l)
				ends := sync.OnceValue(func() *endsOn { return newEndsOn(l) })
				for _, pass := range proxy.Routes {
					if !l.Relays(pass) || pass.SNI.V != flow.SNIHost || pass.HostOn(proxy) == "" {
						continue
					}
					if own, c := coveredByOwn(l, pass, shown); own != nil {
						if first(pass) {
							p.shares(hostAt(pass), proxy, pass, own, c, fmt.Sprintf("they miss route %q", pass.Name))
						}
					} else if o := ends().carriedOn(pass); o != nil && first(pass) {
						p.shares(hostAt(pass), proxy, o.route, pass, o.by, o.end.gets(flow.OneHost(o.route.HostOn(proxy))))
					}
				}
				p.unaskedWithH2(l, shown, first)
			}
		}
	},
}

// unaskedWithH2 reports a route of its own client certificate whose requests
// may travel on a connection that was opened for a route without.
func (p *Pass) unaskedWithH2(l *flow.Listener, shown map[*flow.Route]*flow.Certificate, first func(*flow.Route) bool) {
	for _, guarded := range l.Proxy.Routes {
		auth := guarded.ClientCertificate
		if auth.V.Mode != flow.AuthRequired || !l.Ends(guarded) || guarded.WithoutCertificate.V == 421 {
			continue // a client asks again on a connection of its own where it is told 421 (RFC 9113, 9.1.1)
		}
		mine := flow.OneHost(guarded.HostOn(l.Proxy))
		if mine == "" {
			continue // every certificate is for it, and tells nothing
		}
		for _, r := range l.Proxy.Routes {
			c := shown[r]
			if c == nil {
				continue
			}
			other := flow.OneHost(r.HostOn(l.Proxy))
			asked := r.ClientCertificate
			if !asked.IsSet() {
				asked = l.End.ClientCertificate
			}
			if other == "" || other == mine || asked.V == auth.V || !both(c, mine, other) || !first(guarded) {
				continue
			}
			p.shares(auth.At, l.Proxy, guarded, r, c, "no client certificate is asked for there")
		}
	}
}

// shares reports that requests for one route may come on a connection that was
// opened for another.
func (p *Pass) shares(at source.Span, on *flow.Proxy, for1, opened *flow.Route, c *flow.Certificate, end string) {
	if p.model.doubt.any(for1, opened) {
		return
	}
	d := p.Report(at, "browsers may send requests for %s on an HTTP/2 connection for %s: %s", for1.HostOn(on), opened.HostOn(on), end)
	if hostAt(opened) == at {
		related(d, hostAt(for1), "they are for this host")
	} else {
		related(d, hostAt(opened), "the connection is for this host")
	}
	related(d, known(c.Names[0].At, c.At), fmt.Sprintf("certificate %q covers both hosts", c.Name))
	d.Suggest(p.apartOnH2(on, c, [2]*flow.Route{opened, for1})...)
}

// shownWithH2 is the certificate that a port shows for each route whose TLS
// ends there and whose clients may agree on HTTP/2.
func shownWithH2(l *flow.Listener) map[*flow.Route]*flow.Certificate {
	out := map[*flow.Route]*flow.Certificate{}
	for _, r := range l.Proxy.Routes {
		if l.Ends(r) && h2(alpnOf(l, r)) {
			out[r], _ = l.CertificateFor(flow.OneHost(r.HostOn(l.Proxy)))
		}
	}
	return out
}

// coveredByOwn returns a route whose TLS ends at the port, and the certificate shown for
// it with HTTP/2 that covers the host of a relayed route as well.
func coveredByOwn(l *flow.Listener, pass *flow.Route, shown map[*flow.Route]*flow.Certificate) (*flow.Route, *flow.Certificate) {
	if len(shown) == 0 {
		return nil, nil
	}
	mine := pass.HostOn(l.Proxy)
	host := flow.OneHost(mine)
	covers := map[*flow.Certificate]bool{nil: false} // mine; of thousands of routes many show the same
	for _, r := range l.Proxy.Routes {
		own := shown[r]
		if _, judged := covers[own]; !judged {
			covers[own] = both(own, host, host)
		}
		if !covers[own] {
			continue
		}
		other := flow.OneHost(r.HostOn(l.Proxy))
		if other == "" || flow.HostMatches(mine, other) || flow.HostMatches(r.HostOn(l.Proxy), host) {
			continue
		}
		if both(own, host, other) {
			return r, own
		}
	}
	return nil, nil
}

// both reports whether a certificate states names that cover two hosts.
func both(c *flow.Certificate, a, b string) bool {
	return c != nil && len(c.Names) > 0 && c.Covers(a) && c.Covers(b)
}

func h2(alpn flow.Fact[[]string]) bool { return slices.Contains(alpn.V, "h2") }

func alpnOf(l *flow.Listener, r *flow.Route) flow.Fact[[]string] {
	if r.ALPN.IsSet() {
		return r.ALPN
	}
	return l.End.ALPN
}

// apartOnH2 are the ways to keep requests for two routes on connections of
// their own: no HTTP/2 is agreed on, or the certificates of those who agree on
// it cover one of the two hosts each.
func (p *Pass) apartOnH2(on *flow.Proxy, c *flow.Certificate, routes [2]*flow.Route) []diag.Suggestion {
	var without, own []diag.Step
	for _, r := range routes {
		without = append(without, withoutH2(on, r)...)
		own = append(own, p.ownCertificate(on, r, c)...)
	}
	insists := func(client *flow.Client) bool {
		return len(client.End.ALPN.V) > 0 && !slices.Contains(client.End.ALPN.V, "http/1.1")
	}
	var out []diag.Suggestion
	if !slices.ContainsFunc(p.Topology.Clients, insists) {
		out = append(out, because(way(without...), "no HTTP/2 is agreed on then"))
	}
	a, b := routes[0].HostOn(on), routes[1].HostOn(on)
	if flow.HostMatches(a, flow.OneHost(b)) || flow.HostMatches(b, flow.OneHost(a)) {
		return out // a certificate for the wildcard is one for the other host
	}
	return append(out, because(way(own...), "each host has a certificate of its own then"))
}
