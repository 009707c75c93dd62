package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
)

// file is something to write.
type file struct {
	path string // as the system spells it
	text []byte
}

// pathsOf are where files go.
func pathsOf(files []file) []string {
	var out []string
	for _, f := range files {
		out = append(out, f.path)
	}
	return out
}

// writeAll writes every file or, where one cannot be written or ctx ends,
// none: each is written beside its place first, and renamed when all are there.
func writeAll(ctx context.Context, files []file) error {
	return writeAllIf(ctx, files, func() error { return nil })
}

// writeAllIf is writeAll where nothing is written, either, if still returns an
// error, which is asked last: when all is there and only renamed.
func writeAllIf(ctx context.Context, files []file, still func() error) (err error) {
	var temps []string
	defer func() {
		for _, t := range temps {
			err = errors.Join(err, os.Remove(t))
		}
	}()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(f.path), 0o777); err != nil {
			return err
		}
		if info, err := os.Stat(f.path); err == nil {
			switch {
			case !info.Mode().IsRegular():
				return fmt.Errorf("%s is not a file", f.path)
			case info.Mode().Perm()&0o222 == 0: // a rename would not ask
				return fmt.Errorf("%s is write-protected", f.path)
			}
		}
		temp, err := writeTemp(f)
		if temp != "" {
			temps = append(temps, temp)
		}
		if err != nil {
			return err
		}
	}
	if err := cmp.Or(ctx.Err(), still()); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Rename(temps[0], f.path); err != nil {
			return err
		}
		temps = temps[1:]
	}
	return nil
}

// notAModel refuses to write something else where a model may be.
func notAModel(path string) error {
	if filepath.Ext(path) == modelExt {
		return usagef("%q would take the place of a model; choose another name", path)
	}
	return nil
}

// temporaries counts the files that this process writes beside others.
var temporaries atomic.Int64

// writeTemp writes f beside its place and returns where; "" where nothing was
// made. os.CreateTemp would hide the file from everyone else, whatever the umask.
func writeTemp(f file) (temp string, err error) {
	dir := filepath.Dir(f.path)
	sweep(dir)
	for {
		temp = filepath.Join(dir, temporaryName(temporaries.Add(1)))
		w, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = w.Write(f.text)
		return temp, errors.Join(err, keepMode(w, f.path), w.Close())
	}
}

// keepMode gives w the permissions of the file that it is to replace.
func keepMode(w *os.File, path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.Chmod(info.Mode().Perm())
}
