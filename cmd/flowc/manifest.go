package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/flowc-lang/flowc/internal/pictures"
)

// outFolder is a folder of pictures, its manifest, and what a run draws there.
type outFolder struct {
	folder string
	run    *rendering
	given  map[string]bool // by identity: the models that were named, also those that others import
	broken map[string]bool // those of them that cannot be drawn
	jobs   []*job
	made   map[string]string // the pictures of this run as the manifest names them, by those names in lower case
}

// newOutFolder returns the folder that a run draws into; nil for a single file.
func (r *rendering) newOutFolder(ins []input, models []*model, jobs []*job) *outFolder {
	if r.to.single() {
		return nil
	}
	o := &outFolder{
		folder: r.to.folder, run: r, jobs: jobs,
		given: make(map[string]bool), broken: make(map[string]bool), made: make(map[string]string),
	}
	for _, in := range ins {
		o.given[identity(in)] = true
	}
	for _, m := range models {
		o.broken[identity(m.input)] = !m.Drawable()
	}
	for _, j := range jobs {
		for _, p := range j.pictures {
			name := o.name(p.path)
			o.made[strings.ToLower(name)] = name
		}
	}
	return o
}

// name is how the manifest names a picture.
func (o *outFolder) name(path string) string {
	rel, err := filepath.Rel(o.folder, path)
	if err != nil {
		return path // place puts every picture below the folder
	}
	return filepath.ToSlash(rel)
}

func (o *outFolder) path() string { return filepath.Join(o.folder, pictures.Name) }

// parse reads the manifest.
func (o *outFolder) parse(text []byte) (pictures.Manifest, error) {
	m, err := pictures.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; mend it, or delete it and render again", o.path(), err)
	}
	return m, nil
}

// read reads the manifest; there is none before pictures are rendered.
func (o *outFolder) read() (m pictures.Manifest, there bool, err error) {
	info, err := os.Lstat(o.path())
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case !info.Mode().IsRegular(): // a link may lead anywhere
		return nil, false, fmt.Errorf("%s is not a file", o.path())
	}
	text, err := lockedfile.Read(o.path())
	if err != nil {
		return nil, false, err
	}
	m, err = o.parse(text)
	return m, true, err
}

// entries returns what the manifest says of the pictures that were drawn.
// Nothing is said of one that was made of standard input, or of a model on
// another disk, to which no relative path leads.
func (o *outFolder) entries() (listed []pictures.Entry, unlisted map[string]bool) {
	unlisted = make(map[string]bool)
	for _, j := range o.jobs {
		model, err := o.relative(j.path)
		drawn := make(map[string]*picture)
		for i := range j.pictures {
			drawn[j.pictures[i].path] = &j.pictures[i]
		}
		for _, f := range j.files {
			p := drawn[f.path]
			e := pictures.Entry{Picture: o.name(f.path), Model: model, View: p.plan.Name, Format: p.format.Name, Sum: pictures.Sum(f.text)}
			if p.plan.Request != nil {
				e.Request = p.plan.Request.Name
			}
			if err != nil || j.stdin || !e.Listable() {
				unlisted[e.Picture] = true
				continue
			}
			listed = append(listed, e)
		}
	}
	return listed, unlisted
}

// relative is the path of a model from the folder.
func (o *outFolder) relative(model string) (string, error) {
	folder, err := filepath.Abs(o.folder)
	if err != nil {
		return "", err
	}
	file, err := filepath.Abs(filepath.FromSlash(model))
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(folder, file)
	return filepath.ToSlash(rel), err
}

// model is the path of an entry's model, as messages name it.
func (o *outFolder) model(e pictures.Entry) string {
	return filepath.ToSlash(filepath.Join(o.folder, filepath.FromSlash(e.Model)))
}

// updated is what became of a folder when its manifest was written.
type updated struct {
	left    []orphan // that are still there
	deleted []string // paths
}

// update lists the pictures that were drawn, and no longer those that are gone.
// With --prune orphaned ones that are as flowc wrote them are deleted. Other
// runs that write into the folder wait meanwhile.
func (o *outFolder) update(prune bool) (*updated, error) {
	listed, unlisted := o.entries()
	_, there, err := o.read()
	if err != nil || !there && len(listed) == 0 {
		return &updated{}, err
	}
	var out *updated
	err = transform(o.path(), func(old []byte) ([]byte, error) {
		out = &updated{}
		m, err := o.parse(old)
		if err != nil {
			return nil, err
		}
		m = m.Without(func(e pictures.Entry) bool { return unlisted[e.Picture] }).With(listed...)
		if out.left, err = o.orphans(m); err != nil {
			return nil, err
		}
		if prune {
			if err := o.prune(out); err != nil {
				return nil, err
			}
		}
		return m.Without(o.isGone).Bytes(), nil
	})
	return out, err
}

// isGone reports whether a listed picture is no longer in the folder.
func (o *outFolder) isGone(e pictures.Entry) bool {
	_, err := os.Lstat(filepath.Join(o.folder, filepath.FromSlash(e.Picture)))
	return errors.Is(err, fs.ErrNotExist)
}
