package main

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/internal/pipeline"
)

// gathers reports whether a file is one of those that are a model together, by its name
// and its text.
func (t *tree) gathers(path string) bool {
	if !pipeline.MayGather(t.fronts, filepath.ToSlash(path)) || t.regularFile(path) != nil {
		return false
	}
	f, err := t.open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	text, err := readModel(f)
	return err == nil && pipeline.Gathers(t.fronts, filepath.ToSlash(path), string(text))
}

// regularFile returns an error for what is neither the text of a document nor a regular file.
func (t *tree) regularFile(path string) error {
	if _, ok := t.text(path); ok {
		return nil
	}
	return regular(t.at(path))
}

// objectsIn are the files below a folder that are a model together, in the order of their
// names. Hidden files and folders are left out.
func (t *tree) objectsIn(root string) ([]string, error) {
	var out []string
	if texts := t.textsBelow(root); len(texts) > 0 {
		return slices.DeleteFunc(texts, func(name string) bool { return !t.gathers(name) }), nil
	}
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
		case d.IsDir(), strings.HasPrefix(d.Name(), "."):
			return nil
		}
		if in := filepath.Join(root, rel); t.gathers(in) {
			out = append(out, in)
		}
		return nil
	})
	return out, err
}

// gather is one model of several files. A file that is named twice counts once.
func (a *app) gather(files []string) (input, error) {
	var in input
	seen := map[string]bool{}
	for _, f := range files {
		id := fileIdentity(f)
		if seen[id] {
			continue
		}
		seen[id] = true
		if in.path == "" {
			in.path = filepath.ToSlash(f)
			continue
		}
		in.more = append(in.more, filepath.ToSlash(f))
	}
	in.stem = stem(filepath.Base(in.path))
	if len(in.more) > 0 {
		if folder := filepath.Base(filepath.Dir(filepath.FromSlash(in.path))); folder != "." && folder != ".." && folder != string(filepath.Separator) {
			in.stem = stem(folder)
		}
	}
	var err error
	in.bounds, err = a.files.boundsOf(filepath.Dir(filepath.FromSlash(in.path)), filepath.Dir(filepath.FromSlash(in.path)))
	return in, err
}

// objects takes all arguments for one model of Kubernetes objects, whatever the names of
// its files are, and standard input for one of them.
func (a *app) objects(args []string) ([]input, error) {
	var files []string
	stdin := false
	for _, arg := range args {
		if arg == "-" {
			stdin = true
			continue
		}
		info, err := a.files.stat(arg)
		if err != nil {
			return nil, a.files.notThere(arg, err)
		}
		if !info.IsDir() {
			files = append(files, arg)
			continue
		}
		more, err := a.files.objectsIn(arg)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			return nil, usagef("no file of Kubernetes objects in the folder %q", arg)
		}
		files = append(files, more...)
	}
	var in input
	if len(files) > 0 {
		var err error
		if in, err = a.gather(files); err != nil {
			return nil, err
		}
	}
	if !stdin {
		return []input{in}, nil
	}
	from := a.from.input()
	if in.path != "" {
		from.more = append([]string{in.path}, in.more...)
	}
	var err error
	from.bounds, err = a.files.boundsOf(filepath.Dir(filepath.FromSlash(from.path)), filepath.Dir(filepath.FromSlash(from.path)))
	return []input{from}, err
}

// oneModel returns an error for a folder that is not one model.
func (a *app) oneModel(arg, command string) error {
	if !a.files.isDir(arg) {
		return nil
	}
	ins, err := a.inputs([]string{arg})
	if err == nil && len(ins) == 1 && !ins[0].found {
		return nil
	}
	return usagef("%q is a folder; %s takes one model", arg, command)
}
