package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var noUpstreamSNI = &Rule{
	Code: "FL408", Name: "no-upstream-sni", Severity: diag.Warning, Since: "0.2", Scope: ScopePorts,
	Doc: "a reencrypt route sends an SNI if the server chooses its certificate by SNI",
	Why: "a server with several certificates chooses one by the SNI (RFC 6066, 3). HAProxy before 3.3 sends no SNI " +
		"unless sni states it: verifyhost checks a name and does not send it (HAProxy configuration manual, 5.2, " +
		"sni and verifyhost; measured)",
	Wire: "the proxy's ClientHello has no SNI. A server that requires one answers with an alert in each of four " +
		"attempts, a second apart, and the client gets 503 (measured). Another server presents its first " +
		"certificate; if that has the wrong name, the proxy ends the handshake with internal_error",
	Except: "the certificate that the proxy needs is the server's first one, and stays the first",
	Bad: `certificate cart-internal { names cart.shop.svc }
certificate shop-internal { names shop.shop.svc }

backend shop {
    speaks https { certificate cart-internal, shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        name shop.shop.svc
        sni none
    }
    to shop
}
`,
	Good: `certificate cart-internal { names cart.shop.svc }
certificate shop-internal { names shop.shop.svc }

backend shop {
    speaks https { certificate cart-internal, shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Run: func(p *Pass) {
		p.routes(func(r *flow.Route) {
			if r.Upstream.SNI.V != "" || r.Upstream.SNIHost {
				return
			}
			sentTo(r, func(t *flow.Target) {
				who, what, why := chosenBy(r, t, nil)
				if what == "" || p.expectedFailure(r, missingSNI...) {
					return
				}
				end := p.clientsGet(r, missingSNI...)
				d := p.Report(known(r.Upstream.SNI.At, t.At), "%s", so(fmt.Sprintf("route %q sends no SNI to %s, which %s", r.Name, who, what), end))
				related(d, why, "because of this line, %s needs the SNI", who)
				for i, sni := range p.rightSNIs(r) {
					w := way(p.sending(r, sni)...)
					if sni == "host" {
						w.Why = "the SNI is then the host that the client asks for"
					}
					w.Safe = i == 0 && r.Upstream.SNI.IsSet() && onlySNI(r)
					d.Suggest(w)
				}
				if p.explainRoute(r, missingSNI...) || end != "" {
					d.Severity = diag.Error
				}
			})
		}, flow.ModeReencrypt)
	},
}

// missingSNI is what a session without SNI may end in.
var missingSNI = []flow.Fault{flow.FaultStrictSNI, flow.FaultWrongName, flow.FaultNoSNI}

// chosenBy names what looks at the SNI, a target or a proxy or backend behind it,
// says what that does without one, and where this is stated; "" where nothing looks.
func chosenBy(r *flow.Route, t *flow.Target, via []*flow.Listener) (who, what string, why source.Span) {
	l := r.NextPort(t)
	var end flow.ServerEnd
	switch {
	case t.Backend != nil:
		end = t.Backend.End
	case l == nil, slices.Contains(via, l):
		return "", "", why
	case choosesBySNI(l):
		return targetOf(t), "chooses its route by the SNI", l.At
	case l.OnlyRelays():
		return chosenBehind(l, append(via, l))
	default:
		end = l.End
	}
	switch {
	case end.StrictSNI.V:
		return targetOf(t), "has strict-sni and refuses a handshake without SNI", end.StrictSNI.At
	case len(end.Certificates) > 1:
		shown := end.Certificates[0].V.Name
		return targetOf(t), fmt.Sprintf("has several certificates and presents the first, %q", shown), end.Certificates[1].At
	}
	return "", "", why
}

// chosenBehind is chosenBy for the targets of a port that passes on connections
// without SNI.
func chosenBehind(l *flow.Listener, via []*flow.Listener) (who, what string, why source.Span) {
	r := l.SNIRoute("")
	if r == nil {
		return "", "", why
	}
	for _, t := range r.Targets {
		if who, what, why = chosenBy(r, t, via); what != "" {
			break
		}
	}
	return who, what, why
}

// onlySNI reports whether the name that a route checks is the SNI that gets it
// a certificate with that name from each of its servers, and the request's
// host is not.
func onlySNI(r *flow.Route) bool {
	name, host := r.Upstream.Name.V, flow.OneHost(r.Host.V)
	for _, t := range r.Targets {
		if name == "" || t.Backend == nil {
			return false
		}
		named := func(sni string) bool {
			return slices.ContainsFunc(t.Backend.End.Certificates, func(c flow.Fact[*flow.Certificate]) bool {
				return c.V.Covers(sni) && c.V.Covers(name)
			})
		}
		if !named(name) || named(host) {
			return false
		}
	}
	return true
}

// rightSNIs are the SNIs by which the targets of a route show what the route
// accepts, the best first: the name that it checks, a name of their certificate,
// the host that the client asks for.
func (p *Pass) rightSNIs(r *flow.Route) []string {
	var out []string
	if r == nil {
		return out
	}
	add := func(sni, sent string) {
		if sent != "" && !slices.Contains(out, sni) && !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool { return !answersSNI(r, t, sent) }) {
			out = append(out, sni)
		}
	}
	add(r.Upstream.Name.V, r.Upstream.Name.V)
	if len(out) == 0 {
		for _, t := range r.Targets {
			end := targetEnd(r, t)
			if end == nil || len(out) > 0 {
				continue
			}
			for _, c := range end.Certificates {
				if name := r.Upstream.Name.V; t.Proxy != nil && name != "" && !c.V.Covers(name) {
					continue
				}
				if len(out) == 0 {
					name := someName(c.V)
					add(name, name)
				}
			}
		}
	}
	for _, proxy := range r.Proxies {
		add("host", flow.OneHost(r.HostOn(proxy)))
	}
	return out
}

// targetEnd is who answers the sessions of a route to a target; nil for none.
func targetEnd(r *flow.Route, t *flow.Target) *flow.ServerEnd {
	if t.Backend != nil {
		return &t.Backend.End
	}
	if l := r.NextPort(t); l != nil {
		return &l.End
	}
	return nil
}

// answersSNI reports whether a target that gets an SNI shows a certificate with
// that name, which is then the one that is checked.
func answersSNI(r *flow.Route, t *flow.Target, sni string) bool {
	if t.Backend != nil {
		return len(t.Backend.End.Certificates) == 0 || certificateFor(t.Backend, sni) != nil
	}
	l := r.NextPort(t)
	if l == nil {
		return false
	}
	if on := l.SNIRoute(sni); on != nil && l.Relays(on) {
		return !slices.ContainsFunc(on.Targets, func(next *flow.Target) bool { return next.Backend != nil && !answersSNI(r, next, sni) })
	}
	c, fits := l.CertificateFor(sni)
	return l.Terminates() && fits && c.Covers(sni)
}
