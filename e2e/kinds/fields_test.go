// Package kinds holds what flowc reads of Kubernetes objects against the types and the
// documents of those who make them. It is a module of its own: the program needs none of them.
package kinds

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	networking "k8s.io/api/networking/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/front"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// read are those that flowc reads, with upstream's type of each. Those of OpenShift are
// in openshift_test.go.
var read = []struct {
	version, kind string
	of            any
}{
	{"gateway.networking.k8s.io/v1", "GatewayClass", gateway.GatewayClass{}},
	{"gateway.networking.k8s.io/v1", "Gateway", gateway.Gateway{}},
	{"gateway.networking.k8s.io/v1", "HTTPRoute", gateway.HTTPRoute{}},
	{"gateway.networking.k8s.io/v1", "GRPCRoute", gateway.GRPCRoute{}},
	{"gateway.networking.k8s.io/v1", "TLSRoute", gateway.TLSRoute{}},
	{"gateway.networking.k8s.io/v1", "TCPRoute", gateway.TCPRoute{}},
	{"gateway.networking.k8s.io/v1", "BackendTLSPolicy", gateway.BackendTLSPolicy{}},
	{"gateway.networking.k8s.io/v1", "ReferenceGrant", gateway.ReferenceGrant{}},
	{"networking.k8s.io/v1", "Ingress", networking.Ingress{}},
	{"networking.k8s.io/v1", "IngressClass", networking.IngressClass{}},
	{"discovery.k8s.io/v1", "EndpointSlice", discovery.EndpointSlice{}},
	{"v1", "Endpoints", core.Endpoints{}},
	{"v1", "Service", core.Service{}},
	{"v1", "Pod", core.Pod{}},
	{"v1", "Namespace", core.Namespace{}},
	{"v1", "Secret", core.Secret{}},
	{"v1", "ConfigMap", core.ConfigMap{}},
}

// older are fields that readers know and these versions of the types do not have, with the
// reason.
var older = map[string]string{
	"metadata.clusterName":                         "until Kubernetes 1.24",
	"spec.listeners[0].tls.frontendValidation":     "Gateway API 1.1 to 1.3, experimental",
	"spec.rules[0].sessionPersistence.idleTimeout": "of earlier versions, experimental",
}

// values are what the fields have on which depends what is read: the variants of a union
// are the items of a list.
var values = map[string][]string{
	"spec.rules[].filters[].type":                              {"RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"},
	"spec.rules[].filters[].requestRedirect.path.type":         {"ReplaceFullPath"},
	"spec.rules[].filters[].urlRewrite.path.type":              {"ReplacePrefixMatch"},
	"spec.listeners[].protocol":                                {"HTTPS"},
	"spec.rules[].http.paths[].pathType":                       {"Prefix"},
	"spec.rules[].filters[].responseHeaderModifier.set[].name": {"X-A"},
}

// strange is a field that nothing has: the finding about it names those that are known.
const strange = "qqqqqqqqqq"

// writer writes an object with all fields of a type, and a strange one in each mapping.
type writer struct {
	text   strings.Builder
	fields map[string][]string // by the path of their mapping
}

// object writes a mapping.
func (w *writer) object(t reflect.Type, indent, path, pattern string, variant int) {
	fmt.Fprintf(&w.text, "%s%s: x\n", indent, strange)
	w.struct_(t, indent, path, pattern, variant)
}

func (w *writer) struct_(t reflect.Type, indent, path, pattern string, variant int) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" && (f.Anonymous || strings.Contains(options, "inline")) {
			if f.Type.Name() != "TypeMeta" {
				w.struct_(deref(f.Type), indent, path, pattern, variant)
			} else {
				w.fields[path] = append(w.fields[path], "apiVersion", "kind")
			}
			continue
		}
		if name == "-" || name == "" {
			continue
		}
		w.fields[path] = append(w.fields[path], name)
		at, as := join(path, name), join(pattern, name)
		if path == "" && (name == "apiVersion" || name == "kind") {
			continue
		}
		w.value(deref(f.Type), name, indent, at, as, variant)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// deepest is how deep what is written goes: schemas refer to themselves.
const deepest = 12

func (w *writer) value(t reflect.Type, name, indent, path, pattern string, variant int) {
	if strings.Count(path, ".") > deepest {
		return
	}
	switch {
	case t.Name() == "IntOrString" || t.Name() == "Quantity":
		fmt.Fprintf(&w.text, "%s%s: 80\n", indent, name)
	case t.Name() == "Time" || t.Name() == "MicroTime":
		fmt.Fprintf(&w.text, "%s%s: \"2026-01-01T00:00:00Z\"\n", indent, name)
	case t.Kind() == reflect.Struct:
		fmt.Fprintf(&w.text, "%s%s:\n", indent, name)
		w.object(t, indent+"  ", path, pattern, variant)
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		fmt.Fprintf(&w.text, "%s%s:\n", indent, name)
		e := deref(t.Elem())
		if e.Kind() != reflect.Struct {
			fmt.Fprintf(&w.text, "%s- x\n", indent)
			return
		}
		for n := range max(1, len(values[pattern+"[].type"])) {
			fmt.Fprintf(&w.text, "%s-\n", indent)
			w.object(e, indent+"  ", fmt.Sprintf("%s[%d]", path, n), pattern+"[]", n)
		}
	case t.Kind() == reflect.Map:
		fmt.Fprintf(&w.text, "%s%s: {x: \"1\"}\n", indent, name)
	case t.Kind() == reflect.Bool:
		fmt.Fprintf(&w.text, "%s%s: true\n", indent, name)
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64:
		fmt.Fprintf(&w.text, "%s%s: 80\n", indent, name)
	default:
		v := "x"
		if all := values[pattern]; len(all) > 0 {
			v = all[min(variant, len(all)-1)]
		}
		fmt.Fprintf(&w.text, "%s%s: %s\n", indent, name, v)
	}
}

// findings are those of a text.
func findings(t *testing.T, texts map[string]string, first string) diag.List {
	t.Helper()
	open := func(path string) ([]byte, error) {
		if text, ok := texts[path]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}
	m, err := pipeline.LoadFrom(t.Context(), pipeline.Input{Input: front.Input{Path: first, Read: open}, From: cluster.End.Name})
	if err != nil {
		t.Fatal(err)
	}
	m.Compile()
	return m.Findings
}

// known are the fields that readers know, by the path of their mapping, and the paths of
// fields that they do not know.
func known(t *testing.T, found diag.List) (byPath map[string][]string, unknown []string) {
	t.Helper()
	byPath = map[string][]string{}
	for _, d := range found {
		path, ok := strings.CutSuffix(d.Message, " does not exist, and Kubernetes leaves it out")
		if d.Code != "FL813" || !ok {
			continue
		}
		mapping, isStrange := strings.CutSuffix(path, strange)
		if !isStrange {
			unknown = append(unknown, path)
			continue
		}
		_, names, ok := strings.Cut(d.Help, "another name: ")
		if !ok {
			t.Errorf("%s: %s", path, d.Help)
		}
		byPath[strings.TrimSuffix(mapping, ".")] = strings.Split(names, ", ")
	}
	return byPath, unknown
}

// TestFields writes an object of each kind with all fields that upstream's type has. Readers
// know each of them in the mappings that they look into, and no other one.
func TestFields(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range read {
		t.Run(k.kind, func(t *testing.T) { fieldsOf(t, k.version, k.kind, k.of, older, seen) })
	}
	for path := range older {
		if !seen[path] {
			t.Errorf("%s is listed as older, and no reader knows it", path)
		}
	}
}

func fieldsOf(t *testing.T, version, kind string, of any, except map[string]string, seen map[string]bool) {
	w := &writer{fields: map[string][]string{}}
	fmt.Fprintf(&w.text, "apiVersion: %s\nkind: %s\n", version, kind)
	w.object(reflect.TypeOf(of), "", "", "", 0)
	byPath, unknown := known(t, findings(t, map[string]string{"a.yaml": w.text.String()}, "a.yaml"))
	for _, path := range unknown {
		t.Errorf("%s exists, and the reader does not know it", path)
	}
	if len(byPath) == 0 {
		t.Error("the reader looked into no mapping")
	}
	for path, names := range byPath {
		has, ok := w.fields[path]
		if !ok {
			t.Errorf("the reader looks into %s, which upstream has not", path)
		}
		for _, n := range names {
			at := join(path, n)
			switch {
			case slices.Contains(has, n):
			case except[at] != "":
				seen[at] = true
			default:
				t.Errorf("the reader knows %s, which does not exist", at)
			}
		}
	}
}
