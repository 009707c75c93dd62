package check

import (
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

var upstreamName = &Rule{
	Code: "FL403", Name: "upstream-name", Severity: diag.Error, Since: "0.2",
	Doc: "the server's certificate has the name that a reencrypt route checks",
	Why: "a proxy that verifies its server looks for the name of verifyhost in the certificate, or for the SNI " +
		"that it sent (HAProxy configuration manual, 5.2, sni, verify and verifyhost), and a wildcard covers one " +
		"label (RFC 9525, 6.3)",
	Wire: "the proxy answers the server's certificate with the alert internal_error (80): once where the name was " +
		"sent as SNI, and the client gets 503 at once; in four attempts a second apart where it was not, and the " +
		"client gets 503 after some three seconds; no server gets the request (measured)",
	Except: "of a request that is meant to fail say so: expect 503",
	Bad: `certificate shop-internal {
    names shop.shop.svc
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc.cluster.local }
    to shop
}
`,
	Good: `certificate shop-internal {
    names shop.shop.svc
}

backend shop {
    speaks https { certificate shop-internal }
}

route shop {
    host shop.apps.example.test
    tls reencrypt { name shop.shop.svc }
    to shop
}
`,
	Run: func(p *Pass) {
		type key struct {
			r    *flow.Route
			c    *flow.Certificate
			name string
		}
		first := once[key]()
		p.handshakes(func(h flow.Handshake) {
			if h.Proxy == nil || !h.End().Verify.V || h.Certificate.Covers(h.Name) || chosenBySNI(h) {
				return
			}
			p.explain(h.Request)
			if !first(key{h.Opened, h.Certificate, h.Name}) {
				return
			}
			up := h.Opened.Upstream
			d := p.Report(known(up.Name.At, up.SNI.At, h.Opened.Upstream.At, h.Opened.At), "%s", so(p.misses(h), p.clientsGet(h.Opened, flow.FaultWrongName, flow.FaultStrictSNI)))
			related(d, known(shownAt(h), h.Certificate.At), "shown here")
			d.Suggest(p.named(h)...)
		})
	},
}

// misses says which name is not there: the server refuses the SNI, or shows a
// certificate that is for another name.
func (p *Pass) misses(h flow.Handshake) string {
	if h.Backend != nil && h.Backend.End.StrictSNI.V && h.SNI != "" && certificateFor(h.Backend, h.SNI) == nil {
		return fmt.Sprintf("%s is strict and has no certificate for the SNI %s", farEnd(h), h.SNI)
	}
	return fmt.Sprintf("%s, which is for %s, not for %s", refusal(h), namesOf(h.Certificate), asksFor(h))
}

// certificateFor is the certificate that the servers of a backend have for a
// name; nil where there is none.
func certificateFor(b *flow.Backend, name string) *flow.Certificate {
	for _, c := range b.End.Certificates {
		if c.V.Covers(name) {
			return c.V
		}
	}
	return nil
}

// named are the ways to meet the name that is wanted: the SNI by which the
// server chooses, another name, or a certificate that has it.
func (p *Pass) named(h flow.Handshake) []diag.Suggestion {
	up, in := h.Opened.Upstream, inUpstream(h.Opened)
	if h.Backend != nil && certificateFor(h.Backend, h.Name) != nil && h.SNI != h.Name {
		was := []string{orNoSNI(up.SNI.V)}
		if up.SNIHost {
			was = []string{"host"}
		}
		return []diag.Suggestion{way(state(in, diag.FactSNI, up.SNI, was, h.Name))}
	}
	var out []diag.Suggestion
	if name := someName(h.Certificate); name != "" && p.shownByAll(h.Opened, name) {
		steps := []diag.Step{state(in, diag.FactCheckedName, up.Name, []string{up.Name.V}, name)}
		if !up.Name.IsSet() && up.SNI.IsSet() && !up.SNIHost { // an sni alone is the name, too
			steps = []diag.Step{state(in, diag.FactSNI, up.SNI, []string{up.SNI.V}, name)}
		}
		if !up.SNI.IsSet() && up.SNI.V != "" && slices.ContainsFunc(h.Opened.Targets, func(t *flow.Target) bool { return t.Proxy != nil }) {
			steps = append(steps, add(in, diag.FactSNI, up.SNI.V)) // by which the next proxy chooses
		}
		out = append(out, way(steps...))
	}
	own := way(p.own(h, asksFor(h))...)
	if oneLabel(h.Certificate, h.Name) {
		own.Why = "a wildcard covers one label only"
	}
	return append(out, own)
}

// shownByAll reports whether the servers of every target of a route that state
// their certificates have one with a name.
func (p *Pass) shownByAll(r *flow.Route, name string) bool {
	return !slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		return t.Backend != nil && len(t.Backend.End.Certificates) > 0 && certificateFor(t.Backend, name) == nil
	})
}

// chosenBySNI reports whether a server has a certificate with the name that is
// wanted, and would have shown it had an SNI been sent: that is FL408's to say.
func chosenBySNI(h flow.Handshake) bool {
	if h.SNI != "" {
		return false
	}
	if h.Listener != nil {
		c, fits := h.Listener.CertificateFor(h.Name)
		return fits && c != nil
	}
	return slices.ContainsFunc(h.Backend.End.Certificates, func(c flow.Fact[*flow.Certificate]) bool {
		return c.V.Covers(h.Name)
	})
}
