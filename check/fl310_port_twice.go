package check

import (
	"net/netip"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var portTwice = &Rule{
	Code: "FL310", Name: "port-twice", Severity: diag.Error, Since: "0.2",
	Doc: "an address and port is listened on once",
	Why: "HAProxy accepts two (SO_REUSEPORT), and the kernel splits connections between them: of 20, 10 got the passthrough " +
		"certificate and 10 the edge one (measured); the Gateway API refuses listeners that are not distinct",
	Wire: "the kernel deals new connections out to both: one client's handshake ends at the proxy, the next one's at the " +
		"server, with another certificate. haproxy -c finds nothing wrong (measured)",
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
		var before []*flow.Listener
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if !l.At.Known() {
					continue
				}
				for _, o := range before {
					if l.Port == o.Port && sameSocket(l, o) {
						d := p.Report(l.At, "port :%d is opened twice: the kernel deals connections out to both", l.Port)
						related(d, o.At, "and here")
						d.Help = "make it one port, with the statements of both, or give one another port or address"
						break
					}
				}
				before = append(before, l)
			}
		}
	},
}

// sameSocket reports whether two listeners of one port take the same
// connections. Without an address a listener takes all of IPv4; two proxies
// share an address only where it is one of a network.
func sameSocket(a, b *flow.Listener) bool {
	x, y := address(a), address(b)
	switch {
	case a.Proxy != b.Proxy:
		return x == y && !x.IsLoopback() && !x.IsUnspecified()
	case x.Is4() != y.Is4():
		return false
	}
	return x == y || x.IsUnspecified() || y.IsUnspecified()
}

func address(l *flow.Listener) netip.Addr {
	if a, err := netip.ParseAddr(l.Address); err == nil {
		return a.Unmap()
	}
	return netip.IPv4Unspecified()
}
