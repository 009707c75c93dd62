//go:build unix

package graphviz

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// home gives the test a home of its own, and returns where its cache will be.
func home(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", "")
	base, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "flowc", "graphviz")
}

func open(t *testing.T) *cache {
	t.Helper()
	c, err := openCache()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.close() })
	if err := private(c.dir); err != nil {
		t.Error(err)
	}
	return c
}

func TestCacheIsPrivateAndKept(t *testing.T) {
	want := home(t)
	c := open(t)
	if c.dir != want || !c.keep {
		t.Errorf("the cache is %+v, want %s", c, want)
	}
	for _, dir := range []string{want, filepath.Join(want, "go-graphviz")} {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", dir, info.Mode())
		}
	}
	if again := open(t); again.dir != want {
		t.Errorf("the second time the cache is %s", again.dir)
	}
}

// checkFresh checks that the cache is a folder of this run.
func checkFresh(t *testing.T, not string) {
	t.Helper()
	c := open(t)
	if c.keep || c.dir == not {
		t.Errorf("%s is trusted", c.dir)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(c.dir); !os.IsNotExist(err) {
		t.Errorf("%s stays behind: %v", c.dir, err)
	}
}

func TestCacheWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CACHE_HOME", "")
	checkFresh(t, "")
}

func TestCacheThatOthersCanWrite(t *testing.T) {
	for _, name := range []string{".", ".."} {
		want := home(t)
		open(t)
		if err := os.Chmod(filepath.Join(want, name), 0o777); err != nil {
			t.Fatal(err)
		}
		checkFresh(t, want)
	}
}

func TestCacheThatIsALink(t *testing.T) {
	want := home(t)
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), want); err != nil {
		t.Fatal(err)
	}
	checkFresh(t, want)
}

func TestCacheThatIsAFile(t *testing.T) {
	want := home(t)
	if err := os.MkdirAll(filepath.Dir(want), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	checkFresh(t, want)
}

// With another's HOME, as sudo may leave it, nothing is made there.
func TestCacheInAnothersHome(t *testing.T) {
	want := home(t)
	theirs := os.Getenv("HOME")
	if os.Geteuid() != 0 { // only root gives folders away; what everybody else finds is root's
		theirs = "/"
		t.Setenv("HOME", theirs)
		want = filepath.Join(theirs, ".cache", filepath.Base(want))
	} else if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadDir(theirs)
	if err != nil {
		t.Fatal(err)
	}
	checkFresh(t, want)
	if after, err := os.ReadDir(theirs); err != nil || len(after) != len(before) {
		t.Errorf("left behind in %s: %v, before %v, %v", theirs, after, before, err)
	}
}

func TestTrustworthy(t *testing.T) {
	own := t.TempDir()
	if err := trustworthy(own); err != nil {
		t.Error(err)
	}
	if err := trustworthy(filepath.Join(own, "gone")); err == nil {
		t.Error("what is not there is trusted")
	}
	theirs := filepath.Join(own, "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	user := os.Geteuid()
	if user != 0 { // only root gives folders away: let another user look at this one
		user++
	} else if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(own, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	if err := trustedBy(user, theirs); err == nil || !strings.Contains(err.Error(), "anyone may write") {
		t.Errorf("another's folder where anyone may write: %v", err)
	}
}

// A program that was built without paths (-trimpath), or whose source is gone
// or something else, has no checkout.
func TestCheckout(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "internal", "graphviz", "find.go")
	for _, mod := range []string{"", "module example.test/other\n", "module " + module + "/v9\n"} {
		if mod != "" {
			if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := checkout(file); got != "" {
			t.Errorf("%q with go.mod %q", got, mod)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+module+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := checkout(file); got != dir {
		t.Errorf("%q, want %s", got, dir)
	}
	t.Chdir(dir)
	if got := checkout(module + "/internal/graphviz/find.go"); got != "" {
		t.Errorf("with -trimpath %q was found from the working directory", got)
	}
}

func TestBeside(t *testing.T) {
	dir := t.TempDir()
	exe := filepath.Join(dir, "flowc")
	if got := beside(exe); got != "" {
		t.Errorf("found %s", got)
	}
	want := filepath.Join(dir, name)
	if err := os.Mkdir(want, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := beside(exe); got != "" {
		t.Errorf("the folder %s is no worker", got)
	}
	if err := os.Remove(want); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(want, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := beside(exe); got != want {
		t.Errorf("found %q, want %s", got, want)
	}
}

// A worker in the working directory is not run, even where PATH says so.
func TestPathWithoutWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("PATH", "."+string(os.PathListSeparator))
	if got, _ := onPath(context.Background(), nil); got != "" {
		t.Errorf("found %s", got)
	}
	t.Setenv("PATH", dir)
	if got, _ := onPath(context.Background(), nil); got != filepath.Join(dir, name) {
		t.Errorf("found %q on PATH", got)
	}
}
