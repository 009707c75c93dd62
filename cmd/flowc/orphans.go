package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowc-lang/flowc/diag"
	"github.com/flowc-lang/flowc/internal/pictures"
	"github.com/flowc-lang/flowc/internal/pipeline"
)

// orphan is a picture that no model gives any more.
type orphan struct {
	pictures.Entry
	gone bool   // its model is
	kept string // why it is not to be deleted; "" where it is as flowc wrote it
}

// orphans returns the pictures that are listed and in the folder, and that no
// model gives any more.
func (o *outFolder) orphans(m pictures.Manifest) ([]orphan, error) {
	root, err := os.OpenRoot(o.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []orphan
	for _, e := range m {
		orphaned, gone := o.orphaned(e)
		if !orphaned {
			continue
		}
		if there, kept := keeps(root, e); there {
			out = append(out, orphan{e, gone, kept})
		}
	}
	return out, nil
}

// findings are those about orphaned pictures.
func (o *outFolder) findings(all []orphan) diag.List {
	var out diag.List
	for _, p := range all {
		path := filepath.ToSlash(filepath.Join(o.folder, filepath.FromSlash(p.Picture)))
		out = append(out, pictures.Orphaned(path, o.model(p.Entry), p.gone, p.kept))
	}
	return out
}

// orphaned reports whether no model gives a listed picture any more. A run
// judges only what it would draw: of models that were not named, and of views,
// requests and formats that were not chosen, it knows nothing.
func (o *outFolder) orphaned(e pictures.Entry) (orphaned, gone bool) {
	if o.makes(e.Picture) {
		return false, false
	}
	model := o.model(e)
	id := fileIdentity(model)
	chosen := o.run.choice
	switch _, err := os.Stat(filepath.FromSlash(model)); {
	case errors.Is(err, fs.ErrNotExist):
		return true, true
	case err != nil, !o.given[id], o.broken[id], !pipeline.Asked(e.Format, o.run.formats):
		return false, false
	case len(chosen.Views) > 0 && !slices.Contains(chosen.Views, e.View):
		return false, false
	case e.Request != "" && len(chosen.Requests) > 0 && !slices.Contains(chosen.Requests, e.Request):
		return false, false
	}
	for _, j := range o.jobs {
		if identity(j.input) != id {
			continue
		}
		for _, r := range j.LeftOut(chosen) {
			if r.Name == e.Request {
				return false, false
			}
		}
	}
	return true, false
}

// makes reports whether this run draws a picture, perhaps by a name that the
// file system takes for the same.
func (o *outFolder) makes(picture string) bool {
	made, ok := o.made[strings.ToLower(picture)]
	if !ok || made == picture {
		return ok
	}
	a, errA := os.Lstat(filepath.Join(o.folder, filepath.FromSlash(made)))
	b, errB := os.Lstat(filepath.Join(o.folder, filepath.FromSlash(picture)))
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// keeps reports whether a listed picture is in the folder, and why it is not
// flowc's to delete; "" where it is. It looks at nothing outside of the folder.
func keeps(root *os.Root, e pictures.Entry) (there bool, why string) {
	name := filepath.FromSlash(e.Picture)
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, ""
	case err != nil:
		return true, "it cannot be looked at"
	case !info.Mode().IsRegular():
		return true, "it is not a file"
	}
	text, err := root.ReadFile(name)
	switch {
	case err != nil:
		return true, "it cannot be read"
	case pictures.Sum(text) != e.Sum:
		return true, "it was edited since flowc wrote it"
	}
	return true, ""
}

// prune deletes orphaned pictures that are as flowc wrote them, and nothing
// outside of the folder, whatever the manifest says.
func (o *outFolder) prune(all *updated) error {
	root, err := os.OpenRoot(o.folder)
	if err != nil {
		return err
	}
	defer root.Close()
	var left []orphan
	for _, p := range all.left {
		if p.kept != "" {
			left = append(left, p)
			continue
		}
		if err := root.Remove(filepath.FromSlash(p.Picture)); err != nil {
			return err
		}
		all.deleted = append(all.deleted, filepath.Join(o.folder, filepath.FromSlash(p.Picture)))
	}
	all.left = left
	return nil
}

// stillThere leaves out arguments that are not there any more and of whose models
// the manifest lists pictures: those are orphaned, and no mistake of the command
// line.
func (r *rendering) stillThere(args []string) ([]string, error) {
	if r.to.single() || !r.keep.check && !r.keep.prune {
		return args, nil
	}
	listed, _, err := (&outFolder{folder: r.to.folder}).read()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, arg := range args {
		gone := fileIdentity(arg)
		known := slices.ContainsFunc(listed, func(e pictures.Entry) bool {
			model := fileIdentity(path.Join(filepath.ToSlash(r.to.folder), e.Model))
			return model == gone || strings.HasPrefix(model, gone+string(filepath.Separator))
		})
		if _, err := os.Stat(arg); known && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		out = append(out, arg)
	}
	return out, nil
}
