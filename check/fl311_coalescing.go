package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var coalescing = &Rule{
	Code: "FL311", Name: "coalesced-connections", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "no certificate shown with HTTP/2 covers both a host and another of the same port that is passed through, or asks for a client certificate",
	Why: "a client may reuse an HTTP/2 connection for every host that its certificate covers (RFC 9113, 9.1.1): its " +
		"requests go past the SNI by which the proxy chooses, to whoever ended the first host's TLS",
	Wire: "a client that opened a connection to one host, agreed on h2 and saw a certificate that covers the other host as " +
		"well, sends that host's requests on the same connection: no new ClientHello, no SNI, so no choice by the proxy. " +
		"They are answered by the wrong server, or with 421, 404 or 503",
	Except: "both hosts lead to servers that serve both",
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
		first := once[*flow.Route]()
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				shown := shownWithH2(l)
				for _, pass := range proxy.Routes {
					if pass.Mode.V != flow.ModePassthrough || !l.Relays(pass) || pass.SNI.V != flow.SNIHost || pass.HostOn(proxy) == "" {
						continue
					}
					if other, c := coalesced(l, pass, shown); other != nil && first(pass) {
						a, b, end := pass, other, fmt.Sprintf("they miss route %q", pass.Name)
						if shown[other] != c { // it is the passthrough route's backends that show it
							a, b, end = other, pass, "they get to the wrong servers"
						}
						p.shares(hostAt(pass), proxy, a, b, c, end)
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
	related(d, hostAt(opened), "the connection is for this host")
	related(d, known(c.Names[0].At, c.At), fmt.Sprintf("certificate %q covers both hosts", c.Name))
	d.Suggest(p.apartOnH2(c, opened, for1)...)
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

// coalesced returns a route whose requests may travel on a connection of the
// passthrough route, or the other way round, and the certificate that lets them.
func coalesced(l *flow.Listener, pass *flow.Route, shown map[*flow.Route]*flow.Certificate) (*flow.Route, *flow.Certificate) {
	relayed := relayedWithH2(pass)
	if len(shown) == 0 && len(relayed) == 0 {
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
		if !covers[own] && len(relayed) == 0 {
			continue
		}
		other := flow.OneHost(r.HostOn(l.Proxy))
		if r == pass || other == "" || !l.Ends(r) && !l.Relays(r) || flow.HostMatches(mine, other) || flow.HostMatches(r.HostOn(l.Proxy), host) {
			continue
		}
		if both(own, host, other) {
			return r, own
		}
		for _, c := range relayed {
			if both(c, host, other) && !sameTargets(pass, r) {
				return r, c
			}
		}
	}
	return nil, nil
}

// relayedWithH2 are the certificates of a passthrough route's backends that
// may agree on HTTP/2.
func relayedWithH2(pass *flow.Route) []*flow.Certificate {
	var out []*flow.Certificate
	for _, t := range pass.Targets {
		if t.Backend == nil || !h2(t.Backend.End.ALPN) {
			continue
		}
		for _, c := range t.Backend.End.Certificates {
			out = append(out, c.V)
		}
	}
	return out
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
func (p *Pass) apartOnH2(c *flow.Certificate, routes ...*flow.Route) []diag.Suggestion {
	var without, own []diag.Step
	for _, r := range routes {
		without = append(without, withoutH2(r)...)
		own = append(own, p.ownCertificate(r, c)...)
	}
	insists := func(client *flow.Client) bool {
		return len(client.End.ALPN.V) > 0 && !slices.Contains(client.End.ALPN.V, "http/1.1")
	}
	var out []diag.Suggestion
	if !slices.ContainsFunc(p.Topology.Clients, insists) {
		out = append(out, because(way(without...), "no HTTP/2 is agreed on then"))
	}
	return append(out, because(way(own...), "each host has a certificate of its own then"))
}

// withoutH2 are the steps by which clients of a route agree on no HTTP/2.
func withoutH2(r *flow.Route) []diag.Step {
	if r.Mode.V == flow.ModePassthrough {
		var steps []diag.Step
		for _, t := range r.Targets {
			if t.Backend != nil && h2(t.Backend.End.ALPN) {
				steps = append(steps, state(inServing(t.Backend), diag.FactALPN, t.Backend.End.ALPN, t.Backend.End.ALPN.V, "http/1.1"))
			}
		}
		return steps
	}
	if !slices.ContainsFunc(portsOf(r), func(l *flow.Listener) bool { return l.Ends(r) && h2(alpnOf(l, r)) }) {
		return nil
	}
	return []diag.Step{state(inRoute(r), diag.FactALPN, r.ALPN, orNone(r.ALPN.V), "http/1.1")}
}

// ownCertificate are the steps by which a route shows a certificate for its own
// host in place of a shared one.
func (p *Pass) ownCertificate(r *flow.Route, shared *flow.Certificate) []diag.Step {
	with := []diag.Setting{setting(diag.FactNames, r.FirstHost())}
	if shared.Issuer.V != nil {
		with = append(with, setting(diag.FactIssuer, shared.Issuer.V.Name))
	}
	name := p.freeCertificate(r.Name + "-own")
	var steps []diag.Step
	if r.Mode.V != flow.ModePassthrough {
		steps = append(steps, state(inRoute(r), diag.FactCertificate, r.Certificate, []string{shared.Name}, name))
	} else {
		for _, t := range r.Targets {
			if t.Backend == nil || !h2(t.Backend.End.ALPN) {
				continue
			}
			for _, c := range t.Backend.End.Certificates {
				if c.V == shared {
					steps = append(steps, state(inServing(t.Backend), diag.FactCertificates, c, []string{shared.Name}, name))
				}
			}
		}
	}
	if len(steps) == 0 {
		return nil
	}
	return append([]diag.Step{declare(diag.KindCertificate, name, with...)}, steps...)
}
