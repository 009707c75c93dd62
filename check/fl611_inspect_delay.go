package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var inspectDelay = &Rule{
	Code: "FL611", Name: "inspect-delay", Severity: diag.Warning, Since: "0.2",
	Doc: "an inspect-delay covers a TCP retransmission, and is covered by the client timeout",
	Why: "a ClientHello can come in several segments, one of which is lost and sent again after a second or more; " +
		"and a client timeout that is shorter than the delay ends it (HAProxy configuration manual, 4.2, tcp-request " +
		"inspect-delay)",
	Wire: "a client whose ClientHello is not complete when the delay is over gets FIN, without an alert " +
		"(measured: at 3.0 s with a delay of 3s), and no server is contacted; where timeout client is shorter, it " +
		"hangs up first. Where a route takes what no other one does (sni any), half a ClientHello goes there when the delay is " +
		"over, to a server with another certificate. Without a delay HAProxy decides as it accepts: of 60 clients that sent " +
		"their ClientHello at once, 58 were closed, or went to default_backend where there is one (measured on loopback)",
	Except: "clients and proxy stand in one network that loses nothing",
	Bad: `proxy haproxy {
    listen tcp :443 { inspect-delay 500ms }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Good: `proxy haproxy {
    listen tcp :443 { inspect-delay 5s }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Run: func(p *Pass) {
		const least = 3000
		for _, proxy := range p.Topology.Proxies {
			client := flow.FindTimeout(proxy.Timeouts, "client")
			for _, l := range proxy.Listeners {
				delay := l.InspectDelay
				switch {
				case !delay.IsSet() || !l.Inspects():
				case client != nil && delay.V > client.Millis:
					d := p.Report(delay.At, "proxy %q closes after %s, its timeout client, before the inspect-delay of %s is over",
						proxy.Name, inTime(client.Millis), inTime(delay.V))
					related(d, client.At, "the client timeout is stated here")
					d.Suggest(way(timeout(inProxy(proxy), client, max(delay.V, least))))
				case delay.V < least:
					d := p.Report(delay.At, "%s", tooSoon(l))
					if rest := l.Fallback(); rest != nil {
						related(d, rest.At, "this route takes what no other one does")
					}
					steps := []diag.Step{state(inListener(l), diag.FactInspectDelay, delay, []string{inTime(delay.V)}, inTime(least))}
					if client != nil && client.Millis < least {
						steps = append(steps, timeout(inProxy(proxy), client, least))
					}
					d.Suggest(way(steps...))
				}
			}
		}
	},
}

// tooSoon says what happens to a connection whose ClientHello is not there when a port decides.
func tooSoon(l *flow.Listener) string {
	then := "closes"
	if rest := l.Fallback(); rest != nil {
		then = fmt.Sprintf("sends what there is to route %q", rest.Name)
	}
	if l.InspectDelay.V == 0 {
		return fmt.Sprintf("%s decides before a ClientHello is sure to be there, and %s", portOf(l), then)
	}
	return fmt.Sprintf("%s waits %s for a ClientHello and %s: a lost segment comes again after 1s or more", portOf(l), inTime(l.InspectDelay.V), then)
}
