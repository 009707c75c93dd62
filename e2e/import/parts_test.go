//go:build linux

package import_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// parts are what stands around a configuration: parts.txt.
type parts struct {
	needs   string // the version of HAProxy that it needs
	env     []string
	hosts   []string
	down    []downPart
	certs   []certPart
	servers []serverPart
}

// certPart is a file with a CA, or with a certificate and its key.
type certPart struct {
	ca       bool
	file     string
	name, by string
	hosts    []string
	from, to time.Duration
}

// downPart is a server that a check has to find down: BACKEND/SERVER, and its address
// where a port of HAProxy has it, too.
type downPart struct{ name, address string }

// cut makes the addresses unreachable that are listed as down (ip-rule(8)).
func (p parts) cut(t *testing.T) {
	t.Helper()
	for _, s := range p.down {
		if s.address == "" {
			continue
		}
		host, port, err := net.SplitHostPort(s.address)
		if err != nil {
			t.Fatal(err)
		}
		rule := fmt.Sprintf("pref 50 to %s ipproto tcp dport %s unreachable", host, port)
		if err := ip("rule add " + rule); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := ip("rule del " + rule); err != nil {
				t.Error(err)
			}
		})
	}
}

func readParts(t *testing.T, file string) parts {
	t.Helper()
	var p parts
	for _, l := range readLines(t, file) {
		f := l.words
		switch opts := options(f[1:]); f[0] {
		case "needs":
			p.needs = f[1]
		case "env":
			p.env = append(p.env, f[1])
		case "host":
			p.hosts = append(p.hosts, f[2]+" "+f[1])
		case "down":
			p.down = append(p.down, downPart{name: f[1], address: first(append(f[2:], "")...)})
		case "ca":
			p.certs = append(p.certs, certPart{ca: true, name: f[1], file: opts["file"]})
		case "cert":
			c := certPart{name: f[1], by: opts["by"], file: opts["file"], from: -48 * time.Hour, to: 48 * time.Hour}
			c.hosts = strings.Split(opts["names"], ",")
			if opts["expired"] != "" {
				c.from, c.to = -96*time.Hour, -48*time.Hour
			}
			p.certs = append(p.certs, c)
		case "server":
			p.servers = append(p.servers, serverPart{name: f[1], address: f[2], speaks: f[3], opts: opts})
		default:
			t.Fatalf("%s:%d: %q is not known", file, l.n, f[0])
		}
	}
	return p
}

// write makes the files that are listed, and nothing of them is kept.
func (p parts) write(t *testing.T, k *pki) {
	t.Helper()
	for _, c := range p.certs {
		i := k.issue(c)
		if c.file == "" {
			continue
		}
		file := filepath.Join("/etc/haproxy", c.file)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		text := i.certPEM()
		if !c.ca {
			text = append(text, i.keyPEM(t)...)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost\n"+strings.Join(p.hosts, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pki are the certificates of one configuration.
type pki struct {
	t      *testing.T
	issued map[string]*issued
	keys   *os.File // the key log of the clients and servers
}

type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newPKI(t *testing.T) *pki {
	keys, err := os.Create(filepath.Join(t.TempDir(), "keys.log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	return &pki{t: t, issued: map[string]*issued{}, keys: keys}
}

func (i *issued) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
}

func (i *issued) keyPEM(t *testing.T) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (k *pki) tls(name string) tls.Certificate {
	i := k.issued[name]
	if i == nil {
		k.t.Fatalf("parts.txt has no certificate %q", name)
	}
	return tls.Certificate{Certificate: [][]byte{i.cert.Raw}, PrivateKey: i.key}
}

func (k *pki) pool(name string) *x509.CertPool {
	pool := x509.NewCertPool()
	if i := k.issued[name]; i != nil {
		pool.AddCert(i.cert)
		return pool
	}
	k.t.Fatalf("parts.txt has no CA %q", name)
	return nil
}

func (k *pki) issue(c certPart) *issued {
	k.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		k.t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(k.issued) + 1)), Subject: pkix.Name{CommonName: c.name},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true, IsCA: c.ca,
	}
	parent, signer := tmpl, key
	if c.ca {
		tmpl.KeyUsage |= x509.KeyUsageCertSign
	} else {
		tmpl.NotBefore, tmpl.NotAfter = time.Now().Add(c.from), time.Now().Add(c.to)
		tmpl.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
		by := k.issued[c.by]
		if by == nil {
			k.t.Fatalf("certificate %s: parts.txt has no CA %q before it", c.name, c.by)
		}
		parent, signer = by.cert, by.key
	}
	for _, h := range c.hosts {
		if ip := net.ParseIP(h); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &key.PublicKey, signer)
	if err != nil {
		k.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		k.t.Fatal(err)
	}
	k.issued[c.name] = &issued{cert, key}
	return k.issued[c.name]
}
