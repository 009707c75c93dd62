package export_test

import (
	"os"
	"path"
	"path/filepath"
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
