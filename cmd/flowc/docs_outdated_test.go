package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// A file that was read and changes drops the run; one that was not, and a file
// that is written as it was, do not.
func TestOnlooker(t *testing.T) {
	dir := t.TempDir()
	read, other := filepath.Join(dir, "read.flow"), filepath.Join(dir, "other.flow")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(read, "client a\n")
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := w.Add(dir); err != nil {
		t.Fatal(err)
	}
	o := &onlooker{w: w, seen: &seenFiles{hash: map[string]string{}}}
	o.seen.set(read, []byte("client a\n"), true)

	run, current := o.over(t.Context())
	write(other, "client b\n")
	write(read, "client a\n")
	select {
	case <-run.Done():
		t.Error("a run is dropped that is still right")
	case <-time.After(5 * settle):
	}
	if !current() || !o.missed {
		t.Error("a change of another file was not heard of, or taken for one of this run")
	}
	if goOn, err := o.next(t.Context()); !goOn || err != nil {
		t.Error("what came during a run is not waited for after it", err)
	}

	run, current = o.over(t.Context())
	write(read, "client c\n")
	<-run.Done()
	if current() {
		t.Error("a run is not dropped although what it read has changed")
	}
}

// A run that is dropped writes nothing.
func TestOutdatedRun(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "a.md")
	const text = "```flow file=m.flow\nroute shop {\n    host shop.example.test\n    tls edge\n    to shop\n}\n```\n\n" +
		"<!-- flow:begin model=m.flow view=routes -->\n<!-- flow:end -->\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, outdated := range []bool{true, false} {
		var out, errs bytes.Buffer
		a := newApp(nil, &out, &errs)
		all, err := pages([]string{page})
		if err != nil {
			t.Fatal(err)
		}
		f := docsFlags{format: "text", over: func(ctx context.Context) (context.Context, func() bool) {
			run, drop := context.WithCancel(ctx)
			if outdated {
				drop()
			}
			return run, func() bool { drop(); return !outdated }
		}}
		_, err = a.fillDocs(all, f)
		now, _ := os.ReadFile(page)
		if errors.Is(err, errOutdated) != outdated || (string(now) == text) != outdated {
			t.Errorf("outdated %v: ends with %v, and the page is now:\n%s%s", outdated, err, now, errs.String())
		}
	}
}
