package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flowc-lang/flowc/diag"
)

func TestWriteAllOrNothing(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old.svg")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder.svg")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	err := writeAll(context.Background(), []file{{old, []byte("new")}, {filepath.Join(dir, "deep", "x.svg"), nil}, {folder, nil}})
	if err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("error is %v", err)
	}
	holds(t, dir, map[string]string{"old.svg": "old"})

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := writeAll(ctx, []file{{old, []byte("new")}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	holds(t, dir, map[string]string{"old.svg": "old"})

	if err := writeAll(context.Background(), []file{{old, []byte("new")}, {filepath.Join(dir, "deep", "x.svg"), []byte("x")}}); err != nil {
		t.Error(err)
	}
	holds(t, dir, map[string]string{"old.svg": "new", "deep/x.svg": "x"})
}

// holds checks which files are below a folder, and what is in them.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if w, ok := want[filepath.ToSlash(rel)]; !ok || w != string(text) {
			t.Errorf("%s holds %q, want %q", rel, text, w)
		}
		delete(want, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for path := range want {
		t.Errorf("%s is missing", path)
	}
}

func TestWarningsAsErrors(t *testing.T) {
	l := diag.List{{Code: "FL900", Severity: diag.Warning}, {Code: "FL201", Severity: diag.Error}}
	for _, tc := range []struct{ got, want string }{
		{checked(1, l, unsaid{}), "1 model: 1 error, 1 warning"},
		{checked(2, asErrors(l), unsaid{}), "2 models: 2 errors"},
		{checked(1, atLeast(l, diag.Error), unsaid{mild: 1}), "1 model: 1 error (1 warning not shown)"},
		{checked(1, nil, unsaid{mild: 2}), "1 model: nothing found (2 warnings not shown)"},
		{checked(1, nil, unsaid{known: 2, ignored: 1}), "1 model: nothing found (2 in the baseline, 1 ignored by comments)"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
	if err := verdict(l[:1]); err != nil {
		t.Errorf("a warning ends with %v", err)
	}
	if err := verdict(asErrors(l[:1])); !errors.Is(err, errFindings) {
		t.Errorf("a warning that is an error ends with %v", err)
	}
}
