package engines_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGoldmark runs the example of the package, which has its own go.mod.
func TestGoldmark(t *testing.T) {
	module, err := filepath.Abs("../../integrations/goldmark")
	if err != nil {
		t.Fatal(err)
	}
	example := filepath.Join(t.TempDir(), "example")
	if out, err := exec.Command("go", "build", "-C", module, "-o", example, "./example").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	testEngine(t, engine{
		name:    "goldmark",
		version: []string{"go", "-C", module, "list", "-m", "github.com/yuin/goldmark"},
		build:   []string{example, "index.md"},
		pages:   []string{"index.html"},
	})
}
