package graphviz

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary is the worker of these tests: what it does to a graph is
// what the graph says.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == Arg {
		os.Exit(fakeWorker())
	}
	os.Exit(m.Run())
}

func fakeWorker() int {
	dir := os.TempDir()
	if _, err := os.Stat(filepath.Join(dir, "damaged")); err == nil {
		fmt.Fprintln(os.Stderr, "panic: the cache is damaged\n\ngoroutine 1 [running]:")
		return 2
	}
	if word, err := os.ReadFile(filepath.Join(dir, "word")); err == nil {
		writeFrame(os.Stdout, frameHello, word)
		return 0
	}
	if _, err := os.Stat(filepath.Join(dir, "mute")); err == nil {
		time.Sleep(time.Hour)
	}
	err := Serve(os.Stdin, os.Stdout, func(dot []byte) ([]byte, error) {
		switch string(dot) {
		case "hang":
			time.Sleep(time.Hour)
		case "die":
			fmt.Fprintln(os.Stderr, "fatal error: out of memory")
			os.Exit(2)
		case "die once":
			if os.Mkdir(filepath.Join(dir, "died"), 0o700) == nil {
				os.Exit(2)
			}
		case "refuse":
			return nil, errors.New(" syntax error in line 1\n")
		case "babble":
			fmt.Print("not a frame at all")
		case "environment":
			env := os.Environ()
			slices.Sort(env)
			return []byte(strings.Join(env, "\n")), nil
		case "pid":
			return []byte(strconv.Itoa(os.Getpid())), nil
		}
		return []byte("<" + string(dot) + ">"), nil
	})
	if err != nil {
		return 3
	}
	return 0
}

// testClient is a client of the test binary, with a cache of its own.
func testClient(t *testing.T, opt Options) *Client {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := New(opt)
	c.find = []finder{func(context.Context, func(string)) (string, error) { return exe, nil }}
	c.cache = &cache{dir: t.TempDir(), keep: true}
	t.Cleanup(func() { c.Close() })
	return c
}

func (c *Client) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.cache.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func check(t *testing.T, c *Client, dot, want string) {
	t.Helper()
	got, err := c.Layout(context.Background(), []byte(dot))
	if err != nil || string(got) != want {
		t.Errorf("%q: %q, %v", dot, got, err)
	}
}

func checkError(t *testing.T, c *Client, dot string, wants ...string) error {
	t.Helper()
	got, err := c.Layout(context.Background(), []byte(dot))
	if err == nil {
		t.Fatalf("%q was laid out: %q", dot, got)
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q does not say %q", dot, err, want)
		}
	}
	return err
}

func TestOneWorkerForAll(t *testing.T) {
	c := testClient(t, Options{})
	check(t, c, "a", "<a>")
	first, err := c.Layout(context.Background(), []byte("pid"))
	if err != nil {
		t.Fatal(err)
	}
	check(t, c, "b", "<b>")
	check(t, c, "pid", string(first))
}

func TestNothingStartsBeforeTheFirstLayout(t *testing.T) {
	c := New(Options{})
	c.find = []finder{func(context.Context, func(string)) (string, error) {
		t.Error("searched")
		return "", nil
	}}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Layout(context.Background(), nil); err == nil {
		t.Error("a closed client laid something out")
	}
}

func TestConcurrentLayouts(t *testing.T) {
	c := testClient(t, Options{})
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() { check(t, c, fmt.Sprint(i), fmt.Sprintf("<%d>", i)) })
	}
	all.Wait()
}

func TestDeadline(t *testing.T) {
	c := testClient(t, Options{Deadline: 200 * time.Millisecond})
	pid, err := c.Layout(context.Background(), []byte("pid"))
	if err != nil {
		t.Fatal(err)
	}
	err = checkError(t, c, "hang", "did not lay it out within 200ms")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is no exceeded deadline", err)
	}
	checkGone(t, string(pid))
	check(t, c, "next", "<next>")
}

func TestContext(t *testing.T) {
	c := testClient(t, Options{})
	check(t, c, "a", "<a>")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := c.Layout(ctx, []byte("hang")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not the context's error", err)
	}
	if _, err := c.Layout(ctx, []byte("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("%v is not the context's error", err)
	}
	check(t, c, "next", "<next>")

	// Waiting for another's layout ends with the context, too.
	hung := make(chan bool)
	short, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	go func() {
		c.Layout(short, []byte("hang"))
		close(hung)
	}()
	for len(c.turn) == 0 {
		time.Sleep(time.Millisecond)
	}
	waiting, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Layout(waiting, []byte("a")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v is not the context's error", err)
	}
	<-hung
}

func TestWorkerDies(t *testing.T) {
	c := testClient(t, Options{})
	check(t, c, "a", "<a>")
	check(t, c, "die once", "<die once>")
	checkError(t, c, "die", "ended unexpectedly", "fatal error: out of memory")
	checkError(t, c, "babble", "ended unexpectedly")
	check(t, c, "b", "<b>")

	// Killed by somebody between two graphs.
	c.worker.cmd.Process.Kill()
	check(t, c, "c", "<c>")
}

func TestGraphRefused(t *testing.T) {
	c := testClient(t, Options{})
	err := checkError(t, c, "refuse", "Graphviz: syntax error in line 1")
	if _, ok := errors.AsType[*graphError](err); !ok {
		t.Errorf("%T is no GraphError", err)
	}
	if c.worker == nil {
		t.Error("the worker was given up for a graph's fault")
	}
}

func TestRecycling(t *testing.T) {
	c := testClient(t, Options{})
	check(t, c, "a", "<a>")
	c.worker.graphs = recycleAfter - 1
	first, err := c.Layout(context.Background(), []byte("pid"))
	if err != nil {
		t.Fatal(err)
	}
	if c.worker != nil {
		t.Error("a worn worker was kept")
	}
	checkGone(t, string(first))
	check(t, c, "b", "<b>")
}

func TestDamagedCache(t *testing.T) {
	c := testClient(t, Options{})
	c.write(t, "damaged", "")
	check(t, c, "a", "<a>")
	if _, err := os.Stat(filepath.Join(c.cache.dir, "damaged")); err == nil {
		t.Error("the cache was not cleared")
	}
}

// A worker that cannot start even with an empty cache is an error, said once
// and kept: the second graph does not wait for it again.
func TestWorkerCannotStart(t *testing.T) {
	c := testClient(t, Options{})
	starts := 0
	c.find = []finder{func(context.Context, func(string)) (string, error) {
		starts++
		path := filepath.Join(t.TempDir(), "flowc-graphviz")
		return path, os.WriteFile(path, []byte("not a program"), 0o700)
	}}
	checkError(t, c, "a", "no Graphviz worker", install)
	checkError(t, c, "a", "no Graphviz worker", install)
	if starts != 1 {
		t.Errorf("searched %d times", starts)
	}
}

func TestMuteWorker(t *testing.T) {
	var mu sync.Mutex
	said := ""
	c := testClient(t, Options{Notify: func(message string) {
		mu.Lock()
		defer mu.Unlock()
		said += message
	}})
	c.startup, c.patient = 300*time.Millisecond, 100*time.Millisecond
	c.write(t, "mute", "")
	check(t, c, "a", "<a>") // the second start has an empty folder
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(said, "waiting for the Graphviz worker") {
		t.Errorf("while a worker does not answer, %q is said", said)
	}
}

func TestOtherVersion(t *testing.T) {
	c := testClient(t, Options{})
	c.write(t, "word", "flowc-graphviz 0")
	checkError(t, c, "a", `another version of flowc (it says "flowc-graphviz 0", not "flowc-graphviz 1")`, install)
}

// One of another version beside flowc does not keep the right one on PATH
// from being used.
func TestNextPlace(t *testing.T) {
	c := testClient(t, Options{})
	right := c.find[0]
	c.find = []finder{
		func(context.Context, func(string)) (string, error) { return "", nil },
		func(context.Context, func(string)) (string, error) { return "", errors.New("not here") },
		func(context.Context, func(string)) (string, error) {
			c.write(t, "word", "something else")
			return right(context.Background(), nil)
		},
		func(context.Context, func(string)) (string, error) {
			os.Remove(filepath.Join(c.cache.dir, "word"))
			return right(context.Background(), nil)
		},
	}
	check(t, c, "a", "<a>")
}

func TestEnvironment(t *testing.T) {
	t.Setenv("SECRET", "token")
	c := testClient(t, Options{})
	got, err := c.Layout(context.Background(), []byte("environment"))
	if err != nil {
		t.Fatal(err)
	}
	want := "TMPDIR=" + c.cache.dir
	if runtime.GOOS == "windows" {
		want = "SYSTEMROOT=" + os.Getenv("SYSTEMROOT") + "\nTEMP=" + c.cache.dir + "\nTMP=" + c.cache.dir + "\n" + want
	}
	if string(got) != want {
		t.Errorf("the worker's environment is\n%s\nwant\n%s", got, want)
	}
}

// checkGone checks that a process has ended.
func checkGone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if alive(n) {
		t.Errorf("process %d is still there", n)
	}
}
