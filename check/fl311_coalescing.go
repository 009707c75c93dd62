package check

import (
	"slices"
	"sync"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var coalescing = &Rule{
	Code: "FL311", Name: "coalesced-connections", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "no certificate that is presented with HTTP/2 also covers a host of the same port that is passed through " +
		"or asks for a client certificate",
	Why: "a client may reuse an HTTP/2 connection for every host that its certificate covers (RFC 9113, 9.1.1). " +
		"Its requests then reach the party that terminates the first host's TLS, and the proxy cannot choose by " +
		"their SNI",
	Wire: "a client has a connection to one host, negotiated h2, and got a certificate that covers the other host. " +
		"It sends requests for that host on the same connection, without a new ClientHello or SNI by which the " +
		"proxy could choose. The wrong server answers, or the client gets 421, 404 or 503. The same happens " +
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
		opened := p.sessionsBy()
		for _, proxy := range p.Topology.Proxies {
			found := &coalesced{on: proxy, doubtful: func(a, b *flow.Route) bool { return p.model.doubt.any(a, b) }, known: map[coalescedKey]*sharing{}}
			for _, l := range proxy.Listeners {
				if opened[l] == byProxies {
					continue // each connection is for one SNI (measured with HAProxy 2.6.12, HTTP/2 and http-reuse always)
				}
				shown := newShownWithH2(l)
				ends := sync.OnceValue(func() *endsOn { return newEndsOn(l) })
				for _, pass := range proxy.Routes {
					if !l.Relays(pass) || pass.SNI.V != flow.SNIHost || pass.HostOn(proxy) == "" {
						continue
					}
					if own, c := shown.covering(pass); own != nil {
						found.note(hostAt(pass), pass, c, pass, own, missed(pass), false)
					}
					if !relaysH2(l, pass) {
						continue
					}
					for _, o := range ends().carriedOn(pass) {
						if o.unasked != nil {
							found.note(o.unasked.ClientCertificate.At, o.route, o.by, o.route, pass, unaskedThere, true)
						} else {
							found.note(hostAt(pass), pass, o.by, o.route, pass, o.end.gets(flow.OneHost(o.route.HostOn(proxy))), false)
						}
					}
				}
				shown.unasked(found)
				found.openers(shown)
			}
			for _, s := range found.list {
				p.reportShared(s)
			}
		}
	},
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
