package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowc-lang/flowc/internal/document"
	"github.com/flowc-lang/flowc/internal/graphviz"
)

// cmdMtime writes when a file was written: mtime FILE TO.
func cmdMtime(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mtime FILE TO")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(info.ModTime().String()), 0o666))
}

// cmdEdit replaces a text in a file: edit FILE OLD NEW.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(text, args[1], args[2])), 0o666))
}

// cmdOnlyCRLF demands that every line of a file ends as those of Windows do.
func cmdOnlyCRLF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: onlycrlf FILE")
	}
	text := ts.ReadFile(args[0])
	if strings.Count(text, "\n") == 0 || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		ts.Fatalf("%q", text)
	}
}

// docModel is a model of one route to a host.
func docModel(host string) string {
	return "route shop {\n    host " + host + "\n    tls edge\n    to shop\n}\n"
}

// docFolder writes files to a folder of its own and returns it.
func docFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, text)
	}
	return dir
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// flowcIn returns a process of flowc in a folder.
func flowcIn(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("flowc", args...) // testscript.Main puts it on PATH
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), cacheVariable+"="+filepath.Join(dir, ".cache"))
	return cmd
}

// noTemps demands that nothing is left of files that were being written.
func noTemps(t *testing.T, dir string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, ".flowc-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

const guide = "# Guide\n\n<!-- flow:begin model=shop.flow format=svg words=yes -->\n\n<!-- flow:end -->\n\n" +
	"<!-- flow:begin model=shop.flow -->\n\n<!-- flow:end -->\n"

// TestDocsAtOnce runs several processes on one document, while its model
// changes. Each must succeed, and the last one sees that all is as it should be.
func TestDocsAtOnce(t *testing.T) {
	dir := docFolder(t, map[string]string{"guide.md": guide})
	for round := range 12 {
		writeFile(t, filepath.Join(dir, "shop.flow"), docModel(fmt.Sprintf("shop%d.apps.example.test", round)))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if out, err := flowcIn(dir, "docs", "guide.md").CombinedOutput(); err != nil {
					t.Errorf("round %d: %v\n%s", round, err, out)
				}
			})
		}
		wg.Wait()
		if out, err := flowcIn(dir, "docs", "--check", "guide.md").CombinedOutput(); err != nil {
			t.Fatalf("round %d: %v\n%s", round, err, out)
		}
		noTemps(t, dir)
	}
	if text := readFile(t, filepath.Join(dir, "guide.md")); !strings.Contains(text, "shop11.apps") || strings.Count(text, "flow:") != 4 {
		t.Errorf("the document is\n%s", text)
	}
}

// TestFencesAtOnce draws one fence in many processes with one folder of
// drawings, as engines do that build pages in parallel.
func TestFencesAtOnce(t *testing.T) {
	dir := docFolder(t, nil)
	outs := make([]string, 20)
	var wg sync.WaitGroup
	for i := range outs {
		wg.Go(func() {
			cmd := flowcIn(dir, "render", "-", "--fence", "", "--stdin-name", "guide.md", "--line-offset", "1")
			cmd.Stdin = strings.NewReader(docModel("shop.apps.example.test"))
			out, err := cmd.Output()
			if outs[i] = string(out); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if !strings.HasPrefix(outs[0], "<figure") {
		t.Fatalf("%s", outs[0])
	}
	for _, out := range outs {
		if out != outs[0] {
			t.Errorf("one process wrote\n%s\nand another\n%s", outs[0], out)
		}
	}
}

// TestDocsInterrupted breaks runs off: each document is as it was or filled, and
// nothing is left beside them.
func TestDocsInterrupted(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // which sends no signals to a process
	}
	files := map[string]string{"shop.flow": docModel("shop.apps.example.test")}
	for i := range 60 {
		files[fmt.Sprintf("d%d.md", i)] = fmt.Sprintf("<!-- flow:begin model=shop.flow format=svg out=p%d.svg -->\n<!-- flow:end -->\n", i)
	}
	broken := 0
	for _, after := range []time.Duration{5, 20, 40, 80, 120, 200} {
		dir := docFolder(t, files)
		cmd := flowcIn(dir, "docs", ".")
		cmd.Env = append(cmd.Env, cacheVariable+"=off")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after * time.Millisecond)
		if err := cmd.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		err := cmd.Wait()
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() != exitInterrupted && exit.ExitCode() != -1 {
			t.Errorf("after %d ms: exit code %d", after, exit.ExitCode())
		} else if ok {
			broken++
		}
		noTemps(t, dir)
		for name, was := range files {
			now := readFile(t, filepath.Join(dir, name))
			if now != was && !strings.Contains(now, "sum=") {
				t.Errorf("after %d ms: %s is %q", after, name, now)
			}
		}
		if out, err := flowcIn(dir, "docs", "--quiet", ".").CombinedOutput(); err != nil {
			t.Errorf("after %d ms, again: %v\n%s", after, err, out)
		}
	}
	if broken == 0 {
		t.Error("no run was broken off")
	}
}

// TestDocsEditedMeanwhile edits a document after it was read, and again when it
// is about to be written.
func TestDocsEditedMeanwhile(t *testing.T) {
	for _, tc := range []struct {
		name  string
		edits int // how often
		fails string
	}{
		{"once", 1, ""},
		{"twice", 2, ""},
		{"without end", 100, "guide.md: changes all the time; it is not written"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := docFolder(t, map[string]string{"guide.md": guide, "shop.flow": docModel("shop.apps.example.test")})
			path := filepath.Join(dir, "guide.md")
			a := newApp(nil, io.Discard, io.Discard)
			b, err := a.builder(graphviz.New(graphviz.Options{}), false)
			if err != nil {
				t.Fatal(err)
			}
			read, reads, edits := b.Read, 0, 0
			b.Read = func(file string) ([]byte, error) {
				if file == filepath.ToSlash(path) {
					if reads++; reads%2 == 0 && edits < tc.edits {
						edits++
						writeFile(t, path, readFile(t, path)+fmt.Sprintf("edit %d\n", edits))
					}
				}
				return read(file)
			}
			p := &docPage{path: filepath.ToSlash(path), lang: document.Markdown}
			p.build(context.Background(), b)
			p.write(context.Background(), b)
			text := readFile(t, path)
			if got := errors.Join(p.errs...); tc.fails != "" {
				if got == nil || !strings.HasSuffix(got.Error(), tc.fails) || strings.Contains(text, "sum=") {
					t.Errorf("error %v, and the document is\n%s", got, text)
				}
				return
			} else if got != nil {
				t.Fatal(got)
			}
			for i := range tc.edits {
				if !strings.Contains(text, fmt.Sprintf("edit %d\n", i+1)) {
					t.Errorf("edit %d is lost:\n%s", i+1, text)
				}
			}
			if strings.Count(text, "sum=") != 2 {
				t.Errorf("not filled:\n%s", text)
			}
			noTemps(t, dir)
		})
	}
}

// watched is flowc docs --watch, and what it says line by line.
type watched struct {
	*exec.Cmd
	lines chan string
}

func watchIn(t *testing.T, dir string, args ...string) *watched {
	t.Helper()
	w := &watched{Cmd: flowcIn(dir, append([]string{"docs", "--watch"}, args...)...), lines: make(chan string, 1000)}
	r, pipe := io.Pipe()
	w.Stdout, w.Stderr = pipe, pipe
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for s := bufio.NewScanner(r); s.Scan(); {
			w.lines <- s.Text()
		}
	}()
	t.Cleanup(func() { _ = w.Process.Kill() })
	return w
}

// until returns what is said up to a line that holds a text.
func (w *watched) until(t *testing.T, text string) []string {
	t.Helper()
	var said []string
	for {
		select {
		case line := <-w.lines:
			said = append(said, line)
			if strings.Contains(line, text) {
				return said
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%q is not said, but\n%s", text, strings.Join(said, "\n"))
		}
	}
}

// silent demands that nothing is said for a while.
func (w *watched) silent(t *testing.T) {
	t.Helper()
	select {
	case line := <-w.lines:
		t.Errorf("said without need: %s", line)
	case <-time.After(5 * settle):
	}
}

func TestDocsWatch(t *testing.T) {
	region := func(model string) string {
		return "<!-- flow:begin model=" + model + " format=source -->\n\n<!-- flow:end -->\n"
	}
	dir := docFolder(t, map[string]string{
		"docs/a.md":              region("../models/a.flow"),
		"docs/b.md":              region("../models/b.flow"),
		"models/a.flow":          docModel("a.apps.example.test"),
		"models/b.flow":          "import \"parts/shop.flow\"\n",
		"models/parts/shop.flow": docModel("b.apps.example.test"),
	})
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	w := watchIn(t, dir, "docs")
	first := w.until(t, "watching; break off with Ctrl-C")
	if want := []string{"docs/a.md", "docs/b.md", "2 documents: 2 regions, 0 fences", "watching; break off with Ctrl-C"}; !slices.Equal(first, want) {
		t.Errorf("said %q, want %q", first, want)
	}
	w.silent(t)
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"a model", func() { writeFile(t, at("models/a.flow"), docModel("x.apps.example.test")) },
			[]string{"docs/a.md", "1 document: 1 region, 0 fences"}},
		{"an import", func() { writeFile(t, at("models/parts/shop.flow"), docModel("y.apps.example.test")) },
			[]string{"1 document: 1 region, 0 fences"}},
		{"a document", func() { writeFile(t, at("docs/b.md"), "# B\n\n"+region("../models/a.flow")) },
			[]string{"docs/b.md", "1 document: 1 region, 0 fences"}},
		{"a new document", func() { writeFile(t, at("docs/c.md"), region("../models/new.flow")) },
			[]string{"docs/c.md:1:17: error FL933: there is no file \"models/new.flow\""}},
		{"the model that it lacks", func() { writeFile(t, at("models/new.flow"), docModel("n.apps.example.test")) },
			[]string{"docs/c.md", "1 document: 1 region, 0 fences"}},
		{"a new folder", func() {
			if err := os.Mkdir(at("docs/sub"), 0o777); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * settle)
			writeFile(t, at("docs/sub/d.md"), region("../../models/new.flow"))
		}, []string{"docs/sub/d.md", "1 document: 1 region, 0 fences"}},
		{"a file renamed over a model, as editors do", func() {
			writeFile(t, at("models/.new"), docModel("r.apps.example.test"))
			if err := os.Rename(at("models/.new"), at("models/new.flow")); err != nil {
				t.Fatal(err)
			}
		}, []string{"docs/c.md", "docs/sub/d.md", "2 documents: 2 regions, 0 fences"}},
		{"a broken model", func() { writeFile(t, at("models/a.flow"), "route") },
			[]string{"2 documents: 2 regions, 0 fences, "}},
	} {
		step.do()
		said := w.until(t, step.want[len(step.want)-1])
		for i, want := range step.want[:len(step.want)-1] {
			if i >= len(said) || said[i] != want {
				t.Errorf("%s: said %q, want %q", step.name, said, step.want)
				break
			}
		}
		if step.name == "a new document" {
			w.until(t, "1 document")
		}
		w.silent(t)
	}
	if !strings.Contains(readFile(t, at("docs/a.md")), "x.apps.example.test") {
		t.Error("a broken model was written over a sound one")
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := w.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(); err != nil {
		t.Errorf("broken off, flowc docs --watch ends with %v", err)
	}
}
