package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestLeftovers: what runs left that are over is removed, and nothing else.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	over := exec.Command(os.Args[0], "-test.run=^$")
	if err := over.Run(); err != nil {
		t.Fatal(err)
	}
	gone, there := over.Process.Pid, os.Getppid()
	name := func(host string, pid int) string { return fmt.Sprintf(".flowc-%s-%d-7.tmp", host, pid) }
	old := time.Now().Add(-2 * abandoned)
	for _, tc := range []struct {
		name  string
		old   bool
		stays bool
	}{
		{name(host(), gone), false, false},
		{name(host(), os.Getpid()), false, false}, // of a process that had the same number
		{name(host(), there), false, true},
		{name("00000000", gone), false, true},
		{name("00000000", gone), true, false},
		{".flowc-" + host() + "-x-7.tmp", true, true},
		{".flowc-manifest.jsonl", true, true},
		{"flowc-" + host() + "-1-7.tmp", true, true},
	} {
		path := filepath.Join(dir, tc.name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if tc.old {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		swept.Lock()
		swept.folders = nil
		swept.Unlock()
		sweep(dir)
		if _, err := os.Stat(path); (err == nil) != tc.stays {
			t.Errorf("%s, old %v: stays %v, want %v", tc.name, tc.old, err == nil, tc.stays)
		}
		_ = os.Remove(path)
	}
}

// TestOwnTemporaries: many files in one folder, however many there are already.
func TestOwnTemporaries(t *testing.T) {
	dir := t.TempDir()
	var files []file
	want := make(map[string]string)
	for i := range 3000 {
		name := fmt.Sprintf("%d.txt", i)
		want[name] = name
		files = append(files, file{filepath.Join(dir, name), []byte(name)})
	}
	// names that this process would use next are taken, as by another one of its number
	for i := range int64(1500) {
		if err := os.WriteFile(filepath.Join(dir, temporaryName(temporaries.Load()+i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeAll(t.Context(), files); err != nil {
		t.Fatal(err)
	}
	holds(t, dir, want)
}
