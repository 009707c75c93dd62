package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var coalescing = &Rule{
	Code: "FL311", Name: "coalesced-connections", Severity: diag.Warning, Since: "0.2",
	Doc: "no certificate shown with HTTP/2 covers both a passthrough host and another host of the same port",
	Why: "a client reuses an HTTP/2 connection for every host that the certificate names (RFC 9113, 9.1.1): its requests " +
		"go past the SNI by which the proxy chooses, to whoever ended the first host's TLS",
	Run: func(p *Pass) {
		first := once[*flow.Route]()
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				for _, pass := range proxy.Routes {
					if pass.Mode.V != flow.ModePassthrough || !l.Relays(pass) || pass.SNI.V != flow.SNIHost || pass.HostOn(proxy) == "" {
						continue
					}
					if other, c := coalesced(l, pass); other != nil && first(pass) {
						d := p.Report(hostAt(pass), "connections for %s and %s may be one: the certificate %q covers both, and HTTP/2 is agreed",
							pass.HostOn(proxy), other.HostOn(proxy), c.Name)
						related(d, known(c.Names[0].At, c.At), "covers both")
						d.Help = "give each host a certificate of its own, or agree on no h2: alpn http/1.1"
					}
				}
			}
		}
	},
}

// coalesced returns a route whose requests may travel on a connection of the
// passthrough route, or the other way round, and the certificate that lets them.
func coalesced(l *flow.Listener, pass *flow.Route) (*flow.Route, *flow.Certificate) {
	host := oneHost(pass.HostOn(l.Proxy))
	for _, r := range l.Proxy.Routes {
		other := oneHost(r.HostOn(l.Proxy))
		if r == pass || other == "" || !r.Serves(l) || flow.HostMatches(pass.HostOn(l.Proxy), other) || flow.HostMatches(r.HostOn(l.Proxy), host) {
			continue
		}
		if l.Ends(r) {
			if c, _ := l.CertificateFor(other); h2(alpnOf(l, r)) && both(c, host, other) {
				return r, c
			}
		}
		if !l.Ends(r) && !l.Relays(r) {
			continue
		}
		for _, t := range pass.Targets {
			if t.Backend == nil || !h2(t.Backend.End.ALPN) || sameTargets(pass, r) {
				continue
			}
			for _, c := range t.Backend.End.Certificates {
				if both(c.V, host, other) {
					return r, c.V
				}
			}
		}
	}
	return nil, nil
}

func sameTargets(a, b *flow.Route) bool {
	return a.Mode.V == b.Mode.V && slices.EqualFunc(a.Targets, b.Targets, func(x, y *flow.Target) bool {
		return x.Backend == y.Backend && x.Proxy == y.Proxy
	})
}

// both reports whether a certificate states names that cover two hosts.
func both(c *flow.Certificate, a, b string) bool {
	return c != nil && len(c.Names) > 0 && c.Covers(a) && c.Covers(b)
}

func h2(alpn flow.Stated[[]string]) bool { return slices.Contains(alpn.V, "h2") }

func alpnOf(l *flow.Listener, r *flow.Route) flow.Stated[[]string] {
	if r.ALPN.Said() {
		return r.ALPN
	}
	return l.End.ALPN
}

// oneHost is a host that a route's matches.
func oneHost(host string) string { return strings.Replace(host, "*", "any", 1) }
