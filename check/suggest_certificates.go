package check

import (
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/flow"
)

// Steps by which ends show, trust and check other certificates.

// trustToo is the step by which the opener of a session trusts one more CA,
// beside those that it trusts where it states them.
func trustToo(in diag.Place, stated []flow.Fact[*flow.CA], ca string) diag.Step {
	if len(stated) == 0 {
		return add(in, diag.FactTrust, ca)
	}
	was := namesOfCAs(stated)
	return state(in, diag.FactTrust, stated[len(stated)-1], was, append(slices.Clone(was), ca)...)
}

func namesOfCAs(list []flow.Fact[*flow.CA]) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.V.Name)
	}
	return out
}

// certificatesOf are the names of the certificates that an end states.
func certificatesOf(list []flow.Fact[*flow.Certificate]) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.V.Name)
	}
	return out
}

// certify are the steps by which who answers shows a certificate for a host: a
// declared one that is good for it, else a new one. The first one of a list is
// shown by default; of a route there is only one.
func (p *Pass) certify(in diag.Place, fact diag.Fact, stated []flow.Fact[*flow.Certificate], good func(*flow.Certificate) bool, fresh diag.Step) []diag.Step {
	var steps []diag.Step
	name := fresh.In.Name
	if i := slices.IndexFunc(p.Topology.Certificates, good); i >= 0 {
		name = p.Topology.Certificates[i].Name
	} else {
		steps = append(steps, fresh)
	}
	switch {
	case len(stated) == 0:
		return append(steps, add(in, fact, name))
	case fact == diag.FactCertificate:
		return append(steps, state(in, fact, stated[0], []string{stated[0].V.Name}, name))
	}
	was := certificatesOf(stated)
	return append(steps, state(in, fact, stated[len(stated)-1], was, append(slices.Clone(was), name)...))
}

// freeCertificate is a name that no certificate has yet.
func (p *Pass) freeCertificate(base string) string {
	base = strings.ReplaceAll(base, "/", "-")
	return freeName(base, p.Topology.Certificates, func(c *flow.Certificate) string { return c.Name })
}

// openerIn is where the opener of a handshake states its end: the client,
// or the session that the proxy opens for a route.
func openerIn(h flow.Handshake) diag.Place {
	if h.Client != nil {
		return inClient(h.Client)
	}
	return inUpstream(h.Opened)
}

// answererIn is where who answers the ClientHello of a handshake states its end.
func answererIn(h flow.Handshake) diag.Place {
	if h.Backend != nil {
		return inServing(h.Backend)
	}
	return inListener(h.Listener)
}

// someName is a host that a certificate names; "" where it names none.
func someName(c *flow.Certificate) string {
	for _, n := range c.Names {
		if !strings.HasPrefix(n.V, "*.") {
			return n.V
		}
	}
	return ""
}

// naming accepts certificates that state a name for a host.
func naming(host string) func(*flow.Certificate) bool {
	return func(c *flow.Certificate) bool { return len(c.Names) > 0 && c.Covers(host) }
}

// publicCertificate declares a certificate for the host of a route.
func (p *Pass) publicCertificate(r *flow.Route, on *flow.Proxy) diag.Step {
	return declare(diag.KindCertificate, p.freeCertificate(r.Name+"-public"), setting(diag.FactNames, r.HostOn(on)))
}

// shownIn is where the far end of a handshake states the certificate that it
// shows, or would state one for this route: the place, the fact, and what
// stands there.
func shownIn(h flow.Handshake) (in diag.Place, fact diag.Fact, stated []flow.Fact[*flow.Certificate]) {
	switch {
	case h.Backend != nil:
		return inServing(h.Backend), diag.FactCertificates, h.Backend.End.Certificates
	case h.Route == nil, !flow.HostMatches(h.Route.HostOn(h.Listener.Proxy), h.SNI):
		return inListener(h.Listener), diag.FactCertificates, h.Listener.End.Certificates
	case h.Route.Certificate.IsSet():
		return inRoute(h.Route), diag.FactCertificate, []flow.Fact[*flow.Certificate]{h.Route.Certificate}
	}
	return inRoute(h.Route), diag.FactCertificate, nil
}

// own are the steps by which the far end of a handshake shows a certificate for
// a host: it has one more, where the SNI chooses it, else another in place of
// the one that is shown.
func (p *Pass) own(h flow.Handshake, host string) []diag.Step {
	in, fact, stated := shownIn(h)
	good, fresh := fitting(h, h.Name), p.freshFor(h, host)
	if h.SNI == h.Name {
		return p.certify(in, fact, stated, good, fresh)
	}
	if fact == diag.FactCertificate && len(stated) == 0 {
		in, fact, stated = inListener(h.Listener), diag.FactCertificates, h.Listener.End.Certificates
	}
	return p.replacing(in, fact, stated, h.Certificate, good, fresh)
}

// freshFor declares a certificate for a host, of a CA that the opener of a
// handshake trusts. Where no host is named it is for what the one that is shown
// is for.
func (p *Pass) freshFor(h flow.Handshake, host string) diag.Step {
	names := []string{host}
	if host == "" {
		names = nil // of any host, unless the shown one says of which
		if h.Certificate != nil {
			names = valuesOf(h.Certificate.Names)
		}
	}
	var with []diag.Setting
	if len(names) > 0 {
		with = append(with, setting(diag.FactNames, names...))
	}
	if ca := p.trustedCA(h); ca != nil {
		with = append(with, setting(diag.FactIssuer, ca.Name))
	}
	base := "server"
	switch {
	case h.Backend != nil:
		base = h.Backend.Name + "-own"
	case h.Route != nil:
		base = h.Route.Name + "-public"
	}
	return declare(diag.KindCertificate, p.freeCertificate(base), with...)
}

// trustedCA is a CA that the opener of a handshake trusts; nil where one need
// not be named.
func (p *Pass) trustedCA(h flow.Handshake) *flow.CA {
	if trust := h.End().Trust; len(trust) > 0 {
		return trust[0].V
	}
	return nil
}

// fitting accepts certificates that the opener of a handshake trusts and that
// state a name for a host.
func fitting(h flow.Handshake, host string) func(*flow.Certificate) bool {
	return func(c *flow.Certificate) bool { return naming(host)(c) && h.End().Trusts(c) }
}

// replacing are the steps by which one certificate of a list gives way to
// another: a declared one that is good, else a new one.
func (p *Pass) replacing(in diag.Place, fact diag.Fact, stated []flow.Fact[*flow.Certificate], old *flow.Certificate, good func(*flow.Certificate) bool, fresh diag.Step) []diag.Step {
	i := slices.IndexFunc(stated, func(c flow.Fact[*flow.Certificate]) bool { return c.V == old })
	if i < 0 {
		return p.certify(in, fact, stated, good, fresh)
	}
	steps := p.certify(in, diag.FactCertificate, stated[i:i+1], good, fresh)
	last := &steps[len(steps)-1]
	was := certificatesOf(stated)
	value := slices.Clone(was)
	value[i] = last.Value[0]
	last.Fact, last.Was, last.Value = fact, was, value
	return steps
}

// trustIn is where the opener of a handshake states whom it trusts, or would:
// the client, the session of a route, or the proxy where it does so for all.
func trustIn(h flow.Handshake) diag.Place {
	if h.Client == nil && len(h.Opened.Upstream.End.Trust) == 0 && len(h.Proxy.End.Trust) > 0 {
		return inProxy(h.Proxy)
	}
	return openerIn(h)
}

// clientCertificate are the steps by which an opener of sessions gets a client
// certificate of a CA: a declared one that names no host, else a new one.
func (p *Pass) clientCertificate(in diag.Place, stated flow.Fact[*flow.Certificate], ca *flow.CA, who string) []diag.Step {
	good := func(c *flow.Certificate) bool {
		return ca != nil && c.Issuer.V == ca && (len(c.Names) == 0 || in.Kind != diag.KindClient && p.shownByProxies(c))
	}
	var with []diag.Setting
	if ca != nil {
		with = append(with, setting(diag.FactIssuer, ca.Name))
	}
	var list []flow.Fact[*flow.Certificate]
	fresh := declare(diag.KindCertificate, p.freeCertificate(who+"-client"), with...)
	if stated.V == nil && stated.IsSet() { // it states that it has none
		steps := p.certify(in, diag.FactCertificate, nil, good, fresh)
		last := &steps[len(steps)-1]
		*last = change(in, diag.FactCertificate, stated.At, []string{"none"}, last.Value...)
		return steps
	}
	if stated.V != nil {
		list = append(list, stated)
	}
	return p.certify(in, diag.FactCertificate, list, good, fresh)
}

// shownByProxies reports whether proxies show a certificate as clients.
func (p *Pass) shownByProxies(c *flow.Certificate) bool {
	return slices.ContainsFunc(p.Topology.Routes, func(r *flow.Route) bool { return r.Upstream.End.Certificate.V == c }) ||
		slices.ContainsFunc(p.Topology.Proxies, func(x *flow.Proxy) bool { return x.End.Certificate.V == c })
}

// authWords are the words that ask for a client certificate.
func authWords(auth flow.ClientAuth) []string {
	words := []string{"required"}
	if auth.Mode == flow.AuthOptional {
		words[0] = "optional"
	}
	if auth.CA != nil {
		words = append(words, auth.CA.Name)
	}
	return words
}
