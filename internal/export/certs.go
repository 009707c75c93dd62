package export

import (
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/source"
)

// What says in words what the file must hold.
func (n Need) What() string {
	switch {
	case n.Certificate != nil:
		var about []string
		for _, name := range n.Certificate.Names {
			about = append(about, name.V)
		}
		s := "certificate " + n.Certificate.Name + " and its key"
		if len(about) > 0 {
			s += ", for " + strings.Join(about, ", ")
		}
		if ca := n.Certificate.Issuer.V; ca != nil {
			s += ", signed by " + ca.Name
		}
		return s
	case len(n.CAs) > 0:
		var cas []string
		for _, ca := range n.CAs {
			cas = append(cas, ca.Name)
		}
		if len(cas) == 1 {
			return "the certificate of CA " + cas[0]
		}
		return "the certificates of CAs " + strings.Join(cas, ", ")
	case n.AnyCA:
		return "the CAs of the clients' certificates, which the model does not name"
	case len(n.Hosts) > 0:
		return "a certificate and its key that the model does not name, for " + strings.Join(n.Hosts, ", ")
	}
	return "a certificate and its key that the model does not name"
}

// need records that a file must be there, and returns its path.
func (x *proxyExport) need(thing any, wanted string, n Need) string {
	n.Path = "certs/" + strings.ReplaceAll(x.certs.name(thing, wanted), ":", "-") + ".pem"
	n.Proxy = x.p
	known := false
	for _, have := range x.needs {
		known = known || have.Path == n.Path
	}
	if !known {
		x.needs = append(x.needs, n)
	}
	if !x.needed[n.Path] {
		x.needed[n.Path] = true
		x.res.Needs = append(x.res.Needs, n)
	}
	return n.Path
}

// certificate is the path of a certificate and its key.
func (x *proxyExport) certificate(c *flow.Certificate) string {
	return x.need(c, c.Name, Need{Certificate: c})
}

// bundle is the file of some CAs: a key of names, as a slice cannot be one.
type bundle string

// anyCA is the file of CAs that the model does not name, of one proxy.
type anyCA struct{ p *flow.Proxy }

// trusted is the path of the certificates of some CAs.
func (x *proxyExport) trusted(cas []*flow.CA) string {
	if len(cas) == 1 {
		return x.need(cas[0], x.caName(cas[0]), Need{CAs: cas})
	}
	var all []string
	for _, ca := range cas {
		all = append(all, ca.Name)
	}
	return x.need(bundle(strings.Join(all, "\x00")), strings.Join(all, "_"), Need{CAs: cas})
}

// caName keeps a CA's file apart from that of a certificate of its name.
func (x *proxyExport) caName(ca *flow.CA) string {
	for _, c := range x.t.Certificates {
		if strings.EqualFold(c.Name, ca.Name) {
			return ca.Name + "-ca"
		}
	}
	return ca.Name
}

// trust is the ca-file of a proxy that opens TLS sessions. One that states no
// trust accepts what is not private.
func (x *proxyExport) trust(stated []flow.Fact[*flow.CA], at source.Span) string {
	var cas []*flow.CA
	for _, ca := range stated {
		cas = append(cas, ca.V)
	}
	if len(cas) > 0 {
		return x.trusted(cas)
	}
	for _, ca := range x.t.CAs {
		if !ca.Private.V {
			cas = append(cas, ca)
		}
	}
	if len(cas) == 0 {
		x.note(Default, at, "no trust is stated: the CAs of the system are accepted")
		return "@system-ca"
	}
	x.note(Default, at, "no trust is stated: every CA that is not private is accepted")
	return x.trusted(cas)
}

// clientAuth is how a bind line asks for the client's certificate.
func (x *proxyExport) clientAuth(a flow.ClientAuth) []string {
	mode := map[flow.AuthMode]string{flow.AuthOptional: "optional", flow.AuthRequired: "required"}[a.Mode]
	if mode == "" {
		return nil
	}
	var path string
	if a.CA != nil {
		path = x.trusted([]*flow.CA{a.CA})
	} else {
		path = x.need(anyCA{x.p}, x.p.Name+"-clients", Need{AnyCA: true})
	}
	return []string{"verify", mode, "ca-file", path}
}

// versionWords are a range of TLS versions on a bind or server line. OpenSSL 3
// does versions before 1.2 only where its security level is lowered to 0.
func versionWords(v flow.Versions) []string {
	out := []string{"ssl-min-ver", "TLSv" + v.Min.String(), "ssl-max-ver", "TLSv" + v.Max.String()}
	if v.Min < flow.TLS12 {
		out = append(out, "ciphers", "DEFAULT@SECLEVEL=0")
	}
	return out
}

// alpnWord is a list of protocols. One that is not of letters, digits and a few
// marks, as all that are registered are, cannot be said in a crt-list.
func alpnWord(protocols []string) string {
	var out []string
	for _, p := range protocols {
		if p != "" && safe(strings.ReplaceAll(p, "/", "-")) == strings.ReplaceAll(p, "/", "-") {
			out = append(out, p)
		}
	}
	return strings.Join(out, ",")
}

// curves are the names of OpenSSL for key exchange groups.
var curves = map[string]string{
	"x25519": "X25519", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521",
}

// curveWords are the groups of a bind line; those that OpenSSL 3.0 has no
// curve for are left out.
func (x *proxyExport) curveWords(groups flow.Fact[[]string]) []string {
	var known []string
	for _, g := range groups.V {
		if c, ok := curves[g]; ok {
			known = append(known, c)
		} else {
			x.note(LeftOut, groups.At, "group %s, which HAProxy 2.6 cannot name", g)
		}
	}
	if len(known) == 0 {
		return nil
	}
	return []string{"curves", strings.Join(known, ":")}
}
