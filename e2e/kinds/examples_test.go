package kinds

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	_ "k8s.io/ingress-nginx/version"

	"github.com/flowc-lang/flowc/internal/cluster"
)

// folder is where a module of upstream lies on this machine.
func folder(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// objectForm finds texts of objects.
var objectForm = regexp.MustCompile(`(?m)^kind: `)

// TestExamples reads the examples of Gateway API. No field of them is unknown, and no object
// is refused: they are those that upstream applies.
func TestExamples(t *testing.T) {
	root := filepath.Join(folder(t, "sigs.k8s.io/gateway-api"), "examples")
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || !objectForm.Match(data) {
			return err
		}
		found++
		name, _ := filepath.Rel(root, path)
		for _, f := range findings(t, map[string]string{"a.yaml": string(data)}, "a.yaml") {
			if !slices.Contains([]string{"FL811", "FL812", "FL813", "FL814", "FL815", "FL820"}, string(f.Code)) {
				continue
			}
			t.Errorf("%s:%s %s", name, f.At.Place(), f.Message)
		}
		return nil
	})
	if err != nil || found < 60 {
		t.Fatal(found, err)
	}
	t.Logf("%d examples", found)
}

// TestObjects reads the objects of k8s.io/api that have all fields: none is unknown.
func TestObjects(t *testing.T) {
	root := filepath.Join(folder(t, "k8s.io/api"), "testdata", "HEAD")
	for _, name := range []string{
		"networking.k8s.io.v1.Ingress", "networking.k8s.io.v1.IngressClass", "discovery.k8s.io.v1.EndpointSlice", "core.v1.Endpoints", "core.v1.Service", "core.v1.Pod",
		"core.v1.Namespace", "core.v1.Secret", "core.v1.ConfigMap",
	} {
		data, err := os.ReadFile(filepath.Join(root, name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings(t, map[string]string{"a.yaml": string(data)}, "a.yaml") {
			if f.Code == "FL811" || f.Code == "FL812" || f.Code == "FL813" {
				t.Errorf("%s:%s %s", name, f.At.Place(), f.Message)
			}
		}
	}
}

// newer are annotations of ingress-nginx that its last version on the module proxy does not have.
var newer = []string{"proxy-busy-buffers-size", "relative-redirects", "temporal-redirect-code"}

// words are constants of the parsers that are values.
var words = []string{"auth-file", "auth-map", "cookie", "off", "on"}

// TestAnnotations holds the annotations that flowc knows of ingress-nginx against its document
// and its parsers. Those of HAProxy's controllers have no module on the proxy: their names are those of
// documentation/doc.yaml (haproxytech/kubernetes-ingress, 3.2) and of docs/content/en/docs/configuration/keys.md
// (jcmoraisjr/haproxy-ingress).
func TestAnnotations(t *testing.T) {
	root := folder(t, "k8s.io/ingress-nginx")
	data, err := os.ReadFile(filepath.Join(root, "docs", "user-guide", "nginx-configuration", "annotations.md"))
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, m := range regexp.MustCompile(`nginx\.ingress\.kubernetes\.io/([a-z0-9-]+)`).FindAllStringSubmatch(string(data), -1) {
		has[m[1]] = true
	}
	parsers, err := filepath.Glob(filepath.Join(root, "internal", "ingress", "annotations", "*", "main.go"))
	if err != nil || len(parsers) < 30 {
		t.Fatal(len(parsers), err)
	}
	parsed := map[string]bool{}
	for _, p := range parsers {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\s+\w+\s+= "([a-z0-9-]+)"(?: //.*)?$`).FindAllStringSubmatch(string(data), -1) {
			if !slices.Contains(words, m[1]) {
				has[m[1]], parsed[m[1]] = true, true
			}
		}
	}
	known := cluster.AnnotationsOf("ingress-nginx")
	if len(known) < 120 || len(parsed) < 100 {
		t.Fatal(len(known), len(parsed))
	}
	for _, name := range known {
		if !has[name] && !slices.Contains(newer, name) {
			t.Errorf("ingress-nginx has no annotation %s", name)
		}
		if has[name] && slices.Contains(newer, name) {
			t.Errorf("%s is not newer", name)
		}
	}
	for name := range parsed {
		if !slices.Contains(known, name) {
			t.Errorf("annotation %s of ingress-nginx is not known", name)
		}
	}
}
