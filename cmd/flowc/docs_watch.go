package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
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
	made := make(madeFrom)
	var changed map[string]bool // by identity; nil: all of them
	for {
		all, err := pages(args)
		if err != nil {
			return err
		}
		due := slices.DeleteFunc(slices.Clone(all), func(p *docPage) bool { return changed != nil && !concerned(p, made, changed) })
		if len(due) > 0 {
			now, err := a.fillDocs(due, f)
			if errors.Is(err, errInterrupted) {
				return nil
			}
			a.saidWhileWatching(err)
			maps.Copy(made, now)
		}
		if err := follow(w, args, all, made); err != nil {
			return err
		}
		if changed == nil && !a.quiet {
			fmt.Fprintln(a.stderr, "watching; break off with Ctrl-C")
		}
		if changed, err = next(ctx, w); err != nil {
			return err
		}
		if changed == nil {
			return nil
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

// concerned reports whether a page, or what it is made of, changed. A page that
// was not there before is concerned.
func concerned(p *docPage, made madeFrom, changed map[string]bool) bool {
	inputs, ok := made[p.path]
	if !ok || changed[fileIdentity(p.path)] {
		return true
	}
	return slices.ContainsFunc(inputs, func(in string) bool { return changed[fileIdentity(in)] })
}

// follow watches the folders of all that pages are made of, and those that the
// arguments name. Folders are watched, not files: editors put a new file in the
// place of the old one.
func follow(w *fsnotify.Watcher, args []string, all []*docPage, made madeFrom) error {
	folders := make(map[string]bool)
	for _, arg := range args {
		if info, err := os.Stat(arg); err == nil && info.IsDir() {
			folders[fileIdentity(arg)] = true
		}
	}
	for _, p := range all {
		folders[filepath.Dir(fileIdentity(p.path))] = true
		for _, in := range made[p.path] {
			folders[filepath.Dir(fileIdentity(in))] = true
		}
	}
	for _, have := range w.WatchList() {
		if !folders[have] {
			_ = w.Remove(have) // it may be gone
		}
		delete(folders, have)
	}
	for dir := range folders {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := w.Add(dir); err != nil {
			return fmt.Errorf("%s cannot be watched: %w", dir, err)
		}
	}
	return nil
}

// next waits for changes and returns the files that changed, by identity; nil
// where somebody broke it off.
func next(ctx context.Context, w *fsnotify.Watcher) (map[string]bool, error) {
	changed := make(map[string]bool)
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil, nil
		case err := <-w.Errors:
			return nil, err
		case e := <-w.Events:
			if e.Op == fsnotify.Chmod {
				continue
			}
			changed[fileIdentity(e.Name)] = true
			quiet = time.After(settle)
		case <-quiet:
			return changed, nil
		}
	}
}
