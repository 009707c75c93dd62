package check

import (
	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var notHTTP = &Rule{
	Code: "FL213", Name: "not-http", Severity: diag.Error, Since: "0.2",
	Doc: "a route on an http or https port leads to servers that speak HTTP, unless it is passthrough",
	Why: "the proxy parses what comes as HTTP and refuses all else (HAProxy configuration manual, mode); bytes need a " +
		"listen tcp port, or passthrough",
	Wire: "the client's handshake with the proxy succeeds; then the proxy waits for a request line. Other bytes are no " +
		"request: it answers 400 and closes, and connects to no server. Where the server would have to speak first, both " +
		"sides wait for a timeout",
	Bad: `proxy haproxy {
    listen https :443
}
route db {
    host db.apps.example.test
    tls edge
    to postgres
}
backend postgres {
    speaks tcp
    server pg-1 10.0.1.61:5432
}
`,
	Good: `certificate db
proxy haproxy {
    listen tcp :5432 { certificate db }
}
route db {
    host db.apps.example.test
    tls edge
    to postgres
}
backend postgres {
    speaks tcp
    server pg-1 10.0.1.61:5432
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			http := false
			for _, proxy := range r.Proxies {
				for _, l := range proxy.Listeners {
					http = http || l.Kind != flow.ListenTCP && l.Takes(r)
				}
			}
			if !http {
				return
			}
			other := flow.SpeaksTCP
			if r.Mode.V == flow.ModeReencrypt {
				other = flow.SpeaksTLS
			}
			backends(r, func(b *flow.Backend, at source.Span) {
				if !b.Speaks.IsSet() || b.Speaks.V != other {
					return
				}
				d := p.Report(at, "route %q is %s on a port that reads HTTP, and backend %q speaks %s: clients get 400", r.Name, modeOf(r), b.Name, b.Speaks.V)
				related(d, b.Speaks.At, "declared here")
				d.Help = "serve the route on a port that reads no HTTP: listen tcp :PORT"
				if r.Mode.V != flow.ModeNone {
					d.Help += " { certificate NAME }"
				}
				if r.Mode.V == flow.ModeReencrypt {
					d.Help += "; or " + toMode(r, "tls passthrough")
				}
			})
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
	},
}
