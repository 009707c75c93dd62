package export_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/flow"
	"github.com/flowc-lang/flowc/internal/export"
	"github.com/flowc-lang/flowc/internal/golden"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/models"
)

// topology compiles a model that is free of broken names.
func topology(t *testing.T, path string, read func(string) ([]byte, error)) *flow.Topology {
	t.Helper()
	m := pipeline.Load(path, read)
	m.Compile()
	if !m.Drawable() {
		t.Fatalf("%s: %v", path, m.Findings)
	}
	return m.Topology
}

// listing is what a terminal says of an export.
func listing(r *export.Result) string {
	var b strings.Builder
	for _, n := range r.Needs {
		b.WriteString("needs " + n.Path + ": " + n.What() + "\n")
	}
	for _, a := range r.Addresses {
		b.WriteString("address " + a.Name + "\n")
	}
	for _, n := range r.Notes {
		b.WriteString(n.Kind.String() + ": " + n.Text + "\n")
	}
	return b.String()
}

func checkGolden(t *testing.T, name string, r *export.Result) {
	t.Helper()
	for _, f := range r.Files {
		golden.Check(t, filepath.Join("testdata", "golden", name, f.Path), f.Text)
	}
	golden.Check(t, filepath.Join("testdata", "golden", name, "listing.txt"), listing(r))
}

// The configurations of models that flowc carries with it, and of testdata.
func TestGolden(t *testing.T) {
	for _, m := range models.List() {
		switch m.Name {
		case "five-lines", "plain", "passthrough", "router", "mtls", "network-load-balancer", "blue-green":
			t.Run(m.Name, func(t *testing.T) {
				checkGolden(t, m.Name, export.Targets[0].Export(topology(t, m.Path, models.FS.ReadFile)))
			})
		}
	}
	own, err := filepath.Glob("testdata/*.flow")
	if err != nil || len(own) == 0 {
		t.Fatal("no models", err)
	}
	for _, file := range own {
		name := strings.TrimSuffix(path.Base(filepath.ToSlash(file)), ".flow")
		t.Run(name, func(t *testing.T) {
			checkGolden(t, name, export.Targets[0].Export(topology(t, filepath.ToSlash(file), os.ReadFile)))
		})
	}
}

// TestWithoutCertificate has the guard of a route that wants a client certificate, or
// says that there is none.
func TestWithoutCertificate(t *testing.T) {
	const guard = "http-request deny deny_status 421 unless { ssl_c_used } { ssl_c_verify 0 }"
	for _, tc := range []struct {
		desk, www     string
		guarded, left bool
	}{
		{"client-certificate required a", "", false, true},
		{"client-certificate required a\nwithout-certificate 421", "", true, false},
		{"client-certificate optional a\nwithout-certificate 421", "", true, false},
		{"client-certificate required a\nwithout-certificate 421", "client-certificate optional b", true, true}, // b's opens it
		{"client-certificate optional a", "", false, false},
	} {
		top := topology(t, "m.flow", func(string) ([]byte, error) {
			return fmt.Appendf(nil, "ca a\nca b\nroute desk {\nhost desk.test\ntls edge\n%s\nto app\n}\nroute www {\nhost www.test\ntls edge\n%s\nto app\n}\n", tc.desk, tc.www), nil
		})
		r := export.Targets[0].Export(top)
		i := slices.IndexFunc(r.Files, func(f export.File) bool { return strings.HasSuffix(f.Path, ".cfg") })
		if got := strings.Contains(string(r.Files[i].Text), guard); got != tc.guarded {
			t.Errorf("%q: guarded %t\n%s", tc.desk, got, r.Files[i].Text)
		}
		if got := strings.Contains(listing(r), "left out: "); got != tc.left {
			t.Errorf("%q: %s", tc.desk, listing(r))
		}
	}
}
