package check

import (
	"fmt"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var noCommonVersion = &Rule{
	Code: "FL210", Name: "no-common-version", Severity: diag.Error, Since: "0.1",
	Doc: "the two ends of each TLS session share a version",
	Why: "hops negotiate on their own (RFC 8446, 4.2.1): the server end answers with the alert protocol_version; behind " +
		"the proxy that is a 503 after four attempts",
	Wire: "on the client's hop: ClientHello, then the alert protocol_version (70) in the clear and FIN, both from the " +
		"proxy; no backend connection. On the proxy's hop the server sends that alert: 4 attempts, 1 s apart, then 503 (measured)",
	Except: "of a client that is meant to be refused say so: expect alert protocol_version",
	Bad: `client terminal { tls 1.2 }
proxy haproxy {
    listen https :443 { tls 1.3 }
}
route pay {
    host pay.apps.example.test
    tls edge
    to payments
}
`,
	Good: `client terminal { tls 1.2 }
proxy haproxy {
    listen https :443 { tls 1.2..1.3 }
}
route pay {
    host pay.apps.example.test
    tls edge
    to payments
}
`,
	Run: func(p *Pass) {
		seen := map[[2]source.Span]bool{}
		p.requests(func(r *flow.Request, c *course) {
			for _, s := range c.apart {
				at, other := s.client, s.server
				if !at.At.Known() {
					at, other = s.server, s.client
				}
				p.explain(r)
				if seen[[2]source.Span{at.At, other.At}] {
					continue
				}
				seen[[2]source.Span{at.At, other.At}] = true
				p.apart(at, other, s.client.V, s.server.V, s.opener, s.far, s.by)
			}
		})
		p.handshakes(func(h flow.Handshake) { // of the hops that no request of the model gets to
			client, server := h.End().TLS, serverVersions(h)
			key := [2]source.Span{client.At, server.At}
			if _, ok := client.V.Shared(server.V); ok || h.Proxy == nil || !client.IsSet() || !server.IsSet() || seen[key] {
				return
			}
			seen[key] = true
			p.apart(client, server, client.V, server.V, openerOf(h), farEnd(h), h.Opened)
		})
	},
}

// apart reports two ends without a version in common; by is the route of the
// proxy that opens the session, nil where a client does.
func (p *Pass) apart(at, other flow.Fact[flow.Versions], client, server flow.Versions, opener, far string, by *flow.Route) {
	fails := "the handshake fails"
	if by != nil {
		if end := p.clientsGet(by, flow.FaultVersion); end != "" && end != fails {
			fails += ", and " + end
		}
	}
	d := p.Report(at.At, "%s offers only TLS %s, and %s accepts only TLS %s: %s", opener, client, far, server, fails)
	related(d, other.At, "the other end's versions")
	old, older, newer, younger := opener, client, server, far
	if client.Min > server.Max {
		old, older, newer, younger = far, server, client, opener
	}
	up, down := flow.Versions{Min: older.Min, Max: newer.Min}, flow.Versions{Min: older.Max, Max: newer.Max}
	switch {
	case older.Max < flow.TLS12:
		d.Help = fmt.Sprintf("let %s do newer versions, too: tls %s", old, up)
	case up == down:
		d.Help = fmt.Sprintf("let either of the two do both versions: tls %s", up)
	default:
		d.Help = fmt.Sprintf("let %s do newer versions, too: tls %s; or %s older ones: tls %s", old, up, younger, down)
	}
}

func serverVersions(h flow.Handshake) flow.Fact[flow.Versions] {
	if h.Backend != nil {
		return h.Backend.End.TLS
	}
	return h.Listener.End.TLS
}

// versionless is a session whose ends share no version.
type versionless struct {
	client, server flow.Fact[flow.Versions]
	opener, far    string
	by             *flow.Route // of the proxy that opens it; nil where a client does
}

// versionlessOf are the sessions of a lifecycle whose ends share no version.
func versionlessOf(r *flow.Request, lc *flow.Lifecycle) []versionless {
	var out []versionless
	for _, s := range lc.Sessions {
		if s.Opened == nil || s.Version != 0 || s.Ends[1] == nil {
			continue
		}
		client, server := versionsOf(r, s)
		if client.V.Min == 0 || server.V.Min == 0 {
			continue
		}
		if _, ok := client.V.Shared(server.V); !ok {
			out = append(out, versionless{client, server, inKind(s.Ends[0]), inKind(s.Ends[1]), s.Connections[0].Route})
		}
	}
	return out
}

// versionsOf returns what both ends of a session state of their versions.
func versionsOf(r *flow.Request, s *flow.Session) (client, server flow.Fact[flow.Versions]) {
	first, last := s.Connections[0], s.Connections[len(s.Connections)-1]
	if s.Ends[0].Client != nil {
		client = s.Ends[0].Client.End.TLS
		if r.TLS.IsSet() {
			client = r.TLS
		}
	} else if first.Route != nil {
		client = first.Route.Upstream.End.TLS
	}
	switch {
	case s.Ends[1].Server != nil:
		server = s.Ends[1].Server.Backend.End.TLS
	case last.Listener != nil:
		server = last.Listener.End.TLS
	}
	return client, server
}
