package golden

import (
	"fmt"
	"path/filepath"
	"testing"
)

// recorder stands in for the test that Check reports to.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestCheck(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "x.golden")
	write(t, path, []byte("one\n"))
	for _, tc := range []struct {
		name, path, got string
		fails           bool
	}{
		{"same", path, "one\n", false},
		{"different", path, "two\n", true},
		{"missing", path + ".none", "one\n", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &recorder{TB: t}
			Check(r, tc.path, tc.got)
			if got := len(r.errors) > 0; got != tc.fails && !Updating() {
				t.Errorf("failed: %v, want %v: %q", got, tc.fails, r.errors)
			}
		})
	}
}
