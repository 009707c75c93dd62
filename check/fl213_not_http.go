package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var notHTTP = &Rule{
	Code: "FL213", Name: "not-http", Severity: diag.Error, Since: "0.2", Scope: ScopePorts,
	Doc: "the servers of a route on an http or https port speak HTTP, unless the route is passthrough",
	Why: "on such a port the proxy parses HTTP and refuses other bytes (HAProxy configuration manual, mode). " +
		"Another protocol needs a listen tcp port, or passthrough",
	Wire: "the client's handshake with the proxy succeeds, and the proxy waits for a request line. It answers other " +
		"bytes with 400, closes, and connects to no server. It sends a valid request to the server, and if the " +
		"reply is not HTTP, the client gets 502 (measured, with a greeting of IMAP). If the server sends nothing, " +
		"both sides wait for a timeout",
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
		type key struct {
			r *flow.Route
			b *flow.Backend
		}
		first := once[key]()
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
			sentTo(r, func(t *flow.Target) {
				b := t.Backend
				if b == nil || !b.Speaks.IsSet() || b.Speaks.V != other {
					return
				}
				first(key{r, b})
				p.explainRoute(r, flow.FaultProtocol)
				d := p.Report(t.At, "route %q is %s on a port that reads HTTP, and backend %q speaks %s: clients that do not speak HTTP get 400, and HTTP clients get 502", r.Name, modeOf(r), b.Name, b.Speaks.V)
				relatedSpeaks(d, b)
				d.Suggest(p.withoutHTTP(r, b)...)
			})
		}, flow.ModeNone, flow.ModeEdge, flow.ModeReencrypt)
		p.failingBy(flow.ProblemNotHTTP, func(c *flow.Class) {
			r, t, hop := readBefore(c)
			if r == nil || p.meant(c) || !first(key{r, hop.Server.Backend}) {
				return
			}
			p.explainRoute(r, flow.FaultProtocol)
			b := hop.Server.Backend
			d := p.Report(t.At, "route %q is %s on a port that reads HTTP, and backend %q behind it speaks %s: %s", r.Name, modeOf(r), b.Name, b.Speaks.V, inWords(c.Summary.Endings))
			relatedSpeaks(d, b)
			if steps, ok := p.passing(r); ok && r.Mode.V == flow.ModeReencrypt {
				d.Suggest(because(way(steps...), endsAtServers))
			}
			http := flow.SpeaksHTTP
			if b.Speaks.V.TLS() {
				http = flow.SpeaksHTTPS
			}
			d.Suggest(way(speaking(b, http)))
		})
	},
}

// readBefore is the last route over which a proxy that reads HTTP sends the requests of
// paths to a server that speaks something else, its target, and the hop to that server;
// nil where another end does not read them.
func readBefore(c *flow.Class) (*flow.Route, *flow.Target, *flow.Hop) {
	hops, at := c.Path.Hops, c.Summary.At
	if at <= 0 || hops[at].Server == nil {
		return nil, nil, nil
	}
	for i := at; i > 0; i-- {
		if l := hops[i-1].Listener; l != nil && l.Kind != flow.ListenTCP && hops[i].Opens {
			return hops[i].Route, hops[i].Target, &hops[at]
		}
	}
	return nil, nil, nil
}

// withoutHTTP are the ways to serve a route of a backend that speaks no HTTP: it
// is passed through, it has a port of its own, or it speaks HTTP after all.
func (p *Pass) withoutHTTP(r *flow.Route, b *flow.Backend) []diag.Suggestion {
	var out []diag.Suggestion
	if r.Mode.V == flow.ModeReencrypt {
		if steps, ok := p.passing(r); ok {
			out = append(out, because(way(steps...), endsAtServers))
		}
	}
	if port := freePort(r, b); port != 0 && !p.askedIn(r, "https") && !p.askedIn(r, "http") && len(r.On) == 0 {
		proxy := r.Proxies[0]
		listener := add(inProxy(proxy), diag.FactListener, "tcp", fmt.Sprintf(":%d", port))
		var steps []diag.Step
		if r.Mode.V != flow.ModeNone {
			fresh := p.publicCertificate(r, proxy)
			steps = p.certify(diag.Place{}, diag.FactCertificate, nil, naming(flow.OneHost(r.HostOn(proxy))), fresh)
			listener.With = []diag.Setting{setting(diag.FactCertificate, steps[len(steps)-1].Value...)}
			steps = steps[:len(steps)-1]
		}
		steps = append(steps, listener, add(inRoute(r), diag.FactServedBy, fmt.Sprintf("%s:%d", proxy.Name, port)))
		out = append(out, because(way(steps...), "that port reads no HTTP"))
	}
	http := flow.SpeaksHTTP
	if b.Speaks.V.TLS() {
		http = flow.SpeaksHTTPS
	}
	return append(out, way(speaking(b, http)))
}

// freePort is the port of a backend's servers, where the only proxy of a route
// does not listen on it yet; 0 elsewhere.
func freePort(r *flow.Route, b *flow.Backend) int {
	if len(r.Proxies) != 1 || len(b.Servers) == 0 || r.Proxies[0].Listens(b.Servers[0].Port) != nil {
		return 0
	}
	return b.Servers[0].Port
}
