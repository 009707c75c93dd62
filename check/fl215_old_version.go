package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var oldVersion = &Rule{
	Code: "FL215", Name: "old-version", Severity: diag.Error, Since: "0.2",
	Doc: "a port, or a proxy towards its servers, does not go below TLS 1.2",
	Why: "TLS 1.0 and 1.1 are deprecated and must not be negotiated (RFC 8996, 4 and 5; RFC 9325, 3.1.1)",
	Wire: "a client that can do no better gets the old version: a handshake whose integrity rests on SHA-1 and MD5, and the " +
		"server's certificate in the clear. From 1.2 on the same client gets the alert protocol_version (70) and FIN, " +
		"before any backend connection",
	Except: "devices cannot be replaced yet: give them a port of their own, in a zone that only they reach",
	Bad: `client terminal { tls 1.0..1.1 }
proxy haproxy {
    listen https :443 { tls 1.0..1.3 }
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `client terminal { tls 1.0..1.2 }
proxy haproxy {
    listen https :443 { tls 1.2..1.3 }
}
route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		old := p.someoneOld()
		low := func(v flow.Fact[flow.Versions], who string) {
			if !v.IsSet() || v.V.Min >= flow.TLS12 || v.V.Min == 0 {
				return
			}
			d := p.Report(v.At, "%s accepts TLS %s, which is deprecated and must not be used", who, v.V.Min)
			d.Help = "change it to tls 1.2..1.3: whoever can do no better is refused then"
			if v.V.Max >= flow.TLS12 && !old {
				d.Fix = replaced(v.At, flow.Versions{Min: flow.TLS12, Max: v.V.Max}.String())
			}
		}
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				low(l.End.TLS, portOf(l))
			}
		}
		p.routes(func(r *flow.Route) { low(r.Upstream.End.TLS, `route "`+r.Name+`"`) }, flow.ModeReencrypt)
	},
}

// someoneOld reports whether any end, or a request, cannot do TLS 1.2: then it
// is not only the lower bound that has to change.
func (p *Pass) someoneOld() bool {
	old := func(v flow.Fact[flow.Versions]) bool { return v.IsSet() && v.V.Max < flow.TLS12 }
	t := p.Topology
	return slices.ContainsFunc(t.Clients, func(c *flow.Client) bool { return old(c.End.TLS) }) ||
		slices.ContainsFunc(t.Requests, func(r *flow.Request) bool { return old(r.TLS) }) ||
		slices.ContainsFunc(t.Routes, func(r *flow.Route) bool { return old(r.Upstream.End.TLS) }) ||
		slices.ContainsFunc(t.Backends, func(b *flow.Backend) bool { return old(b.End.TLS) }) ||
		slices.ContainsFunc(t.Proxies, func(proxy *flow.Proxy) bool {
			return slices.ContainsFunc(proxy.Listeners, func(l *flow.Listener) bool { return old(l.End.TLS) })
		})
}
