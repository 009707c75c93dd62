package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/internal/filename"
	"github.com/flowc-lang/flowc/internal/pipeline"
	"github.com/flowc-lang/flowc/internal/spell"
)

const (
	modelExt = ".flow"
	// maxModel bounds a model's text in bytes. A model of 10,000 routes has a
	// fortieth of it; a device never ends.
	maxModel = 64 << 20
)

// input is one model to read.
type input struct {
	path  string // as messages name it, with slashes
	stem  string // where its pictures go below the output folder, with slashes: "sub/edge"
	stdin bool
}

// inputs expands the arguments of a command: files as they are, folders to the
// models below them in the order of their names, "-" for standard input. A
// file that is named twice counts once.
func (a *app) inputs(args []string) ([]input, error) {
	var out []input
	seen := make(map[string]bool)
	add := func(in input) {
		if id := identity(in); !seen[id] {
			seen[id] = true
			out = append(out, in)
		}
	}
	for _, arg := range args {
		if arg == "-" {
			add(a.from.input())
			continue
		}
		info, err := a.files.stat(arg)
		if err != nil {
			return nil, a.files.notThere(arg, err)
		}
		if !info.IsDir() {
			add(input{path: filepath.ToSlash(arg), stem: stem(filepath.Base(arg))})
			continue
		}
		models, err := a.files.models(arg)
		if err != nil {
			return nil, err
		}
		for _, m := range models {
			add(m)
		}
	}
	return out, a.from.alone(out)
}

// models returns the models below a folder. Hidden files and folders are left
// out.
func (t *tree) models(root string) ([]input, error) {
	var out []input
	// With a separator behind it, a link to a folder is one.
	err := filepath.WalkDir(t.at(root)+string(filepath.Separator), func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(t.at(root), path)
		switch {
		case err != nil:
			return err
		case relErr != nil:
			return relErr
		case rel == ".":
			return nil
		case d.IsDir() && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir(), strings.HasPrefix(d.Name(), "."), !pipeline.Named(t.fronts, filepath.ToSlash(path)):
			return nil
		}
		out = append(out, input{path: filepath.ToSlash(filepath.Join(root, rel)), stem: stem(rel)})
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(out) == 0 && !t.mayBeEmpty {
		return nil, usagef("no %s file in the folder %q", modelExt, root)
	}
	return out, nil
}

// stem is the place of a model's pictures: its path without extension, each
// part safe as a file's name.
func stem(rel string) string {
	parts := strings.Split(filepath.ToSlash(strings.TrimSuffix(rel, filepath.Ext(rel))), "/")
	for i, p := range parts {
		parts[i] = filename.Safe(p)
	}
	return strings.Join(parts, "/")
}

// identity tells whether two paths name one file.
func identity(in input) string {
	if in.stdin {
		return "-"
	}
	return fileIdentity(in.path)
}

// fileIdentity is the absolute path of a file, as far as that can be found out.
func fileIdentity(path string) string {
	abs, err := filepath.Abs(filepath.FromSlash(path))
	if err != nil {
		return path
	}
	if target, err := filepath.EvalSymlinks(abs); err == nil {
		return target
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs)) // it is not there yet, and its folder may be a link
	}
	return abs
}

// notThere says that an argument cannot be found, and what it may have meant.
func (t *tree) notThere(arg string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return usagef("%v", err)
	}
	dir, base := filepath.Split(arg)
	entries, err := os.ReadDir(t.at(filepath.Join(dir, ".")))
	if err != nil {
		return usagef("no file or folder %q", arg)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() || pipeline.Named(t.fronts, e.Name()) {
			names = append(names, e.Name())
		}
	}
	near, ok := spell.Nearest(base, names)
	if !ok {
		near, ok = spell.Nearest(base+modelExt, names)
	}
	if !ok {
		return usagef("no file or folder %q", arg)
	}
	return usagef("no file or folder %q, did you mean %q?", arg, dir+near)
}

// reader reads models; standard input is read once.
type reader struct {
	files *tree
	stdin func() ([]byte, error)
	texts map[string]string // by identity: what stands in the place of files
}

// changed returns the text that stands in the place of a file.
func (r *reader) changed(in input, path string) (text string, ok bool) {
	if len(r.texts) == 0 {
		return "", false
	}
	text, ok = r.texts[identity(input{path: path, stdin: in.stdin && path == in.path})]
	return text, ok
}

// of returns the function that reads a model and what it imports.
func (r *reader) of(in input) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		if text, ok := r.changed(in, path); ok {
			return []byte(text), nil
		}
		if in.stdin && path == in.path {
			return r.stdin()
		}
		if err := r.allowed(in, path); err != nil {
			return nil, err
		}
		f, err := r.files.open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return readModel(f)
	}
}

// allowed returns an error for a file that is not to be read as a model: an
// import that is a pipe or a device, and in a document whatever is not called
// like a model.
func (r *reader) allowed(in input, path string) error {
	if _, ok := r.files.text(path); ok {
		return nil
	}
	if r.files.keep {
		if err := r.files.onlyModel(r.files.at(path)); err != nil {
			return err
		}
	}
	if path == in.path { // flowc check <(command) reads a pipe
		return nil
	}
	if err := regular(r.files.at(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func readModel(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxModel+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxModel {
		return nil, fmt.Errorf("more than %d MB, which is no model", maxModel>>20)
	}
	return text, nil
}
