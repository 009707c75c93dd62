package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var impatient = &Rule{
	Code: "FL612", Name: "impatient-proxy", Severity: diag.Warning, Since: "0.2",
	Doc: "a proxy before another one waits longer for it than that one's retries take",
	Why: "attempts are a second apart, so a server that is down is 503 only after that many seconds; the proxy before it has " +
		"hung up by then (HAProxy configuration manual, retries; measured: 503 after 3.0 s with retries 3)",
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			for _, t := range r.Targets {
				if t.Proxy == nil || !t.Proxy.Retries.Said() {
					continue
				}
				for _, up := range r.Proxies {
					server := timeoutOf(r.Timeouts, "server")
					if server == nil {
						server = timeoutOf(up.Timeouts, "server")
					}
					pause := int64(1000)
					if c := timeoutOf(t.Proxy.Timeouts, "connect"); c != nil {
						pause = min(pause, c.Millis)
					}
					if server == nil || server.Millis > int64(t.Proxy.Retries.V)*pause {
						continue
					}
					d := p.Report(server.At, "%q hangs up on %q before that one's %d retries are over", up.Name, t.Proxy.Name, t.Proxy.Retries.V)
					related(d, t.Proxy.Retries.At, "the retries are stated here")
					d.Help = "wait longer here, or retry less there"
				}
			}
		}, flow.Modes...)
	},
}
