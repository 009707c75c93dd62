package kubeyaml

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// The path of a place is that of the value that is there, in each text, and also behind a
// secret that is hidden.
func TestFieldAt(t *testing.T) {
	for _, text := range []string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: a, labels: {x: y}}\nspec:\n  ports:\n  - name: http\n    port: 80\n  - {name: é, port: 81}\n  note: |\n    a\n    b\n  last: 1\n",
		"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {tls.key: secret, tls.crt: 'x'}\n---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  metadata: &m\n    name: a\n- apiVersion: v1\n  kind: B\n  metadata: {<<: *m, namespace: n}\n",
		"{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\": \"v1\", \"kind\": \"A\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"hosts\": [\"*.b\", \"c\"]}}]}",
	} {
		f, err := Read(t.Context(), "a.yaml", text)
		if err != nil || len(f.Findings) > 0 {
			t.Fatal(err, f.Findings)
		}
		values := 0
		var walk func(v Value)
		walk = func(v Value) {
			if v.node != v.target() {
				return // an alias: what it stands for is elsewhere
			}
			scalar := v.is(yaml.ScalarNode) // the others begin where their first part does
			values++
			if got := f.FieldAt(v.At().Start); scalar && got != strings.TrimPrefix(v.path, ".") {
				t.Errorf("%s is %q, want %q", v.At().Line(), got, v.path)
			}
			for _, item := range v.Items() {
				walk(item)
			}
			for _, key := range v.Keys() {
				if key == "<<" || !v.is(yaml.MappingNode) {
					continue
				}
				m := v.open(v.path)
				inner := m.Field(key)
				if got := f.FieldAt(inner.KeyAt().Start); got != strings.TrimPrefix(inner.path, ".") {
					t.Errorf("the key at %s is %q, want %q", inner.KeyAt().Line(), got, inner.path)
				}
				walk(inner)
			}
		}
		for _, o := range f.Objects {
			for _, key := range (Value{file: f, node: o.node, above: o.above}).Keys() {
				walk(o.Field(key))
			}
		}
		if values < 8 {
			t.Errorf("only %d values", values)
		}
	}
}
