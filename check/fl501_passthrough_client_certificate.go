package check

import (
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var passthroughClientCertificate = &Rule{
	Code: "FL501", Name: "passthrough-client-certificate", Severity: diag.Error, Since: "0.1",
	Doc: "a passthrough route asks for no client certificate: only the party that terminates the client's TLS can",
	Why: "the party at the end of the session sends the CertificateRequest (RFC 8446, 4.3.2); in passthrough that " +
		"is the server. OpenShift's router asks for client certificates only in the frontend that terminates TLS",
	Wire: "the proxy relays the ClientHello unchanged and asks for no certificate. The server completes the " +
		"handshake with clients that have none. If the server asks, its CertificateRequest and the client's " +
		"answer are relayed (measured)",
	Bad: `ca partner-ca

certificate partner { issuer partner-ca }

client partner { certificate partner }

route payments {
    host payments.apps.example.test
    tls passthrough
    client-certificate required partner-ca
    to payments
}
`,
	Good: `ca partner-ca

certificate partner { issuer partner-ca }

client partner { certificate partner }

backend payments {
    speaks https { client-certificate required partner-ca }
}

route payments {
    host payments.apps.example.test
    tls passthrough
    to payments
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.ClientCertificate.IsSet() {
				d := p.Report(r.ClientCertificate.At, "route %q is passthrough: the proxy cannot request a client certificate, and relays clients without one, too", r.Name)
				relatedMode(d, r)
				out := remove(inRoute(r), diag.FactClientAuth, r.ClientCertificate.At, authWords(r.ClientCertificate.V)...)
				if steps := p.askingAt(r.ClientCertificate.V, r); len(steps) > 0 {
					d.Suggest(because(way(append([]diag.Step{out}, steps...)...), "clients' TLS ends at the servers"))
				} else {
					d.Suggest(way(out))
				}
			}
		}, flow.ModePassthrough)
		p.routes(p.askedWithoutTLS, flow.ModeNone)
		for _, proxy := range p.Topology.Proxies {
			for _, l := range proxy.Listeners {
				p.relayedPast(l)
			}
		}
	},
}

// askedWithoutTLS reports a client certificate of a route without TLS.
func (p *Pass) askedWithoutTLS(r *flow.Route) {
	asked := r.ClientCertificate
	if !asked.IsSet() || r.Relayed() || p.model.doubt.any(r) {
		return
	}
	d := p.Report(asked.At, "route %q is without TLS: no client certificate is requested, and requests are served without one", r.Name)
	relatedMode(d, r)
	d.Suggest(p.encryptingClients(r)...)
	d.Suggest(way(remove(inRoute(r), diag.FactClientAuth, asked.At, authWords(asked.V)...)))
}

// relayedPast warns of a port that requires a client certificate and relays
// routes whose servers ask for none: their clients come without.
func (p *Pass) relayedPast(l *flow.Listener) {
	asked := l.End.ClientCertificate
	if asked.V.Mode != flow.AuthRequired {
		return
	}
	asks := func(t *flow.Target) bool {
		b := t.Backend
		return b == nil || b.End.ClientCertificate.V.Mode != flow.AuthNone || b.Speaks.IsSet() && !b.Speaks.V.TLS()
	}
	var past []*flow.Route
	for _, r := range l.Proxy.Routes {
		if r.Mode.V == flow.ModePassthrough && l.Relays(r) && !r.ClientCertificate.IsSet() && !slices.ContainsFunc(r.Targets, asks) {
			past = append(past, r)
		}
	}
	if len(past) > 0 {
		r := past[0]
		d := p.Report(asked.At, "clients of passthrough route %q reach %s without the client certificate that %s requires: the servers do not request one",
			r.Name, endOf(r), portOf(l))
		d.Severity = diag.Warning
		relatedMode(d, r)
		if steps := p.askingAt(asked.V, past...); len(steps) > 0 {
			d.Suggest(because(way(steps...), "clients' TLS ends at the servers"))
		}
	}
}

// askingAt are the steps by which the servers of routes ask for a client
// certificate, each of them once.
func (p *Pass) askingAt(auth flow.ClientAuth, routes ...*flow.Route) []diag.Step {
	var steps []diag.Step
	first := once[*flow.Backend]()
	for _, r := range routes {
		for _, t := range r.Targets {
			b := t.Backend
			if b != nil && b.End.ClientCertificate.V.Mode == flow.AuthNone && p.canServeTLS(b) && first(b) {
				steps = append(steps, add(inServing(b), diag.FactClientAuth, authWords(auth)...))
			}
		}
	}
	return steps
}
