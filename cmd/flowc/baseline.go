package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/baseline"
)

// known is the baseline that is read or written. A nil one hides nothing.
type known struct {
	path string
	list *baseline.List // nil where it is to be written
}

// openBaseline reads a baseline, or prepares for one to be written; nil where
// neither is wanted.
func (a *app) openBaseline(read, write string) (*known, error) {
	switch {
	case read == "" && write == "":
		return nil, nil
	case read == "":
		return &known{path: write}, replaceable(write)
	}
	text, err := a.files.readFile(read)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("no baseline %q; --write-baseline %s writes one", read, shellWord(read))
	}
	if err != nil {
		return nil, err
	}
	list, err := baseline.Parse(text)
	if err != nil {
		return nil, usagef("%q is not a valid baseline: %v", read, err)
	}
	return &known{path: read, list: list}, nil
}

// replaceable refuses to write a baseline over anything but a baseline.
func replaceable(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return notAModel(path)
	}
	if err != nil {
		return err
	}
	if _, err := baseline.Parse(text); err != nil {
		return usagef("%q exists and is not a baseline; --write-baseline takes the file to write, and then the models", path)
	}
	return nil
}

// name is how a baseline names a file: relative to the folder that it lies in,
// so that it is the same from wherever flowc is called.
func (k *known) name(file string) string {
	folder, err := filepath.Abs(filepath.Dir(k.path))
	if err != nil || file == stdinName {
		return file
	}
	abs, err := filepath.Abs(filepath.FromSlash(file))
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(folder, abs)
	if err != nil {
		return filepath.ToSlash(abs) // on another disk
	}
	return filepath.ToSlash(rel)
}

// hide returns the findings that the baseline does not list.
func (c *checkup) hide(found diag.List) diag.List {
	if c.known == nil || c.known.list == nil {
		return found
	}
	var looked []string
	for _, m := range c.models {
		looked = append(looked, c.known.name(m.path))
		for _, path := range m.Imports {
			looked = append(looked, c.known.name(path))
		}
	}
	// A file that is no longer there has no findings either.
	lookedAt := func(file string) bool {
		_, err := os.Stat(filepath.Join(filepath.Dir(c.known.path), filepath.FromSlash(file)))
		return slices.Contains(looked, file) || errors.Is(err, fs.ErrNotExist) && file != stdinName
	}
	left, gone := c.known.list.Hide(found, c.known.name, lookedAt)
	c.gone, c.hidden = gone, len(found)-len(left)
	return left
}

// writeBaseline writes what is found to the baseline and returns what cannot be
// hidden.
func (c *checkup) writeBaseline(a *app, found diag.List) (diag.List, error) {
	list := baseline.Of(found, c.known.name)
	if err := writeAll(context.Background(), []file{{filepath.FromSlash(c.known.path), list.Bytes()}}); err != nil {
		return nil, err
	}
	left := slices.DeleteFunc(slices.Clone(found), func(d diag.Diagnostic) bool { return !d.Broken })
	if !a.quiet {
		fmt.Fprintf(a.stderr, "wrote %s: %s\n", c.known.path, count(len(found)-len(left), "finding"))
	}
	return left, nil
}

// sayGone says that the baseline lists what is no longer found.
func (c *checkup) sayGone(a *app) {
	switch {
	case c.gone == 0 || a.quiet:
	case c.gone == 1:
		fmt.Fprintln(a.stderr, "1 entry of the baseline is gone; write it anew")
	default:
		fmt.Fprintf(a.stderr, "%d entries of the baseline are gone; write it anew\n", c.gone)
	}
}
