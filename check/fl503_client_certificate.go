package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var clientCertificate = &Rule{
	Code: "FL503", Name: "client-certificate", Severity: diag.Error, Since: "0.2",
	Doc: "a party that opens a session has the client certificate that the other end requires, signed by the CA " +
		"that it accepts",
	Why: "an end that requires a certificate ends the session with a client that has none, or one of another CA " +
		"(RFC 8446, 4.4.2.4; HAProxy configuration manual, 5.1, verify and ca-file)",
	Wire: "in TLS 1.2 the alert handshake_failure (40) ends the handshake. In TLS 1.3 the alert " +
		"certificate_required (116), or unknown_ca (48) for a certificate of another CA, comes when the client " +
		"has completed its handshake and may have sent its request. The proxy that asked opens no connection to a " +
		"server (measured)",
	Except: "the client is meant to be refused: declare it in its request with expect alert certificate_required",
	Bad: `ca partner-ca

client partner

proxy haproxy {
    listen https :443 { client-certificate required partner-ca }
}

route payments {
    host payments.apps.example.test
    tls edge
    to payments
}

request pay {
    from partner
    post https://payments.apps.example.test/orders
}
`,
	Good: `ca partner-ca

certificate partner { issuer partner-ca }

client partner { certificate partner }

proxy haproxy {
    listen https :443 { client-certificate required partner-ca }
}

route payments {
    host payments.apps.example.test
    tls edge
    to payments
}

request pay {
    from partner
    post https://payments.apps.example.test/orders
}
`,
	Run: func(p *Pass) {
		first := once[[2]diag.Place]()
		p.handshakes(func(h flow.Handshake) {
			auth := h.ClientAuth()
			own := h.End().Certificate
			fault := refuses(auth.V, own.V)
			if fault == "" || own.V == nil && (h.Backend != nil && h.Opened == h.Route || h.Client != nil && h.Client.Supplied()) {
				return
			}
			if h.Client != nil && h.Request.Derived && slices.ContainsFunc(p.Topology.Clients, func(c *flow.Client) bool {
				return refuses(auth.V, c.End.Certificate.V) == ""
			}) {
				return
			}
			p.explainMeeting(h)
			at := known(own.At, openerAt(h), auth.At)
			k := [2]diag.Place{askingIn(h), certificateIn(h)}
			if own.V == nil {
				k[0] = diag.Place{} // one certificate may do for all who ask
			}
			if !first(k) {
				return
			}
			message := fmt.Sprintf("%s requires a client certificate and %s has none", farEnd(h), openerOf(h))
			if own.V != nil {
				message = fmt.Sprintf("%s refuses client certificate %q of %s (%s)", farEnd(h), own.V.Name, openerOf(h), fault)
			}
			d := p.Report(at, "%s: the handshake fails", message)
			related(d, auth.At, "%s requests a client certificate here", farEnd(h))
			d.Suggest(p.withClientCertificate(h, own, auth.V.CA)...)
		})
	},
}

// withClientCertificate are the ways to have the opener of a handshake show
// another client certificate: in the session that it opens for a route, and in
// the proxy where that states one for all.
func (p *Pass) withClientCertificate(h flow.Handshake, own flow.Fact[*flow.Certificate], ca *flow.CA) []diag.Suggestion {
	if h.Client != nil {
		return append([]diag.Suggestion{way(p.clientCertificate(inClient(h.Client), own, ca, h.Client.Name)...)}, p.optional(h, own)...)
	}
	none := flow.Fact[*flow.Certificate]{}
	here := h.Opened.Upstream.End.Certificate
	out := []diag.Suggestion{way(p.clientCertificate(inUpstream(h.Opened), here, ca, h.Proxy.Name)...)}
	if here == none && own.V != nil && p.opensOnce(h.Proxy) {
		out = append(out, way(p.clientCertificate(inProxy(h.Proxy), own, ca, h.Proxy.Name)...))
	}
	return out
}

// optional is the way to have the far end of a handshake accept clients without a
// certificate, where it refuses one for that.
func (p *Pass) optional(h flow.Handshake, own flow.Fact[*flow.Certificate]) []diag.Suggestion {
	auth := h.ClientAuth()
	others := func(o flow.Handshake) bool { // that require one of the same client
		return o.Client == h.Client && o.ClientAuth().At != auth.At && refuses(o.ClientAuth().V, nil) != ""
	}
	answered := h.Route != nil && h.Route.WithoutCertificate.V != 0
	if own.V != nil || answered || !auth.At.Known() || slices.ContainsFunc(p.model.paths().Handshakes, others) {
		return nil
	}
	to := auth.V
	to.Mode = flow.AuthOptional
	step := change(askingIn(h), diag.FactClientAuth, auth.At, authWords(auth.V), authWords(to)...)
	who := farEnd(h)
	if step.In.Kind == diag.KindRoute {
		who = fmt.Sprintf("route %q", step.In.Name)
	}
	return []diag.Suggestion{given(way(step), "%s is meant to accept clients without one", who)}
}

// opensOnce reports whether a proxy opens sessions for one route alone.
func (p *Pass) opensOnce(proxy *flow.Proxy) bool {
	n := 0
	for _, r := range proxy.Routes {
		if r.Mode.V == flow.ModeReencrypt {
			n++
		}
	}
	return n == 1
}

func openerAt(h flow.Handshake) source.Span {
	if h.Client != nil {
		return h.Client.At
	}
	return known(h.Opened.Upstream.At, h.Opened.Mode.At)
}

// certificateIn is where the opener of a handshake states its certificate, or
// would.
func certificateIn(h flow.Handshake) diag.Place {
	if h.Client == nil && h.End().Certificate.IsSet() && !h.Opened.Upstream.End.Certificate.IsSet() {
		return inProxy(h.Proxy)
	}
	return openerIn(h)
}

// askingIn is where the far end of a handshake states that it asks for one.
func askingIn(h flow.Handshake) diag.Place {
	if h.Backend == nil && h.Route != nil && h.Route.ClientCertificate.IsSet() {
		return inRoute(h.Route)
	}
	return answererIn(h)
}

// refuses is why an end does not accept a client certificate, nil for none;
// "" where it does.
func refuses(auth flow.ClientAuth, own *flow.Certificate) string {
	switch {
	case auth.Mode == flow.AuthRequired && own == nil:
		return "it has none"
	case auth.Mode == flow.AuthNone, own == nil, auth.CA == nil, own.Issuer.V == nil, own.Issuer.V == auth.CA:
		return ""
	}
	return fmt.Sprintf("signed by CA %q, accepted is CA %q", own.Issuer.V.Name, auth.CA.Name)
}
