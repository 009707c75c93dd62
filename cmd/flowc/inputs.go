package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/flowc-lang/flowc/internal/cluster"
	"github.com/flowc-lang/flowc/internal/filename"
	"github.com/flowc-lang/flowc/internal/haproxy"
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
	found bool     // by a search in a folder, not named
	more  []string // further files that are one model with it, as of HAProxy's -f

	bounds *bounds // of what it imports
}

// inputs expands the arguments of a command: files as they are, folders to the
// models below them in the order of their names, "-" for standard input. A
// file that is named twice counts once.
func (a *app) inputs(args []string) ([]input, error) {
	if err := a.files.language(); err != nil {
		return nil, err
	}
	switch a.files.from {
	case haproxy.End.Name:
		return a.configuration(args)
	case cluster.End.Name:
		return a.objects(args)
	}
	var out []input
	var gathered []string // files that are one model
	seen := make(map[string]bool)
	add := func(in input, base string) error {
		id := identity(in)
		if seen[id] {
			return nil
		}
		seen[id] = true
		var err error
		in.bounds, err = a.files.boundsOf(filepath.Dir(filepath.FromSlash(in.path)), base)
		out = append(out, in)
		return err
	}
	for _, arg := range args {
		if arg == "-" {
			in := a.from.input()
			if err := add(in, filepath.Dir(filepath.FromSlash(in.path))); err != nil {
				return nil, err
			}
			continue
		}
		info, err := a.files.stat(arg)
		if err != nil {
			return nil, a.files.notThere(arg, err)
		}
		if !info.IsDir() {
			if a.files.gathers(arg) {
				gathered = append(gathered, arg)
				continue
			}
			if err := add(input{path: filepath.ToSlash(arg), stem: stem(filepath.Base(arg))}, filepath.Dir(arg)); err != nil {
				return nil, err
			}
			continue
		}
		objects, err := a.files.objectsIn(arg)
		if err != nil {
			return nil, err
		}
		gathered = append(gathered, objects...)
		models, err := a.files.modelsBelow(arg)
		if err != nil {
			return nil, err
		}
		if len(models)+len(objects) == 0 && !a.files.mayBeEmpty {
			return nil, a.files.noModel(arg)
		}
		for _, m := range models {
			if err := add(m, arg); err != nil {
				return nil, err
			}
		}
	}
	if len(gathered) > 0 {
		in, err := a.gather(gathered)
		if err != nil {
			return nil, err
		}
		out = append(out, in)
	}
	return out, a.from.alone(out)
}

// language returns an error where --from names none.
func (t *tree) language() error {
	if t.from == "" {
		return nil
	}
	fronts := t.fronts
	if fronts == nil {
		fronts = pipeline.Fronts
	}
	var known []string
	for _, e := range fronts {
		if e.Name == t.from {
			return nil
		}
		known = append(known, e.Name)
	}
	return usagef("%v", spell.Unknown("language", t.from, known))
}

// configuration takes all arguments for one HAProxy configuration, as HAProxy takes
// each -f: files in their order, and folders for the .cfg files in them by name.
func (a *app) configuration(args []string) ([]input, error) {
	var in input
	add := func(path string) {
		if in.path == "" {
			in.path, in.stem = filepath.ToSlash(path), stem(filepath.Base(path))
			return
		}
		in.more = append(in.more, filepath.ToSlash(path))
	}
	for _, arg := range args {
		if arg == "-" {
			from := a.from.input()
			in.path, in.stem, in.stdin = from.path, from.stem, true
			continue
		}
		info, err := a.files.stat(arg)
		if err != nil {
			return nil, a.files.notThere(arg, err)
		}
		if !info.IsDir() {
			add(arg)
			continue
		}
		entries, err := os.ReadDir(a.files.at(arg))
		if err != nil {
			return nil, err
		}
		n := 0
		for _, e := range entries { // in the order of their names
			if name := e.Name(); !e.IsDir() && !strings.HasPrefix(name, ".") && filepath.Ext(name) == ".cfg" {
				add(filepath.Join(arg, name))
				n++
			}
		}
		if n == 0 {
			return nil, usagef("no .cfg file in the folder %q", arg)
		}
	}
	var err error
	in.bounds, err = a.files.boundsOf(filepath.Dir(filepath.FromSlash(in.path)), filepath.Dir(filepath.FromSlash(in.path)))
	return []input{in}, err
}

func (t *tree) noModel(folder string) error {
	return usagef("no %s file in the folder %q", modelExt, folder)
}

// modelsBelow returns the models below a folder. Hidden files and folders are left
// out.
func (t *tree) modelsBelow(root string) ([]input, error) {
	var out []input
	for _, name := range t.textsBelow(root) {
		if pipeline.Named(t.fronts, name) {
			out = append(out, input{path: name, stem: stem(strings.TrimPrefix(name, path.Clean(filepath.ToSlash(root))+"/")), found: true})
		}
	}
	if len(t.textsBelow(root)) > 0 {
		return out, nil
	}
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
		out = append(out, input{path: filepath.ToSlash(filepath.Join(root, rel)), stem: stem(rel), found: true})
		return nil
	})
	return out, err
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
	if target, err := os.Readlink(t.at(arg)); err == nil {
		return usagef("%q is a link to %q, which is not there", arg, filepath.ToSlash(target))
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

func readModel(r io.Reader) ([]byte, error) {
	var text bytes.Buffer
	if f, ok := r.(fs.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			text.Grow(int(min(info.Size(), maxModel)) + bytes.MinRead) // else what is read is copied while that grows
		}
	}
	if _, err := text.ReadFrom(io.LimitReader(r, maxModel+1)); err != nil {
		return nil, err
	}
	if text.Len() > maxModel {
		return nil, fmt.Errorf("more than %d MB, and flowc reads no larger file", maxModel>>20)
	}
	collections.expect(text.Len())
	return text.Bytes(), nil
}
