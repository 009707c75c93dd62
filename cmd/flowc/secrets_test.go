package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/emit"
)

// marker stands in each secret of the texts below, and encoded is what base64 makes of it.
const (
	marker  = "S3CR3TS3CR3T"
	encoded = "UzNDUjNUUzNDUjNU"
)

// secretObjects are objects with mistakes beside secrets, and in the lines of some.
const secretObjects = `apiVersion: v1
kind: Secret
metadata: {name: shop-tls, namespace: web, annotations: {example.com/api-token: S3CR3TS3CR3T, example.com/pin-password: 1234567}}
type: Opaque
data: {tls.key: UzNDUjNUUzNDUjNU, tls.crt: [UzNDUjNUUzNDUjNU], other: "UzNDUjNUUzNDUjNU"}
stringData:
  password: S3CR3TS3CR3T
  more: |
    S3CR3TS3CR3T
    S3CR3TS3CR3T
---
apiVersion: route.openshift.io/v1
kind: Route
metadata:
  name: shop
  namespace: web
  annotations:
    example.com/client-secret: "S3CR3TS3CR3T"
    kubectl.kubernetes.io/last-applied-configuration: |
      {"apiVersion":"route.openshift.io/v1","spec":{"tls":{"key":"S3CR3TS3CR3T"}}}
    haproxy.router.openshift.io/timout: 30s
spec:
  host: shop.apps.example.com
  tls:
    termination: edge
    insecureEdgeTerminationPolicy: Allow
    key: |
      -----BEGIN PRIVATE KEY-----
      S3CR3TS3CR3TS3CR3TS3CR3T
      -----END PRIVATE KEY-----
    certificate: |
      -----BEGIN CERTIFICATE-----
      AAAA
      -----END CERTIFICATE-----
      -----BEGIN RSA PRIVATE KEY-----
      S3CR3TS3CR3TS3CR3TS3CR3T
      -----END RSA PRIVATE KEY-----
    externalCertificate: {name: shop-tls}
  to: {kind: Service, name: shop}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: cart, namespace: web}
spec: {host: cart.apps.example.com, path: cart, tls: {key: "-----BEGIN PRIVATE KEY-----\nS3CR3TS3CR3T\n-----END PRIVATE KEY-----\n", termination: egde, insecureEdgeTerminationPolicy: Allow}, to: {name: cart}}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: ok, namespace: web}
spec: {host: ok.apps.example.com, tls: {key: S3CR3TS3CR3TS3CR3T, termination: edge, insecureEdgeTerminationPolicy: Allow}, to: {name: ok}}
`

// Nothing that flowc prints or writes has a secret of the objects, whatever the command and
// the format.
func TestSecretsOfObjects(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(`{"apiVersion":"v1","kind":"List","items":[
		{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"web"},"data":{"tls.key":"`+encoded+`"},"type":1},
		{"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"r","namespace":"web","annotations":{"x/token":"`+marker+`","haproxy.router.openshift.io/balance":"x"}},
		 "spec":{"host":"R.example.com","tls":{"key":"-----BEGIN PRIVATE KEY-----\n`+marker+`\n-----END PRIVATE KEY-----","termination":"edge"},"to":{"name":"s"}}}]}`)); err != nil {
		t.Fatal(err)
	}
	models := []string{
		write("objects.yaml", secretObjects), write("line.json", line.String()),
		write("broken.yaml", secretObjects+"---\nkind: Secret\ndata:\n  password: "+encoded+"\n  other: \""+marker+"\n stringData: {token: "+marker+"\n"),
		write("top.flow", "import \"objects.yaml\"\n"),
	}
	var runs [][]string
	for _, m := range models {
		for _, w := range diag.Writers {
			runs = append(runs, []string{"check", m, "--format", w.Name})
		}
		runs = append(runs, []string{"check", m, "--show"}, []string{"check", m, "--diff"}, []string{"show", m}, []string{"paths", m}, []string{"paths", m, "--format", "json"},
			[]string{"trace", m, "https://ok.apps.example.com/"}, []string{"trace", m, "https://ok.apps.example.com/", "--format", "json"}, []string{"import", m},
			[]string{"export", m, "--to", "haproxy", "-o", filepath.Join(dir, "out", filepath.Base(m))}, []string{"diff", m, models[0]}, []string{"fmt", m},
			[]string{"check", m, "--write-baseline", filepath.Join(dir, filepath.Base(m)+".baseline")})
		for _, f := range emit.Formats {
			if !f.Binary && f.Name != "graphviz" {
				runs = append(runs, []string{"render", m, "--format", f.Name, "-o", filepath.Join(dir, "pictures", filepath.Base(m)) + "/"})
			}
		}
	}
	for _, args := range runs {
		var out, errs bytes.Buffer
		newApp(strings.NewReader(""), &out, &errs).run(args)
		for _, secret := range []string{marker, encoded, "1234567"} {
			if strings.Contains(out.String()+errs.String(), secret) {
				t.Errorf("%v prints %s:\n%s%s", args, secret, out.String(), errs.String())
			}
		}
	}
	given := map[string]bool{"objects.yaml": true, "line.json": true, "broken.yaml": true}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || given[d.Name()] && filepath.Dir(path) == dir {
			return err
		}
		text, err := os.ReadFile(path)
		files++
		if strings.Contains(string(text), marker) || strings.Contains(string(text), encoded) {
			t.Errorf("%s has a secret", path)
		}
		return err
	})
	if err != nil || files < 20 {
		t.Error(files, err)
	}
}
