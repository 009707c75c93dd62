package graphviz

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// These tests use the worker itself, built from the checkout by the Go
// toolchain as flowc does.

// newReal returns a client of the real worker, with the user's cache.
func newReal(t testing.TB, opt Options) *Client {
	c := New(opt)
	c.find = []finder{inCheckout}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func lay(t testing.TB, c *Client, dot string) []byte {
	t.Helper()
	svg, err := c.Layout(context.Background(), []byte(dot))
	if err != nil {
		t.Fatal(err)
	}
	return svg
}

// grid is a graph of n nodes, each with an arrow to the next and to one further
// on.
func grid(n int) string {
	var b strings.Builder
	b.WriteString(`digraph { rankdir=LR; node [fontname="Helvetica", shape=box]; edge [fontname="Helvetica"];` + "\n")
	for i := range n - 1 {
		fmt.Fprintf(&b, "n%d -> n%d [label=\":%d T1 TLS 1.3\"]\nn%d -> n%d\n", i/4, i+1, 8000+i, i/7, i+1)
	}
	b.WriteString("}\n")
	return b.String()
}

// knot is a graph whose layout takes minutes.
func knot() string {
	var b strings.Builder
	b.WriteString("digraph {\n")
	for i := range 700 {
		for j := range 8 {
			fmt.Fprintf(&b, "n%d -> n%d\n", i, (i*i*7+j*131+i*j)%700)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func TestSameBytes(t *testing.T) {
	one, other := newReal(t, Options{}), newReal(t, Options{})
	want := lay(t, one, grid(40))
	if !bytes.Contains(want, []byte("<svg")) || !bytes.Contains(want, []byte("Helvetica")) {
		t.Fatalf("this is no layout: %.200s", want)
	}
	for i := range 30 {
		lay(t, one, grid(3+i%9))
	}
	if !bytes.Equal(want, lay(t, one, grid(40))) {
		t.Error("the same graph has another layout after others")
	}
	if !bytes.Equal(want, lay(t, other, grid(40))) {
		t.Error("the same graph has another layout in another worker")
	}
}

func TestRefusedGraphs(t *testing.T) {
	c := newReal(t, Options{})
	for _, dot := range []string{"", "digraph {", "\x00\xff", "strict"} {
		_, err := c.Layout(context.Background(), []byte(dot))
		if _, ok := errors.AsType[*graphError](err); !ok {
			t.Errorf("%q: %v", dot, err)
		}
	}
	lay(t, c, "digraph { a }")
}

// What a graph says it wants to read, it does not get.
func TestNoFiles(t *testing.T) {
	c := newReal(t, Options{})
	image := filepath.Join(t.TempDir(), "x.svg")
	if err := os.WriteFile(image, []byte(`<svg width="900pt" height="900pt" xmlns="http://www.w3.org/2000/svg"></svg>`), 0o600); err != nil {
		t.Fatal(err)
	}
	svg, err := c.Layout(context.Background(), fmt.Appendf(nil, "digraph { a [image=%q] }", image))
	if err == nil && bytes.Contains(svg, []byte("900")) {
		t.Errorf("the worker read %s", image)
	}
}

func TestRealDeadline(t *testing.T) {
	c := newReal(t, Options{})
	lay(t, c, "digraph { a }") // built and compiled before the clock runs
	c.opt.Deadline = 500 * time.Millisecond
	start := time.Now()
	_, err := c.Layout(context.Background(), []byte(knot()))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v is no exceeded deadline", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the worker was ended after %s", took)
	}
	c.opt.Deadline = defaultDeadline
	lay(t, c, "digraph { a }")
}

// A worker in the midst of a long layout ends when flowc is gone.
func TestRealOrphan(t *testing.T) {
	c := newReal(t, Options{})
	lay(t, c, "digraph { a }")
	w := c.worker
	c.worker = nil
	if err := writeFrame(w.in, frameDOT, []byte(knot())); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond)
	w.in.Close()
	ended := make(chan error, 1)
	go func() { ended <- w.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		w.cmd.Process.Kill()
		t.Error("the worker outlives flowc")
	}
}

// go-graphviz panics before main where its cache is damaged.
func TestRealDamagedCache(t *testing.T) {
	c := newReal(t, Options{})
	c.cache = &cache{dir: t.TempDir(), keep: true}
	if err := c.cache.prepare(); err != nil {
		t.Fatal(err)
	}
	want := lay(t, c, grid(9))
	damages := map[string]func(path string, old []byte) []byte{
		"empty":     func(string, []byte) []byte { return nil },
		"cut":       func(_ string, old []byte) []byte { return old[:len(old)/2] },
		"other":     func(string, []byte) []byte { return []byte("what is this?") },
		"scrambled": func(_ string, old []byte) []byte { return bytes.ReplaceAll(old, []byte{0x48}, []byte{0xcc}) },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			n := 0
			err := filepath.WalkDir(c.cache.dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				old, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				n++
				return os.WriteFile(path, damage(path, old), 0o600)
			})
			if err != nil || n == 0 {
				t.Fatalf("%d files damaged, %v", n, err)
			}
			c.worker.stop()
			c.worker = nil
			if got := lay(t, c, grid(9)); !bytes.Equal(got, want) {
				t.Error("another layout than before")
			}
		})
	}
}

func TestNotice(t *testing.T) {
	// The worker is there already: nothing takes long, nothing is said.
	lay(t, newReal(t, Options{}), "digraph { a }")
	c := newReal(t, Options{Notify: func(m string) { t.Errorf("said %q", m) }})
	lay(t, c, "digraph { a }")
}

func BenchmarkStart(b *testing.B) {
	lay(b, newReal(b, Options{}), "digraph { a }")
	for b.Loop() {
		c := newReal(b, Options{})
		lay(b, c, "digraph { a }")
	}
}

func BenchmarkLayout(b *testing.B) {
	for _, n := range []int{20, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c := newReal(b, Options{})
			dot := grid(n)
			lay(b, c, dot)
			for b.Loop() {
				lay(b, c, dot)
			}
		})
	}
}
