package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var inspectDelay = &Rule{
	Code: "FL611", Name: "inspect-delay", Severity: diag.Warning, Since: "0.2",
	Doc: "inspect-delay is longer than a TCP retransmission takes, and shorter than the client timeout",
	Why: "a ClientHello can have several segments; a lost one is sent again after a second or more. A client " +
		"timeout that is shorter than the delay ends the connection first (HAProxy configuration manual, 4.2, " +
		"tcp-request inspect-delay)",
	Wire: "a client whose ClientHello is not complete after the delay gets FIN, without an alert (measured: at 3.0 " +
		"s with a delay of 3s), and the proxy connects to no server. If timeout client is shorter, it closes " +
		"earlier. With a route by sni any, an incomplete ClientHello goes to that route after the delay, to a " +
		"server with another certificate. Without a delay HAProxy decides when it accepts the connection: of 60 " +
		"clients that sent their ClientHello at once, 58 were closed, or went to default_backend if there is one " +
		"(measured on loopback)",
	Except: "clients and proxy are in one network without packet loss",
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
					related(d, client.At, "proxy %q states timeout client here", proxy.Name)
					d.Suggest(way(timeout(inProxy(proxy), client, max(delay.V, least))))
				case delay.V < least:
					d := p.Report(delay.At, "%s", tooSoon(l))
					if rest := l.Fallback(); rest != nil {
						related(d, rest.At, "route %q takes what no other route takes", rest.Name)
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
		then = fmt.Sprintf("relays the bytes received so far to route %q", rest.Name)
	}
	if l.InspectDelay.V == 0 {
		return fmt.Sprintf("%s does not wait until a ClientHello has arrived, and %s", portOf(l), then)
	}
	return fmt.Sprintf("%s waits %s for a ClientHello and then %s: a lost segment is sent again only after 1s or more", portOf(l), inTime(l.InspectDelay.V), then)
}
