package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var clientHopName = &Rule{
	Code: "FL401", Name: "client-hop-name", Severity: diag.Error, Since: "0.2",
	Doc: "the certificate that a port presents for a route's host covers that host",
	Why: "the client compares the host of its URL with the names in the certificate; a wildcard covers one label " +
		"(RFC 9110, 4.3.4; RFC 9525, 6.3). For a host without a certificate of its own the port presents its " +
		"first one (HAProxy configuration manual, 5.1, crt)",
	Wire: "the handshake completes, and the client then ends it with close_notify and FIN, without an alert and " +
		"without a request. The proxy opens no connection to a server, and nothing is retried (measured)",
	Except: "the clients of this host compare no names, as some probes do. If a request is meant to fail, declare it: " +
		"expect close",
	Bad: `certificate wildcard {
    names *.apps.example.test
}

proxy haproxy {
    listen https :443 { certificate wildcard }
}

route cart {
    host cart.shop.apps.example.test
    tls edge
    to cart
}
`,
	Good: `certificate wildcard {
    names *.apps.example.test, *.shop.apps.example.test
}

proxy haproxy {
    listen https :443 { certificate wildcard }
}

route cart {
    host cart.shop.apps.example.test
    tls edge
    to cart
}
`,
	Run: func(p *Pass) {
		type key struct {
			c    *flow.Certificate
			name string
			l    *flow.Listener
		}
		first := once[key]()
		p.answers(func(h flow.Handshake) {
			if h.Client == nil || h.Listener == nil || h.Route == nil || h.Certificate.Covers(h.Name) || refusesName(h) {
				return
			}
			if h.Request.Derived && p.Topology.Astray(h.Route) != nil {
				return // no client comes here by this name: FL607 says so
			}
			p.explainMeeting(h)
			if !first(key{h.Certificate, h.Name, h.Listener}) {
				return
			}
			host := asksFor(h)
			d := p.Report(namedAt(h), "clients that ask for %s refuse certificate %q of %s, which is for %s: the handshake fails",
				host, h.Certificate.Name, farEnd(h), namesOf(h.Certificate))
			relatedShown(d, h, shownAt(h))
			own, more := way(p.own(h, host)...), way(withName(h.Certificate, host))
			if oneLabel(h.Certificate, h.Name) {
				own.Why = "a wildcard covers one label only"
			}
			if meant, ok := p.meantHost(h); ok {
				d.Suggest(meant)
				return
			}
			if h.SNI == "" { // it is shown to others by their names, too
				d.Suggest(more)
				return
			}
			d.Suggest(own, more)
		})
	},
}

// withName is the step by which a certificate has one more name.
func withName(c *flow.Certificate, host string) diag.Step {
	was := valuesOf(c.Names)
	return state(inCertificate(c), diag.FactNames, c.Names[len(c.Names)-1], was, append(slices.Clone(was), host)...)
}

// namedAt is the place that says by which name the client comes: the route's
// certificate where it has one of its own, the route's host, or the request.
func namedAt(h flow.Handshake) source.Span {
	host := h.Route.HostOn(h.Listener.Proxy)
	switch {
	case !h.Request.Derived && host != "" && !flow.HostMatches(host, h.Name):
		return known(h.Request.Calls[0].At, h.Request.At)
	case h.Route.Certificate.IsSet() && h.Route.Certificate.V == h.Certificate:
		return h.Route.Certificate.At
	}
	return known(h.Route.Host.At, h.Route.Subdomain.At, h.Route.At)
}
