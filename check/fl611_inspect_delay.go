package check

import (
	"github.com/flowc-lang/flowc/diag"
)

var inspectDelay = &Rule{
	Code: "FL611", Name: "inspect-delay", Severity: diag.Warning, Since: "0.2",
	Doc: "an inspect-delay covers a TCP retransmission, and is covered by the client timeout",
	Why: "shorter than three seconds it gives up on a ClientHello of which one segment was lost; longer than timeout client " +
		"it never ends (HAProxy configuration manual, tcp-request inspect-delay; measured)",
	Run: func(p *Pass) {
		const least = 3000
		for _, proxy := range p.Topology.Proxies {
			client := timeoutOf(proxy.Timeouts, "client")
			for _, l := range proxy.Listeners {
				delay := l.InspectDelay
				switch {
				case !delay.Said() || !l.Inspects():
				case client != nil && delay.V > client.Millis:
					d := p.Report(delay.At, "%q gives up on its client before the inspect-delay is over", proxy.Name)
					related(d, client.At, "the client timeout is stated here")
					d.Help = "make timeout client at least as long"
				case delay.V < least:
					d := p.Report(delay.At, ":%d of %q waits too short for a ClientHello: a lost segment comes again after a second or more", l.Port, proxy.Name)
					d.Help = "say inspect-delay 3s or more"
				}
			}
		}
	},
}
