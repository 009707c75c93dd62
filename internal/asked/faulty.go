package asked

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Faulty is a configuration that breaks rules, with the files that it names.
type Faulty struct {
	Name, Text string
	Files      map[string][]byte // by path
}

// FaultyIn reads the faulty configurations of a folder. Comments at the head of each say
// which files it names:
//
//	# certificate PATH is for NAME NAME [and expired]
//	# file PATH: LINE|LINE
//
// Other certificates are for any name.
func FaultyIn(t testing.TB, dir string) []*Faulty {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.cfg"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*Faulty
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := &Faulty{Name: strings.TrimSuffix(filepath.Base(name), ".cfg"), Text: string(text), Files: map[string][]byte{}}
		for l := range strings.Lines(f.Text) {
			f.file(t, strings.TrimSpace(l))
		}
		out = append(out, f)
	}
	return out
}

// file makes the file that a comment describes.
func (f *Faulty) file(t testing.TB, comment string) {
	if rest, ok := strings.CutPrefix(comment, "# certificate "); ok {
		path, names, _ := strings.Cut(rest, " is for ")
		names, expired := strings.CutSuffix(names, " and expired")
		f.Files[path] = Certificate(t, strings.Fields(names), expired)
	}
	if rest, ok := strings.CutPrefix(comment, "# file "); ok {
		path, lines, _ := strings.Cut(rest, ": ")
		f.Files[path] = []byte(strings.ReplaceAll(lines, "|", "\n") + "\n")
	}
}

// NamesOr are names for a certificate, those of the file in whose place it is put where
// there are none.
func NamesOr(t testing.TB, names []string, data func(string) ([]byte, error), path string) []string {
	t.Helper()
	text, err := data(path)
	if len(names) > 0 || err != nil {
		return names
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c.DNSNames
}

// Certificate is a PEM file with a certificate for names, which is its own CA, and its key.
func Certificate(t testing.TB, names []string, expired bool) []byte {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // nothing is kept secret with it
	day := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "flowc test"}, DNSNames: names, NotBefore: day(2020), NotAfter: day(2090),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, BasicConstraintsValid: true, IsCA: true,
	}
	if expired {
		tmpl.NotAfter = day(2021)
	}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
}
