package check

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var untrustedHeader = &Rule{
	Code: "FL702", Name: "untrusted-proxy-header", Severity: diag.Error, Since: "0.2",
	Doc: "a PROXY header is accepted only where every sender is trusted",
	Why: "the receiver uses the address in the header without any check, so only trusted senders may reach the " +
		"port (PROXY protocol specification, 2 and 5)",
	Wire: "nothing fails. The first bytes of the connection, in plaintext and before the ClientHello, contain an " +
		"address that the client chose. Every allow list, log and X-Forwarded-For behind the port uses it",
	Except: "the port has a private address that only a balancer reaches; that is taken into account if no client of " +
		"the zone has such an address. Or a firewall outside the model admits only the balancer",
	Bad: `zone internet untrusted
zone edge trusted

client balancer in internet { send-proxy v2 }

proxy haproxy in edge {
    listen https :443 { accept-proxy }
    from internet
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `zone internet untrusted
zone edge trusted

client balancer in edge { send-proxy v2 }

proxy haproxy in edge {
    listen https :443 { accept-proxy }
    from edge
}

route shop {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if !l.AcceptProxy.V {
					continue
				}
				if z := p.untrustedSender(l); z != nil {
					d := p.Report(l.AcceptProxy.At, "%s accepts PROXY headers from zone %q, which is untrusted: anyone there can send a false client address", portOf(l), z.Name)
					related(d, z.Trust.At, "zone %q is declared untrusted here", z.Name)
					d.Suggest(p.onlyTrusted(l)...)
				}
			}
		}
	},
}

// untrustedSender is a zone that is said to be untrusted and from which a port
// can be reached: the proxy's from names it, or a client there sends headers.
func (p *Pass) untrustedSender(l *flow.Listener) *flow.Zone {
	for _, z := range l.Proxy.From {
		if z.V.Trust.V == flow.Untrusted && !p.outOfReach(l, z.V) {
			return z.V
		}
	}
	for _, q := range p.Topology.Requests {
		if q.From != nil && q.Via == l.Proxy && len(q.Calls) > 0 && l.Has(q.Calls[0].Port) && q.From.SendProxy.V != 0 &&
			q.From.Zone != nil && q.From.Zone.Trust.V == flow.Untrusted && !p.model.doubt.request(q) {
			return q.From.Zone
		}
	}
	return nil
}

// outOfReach reports whether a port has an address that a zone cannot reach, and is
// there for another proxy: it is private, and so is no address of a client there.
func (p *Pass) outOfReach(l *flow.Listener, z *flow.Zone) bool {
	if !private(address(l)) {
		return false
	}
	if slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool {
		at, err := netip.ParsePrefix(network(c.Address.V))
		return c.Zone == z && err == nil && private(at.Addr().Unmap())
	}) {
		return false
	}
	relayed := false
	p.leading(func(r *flow.Route, in diag.Place, _ flow.Fact[bool]) {
		inside := slices.ContainsFunc(r.Proxies, func(up *flow.Proxy) bool { return up.Zone != nil && up.Zone != z })
		relayed = relayed || in == inListener(l) && r.SendProxy.V != 0 && inside
	})
	return relayed
}

// onlyTrusted are the ways to believe only headers of those who are trusted:
// other zones do not reach the proxy, or no header is expected.
func (p *Pass) onlyTrusted(l *flow.Listener) []diag.Suggestion {
	var out []diag.Suggestion
	var trusted []string
	for _, z := range l.Proxy.From {
		if z.V.Trust.V != flow.Untrusted {
			trusted = append(trusted, z.V.Name)
		}
	}
	if len(trusted) == 0 {
		for _, z := range p.Topology.Zones {
			if z.Trust.V == flow.Trusted && len(trusted) == 0 {
				trusted = []string{z.Name}
			}
		}
	}
	outside := func(q *flow.Request) bool {
		return q.Via == l.Proxy && q.From != nil && q.From.Zone != nil && !slices.Contains(trusted, q.From.Zone.Name)
	}
	if len(trusted) > 0 && !slices.ContainsFunc(p.Topology.Requests, outside) {
		step := add(inProxy(l.Proxy), diag.FactReachableFrom, trusted...)
		if n := len(l.Proxy.From); n > 0 {
			step = change(inProxy(l.Proxy), diag.FactReachableFrom, l.Proxy.From[n-1].At, zonesOf(l.Proxy), trusted...)
		}
		out = append(out, way(step))
	}
	steps := []diag.Step{remove(inListener(l), diag.FactAcceptProxy, l.AcceptProxy.At)}
	for _, c := range p.Topology.Clients {
		if c.SendProxy.V != 0 {
			steps = append(steps, remove(inClient(c), diag.FactSendProxy, c.SendProxy.At, fmt.Sprintf("v%d", c.SendProxy.V)))
		}
	}
	p.leading(func(r *flow.Route, _ diag.Place, a flow.Fact[bool]) {
		if a.At == l.AcceptProxy.At && r.SendProxy.V != 0 {
			steps = append(steps, remove(inRoute(r), diag.FactSendProxy, r.SendProxy.At, fmt.Sprintf("v%d", r.SendProxy.V)))
		}
	})
	return append(out, given(way(steps...), "the proxy does not need the client's address"))
}
