package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var unknownCA = &Rule{
	Code: "FL404", Name: "unknown-ca", Severity: diag.Error, Since: "0.2",
	Doc: "the party that opens a TLS session trusts the CA of the certificate that it gets",
	Why: "that party looks for a chain from the certificate to a CA that it trusts. If there is none, it ends the " +
		"handshake with the alert unknown_ca (RFC 8446, 6.2)",
	Wire: "a client that does not trust the proxy's CA sends the alert unknown_ca and resets the connection; the " +
		"proxy connects to no server. A proxy that does not trust its server's CA makes four attempts, a second " +
		"apart, each with TCP, ClientHello, the server's flight and the alert. The client gets 503 after about " +
		"three seconds (measured)",
	Except: "the request is meant to fail: declare it with expect alert unknown_ca, or expect 503",
	Bad: `ca public-ca
ca service-ca private

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust public-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Good: `ca public-ca
ca service-ca private

certificate shop-internal {
    names shop.shop.svc
    issuer service-ca
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt {
        trust service-ca
        name shop.shop.svc
    }
    to shop
}
`,
	Run: func(p *Pass) {
		type key struct {
			c      *flow.Certificate
			opener string
			r      *flow.Route
		}
		first := once[key]()
		p.answers(func(h flow.Handshake) {
			if h.Client != nil && h.Backend != nil || p.trusted(h) {
				return
			}
			p.explainMeeting(h)
			if !first(key{h.Certificate, h.Opener(), h.Opened}) {
				return
			}
			at := known(shownAt(h), h.Certificate.At)
			if trust := h.End().Trust; h.Proxy != nil && len(trust) > 0 {
				at = trust[0].At
			}
			ca := h.Certificate.Issuer.V.Name
			result := ""
			if h.Proxy != nil {
				result = p.openersGet(h, flow.FaultUnknownCA)
			}
			d := p.Report(at, "%s, as %s does not trust CA %q, which signed it: %s", refusal(h), openerOf(h), ca, cmp.Or(result, "the handshake fails"))
			relatedIssuer(d, h.Certificate)
			in, fact, stated := shownIn(h)
			if h.Listener != nil && fact == diag.FactCertificate && len(stated) == 0 {
				in, fact, stated = inListener(h.Listener), diag.FactCertificates, h.Listener.End.Certificates
			}
			trusting := p.trusting(h, ca)
			d.Suggest(trusting...)
			if fresh, ok := p.freshLike(h); ok && (h.Client != nil || len(trusting) == 0) {
				d.Suggest(way(p.replacing(in, fact, stated, h.Certificate, like(h), fresh)...))
			}
		})
	},
}

// trusting are the ways to trust the CA of what is shown in a handshake: a proxy also
// checks a name then, which stands in what all targets of its route show.
func (p *Pass) trusting(h flow.Handshake, ca string) []diag.Suggestion {
	steps := []diag.Step{trustToo(trustIn(h), h.End().Trust, ca)}
	r := h.Opened
	if r == nil || !unnamed(r.Upstream) {
		return []diag.Suggestion{way(steps...)}
	}
	var shown []*flow.Certificate
	for _, e := range aheadOf(r) {
		if e.certificate != nil {
			shown = append(shown, e.certificate)
		}
	}
	name, ok := nameInAll(shown, []string{theirLikelyName(r), flow.OneHost(r.FirstHost())})
	if !ok {
		return nil
	}
	return []diag.Suggestion{way(append(steps, add(inUpstream(r), diag.FactCheckedName, name))...)}
}

// unnamed reports whether no name is checked in the server's certificate, and
// no SNI is sent.
func unnamed(up flow.Upstream) bool { return up.Name.V == "" && up.SNI.V == "" && !up.SNIHost }

// like accepts certificates with all names of the one that is shown, of a CA
// that the opener trusts.
func like(h flow.Handshake) func(*flow.Certificate) bool {
	return func(c *flow.Certificate) bool {
		return c.Issuer.V != nil && h.End().Trusts(c) && len(c.Names) > 0 && len(h.Certificate.Names) > 0 &&
			!slices.ContainsFunc(h.Certificate.Names, func(n flow.Fact[string]) bool { return !c.Covers(flow.OneHost(n.V)) })
	}
}

// internalName reports whether a name is one for which no public CA signs: it is below no
// domain that can be registered (CA/Browser Forum, Baseline Requirements, 4.2.2; RFC 6761 and
// RFC 6762 for the names of private networks; Kubernetes, DNS for Services and Pods, for .svc).
func internalName(name string) bool {
	last := name[strings.LastIndex(name, ".")+1:]
	return last == name || slices.Contains([]string{"svc", "local", "internal", "localhost", "lan", "home", "corp", "intranet", "private"}, strings.ToLower(last))
}

// freshLike declares a certificate with the names of the one that is shown, of
// a CA that the opener trusts; ok is false where it trusts none that is known.
func (p *Pass) freshLike(h flow.Handshake) (diag.Step, bool) {
	i := slices.IndexFunc(p.Topology.CAs, func(ca *flow.CA) bool {
		if !ca.Private.V && slices.ContainsFunc(h.Certificate.Names, func(n flow.Fact[string]) bool { return internalName(n.V) }) {
			return false
		}
		c := &flow.Certificate{Issuer: flow.Default(ca)}
		return h.End().Trusts(c) && !slices.ContainsFunc(p.model.paths().Handshakes, func(o flow.Handshake) bool {
			return farOf(o) == farOf(h) && o.Certificate == h.Certificate && p.trusted(o) && !o.End().Trusts(c)
		})
	})
	if i < 0 {
		return diag.Step{}, false
	}
	var with []diag.Setting
	if names := valuesOf(h.Certificate.Names); len(names) > 0 {
		with = append(with, setting(diag.FactNames, names...))
	}
	with = append(with, setting(diag.FactIssuer, p.Topology.CAs[i].Name))
	return declare(diag.KindCertificate, p.freeCertificate(h.Certificate.Name+"-"+p.Topology.CAs[i].Name), with...), true
}
