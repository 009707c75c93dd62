package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/flow/words"
)

var otherSession = &Rule{
	Code: "FL504", Name: "other-session", Severity: diag.Warning, Since: "0.2",
	Doc: "every request that reaches a route with a client certificate came in a session that asked for one",
	Why: "the port asks for a certificate by the SNI, and chooses the route by the Host. A client that sends one " +
		"host as SNI and another one as Host is asked only for what the first one requires. A client that sends no SNI, " +
		"or a name that no route has, is asked only for what the port states (measured). RFC 9110, 7.4 and " +
		"15.5.20, has 421 for that; HAProxy serves the request. In TLS 1.3 it also does so when a session of the " +
		"first host is resumed with the SNI of the other (measured), so it is not enough to compare the two names",
	Wire: "the ClientHello has the SNI of a host that every client may use, the handshake has no " +
		"CertificateRequest, and the request has the Host of the protected route. The proxy routes it there, and " +
		"the client gets 200 (measured). A proxy that sends another SNI to the next proxy, or none, has the same " +
		"effect",
	Except: "the servers of the route check the client certificate themselves",
	Bad: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }
client stranger

route payments {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    to payments
}
route www {
    host www.example.test
    tls edge
    to www
}
request around {
    from stranger
    get https://www.example.test/
    host payments.example.test
}
`,
	Good: `ca partner-ca
certificate partner { issuer partner-ca }
client partner { certificate partner }

route payments {
    host payments.example.test
    tls edge
    client-certificate required partner-ca
    without-certificate 421
    to payments
}
route www {
    host www.example.test
    tls edge
    to www
}
request through {
    from partner
    get https://payments.example.test/
}
`,
	Run: func(p *Pass) {
		if !p.requiresCertificates() {
			return
		}
		fronts := p.unaskedProxies()
		p.unaskedHosts(fronts)
		for _, f := range fronts {
			p.reportUnasked(f)
		}
		p.answers(func(h flow.Handshake) {
			if h.Client == nil || h.Listener == nil || h.Route == nil || h.Request.Derived {
				return
			}
			auth := h.Route.ClientCertificate
			if h.Route.WithoutCertificate.V != 0 {
				return // it is answered so
			}
			if auth.V.Mode != flow.AuthRequired || h.ClientAuth().V.Mode == flow.AuthRequired {
				return
			}
			q, sent := h.Request, "its SNI is "+h.SNI
			if h.SNI == "" {
				sent = "it has no SNI"
			}
			host := q.HostField.V
			if host == "" {
				host = q.Calls[0].Host
			}
			d := p.Report(known(q.HostField.At, q.SNI.At, q.Calls[0].At),
				"request %q reaches route %q without the client certificate that the route requires: %s, and its Host is %s",
				q.Name, h.Route.Name, sent, host)
			relatedRequired(d, h.Route, auth)
			d.Suggest(p.askedByAll(h, auth.V)...)
			if p.uncertified(q, h.Route) && p.course(q).outcome.Fault == flow.FaultNone {
				d.Suggest(because(p.guarding(h.Listener, h.Route, nil, fronts), "request %q then gets 421", q.Name))
			}
		})
	},
}

// outcomesOf are the outcomes that a request expects, from whomever.
func outcomesOf(q *flow.Request) []string {
	var out []string
	for _, e := range q.Expect {
		out = append(out, words.Ending(e.Ending))
	}
	return out
}

// askedByAll are the ways to have every session of a port asked for the client
// certificate that one of its routes requires: the request then fails, if its
// client has none, and says so; or it does not come by another host.
func (p *Pass) askedByAll(h flow.Handshake, auth flow.ClientAuth) []diag.Suggestion {
	q := h.Request
	var out []diag.Suggestion
	others := slices.ContainsFunc(p.Topology.Requests, func(o *flow.Request) bool {
		return o != q && !o.Derived && o.From != nil && o.Via == h.Listener.Proxy && refuses(auth, o.From.End.Certificate.V) != ""
	})
	certified := slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool { return refuses(auth, c.End.Certificate.V) == "" })
	if l := h.Listener; !others && certified && !l.End.ClientCertificate.IsSet() && len(q.Expect) == 0 {
		steps := []diag.Step{add(inListener(l), diag.FactClientAuth, authWords(auth)...)}
		if refuses(auth, q.From.End.Certificate.V) != "" {
			steps = append(steps, add(inRequest(q), diag.FactExpect, "alert certificate_required"))
		}
		out = append(out, because(way(steps...), "the certificate is then requested in every session"))
	}
	var steps []diag.Step
	if q.HostField.IsSet() {
		steps = append(steps, remove(inRequest(q), diag.FactHostField, q.HostField.At, q.HostField.V))
		if len(q.Expect) > 0 && q.Expect[0].From != "" { // another server answers then
			steps = append(steps, change(inRequest(q), diag.FactExpect, q.Expect[0].At, []string{wanted(q)}, outcomesOf(q)...))
		}
	}
	if q.SNI.IsSet() {
		steps = append(steps, remove(inRequest(q), diag.FactSNI, q.SNI.At, orNoSNI(q.SNI.V)))
	}
	if refuses(auth, q.From.End.Certificate.V) != "" && (!certified || q.SNI.IsSet()) {
		if slices.ContainsFunc(p.Topology.Requests, func(o *flow.Request) bool { return o != q && !o.Derived && o.From == q.From }) {
			return out // with a certificate it would send others in another way
		}
		steps = append(steps, p.clientCertificate(inClient(q.From), q.From.End.Certificate, auth.CA, q.From.Name)...)
	}
	return append(out, way(steps...))
}
