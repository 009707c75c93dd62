package engines_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The hooks are installed by pre-commit itself, from a repository that holds
// what the working tree holds, and run in another one.
func TestPreCommit(t *testing.T) {
	r := &row{engine: "pre-commit", version: "not found", good: "fails", broken: "fails"}
	rows.add(r)
	out, err := run(t, "", nil, "pre-commit", "--version")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r.version = versionIn(out)
	hooks := hooksRepository(t)
	site := temp(t)
	copyTo(t, "testdata/pre-commit/good", site)
	write(t, filepath.Join(site, ".pre-commit-config.yaml"), fmt.Appendf(nil, `repos:
  - repo: %s
    rev: %s
    hooks:
      - id: flowc-check
      - id: flowc-fmt
      - id: flowc-docs
      - id: flowc-diff
`, hooks, strings.TrimSpace(git(t, hooks, "rev-parse", "HEAD"))))
	git(t, site, "init", "-q")
	git(t, site, "add", "-A")
	git(t, site, "commit", "-q", "-m", "before")
	env := preCommitEnv(t)

	out, err = run(t, site, env, "pre-commit", "run", "--all-files", "--verbose")
	if err != nil {
		t.Fatalf("hooks fail on good files: %v\n%s", err, out)
	}
	if n := strings.Count(out, "Passed"); n != 4 {
		t.Errorf("%d hooks pass, not 4:\n%s", n, out)
	}
	r.good = "4 hooks pass"

	stale := filepath.Join(site, "docs/stale.md")
	write(t, stale, []byte("# Stale\n\n<!-- flow:begin model=../models/shop.flow view=topology -->\n<!-- flow:end -->\n"))
	changes(t, site, env, "flowc-docs")
	if text, err := os.ReadFile(stale); err != nil || !strings.Contains(string(text), "```mermaid") {
		t.Errorf("flowc-docs wrote: %v\n%s", err, text)
	}
	write(t, filepath.Join(site, "models/untidy.flow"), []byte("route untidy { host   untidy.example.test\nto untidy }\n"))
	changes(t, site, env, "flowc-fmt")

	folder := "testdata/pre-commit/broken/model"
	copyTo(t, folder, site)
	git(t, site, "add", "-A")
	place := mistake(t, folder)
	out, err = run(t, site, env, "pre-commit", "run", "flowc-check")
	if err == nil || !strings.Contains(out, place+": error FL201") {
		t.Errorf("flowc-check does not fail with %s: %v\n%s", place, err, out)
	} else {
		r.broken = "fails with " + place
	}
}

// changes runs a hook that must fail, for it changes a file, and then pass.
func changes(t *testing.T, site string, env []string, hook string) {
	t.Helper()
	git(t, site, "add", "-A")
	if out, err := run(t, site, env, "pre-commit", "run", hook); err == nil {
		t.Errorf("%s passes and had to change a file:\n%s", hook, out)
	}
	git(t, site, "add", "-A")
	if out, err := run(t, site, env, "pre-commit", "run", hook); err != nil {
		t.Errorf("%s fails on its own work: %v\n%s", hook, err, out)
	}
}

// hooksRepository commits the files of the working tree to a new repository.
func hooksRepository(t *testing.T) string {
	t.Helper()
	dir := temp(t)
	for _, name := range strings.Split(git(t, "../..", "ls-files", "-co", "--exclude-standard", "-z"), "\x00") {
		if info, err := os.Stat(filepath.Join("../..", name)); name == "" || err != nil || info.IsDir() {
			continue // deleted, and not yet committed
		}
		copyTo(t, filepath.Join("../..", name), filepath.Join(dir, name))
	}
	git(t, dir, "init", "-q")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "hooks")
	return dir
}

// preCommitEnv keeps what pre-commit installs to the test. pre-commit empties
// the module cache when it has built a hook, so it gets one of its own, and
// takes the modules from the one that is there.
func preCommitEnv(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	proxy := "file://" + filepath.ToSlash(filepath.Join(lines[0], "cache", "download")) + "," + lines[1]
	return []string{"PRE_COMMIT_HOME=" + temp(t), "GOPROXY=" + proxy, "GOMODCACHE=", "GOFLAGS=-trimpath"}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=flowc", "-c", "user.email=flowc@example.test"}, args...)...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}
