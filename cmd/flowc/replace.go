package main

import (
	"io"
	"os"
	"runtime"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// transform replaces a file by what change makes of it, whole or not at all,
// also where the process is killed meanwhile. Other runs that transform it wait.
func transform(path string, change func(old []byte) ([]byte, error)) error {
	f, err := lockNewest(path)
	if err != nil {
		return err
	}
	defer f.Close()
	old, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	text, err := change(old)
	if err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where no file takes the place of one that is open
		return rewriteOpen(f, text)
	}
	temp, err := writeTemp(file{path, text})
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil && temp != "" {
		_ = os.Remove(temp)
	}
	return err
}

// lockNewest opens and locks the file that is at a path once it is locked: who held
// the lock before may have put another one there.
func lockNewest(path string) (*lockedfile.File, error) {
	for {
		f, err := lockedfile.Edit(path)
		if err != nil {
			return nil, err
		}
		mine, err := f.Stat()
		if err != nil {
			f.Close()
			return nil, err
		}
		if there, err := os.Stat(path); err == nil && os.SameFile(mine, there) {
			return f, nil
		}
		f.Close()
	}
}

// rewriteOpen writes an open file anew.
func rewriteOpen(f *lockedfile.File, text []byte) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(text, 0)
	return err
}
