package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var tunnelTimeout = &Rule{
	Code: "FL610", Name: "tunnel-timeout", Severity: diag.Warning, Since: "0.2",
	Doc: "a proxy that states a server timeout and carries tunnels, passthrough or WebSocket, states a tunnel timeout",
	Why: "the server timeout ends what is only idle: passthrough as a close without a status, where edge would answer 504; " +
		"after 101 both directions are a tunnel (HAProxy configuration manual, timeout tunnel; measured)",
	Run: func(p *Pass) {
		upgraded := map[*flow.Route]bool{}
		for _, q := range p.Topology.Requests {
			if q.Upgrade.Said() {
				for _, x := range p.Courses.Of(q).Exchanges {
					upgraded[x.Route] = true
				}
			}
		}
		first := once[source.Span]()
		p.routes(func(r *flow.Route) {
			if r.Mode.V != flow.ModePassthrough && !upgraded[r] {
				return
			}
			for _, proxy := range r.Proxies {
				server := timeoutOf(r.Timeouts, "server")
				if server == nil {
					server = timeoutOf(proxy.Timeouts, "server")
				}
				if server == nil || timeoutOf(r.Timeouts, "tunnel") != nil || timeoutOf(proxy.Timeouts, "tunnel") != nil || !first(server.At) {
					continue
				}
				what := "relays TLS"
				if upgraded[r] {
					what = "becomes a tunnel after 101"
				}
				d := p.Report(server.At, "route %q %s, and this timeout ends it when it is idle: there is none for tunnels", r.Name, what)
				related(d, known(r.Mode.At, r.At), "the route is here")
				d.Help = "say timeout tunnel 1h, beside timeout server"
			}
		}, flow.Modes...)
	},
}
