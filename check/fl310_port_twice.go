package check

import (
	"fmt"
	"net/netip"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var portTwice = &Rule{
	Code: "FL310", Name: "port-twice", Severity: diag.Error, Since: "0.2",
	Doc: "each address and port has one listener",
	Why: "HAProxy accepts two listeners (SO_REUSEPORT), and the kernel divides the connections between them: of 20 " +
		"clients, 10 got the passthrough certificate and 10 the edge certificate (measured). The Gateway API " +
		"refuses listeners that are not distinct",
	Wire: "the kernel gives each new connection to one of the two listeners: one handshake terminates at the proxy, " +
		"the next one at the server, with another certificate. haproxy -c reports nothing (measured)",
	Except: "the address is a virtual one that moves between an active proxy and a reserve, so only one of them has " +
		"it at a time",
	Bad: `proxy haproxy {
    listen https :443
    listen tcp :443
}
route shop on haproxy {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Good: `proxy haproxy {
    listen https :443
}
route shop on haproxy {
    host shop.apps.example.test
    tls edge
    to shop
}
`,
	Run: func(p *Pass) {
		before, all := newSockets(), newSockets()
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				all.add(l)
			}
		}
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if l.Supplied() {
					continue
				}
				if o := before.other(l); o != nil {
					d := p.Report(l.At, "%s: each new connection goes to one of the two at random", openedTwice(o, l))
					related(d, o.At, "proxy %q listens there by this line, too", o.Proxy.Name)
					d.Suggest(all.oneSocket(o, l)...)
				}
				before.add(l)
			}
		}
	},
}

// openedTwice names two listeners of one port with their kinds.
func openedTwice(a, b *flow.Listener) string {
	switch {
	case a.Proxy != b.Proxy:
		return fmt.Sprintf("proxies %q and %q both listen on %s", a.Proxy.Name, b.Proxy.Name, socketOf(b))
	case socketOf(a) != socketOf(b):
		return fmt.Sprintf("proxy %q listens on %s as %s, and on %s as %s, which is the same port", b.Proxy.Name, socketOf(a), a.Kind, socketOf(b), b.Kind)
	case a.Kind == b.Kind:
		return fmt.Sprintf("proxy %q listens on :%s twice, both times as %s", b.Proxy.Name, words.Ports(b), b.Kind)
	}
	return fmt.Sprintf("proxy %q listens on :%s twice, as %s and as %s", b.Proxy.Name, words.Ports(b), a.Kind, b.Kind)
}

// oneSocket are the ways to have one listener on a port: the other one goes, if
// what is left does for both, or to another port.
func (s *sockets) oneSocket(a, b *flow.Listener) []diag.Suggestion {
	var out []diag.Suggestion
	if a.Proxy == b.Proxy && a.Kind == b.Kind {
		out = append(out, way(removeAll(inListener(b))))
	}
	if kept := httpsOf(a, b); kept != nil {
		var steps []diag.Step
		for _, l := range kept.Proxy.Listeners {
			if l.Kind == flow.ListenTCP && l.Port == kept.Port && sameSocket(l, kept) {
				steps = append(steps, removeAll(inListener(l)))
			}
		}
		out = append(out, because(way(steps...), "listen https carries passthrough routes, too"))
	}
	moved := *b
	move := func(by int) {
		moved.Port += by
		if b.LastPort != 0 {
			moved.LastPort += by
		}
	}
	for move(8000); b.Proxy.Listens(moved.Port) != nil || s.other(&moved) != nil; move(b.Ports()) {
	}
	return append(out, way(diag.Step{
		Do: diag.Change, In: inListener(b), Fact: diag.FactListener, At: b.At,
		Was: []string{b.Kind.String(), socketOf(b)}, Value: []string{b.Kind.String(), socketOf(&moved)},
	}))
}

// httpsOf is the https one of two ports of a proxy, the other being a tcp one;
// nil elsewhere.
func httpsOf(a, b *flow.Listener) *flow.Listener {
	switch {
	case a.Proxy != b.Proxy:
	case a.Kind == flow.ListenHTTPS && b.Kind == flow.ListenTCP:
		return a
	case a.Kind == flow.ListenTCP && b.Kind == flow.ListenHTTPS:
		return b
	}
	return nil
}

// sameSocket reports whether two listeners of one port take the same
// connections. Without an address a listener takes all of IPv4; two proxies
// share an address only where it is one of a network.
func sameSocket(a, b *flow.Listener) bool {
	x, y := address(a), address(b)
	switch {
	case a.Proxy != b.Proxy:
		return x == y && !x.IsLoopback() && !x.IsUnspecified() && !otherNetworks(a, b, x)
	case x.Is4() != y.Is4():
		return false
	}
	return x == y || x.IsUnspecified() || y.IsUnspecified()
}

// otherNetworks reports whether an address of two proxies is one of two networks: it
// is private, and they stand in different zones.
func otherNetworks(a, b *flow.Listener, address netip.Addr) bool {
	x, y := a.Proxy.Zone, b.Proxy.Zone
	return x != nil && y != nil && x != y && private(address)
}

// shared is the address space of carriers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// private reports whether an address means another host in another network (RFC 1918,
// RFC 4193, RFC 3927, RFC 6598).
func private(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

func address(l *flow.Listener) netip.Addr {
	if a, err := netip.ParseAddr(l.Address); err == nil {
		return a.Unmap()
	}
	return netip.IPv4Unspecified()
}
