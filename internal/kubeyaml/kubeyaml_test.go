package kubeyaml_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/kubeyaml"
)

func read(t testing.TB, text string) *kubeyaml.File {
	t.Helper()
	f, err := kubeyaml.Read(t.Context(), "a.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Objects are found in documents, Lists, typed lists and JSON.
func TestObjects(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"one":             {"apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: x}\n", "1 Service x/a"},
		"documents":       {"---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n...\n", "2 A a, 8 B b"},
		"directives":      {"%YAML 1.1\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n", "3 A a"},
		"list":            {"apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n- apiVersion: v1\n  kind: B\n  metadata: {name: b}\nkind: List\n", "3 A a, 6 B b"},
		"typed list":      {"apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n", "4 Service a"},
		"lists in lists":  {"apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: A, metadata: {name: a}}]}\n", "4 A a"},
		"empty list":      {"apiVersion: v1\nkind: List\nitems: []\n", ""},
		"JSON":            {"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n\t{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}}]}", "2 A a"},
		"byte order mark": {"\ufeffapiVersion: v1\nkind: A\nmetadata: {name: a}\n", "1 A a"},
		"crlf":            {"apiVersion: v1\r\nkind: A\r\nmetadata:\r\n  name: a\r\n---\r\napiVersion: v1\r\nkind: B\r\nmetadata: {name: b}\r\n", "1 A a, 6 B b"},
		"anchors":         {"apiVersion: v1\nkind: A\nmetadata: &m {name: a}\n---\napiVersion: v1\nkind: B\nmetadata: {<<: {name: b}, namespace: n}\n", "1 A a, 5 B n/b"},
		"empty":           {"", ""},
	} {
		f := read(t, tc.text)
		var got []string
		for _, o := range f.Objects {
			got = append(got, fmt.Sprintf("%d %s", f.Source.Position(o.At.Start).Line, o.Title()))
		}
		if d := cmp.Diff(tc.want, strings.Join(got, ", ")); d != "" || len(f.Findings) > 0 {
			t.Errorf("%s: %s%v", name, d, f.Findings)
		}
	}
}

// Each value has the place of its text, whatever stands before it.
func TestPlaces(t *testing.T) {
	for _, tc := range []struct{ text, field, want string }{
		{"spec: {host: shop}", "host", "1:14 shop"},
		{"spec: {\"host\": \"shop\"}", "host", "1:16 \"shop\""},
		{"spec:\n  # é\n  host: 'it''s'\n", "host", "3:9 'it''s'"},
		{"spec: {é: 1, host: shop}", "host", "1:20 shop"},
		{"spec: {\"💥\": 1, host: shop}", "host", "1:22 shop"},
		{"spec:\n  host: |\n    a\n    b\n", "host", "2:9 |"},
		{"spec:\n  host: a\n    b\n", "host", "2:9 a"},
		{"spec:\n  host: !!str 12\n", "host", "2:9 !!str 12"},
		{"spec:\n  host: &x shop\n", "host", "2:9 &x shop"},
		{"x: &x shop\nspec:\n  host: *x\n", "host", "3:9 *x"},
		{"spec:\n  host: \"a\\\"b\" # c\n", "host", "2:9 \"a\\\"b\""},
		{"a: \"x\u2028y\"\nspec: {host: shop}", "host", "2:14 shop"},
		{"spec: {pad: " + strings.Repeat("é", 5000) + ", host: shop}", "host", "1:5021 shop"},
	} {
		f := read(t, "apiVersion: v1\nkind: A\nmetadata: {name: a}\n"+tc.text)
		spec, _ := f.Objects[0].Map.Map("spec")
		v := spec.Field(tc.field).At()
		p := f.Source.Position(v.Start)
		if got := fmt.Sprintf("%d:%d %s", p.Line-3, p.Column, v.Text()); got != tc.want {
			t.Errorf("%q: %s, not %s", tc.text, got, tc.want)
		}
	}
}

// Nothing that is secret stays in the text, and all else does, each byte in its place.
func TestMasked(t *testing.T) {
	const pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBadSecret\n-----END EC PRIVATE KEY-----\n"
	indented := strings.ReplaceAll(pem, "\n", "\n      ")
	for name, tc := range map[string]struct {
		text  string
		gone  []string
		stays []string
	}{
		"key of a Route": {
			"apiVersion: v1\nkind: Route\nspec:\n  tls:\n    key: |\n      " + indented + "\n    termination: edge\n",
			[]string{"MHcCAQ"}, []string{"termination: edge", "kind: Route", "    key: |"},
		},
		"key in quotes": {
			`{"apiVersion":"v1","kind":"Route","spec":{"tls":{"key":"-----BEGIN PRIVATE KEY-----\nMHcCAQEEIBadSecret\n-----END PRIVATE KEY-----\n","termination":"edge"}}}`,
			[]string{"MHcCAQ"}, []string{`"termination":"edge"`},
		},
		"key beside a certificate": {
			"apiVersion: v1\nkind: Route\nspec:\n  tls:\n    certificate: |\n      -----BEGIN CERTIFICATE-----\n      MIIB\n      -----END CERTIFICATE-----\n      " + indented + "\n",
			[]string{"MHcCAQ"}, []string{"MIIB", "BEGIN CERTIFICATE"},
		},
		"Secret": {
			"apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  tls.key: TUhjQ0FRRUVJQmFk\n  password: aHVudGVyMg==\nstringData: {user: \"hunter2\"}\ntype: Opaque\n",
			[]string{"TUhj", "aHVu", "hunter2"}, []string{"name: a", "tls.key", "type: Opaque"},
		},
		"Secret in a List": {
			"apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  data: {a: aHVudGVyMg==}\n- kind: Service\n  apiVersion: v1\n",
			[]string{"aHVu"}, []string{"kind: Service"},
		},
		"annotations": {
			"apiVersion: v1\nkind: Route\nmetadata:\n  annotations:\n    example.com/api-token: abc123def\n    example.com/db-password: \"hunter2\"\n    example.com/clientSecret: 'hunter2'\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"spec\":{\"key\":\"hunter2\"}}\n    haproxy.router.openshift.io/timeout: 30s\n",
			[]string{"abc123", "hunter2"}, []string{"timeout: 30s", "api-token"},
		},
		"names of Secrets": {
			"apiVersion: v1\nkind: Ingress\nspec:\n  tls: [{secretName: shop-tls}]\nmetadata: {annotations: {service.beta.openshift.io/serving-cert-secret-name: shop-tls}}\n",
			nil, []string{"secretName: shop-tls", "name: shop-tls"},
		},
		"not YAML": {
			"kind: Secret\ndata:\n  password: aHVudGVyMg==\n  other: [aHVudGVyMgaHVudGVyMgaHVudGVyMg==\n\tx",
			[]string{"aHVu"}, []string{"kind: Secret"},
		},
	} {
		f := read(t, tc.text)
		if len(f.Source.Text) != len(tc.text) || strings.Count(f.Source.Text, "\n") != strings.Count(tc.text, "\n") {
			t.Errorf("%s: places moved:\n%s", name, f.Source.Text)
		}
		for _, s := range tc.gone {
			if strings.Contains(f.Source.Text, s) {
				t.Errorf("%s: %q is still there:\n%s", name, s, f.Source.Text)
			}
		}
		for _, s := range tc.stays {
			if !strings.Contains(f.Source.Text, s) {
				t.Errorf("%s: %q is gone:\n%s", name, s, f.Source.Text)
			}
		}
	}
}

// A comment for flowc is about its line, the next one, or the object that begins there.
func TestLines(t *testing.T) {
	f := read(t, "# flowc:ignore A: all of it\napiVersion: v1\nkind: Route\nmetadata: {name: a}\nspec:\n  host: x # flowc:ignore B: known\n  # flowc:ignore C: below\n  path: /\n  note: \"# not # flowc:ignore D\"\n")
	var got []string
	for _, c := range f.Lines("flowc:") {
		got = append(got, fmt.Sprintf("%s -> %d-%d", c.At.Text()[:16], f.Source.Position(c.Covers.Start).Line, f.Source.Position(c.Covers.End).Line))
	}
	want := []string{"# flowc:ignore A -> 2-9", "# flowc:ignore B -> 6-6", "# flowc:ignore C -> 8-8"}
	if !slices.Equal(got[:min(3, len(got))], want) {
		t.Error(cmp.Diff(want, got))
	}
}

// Values are of the types that Kubernetes gives them.
func TestTypes(t *testing.T) {
	for _, tc := range []struct{ value, want string }{
		{"shop", ""}, {`"1"`, ""}, {"null", ""}, {"~", ""}, {"", ""}, {"2026-01-01T00:00:00Z", "kubernetes"},
		{"1", "is a number, and must be text"}, {"1.10", "is a number"}, {"true", "is true or false"}, {"yes", "is true or false"}, {"Off", "is true or false"},
		{"[a]", "is a list"}, {"{a: b}", "is a mapping"},
	} {
		f := read(t, "apiVersion: v1\nkind: A\nmetadata: {name: a}\nspec:\n  host: "+tc.value+"\n")
		spec, _ := f.Objects[0].Map.Map("spec")
		spec.Text("host")
		got := ""
		if len(f.Findings) > 0 {
			got = f.Findings[0].Message
		}
		if tc.want != "kubernetes" && (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) && tc.want != "kubernetes" {
			t.Errorf("%s: %q, not %q", tc.value, got, tc.want)
		}
	}
}

// What a document says is known whatever is wrong with the one before it.
func TestBrokenDocument(t *testing.T) {
	f := read(t, "apiVersion: v1\nkind: A\nmetadata: {name: a\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n")
	if len(f.Objects) != 1 || f.Objects[0].Kind != "B" || !f.Broken || f.Findings.Count(diag.Error) != 1 {
		t.Error(len(f.Objects), f.Findings)
	}
}
