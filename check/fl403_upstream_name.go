package check

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

var upstreamName = &Rule{
	Code: "FL403", Name: "upstream-name", Severity: diag.Error, Since: "0.2",
	Doc: "the server's certificate covers the name that a reencrypt route checks",
	Why: "a proxy that verifies its server looks for the verifyhost name in the certificate, or for the SNI that " +
		"it sent (HAProxy configuration manual, 5.2, sni, verify and verifyhost). A wildcard covers one label " +
		"(RFC 9525, 6.3)",
	Wire: "the proxy answers the server's certificate with the alert internal_error (80). If it sent the name as " +
		"SNI, it tries once, and the client gets 503 at once. Otherwise it makes four attempts, a second apart, " +
		"and the client gets 503 after about three seconds. No server gets the request (measured)",
	Except: "the request is meant to fail: declare it with expect 503",
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
			if h.Proxy == nil || !h.End().Verify.V || h.Certificate.Covers(h.Name) || chosenBySNI(h) || h.SNI != "" && refusesName(h) { // FL409 says the last
				return
			}
			p.explainMeeting(h)
			if !first(key{h.Opened, h.Certificate, h.Name}) {
				return
			}
			up := h.Opened.Upstream
			at := known(up.Name.At, up.SNI.At, up.At, h.Opened.At)
			if own := certifiedName(h); own.IsSet() {
				at = known(own.At, at)
			}
			if h.SNI != "" {
				at = known(up.SNI.At, at)
			}
			d := p.Report(at, "%s", so(p.misses(h), p.openersGet(h, flow.FaultWrongName, flow.FaultStrictSNI)))
			relatedShown(d, h, known(shownAt(h), h.Certificate.At))
			d.Suggest(p.named(h)...)
		})
	},
}

// misses says which name is not there: the server refuses the SNI, or shows a
// certificate that is for another name.
func (p *Pass) misses(h flow.Handshake) string {
	if h.Backend != nil && h.Backend.End.StrictSNI.V && h.SNI != "" && certificateFor(h.Backend, h.SNI) == nil {
		return fmt.Sprintf("%s has strict-sni and no certificate for the SNI %s", farEnd(h), h.SNI)
	}
	return fmt.Sprintf("%s, which is for %s, not for %s", refusal(h), namesOf(h.Certificate), asksFor(h))
}

// certifiedName is the name that the target of a handshake states for itself.
func certifiedName(h flow.Handshake) flow.Fact[string] {
	if t := h.Opened.TargetOf(h.Backend); t != nil && h.SNI == "" {
		return t.Certified
	}
	return flow.Fact[string]{}
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
	wants, names := asksFor(h), shownNames(h)
	name := cmp.Or(nearest(wants, names), someName(h.Certificate))
	if up.Name.IsSet() && (h.Certificate.Covers(up.Name.V) || showsFor(h, up.Name.V)) {
		name = up.Name.V
	}
	if unnamedRelay(h) {
		steps := []diag.Step{state(in, diag.FactSNI, up.SNI, []string{orNoSNI(up.SNI.V)}, "host")}
		if up.Name.IsSet() {
			steps = append(steps, remove(in, diag.FactCheckedName, up.Name.At, up.Name.V))
		}
		return []diag.Suggestion{because(way(steps...), "%s chooses by the SNI", portOf(h.Listener))}
	}
	var out []diag.Suggestion
	switch {
	case certifiedName(h).IsSet(): // of this target alone
	case name == "" || name == h.SNI && name == up.Name.V || !p.shownByAll(h.Opened, name) || relaysBySNI(h.Opened, h.SNI):
	case h.SNI == "" && name == up.Name.V: // another certificate of it has the name
		out = append(out, way(state(in, diag.FactSNI, up.SNI, []string{orNoSNI(up.SNI.V)}, name), remove(in, diag.FactCheckedName, up.Name.At, name)))
	case h.SNI == "":
		out = append(out, way(state(in, diag.FactCheckedName, up.Name, []string{up.Name.V}, name)))
	default:
		steps := p.sending(h.Opened, name)
		backends(h.Opened, func(b *flow.Backend, _ source.Span) {
			if b.Check.V.SNI != "" {
				steps = append(steps, checkedWith(b, name)...)
			}
		})
		out = append(out, way(steps...))
	}
	if len(out) > 0 && misspelt(wants, names) {
		return out // no certificate is to have the slip
	}
	steps := p.own(h, wants)
	if h.Backend != nil && h.SNI != "" && h.Backend.Check.V.SNI == "" {
		steps = append(steps, checkedWith(h.Backend, h.SNI)...) // it has several certificates then
	}
	own := way(steps...)
	if oneLabel(h.Certificate, h.Name) {
		own.Why = "a wildcard covers one label only"
	}
	if h.Listener != nil && len(h.Certificate.Names) > 0 { // rather than the certificate of another proxy
		out = append(out, way(withName(h.Certificate, wants)))
	}
	return append(out, own)
}

// showsFor reports whether the far end of a handshake has a certificate of its own for
// an SNI: with the name that the route states it is the one that is meant.
func showsFor(h flow.Handshake, sni string) bool {
	if h.Backend != nil {
		return certificateFor(h.Backend, sni) != nil
	}
	c, fits := h.Listener.CertificateFor(sni)
	return fits && c.Covers(sni)
}

// unnamedRelay reports whether a session without an SNI ends at a port that would
// relay it, to the end that has the name, if it sent one.
func unnamedRelay(h flow.Handshake) bool {
	return h.SNI == "" && h.Listener != nil && slices.ContainsFunc(h.Paths, func(path *flow.Path) bool {
		on := h.Listener.SNIRoute(path.Ask.Call.Host)
		return on != nil && h.Listener.Relays(on)
	})
}

// sending are the steps by which a proxy sends another SNI to the servers of a
// route, and looks for it in their certificates.
func (p *Pass) sending(r *flow.Route, sni string) []diag.Step {
	up, in := r.Upstream, inUpstream(r)
	if up.Name.IsSet() && !up.SNI.IsSet() {
		return []diag.Step{state(in, diag.FactCheckedName, up.Name, []string{up.Name.V}, sni)}
	}
	was := []string{orNoSNI(up.SNI.V)}
	if up.SNIHost {
		was = []string{"host"}
	}
	steps := []diag.Step{state(in, diag.FactSNI, up.SNI, was, sni)}
	if up.Name.IsSet() && up.Name.V != sni {
		steps = append(steps, remove(in, diag.FactCheckedName, up.Name.At, up.Name.V))
	}
	return steps
}

// relaysBySNI reports whether a proxy behind a route chooses by an SNI where it
// relays a session: then another one does not come to the same server.
func relaysBySNI(r *flow.Route, sni string, via ...*flow.Listener) bool {
	return sni != "" && slices.ContainsFunc(r.Targets, func(t *flow.Target) bool {
		l := r.NextPort(t)
		if l == nil || slices.Contains(via, l) {
			return false
		}
		on := l.SNIRoute(sni)
		return on != nil && l.Relays(on) && (on.HostOn(l.Proxy) != "" || relaysBySNI(on, sni, append(via, l)...))
	})
}

// checkedWith is the step by which the health check of a backend sends an SNI;
// none where it has no TLS.
func checkedWith(b *flow.Backend, sni string) []diag.Step {
	to := b.Check.V
	if !b.Check.IsSet() || !b.ChecksTLS() || to.SNI == sni {
		return nil
	}
	to.SNI = sni
	return []diag.Step{state(inBackend(b), diag.FactCheck, b.Check, checkValue(b.Check.V), checkValue(to)...)}
}

// shownByAll reports whether the servers of every target of a route that state
// their certificates have one with a name.
func (p *Pass) shownByAll(r *flow.Route, name string) bool {
	refused := func(t *flow.Target) bool {
		return t.Backend != nil && len(t.Backend.End.Certificates) > 0 && certificateFor(t.Backend, name) == nil
	}
	return !slices.ContainsFunc(r.Targets, refused) && !slices.ContainsFunc(p.model.paths().opened[r], func(h *flow.Handshake) bool {
		if h.Listener == nil {
			return false
		}
		c, _ := h.Listener.CertificateFor(name)
		return !c.Covers(name)
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
