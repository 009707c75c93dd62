package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// file is something to write.
type file struct {
	path string // as the system spells it
	text []byte
}

// writeAll writes every file or, where one cannot be written or ctx ends,
// none: each is written beside its place first, and renamed when all are there.
func writeAll(ctx context.Context, files []file) (err error) {
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
		if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a file", f.path)
		}
		temp, err := writeTemp(f)
		if temp != "" {
			temps = append(temps, temp)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
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

// writeTemp writes f beside its place and returns where; "" where nothing was
// made. os.CreateTemp would hide the file from everyone else, whatever the umask.
func writeTemp(f file) (temp string, err error) {
	dir := filepath.Dir(f.path)
	for n := range 1000 {
		temp = filepath.Join(dir, fmt.Sprintf(".flowc-%d-%d.tmp", os.Getpid(), n))
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
	return "", fmt.Errorf("%s is full of temporary files of flowc; remove .flowc-*.tmp there", dir)
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

// maxName bounds one part of a file's name in bytes; file systems take 255 for
// the whole.
const maxName = 80

// fileName turns a name into one part of a file's name that every system
// takes: no separator, no character that Windows forbids, no device's name,
// not too long. Names of the language come through unchanged, but for the
// slash of a route.
func fileName(name string) string {
	safe := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if len(safe) > maxName {
		h := fnv.New32a()
		h.Write([]byte(name))
		end := maxName
		for !utf8.RuneStart(safe[end]) {
			end--
		}
		safe = fmt.Sprintf("%s-%08x", safe[:end], h.Sum32())
	}
	safe = strings.Trim(safe, " ")
	if strings.Trim(safe, ".") == "" {
		return "model" + safe
	}
	first, rest, _ := strings.Cut(safe, ".")
	if slices.Contains(devices, strings.ToLower(first)) {
		return strings.TrimSuffix(first+"_."+rest, ".")
	}
	return safe
}

// devices are names that Windows keeps for itself, whatever follows a dot.
var devices = []string{
	"con", "prn", "aux", "nul",
	"com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
	"lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
}
