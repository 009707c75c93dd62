// Package golden compares what a test got with a file of what was looked at
// and found right. `go test ./pkg -update` writes what was got; read the
// difference before it is committed.
package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// Updating reports whether this run writes golden files.
func Updating() bool { return *update }

// Check compares got with the file at path, relative to the package's folder.
// A missing file fails: nothing is golden that nobody asked for.
func Check[T ~string | ~[]byte](t testing.TB, path string, got T) {
	t.Helper()
	if *update {
		write(t, path, []byte(got))
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is missing; run this test with -update and read what it writes", path)
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Equal(want, []byte(got)) {
		t.Errorf("%s is not what was got (-want +got):\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

func write(t testing.TB, path string, got []byte) {
	t.Helper()
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, got) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, got, 0o644); err != nil {
		t.Fatal(err)
	}
}
