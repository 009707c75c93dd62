package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowc-lang/flowc/internal/roomy"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		"flowc": func() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"blank": blank,
	})
}

// tests are those of this package; a command that a script runs is none of them.
type tests struct{ m *testing.M }

func (t tests) Run() int { return roomy.Run(t.m) }

// blank is a command that writes an empty PNG: blank WIDTH HEIGHT. A script's
// renderer draws with it.
func blank() {
	var w, h int
	if _, err := fmt.Sscan(strings.Join(os.Args[1:], " "), &w, &h); err != nil {
		fmt.Fprintln(os.Stderr, "usage: blank WIDTH HEIGHT")
		os.Exit(2)
	}
	if err := png.Encode(os.Stdout, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		os.Exit(1)
	}
}

// TestScript runs what a person or a script types, in testdata/script.
func TestScript(t *testing.T) {
	cache := t.TempDir()
	toolchain := goEnv(t, "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "GOSUMDB")
	worker := builtWorker(t)
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(env *testscript.Env) error {
			// The worker is on PATH, so that not each flowc asks the toolchain for it,
			// and keeps its compiled Graphviz in the user's cache folder.
			env.Vars = append(env.Vars, toolchain...)
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("LocalAppData", cache)
			env.Setenv("HOME", cache)
			path := filepath.SplitList(env.Getenv("PATH"))
			env.Setenv("FLOWC_ONLY", path[0]) // a PATH on which nothing else is
			env.Setenv("PATH", env.Getenv("PATH")+string(filepath.ListSeparator)+filepath.Dir(worker))
			env.Setenv("TERM", "xterm")
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"captures": cmdCaptures,
			"edit":     cmdEdit,
			"files":    cmdFiles,
			"mtime":    cmdMtime,
			"onlycrlf": cmdOnlyCRLF,
			"routes":   cmdRoutes,
			"status":   cmdStatus,
		},
		UpdateScripts: false,
	})
}

// builtWorker is the path of the worker, which the toolchain builds as flowc has it built.
func builtWorker(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "tool", "-n", "flowc-graphviz").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func goEnv(t *testing.T, names ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var vars []string
	for i, value := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		if i < len(names) {
			vars = append(vars, names[i]+"="+value)
		}
	}
	return vars
}

// cmdFiles compares the files below a folder with a list: files FOLDER LIST.
func cmdFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: files FOLDER LIST")
	}
	root := ts.MkAbs(args[0])
	var got []string
	ts.Check(filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, relErr := filepath.Rel(root, path)
			got, err = append(got, filepath.ToSlash(rel)), relErr
		}
		return err
	}))
	if want := ts.ReadFile(args[1]); strings.Join(got, "\n")+"\n" != want {
		ts.Fatalf("files below %s:\n%s\nwant:\n%s", args[0], strings.Join(got, "\n"), want)
	}
}

// cmdCaptures copies the captures of docs/verify.md, which are of a real proxy.
func cmdCaptures(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: captures")
	}
	ts.Check(os.CopyFS(ts.MkAbs("."), os.DirFS(docCaptures)))
}

// docCaptures is where they are; scripts run elsewhere.
var docCaptures, _ = filepath.Abs(filepath.Join("..", "..", "docs", "captures"))

// cmdRoutes writes a model of many routes and no request: routes N FILE.
func cmdRoutes(ts *testscript.TestScript, neg bool, args []string) {
	var n int
	if _, err := fmt.Sscan(args[0], &n); neg || len(args) != 2 || err != nil {
		ts.Fatalf("usage: routes N FILE")
	}
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "route r%03d {\n    host r%03d.apps.example.test\n    tls edge\n    to shop\n}\n", i, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(b.String()), 0o666))
}

// cmdStatus runs a command and compares its exit code: status CODE COMMAND...
// Its output is printed, for a later look at the log.
func cmdStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // testscript returns it as it is
		code = fmt.Sprint(exit.ExitCode())
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// panicker is standard input of a flowc with a mistake in it.
type panicker struct{}

func (panicker) Read([]byte) (int, error) { panic("a mistake") }

func TestPanicIsReported(t *testing.T) {
	for _, args := range [][]string{
		{"check", "-"},
		{"check", "-", filepath.Join("..", "..", "models", "edge.flow")}, // in another goroutine
	} {
		var out, err bytes.Buffer
		code := run(args, panicker{}, &out, &err)
		if code != exitInternal {
			t.Errorf("%v: exit code %d, want %d", args, code, exitInternal)
		}
		for _, want := range []string{"flowc: internal error: a mistake\n", "please report it", "panicker"} {
			if !strings.Contains(err.String(), want) {
				t.Errorf("%v: no %q in:\n%s", args, want, err.String())
			}
		}
	}
}

// broken is standard output that nobody reads.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestOutputThatFails(t *testing.T) {
	var err bytes.Buffer
	if code := run([]string{"views"}, nil, broken{}, &err); code != exitInternal {
		t.Errorf("exit code %d, want %d", code, exitInternal)
	}
	if want := "flowc: io: read/write on closed pipe\n"; err.String() != want {
		t.Errorf("said %q, want %q", err.String(), want)
	}
}
