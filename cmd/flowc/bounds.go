package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/flowc-lang/flowc/internal/pipeline"
)

// bounds are the folders that a model, or a document, takes files from: the
// repository that it lies in, else the folder that was named. The author of a model
// decides which files it names, and may be somebody who may not read the others on this
// machine, such as the author of a pull request.
type bounds struct {
	folders []string // real paths
	what    string   // "the repository", for messages
}

// boundsOf returns the bounds of what lies in a folder: those of --root, where it
// is given; else the nearest folder above that is a repository; else base.
func (t *tree) boundsOf(folder, base string) (*bounds, error) {
	if t.root != "" {
		info, err := os.Stat(t.root)
		switch {
		case err != nil:
			return nil, usagef("--root: %v", err)
		case !info.IsDir():
			return nil, usagef("--root takes a folder, and %q is a file", t.root)
		}
		return &bounds{[]string{realPath(t.root)}, "the folder of --root"}, nil
	}
	b := &bounds{what: "the repository"}
	// a folder that was named by a link has two places
	for _, dir := range []string{absolute(t.at(folder)), realPath(t.at(folder))} {
		if top := repository(dir); top != "" {
			b.folders = append(b.folders, realPath(top))
		}
	}
	if len(b.folders) == 0 {
		b.what, b.folders = fmt.Sprintf("the folder %q", filepath.ToSlash(base)), []string{realPath(t.at(base))}
	}
	return b, nil
}

// boundDocuments sets the bounds of the documents in some folders. Outside of a
// repository they are the folder that flowc runs in, where the documents lie below
// it: a site's documents show models that lie beside them.
func (t *tree) boundDocuments(folders ...string) error {
	out := &bounds{}
	for _, folder := range folders {
		base := folder
		if rel, err := filepath.Rel(realPath(""), realPath(t.at(folder))); err == nil && filepath.IsLocal(rel) && t.folder == "" {
			base = "."
		}
		b, err := t.boundsOf(folder, base)
		if err != nil {
			return err
		}
		out.what = b.what
		for _, f := range b.folders {
			if !slices.Contains(out.folders, f) {
				out.folders = append(out.folders, f)
			}
		}
	}
	t.bounds = out
	return nil
}

// repository is the nearest folder from dir upwards with a .git in it; "" for none.
func repository(dir string) string {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// absolute is the absolute path of a file, by its name alone.
func absolute(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	return abs
}

// realPath is where a path leads, as far as it is there.
func realPath(path string) string {
	path = absolute(path)
	rest := ""
	for {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(target, rest)
		}
		up := filepath.Dir(path)
		if up == path {
			return filepath.Join(path, rest)
		}
		rest = filepath.Join(filepath.Base(path), rest)
		path = up
	}
}

// holds returns an error for a path that leads out of the bounds, whether there
// is a file or not. nil bounds hold every path.
func (b *bounds) holds(path string) error {
	if b == nil {
		return nil
	}
	target := realPath(path)
	for _, folder := range b.folders {
		if rel, err := filepath.Rel(folder, target); err == nil && filepath.IsLocal(rel) {
			return nil
		}
	}
	return fmt.Errorf("it is outside of %s; --root FOLDER allows what is below FOLDER", b.what)
}

// regular returns an error for what is there and not a regular file: a pipe or a device
// may never end.
func regular(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	return nil
}

// onlyModel returns an error for a file whose name, or whose target's where it
// is a link, is not that of a model. Messages quote what they are about, so that
// nothing but models is read for what somebody else's text names.
func (t *tree) onlyModel(path string) error {
	for _, name := range []string{path, fileIdentity(path)} {
		if !pipeline.MayBe(t.fronts, filepath.ToSlash(name)) {
			return fmt.Errorf("the name of a model ends in %s, that of a HAProxy configuration in .cfg, that of Kubernetes objects in .yaml", modelExt)
		}
	}
	return nil
}

// data returns the function that reads files that a model names and that are not models, such
// as a map or a certificate: regular files within the bounds.
func (r *reader) data(in input) func(path string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		at := r.files.at(path)
		if err := in.bounds.holds(at); err != nil {
			return nil, err
		}
		if err := regular(at); err != nil {
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

// folder returns the function that lists the regular files of a folder that a model names,
// such as one of certificates, within the bounds.
func (r *reader) folder(in input) func(path string) ([]string, error) {
	return func(path string) ([]string, error) {
		at := r.files.at(path)
		if err := in.bounds.holds(at); err != nil {
			return nil, err
		}
		all, err := os.ReadDir(at)
		if err != nil {
			return nil, err
		}
		var out []string
		for _, f := range all {
			if regular(filepath.Join(at, f.Name())) == nil {
				out = append(out, f.Name())
			}
		}
		return out, nil
	}
}

// allowed returns an error for a file that is not to be read for a model: what it
// imports, and what a search in a folder found, are regular files, are called like
// models, and lie within the bounds. What the command line names may be a pipe.
func (r *reader) allowed(in input, path string) error {
	if _, ok := r.files.text(path); ok {
		return nil
	}
	at := r.files.at(path)
	named := (path == in.path || slices.Contains(in.more, path)) && !in.found && !r.files.keep
	if named {
		if regular(at) == nil && pipeline.Named(r.files.fronts, path) {
			return r.files.onlyModel(at)
		}
		return nil
	}
	if err := in.bounds.holds(at); err != nil {
		return err
	}
	if err := r.files.onlyModel(at); err != nil {
		return err
	}
	if err := regular(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
