package graphviz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	name    = "flowc-graphviz"
	module  = "github.com/flowc-lang/flowc"
	install = "go install " + module + "/cmd/...@latest"

	// quickBuild is how long the Go toolchain takes to say that the worker is
	// there already, with room to spare.
	quickBuild = 2 * time.Second
	// slowBuild bounds a build, which takes some 20 s once all modules are there.
	slowBuild = 10 * time.Minute
)

// MissingError says that no worker could be started, why, and what to do.
type MissingError struct{ Reasons []error }

func (e *MissingError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no Graphviz worker (%s) beside flowc or on PATH", name)
	for _, r := range e.Reasons {
		fmt.Fprintf(&b, "; %v", r)
	}
	fmt.Fprintf(&b, "; to install both: %s", install)
	return b.String()
}

// Unwrap returns the reasons.
func (e *MissingError) Unwrap() []error { return e.Reasons }

// finder looks for a worker in one place: "" where there is none, an error
// where there should be one.
type finder func(ctx context.Context, notify func(string)) (path string, err error)

// finders are the places, in order.
var finders = []finder{besideFlowc, onPath, inCheckout}

// besideFlowc looks in the folder of the running program, and in that of the
// file that it is a link to.
func besideFlowc(context.Context, func(string)) (string, error) {
	exe, err := os.Executable()
	if err != nil {
		return "", nil
	}
	if path := beside(exe); path != "" {
		return path, nil
	}
	if target, err := filepath.EvalSymlinks(exe); err == nil {
		return beside(target), nil
	}
	return "", nil
}

func beside(exe string) string {
	path := filepath.Join(filepath.Dir(exe), name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return path
}

// onPath looks on PATH; os/exec leaves out the working directory, which may be
// hostile.
func onPath(context.Context, func(string)) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", nil
	}
	return path, nil
}

// inCheckout has the Go toolchain build the worker from the source that flowc
// was compiled from, if that is still there. Go keeps the program in its build
// cache. It is asked once a process: each answer takes it a second or so, and flowc docs
// has a client for each command of a document.
func inCheckout(ctx context.Context, notify func(string)) (string, error) {
	built.Lock()
	path := built.path
	built.Unlock()
	if info, err := os.Stat(path); path != "" && err == nil && info.Mode().IsRegular() {
		return path, nil
	}
	path, err := byToolchain(ctx, notify)
	if err == nil && path != "" {
		built.Lock()
		built.path = path
		built.Unlock()
	}
	return path, err
}

// built is where the toolchain put the worker.
var built struct {
	sync.Mutex
	path string
}

// byToolchain builds the worker from the source of this program.
func byToolchain(ctx context.Context, notify func(string)) (string, error) {
	_, file, _, _ := runtime.Caller(0)
	src := checkout(file)
	if src == "" {
		return "", nil
	}
	if err := trustworthy(src); err != nil {
		return "", fmt.Errorf("not built from %s: %w", src, err)
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", fmt.Errorf("not built from %s: no Go toolchain on PATH", src)
	}
	ctx, cancel := context.WithTimeout(ctx, slowBuild)
	defer cancel()
	slow := time.AfterFunc(quickBuild, func() { notify("building the Graphviz worker, once") })
	defer slow.Stop()

	// -n prints the path of the program instead of running it, and builds it
	// before if need be. `go run` would not do: killing it leaves its child.
	cmd := exec.CommandContext(ctx, tool, "-C", src, "tool", "-n", name)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("building it in %s: %w", src, explain(ctx, err))
	}
	return strings.TrimSpace(string(out)), nil
}

// explain adds what the toolchain said to why it failed.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) || len(exit.Stderr) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
}

// checkout returns the root of the source that this program was compiled from,
// given the path of this file then; "" where it is not there, or not known
// (-trimpath). It is never looked for from the working directory.
func checkout(file string) string {
	if !filepath.IsAbs(file) {
		return ""
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil || !bytes.HasPrefix(mod, []byte("module "+module+"\n")) {
		return ""
	}
	return root
}
