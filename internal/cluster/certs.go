package cluster

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
	"github.com/flowc-lang/flowc/source"
)

// serviceCA is the CA that signs the certificates of Services: it signs under names that
// begin like serviceSigner (OpenShift, service CA operator).
const (
	serviceCA     = "service-ca"
	serviceSigner = "openshift-service-serving-signer"
)

// firstCertificate is the first certificate of a PEM text; nil for none.
func firstCertificate(text string) *x509.Certificate {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		return c
	}
}

// certificate declares a certificate: with its names, its issuer and its days where its text
// is given. The same certificate is declared once.
func (b *builder) certificate(want, label, text string, at source.Span) flow.Ref {
	c := firstCertificate(text)
	key := want
	if c != nil {
		key = string(c.Raw)
	}
	if own, ok := b.certificates[key]; ok {
		return flow.State(own, at)
	}
	own := b.names.free(b.names.certificates, want, "certificate")
	b.certificates[key] = own
	d := &flow.CertificateDraft{Decl: flow.Decl{Name: own, Label: label, Origin: flow.OriginStated, At: at, Whole: at}}
	if c != nil {
		names := c.DNSNames
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
		if len(names) == 0 && c.Subject.CommonName != "" {
			names = []string{c.Subject.CommonName}
		}
		for _, n := range names {
			d.Names = append(d.Names, flow.State(n, at))
		}
		d.Valid = flow.State(true, at)
		d.From, d.To = c.NotBefore.UTC().Format("2006-01-02"), c.NotAfter.UTC().Format("2006-01-02")
		if issuer := titleOf(c.Issuer.CommonName, c.Issuer.Organization); issuer != "" {
			d.Issuer = b.authorityNamed(issuer, at)
		}
	}
	b.draft.Declarations = append(b.draft.Declarations, d)
	return flow.State(own, at)
}

func titleOf(common string, organizations []string) string {
	if common == "" && len(organizations) > 0 {
		common = organizations[0]
	}
	return common
}

// authority declares the CA of a PEM text.
func (b *builder) authority(want, text string, at source.Span) flow.Ref {
	if c := firstCertificate(text); c != nil {
		if title := titleOf(c.Subject.CommonName, c.Subject.Organization); title != "" {
			return b.sameAs(b.authorityNamed(title, at), c.Raw)
		}
	}
	return b.authorityNamed(want, at)
}

// sameAs notes which certificate a CA has: another one may have the same name.
func (b *builder) sameAs(ca flow.Ref, certificate []byte) flow.Ref {
	sum := sha256.Sum256(certificate)
	is := base64.RawStdEncoding.EncodeToString(sum[:15])
	if d := b.cas[ca.V]; !strings.Contains(d.Is, is) {
		all := append(strings.Fields(d.Is), is)
		slices.Sort(all)
		d.Is = strings.Join(all, " ")
	}
	return ca
}

// authorityNamed declares a CA once by its name. That of Services is private: it signs for
// the cluster alone.
func (b *builder) authorityNamed(title string, at source.Span) flow.Ref {
	if strings.HasPrefix(title, serviceSigner) {
		title = serviceCA
	}
	if own, ok := b.authorities[title]; ok {
		return flow.State(own, at)
	}
	own := b.names.free(b.names.cas, title, "ca")
	b.authorities[title] = own
	d := &flow.CADraft{Decl: flow.Decl{Name: own, Origin: flow.OriginStated, At: at, Whole: at}}
	b.cas[own] = d
	if own != title {
		d.Label = title
	}
	if own == serviceCA {
		d.Private = flow.State(true, at)
		d.Label = cmp.Or(d.Label, "OpenShift service CA")
	}
	b.draft.Declarations = append(b.draft.Declarations, d)
	return flow.State(own, at)
}

// towardsCA is the CA that an object names for the servers of backends. What is in one
// that is not given is not known: where the cluster signs the certificates of the servers, it is taken
// for that CA.
func (b *builder) towardsCA(of name, text string, at source.Span, from *kubeyaml.Object, backs ...*flow.BackendDraft) flow.Ref {
	serving := func(d *flow.BackendDraft) bool {
		if d == nil {
			return false
		}
		s := b.services[b.origin.services[d.Name].service]
		return s != nil && s.cert.Set && len(d.End.Certificates) > 0
	}
	if firstCertificate(text) == nil && slices.ContainsFunc(backs, serving) {
		b.note(flow.LosesDetail, at, fmt.Sprintf("%s: the CA in %s is not given; it is taken for the service CA, which signs the certificates of the servers", from.Title(), of))
		return b.authorityNamed(serviceCA, at)
	}
	return b.authority(of.name+"."+of.namespace, text, at)
}

// ofSecret is the certificate in a Secret. One that is not among the objects is named, and
// nothing is stated of it.
func (b *builder) ofSecret(n name, at source.Span) flow.Ref {
	text := ""
	if s := b.secrets[n]; s != nil {
		text = s.pem
	}
	c := b.certificate(n.name, n.String(), text, at)
	b.origin.secrets[c.V] = n
	return c
}

// holds notes the Route in which a certificate is: the first one of several.
func (b *builder) holds(c flow.Ref, o *kubeyaml.Object, path string) {
	if _, known := b.origin.holders[c.V]; !known {
		b.origin.holders[c.V] = holder{o, path}
	}
}
