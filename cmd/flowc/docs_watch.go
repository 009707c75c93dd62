package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/flowc-lang/flowc/internal/document"
)

// settle is how long a folder must be quiet before what changed in it is read:
// editors write a file in several steps.
const settle = 100 * time.Millisecond

// watchDocs fills documents, and again those that are made of what changes,
// until somebody breaks it off.
func (a *app) watchDocs(args []string, f docsFlags) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	f.seen = &seenFiles{hash: make(map[string]string)}
	o := &onlooker{w: w, seen: f.seen}
	f.over = o.over
	made := make(madeFrom)
	owed := make(map[string]bool) // pages that were dropped
	for first := true; ; first = false {
		// folders are watched before their files are read: no change is missed
		if err := follow(w, args, made); err != nil {
			return err
		}
		all, err := pages(args)
		due := slices.DeleteFunc(all, func(p *docPage) bool { return !owed[p.path] && !f.seen.concern(p, made) })
		if err == nil && len(due) > 0 {
			var now madeFrom
			now, err = a.fillDocs(due, f)
			outdated := errors.Is(err, errOutdated)
			for _, p := range due {
				if owed[p.path] = outdated; !outdated {
					made[p.path] = now[p.path]
					f.seen.wrote(p)
				}
			}
			if outdated {
				if goOn, err := o.next(ctx); !goOn {
					return err
				}
				continue
			}
		}
		if errors.Is(err, errInterrupted) {
			return nil
		}
		a.saidWhileWatching(err)
		if err := follow(w, args, made); err != nil {
			return err
		}
		if first && !a.quiet {
			fmt.Fprintln(a.stderr, "watching; break off with Ctrl-C")
		}
		if slices.ContainsFunc(due, func(p *docPage) bool { return f.seen.concern(p, made) }) {
			continue // something changed before its folder was watched
		}
		if goOn, err := o.next(ctx); !goOn {
			return err
		}
	}
}

// saidWhileWatching says what ended a run; findings were said already.
func (a *app) saidWhileWatching(err error) {
	a.stdout.Flush()
	if err != nil && !errors.Is(err, errFindings) {
		fmt.Fprintf(a.stderr, "flowc: %v\n", err)
	}
}

// seenFiles tells what files held when flowc last read or wrote them, by
// identity: what it writes itself is no change. One that was not there is not
// among them.
type seenFiles struct {
	mu   sync.Mutex
	hash map[string]string
}

// reading remembers what a function reads.
func (s *seenFiles) reading(read func(string) ([]byte, error)) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		text, err := read(path)
		s.set(path, text, err == nil)
		return text, err
	}
}

func (s *seenFiles) set(path string, text []byte, there bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if there {
		s.hash[fileIdentity(path)] = hashOf(text)
	} else {
		delete(s.hash, fileIdentity(path))
	}
}

func hashOf(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text)) }

// changed reports whether a file is not what was last read of it.
func (s *seenFiles) changed(path string) bool {
	s.mu.Lock()
	was, read := s.hash[fileIdentity(path)]
	s.mu.Unlock()
	if !read {
		return false
	}
	text, err := os.ReadFile(path)
	return err != nil || hashOf(text) != was
}

// wrote remembers what was written for a page, and what commands read for it.
func (s *seenFiles) wrote(p *docPage) {
	for _, in := range p.Inputs {
		if _, ok := s.hash[fileIdentity(in)]; !ok {
			text, err := os.ReadFile(filepath.FromSlash(in))
			s.set(in, text, err == nil)
		}
	}
	if slices.Contains(p.written, p.path) {
		s.set(p.path, []byte(p.Text), true)
	}
	for _, pic := range p.Pictures {
		if slices.Contains(p.written, pic.Path) {
			s.set(pic.Path, pic.Text, true)
		}
	}
}

// concern reports whether a page, or a file that it depends on, changed. A page
// that was not there before is concerned.
func (s *seenFiles) concern(p *docPage, made madeFrom) bool {
	files, ok := made[p.path]
	return !ok || slices.ContainsFunc(append([]string{p.path}, files...), func(file string) bool {
		now := ""
		if text, err := os.ReadFile(filepath.FromSlash(file)); err == nil {
			now = hashOf(text)
		}
		return s.hash[fileIdentity(file)] != now
	})
}

// follow watches the folders of all that pages depend on, and those that the
// arguments name. Folders are watched, not files: editors put a new file in the
// place of the old one.
func follow(w *fsnotify.Watcher, args []string, made madeFrom) error {
	folders := make(map[string]bool)
	for _, arg := range args {
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			folders[filepath.Dir(fileIdentity(arg))] = true
			continue
		}
		// a folder that cannot be read is reported where its documents are looked for
		_ = walkDocuments(arg, func(dir string) { folders[fileIdentity(dir)] = true }, func(string, *document.Language) {})
	}
	for _, files := range made {
		for _, file := range files {
			folders[filepath.Dir(fileIdentity(file))] = true
		}
	}
	for _, have := range w.WatchList() {
		if !folders[have] {
			_ = w.Remove(have) // it may be gone
		}
		delete(folders, have)
	}
	for dir := range folders {
		if err := w.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s cannot be watched: %w", dir, err)
		}
	}
	return nil
}

// errOutdated ends a run whose files changed while they were read: it writes
// nothing, and is done again.
var errOutdated = errors.New("the files changed meanwhile")

// onlooker hears of changes, also while documents are filled.
type onlooker struct {
	w      *fsnotify.Watcher
	seen   *seenFiles
	missed bool // something changed that next has not waited for
}

// over is docsFlags.over.
func (o *onlooker) over(ctx context.Context) (run context.Context, current func() bool) {
	run, drop := context.WithCancel(ctx)
	over, heard := make(chan struct{}), make(chan bool)
	go func() {
		outdated := false
		touched := make(map[string]bool)
		var quiet <-chan time.Time // until then a file may be half written
		for {
			select {
			case <-over:
				heard <- !outdated
				return
			case e := <-o.w.Events:
				if e.Op != fsnotify.Chmod {
					o.missed, touched[e.Name], quiet = true, true, time.After(settle)
				}
			case <-quiet:
				for file := range touched {
					outdated = outdated || o.seen.changed(file)
				}
				if clear(touched); outdated {
					drop()
				}
			}
		}
	}()
	return run, func() bool {
		close(over)
		drop()
		return <-heard
	}
}

// next waits until something changed and nothing changes any more; goOn is
// false where somebody broke it off.
func (o *onlooker) next(ctx context.Context) (goOn bool, err error) {
	w := o.w
	var quiet <-chan time.Time
	if o.missed {
		quiet, o.missed = time.After(settle), false
	}
	for {
		select {
		case <-ctx.Done():
			return false, nil
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // which says that much changed
				return false, err
			}
			quiet = time.After(settle)
		case e := <-w.Events:
			if e.Op != fsnotify.Chmod {
				quiet = time.After(settle)
			}
		case <-quiet:
			return true, nil
		}
	}
}
