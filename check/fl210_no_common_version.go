package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var noCommonVersion = &Rule{
	Code: "FL210", Name: "no-common-version", Severity: diag.Error, Since: "0.1",
	Doc: "the two ends of each TLS session have a TLS version in common",
	Why: "each hop negotiates its own version (RFC 8446, 4.2.1). Without a common one the server end sends the " +
		"alert protocol_version; behind the proxy the client then gets 503 after four attempts",
	Wire: "on the client's hop the proxy answers the ClientHello with the alert protocol_version (70) in plaintext " +
		"and FIN, and opens no backend connection. On the proxy's hop the server sends that alert: 4 attempts, 1 " +
		"s apart, then 503 (measured)",
	Except: "if the client is meant to be refused, declare it in its request: expect alert protocol_version",
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
		seen := map[[2]diag.Place]bool{}
		refused := map[[2]diag.Place][]*flow.Request{}
		p.requests(func(r *flow.Request, c *course) {
			for _, s := range c.apart {
				if s.by == nil {
					refused[s.key()] = append(refused[s.key()], r)
				}
			}
		})
		p.requests(func(r *flow.Request, c *course) {
			for _, s := range c.apart {
				at, other := s.ends[0].versions, s.ends[1].versions
				if !at.IsSet() {
					at, other = other, at
				}
				p.explain(r)
				if seen[s.key()] {
					continue
				}
				seen[s.key()] = true
				p.apart(at, other, s.ends, s.by).Suggest(p.meantToEnd(refused[s.key()])...)
			}
		})
		p.handshakes(func(h flow.Handshake) { // of the hops that no request of the model gets to
			client, server := h.End().TLS, serverVersions(h)
			if _, ok := client.V.Shared(server.V); ok || !client.IsSet() || !server.IsSet() || h.Client != nil && (h.Request.TLS.IsSet() || h.Request.Derived && !failing(h)) {
				return
			}
			p.explainMeeting(h)
			key := [2]diag.Place{openerIn(h), answererIn(h)}
			if seen[key] {
				return
			}
			seen[key] = true
			p.apart(client, server, [2]versionsEnd{{openerOf(h), openerIn(h), client}, {farEnd(h), answererIn(h), server}}, h.Opened)
		})
	},
}

// failing reports whether on some path of a handshake no client has a version in
// common with the far end.
func failing(h flow.Handshake) bool {
	return slices.ContainsFunc(h.Paths, func(path *flow.Path) bool {
		return !slices.ContainsFunc(path.Classes, func(c *flow.Class) bool { return c.Summary.Fault != flow.FaultVersion })
	})
}

// versionsEnd is one end of a session: its name, where its versions are stated,
// and which they are.
type versionsEnd struct {
	name     string
	in       diag.Place
	versions flow.Fact[flow.Versions]
}

// apart reports two ends without a version in common; by is the route of the
// proxy that opens the session, nil where a client does.
func (p *Pass) apart(at, other flow.Fact[flow.Versions], ends [2]versionsEnd, by *flow.Route) *diag.Diagnostic {
	fails := "the handshake fails"
	if by != nil {
		if end := p.clientsGet(by, flow.FaultVersion); end != "" && end != fails {
			fails += ", and " + end
		}
	}
	opener, far := ends[0], ends[1]
	d := p.Report(at.At, "%s offers only TLS %s, and %s accepts only TLS %s: %s", opener.name, opener.versions.V, far.name, far.versions.V, fails)
	of := ends[1]
	if other.At == ends[0].versions.At {
		of = ends[0]
	}
	related(d, other.At, "%s states tls %s here", of.name, of.versions.V)
	older, newer := opener, far
	if older.versions.V.Min > newer.versions.V.Max {
		older, newer = newer, older
	}
	up := flow.Versions{Min: older.versions.V.Min, Max: newer.versions.V.Min}
	down := flow.Versions{Min: older.versions.V.Max, Max: newer.versions.V.Max}
	if older.in.Kind != diag.KindClient && older.in.Kind != diag.KindRequest {
		up.Min = max(up.Min, flow.TLS12) // a port and a proxy are not to go below it
	}
	d.Suggest(way(doing(older, up)))
	if older.versions.V.Max >= flow.TLS12 {
		d.Suggest(way(doing(newer, down)))
	}
	return d
}

// meantToEnd is the way to have requests of clients expect the failure that they meet.
func (p *Pass) meantToEnd(all []*flow.Request) []diag.Suggestion {
	var steps []diag.Step
	for _, q := range all {
		c := p.course(q)
		if q.Derived || c.outcome.Fault != flow.FaultVersion || len(q.Expect) > 0 {
			return nil
		}
		steps = append(steps, expecting(q, c.outcome))
	}
	others := func(h flow.Handshake) bool { // that the finding is about as well
		_, ok := h.End().TLS.V.Shared(serverVersions(h).V)
		return !ok && h.Client == all[0].From && !slices.Contains(all, h.Request)
	}
	if len(steps) == 0 || len(steps) > few || slices.ContainsFunc(p.model.paths().Handshakes, others) {
		return nil
	}
	return []diag.Suggestion{given(way(steps...), "such clients are meant to be refused")}
}

// doing is the step by which an end does other versions.
func doing(e versionsEnd, v flow.Versions) diag.Step {
	return state(e.in, diag.FactVersions, e.versions, []string{e.versions.V.String()}, v.String())
}

// openerOfSession is where the opener of a session states its versions.
func openerOfSession(q *flow.Request, s *flow.Session) diag.Place {
	switch {
	case s.Ends[0].Client != nil && q.TLS.IsSet():
		return inRequest(q)
	case s.Ends[0].Client != nil:
		return inClient(s.Ends[0].Client)
	}
	return inUpstream(s.Connections[0].Route)
}

// answererOfSession is where the far end of a session states its versions.
func answererOfSession(s *flow.Session, last *flow.Connection) diag.Place {
	if s.Ends[1].Server != nil {
		return inServing(s.Ends[1].Server.Backend)
	}
	return inListener(last.Listener)
}

func serverVersions(h flow.Handshake) flow.Fact[flow.Versions] {
	if h.Backend != nil {
		return h.Backend.End.TLS
	}
	return h.Listener.End.TLS
}

// versionless is a session whose ends share no version.
type versionless struct {
	ends [2]versionsEnd
	by   *flow.Route // of the proxy that opens it; nil where a client does
}

// key tells such sessions apart by what both ends state.
func (v *versionless) key() [2]diag.Place {
	return [2]diag.Place{stated(v.ends[0].versions, v.ends[0].in), stated(v.ends[1].versions, v.ends[1].in)}
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
			last := s.Connections[len(s.Connections)-1]
			out = append(out, versionless{
				ends: [2]versionsEnd{{inKind(s.Ends[0]), openerOfSession(r, s), client}, {inKind(s.Ends[1]), answererOfSession(s, last), server}},
				by:   s.Connections[0].Route,
			})
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
