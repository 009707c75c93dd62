//go:build linux

package haproxy_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
)

// pki makes the certificates that a model speaks about.
type pki struct {
	t     *testing.T
	model *flow.Topology
	cas   map[*flow.CA]*issued
	certs map[*flow.Certificate]*issued
	asked []string
	other *issued   // the CA of everything that states none
	serve *issued   // what a server shows that states no certificate
	log   string    // the file to which the secrets of every session go (SSLKEYLOGFILE)
	keys  io.Writer // the same file
}

// issued is a certificate and its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (i *issued) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
}

func (i *issued) pem(t *testing.T) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return append(i.certPEM(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
}

func (i *issued) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.cert.Raw}, PrivateKey: i.key}
}

// newPKI issues the certificates of a model; asked are hosts that clients ask
// for beside those that it names.
func newPKI(t *testing.T, model *flow.Topology, asked ...string) *pki {
	p := &pki{t: t, model: model, cas: make(map[*flow.CA]*issued), certs: make(map[*flow.Certificate]*issued)}
	p.asked = asked
	p.other = p.issue(nil, "unstated", true, nil, time.Time{}, time.Time{})
	for _, ca := range model.CAs {
		p.cas[ca] = p.issue(nil, ca.Name, true, nil, time.Time{}, time.Time{})
	}
	for _, c := range model.Certificates {
		by := p.other
		if c.Issuer.V != nil {
			by = p.cas[c.Issuer.V]
		}
		var hosts []string
		for _, n := range c.Names {
			hosts = append(hosts, n.V)
		}
		if len(hosts) == 0 {
			hosts = p.hosts()
		}
		p.certs[c] = p.issue(by, c.Name, false, hosts, day(t, c.From), day(t, c.To))
	}
	p.serve = p.issue(p.other, "unstated-server", false, p.hosts(), time.Time{}, time.Time{})
	return p
}

// hosts is every name that somebody may ask for.
func (p *pki) hosts() []string {
	var out []string
	for _, r := range p.model.Routes {
		for _, proxy := range r.Proxies {
			if h := r.HostOn(proxy); h != "" {
				out = append(out, h)
			}
		}
		for _, name := range []string{r.Upstream.Name.V, r.Upstream.SNI.V} {
			if name != "" {
				out = append(out, name)
			}
		}
	}
	for _, r := range p.model.Requests {
		for _, c := range r.Calls {
			out = append(out, c.Host)
		}
	}
	return append(append(out, p.asked...), "unstated.example.test")
}

func day(t *testing.T, date string) time.Time {
	if date == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (p *pki) issue(by *issued, name string, ca bool, hosts []string, from, to time.Time) *issued {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	if err != nil {
		p.t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, IsCA: ca,
	}
	if !from.IsZero() {
		tmpl.NotBefore = from
	}
	if !to.IsZero() {
		tmpl.NotAfter = to.Add(24*time.Hour - time.Second)
	}
	if tmpl.NotBefore.After(tmpl.NotAfter) {
		tmpl.NotBefore = tmpl.NotAfter.Add(-48 * time.Hour)
	}
	if ca {
		tmpl.KeyUsage |= x509.KeyUsageCertSign
	} else {
		tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	parent, signer := tmpl, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		p.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return &issued{cert: cert, key: key}
}

// pool is whom a client end trusts: those it names, else every CA that is not
// private, and always the CA of what states none.
func (p *pki) pool(trust []flow.Fact[*flow.CA]) (*x509.CertPool, []byte) {
	pool := x509.NewCertPool()
	var all bytes.Buffer
	add := func(i *issued) {
		pool.AddCert(i.cert)
		all.Write(i.certPEM())
	}
	add(p.other)
	for _, ca := range p.model.CAs {
		named := false
		for _, t := range trust {
			named = named || t.V == ca
		}
		if named || len(trust) == 0 && !ca.Private.V {
			add(p.cas[ca])
		}
	}
	return pool, all.Bytes()
}

// write puts what an export needs where it says.
func (p *pki) write(dir string, needs []export.Need) {
	p.t.Helper()
	for _, n := range needs {
		var text []byte
		switch {
		case n.Certificate != nil:
			text = p.certs[n.Certificate].pem(p.t)
		case len(n.CAs) > 0:
			for _, ca := range n.CAs {
				text = append(text, p.cas[ca].certPEM()...)
			}
			text = append(text, p.other.certPEM()...)
		case n.AnyCA:
			text = p.other.certPEM()
			for _, ca := range p.model.CAs {
				text = append(text, p.cas[ca].certPEM()...)
			}
		default:
			text = p.serve.pem(p.t)
		}
		file := filepath.Join(dir, filepath.FromSlash(n.Path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(file, text, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
}

// record opens the key log: every session of a case has an end of ours.
func (p *pki) record(dir string) {
	p.t.Helper()
	p.log = filepath.Join(dir, "keys.log")
	f, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { f.Close() })
	p.keys = f
}

// tlsVersions are the same numbers in crypto/tls.
func tlsVersions(v flow.Versions) (low, high uint16) { return uint16(v.Min), uint16(v.Max) }

// serverConfig is the TLS of a backend's servers.
func (p *pki) serverConfig(e flow.ServerEnd) *tls.Config {
	low, high := tlsVersions(e.TLS.V)
	c := &tls.Config{
		MinVersion: low, MaxVersion: high, NextProtos: e.ALPN.V, CurvePreferences: groups(e.Groups.V), KeyLogWriter: p.keys,
	}
	for _, cert := range e.Certificates {
		c.Certificates = append(c.Certificates, p.certs[cert.V].tls())
	}
	if len(c.Certificates) == 0 {
		c.Certificates = []tls.Certificate{p.serve.tls()}
	}
	auth := e.ClientCertificate.V
	if auth.Mode == flow.AuthNone {
		return c
	}
	c.ClientAuth = map[flow.AuthMode]tls.ClientAuthType{
		flow.AuthOptional: tls.VerifyClientCertIfGiven, flow.AuthRequired: tls.RequireAndVerifyClientCert,
	}[auth.Mode]
	c.ClientCAs = x509.NewCertPool()
	for ca, i := range p.cas {
		if auth.CA == nil || auth.CA == ca {
			c.ClientCAs.AddCert(i.cert)
		}
	}
	return c
}
