package check

import (
	"fmt"
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
				if l.Supplied() {
					continue
				}
				for _, o := range before {
					if l.Port == o.Port && sameSocket(l, o) {
						d := p.Report(l.At, "%s: each new connection goes to one of the two at random", openedTwice(o, l))
						related(d, o.At, "and here")
						d.Help = oneSocket(o, l)
						break
					}
				}
				before = append(before, l)
			}
		}
	},
}

// openedTwice names two listeners of one port with their kinds.
func openedTwice(a, b *flow.Listener) string {
	if a.Proxy != b.Proxy {
		return fmt.Sprintf("proxy %q listens on :%d as %s, and so does proxy %q as %s", b.Proxy.Name, b.Port, b.Kind, a.Proxy.Name, a.Kind)
	}
	if a.Kind == b.Kind {
		return fmt.Sprintf("proxy %q listens on :%d twice, both times as %s", b.Proxy.Name, b.Port, b.Kind)
	}
	return fmt.Sprintf("proxy %q listens on :%d twice, as %s and as %s", b.Proxy.Name, b.Port, a.Kind, b.Kind)
}

// oneSocket is the help for two listeners of one port.
func oneSocket(a, b *flow.Listener) string {
	help := "change one of the two to another port or address"
	switch kinds := [2]flow.ListenKind{min(a.Kind, b.Kind), max(a.Kind, b.Kind)}; {
	case a.Proxy != b.Proxy:
	case a.Kind == b.Kind:
		help += fmt.Sprintf("; or make them one listen %s, with the statements of both", a.Kind)
	case kinds == [2]flow.ListenKind{flow.ListenHTTPS, flow.ListenTCP}:
		help += "; or leave listen tcp out: listen https carries passthrough routes, too"
	}
	return help
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
