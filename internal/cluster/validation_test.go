package cluster_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/flowc-lang/flowc/diag"
)

// pems are a certificate and a key, made for a run, with each line as deep as where they stand.
func pems(t *testing.T) (certificate, key string) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), zeros{})
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop.example.com"}, DNSNames: []string{"shop.example.com"},
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(zeros{}, c, c, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// zeros is a source of bytes that are not random at all: the key protects nothing.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i*7 + 1)
	}
	return len(p), nil
}

// filled is a text with PEM blocks in the place of their names.
func filled(text, name, block string) string {
	var out []string
	for _, line := range strings.Split(text, "\n") {
		indent, found := strings.CutSuffix(line, name)
		if !found {
			out = append(out, line)
			continue
		}
		for _, l := range strings.Split(strings.TrimSpace(block), "\n") {
			out = append(out, indent+l)
		}
	}
	return strings.Join(out, "\n")
}

// What OpenShift refuses is refused for the same reason, and nothing else is.
func TestValidation(t *testing.T) {
	data, err := os.ReadFile("testdata/validation.txt")
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := pems(t)
	cases, differ := strings.Split(string(data), "\n=== case ")[1:], 0
	for _, c := range cases {
		head, text, _ := strings.Cut(c, "\n---\n")
		lines := strings.Split(head, "\n")
		want := strings.TrimPrefix(lines[1], "is: ")
		if len(lines) > 2 {
			differ++
		}
		t.Run(lines[0], func(t *testing.T) {
			text := filled(filled(text, "@CERT", certificate), "@KEY", key)
			m := load(t, map[string]string{"a.yaml": text}, "a.yaml")
			var got []string
			for _, d := range m.Findings {
				if strings.HasPrefix(string(d.Code), "FL81") {
					got = append(got, string(d.Code)+": "+strings.ReplaceAll(d.Message, "OpenShift refuses Route a/r: ", ""))
				}
				if d.Code == "FL816" && (d.Severity != diag.Error || d.Help == "" || !d.At.Known()) {
					t.Errorf("no error, no help or no place: %v", d)
				}
			}
			all := strings.Join(got, "\n")
			if want == "ok" {
				if all != "" {
					t.Errorf("not refused by OpenShift:\n%s", all)
				}
				return
			}
			wants := strings.Split(want, " | ")
			for _, w := range wants {
				if !refusedAs(got, w) {
					t.Errorf("%q is not among\n%s", w, all)
				}
			}
			if len(got) != len(wants) {
				t.Errorf("%d findings, not %d:\n%s", len(got), len(wants), all)
			}
		})
	}
	if len(cases) < 110 || differ == 0 {
		t.Error(len(cases), differ)
	}
}

// refusedAs reports whether a finding has a field and a reason, "spec.host: must be", or a code
// and words.
func refusedAs(found []string, want string) bool {
	for _, f := range found {
		path, why, ok := strings.Cut(want, ": ")
		if strings.Contains(f, want) || ok && (strings.Contains(f, path+" "+why) || strings.HasPrefix(f, path) && strings.Contains(f, why)) {
			return true
		}
	}
	return false
}
