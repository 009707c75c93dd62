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
	Run: func(p *Pass) {
		var before []*flow.Listener
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				if !l.At.Known() {
					continue
				}
				for _, o := range before {
					if l.Port == o.Port && (l.Proxy == o.Proxy && (l.Address == "" || o.Address == "") || sameAddress(l.Address, o.Address)) {
						d := p.Report(l.At, ":%d is listened on twice: connections are split between the two", l.Port)
						related(d, o.At, "and here")
						d.Help = "make it one port, with the statements of both, or choose another port or address"
						break
					}
				}
				before = append(before, l)
			}
		}
	},
}

func sameAddress(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return err == nil && err2 == nil && x == y && !x.IsLoopback() && !x.IsUnspecified()
}
