package graphviz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// graphError is Graphviz's own word about a graph that it cannot lay out.
type graphError struct{ Message string }

func (e *graphError) Error() string { return "Graphviz: " + e.Message }

// errDied marks a worker that ended by itself or was killed by others.
var errDied = errors.New("the Graphviz worker ended unexpectedly")

// worker is one running process. Its methods are not for concurrent use.
type worker struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.Reader
	stderr *head
	alive  bool
	graphs int // how many it was given
}

// startWorker starts the worker at path, with nothing of flowc's environment,
// and waits for its first word. dir is its cache and temporary folder. ctx ends
// the wait, not the worker.
func startWorker(ctx context.Context, path, dir string, deadline time.Duration) (*worker, error) {
	w := &worker{stderr: &head{max: 4 << 10}, alive: true}
	w.cmd = exec.Command(path, Arg)
	w.cmd.Env = environment(dir)
	w.cmd.Dir = dir
	w.cmd.Stderr = w.stderr
	w.cmd.WaitDelay = time.Second
	var err error
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if w.out, err = w.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	var kind byte
	var word []byte
	err = w.during(ctx, deadline, func() (err error) {
		kind, word, err = readFrame(w.out)
		return err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		err = fmt.Errorf("%s did not start within %s: %w", path, deadline, errDied)
	case err != nil:
		err = fmt.Errorf("%s: %w", path, err)
	case kind != frameHello || string(word) != hello():
		err = fmt.Errorf("%s belongs to another version of flowc (it says %.40q, not %q)", path, word, hello())
	}
	if err != nil {
		w.stop()
		return nil, err
	}
	return w, nil
}

// environment is all that a worker is told: where its temporary folder is,
// which go-graphviz makes its cache in, and what Windows programs need to run.
func environment(dir string) []string {
	env := []string{"TMPDIR=" + dir}
	if runtime.GOOS == "windows" {
		env = append(env, "TMP="+dir, "TEMP="+dir, "SYSTEMROOT="+os.Getenv("SYSTEMROOT"))
	}
	return env
}

// layout hands one graph over and waits for its SVG.
func (w *worker) layout(ctx context.Context, deadline time.Duration, dot []byte) ([]byte, error) {
	w.graphs++
	var kind byte
	var answer []byte
	err := w.during(ctx, deadline, func() (err error) {
		if err := writeFrame(w.in, frameDOT, dot); err != nil {
			return err
		}
		kind, answer, err = readFrame(w.out)
		return err
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return nil, fmt.Errorf("Graphviz did not lay it out within %s: %w", deadline, err)
	case err != nil:
		return nil, err
	case kind == frameSVG:
		return answer, nil
	case kind == frameError:
		return nil, &graphError{strings.TrimSpace(string(answer))}
	}
	w.kill()
	return nil, fmt.Errorf("%w: it sent a frame %q", errDied, kind)
}

// during runs talk, which speaks with the process, for at most d. Where that
// fails or takes too long the process is killed.
func (w *worker) during(ctx context.Context, d time.Duration, talk func() error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- talk() }()
	select {
	case err := <-done:
		if err == nil {
			return nil
		}
		w.kill()
		if said := w.stderr.gist(); said != "" {
			return fmt.Errorf("%w (%s)", errDied, said)
		}
		return errDied
	case <-ctx.Done():
		w.kill()
		<-done //nolint:errcheck // its pipes are closed now, and that is what it would say
		return ctx.Err()
	}
}

// stop ends the process: it has nothing to do, so the end of its input is
// enough, and it is not waited for long.
func (w *worker) stop() {
	if !w.alive {
		return
	}
	w.alive = false
	w.in.Close()
	late := time.AfterFunc(time.Second, func() { w.cmd.Process.Kill() })
	w.cmd.Wait()
	late.Stop()
}

// kill ends the process at once.
func (w *worker) kill() {
	if !w.alive {
		return
	}
	w.alive = false
	w.cmd.Process.Kill()
	w.cmd.Wait()
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

// gist returns the line that says most: that of a panic, or the first. The
// process must have ended.
func (h *head) gist() string {
	first := ""
	for line := range strings.Lines(h.buf.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return line
		}
		if first == "" {
			first = line
		}
	}
	return first
}
