package raster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// run runs a program and returns what it wrote to standard output, and the
// gist of what it said on standard error. When it ends, and when ctx does, all
// processes that it started are killed.
func run(ctx context.Context, path string, args []string, stdin []byte) (out []byte, said string, err error) {
	cmd := exec.CommandContext(ctx, path, args...)
	var stdout bytes.Buffer
	stderr := &head{max: 64 << 10}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, stderr
	cmd.Env = environment()
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = 2 * time.Second
	ownGroup(cmd)
	err = cmd.Run()
	if cmd.Process != nil {
		_ = killGroup(cmd) // usually nobody is left
	}
	said = gist(stderr.buf.Bytes())
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil, said, fmt.Errorf("%w: %s", exit, said)
	}
	return stdout.Bytes(), said, err
}

// environment is flowc's own, which says where fonts are, with a fixed time for
// the date in a PDF.
func environment() []string {
	env := os.Environ()
	if os.Getenv("SOURCE_DATE_EPOCH") == "" {
		env = append(env, "SOURCE_DATE_EPOCH=0")
	}
	return env
}

// gist returns the last line that says something: a browser also complains of
// the desktop that it has not.
func gist(said []byte) string {
	out := ""
	for line := range strings.Lines(string(said)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.Contains(line, ":ERROR:dbus/") {
			out = line
		}
	}
	if out == "" {
		return "it said nothing"
	}
	return out
}

// head keeps the first max bytes that are written to it.
type head struct {
	max int
	buf bytes.Buffer
}

func (h *head) Write(p []byte) (int, error) {
	h.buf.Write(p[:min(len(p), h.max-h.buf.Len())])
	return len(p), nil
}
