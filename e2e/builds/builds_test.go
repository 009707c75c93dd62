// Package builds_test runs flowc under the real Make and Ninja, with the
// makefiles that docs/builds.md shows: what changed is built anew, what did not
// is left alone, and what fails fails again. It runs where FLOWC_E2E=1 is set.
package builds_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

// bin is the folder of the commands that are tested.
var bin string

func runTests(m *testing.M) int {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("skipped: FLOWC_E2E is not 1")
		return 0
	}
	dir, err := os.MkdirTemp("", "flowc-builds-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "../../cmd/...").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building flowc: %v\n%s", err, out)
		return 1
	}
	bin = dir
	for _, tool := range tools {
		if _, err := exec.LookPath(tool.name); err != nil {
			fmt.Fprintln(os.Stderr, "FLOWC_E2E=1, and", err)
			return 1
		}
	}
	return m.Run()
}

// tool is a build system.
type tool struct {
	name string
	file string // that it reads
	idle *regexp.Regexp
}

var tools = []tool{
	{"make", "Makefile", regexp.MustCompile(`(?m)^make: Nothing to be done for '|^make: '.*' is up to date\.$`)},
	{"ninja", "build.ninja", regexp.MustCompile(`(?m)^ninja: no work to do\.$`)},
}

// tree is a folder in which a build system runs.
type tree struct {
	t    *testing.T
	dir  string
	tool tool
}

func newTree(t *testing.T, tool tool, files map[string]string) *tree {
	tr := &tree{t, t.TempDir(), tool}
	if err := os.Mkdir(filepath.Join(tr.dir, ".git"), 0o777); err != nil { // imports stay in the repository
		t.Fatal(err)
	}
	for name, text := range files {
		tr.write(name, text)
	}
	return tr
}

// tick is longer than the steps in which file systems count time: what is
// written one tick later is newer.
const tick = 20 * time.Millisecond

func (tr *tree) write(name, text string) {
	tr.t.Helper()
	time.Sleep(tick)
	path := filepath.Join(tr.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) remove(name string) {
	tr.t.Helper()
	if err := os.Remove(filepath.Join(tr.dir, filepath.FromSlash(name))); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr *tree) text(name string) string {
	tr.t.Helper()
	text, err := os.ReadFile(filepath.Join(tr.dir, filepath.FromSlash(name)))
	if err != nil {
		tr.t.Fatal(err)
	}
	return string(text)
}

// there reports whether a file is there and not empty.
func (tr *tree) there(name string) bool {
	info, err := os.Stat(filepath.Join(tr.dir, filepath.FromSlash(name)))
	return err == nil && info.Size() > 0
}

// run runs a program in the folder, with flowc on its PATH.
func (tr *tree) run(program string, args ...string) (output string, code int) {
	tr.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = tr.dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		tr.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// builds runs the build, which must succeed and make flowc render exactly these
// models: those that its commands name.
func (tr *tree) builds(what string, models ...string) {
	tr.t.Helper()
	args := []string{"-j2"}
	if tr.tool.name == "ninja" {
		args = append(args, "-v")
	}
	out, code := tr.run(tr.tool.name, args...)
	if code != 0 {
		tr.t.Fatalf("%s: %s fails:\n%s", what, tr.tool.name, out)
	}
	if idle := tr.tool.idle.MatchString(out); idle != (len(models) == 0) {
		tr.t.Errorf("%s: %s says:\n%s", what, tr.tool.name, out)
	}
	if n := strings.Count(out, "flowc render"); n != len(models) {
		tr.t.Errorf("%s: %d runs of flowc, want one for each of %q:\n%s", what, n, models, out)
	}
	for _, m := range models {
		if !strings.Contains(out, m) {
			tr.t.Errorf("%s: no run of flowc for %s:\n%s", what, m, out)
		}
	}
}

// fails runs the build twice; both times it must fail with a message.
func (tr *tree) fails(what, message string) {
	tr.t.Helper()
	for _, nth := range []string{"first", "second"} {
		out, code := tr.run(tr.tool.name)
		if code == 0 || !strings.Contains(out, message) {
			tr.t.Errorf("%s, the %s time: %s ends with exit code %d and without %q:\n%s", what, nth, tr.tool.name, code, message, out)
		}
	}
}

// shown returns the fences of a language in a section of docs/builds.md.
func shown(t *testing.T, section, language string, want int) []string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "builds.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(doc), "\n## "+section+"\n")
	if !ok {
		t.Fatalf("docs/builds.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	if len(out) != want {
		t.Fatalf("docs/builds.md, %q has %d fences of %s, and %d are tried here", section, len(out), language, want)
	}
	return out
}
