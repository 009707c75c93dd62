// Package killed kills flowc while it renders all models, and looks at what is
// there: each picture is the old one or the new one, whole, and the next run finds
// nothing to trip over. It runs where FLOWC_E2E=1 is set, FLOWC_E2E_KILLS times.
package killed

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv("FLOWC_E2E") != "1" {
		fmt.Println("not run: FLOWC_E2E is not 1")
		return
	}
	os.Exit(m.Run())
}

// models are rendered twice: old pictures show no layers, new ones all.
const models = "../../models"

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	flowc := filepath.Join(dir, "flowc")
	run(t, "go", "build", "-o", flowc, "../../cmd/flowc")
	render := func(out string, more ...string) *exec.Cmd {
		return exec.Command(flowc, append([]string{"render", "--quiet", models, "--format", "mermaid,dot,json,text", "-o", out}, more...)...)
	}
	change := []string{"--show", "tcp,tls,http,actions"}
	oldOnes, newOnes, out := filepath.Join(dir, "old"), filepath.Join(dir, "new"), filepath.Join(dir, "out")
	succeed(t, render(oldOnes))
	start := time.Now()
	succeed(t, render(newOnes, change...))
	took := time.Since(start)
	before, after := pictures(t, oldOnes), pictures(t, newOnes)

	kills := 20
	if n, err := strconv.Atoi(os.Getenv("FLOWC_E2E_KILLS")); err == nil {
		kills = n
	}
	rng := rand.New(rand.NewPCG(11, 3))
	within, leftovers, mixed := 0, 0, 0
	for range kills {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		run(t, "cp", "-r", oldOnes, out)
		cmd := render(out, change...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(took * 5 / 4))))
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err != nil {
			within++
		}
		left := len(glob(t, out, ".flowc-*.tmp"))
		leftovers += left
		if isMixed := whole(t, pictures(t, out), before, after); isMixed {
			mixed++
		}
		succeed(t, render(out, change...))
		if got := pictures(t, out); !same(got, after) {
			t.Error("the next run does not draw what a run draws")
		}
		if n := len(glob(t, out, ".flowc-*.tmp")); n > 0 {
			t.Errorf("the next run leaves %d temporary files of the killed one", n)
		}
		succeed(t, render(out, append([]string{"--check"}, change...)...))
	}
	t.Logf("%d of %d kills came while flowc ran (%.1f s a run); %d left old and new pictures, which are whole, %d temporary files in all",
		within, kills, took.Seconds(), mixed, leftovers)
	if within == 0 {
		t.Error("no kill came while flowc ran")
	}
}

// whole checks that each picture is an old or a new one, and reports whether there
// are both.
func whole(t *testing.T, got, before, after map[string][]byte) (mixed bool) {
	t.Helper()
	olds, news := 0, 0
	for name, text := range got {
		switch {
		case bytes.Equal(before[name], after[name]) && bytes.Equal(text, after[name]):
		case bytes.Equal(text, before[name]):
			olds++
		case bytes.Equal(text, after[name]):
			news++
		default:
			t.Errorf("%s is neither the old nor the new one: %d bytes", name, len(text))
		}
	}
	for name := range before {
		if got[name] == nil {
			t.Errorf("%s is gone", name)
		}
	}
	return olds > 0 && news > 0
}

func same(a, b map[string][]byte) bool {
	for name, text := range b {
		if !bytes.Equal(a[name], text) {
			return false
		}
	}
	return len(a) == len(b)
}

// pictures are the files of a folder that are not hidden.
func pictures(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	out := make(map[string][]byte)
	for _, path := range glob(t, dir, "*") {
		if strings.HasPrefix(filepath.Base(path), ".") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(path)] = text
	}
	return out
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	succeed(t, exec.Command(name, args...))
}

// succeed runs a command that may find something and may not fail.
func succeed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}
